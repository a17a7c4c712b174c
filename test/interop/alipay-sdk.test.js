// alipay-sdk, Alipay's own for Node.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { AlipayChannel, appOf, fieldsOf, keysOf, posted } from './support/alipay_channel.js';
import { call } from './support/call.js';
import { World } from './support/world.js';

// The SDK writes the machine's local time where Alipay wants China's.
process.env.TZ = 'Asia/Shanghai';

const MODES = { 'by public key': 'ali-main', 'by certificates': 'ali-cert' };

for (const [mode, id] of Object.entries(MODES)) {
  describe(`the server, as the SDK sees it, ${mode}`, () => judgeTheServer(id));
  describe(`the simulator, with the SDK as merchant, ${mode}`, () => judgeTheSimulator(id));
}

/** Where a form goes to and with which fields, by what a browser makes of its HTML. */
function formOf(html) {
  const plain = (text) => text.replaceAll('&quot;', '"').replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const action = plain(/action="([^"]*)"/.exec(html)[1]);
  const inputs = [...html.matchAll(/name="([^"]*)" value="([^"]*)"/g)]
    .map(([, name, value]) => [name, plain(value)]);
  return { action, inputs: Object.fromEntries(inputs) };
}

function judgeTheServer(id) {
  const world = new World();
  let channel, server;

  before(async () => {
    const sandbox = await world.sandbox();
    const account = sandbox.account(id);
    channel = new AlipayChannel(account, keysOf(sandbox, account));
    const gateway = await world.httpServer((request) => channel.answer(request));
    const here = { ...account, gateway: `${gateway.url}/gateway.do` };
    server = await world.tollgate([here,
      { ...here, id: 'form', settings: { ...here.settings, page_action: 'form' } }]);
  });
  after(() => world.close());

  async function placed(wish = {}) {
    const order = await server.order();
    const payment = await server.pay(order, { account_id: id, method: 'qr', ...wish });
    return { order, payment };
  }

  /** The parameters of something that the buyer is handed: they hold, and not with one changed. */
  function handed(fields, method, payment) {
    assert.equal(fields.method, method);
    assert.ok(channel.verifies(fields), JSON.stringify(fields));
    // Of another sign_type the SDK knows no algorithm.
    const changeable = Object.keys(fields).filter((name) => !['sign', 'sign_type'].includes(name));
    for (const name of changeable) {
      const wrong = { ...fields, [name]: `${fields[name]}7` };
      assert.equal(channel.verifies(wrong), false, name);
    }
    const content = JSON.parse(fields.biz_content);
    assert.equal(content.out_trade_no, payment.pay_no);
    assert.equal(content.total_amount, '99.00');
  }

  test('what the buyer\'s browser is sent to holds: page and wap, by address and by form', async () => {
    for (const method of ['page', 'wap']) {
      for (const account_id of [id, 'form']) {
        const { payment } = await placed({ account_id, method, return_url: 'https://shop.example/' });
        const { action } = payment;
        assert.equal(action.type, account_id === 'form' ? 'form' : 'redirect');
        const { action: address, inputs } = action.url ? { action: action.url }
          : formOf(action.html);
        handed({ ...fieldsOf(address.split('?')[1]), ...inputs }, `alipay.trade.${method}.pay`, payment);
      }
    }
  });

  test('the order string that the app is handed holds', async () => {
    const { payment } = await placed({ method: 'app' });
    handed(fieldsOf(payment.action.order_string), 'alipay.trade.app.pay', payment);
  });

  test('the server\'s own calls hold: precreate, query, close, refund and its query', async () => {
    const { payment } = await placed();
    assert.equal(payment.action.content, `https://qr.alipay.com/bax${payment.pay_no}1`);
    assert.equal((await server.sync(payment.pay_no)).status, 'pending');
    assert.equal((await server.close(payment.pay_no)).status, 'closed');
    const paid = await placed();
    channel.paid.add(paid.payment.pay_no);
    assert.equal((await server.sync(paid.payment.pay_no)).status, 'paid');
    const refund = await server.refund({ pay_no: paid.payment.pay_no, reason: '不想要了 & =more' });
    await server.untilRefund(refund, 'succeeded');
    assert.deepEqual(channel.refused, []);
    const made = new Set(channel.calls.map(({ method }) => method));
    assert.deepEqual([...made].sort(), Object.keys(channel.answers).sort());
  });

  test('answers that the SDK signed are believed, with one byte changed they are not', async () => {
    channel.alter = ['alipay.trade.precreate', 'bax', 'bay'];
    const order = await server.order();
    const wish = { account_id: id, method: 'qr' };
    const problem = await server.pay(order, wish, 502);
    assert.equal(problem.code, 'channel_unavailable');
    channel.alter = null;
    const { order: other, payment } = await placed();
    channel.paid.add(payment.pay_no);
    channel.alter = ['alipay.trade.query', '12:00:05', '12:00:06'];
    await server.sync(payment.pay_no, 502);
    assert.equal(await server.orderStatus(other), 'unpaid');
    channel.alter = null;
    assert.equal((await server.sync(payment.pay_no)).status, 'paid');
  });

  test('a notice that the SDK accepts pays the order; one that it refuses is 401', async () => {
    const { order, payment } = await placed();
    const notice = channel.paidNotice(payment.pay_no);
    assert.equal(channel.app.checkNotifySignV2(notice), true);
    for (const [name, value] of Object.entries({ total_amount: '99.01', out_trade_no: '1',
      subject: notice.subject.replace('C++', 'C  '), gmt_payment: '2026-11-28 12:00:06',
      sign: `${notice.sign[0] === 'A' ? 'B' : 'A'}${notice.sign.slice(1)}` })) {
      const wrong = { ...notice, [name]: value };
      assert.equal(channel.app.checkNotifySignV2(wrong), false, name);
      const answer = await server.callback(id, posted(wrong));
      assert.deepEqual([answer.status, answer.text], [401, 'failure'], name);
      assert.equal((await server.lastCallback(id)).reason, 'signature_mismatch');
    }
    assert.equal(await server.orderStatus(order), 'unpaid');
    const answer = await server.callback(id, posted(notice));
    assert.deepEqual([answer.status, answer.text], [200, 'success']);
    await server.untilOrder(order, 'paid');
  });
}

function judgeTheSimulator(id) {
  const world = new World();
  let sandbox, notices, app;

  before(async () => {
    sandbox = await world.sandbox();
    notices = await world.httpServer(() => ({ body: 'success' }));
    const account = sandbox.account(id);
    app = appOf(account, keysOf(sandbox, account), `${sandbox.url}/gateway.do`);
  });
  after(() => world.close());

  function order(product, over = {}) {
    return { notify_url: `${notices.url}/notice`, bizContent: {
      out_trade_no: `T${randomBytes(8).toString('hex')}`, total_amount: '88.88',
      subject: '三十天学会 C++', product_code: product, ...over } };
  }

  const qr = () => order('FACE_TO_FACE_PAYMENT');

  /** The answer; the SDK throws where its signature does not hold. */
  const exec = (method, params) => app.exec(method, params, { validateSign: true });
  const about = (method, wish, more = {}) => exec(method,
    { bizContent: { out_trade_no: wish.bizContent.out_trade_no, ...more } });

  async function told(wish, fits = () => true) {
    const request = await notices.wait(({ text }) => {
      const fields = fieldsOf(text);
      return fields.out_trade_no === wish.bizContent.out_trade_no && fits(fields);
    }, 'a notice');
    const fields = fieldsOf(request.text);
    assert.equal(app.checkNotifySignV2(fields), true);
    assert.equal(app.checkNotifySignV2({ ...fields, total_amount: '0.01' }), false);
    return fields;
  }

  test('a code: placed, scanned, paid, told, asked about', async () => {
    const wish = qr();
    const placed = await exec('alipay.trade.precreate', wish);
    assert.equal(placed.code, '10000', JSON.stringify(placed));
    assert.equal((await about('alipay.trade.query', wish)).subCode, 'ACQ.TRADE_NOT_EXIST');
    const page = `/_sandbox/phone?code=${encodeURIComponent(placed.qrCode)}`;
    assert.equal((await call(sandbox.url, 'GET', page)).status, 200);
    assert.equal((await about('alipay.trade.query', wish)).tradeStatus, 'WAIT_BUYER_PAY');
    await sandbox.pay({ qr_code: placed.qrCode });
    const notice = await told(wish);
    assert.equal(notice.trade_status, 'TRADE_SUCCESS');
    const asked = await about('alipay.trade.query', wish);
    assert.deepEqual([asked.tradeStatus, asked.totalAmount, asked.tradeNo],
      ['TRADE_SUCCESS', '88.88', notice.trade_no]);
  });

  test('pages, by address and by form, lead the browser to the checkout', async () => {
    for (const [method, product] of [['alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'],
      ['alipay.trade.wap.pay', 'QUICK_WAP_WAY']]) {
      const more = product === 'QUICK_WAP_WAY' ? { quit_url: 'https://shop.example/quit' } : {};
      const url = app.pageExecute(method, 'GET', order(product, more));
      const html = app.pageExecute(method, 'POST', order(product, more));
      const { action, inputs } = formOf(html);
      const ways = [await call(url, 'GET', ''), await call(action, 'POST', '', posted(inputs))];
      for (const answer of ways) {
        assert.equal(answer.status, 302, answer.text);
        assert.match(answer.headers.get('location'), /\/_sandbox\/checkout\//);
      }
    }
  });

  test('an app\'s order string is taken and paid', async () => {
    const wish = order('QUICK_MSECURITY_PAY');
    await sandbox.pay({ scan: app.sdkExecute('alipay.trade.app.pay', wish) });
    assert.equal((await told(wish)).trade_status, 'TRADE_SUCCESS');
  });

  test('an open trade is closed, a paid one is not', async () => {
    const [one, paid] = [qr(), qr()];
    const { qrCode } = await exec('alipay.trade.precreate', one);
    await call(sandbox.url, 'GET', `/_sandbox/phone?code=${encodeURIComponent(qrCode)}`);
    assert.equal((await about('alipay.trade.close', one)).code, '10000');
    assert.equal((await about('alipay.trade.query', one)).tradeStatus, 'TRADE_CLOSED');
    await exec('alipay.trade.precreate', paid);
    await sandbox.pay({ out_trade_no: paid.bizContent.out_trade_no });
    const refusal = await about('alipay.trade.close', paid);
    assert.deepEqual([refusal.code, refusal.subCode], ['40004', 'ACQ.TRADE_STATUS_ERROR']);
  });

  test('a refund is made, told and asked about', async () => {
    const wish = qr();
    await exec('alipay.trade.precreate', wish);
    await sandbox.pay({ out_trade_no: wish.bizContent.out_trade_no });
    const made = await about('alipay.trade.refund', wish,
      { refund_amount: '8.88', out_request_no: 'R1', refund_reason: '不想要了' });
    assert.deepEqual([made.fundChange, made.refundFee], ['Y', '8.88'], JSON.stringify(made));
    const notice = await told(wish, (fields) => fields.refund_fee === '8.88');
    assert.equal(notice.out_biz_no, 'R1');
    const asked = await about('alipay.trade.fastpay.refund.query', wish, { out_request_no: 'R1' });
    assert.deepEqual([asked.refundStatus, asked.refundAmount], ['REFUND_SUCCESS', '8.88']);
  });

  test('the SDK does refuse an answer that is signed wrong', async () => {
    await sandbox.fault('pay', 'bad_signature');
    await assert.rejects(exec('alipay.trade.precreate', qr()), /验签失败/);
  });
}
