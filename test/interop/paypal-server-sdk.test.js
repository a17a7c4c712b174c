// @paypal/paypal-server-sdk, PayPal's own. PayPal signs webhooks alone, and of those the SDK knows
// nothing: here it judges shapes. What the server sends has to be what the SDK's models know, and
// what the simulator answers has to be what they can read.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';

import { sdk } from './support/build.js';
import { call } from './support/call.js';
import { World } from './support/world.js';

const { Client, CustomError, OrdersController, PaymentsController } =
  sdk('@paypal/paypal-server-sdk');
const { validateAndMap, validateAndUnmap } = sdk('@apimatic/schema');
const model = (name) => sdk(`@paypal/paypal-server-sdk/dist/cjs/models/${name}.js`)[`${name}Schema`];

/** The SDK's addresses are fixed: only where the bytes go is another. */
function clientOf(sandbox, account, secret = account.settings.client_secret) {
  const { hostname, port } = new URL(sandbox.url);
  const transport = { request: (options, handle) => http.request({ ...options, protocol: 'http:',
    hostname, host: hostname, port, agent: undefined, agents: undefined }, handle) };
  return new Client({ unstable_httpClientOptions: { transport }, clientCredentialsAuthCredentials: {
    oAuthClientId: account.settings.client_id, oAuthClientSecret: secret } });
}

/** The wire's JSON through the SDK's model and back: nothing was wrong, nothing was unknown. */
function understood(schema, json) {
  const read = validateAndMap(json, schema);
  assert.deepEqual(read.errors || [], [], JSON.stringify(json));
  const written = validateAndUnmap(read.result, schema);
  assert.deepEqual(written.errors || [], []);
  assert.deepEqual(JSON.parse(JSON.stringify(written.result)), json);
}

describe('the server, as the SDK sees it', () => {
  const world = new World();
  let sandbox, account, between, server, orders;

  before(async () => {
    sandbox = await world.sandbox();
    account = sandbox.account('pp-main');
    between = await world.httpServer(async ({ method, target, headers, body }) => {
      const { host, connection, 'content-length': length, ...rest } = headers;
      const answer = await call(sandbox.url, method, target,
        { body: body.length ? body : undefined, headers: rest });
      return { status: answer.status, body: answer.text,
        headers: { 'content-type': answer.headers.get('content-type') ?? 'text/plain' } };
    });
    server = await world.tollgate([{ ...account, gateway: between.url }]);
    await sandbox.configure('pp-main', 'webhook_url', `${server.url}/callbacks/pp-main`);
    orders = new OrdersController(clientOf(sandbox, account));
  });
  after(() => world.close());

  async function placed() {
    const order = await server.order({ currency: 'USD' });
    const payment = await server.pay(order, { account_id: 'pp-main', method: 'redirect' });
    const { order_id: id } = await sandbox.trade(payment.pay_no);
    return { order, payment, id };
  }

  test('its order is one of the SDK\'s model, and the SDK reads it at the channel', async () => {
    const { payment, id } = await placed();
    const sent = await between.wait((request) => request.target === '/v2/checkout/orders'
      && request.text.includes(payment.pay_no), 'the order');
    understood(model('orderRequest'), JSON.parse(sent.text));
    assert.ok(sent.headers['paypal-request-id']);
    const { result } = await orders.getOrder({ id });
    const [unit] = result.purchaseUnits;
    assert.equal(result.intent, 'CAPTURE');
    assert.deepEqual(unit.amount, { currencyCode: 'USD', value: '99.00' });
    assert.deepEqual([unit.customId, unit.invoiceId], [payment.pay_no, payment.pay_no]);
  });

  test('its capture is one of the SDK\'s model, and the SDK finds the money', async () => {
    const { order, id } = await placed();
    await sandbox.pay({ order_id: id });
    await server.untilOrder(order, 'paid');
    const sent = await between.wait(({ target }) => target.endsWith(`/${id}/capture`), 'capture');
    understood(model('orderCaptureRequest'), JSON.parse(sent.text || '{}'));
    const { result } = await orders.getOrder({ id });
    assert.equal(result.status, 'COMPLETED');
    const [capture] = result.purchaseUnits[0].payments.captures;
    assert.deepEqual([capture.status, capture.amount.value], ['COMPLETED', '99.00']);
    const { payments } = await server.api('GET', `/v1/orders/${order.id}`);
    assert.equal(payments[0].channel_trade_no, capture.id);
  });

  test('an order that the SDK captured first is paid here, too', async () => {
    const { order, payment, id } = await placed();
    await sandbox.pay({ order_id: id, silent: true });
    const { result } = await orders.captureOrder({ id, paypalRequestId: randomUUID() });
    assert.equal(result.status, 'COMPLETED');
    assert.equal((await server.sync(payment.pay_no)).status, 'paid');
    await server.untilOrder(order, 'paid');
  });
});

describe('the simulator, with the SDK as merchant', () => {
  const world = new World();
  let sandbox, account, client, orders, payments;

  before(async () => {
    sandbox = await world.sandbox();
    account = sandbox.account('pp-main');
    client = clientOf(sandbox, account);
    orders = new OrdersController(client);
    payments = new PaymentsController(client);
  });
  after(() => world.close());

  const wish = (over = {}) => ({ intent: 'CAPTURE', purchaseUnits: [{ customId: randomUUID(),
    description: 'C++ in 30 days', amount: { currencyCode: 'USD', value: '12.34' } }], ...over });

  const create = (body = wish(), paypalRequestId = randomUUID()) =>
    orders.createOrder({ body, paypalRequestId, prefer: 'return=representation' });

  /** The SDK's error for a refusal, of this status and issue. */
  function refusal(status, issue) {
    return (error) => {
      assert.ok(error instanceof CustomError, String(error));
      assert.equal(error.statusCode, status);
      assert.equal(error.result.details[0].issue, issue);
      return true;
    };
  }

  test('a token is given to the right secret alone', async () => {
    const token = await client.clientCredentialsAuthManager.fetchToken();
    assert.equal(token.tokenType, 'Bearer');
    assert.equal(token.expiresIn, 32400n);
    const stranger = clientOf(sandbox, account, 'wrong');
    await assert.rejects(stranger.clientCredentialsAuthManager.fetchToken(), { statusCode: 401 });
  });

  test('an order is created, read, agreed to, captured, and its capture read', async () => {
    const { result: order, body, statusCode } = await create();
    assert.equal(statusCode, 201);
    assert.equal(order.status, 'CREATED');
    understood(model('order'), JSON.parse(body));
    assert.ok(order.links.some(({ rel, href }) => rel === 'approve' && href));
    await assert.rejects(orders.captureOrder({ id: order.id }), refusal(422, 'ORDER_NOT_APPROVED'));
    await sandbox.pay({ order_id: order.id });
    const approved = await orders.getOrder({ id: order.id });
    assert.equal(approved.result.status, 'APPROVED');
    understood(model('order'), JSON.parse(approved.body));
    const captured = await orders.captureOrder({ id: order.id, paypalRequestId: randomUUID(),
      prefer: 'return=representation' });
    assert.equal(captured.result.status, 'COMPLETED');
    understood(model('order'), JSON.parse(captured.body));
    const [capture] = captured.result.purchaseUnits[0].payments.captures;
    const read = await payments.getCapturedPayment({ captureId: capture.id });
    assert.deepEqual([read.result.status, read.result.amount],
      ['COMPLETED', { currencyCode: 'USD', value: '12.34' }]);
    understood(model('capturedPayment'), JSON.parse(read.body));
  });

  test('one request id is one order', async () => {
    const [body, key] = [wish(), randomUUID()];
    const first = await create(body, key);
    const again = await create(body, key);
    assert.equal(again.result.id, first.result.id);
    assert.equal(again.statusCode, 200);
    await assert.rejects(create(wish(), key), refusal(422, 'DUPLICATE_REQUEST_ID'));
  });

  test('refusals are those of the SDK\'s errors', async () => {
    const [unit] = wish().purchaseUnits;
    const yen = { ...unit, amount: { currencyCode: 'JPY', value: '5.00' } };
    await assert.rejects(create(wish({ purchaseUnits: [yen] })),
      refusal(422, 'DECIMALS_NOT_SUPPORTED'));
    await assert.rejects(orders.getOrder({ id: '5O190127TN364715T' }),
      refusal(404, 'INVALID_RESOURCE_ID'));
    const { result } = await create();
    const mock = '{"mock_application_codes":"INSTRUMENT_DECLINED"}';
    await assert.rejects(orders.captureOrder({ id: result.id, paypalMockResponse: mock }),
      refusal(422, 'INSTRUMENT_DECLINED'));
  });
});
