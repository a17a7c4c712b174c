// What every SDK of WeChat Pay has to say about the server: its requests, and what it believes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { altered, claimOf, keysOf, operationOf, WechatChannel } from './wechat_channel.js';
import { World } from './world.js';

const JSAPI = { account_id: 'wx-main', method: 'jsapi', payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9z' } };
const NATIVE = { account_id: 'wx-main', method: 'native' };

/** `makeJudge(keys)` gives the SDK as {verifiesRequest(claim), verifiesText(text, signature),
 *  signs(text), seals(text, key, nonce, associatedData)}: verifying for the merchant's key, signing
 *  with the platform's. */
export function judgeTheServer(makeJudge) {
  const world = new World();
  const it = {};

  before(async () => {
    const sandbox = await world.sandbox();
    const account = sandbox.account('wx-main');
    it.judge = makeJudge(keysOf(sandbox), account.settings);
    it.channel = new WechatChannel(account, it.judge);
    it.gateway = await world.httpServer((request) => it.channel.answer(request));
    it.server = await world.tollgate([{ ...account, gateway: it.gateway.url }]);
    it.settings = account.settings;
  });
  after(() => world.close());

  async function placed(wish = NATIVE) {
    const order = await it.server.order();
    return { order, payment: await it.server.pay(order, wish) };
  }

  async function paid() {
    const { order, payment } = await placed();
    const answer = await it.server.callback('wx-main', it.channel.paidNotice(payment.pay_no));
    assert.ok([200, 204].includes(answer.status), answer.text);
    await it.server.untilOrder(order, 'paid');
    return { order, payment };
  }

  describe('the requests that the server signs', () => requests(it, placed, paid));
  describe('the answers that the SDK signs', () => answers(it, placed, paid));
  describe('the notices that the SDK signs and seals', () => notices(it, placed, paid));
}

function requests(it, placed, paid) {
  const sent = (operation, number) => it.gateway.wait(
    (r) => operationOf(r) === operation && (r.target + r.text).includes(number), operation);

  test('placing by every method, query and close hold', async () => {
    const wishes = [NATIVE, JSAPI, { account_id: 'wx-main', method: 'app' },
      { account_id: 'wx-main', method: 'h5', client_ip: '203.0.113.9' }];
    for (const wish of wishes) {
      const { payment } = await placed(wish);
      const request = await sent('pay', payment.pay_no);
      assert.equal(request.path, `/v3/pay/transactions/${wish.method}`);
      assert.equal((await it.server.sync(payment.pay_no)).status, 'pending');
      assert.equal((await it.server.close(payment.pay_no)).status, 'closed');
      await sent('query', payment.pay_no);
      await sent('close', payment.pay_no);
    }
    assert.deepEqual(it.channel.refused, []);
  });

  test('a refund and the question how it went hold', async () => {
    const { payment } = await paid();
    const refund = await it.server.refund({ pay_no: payment.pay_no, reason: '不想要了 & more' });
    await sent('refund', refund.refund_id);
    await sent('queryRefund', refund.refund_id);
    await it.server.untilRefund(refund, 'succeeded');
    assert.deepEqual(it.channel.refused, []);
  });

  test('the SDK refuses each of them with anything changed', async () => {
    await placed();
    const seen = it.gateway.requests.filter((r) => r.headers.authorization);
    assert.ok(seen.length > 0);
    for (const request of seen) {
      const claim = claimOf(request);
      assert.ok(it.judge.verifiesRequest(claim));
      const wrong = { method: claim.method === 'GET' ? 'POST' : 'GET', target: `${claim.target}7`,
        timestamp: String(Number(claim.timestamp) + 1), nonce: `${claim.nonce}7`,
        body: `${claim.body} ` };
      for (const [name, value] of Object.entries(wrong)) {
        assert.equal(it.judge.verifiesRequest({ ...claim, [name]: value }), false, name);
      }
    }
  });

  test('what WeChat\'s browser is handed (jsapi) holds', async () => {
    const { payment } = await placed(JSAPI);
    const { params } = payment.action;
    const signed = (p) => [p.appId, p.timeStamp, p.nonceStr, p.package, ''].join('\n');
    assert.equal(params.appId, it.settings.app_id);
    assert.equal(params.signType, 'RSA');
    assert.equal(params.package, `prepay_id=wx${payment.pay_no}a`);
    assert.ok(it.judge.verifiesText(signed(params), params.paySign));
    const other = { ...params, package: `${params.package}7` };
    assert.equal(it.judge.verifiesText(signed(other), params.paySign), false);
  });

  test('what the merchant\'s app is handed holds', async () => {
    const { payment } = await placed({ account_id: 'wx-main', method: 'app' });
    const { params } = payment.action;
    const signed = (p) => [p.appid, p.timestamp, p.noncestr, p.prepayid, ''].join('\n');
    assert.equal(params.partnerid, it.settings.mch_id);
    assert.equal(params.package, 'Sign=WXPay');
    assert.equal(params.prepayid, `wx${payment.pay_no}a`);
    assert.ok(it.judge.verifiesText(signed(params), params.sign));
    assert.equal(it.judge.verifiesText(signed({ ...params, noncestr: 'x' }), params.sign), false);
  });
}

function answers(it, placed, paid) {
  async function whileAltered(operation, member, act) {
    it.channel.alter = [operation, member];
    try {
      return await act();
    } finally {
      it.channel.alter = null;
    }
  }

  test('a placed order is believed, with one byte changed it is not', async () => {
    const { payment } = await placed();
    assert.equal(payment.action.content, `weixin://wxpay/bizpayurl?pr=wx${payment.pay_no}a`);
    const order = await it.server.order();
    const problem = await whileAltered('pay', 'code_url', () => it.server.pay(order, NATIVE, 502));
    assert.equal(problem.code, 'channel_unavailable');
  });

  test('a query\'s "paid" is believed, with one byte changed it is not', async () => {
    const { order, payment } = await placed();
    it.channel.paid.add(payment.pay_no);
    await whileAltered('query', 'transaction_id', () => it.server.sync(payment.pay_no, 502));
    assert.equal(await it.server.orderStatus(order), 'unpaid');
    assert.equal((await it.server.sync(payment.pay_no)).status, 'paid');
    await it.server.untilOrder(order, 'paid');
  });

  test('a refund\'s success is believed, with one byte changed it is not', async () => {
    const { payment } = await paid();
    await whileAltered('queryRefund', 'refund_id', async () => {
      const refund = await it.server.refund({ pay_no: payment.pay_no, amount: 100 });
      await it.gateway.wait((r) => r.method === 'GET' && r.target.includes(refund.refund_id));
      const { status } = await it.server.api('GET', `/v1/refunds/${refund.refund_id}`);
      assert.equal(status, 'pending');
    });
  });
}

function notices(it, placed, paid) {
  async function refused(notice) {
    const answer = await it.server.callback('wx-main', notice);
    assert.equal(answer.status, 401, answer.text);
    const last = await it.server.lastCallback('wx-main');
    assert.equal(last.verdict, 'refused');
    return last.reason;
  }

  test('a paid notice is acknowledged and pays the order; changed, it is 401', async () => {
    const { order, payment } = await placed();
    const { headers, body } = it.channel.paidNotice(payment.pay_no);
    const later = String(Number(headers['wechatpay-timestamp']) + 1);
    const changed = [
      { headers, body: altered(body, 'id') },
      { headers, body: altered(body, 'ciphertext') },
      { headers: { ...headers, 'wechatpay-timestamp': later }, body },
      { headers: { ...headers, 'wechatpay-nonce': `${headers['wechatpay-nonce']}7` }, body },
    ];
    for (const notice of changed) assert.equal(await refused(notice), 'signature_mismatch');
    assert.equal(await it.server.orderStatus(order), 'unpaid');
    assert.equal((await it.server.payment(payment.pay_no)).status, 'pending');
    const answer = await it.server.callback('wx-main', { headers, body });
    assert.ok([200, 204].includes(answer.status), answer.text);
    await it.server.untilOrder(order, 'paid');
  });

  test('a notice signed right and sealed with one wrong byte changes nothing', async () => {
    const { order, payment } = await placed();
    const { body } = it.channel.paidNotice(payment.pay_no);
    const broken = altered(body, 'nonce');
    await refused({ headers: it.channel.signed(broken), body: broken });
    assert.equal(await it.server.orderStatus(order), 'unpaid');
  });

  test('a refund\'s notice ends the refund', async () => {
    const { order, payment } = await paid();
    it.channel.queryRefund = () => ({ plain: it.channel.refundOf(it.channel.wish, 'status',
      'PROCESSING') });
    try {
      const refund = await it.server.refund({ pay_no: payment.pay_no });
      await it.gateway.wait((r) => r.method === 'POST' && r.text.includes(refund.refund_id));
      const { headers, body } = it.channel.refundNotice();
      await refused({ headers, body: altered(body, 'id') });
      const answer = await it.server.callback('wx-main', { headers, body });
      assert.ok([200, 204].includes(answer.status), answer.text);
      await it.server.untilRefund(refund, 'succeeded');
      await it.server.untilOrder(order, 'refunded');
    } finally {
      delete it.channel.queryRefund;
    }
  });
}
