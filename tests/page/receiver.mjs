// A daemon with a page, in a folder of its own, filled with what senders, clients and handlers could write to harm who looks.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const secret = '0123456789abcdef';
export const tokenOf = name => `token-0123456789-of-${name}`;
// Runs if anything takes it for HTML, a script or an address.
export const hostile = `<img src=x onerror="window.ran=1">"'\`\${ran}<script>window.ran=1</script>javascript:ran=1`;

export class Receiver {
  // `text` is written wherever a sender, a client or a handler can write.
  constructor(build, text = hostile) {
    this.text = text;
    this.bin = join(build, 'bin');
    this.folder = mkdtempSync(join(tmpdir(), 'postbackd-page-'));
    for (const name of ['shop', 'ops', 'reader']) this.write(name, tokenOf(name));
    this.write('secret', secret);
    this.api = 0;
    this.configure();
  }
  write(name, text) { writeFileSync(join(this.folder, name), text, { mode: 0o600 }); }
  configure(clients = ['shop', 'ops', 'reader']) {
    const rights = { shop: 'scopes = ["register", "read"]', ops: 'scopes = ["register", "read", "operate"]\nsees = "all"', reader: 'scopes = ["read"]\nsees = "all"' };
    this.write('postbackd.toml', `[store]\npath = "${this.folder}/store.sqlite3"\n[listen]\naddress = "127.0.0.1"\nport = 0\n[[route]]\npath = "/postback"\npostbacksecret = "file:${this.folder}/secret"\n
[api]\nsocket = "${this.folder}/api.sock"\nport = ${this.api}\npage = true\naudit = "30d"\n[[handler]]\nname = "crm"\nkind = "exec"\ncommand = ["/bin/sh", "-c", ${JSON.stringify(`printf '%s' '${this.text.replaceAll("'", '')}' >&2; exit 65`)}]\nmatch = { event = "final" }\n
${clients.map(name => `[[api.client]]\nname = "${name}"\ntoken = ["file:${this.folder}/${name}"]\nrequests_per_second = 100000\n${rights[name]}\n`).join('')}`);
  }
  async start() {
    this.process = spawn(join(this.bin, 'postbackd'), ['--config', join(this.folder, 'postbackd.toml')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', text => { this.log += text; });
    await this.until(() => this.log.includes('event=started'));
    this.port = +this.log.match(/event=listening \S+ port=(\d+)/)[1];
    this.api = +this.log.match(/event=api address=\S+ port=(\d+)/)[1];
  }
  async until(condition, what = '') {
    for (let i = 0; i < 1200; ++i) {
      if (await condition()) return;
      await new Promise(resume => setTimeout(resume, 50));
    }
    throw new Error(`this does not come: ${what || condition}\n${this.log}`);
  }
  async reload(clients) {
    this.configure(clients);
    const before = this.log.split('event=reloaded').length;
    this.process.kill('SIGHUP');
    await this.until(() => this.log.split('event=reloaded').length > before, 'a reload');
  }
  async kill() {
    const ended = new Promise(resume => this.process.once('exit', resume));
    this.process.kill('SIGKILL');
    await ended;
  }
  async end() { await this.kill(); rmSync(this.folder, { recursive: true, force: true }); }
  get origin() { return `http://127.0.0.1:${this.api}`; }
  link(...more) { return execFileSync(join(this.bin, 'postbackctl'), ['--config', join(this.folder, 'postbackd.toml'), 'page', ...more], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim(); }
  ctl(...words) { return execFileSync(join(this.bin, 'postbackctl'), ['--config', join(this.folder, 'postbackd.toml'), ...words]).toString(); }
  async call(path, { token = tokenOf('ops'), method = 'GET', body, headers = {} } = {}) {
    const response = await fetch(this.origin + path, { method, body: body && JSON.stringify(body), headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }), ...headers } });
    return { status: response.status, json: await response.json() };
  }
  async post(body, headers = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}/postback`, { method: 'POST', body, headers: { Postbacksecret: secret, 'Content-Type': 'application/json', ...headers } });
    return response.status;
  }
  async fill() {
    for (let i = 1; i <= 120; ++i)
      await this.call('/v1/queries', { token: tokenOf(i % 5 ? 'shop' : 'ops'), method: 'POST', headers: i === 4 ? { 'Idempotency-Key': 'key-4' } : {}, body: { query_id: `q-${i}`, label: i === 1 ? this.text : `order ${i % 7}`, group: i % 2 ? 'march' : this.text, api: 'people', metadata: { note: this.text }, deadline: i > 110 ? '1s' : '1h' } });
    for (let i = 1; i <= 80; ++i)
      await this.post(JSON.stringify({ QueryId: `q-${i}`, Status: {}, Result: [{ Name: i === 1 ? this.text : `Fulana ${i}`, Numbers: Array.from({ length: i === 2 ? 300 : 3 }, (_, n) => n) }] }));
    await this.post(JSON.stringify({ QueryId: 'q-1', Result: [this.text] }));
    await this.post(JSON.stringify({ QueryId: 'nobody', Result: [] }));
    await this.post(Buffer.from('{"QueryId":"q-81","Result":["S\xe3o Paulo"]}', 'latin1'));
    await this.post('{}', { Postbacksecret: 'wrong' });
    execFileSync('sqlite3', ['-cmd', '.timeout 10000', join(this.folder, 'store.sqlite3'), `INSERT INTO queue_objects (id, client, action, created_at, state, message, request)
      VALUES ('o-1', 'app', 'ticket-create', strftime('%Y-%m-%dT%H:%M:%fZ'), 'failed', '${this.text.replaceAll("'", "''")}', '{}')`]);
    this.ctl('close', 'q-105', '--reason', this.text);
    await this.until(async () => (await this.call('/v1/deliveries?state=dead&limit=1')).json.deliveries.length > 0, 'a dead delivery');
    await this.until(async () => (await this.call('/v1/alerts')).json.alerts.length > 0, 'an alert');
    await this.until(async () => (await this.call('/v1/queries?state=overdue')).json.queries.length > 0, 'an overdue query');
  }
}
