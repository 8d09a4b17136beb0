// One query: its facts, what happened, its document.
import { html, useState } from './preact.js';
import { get, id, post } from './api.js';
import { bytesText, numberText, spanText, t } from './words.js';
import { Badge, Confirm, Loading, Query, useLoaded, When } from './show.js';
import { Document } from './document.js';

// The moments of a story in order, each with its words.
function momentsOf({ query, postbacks, deliveries, attempts }) {
  const moments = [];
  const add = (at, what) => at && moments.push({ at, what });
  add(query.created_at, html`<strong>${t('registered')}</strong> ${query.client ?? ''} ${query.api ?? ''} ${query.label ?? ''}`);
  for (const p of postbacks) {
    add(p.kept_at ?? p.received_at, html`<strong>${t('received')}</strong> <${Badge} word=${p.kind} /> ${p.status} · ${bytesText(p.bytes)} · ${p.content_type ?? ''} ${p.charset ?? ''} · ${t('from')} ${p.remote || p.source} · ${t('receipt')} <code>${p.receipt}</code>${p.problem && html` · ${p.problem}`}<br /><span class="quiet">SHA-256 <code>${p.sha256}</code></span>`);
    if (p.repeats) add(p.repeated_at, html`<strong>${t('came again')}</strong> ${numberText(p.repeats)} ${t('times')} · ${t('receipt')} <code>${p.receipt}</code>`);
  }
  add(query.answered_at, html`<strong>${t('answered')}</strong> ${query.status ?? ''}`);
  if (query.deadline_at && new Date(query.deadline_at) < Date.now() && (!query.answered_at || query.answered_at > query.deadline_at)) add(query.deadline_at, html`<strong>${t('deadline passed')}</strong>`);
  add(query.closed_at, html`<strong>${t('closed by an operator')}</strong> ${query.reason ?? ''}`);
  add(query.erased_at, html`<strong>${t('erased')}</strong>`);
  for (const d of deliveries) add(d.created_at, html`<strong>${t('made for')} ${d.handler}</strong> <${Badge} word=${d.event} /> → <${Badge} word=${d.state} /> ${d.next_attempt_at && d.state === 'due' && html`· ${t('next attempt')} <${When} at=${d.next_attempt_at} />`} ${d.reason ?? ''}`);
  for (const a of attempts) add(a.finished_at ?? a.started_at, html`<strong>${a.handler}</strong> ${t('attempt')} ${a.attempt} <${Badge} word=${a.outcome ?? 'running'} /> ${a.finished_at && html`<span class="quiet">${spanText(new Date(a.finished_at) - new Date(a.started_at))}</span>`} ${a.detail}`);
  return moments.sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0);
}

const longGap = 60_000;

function Moments({ story }) {
  const moments = momentsOf(story);
  return html`<ol class="story">${moments.map(({ at, what }, index) => {
    const gap = index > 0 ? new Date(at) - new Date(moments[index - 1].at) : 0;
    return html`${gap >= longGap && html`<li class="gap">… ${spanText(gap)} …</li>`}<li><${When} at=${at} /> ${gap > 0 && gap < longGap && html`<span class="quiet">+${spanText(gap)}</span>`} ${what}</li>`;
  })}</ol>`;
}

const Fact = ({ name, children }) => children ? html`<dt>${name}</dt><dd>${children}</dd>` : null;

function Copies({ query }) {
  const [copied, setCopied] = useState();
  const quoted = query.id.replaceAll("'", "''");
  const shell = `'${query.id.replaceAll("'", "'\\''")}'`;
  const ways = { postbackctl: `postbackctl show ${shell}`, curl: `curl -H "Authorization: Bearer $TOKEN" ${location.origin}/v1/queries/${id(query.id).replaceAll("'", '%27')}/result`, SQL: `SELECT * FROM v_queries WHERE ${query.id === query.query_id ? 'query_id' : 'correlation'} = '${quoted}';` };
  return html`<details><summary>${t('Copy as')}</summary>${Object.entries(ways).map(([name, text]) => html`<div class="row"><strong>${name}</strong><code>${text}</code>${navigator.clipboard && html`<button onClick=${() => navigator.clipboard.writeText(text).then(() => setCopied(name))}>${copied === name ? t('Copied') : t('Copy')}</button>`}</div>`)}</details>`;
}

export function QueryStory({ parameters, session }) {
  const [story, error, again] = useLoaded(() => get(`/v1/queries/${id(parameters.id ?? '')}/story`), [parameters.id], 5);
  const [asking, setAsking] = useState();
  if (!story) return html`<div key="loading"><h1>${t('Query')}</h1><${Loading} of=${story} error=${error} again=${again} /></div>`;
  const { query } = story;
  const operates = session.may_act && session.scopes.includes('operate');
  const open = !query.receipt && !query.closed_at && !query.erased_at;
  return html`<div key="story"><h1>${t('Query')} <code>${query.query_id ?? query.id}</code> <${Badge} word=${query.state} /></h1><${Loading} of=${story} error=${error} again=${again} />
    <dl class="facts"><${Fact} name="id"><code>${query.id}</code><//><${Fact} name="QueryId">${query.query_id && html`<code>${query.query_id}</code>`}<//><${Fact} name=${t('Label')}>${query.label}<//><${Fact} name=${t('Key')}>${query.key}<//><${Fact} name=${t('Group')}>${query.group}<//>
      <${Fact} name=${t('Client')}>${query.client}<//><${Fact} name=${t('API')}>${query.api}<//><${Fact} name=${t('Datasets')}>${query.datasets}<//><${Fact} name=${t('Metadata')}>${query.metadata && html`<code>${JSON.stringify(query.metadata)}</code>`}<//>
      <${Fact} name=${t('Deadline')}>${query.deadline_at && html`<${When} at=${query.deadline_at} />`}<//><${Fact} name=${t('Status')}>${query.status}<//><${Fact} name=${t('Message')}>${[query.code, query.message].filter(each => each !== undefined).join(' ')}<//><${Fact} name=${t('Reason')}>${query.reason}<//>
      <${Fact} name="traceparent">${query.traceparent && html`<code>${query.traceparent}</code>`}<//><${Fact} name=${t('Shares the result of')}>${query.served_from && html`<${Query} of=${{ id: query.served_from }} />`}<//></dl>
    <div class="row">${operates && open && html`<button onClick=${() => setAsking('close')}>${t('Close this query')}</button>`} ${operates && !query.erased_at && html`<button class="danger" onClick=${() => setAsking('erase')}>${t('Erase…')}</button>`}</div>
    ${asking === 'close' && html`<${Confirm} title=${t('Close this query')} text=${query.id} fields=${[{ name: 'reason', label: t('Reason') }]} label=${t('Close')} act=${({ reason }) => post(`/v1/queries/${id(query.id)}/close`, { reason })} onEnd=${() => { setAsking(); again(); }} />`}
    ${asking === 'erase' && html`<${Confirm} danger title=${t('Erase…')} text=${`${query.id}: ${t('What the store has of this query is erased for ever, and of every other query that shares its result.')}`} label=${t('Erase')} prepare=${async () => t('Sure?')} act=${() => post(`/v1/queries/${id(query.id)}/erase`)} onEnd=${() => { setAsking(); again(); }} />`}
    <${Copies} query=${query} />
    <h2>${t('What happened')}</h2>${!story.complete && html`<p class="quiet">${t('Only the newest 500 of each are shown.')}</p>`}<${Moments} story=${story} />
    <h2>${t('Document')}</h2>${query.receipt && !query.erased_at ? html`<${Document} query=${query} />` : html`<p class="quiet">${t('There is no result yet.')}</p>`}</div>`;
}
