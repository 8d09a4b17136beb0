// The JavaScript samples of the vendor's documents (Update Fandata, Webhook Ingressos, Eventos APP), as they stand
// there, but for the hosts; then what they answer is compared with the documents, field by field.
//   node samples.js URL CLIENT_ID CLIENT_SECRET
const [url, clientId, clientSecret] = process.argv.slice(2);
const assert = require('node:assert');

async function atualizarFandata(dados, accessToken) {
  const response = await fetch(`${url}/api/v1/integration/queue`, {
    method: 'POST',
    headers: {
      'AccessToken': accessToken,
      'Content-Type': 'application/json'
    },
    body: JSON.stringify({
      action: 'update_fandata',
      data: dados
    })
  });

  if (!response.ok) {
    throw new Error(`Erro ${response.status}: ${response.statusText}`);
  }

  return await response.json();
}

async function criarWebhookIngresso(dadosIngresso, accessToken) {
  const response = await fetch(`${url}/api/v1/integration/queue`, {
    method: 'POST',
    headers: {
      'AccessToken': accessToken,
      'Content-Type': 'application/json'
    },
    body: JSON.stringify({
      action: 'ticket-create',
      data: dadosIngresso
    })
  });

  if (!response.ok) {
    throw new Error(`Erro ${response.status}: ${response.statusText}`);
  }

  const resultado = await response.json();
  return resultado.id;
}

async function verificarProcessamento(queueId, accessToken) {
  const response = await fetch(`${url}/api/v1/integration/queue/${queueId}`, {
    method: 'GET',
    headers: {
      'AccessToken': accessToken
    }
  });

  if (!response.ok) {
    throw new Error(`Erro ${response.status}: ${response.statusText}`);
  }

  return await response.json();
}

class FanbaseAppEvents {
  constructor(accessToken, connectUrl, appName) {
    this.accessToken = accessToken;
    this.connectUrl = connectUrl;
    this.appName = appName;
  }

  async registrarUsuario(userId, document, documentType, platform) {
    const response = await fetch(`${this.connectUrl}/api/v1/app/registeruser`, {
      method: 'POST',
      headers: {
        'AccessToken': this.accessToken,
        'Content-Type': 'application/json'
      },
      body: JSON.stringify({
        userId,
        document,
        documentType,
        appName: this.appName,
        appPlatform: platform
      })
    });

    if (!response.ok) {
      throw new Error(`Erro ${response.status}: ${response.statusText}`);
    }

    return await response.json();
  }

  async registrarEvento(userId, eventName, eventValue = null) {
    const response = await fetch(`${this.connectUrl}/api/v1/app/event`, {
      method: 'POST',
      headers: {
        'AccessToken': this.accessToken,
        'Content-Type': 'application/json'
      },
      body: JSON.stringify({
        userId,
        eventName,
        eventValue: typeof eventValue === 'object' ? JSON.stringify(eventValue) : eventValue,
        eventDate: new Date().toISOString(),
        appName: this.appName
      })
    });

    if (!response.ok) {
      throw new Error(`Erro ${response.status}: ${response.statusText}`);
    }

    return await response.json();
  }
}

// The documented answers: a text stands for any text of its form.
const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function compare(answer, documented) {
  assert.deepStrictEqual(Object.keys(answer), Object.keys(documented));
  for (const [name, expected] of Object.entries(documented)) {
    if (expected instanceof RegExp) assert.match(answer[name], expected, name);
    else assert.deepStrictEqual(answer[name], expected, name);
  }
}

async function finished(id, accessToken) {
  for (let i = 0; i < 200; ++i) {
    const answer = await verificarProcessamento(id, accessToken);
    if (answer.processStatus === 'completed' || answer.processStatus === 'failed') return answer;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`${id} does not end`);
}

async function main() {
  const security = await fetch(
    `${url}/api/token?grant_type=client_credentials&client_id=${clientId}&client_secret=${encodeURIComponent(clientSecret)}`, { method: 'POST' });
  assert.strictEqual(security.status, 200);
  const token = await security.json();
  assert.strictEqual(token.token_type, 'Bearer');
  assert.strictEqual(token.expires_in, 3600);
  const accessToken = token.access_token;

  const created = { id: uuid, created: date, iCode: 0, iMsg: 'Objeto criado com sucesso', processDate: null, processStatus: 'pending', processMsg: null };
  const fandata = await atualizarFandata({ cpf: '12345678900', id: 'id_interno_feng' }, accessToken);
  compare(fandata, created);
  compare(await finished(fandata.id, accessToken),
    { id: fandata.id, created: fandata.created, iCode: 0, iMsg: 'Processado com sucesso', processDate: date, processStatus: 'completed', processMsg: 'Dados atualizados com sucesso' });

  const ingresso = { dados_do_ingresso: 'valor', dados_do_comprador: 'valor' };
  const id = await criarWebhookIngresso(ingresso, accessToken);
  compare(await finished(id, accessToken),
    { id, created: date, iCode: 0, iMsg: 'Processado com sucesso', processDate: date, processStatus: 'completed', processMsg: 'Processamento concluído',
      msg: { action: 'ticket-create', data: ingresso } });

  const fanbase = new FanbaseAppEvents(accessToken, url, 'MeuApp');
  const registered = { header: { codigo: 1, msg: 'Usuário registrado com sucesso' } };
  const event = { header: { codigo: 1, msg: 'Evento registrado com sucesso' } };
  compare(await fanbase.registrarUsuario('device-123456', 'usuario@exemplo.com', 4, 'android'), registered);
  compare(await fanbase.registrarUsuario('abc123def345', '22701153840', 1, 'android'), registered);
  compare(await fanbase.registrarEvento('device-123456', 'first_access'), event);
  compare(await fanbase.registrarEvento('device-123456', 'page_access', '/home'), event);
  compare(await fanbase.registrarEvento('device-123456', 'purchase', { productId: '123', value: 99.90, quantity: 1 }), event);
  console.log('as documented');
}

main().catch(error => { console.error(error); process.exit(1); });
