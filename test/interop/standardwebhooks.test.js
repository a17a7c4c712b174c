// standardwebhooks, the reference library of the specification: what the server sends to merchants.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sdk } from './support/build.js';
import { World } from './support/world.js';

const { Webhook, WebhookVerificationError } = sdk('standardwebhooks');

describe('webhooks of the server', () => {
  const world = new World();
  let sandbox, receiver, server, failing;

  before(async () => {
    sandbox = await world.sandbox();
    receiver = await world.httpServer(({ path }) => ({ status: path === failing ? 500 : 204 }));
    server = await world.tollgate([sandbox.account('wx-main')]);
  });
  after(() => world.close());

  const subscribe = (path, events) => server.api('POST', '/v1/webhooks',
    { url: receiver.url + path, events }, 201);

  const came = (path, type, number) => receiver.wait((request) => request.path === path
    && JSON.parse(request.text).type === type && request.text.includes(number), `${type} ${number}`);

  /** As a merchant does it: the parsed body, or the library's error. */
  const verify = (secret, { headers }, body) => new Webhook(secret).verify(body, headers);

  function refuses(secret, request, body = request.body) {
    assert.throws(() => verify(secret, request, body), WebhookVerificationError);
  }

  async function paidOrder(amount = 9900) {
    const order = await server.order();
    const payment = await server.pay(order, { account_id: 'wx-main', method: 'native' });
    await sandbox.pay({ out_trade_no: payment.pay_no });
    await server.untilOrder(order, 'paid');
    const refund = await server.refund({ pay_no: payment.pay_no, amount });
    await server.untilRefund(refund, 'succeeded');
    return { order, payment, refund };
  }

  test('every event of an order\'s life verifies with the secret of its webhook', async () => {
    const { secret } = await subscribe('/all', ['*']);
    const { order, payment, refund } = await paidOrder();
    const wanted = { 'order.created': order.id, 'payment.created': payment.pay_no,
      'payment.paid': payment.pay_no, 'order.paid': order.id, 'refund.created': refund.refund_id,
      'refund.succeeded': refund.refund_id, 'order.refunded': order.id };
    for (const [type, number] of Object.entries(wanted)) {
      const request = await came('/all', type, number);
      const event = verify(secret, request, request.body);
      assert.equal(event.type, type);
      assert.deepEqual(event, JSON.parse(request.text));
    }
  });

  test('one byte of the body, the id or the time changed, or another secret, is refused', async () => {
    const { secret } = await subscribe('/altered', ['order.created']);
    const { secret: other } = await subscribe('/other', ['order.created']);
    const order = await server.order();
    const request = await came('/altered', 'order.created', order.id);
    verify(secret, request, request.body);
    refuses(other, request);
    for (const at of [0, request.body.length >> 1, request.body.length - 1]) {
      const body = Buffer.from(request.body);
      body[at] ^= 1;
      refuses(secret, request, body);
    }
    const time = Number(request.headers['webhook-timestamp']);
    for (const over of [{ 'webhook-id': `${request.headers['webhook-id']}7` },
      { 'webhook-timestamp': String(time + 1) }]) {
      refuses(secret, { headers: { ...request.headers, ...over } }, request.body);
    }
  });

  test('after a rotation both secrets verify, each by a signature of its own', async () => {
    const hook = await subscribe('/rotated', ['order.created']);
    const { secret: fresh } = await server.api('POST', `/v1/webhooks/${hook.id}/rotate-secret`);
    assert.notEqual(fresh, hook.secret);
    const order = await server.order();
    const request = await came('/rotated', 'order.created', order.id);
    const signatures = request.headers['webhook-signature'].split(' ');
    assert.equal(signatures.length, 2);
    for (const secret of [hook.secret, fresh]) {
      assert.equal(verify(secret, request, request.body).data.id, order.id);
      const body = Buffer.from(request.text.replace('"order.created"', '"order.createe"'));
      refuses(secret, request, body);
    }
    const alone = signatures.map((signature) => ({ headers: { ...request.headers,
      'webhook-signature': signature } }));
    const verdicts = [hook.secret, fresh].map((secret) => alone.map((only) => {
      try {
        return Boolean(verify(secret, only, request.body));
      } catch {
        return false;
      }
    }));
    assert.deepEqual(verdicts.map((row) => row.filter(Boolean).length), [1, 1]);
    assert.notDeepEqual(verdicts[0], verdicts[1]);
  });

  test('a delivery that is tried again verifies again, under the same id', async () => {
    const { secret } = await subscribe('/again', ['order.created']);
    failing = '/again';
    const order = await server.order();
    const first = await came('/again', 'order.created', order.id);
    failing = null;
    const second = await receiver.wait((request) => request !== first && request.path === '/again',
      'a second try');
    for (const request of [first, second]) {
      assert.equal(verify(secret, request, request.body).data.id, order.id);
    }
    assert.equal(first.headers['webhook-id'], second.headers['webhook-id']);
  });
});
