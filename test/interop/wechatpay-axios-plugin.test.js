// wechatpay-axios-plugin, by TheNorthMemory: the SDK that WeChat Pay's own pages name for Node.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { sdk } from './support/build.js';
import { judgeTheServer } from './support/wechat_suite.js';
import { World } from './support/world.js';

const { Aes, Formatter, Rsa, Wechatpay } = sdk('wechatpay-axios-plugin');

function judge(keys) {
  const merchant = Rsa.from(keys.merchantPublicKey, Rsa.KEY_TYPE_PUBLIC);
  const platform = Rsa.from(keys.platformKey, Rsa.KEY_TYPE_PRIVATE);
  return {
    verifiesRequest: ({ method, target, timestamp, nonce, body, signature }) => Rsa.verify(
      Formatter.request(method, target, timestamp, nonce, body), signature, merchant),
    verifiesText: (text, signature) => Rsa.verify(text, signature, merchant),
    signs: (text) => Rsa.sign(text, platform),
    seals: (text, key, nonce, data) => Aes.AesGcm.encrypt(text, key, nonce, data),
  };
}

describe('the server, as the SDK sees it', () => judgeTheServer(judge));

describe('the simulator, with the SDK as merchant', () => {
  const world = new World();
  let sandbox, notices, settings, certificates, pay;

  before(async () => {
    sandbox = await world.sandbox();
    notices = await world.httpServer();
    settings = sandbox.account('wx-main').settings;
    certificates = { [settings.platform_public_key_id]: sandbox.key('wechat/platform_public_key.pem') };
    pay = merchant({ 'Wechatpay-Serial': settings.platform_public_key_id });
  });
  after(() => world.close());

  /** Verifies by itself every 2xx answer with the certificates that it was given. */
  function merchant(headers) {
    return new Wechatpay({ mchid: settings.mch_id, serial: settings.merchant_serial,
      privateKey: sandbox.key('wechat/merchant_key.pem'), certs: certificates,
      baseURL: sandbox.url, headers: { Accept: 'application/json', ...headers } }).v3;
  }

  function order(over = {}) {
    return { appid: settings.app_id, mchid: settings.mch_id, description: '三十天学会 C++',
      out_trade_no: `T${randomBytes(8).toString('hex')}`, notify_url: `${notices.url}/notice`,
      amount: { total: 8888, currency: 'CNY' }, ...over };
  }

  const trades = () => pay.pay.transactions;
  const ask = (number) => trades().outTradeNo['{number}'].get(
    { number, params: { mchid: settings.mch_id } });
  const close = (number) => trades().outTradeNo['{number}'].close.post(
    { mchid: settings.mch_id }, { number });

  /** The plain object of the notice of this type about this trade, once its signature held. */
  async function told(type, number) {
    let plain;
    await notices.wait((request) => {
      const { headers, text } = request;
      const { event_type: event, resource } = JSON.parse(text);
      const signed = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'],
        text);
      const key = Rsa.from(certificates[headers['wechatpay-serial']], Rsa.KEY_TYPE_PUBLIC);
      assert.ok(Rsa.verify(signed, headers['wechatpay-signature'], key));
      assert.equal(Rsa.verify(`${signed} `, headers['wechatpay-signature'], key), false);
      plain = JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, settings.api_v3_key,
        resource.nonce, resource.associated_data));
      return event === type && plain.out_trade_no === number;
    }, `${type} of ${number}`);
    return plain;
  }

  test('native: placed, paid, told, asked about', async () => {
    const wish = order();
    const { data } = await trades().native.post(wish);
    assert.match(data.code_url, /^weixin:\/\/wxpay\/bizpayurl/);
    assert.equal((await ask(wish.out_trade_no)).data.trade_state, 'NOTPAY');
    await sandbox.pay({ code_url: data.code_url });
    const plain = await told('TRANSACTION.SUCCESS', wish.out_trade_no);
    assert.equal(plain.amount.total, 8888);
    assert.equal(plain.trade_state, 'SUCCESS');
    const paid = (await ask(wish.out_trade_no)).data;
    assert.equal(paid.transaction_id, plain.transaction_id);
    const byId = await trades().id[plain.transaction_id].get({ params: { mchid: settings.mch_id } });
    assert.equal(byId.data.out_trade_no, wish.out_trade_no);
  });

  test('jsapi, app and h5 give what there is to pay with', async () => {
    const { data: jsapi } = await trades().jsapi.post(order({ payer: { openid: 'oUpF8uMuAJO' } }));
    const { data: app } = await trades().app.post(order());
    for (const { prepay_id: id } of [jsapi, app]) assert.match(id, /^wx/);
    const scene = { payer_client_ip: '203.0.113.9', h5_info: { type: 'Wap' } };
    const { data: h5 } = await trades().h5.post(order({ scene_info: scene }));
    assert.match(h5.h5_url, /^http/);
  });

  test('an open trade is closed, a paid one is not', async () => {
    const open = order();
    await trades().native.post(open);
    assert.equal((await close(open.out_trade_no)).status, 204);
    assert.equal((await ask(open.out_trade_no)).data.trade_state, 'CLOSED');
    const paid = order();
    await trades().native.post(paid);
    await sandbox.pay({ out_trade_no: paid.out_trade_no });
    await assert.rejects(close(paid.out_trade_no),
      ({ response }) => response.status === 400 && response.data.code === 'ORDERPAID');
  });

  test('a refund is taken, told and asked about', async () => {
    const wish = order();
    await trades().native.post(wish);
    await sandbox.pay({ out_trade_no: wish.out_trade_no });
    const number = `R${wish.out_trade_no}`;
    const { data } = await pay.refund.domestic.refunds.post({ out_trade_no: wish.out_trade_no,
      out_refund_no: number, reason: '不想要了', notify_url: `${notices.url}/notice`,
      amount: { refund: 888, total: 8888, currency: 'CNY' } });
    assert.equal(data.amount.refund, 888);
    const plain = await told('REFUND.SUCCESS', wish.out_trade_no);
    assert.equal(plain.out_refund_no, number);
    assert.equal(plain.refund_status, 'SUCCESS');
    const { data: asked } = await pay.refund.domestic.refunds['{number}'].get({ number });
    assert.equal(asked.status, 'SUCCESS');
    assert.equal(asked.refund_id, plain.refund_id);
  });

  test('the platform\'s certificate is downloaded and verifies answers', async () => {
    const { data } = await merchant({}).certificates.get({ transformResponse: [JSON.parse] });
    for (const { serial_no: serial, encrypt_certificate: sealed } of data.data) {
      certificates[serial] = Aes.AesGcm.decrypt(sealed.ciphertext, settings.api_v3_key,
        sealed.nonce, sealed.associated_data);
    }
    assert.equal(certificates[data.data[0].serial_no].trim(),
      sandbox.key('wechat/platform_cert_1.pem'));
    const { data: placed, headers } = await merchant({}).pay.transactions.native.post(order());
    assert.equal(headers['wechatpay-serial'], data.data[0].serial_no);
    assert.match(placed.code_url, /^weixin:/);
  });

  test('the SDK does refuse an answer that is signed wrong or not at all', async () => {
    for (const [kind, code] of [['bad_signature', 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
      ['unsigned', 'EV3_RES_HEADERS_INCOMPLATE']]) {
      await sandbox.fault('pay', kind);
      await assert.rejects(trades().native.post(order()), { code });
    }
  });

  test('a request signed by a stranger\'s key is 401', async () => {
    const stranger = new Wechatpay({ mchid: settings.mch_id, serial: settings.merchant_serial,
      privateKey: sandbox.key('wechat/merchant2_key.pem'), certs: certificates,
      baseURL: sandbox.url });
    await assert.rejects(stranger.v3.pay.transactions.native.post(order()),
      ({ response }) => response.status === 401 && response.data.code === 'SIGN_ERROR');
  });
});
