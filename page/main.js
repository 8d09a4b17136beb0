// The page: who is looking, and which view the address names.
import { html, render, useEffect, useRef, useState } from './preact.js';
import { call, get, onLoggedOut, post } from './api.js';
import { choices, keep, t, zoneName } from './words.js';
import { go, To, Trouble } from './show.js';
import { Now } from './now.js';
import { Queries, find } from './queries.js';
import { QueryStory } from './story.js';
import { Handlers } from './handlers.js';
import { Alerts, Audit, Fanbase, Groups, Log, Refusals } from './lists.js';
import { Report } from './report.js';

const views = [['now', 'Now', Now], ['queries', 'Queries', Queries], ['handlers', 'Handlers', Handlers], ['groups', 'Groups', Groups],
  ['refusals', 'Refusals', Refusals], ['alerts', 'Alerts', Alerts], ['audit', 'Audit', Audit], ['report', 'Report', Report], ['fanbase', 'Fanbase', Fanbase], ['log', 'Log', Log]];

function Login({ onLogin, why }) {
  const [error, setError] = useState();
  const submit = event => {
    event.preventDefault();
    const form = new FormData(event.target);
    post('/v1/session', { token: form.get('token'), look: form.has('look') }).then(onLogin, setError);
  };
  return html`<main class="login"><h1>postbackd</h1><form onSubmit=${submit}>
    <label>${t('Token of a client')}<input type="password" name="token" autocomplete="current-password" required autofocus /></label>
    <label><input type="checkbox" name="look" /> ${t('Only look')}</label><button>${t('Log in')}</button></form>
    <${Trouble} error=${error ?? why} /><p class="quiet">${t('Whoever may open the socket on the server logs in without a token:')} <code>postbackctl page</code></p></main>`;
}

function Switches({ onChange }) {
  const choose = name => event => { choices[name] = event.target.value; keep(name, event.target.value); applyChoices(); onChange(); };
  const option = (name, value, text) => html`<option value=${value} selected=${choices[name] === value}>${text}</option>`;
  return html`<div class="switches">
    <select aria-label=${t('Language')} onChange=${choose('language')}>${option('language', 'en', 'English')}${option('language', 'pt-BR', 'Português')}</select>
    <select aria-label=${t('Times in')} onChange=${choose('zone')}>${option('zone', 'local', Intl.DateTimeFormat().resolvedOptions().timeZone || t('local time'))}${option('zone', 'UTC', 'UTC')}</select>
    <select aria-label=${t('Theme')} onChange=${choose('theme')}>${option('theme', 'system', t('As the system'))}${option('theme', 'light', t('Light'))}${option('theme', 'dark', t('Dark'))}</select></div>`;
}

function applyChoices() {
  document.documentElement.lang = choices.language;
  if (choices.theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choices.theme;
}

function Help({ onEnd }) {
  const dialog = useRef();
  useEffect(() => { dialog.current.showModal(); }, []);
  return html`<dialog ref=${dialog} aria-labelledby="help" onClose=${onEnd}><h2 id="help">${t('Keyboard')}</h2>
    <dl class="facts"><dt><kbd>/</kbd></dt><dd>${t('search')}</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>${t('next and previous row')}</dd><dt><kbd>?</kbd></dt><dd>${t('this help')}</dd></dl>
    <button onClick=${() => dialog.current.close()}>${t('Close this')}</button></dialog>`;
}

function moveBy(step) {
  const links = [...document.querySelectorAll('main td a:first-child, main td button:first-child')].filter((link, index, all) => all.findIndex(other => other.closest('tr') === link.closest('tr')) === index);
  const row = document.activeElement?.closest('tr');
  const at = links.findIndex(link => link.closest('tr') === row);
  links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
}

function Page() {
  const [session, setSession] = useState();
  const [why, setWhy] = useState();
  const [visit, setVisit] = useState(0);
  const asked = useRef(0);
  const [helps, setHelps] = useState(false);
  const [found, setFound] = useState();
  const main = useRef();
  const parameters = Object.fromEntries(new URLSearchParams(location.search));
  useEffect(() => {
    const render = event => {
      ++asked.current; // a search that is under way leads nowhere any more
      setFound();
      setVisit(each => each + 1);
      if (!event.state?.stays) main.current?.focus();
    };
    const key = event => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
      if (event.key === '/') { event.preventDefault(); document.querySelector('input[type=search]')?.focus(); }
      if (event.key === '?') setHelps(true);
      if (event.key === 'j') moveBy(1);
      if (event.key === 'k') moveBy(-1);
    };
    addEventListener('popstate', render);
    addEventListener('keydown', key);
    onLoggedOut(() => setSession({}));
    const begin = () => enter().then(setSession, error => { setWhy(error); setSession({}); });
    addEventListener('hashchange', () => location.hash && begin()); // a link in a window that has the page already
    begin();
    return () => { removeEventListener('popstate', render); removeEventListener('keydown', key); };
  }, []);
  useEffect(() => { document.title = (session?.client ? t(views.find(([name]) => name === (parameters.view ?? 'now'))?.[1] ?? 'Query') + ' · ' : '') + 'postbackd'; });
  if (!session) return null;
  if (!session.client) return html`<${Login} why=${why} onLogin=${who => { setWhy(); setSession(who); }} />`;
  const search = event => {
    event.preventDefault();
    const text = new FormData(event.target).get('text').trim();
    if (!text) return;
    const mine = ++asked.current;
    const tell = then => result => mine === asked.current && then(result);
    find(text).then(tell(hit => { if (hit) go(hit.to); setFound({ text, ...(hit ?? { nothing: true }) }); }), tell(error => setFound({ text, error })));
  };
  const [, , View] = views.find(([name]) => name === (parameters.view ?? 'now')) ?? [null, null, QueryStory];
  return html`<header><strong>postbackd</strong>
    <nav aria-label=${t('Page')}>${views.map(([name, label]) => html`<${To} to=${name === 'now' ? {} : { view: name }} aria-current=${(parameters.view ?? 'now') === name ? 'page' : undefined}>${t(label)}<//>`)}</nav>
    <form role="search" onSubmit=${search}><input type="search" name="text" aria-label=${t('Search: QueryId, id, key, label or receipt')} placeholder=${t('Search: QueryId, id, key, label or receipt')} maxlength="1024" /></form>
    <${Switches} onChange=${() => setVisit(each => each + 1)} />
    <span class="quiet">${session.client}${!session.may_act && ` · ${t('You may only look.')}`}</span>
    <button onClick=${() => call('DELETE', '/v1/session').then(() => setSession({}), error => setFound({ text: t('Log out'), error }))}>${t('Log out')}</button></header>
    <main ref=${main} tabindex="-1">
    ${found && html`<p role="status" class="quiet"><q>${found.text}</q> · ${found.error ? found.error.message : found.nothing ? t('Nothing has this QueryId, id, key, label or receipt.') : `${t('Understood as')}: ${t(found.as)}`}</p>`}
    <${View} parameters=${parameters} session=${session} key=${(parameters.view ?? 'now') === 'now' ? 'now' : visit} /></main>
    <footer class="quiet"><p>postbackd ${session.version} · ${t('Times in')} ${zoneName()} · <kbd>?</kbd></p></footer>
    ${helps && html`<${Help} onEnd=${() => setHelps(false)} />`}`;
}

// With the code of `postbackctl page`, which stands after the # and so is in no log; or as whoever is logged in.
async function enter() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (!code) return get('/v1/session');
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return await post('/v1/session', { code });
  } catch (error) {
    const who = await get('/v1/session'); // an old link, of somebody who is logged in
    if (who.client) return who;
    throw error;
  }
}

applyChoices();
const place = document.getElementById('page');
place.replaceChildren();
render(html`<${Page} />`, place);
