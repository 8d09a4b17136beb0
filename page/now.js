// What matters now: is it well, what came, what waits.
import { html, useEffect, useRef, useState } from './preact.js';
import { follow, get } from './api.js';
import { bytesText, numberText, spanText, t } from './words.js';
import { Badge, Bars, Circuit, go, Loading, Query, Table, To, Trouble, useLoaded, When } from './show.js';

const mostEvents = 50; // rows of the live list

// Where a problem is mended, by its name.
const mends = { overdue: { view: 'queries', state: 'overdue' }, lost: { view: 'queries', state: 'lost' }, expired: { view: 'queries', state: 'closed' }, dead: { view: 'handlers', state: 'dead' }, circuit: { view: 'handlers' }, behind: { view: 'handlers', state: 'due' }, inactive: { view: 'handlers' } };
const mendOf = name => mends[name] ?? (name?.startsWith('refused') ? { view: 'refusals', days: '7' } : null);

function Verdict({ status }) {
  if (status.problems.length === 0) return html`<p class="verdict good" role="status">${status.ready ? t('All is well.') : t('Not ready')}</p>`;
  const critical = status.problems.some(problem => problem.critical);
  return html`<div class=${'verdict ' + (critical ? 'bad' : 'warn')} role="status"><strong>${critical ? t('Results are refused, now or soon:') : t('Somebody should look at this:')}</strong>
    <ul>${status.problems.map(problem => html`<li>${problem.critical && html`<${Badge} word="critical" /> `}${problem.what} ${mendOf(problem.name) && html`<${To} to=${mendOf(problem.name)}>→<span class="quiet"> ${t(mendOf(problem.name).view === 'refusals' ? 'Refusals' : mendOf(problem.name).view === 'queries' ? 'Queries' : 'Handlers')}</span><//>`}</li>`)}</ul></div>`;
}

const known = value => value === undefined ? '–' : numberText(value); // the store may not be readable
const Tile = ({ name, children, more }) => html`<div><dt>${name}</dt><dd>${children} ${more && html`<small>${more}</small>`}</dd></div>`;

function Tiles({ status, hour }) {
  const queries = status.queries ?? {};
  const last = hour ? hour.received.slice(-6).reduce((sum, each) => sum + each, 0) : 0;
  const slowest = hour ? Math.max(...hour.slowest_commit_us.slice(-6)) / 1000 : 0;
  return html`<dl class="tiles">
    <${Tile} name=${t('Waiting')} more=${queries.oldest_seconds ? `${t('oldest')} ${spanText(queries.oldest_seconds * 1000)}` : ''}>${known(queries.pending)}<//>
    <${Tile} name=${t('Overdue')}><${To} to=${{ view: 'queries', state: 'overdue' }}>${known(queries.overdue)}<//><//>
    <${Tile} name=${t('Lost')}><${To} to=${{ view: 'queries', state: 'lost' }}>${known(queries.lost)}<//><//>
    <${Tile} name=${t('Received a minute')}>${numberText(last)}<//>
    <${Tile} name=${t('Slowest commit')}>${numberText(Math.round(slowest * 10) / 10)} ms<//>
    <${Tile} name=${t('Queue')} more=${t('writes that wait')}>${known(status.queue_depth)}<//>
    <${Tile} name=${t('Free disk')} more=${status.days_until_disk_full !== undefined ? `${numberText(status.days_until_disk_full)} ${t('days left')}` : ''}>${status.free_bytes === undefined ? '–' : bytesText(status.free_bytes)}<//>
    <${Tile} name=${t('Newest backup')}>${status.backed_up_at ? html`<${When} at=${status.backed_up_at} />` : status.queries ? t('none') : '–'}<//>
    <${Tile} name=${t('Running since')}><${When} at=${status.started_at} /><//>
  </dl>`;
}

// Sums steps of ten seconds into bars of `span` seconds.
function barsOf(history, name, span, { most, scale = 1, warn } = {}) {
  const each = span / history.step_seconds;
  const begin = new Date(history.from).getTime();
  const bars = [];
  for (let i = 0; i < history[name].length; i += each) {
    const steps = history[name].slice(i, i + each);
    const value = (most ? Math.max(...steps) : steps.reduce((sum, step) => sum + step, 0)) / scale;
    bars.push({ from: new Date(begin + i * history.step_seconds * 1000).toISOString(), to: new Date(begin + (i + each) * history.step_seconds * 1000).toISOString(), value, warn });
  }
  return bars;
}
const daysOf = (history, name) => history.days.map(day => ({ from: day.day + 'T00:00:00.000Z', to: new Date(Date.parse(day.day) + 86400000).toISOString(), value: day[name] ?? 0, warn: name === 'deliveries_dead' }));

function Plots({ of, history }) {
  const queriesOf = bar => ({ view: 'queries', since: bar.from, until: bar.to }); // created then
  if (of === 'month') return html`<div class="plots">
    <${Bars} title=${t('Registered')} bars=${daysOf(history, 'registered')} linkOf=${queriesOf} /><${Bars} title=${t('Received')} bars=${daysOf(history, 'results')} />
    <${Bars} title=${t('Handed over')} bars=${daysOf(history, 'deliveries_done')} /><${Bars} title=${t('Dead')} bars=${daysOf(history, 'deliveries_dead')} linkOf=${() => ({ view: 'handlers', state: 'dead' })} /></div>`;
  const span = of === 'hour' ? 60 : 1200;
  return html`<div class="plots">
    <${Bars} title=${t('Received')} bars=${barsOf(history, 'received', span)} />
    <${Bars} title=${t('Slowest commit')} unit=" ms" bars=${barsOf(history, 'slowest_commit_us', span, { most: true, scale: 1000 })} />
    <${Bars} title=${t('Handed over')} bars=${barsOf(history, 'delivered', span)} />
    <${Bars} title=${t('Refused')} bars=${barsOf(history, 'refused', span, { warn: true })} linkOf=${() => ({ view: 'refusals', days: '7' })} /></div>`;
}

function useHidden() {
  const [hidden, set] = useState(document.hidden);
  useEffect(() => {
    const look = () => set(document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return hidden;
}

function Live() {
  const [events, setEvents] = useState([]);
  const [connected, setConnected] = useState(true);
  const [paused, setPaused] = useState(false);
  const last = useRef();
  const hidden = useHidden();
  useEffect(() => {
    if (paused || hidden) return;
    return follow(last.current, (fresh, skipped) => {
      last.current = fresh.at(-1).seq;
      setEvents(before => [...fresh.toReversed(), ...(skipped ? [{ skipped: true }] : []), ...before].slice(0, mostEvents));
    }, setConnected);
  }, [paused, hidden]);
  return html`<section><h2>${t('Live')} <button onClick=${() => setPaused(!paused)}>${paused ? t('Go on') : t('Pause')}</button> ${paused && html`<${Badge} word=${t('paused')} tone="warn" />`}</h2>
    ${!connected && !paused && html`<p class="verdict warn" role="alert">${t('The connection is lost; trying again.')}</p>`}
    <${Table} caption=${t('Live')} empty=${t('Nothing has come yet.')} rows=${events} columns=${[[t('Time'), e => e.skipped ? '…' : html`<${When} at=${e.created_at} />`], [t('Event'), e => e.skipped ? t('more than are shown') : html`<${Badge} word=${e.event} />`], [t('Query'), e => e.skipped ? '' : html`<${Query} of=${e} />`], [t('Label'), e => e.label ?? '']]} /></section>`;
}

export function Now({ parameters }) {
  const of = ['day', 'month'].includes(parameters.of) ? parameters.of : 'hour';
  const [status, error, again] = useLoaded(() => get('/v1/status'), [], 5);
  const [hour] = useLoaded(() => get('/v1/history', { of: 'hour' }), [], 10);
  const [history, trouble] = useLoaded(async () => ({ of, shown: await get('/v1/history', { of }) }), [of], of === 'hour' ? 10 : 60);
  if (!status) return html`<div key="loading"><h1>${t('Now')}</h1><${Loading} of=${status} error=${error} again=${again} /></div>`;
  return html`<div key="now"><h1>${t('Now')}</h1><${Loading} of=${status} error=${error} again=${again} />${!error && html`<${Verdict} status=${status} />`}<${Tiles} status=${status} hour=${hour} />
    <div class="row" role="group" aria-label=${t('Time shown')}>${[['hour', 'Hour'], ['day', 'Day'], ['month', '30 days']].map(([name, label]) => html`<button aria-pressed=${of === name} onClick=${() => go(name === 'hour' ? {} : { of: name }, { replace: true })}>${t(label)}</button>`)}</div>
    <${Trouble} error=${trouble} />${history?.of === of && html`<${Plots} of=${of} history=${history.shown} />`}
    <h2>${t('Handlers')}</h2><${Table} caption=${t('Handlers')} rows=${status.handlers ?? []} columns=${[[t('Name'), h => html`<${To} to=${{ view: 'handlers', handler: h.name }}>${h.name}<//>`], [t('Circuit breaker'), h => html`<${Circuit} open=${h.circuit_open} />`],
      [t('Backlog'), h => numberText(h.backlog), 'number'], [t('Oldest'), h => h.oldest_seconds ? spanText(h.oldest_seconds * 1000) : ''], [t('Dead'), h => numberText(h.dead), 'number'], [t('Last error'), h => h.last_error ?? '']]} />
    ${status.recently_refused?.length > 0 && html`<h2>${t('Refused lately')}</h2><${Table} caption=${t('Refused lately')} rows=${status.recently_refused} columns=${[[t('Reason'), r => r.reason], [t('Sender'), r => r.remote || t('the rest')], [t('Path'), r => r.path], [t('Count'), r => numberText(r.count), 'number'], [t('Last'), r => html`<${When} at=${r.last} />`]]} />`}
    <${Live} /></div>`;
}
