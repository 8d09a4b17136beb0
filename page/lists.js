// Groups, refusals, alerts, Fanbase objects, the audit and the log: lists that are only read.
import { html } from './preact.js';
import { get } from './api.js';
import { numberText, t } from './words.js';
import { Badge, Filters, go, Loading, Query, Table, To, useLoaded, When } from './show.js';

// A list of the API by pages: `member` names it, `columns` show it.
function List({ view, title, path, member, columns, parameters, empty, given = {}, most }) {
  const [page, error, again] = useLoaded(() => get(path, { ...given, after: parameters.after, limit: most }), [JSON.stringify(parameters)], 10);
  return html`<div><${Loading} of=${page} error=${error} again=${again} />${page && html`<${Table} caption=${title} columns=${columns} rows=${page[member]} empty=${empty} />
    <div class="row">${parameters.after && html`<${To} to=${{ view, ...given }}>${t('Newest')}<//>`} ${page.next && html`<${To} to=${{ view, ...given, after: page.next }}>${t('Older')}<//>`}</div>`}</div>`;
}

export const Groups = ({ parameters }) => html`<div><h1>${t('Groups')}</h1><${List} view="groups" title=${t('Groups')} path="/v1/groups" member="groups" parameters=${parameters} columns=${[
  [t('Name'), g => html`<${To} to=${{ view: 'queries', group: g.name, client: g.client }}>${g.name}<//>`], [t('Client'), g => g.client ?? ''],
  [t('Progress'), g => html`<progress max=${g.queries} value=${g.queries - g.open} aria-label=${g.name}></progress> ${numberText(g.queries - g.open)} / ${numberText(g.queries)}`],
  [t('State'), g => Object.entries(g.states).map(([state, count]) => html`<${Badge} word=${state} /> ${numberText(count)} `)], [t('Created'), g => html`<${When} at=${g.created_at} />`], [t('Ended'), g => html`<${When} at=${g.ended_at} />`]]} /></div>`;

export function Refusals({ parameters }) {
  const days = parameters.days ?? '1';
  return html`<div><h1>${t('Refusals')}</h1><${Filters} fields=${[{ name: 'days', label: t('Days'), options: ['1', '7', '30', '365'] }]} values=${{ days }} onChoose=${values => go({ view: 'refusals', days: values.days })} />
    <${List} view="refusals" title=${t('Refusals')} path="/v1/refusals" member="refusals" parameters=${parameters} given=${{ days }} columns=${[[t('Reason'), r => r.reason], [t('Sender'), r => r.remote || t('the rest')], [t('Path'), r => html`<code>${r.path ?? ''}</code>`],
      [t('Count'), r => numberText(r.count), 'number'], [t('Last'), r => html`<${When} at=${r.last} />`]]} /></div>`;
}

export const Alerts = ({ parameters }) => html`<div><h1>${t('Alerts')}</h1><${List} view="alerts" title=${t('Alerts')} path="/v1/alerts" member="alerts" parameters=${parameters} columns=${[
  [t('State'), a => html`<${Badge} word=${a.critical ? 'critical' : 'warning'} tone=${a.critical ? 'bad' : 'warn'} /> ${!a.ended_at && t('lasting')}`], [t('What'), a => a.what], [t('Handler'), a => a.handler ?? ''], [t('Process'), a => a.source],
  [t('Began'), a => html`<${When} at=${a.began_at} />`], [t('Ended'), a => html`<${When} at=${a.ended_at} />`]]} /></div>`;

export const Audit = ({ parameters }) => html`<div><h1>${t('Audit')}</h1><${List} view="audit" title=${t('Audit')} path="/v1/audit" member="accesses" parameters=${parameters} empty=${t('Nobody has read or erased anything, or [api] audit is not set.')} columns=${[
  [t('Time'), a => html`<${When} at=${a.at} />`], [t('Client'), a => a.client], [t('Action'), a => a.action], [t('Query'), a => html`<${Query} of=${{ id: a.query }} />`]]} /></div>`;

export const Fanbase = ({ parameters }) => html`<div><h1>Fanbase</h1><${List} view="fanbase" title="Fanbase" path="/v1/fanbase" member="objects" parameters=${parameters} columns=${[
  [t('Object'), o => html`<code>${o.object_id}</code>`], [t('State'), o => html`<${Badge} word=${o.state} />`], [t('Action'), o => o.action], [t('Client'), o => o.client], [t('Created'), o => html`<${When} at=${o.created_at} />`],
  [t('Ended'), o => html`<${When} at=${o.processed_at} />`], [t('Message'), o => o.message ?? '']]} /></div>`;

const said = ({ time, level, event, ...fields }) => Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(' ');

export function Log({ parameters }) {
  return html`<div><h1>${t('Log')}</h1><p class="quiet">${t('The last lines of this process, since its start.')}</p>
    <${Filters} fields=${[{ name: 'event', label: t('Event') }]} values=${{ event: parameters.event }} onChoose=${({ event }) => go({ view: 'log', event })} />
    <${List} view="log" title=${t('Log')} path="/v1/log" member="lines" parameters=${parameters} given=${{ event: parameters.event }} most=${1000} columns=${[[t('Time'), l => html`<${When} at=${l.time} />`], [t('Level'), l => html`<${Badge} word=${l.level} tone=${l.level === 'error' ? 'bad' : l.level === 'warning' ? 'warn' : 'plain'} />`],
      [t('Event'), l => html`<${To} to=${{ view: 'log', event: l.event }}>${l.event}<//>`], [t('What'), l => html`<code>${said(l)}</code>`]]} /></div>`;
}
