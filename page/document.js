// The document of a query: nothing of it is here before somebody asks for it. Large ones come in parts.
import { html, useMemo, useState } from './preact.js';
import { id, readBeginning } from './api.js';
import { bytesText, t } from './words.js';
import { Trouble } from './show.js';

const part = 64 << 10;        // bytes of the first look
const largestTree = 4 << 20;  // more is shown as text
const childrenAtOnce = 100;

const isBranch = value => value !== null && typeof value === 'object';
const hits = (text, wanted) => wanted && String(text).toLowerCase().includes(wanted);

// Whether the value, or something in it, has the text; looks at so many values at most.
function holds(value, wanted, left = { values: 20_000 }) {
  if (--left.values < 0) return false;
  if (!isBranch(value)) return hits(value, wanted);
  return Object.entries(value).some(([name, child]) => hits(Array.isArray(value) ? '' : name, wanted) || holds(child, wanted, left));
}

const Leaf = ({ name, value, wanted }) => {
  const text = JSON.stringify(value);
  return html`<div><code>${name}</code>: ${hits(text, wanted) || hits(name, wanted) ? html`<mark>${text}</mark>` : text}</div>`;
};

function Branch({ name, value, wanted, opened }) {
  const [open, setOpen] = useState(opened);
  const [most, setMost] = useState(childrenAtOnce);
  const entries = Object.entries(value);
  const shown = open || (wanted && holds(value, wanted));
  const found = wanted ? entries.filter(([key, child]) => hits(Array.isArray(value) ? '' : key, wanted) || holds(child, wanted)) : [];
  const listed = found.length > 0 ? found : entries;
  return html`<details open=${shown} onToggle=${event => setOpen(event.target.open)}><summary><code>${name}</code> <span class="quiet">${Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`}</span></summary>
    ${shown && listed.slice(0, most).map(([key, child]) => isBranch(child) ? html`<${Branch} key=${key} name=${key} value=${child} wanted=${wanted} />` : html`<${Leaf} name=${key} value=${child} wanted=${wanted} />`)}
    ${shown && listed.length > most && html`<button onClick=${() => setMost(most + childrenAtOnce)}>${t('Show more')} (${listed.length - most})</button>`}</details>`;
}

function Tree({ value, query }) {
  const [wanted, setWanted] = useState('');
  return html`<div class="tree"><label class="row">${t('Find in the document')} <input type="search" value=${wanted} onInput=${event => setWanted(event.target.value.toLowerCase())} /></label>
    ${isBranch(value) ? html`<${Branch} name=${query.query_id ?? query.id} value=${value} wanted=${wanted} opened />` : html`<${Leaf} name="" value=${value} wanted=${wanted} />`}</div>`;
}

// A number of more digits than a script keeps would be shown as another one.
const longNumber = /(^|[\s:,[])-?\d{16,}/;
const parse = text => { try { return { value: JSON.parse(text) }; } catch { return null; } };

export function Document({ query }) {
  const [read, setRead] = useState();
  const [error, setError] = useState();
  const path = `/v1/queries/${id(query.id)}/`;
  const show = most => readBeginning(path + 'result', most).then(got => { setError(); setRead({ ...got, most }); }, setError);
  const tree = useMemo(() => read?.whole && read.text.length <= largestTree && !longNumber.test(read.text) ? parse(read.text) : null, [read]);
  const raw = html`<a href=${path + 'body'} download=${`${query.query_id ?? query.id}.bin`}>${t('Bytes as they came')}</a>`;
  if (!read) return html`<p class="quiet">${t('It may have personal data. Showing it is noted, if [api] audit is set.')}</p><${Trouble} error=${error} /><div class="row"><button onClick=${() => show(part)}>${t('Show the document')}</button> ${raw}</div>`;
  return html`<div class="row"><button onClick=${() => setRead()}>${t('Hide')}</button> ${!read.whole && html`<span class="quiet">${t('Only the beginning is shown.')}</span> <button onClick=${() => show(read.most * 8)}>${t('Show more')} (${bytesText(read.most * 8)})</button>`} ${raw}</div><${Trouble} error=${error} />
    ${tree ? html`<${Tree} value=${tree.value} query=${query} />` : html`<pre tabindex="0">${read.text}</pre>`}`;
}
