// The page in a browser: each view in each form, by keyboard, with rights and without, and with everything that a sender, a client or a
// handler controls written to harm who looks.   Usage: node page.mjs BUILD [--whole] [--screenshots FOLDER]; POSTBACKD_WHOLE=1 is --whole
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Receiver, tokenOf } from './receiver.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [build, ...options] = process.argv.slice(2);
const whole = options.includes('--whole') || Boolean(process.env.POSTBACKD_WHOLE);
const pictures = options.includes('--screenshots') && options[options.indexOf('--screenshots') + 1];

// From npm, once for each version of the list of packages.
function install() {
  const place = join(here, '../../.cache/page');
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
  const installed = join(place, 'installed');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return place;
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(here, name), join(place, name));
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(installed, lock);
  return place;
}

const require = createRequire(join(install(), 'x.js'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const views = { now: '/', day: '/?of=day', month: '/?of=month', queries: '/?view=queries', filtered: '/?view=queries&state=answered&label=order+3', query: '/?view=query&id=q-1', unknown: '/?view=query&id=none',
  handlers: '/?view=handlers&handler=crm&state=dead', groups: '/?view=groups', refusals: '/?view=refusals', alerts: '/?view=alerts', audit: '/?view=audit', report: `/?view=report&day=${new Date().toISOString().slice(0, 10)}`, fanbase: '/?view=fanbase', log: '/?view=log', lines: '/?view=log&event=refused' };
const shown = ['now', 'queries', 'query', 'handlers', 'groups', 'refusals', 'alerts', 'audit', 'report', 'fanbase', 'log']; // in docs/page.md
const forms = [];
for (const colorScheme of ['light', 'dark']) for (const width of [1280, 390]) for (const locale of ['en-US', 'pt-BR']) forms.push({ colorScheme, width, locale });
const chosenForms = whole || pictures ? forms : forms.filter(({ colorScheme, width, locale }) => (colorScheme === 'light') === (width === 1280) && (width === 1280) === (locale === 'en-US'));

const receiver = new Receiver(resolve(build), ...(pictures ? ['the CRM does not know this order'] : []));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

// A window that says what went wrong in it.
async function open({ colorScheme = 'light', width = 1280, locale = 'en-US' } = {}) {
  const context = await browser.newContext({ colorScheme, locale, timezoneId: 'America/Sao_Paulo', viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.complaints = [];
  await page.addInitScript(() => addEventListener('securitypolicyviolation', event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
  page.on('console', message => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && page.complaints.push(message.text()));
  page.on('pageerror', error => page.complaints.push(error.message));
  page.on('dialog', dialog => { page.complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  return page;
}
async function logIn(page, ...more) {
  await page.goto(receiver.link(...more));
  await page.waitForSelector('nav');
}
async function show(page, view) {
  await page.goto(receiver.origin + views[view]);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !/Loading…|Carregando…/.test(document.querySelector('main').textContent));
}
function clean(page, where) {
  assert.deepEqual(page.complaints, [], where);
}
async function accessible(page, where) {
  // Through the debugger, which no policy of the page holds up.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ').slice(0, 300)}`), [], where);
}
const nothingRan = async (page, where) => assert.equal(await page.evaluate(() => window.ran), undefined, where);

const tests = {
  async 'it is small, and what others wrote is what they published'() {
    const folder = join(here, '../../page');
    const files = [...readdirSync(folder), ...readdirSync(join(folder, 'vendor')).map(name => `vendor/${name}`)].filter(name => /\.(js|css|html|svg)$/.test(name));
    const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
    assert.ok(size <= 60 << 10, `${size} bytes`);
    const known = readFileSync(join(folder, 'vendor/README.md'), 'utf8');
    for (const name of files.filter(each => each.startsWith('vendor/')))
      assert.ok(known.includes(createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')), name);
  },

  async 'each view in each form is accessible and runs nothing that others wrote'() {
    for (const form of chosenForms) {
      const page = await open(form);
      await page.goto(receiver.origin);
      await page.waitForSelector('form.login, .login');
      await accessible(page, 'login');
      await logIn(page);
      for (const view of Object.keys(views)) {
        const where = `${view} ${Object.values(form).join(' ')}`;
        await show(page, view);
        if (view === 'query') {
          await page.getByRole('button', { name: /Show the document|Mostrar o documento/ }).click();
          await page.waitForSelector('.tree');
          for (const closed = page.locator('.tree details:not([open]) > summary'); await closed.count() > 0;) await closed.first().click();
        }
        await accessible(page, where);
        await nothingRan(page, where);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: wider than the window`);
        if (pictures && shown.includes(view) && form.colorScheme === 'light' && form.width === 1280) await page.screenshot({ path: join(pictures, `${view}${form.locale === 'pt-BR' ? '.pt-BR' : ''}.png`) });
      }
      clean(page, Object.values(form).join(' '));
      await page.context().close();
    }
  },

  async 'a link is good once, and its code stays in no address'() {
    const page = await open();
    const link = receiver.link();
    await page.goto(link);
    await page.waitForSelector('nav');
    assert.equal(page.url(), receiver.origin + '/');
    const other = await open();
    await other.goto(link);
    await other.waitForSelector('.login [role=alert]');
    await page.context().close();
    await other.context().close();
  },

  async 'the search box says what it understood'() {
    const page = await open();
    await logIn(page);
    const search = async text => {
      await page.keyboard.press('Escape');
      await page.locator('main').focus();
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      await page.locator('main > p[role=status]', { hasText: text }).waitFor();
      const said = await page.textContent('main > p[role=status]');
      await page.locator('input[type=search]').first().fill('');
      return said;
    };
    assert.match(await search('q-7'), /QueryId or id/);
    await page.locator('h1', { hasText: 'q-7' }).waitFor();
    assert.match(await search('key-4'), /key/);
    const { json } = await receiver.call('/v1/queries/q-9');
    assert.match(await search(String(json.receipt)), /receipt/);
    await page.locator('h1', { hasText: 'q-9' }).waitFor();
    assert.match(await search('order 3'), /label/);
    assert.match(page.url(), /label=order\+3/);
    assert.match(await search('no such thing'), /Nothing has/);
    clean(page, 'search');
    await page.context().close();
  },

  async 'by keyboard alone'() {
    const page = await open();
    await logIn(page);
    await show(page, 'queries');
    await page.locator('main').focus();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement.closest('tr').rowIndex);
    assert.equal(second, 2);
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.story');
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('h1').textContent === 'Queries');
    clean(page, 'keyboard');
    await page.context().close();
  },

  async 'a view stands in its address, page by page'() {
    const page = await open();
    await logIn(page);
    await show(page, 'queries');
    await page.getByLabel('State').selectOption('answered');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/state=answered/);
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/after=\d+/);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.waitForSelector('tbody tr');
    await page.waitForFunction(rows => document.querySelector('tbody')?.textContent === rows, await other.textContent('tbody'));
    clean(page, 'filter');
    await page.context().close();
  },

  async 'a document comes only when it is asked for, and that is noted'() {
    const page = await open();
    await logIn(page);
    const reads = async () => (await receiver.call('/v1/audit?limit=1000')).json.accesses.filter(({ query, action }) => query === 'q-2' && action === 'result').length;
    const before = await reads();
    await page.goto(receiver.origin + '/?view=query&id=q-2');
    await page.waitForSelector('.story');
    assert.doesNotMatch(await page.content(), /Fulana 2/);
    assert.equal(await reads(), before);
    await page.getByRole('button', { name: 'Show the document' }).click();
    await page.getByLabel('Find in the document').fill('fulana');
    await page.waitForSelector('.tree mark');
    assert.match(await page.textContent('.tree mark'), /Fulana 2/);
    assert.equal(await reads(), before + 1);
    await page.getByRole('button', { name: 'Hide' }).click();
    assert.doesNotMatch(await page.content(), /Fulana 2/);
    clean(page, 'document');
    await page.context().close();
  },

  async 'what changes something is told first, with its number'() {
    const page = await open();
    await logIn(page);
    await page.goto(receiver.origin + '/?view=handlers&handler=crm&state=dead');
    await page.getByRole('group', { name: 'Actions' }).getByRole('button', { name: 'Give up' }).click();
    const dialog = page.locator('dialog');
    await dialog.getByLabel('Reason').fill('known');
    const { json } = await receiver.call('/v1/deliveries/kill', { method: 'POST', body: { handler: 'crm', state: 'dead', dry_run: true } });
    await dialog.getByRole('button', { name: 'Go ahead' }).dblclick(); // the second click finds the number unread
    await dialog.getByText(`${json.deliveries} deliveries will change`).waitFor();
    assert.match(await dialog.textContent(), /crm \(\/bin\/sh\), state = dead/);
    const dismissed = async () => (await receiver.call('/v1/deliveries?state=dead&limit=1000')).json.deliveries.filter(each => each.dismissed_at).length;
    assert.equal(await dismissed(), 0);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await dismissed(), 0);
    await page.goto(receiver.origin + '/?view=queries&label=order+6&state=pending');
    await page.getByRole('button', { name: 'Close these' }).click();
    await dialog.getByLabel('Reason').fill('not needed');
    await dialog.getByRole('button', { name: 'Close', exact: false }).first().click();
    await dialog.getByText(/queries will be closed/).waitFor();
    await dialog.getByLabel('Reason').fill('not needed at all'); // then it is told again
    assert.doesNotMatch(await dialog.textContent(), /queries will be closed/);
    await receiver.until(async () => {
      if (await dialog.count() > 0) await dialog.getByRole('button', { name: 'Close', exact: false }).first().click({ timeout: 1000 }).catch(() => {});
      return page.getByText(/Changed: \d+/).isVisible();
    }, 'queries that are closed');
    assert.equal((await receiver.call('/v1/queries?label=order+6&state=pending')).json.queries.length, 0);
    clean(page, 'actions');
    await page.context().close();
  },

  async 'what is typed stays, whatever comes meanwhile'() {
    const page = await open();
    await logIn(page);
    await show(page, 'handlers');
    await page.getByLabel('Query', { exact: true }).fill('q-77');
    for (let i = 0; i < 2; ++i) await page.waitForResponse(/\/v1\/handlers/);
    assert.equal(await page.getByLabel('Query', { exact: true }).inputValue(), 'q-77');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/query=q-77/);
    clean(page, 'typing');
    await page.context().close();
  },

  async 'a number that a script cannot hold is shown as it came'() {
    await receiver.call('/v1/queries', { method: 'POST', body: { query_id: 'long' } });
    await receiver.post('{"QueryId":"long","Result":[{"Number":12345678901234567890}]}');
    const page = await open();
    await logIn(page);
    await page.goto(receiver.origin + '/?view=query&id=long');
    await page.getByRole('button', { name: 'Show the document' }).click();
    await page.getByText('12345678901234567890').waitFor();
    await page.context().close();
  },

  async 'whoever may only look, or sees only its own, is offered no more than the API allows'() {
    const page = await open();
    await logIn(page, '--look');
    for (const view of ['queries', 'query', 'handlers']) {
      await show(page, view);
      assert.equal(await page.getByRole('button', { name: /Close|Erase|Retry|Give up|Replay|Hold/ }).count(), 0, view);
    }
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForSelector('.login');
    await page.getByLabel('Token of a client').fill(tokenOf('shop'));
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('nav');
    await page.getByText(/needs sees = "all"|This client may not see this/).first().waitFor();
    await page.goto(receiver.origin + '/?view=query&id=q-5'); // of ops
    await page.getByText('there is no query with this id').waitFor();
    await page.goto(receiver.origin + '/?view=query&id=q-4');
    await page.waitForSelector('.story');
    assert.doesNotMatch(await page.textContent('.story'), /crm/);
    await page.getByLabel('Token').waitFor({ state: 'detached' });
    await page.context().close();
  },

  async 'events come by themselves, and a pause holds them'() {
    const page = await open();
    await logIn(page);
    await page.getByText('Nothing has come yet.').waitFor();
    let count = 0;
    const event = async () => {
      await receiver.call('/v1/queries', { method: 'POST', body: { query_id: `live-${++count}` } });
      await receiver.post(JSON.stringify({ QueryId: `live-${count}`, Result: [] }));
    };
    await receiver.until(async () => { await event(); return page.getByText('live-1', { exact: true }).isVisible(); }, 'an event on the page');
    for (let i = 0; i < 60; ++i) await event();
    await page.getByText(`live-${count}`, { exact: true }).waitFor();
    assert.equal(await page.getByRole('region', { name: 'Live' }).locator('tbody tr').count(), 50); // and no more, whatever comes
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused').waitFor();
    clean(page, 'live');
    await page.context().close();
  },

  async 'what is more than can be shown is left out with a word, and the newest is there'() {
    const page = await open();
    await logIn(page);
    await page.getByText('Nothing has come yet.').waitFor();
    const some = async (name, count) => {
      const lines = Array.from({ length: count }, (_, i) => JSON.stringify({ query_id: `${name}-${i}` })).join('\n');
      await fetch(receiver.origin + '/v1/queries', { method: 'POST', body: lines, headers: { Authorization: `Bearer ${tokenOf('ops')}`, 'Content-Type': 'application/x-ndjson' } }).then(answer => answer.text());
      for (let i = 0; i < count; i += 50)
        await Promise.all(Array.from({ length: Math.min(50, count - i) }, (_, j) => receiver.post(JSON.stringify({ QueryId: `${name}-${i + j}`, Result: [] }))));
    };
    await receiver.until(async () => { await some(`many-${Date.now()}`, 200); return page.getByText('more than are shown').first().isVisible(); }, 'what was left out');
    await some('last', 1);
    await page.getByText('last-0', { exact: true }).waitFor();
    clean(page, 'many events');
    await page.context().close();
  },

  async 'two tabs have one session'() {
    const page = await open();
    await logIn(page);
    const other = await page.context().newPage();
    await other.goto(receiver.origin + '/?view=query&id=q-100');
    await other.locator('.story').getByText('registered').first().waitFor();
    await page.goto(receiver.origin + '/?view=query&id=q-100');
    await page.getByRole('button', { name: 'Close this query' }).click();
    await page.getByLabel('Reason').fill('two tabs');
    await page.locator('dialog').getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('.story').getByText('two tabs').first().waitFor();
    await other.reload();
    await other.locator('.story').getByText('two tabs').first().waitFor();
    await other.goto(receiver.origin);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForSelector('.login');
    await other.waitForSelector('.login'); // at its next look
    await page.context().close();
  },

  async 'a token that is taken away ends the session while it looks'() {
    const page = await open();
    await page.goto(receiver.origin);
    await page.getByLabel('Token of a client').fill(tokenOf('reader'));
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('.tiles');
    await receiver.reload(['shop', 'ops']);
    await page.waitForSelector('.login');
    await page.context().close();
  },

  async 'a lost connection is said, and over by itself'() {
    const page = await open();
    await page.goto(receiver.origin);
    await page.getByLabel('Token of a client').fill(tokenOf('ops'));
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('.tiles');
    await receiver.kill();
    await page.getByText('No connection to postbackd.').first().waitFor();
    receiver.configure(); // the same port
    await receiver.start();
    await page.waitForSelector('.login'); // its session went with the process
    await page.context().close();
  },

  async 'another origin can neither frame it nor use its session'() {
    const page = await open();
    await logIn(page);
    const evil = await page.context().newPage();
    await evil.route('http://127.0.0.2:1/', route => route.fulfill({ contentType: 'text/html', body: `<iframe src="${receiver.origin}/"></iframe>` }));
    await evil.goto('http://127.0.0.2:1/');
    const got = await evil.evaluate(async origin => {
      const tries = [];
      for (const [method, path] of [['GET', '/v1/queries'], ['POST', '/v1/queries/close'], ['DELETE', '/v1/session']])
        tries.push(await fetch(origin + path, { method, credentials: 'include', mode: method === 'GET' ? 'cors' : 'no-cors', body: method === 'POST' ? '{"label":"order 1","reason":"forged"}' : undefined }).then(answer => answer.type, error => 'refused'));
      return tries;
    }, receiver.origin);
    assert.equal(got[0], 'refused');
    assert.equal((await receiver.call('/v1/queries?label=order+1&state=closed')).json.queries.length, 0);
    assert.ok(evil.frames().every(frame => !frame.url().startsWith(receiver.origin) || frame.url().startsWith('chrome-error')), 'it is framed');
    await page.reload();
    await page.waitForSelector('nav'); // still logged in
    await page.context().close();
  },
};

// What takes long: ./check leaves it out.
const longTests = {
  async 'a document of 150 MB opens at once, and its bytes can be taken'() {
    await receiver.call('/v1/queries', { method: 'POST', body: { query_id: 'huge' } });
    const row = JSON.stringify({ Name: 'Fulana', Text: 'x'.repeat(900) });
    assert.equal(await receiver.post(`{"QueryId":"huge","Result":[${Array(160_000).fill(row).join(',')}]}`), 200);
    const page = await open();
    await logIn(page);
    await page.goto(receiver.origin + '/?view=query&id=huge');
    const begin = performance.now();
    await page.getByRole('button', { name: 'Show the document' }).click();
    await page.waitForSelector('main pre');
    console.log(`  ${Math.round(performance.now() - begin)} ms to the first 64 KiB`);
    assert.equal((await page.textContent('main pre')).length, 64 << 10);
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.waitForFunction(() => document.querySelector('main pre').textContent.length === 512 << 10);
    await page.context().close();
  },

  async 'ten minutes of ten thousand events a minute leave it as small as it was'() {
    const page = await open();
    await logIn(page);
    const measure = async () => {
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'));
      await session.detach();
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    };
    const minute = async number => {
      const lines = Array.from({ length: 10_000 }, (_, i) => JSON.stringify({ query_id: `m-${number}-${i}`, key: `m-${number}-${i}` })).join('\n');
      await fetch(receiver.origin + '/v1/queries', { method: 'POST', body: lines, headers: { Authorization: `Bearer ${tokenOf('ops')}`, 'Content-Type': 'application/x-ndjson' } }).then(answer => answer.text());
      const begin = Date.now();
      for (let i = 0; i < 10_000; i += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, j) => receiver.post(JSON.stringify({ QueryId: `m-${number}-${i + j}`, Result: [] }))));
        const early = begin + i * 6 - Date.now();
        if (early > 0) await new Promise(resume => setTimeout(resume, early));
      }
    };
    await minute(0);
    const before = await measure();
    for (let number = 1; number <= 10; ++number) await minute(number);
    const after = await measure();
    console.log(`  heap ${Math.round(before.JSHeapUsedSize / 1024)} KiB, then ${Math.round(after.JSHeapUsedSize / 1024)} KiB; nodes ${before.Nodes}, then ${after.Nodes}`);
    assert.ok(after.JSHeapUsedSize < 1.5 * before.JSHeapUsedSize && after.Nodes < 1.5 * before.Nodes);
    clean(page, 'events');
    await page.context().close();
  },
};

let failed = false;
try {
  await receiver.start();
  await receiver.fill();
  for (const [name, test] of Object.entries({ ...tests, ...(whole ? longTests : {}) }).slice(0, pictures ? 2 : undefined)) { // pictures: of each view
    const begin = performance.now();
    await test();
    console.log(`${Math.round(performance.now() - begin)} ms  ${name}`);
  }
} catch (error) {
  failed = true;
  console.error(error);
} finally {
  await browser.close();
  await receiver.end();
}
process.exit(failed ? 1 : 0);
