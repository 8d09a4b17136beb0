// What became of the queries of a day (UTC), to be read or printed.
import { html } from './preact.js';
import { get } from './api.js';
import { bytesText, numberText, spanText, t } from './words.js';
import { Badge, go, Loading, Query, Table, To, useLoaded, wordOf, When } from './show.js';

const dayAt = (day, days) => new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);
const counts = [['results', 'Results'], ['notices', 'Notices'], ['extras', 'Extra results'], ['unmatched', 'Without a query'], ['undecodable', 'Undecodable'], ['repeats', 'Repeats'], ['deliveries_done', 'Handed over'], ['deliveries_dead', 'Dead']];

function Shown({ report }) {
  const about = report.sampled ? t('about') + ' ' : '';
  const times = [['query_to_result', 'Registered to answered'], ['received_to_kept', 'Received to kept'], ['kept_to_delivered', 'Kept to handed over']].filter(([name]) => report[name].count > 0);
  const states = Object.entries(report.not_answered);
  return html`<dl class="tiles">
    <div><dt>${t('Registered')}</dt><dd>${about}${numberText(report.registered)}</dd></div><div><dt>${t('Of them submitted')}</dt><dd>${about}${numberText(report.submitted)}</dd></div>
    <div><dt>${t('Answered')}</dt><dd>${about}${numberText(report.answered)}</dd></div><div><dt>${t('After their deadline')}</dt><dd>${about}${numberText(report.late)}</dd></div></dl>
    <h2>${t('Not answered')}</h2>${states.length === 0 ? html`<p class="quiet">${t('Each query has its result.')}</p>` : html`<p>${states.map(([state, count]) => html`<${To} to=${{ view: 'queries', state, since: report.from, until: report.to }}><${Badge} word=${state} /> ${numberText(count)}<//> `)}</p>`}
    ${report.missing.length > 0 && html`<${Table} caption=${t('Not answered')} rows=${report.missing} columns=${[[t('Query'), q => html`<${Query} of=${{ id: q.correlation, query_id: q.query_id || q.correlation }} />`], [t('State'), q => html`<${Badge} word=${q.state} />`], [t('Label'), q => q.label], [t('Created'), q => html`<${When} at=${q.created_at} />`]]} />`}
    <h2>${t('Received')}</h2><${Table} caption=${t('Received')} rows=${[...counts.map(([name, label]) => ({ name: t(label), count: numberText(report.days[name]) })), { name: t('Bytes'), count: bytesText(report.days.bytes) }]} columns=${[[t('What'), r => r.name], [t('Count'), r => r.count, 'number']]} />
    ${times.length > 0 && html`<h2>${t('How long it took')}</h2><${Table} caption=${t('How long it took')} rows=${times.map(([name, label]) => ({ name: t(label), ...report[name] }))} columns=${[[t('What'), r => r.name], [t('half within'), r => spanText(r.p50_ms), 'number'], ['95 %', r => spanText(r.p95_ms), 'number'], ['99 %', r => spanText(r.p99_ms), 'number'], [t('Count'), r => numberText(r.count), 'number']]} />`}
    <h2>${t('Refused')}</h2><${Table} caption=${t('Refused')} empty=${t('Nobody was refused.')} rows=${report.refused} columns=${[[t('Reason'), r => wordOf(r.reason)], [t('Sender'), r => r.remote || t('the rest')], [t('Path'), r => html`<code>${r.path}</code>`], [t('Count'), r => numberText(r.count), 'number'], [t('Last'), r => html`<${When} at=${r.last} />`]]} />`;
}

export function Report({ parameters }) {
  const yesterday = dayAt(new Date().toISOString().slice(0, 10), -1);
  const day = /^\d{4}-\d\d-\d\d$/.test(parameters.day ?? '') ? parameters.day : yesterday;
  const [report, error, again] = useLoaded(() => get('/v1/report', { day }), [day]);
  const to = day => day === yesterday ? { view: 'report' } : { view: 'report', day };
  return html`<div><h1>${t('Report')} ${day} (UTC)</h1>
    <div class="row"><${To} to=${to(dayAt(day, -1))}>← ${dayAt(day, -1)}<//> ${day <= yesterday && html`<${To} to=${to(dayAt(day, 1))}>${dayAt(day, 1)} →<//>`}
      <label>${t('Day')} <input type="date" value=${day} max=${dayAt(yesterday, 1)} onChange=${event => event.target.value && go(to(event.target.value))} /></label> <button onClick=${() => print()}>${t('Print')}</button></div>
    <${Loading} of=${report} error=${error} again=${again} />${report && html`<${Shown} report=${report} />`}</div>`;
}
