// wechatpay-node-v3, by klover2: written independently of wechatpay-axios-plugin. It signs and
// opens what is sealed; sealing is left to node:crypto.
import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { sdk } from './support/build.js';
import { call } from './support/call.js';
import { judgeTheServer } from './support/wechat_suite.js';
import { World } from './support/world.js';

const Pay = sdk('wechatpay-node-v3');
const ADDRESS = 'https://api.mch.weixin.qq.com';

/** RSA signatures of one text by one key are the same bytes: what the SDK would have signed as this
 *  merchant is what the server must have signed. */
function judge(keys, settings) {
  const pay = (privateKey) => new Pay({ appid: settings.app_id, mchid: settings.mch_id,
    serial_no: settings.merchant_serial, publicKey: Buffer.from(keys.merchantPublicKey),
    privateKey: Buffer.from(privateKey) });
  const [merchant, platform] = [pay(keys.merchantKey), pay(keys.platformKey)];
  return {
    verifiesRequest: ({ method, target, timestamp, nonce, body, signature }) =>
      merchant.getSignature(method, nonce, timestamp, target, body) === signature,
    verifiesText: (text, signature) => merchant.sign(text) === signature,
    signs: (text) => platform.sign(text),
    seals,
  };
}

function seals(text, key, nonce, data) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(data));
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()])
    .toString('base64');
}

describe('the server, as the SDK sees it', () => judgeTheServer(judge));

describe('the simulator, with the SDK as merchant', () => {
  const world = new World();
  let sandbox, notices, settings, pay, last;

  before(async () => {
    sandbox = await world.sandbox();
    notices = await world.httpServer();
    settings = sandbox.account('wx-cert').settings;
    pay = new Pay({ appid: settings.app_id, mchid: settings.mch_id,
      serial_no: settings.merchant_serial, publicKey: Buffer.from('unused: the serial is given'),
      privateKey: Buffer.from(sandbox.key('wechat/merchant2_key.pem')), key: settings.api_v3_key });
    // The SDK's addresses are fixed; it takes another HTTP client. Bytes and headers stay its own.
    const send = async (method, url, body, headers) => {
      last = await call(url.replace(ADDRESS, sandbox.url), method, '', { body, headers });
      return { status: last.status, data: last.json };
    };
    pay.createHttp({ get: (url, headers) => send('GET', url, undefined, headers),
      post: (url, params, headers) => send('POST', url, JSON.stringify(params), headers) });
  });
  after(() => world.close());

  function order(over = {}) {
    return { description: '三十天学会 C++', out_trade_no: `T${randomBytes(8).toString('hex')}`,
      notify_url: `${notices.url}/notice`, amount: { total: 8888, currency: 'CNY' }, ...over };
  }

  /** By the SDK's own way: it downloads the platform's certificates and finds the serial. */
  function genuine(get, body) {
    return pay.verifySign({ timestamp: get('wechatpay-timestamp'), nonce: get('wechatpay-nonce'),
      serial: get('wechatpay-serial'), signature: get('wechatpay-signature'), body });
  }

  /** The answer, once its signature held over its bytes and not over others. */
  async function verified(answer, status = 200) {
    assert.equal(answer.status, status, JSON.stringify(answer.data));
    const { headers, text } = last;
    assert.equal(await genuine((name) => headers.get(name), text), true);
    assert.equal(await genuine((name) => headers.get(name), `${text} `), false);
    return answer.data;
  }

  async function told(type, number) {
    const request = await notices.wait(({ text }) => {
      const { event_type: event } = JSON.parse(text);
      return event === type && open(text).out_trade_no === number;
    }, `${type} of ${number}`);
    assert.equal(await genuine((name) => request.headers[name], request.text), true);
    return open(request.text);
  }

  function open(text) {
    const { ciphertext, associated_data: data, nonce } = JSON.parse(text).resource;
    return pay.decipher_gcm(ciphertext, data, nonce);
  }

  test('native: placed, paid, told, asked about', async () => {
    const wish = order();
    const placed = await verified(await pay.transactions_native(wish));
    await sandbox.pay({ code_url: placed.code_url });
    const plain = await told('TRANSACTION.SUCCESS', wish.out_trade_no);
    assert.equal(plain.amount.total, 8888);
    const asked = await verified(await pay.query({ out_trade_no: wish.out_trade_no }));
    assert.equal(asked.trade_state, 'SUCCESS');
    const byId = await verified(await pay.query({ transaction_id: plain.transaction_id }));
    assert.equal(byId.out_trade_no, wish.out_trade_no);
  });

  test('what the SDK makes of jsapi and app pays the trade', async () => {
    const jsapi = await pay.transactions_jsapi(order({ payer: { openid: 'oUpF8uMuAJO' } }));
    const app = await pay.transactions_app(order());
    const ids = [jsapi.data.package.replace('prepay_id=', ''), app.data.prepayid];
    for (const id of ids) {
      const trade = await sandbox.pay({ prepay_id: id });
      assert.equal(trade.state, 'SUCCESS');
    }
  });

  test('h5 leads to a page', async () => {
    const scene = { payer_client_ip: '203.0.113.9', h5_info: { type: 'Wap' } };
    const { h5_url: url } = await verified(await pay.transactions_h5(order({ scene_info: scene })));
    assert.equal((await call(url, 'GET', '')).status, 200);
  });

  test('an open trade is closed, a paid one is not', async () => {
    const [one, paid] = [order(), order()];
    await pay.transactions_native(one);
    await verified(await pay.close(one.out_trade_no), 204);
    const asked = await verified(await pay.query({ out_trade_no: one.out_trade_no }));
    assert.equal(asked.trade_state, 'CLOSED');
    await pay.transactions_native(paid);
    await sandbox.pay({ out_trade_no: paid.out_trade_no });
    const refusal = await pay.close(paid.out_trade_no);
    assert.deepEqual([refusal.status, refusal.data.code], [400, 'ORDERPAID']);
  });

  test('a refund is taken, told and asked about', async () => {
    const wish = order();
    await pay.transactions_native(wish);
    await sandbox.pay({ out_trade_no: wish.out_trade_no });
    const number = `R${wish.out_trade_no}`;
    const taken = await verified(await pay.refunds({ out_trade_no: wish.out_trade_no,
      out_refund_no: number, notify_url: `${notices.url}/notice`,
      amount: { refund: 8888, total: 8888, currency: 'CNY' } }));
    assert.equal(taken.out_refund_no, number);
    const plain = await told('REFUND.SUCCESS', wish.out_trade_no);
    assert.equal(plain.refund_status, 'SUCCESS');
    const asked = await verified(await pay.find_refunds(number));
    assert.equal(asked.status, 'SUCCESS');
  });

  test('a wrong signature of an answer is seen', async () => {
    await sandbox.fault('pay', 'bad_signature');
    await pay.transactions_native(order());
    const { headers, text } = last;
    assert.equal(await genuine((name) => headers.get(name), text), false);
  });
});
