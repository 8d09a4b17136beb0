// Queries by filter, and one search box.
import { html, useState } from './preact.js';
import { get, id, post, serverTime } from './api.js';
import { numberText, t } from './words.js';
import { Badge, Confirm, Filters, go, instant, Loading, Query, Table, To, useLoaded, When } from './show.js';

const states = ['queued', 'submitting', 'pending', 'answered', 'failed', 'notified', 'overdue', 'recovering', 'recovered', 'lost', 'closed', 'joined'];
const names = ['state', 'label', 'key', 'api', 'group', 'client', 'since', 'until'];
const pick = (from, wanted) => Object.fromEntries(wanted.filter(name => from[name]).map(name => [name, from[name]]));

// Returns where the text leads, and what it was taken for; or nothing.
export async function find(text) {
  try {
    await get('/v1/queries/' + id(text));
    return { as: 'QueryId or id', to: { view: 'query', id: text } };
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  const first = async parameters => (await get('/v1/queries', { ...parameters, limit: 2 })).queries;
  if (/^[1-9]\d{0,17}$/.test(text)) {
    const [query] = await first({ receipt: text });
    if (query) return { as: 'receipt', to: { view: 'query', id: query.id } };
  }
  for (const name of ['key', 'label']) {
    const queries = await first({ [name]: text });
    if (queries.length === 1) return { as: name, to: { view: 'query', id: queries[0].id } };
    if (queries.length > 1) return { as: name, to: { view: 'queries', [name]: text } };
  }
}

export function Queries({ parameters, session }) {
  const filter = pick(parameters, names);
  const [page, error, again] = useLoaded(() => get('/v1/queries', { ...filter, after: parameters.after, limit: 50 }), [JSON.stringify(parameters)]);
  const [closing, setClosing] = useState(false);
  const [told, setTold] = useState();
  const closable = Object.keys(filter).some(name => name !== 'client');
  // What is closed is what was counted: nothing that was registered since.
  const [counted, setCounted] = useState();
  const close = (given, until, dry) => post('/v1/queries/close', { ...filter, until, reason: given.reason, dry_run: dry });
  const count = async given => {
    const until = filter.until ?? await serverTime();
    const { queries } = await close(given, until, true);
    setCounted(until);
    return `${numberText(queries)} ${t('queries will be closed.')}`;
  };
  const fields = [{ name: 'state', label: t('State'), options: states }, { name: 'label', label: t('Label') }, { name: 'key', label: t('Key') }, { name: 'api', label: t('API') }, { name: 'group', label: t('Group') },
    { name: 'client', label: t('Client') }, { name: 'since', label: t('From') }, { name: 'until', label: t('Until') }];
  return html`<div><h1>${t('Queries')}</h1>
    <${Filters} fields=${fields} values=${filter} onChoose=${values => go({ view: 'queries', ...pick({ ...values, since: instant(values.since), until: instant(values.until) }, names) })} />
    ${session.may_act && session.scopes.includes('operate') && html`<div class="row"><button class="danger" disabled=${!closable} title=${closable ? '' : t('Choose which ones by a filter first.')} onClick=${() => setClosing(true)}>${t('Close these…')}</button>
      ${told && html`<span role="status">${told}</span>`}</div>`}
    ${closing && html`<${Confirm} danger title=${t('Close these…')} text=${Object.entries(filter).map(([name, value]) => `${name} = ${value}`).join(', ')} fields=${[{ name: 'reason', label: t('Reason') }]} label=${t('Close')}
      prepare=${count}
      act=${given => close(given, counted, false).then(({ queries }) => { setTold(`${t('Changed:')} ${numberText(queries)}`); again(); return queries; })} onEnd=${() => setClosing(false)} />`}
    <${Loading} of=${page} error=${error} again=${again} />
    ${page && html`<${Table} caption=${t('Queries')} rows=${page.queries} columns=${[[t('Query'), q => html`<${Query} of=${q} />`], [t('State'), q => html`<${Badge} word=${q.state} />`], [t('Label'), q => q.label ?? ''], [t('API'), q => q.api ?? ''],
      [t('Client'), q => q.client ?? ''], [t('Created'), q => html`<${When} at=${q.created_at} />`], [t('Answered'), q => html`<${When} at=${q.answered_at} />`]]} />
      <div class="row">${parameters.after && html`<${To} to=${{ view: 'queries', ...filter }}>${t('Newest')}<//>`} ${page.next && html`<${To} to=${{ view: 'queries', ...filter, after: page.next }}>${t('Older')}<//>`}</div>`}</div>`;
}
