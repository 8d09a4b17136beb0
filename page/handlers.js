// Handlers, and their deliveries with what an operator does about them.
import { html, useState } from './preact.js';
import { get, id, post } from './api.js';
import { numberText, t } from './words.js';
import { Badge, Circuit, Confirm, Filters, go, instant, Loading, Query, Table, To, useLoaded, When } from './show.js';

const states = ['due', 'running', 'done', 'dead', 'held'];
const actions = [['retry', 'Retry'], ['hold', 'Hold'], ['release', 'Release'], ['kill', 'Give up']];
const pick = (from, wanted) => Object.fromEntries(wanted.filter(name => from[name]).map(name => [name, from[name]]));

export function Handlers({ parameters, session }) {
  const filter = pick(parameters, ['handler', 'state', 'query']);
  const [list, error, again] = useLoaded(() => get('/v1/handlers'), [], 5);
  const [page, trouble, reload] = useLoaded(() => get('/v1/deliveries', { ...filter, after: parameters.after, limit: 50 }), [JSON.stringify(parameters)], 10);
  const [asking, setAsking] = useState();
  const [told, setTold] = useState();
  const handler = list?.handlers.find(each => each.name === filter.handler);
  const chooses = Object.keys(filter).length > 0 && list; // what is asked names the handler's address
  const named = handler && `${handler.name} (${handler.target ?? handler.kind})`;
  const target = Object.entries(filter).map(([name, value]) => name === 'handler' && named ? named : `${name} = ${value}`).join(', ');
  const change = (action, which, dry) => given => post('/v1/deliveries/' + action, { ...which, reason: given.reason || undefined, dry_run: dry });
  const tell = ({ deliveries }) => { setTold(`${t('Changed:')} ${numberText(deliveries)}`); again(); reload(); return deliveries; };
  const operates = session.may_act && session.scopes.includes('operate');
  return html`<div><h1>${t('Handlers')}</h1><${Loading} of=${list} error=${error} again=${again} />
    ${list && html`<${Table} caption=${t('Handlers')} rows=${list.handlers} columns=${[[t('Name'), h => html`<${To} to=${{ view: 'handlers', handler: h.name }}>${h.name}<//>`], [t('Kind'), h => html`${h.kind} <span class="quiet">${h.target ?? ''}</span>`],
      [t('Circuit breaker'), h => html`<${Circuit} open=${h.circuit === 'open'} /> ${h.open_until && html`<${When} at=${h.open_until} />`}`], [t('Backlog'), h => numberText(h.backlog), 'number'], [t('Oldest'), h => html`<${When} at=${h.oldest_at} />`]]} />`}
    <h2>${t('Deliveries')}</h2>
    <${Filters} fields=${[{ name: 'handler', label: t('Handler'), options: list?.handlers.map(each => each.name) ?? [] }, { name: 'state', label: t('State'), options: states }, { name: 'query', label: t('Query') }]} values=${filter} onChoose=${values => go({ view: 'handlers', ...pick(values, ['handler', 'state', 'query']) })} />
    ${operates && html`<div class="row" role="group" aria-label=${t('Actions')}>${actions.map(([action, label]) => html`<button class=${action === 'kill' ? 'danger' : ''} disabled=${!chooses} title=${Object.keys(filter).length > 0 ? '' : t('Choose a handler or a state first.')} onClick=${() => setAsking({ action, label, which: filter, target })}>${t(label)}…</button>`)}
      <button disabled=${!handler} onClick=${() => setAsking({ replay: handler.name, target: named })}>${t('Replay…')}</button> ${told && html`<span role="status">${told}</span>`}</div>`}
    ${asking?.action && html`<${Confirm} danger=${asking.action === 'kill'} title=${t(asking.label)} text=${asking.target} fields=${asking.action === 'kill' ? [{ name: 'reason', label: t('Reason'), optional: true }] : []} label=${t('Go ahead')}
      prepare=${given => change(asking.action, asking.which, true)(given).then(({ deliveries }) => `${numberText(deliveries)} ${t('deliveries will change.')}`)} act=${given => change(asking.action, asking.which, false)(given).then(tell)} onEnd=${() => setAsking()} />`}
    ${asking?.replay && html`<${Confirm} title=${t('Replay')} text=${asking.target} fields=${[{ name: 'since', label: t('Since (7d, or a time)') }]} label=${t('Go ahead')}
      prepare=${({ since }) => post(`/v1/handlers/${id(asking.replay)}/replay`, { since: instant(since), dry_run: true }).then(({ deliveries }) => `${numberText(deliveries)} ${t('deliveries will be made for')} ${asking.target}`)}
      act=${({ since }) => post(`/v1/handlers/${id(asking.replay)}/replay`, { since: instant(since) }).then(tell)} onEnd=${() => setAsking()} />`}
    <${Loading} of=${page} error=${trouble} again=${reload} />
    ${page && html`<${Table} caption=${t('Deliveries')} rows=${page.deliveries} columns=${[[t('Delivery'), d => html`<code>${d.delivery_id}</code>`], [t('Query'), d => html`<${Query} of=${d} />`], [t('Handler'), d => d.handler], [t('Event'), d => html`<${Badge} word=${d.event} />`], [t('State'), d => html`<${Badge} word=${d.state} />`],
      [t('Attempts'), d => d.attempts, 'number'], [t('Next attempt'), d => d.state === 'due' && html`<${When} at=${d.next_attempt_at} />`], [t('Last error'), d => [d.last_error, d.reason].filter(Boolean).join(' · ')],
      [t('Actions'), d => operates && (d.state === 'dead' || d.state === 'due') && html`<button onClick=${() => setAsking({ action: 'retry', label: 'Retry', which: { delivery_id: d.delivery_id }, target: `${d.handler} · ${d.query_id ?? d.id ?? d.delivery_id}` })}>${t('Retry')}…</button>`]]} />
      <div class="row">${parameters.after && html`<${To} to=${{ view: 'handlers', ...filter }}>${t('Newest')}<//>`} ${page.next && html`<${To} to=${{ view: 'handlers', ...filter, after: page.next }}>${t('Older')}<//>`}</div>`}</div>`;
}
