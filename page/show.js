// The parts that the views are made of.
import { html, useEffect, useRef, useState } from './preact.js';
import { choices, t, timeText, spanText, numberText, hasWords } from './words.js';

export const When = ({ at }) => at ? html`<time datetime=${at} title=${spanText(Math.abs(Date.now() - new Date(at)))}>${timeText(at)}</time>` : null;

const good = new Set(['answered', 'recovered', 'done', 'ok', 'result', 'completed']);
const warn = new Set(['overdue', 'notified', 'partial', 'held', 'late', 'notice', 'extra', 'retry', 'recovering', 'unmatched']);
const bad = new Set(['failed', 'lost', 'dead', 'open', 'critical', 'undecodable']);
const toneOf = word => good.has(word) ? 'good' : warn.has(word) ? 'warn' : bad.has(word) ? 'bad' : 'plain';
export const wordOf = word => hasWords(word) ? t(word) : word;
export const Badge = ({ word, tone, text }) => word ? html`<span class=${'badge ' + (tone ?? toneOf(word))}>${text ?? wordOf(word)}</span>` : null;
export const Circuit = ({ open }) => html`<${Badge} word=${open ? 'open' : 'closed'} tone=${open ? 'bad' : 'good'} text=${open ? t('breaker open') : t('breaker closed')} />`;

// A time as the API takes it: one without a zone is in the zone that the page shows.
export function instant(text) {
  if (choices.zone === 'UTC' || !/^\d{4}-\d\d-\d\d([T ][\d:.]+)?$/.test(text ?? '')) return text;
  const time = new Date(text.length === 10 ? text + 'T00:00' : text.replace(' ', 'T'));
  return isNaN(time) ? text : time.toISOString();
}

// A link that changes the view without loading the page again; a middle click opens a tab.
export const address = parameters => {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return '/' + (given.length ? '?' + new URLSearchParams(given) : '');
};
export function go(parameters, { replace = false } = {}) {
  history[replace ? 'replaceState' : 'pushState'](null, '', address(parameters));
  if (!replace) scrollTo(0, 0);
  dispatchEvent(new PopStateEvent('popstate', { state: { stays: replace } }));
}
export const To = ({ to, children, ...rest }) => html`<a href=${address(to)} ...${rest} onClick=${event => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(to);
}}>${children}</a>`;
export const Query = ({ of }) => of.id || of.query_id ? html`<${To} to=${{ view: 'query', id: of.id ?? of.query_id }}><code>${of.query_id ?? of.id}</code><//>` : html`<code>${of.receipt ?? ''}</code>`;

// columns: [[heading, row => cell, 'number'?]]
export const Table = ({ caption, columns, rows, empty }) => rows.length === 0 ? html`<p class="quiet">${empty ?? t('Nothing is found.')}</p>` : html`
  <div class="table" tabindex="0" role="region" aria-label=${caption}><table>
    <thead><tr>${columns.map(([heading, , kind]) => html`<th scope="col" class=${kind}>${heading}</th>`)}</tr></thead>
    <tbody>${rows.map(row => html`<tr key=${row.seq ?? row.delivery_id ?? row.access_id ?? row.alert_id ?? row.id ?? row.name}>${columns.map(([, cell, kind]) => html`<td class=${kind}>${cell(row)}</td>`)}</tr>`)}</tbody>
  </table></div>`;

// Loads by `load` whenever one of `inputs` changes, and every so many seconds. Returns [value, error, again].
export function useLoaded(load, inputs, seconds) {
  const [state, set] = useState({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true, running = false;
    const run = () => {
      if (running) return; // an answer that is late is not overtaken
      running = true;
      load().then(value => current && set({ value }), error => current && set(before => ({ value: before.value, error }))).finally(() => { running = false; });
    };
    run();
    const timer = seconds && setInterval(() => document.hidden || run(), seconds * 1000);
    return () => { current = false; clearInterval(timer); };
  }, [...inputs, turn]);
  return [state.value, state.error, () => setTurn(each => each + 1)];
}

export const Trouble = ({ error, again }) => !error ? null : html`<div class="verdict warn" role="alert">
  ${error.status === 0 ? t('No connection to postbackd.') : error.status === 403 && /sees|scopes/.test(error.message) ? `${t('This client may not see this: it needs')} sees = "all", operate (${error.message})` : error.message}
  ${again && html` <button onClick=${again}>${t('Try again')}</button>`}</div>`;
export const Loading = ({ of, error, again }) => html`<${Trouble} error=${error} again=${again} />${!of && !error && html`<p class="quiet">${t('Loading…')}</p>`}`;

// A form whose fields stand in the address.
export function Filters({ fields, values, onChoose }) {
  const submit = event => {
    event.preventDefault();
    onChoose(Object.fromEntries(new FormData(event.target)));
  };
  return html`<form class="filters" onSubmit=${submit} key=${JSON.stringify(values)}>
    ${fields.map(({ name, label, options, type = 'text' }) => html`<label>${label}${options
      ? html`<select name=${name}><option value="">${t('any')}</option>${options.map(option => html`<option value=${option} selected=${values[name] === String(option)}>${wordOf(option)}</option>`)}</select>`
      : html`<input name=${name} type=${type} defaultValue=${values[name] ?? ''} maxlength="1024" />`}</label>`)}
    <button>${t('Filter')}</button>
    <button type="button" onClick=${event => { event.target.form.reset(); onChoose({}); }}>${t('Clear')}</button>
  </form>`;
}

// Asks before something is changed. `prepare` tells what `act` would do with the same input, and only then `act` can
// be pressed: not by the second click of a double one, and not by a key that is held.
export function Confirm({ title, text, fields = [], label, danger, prepare, act, onEnd }) {
  const dialog = useRef();
  const busy = useRef(false);
  const [given, setGiven] = useState({});
  const [told, setTold] = useState();
  const [error, setError] = useState();
  useEffect(() => { dialog.current.showModal(); }, []);
  const counted = told?.given === given ? told.text : undefined;
  const ready = fields.every(field => given[field.name] || field.optional);
  const run = work => work(given).then(value => { setError(); return value; }, problem => setError(problem));
  const submit = async event => {
    event.preventDefault();
    if (busy.current || (counted !== undefined && Date.now() - told.at < 500)) return;
    busy.current = true;
    try {
      if (prepare && counted === undefined) {
        const tells = await run(prepare);
        if (tells !== undefined) setTold({ given, text: tells, at: Date.now() });
      } else if (await run(act) !== undefined) {
        dialog.current?.close();
      } else {
        setTold();
      }
    } finally {
      busy.current = false;
    }
  };
  return html`<dialog ref=${dialog} aria-labelledby="asked" onClose=${onEnd} onCancel=${event => busy.current && event.preventDefault()}>
    <form onSubmit=${submit} onKeyDown=${event => event.key === 'Enter' && event.repeat && event.preventDefault()}>
    <h2 id="asked">${title}</h2>${text && html`<p>${text}</p>`}
    ${fields.map(field => html`<label>${field.label}<input required=${!field.optional} maxlength="1024" value=${given[field.name] ?? ''} onInput=${event => setGiven({ ...given, [field.name]: event.target.value })} /></label>`)}
    <p role="status"><strong>${counted}</strong></p>
    <${Trouble} error=${error} />
    <div class="row"><button class=${danger ? 'danger' : ''} disabled=${!ready}>${prepare && counted === undefined ? '…' : ''} ${label}</button>
    <button type="button" onClick=${() => busy.current || dialog.current.close()}>${t('Cancel')}</button></div>
  </form></dialog>`;
}

// Bars over time: [{from, to, value, warn}]. Each is a link to the list behind it; the figures stand in a table too.
export function Bars({ title, bars, unit = '', linkOf }) {
  const most = Math.max(1, ...bars.map(bar => bar.value));
  const width = 600 / Math.max(1, bars.length);
  const shown = value => numberText(Math.round(value * 10) / 10) + unit;
  const bar = (each, index) => {
    const height = each.value / most * 96;
    const shape = html`<rect class=${each.warn ? 'warn' : ''} x=${index * width + width * .08} y=${100 - height} width=${width * .84} height=${height}><title>${timeText(each.from)}: ${shown(each.value)}</title></rect>`;
    return linkOf && each.value ? html`<a href=${address(linkOf(each))} tabindex="-1">${shape}</a>` : shape;
  };
  return html`<figure class="plot"><figcaption><strong>${title}</strong><span>${t('at most')} ${shown(Math.max(0, ...bars.map(each => each.value)))}</span></figcaption>
    <svg viewBox="0 0 600 100" preserveAspectRatio="none" aria-hidden="true">${bars.map(bar)}</svg>
    <details><summary>${t('As a table')}</summary><${Table} caption=${title} columns=${[[t('Time'), each => linkOf && each.value ? html`<${To} to=${linkOf(each)}><${When} at=${each.from} /><//>` : html`<${When} at=${each.from} />`], [title, each => shown(each.value), 'number']]} rows=${bars.filter(each => each.value)} /></details>
  </figure>`;
}
