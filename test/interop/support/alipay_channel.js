// Alipay's gateway for a server whose accounts point here. The SDK decides whether a request's
// signature holds, which bytes of an answer are signed, and signs them.
import { createPublicKey } from 'node:crypto';

import { sdk } from './build.js';

const { AlipaySdk } = sdk('alipay-sdk');
// The SDK exports no way to sign a text with the channel's key; its own functions use this one.
const { signatureV3 } = sdk('alipay-sdk/dist/commonjs/util.js');

/** Both sides of an account: `certificates` where it trusts by them. */
export function keysOf(sandbox, account) {
  const { settings } = account;
  if (!settings.app_cert_file) {
    return { app: sandbox.key('alipay/app_key.pem'), alipay: sandbox.key('alipay/alipay_key.pem'),
      alipayPublic: sandbox.key('alipay/alipay_public_key.pem'), certificates: {} };
  }
  return { app: sandbox.key('alipay/app2_key.pem'),
    alipay: sandbox.key('alipay/alipay_cert_1_key.pem'),
    certificates: { appCertContent: sandbox.key('alipay/app2_cert.crt'),
      alipayPublicCertContent: sandbox.key('alipay/alipay_cert_1.crt'),
      alipayRootCertContent: sandbox.key('alipay/alipay_root_cert.crt') } };
}

/** The SDK as the merchant's app: signs as it, verifies what Alipay signs. */
export function appOf(account, keys, gateway) {
  return new AlipaySdk({ appId: account.settings.app_id, privateKey: keys.app, keyType: 'PKCS8',
    gateway, alipayPublicKey: keys.alipayPublic, ...keys.certificates });
}

/** A form's or query's fields; a name that comes twice is an error. */
export function fieldsOf(...texts) {
  const pairs = texts.flatMap((text) => [...new URLSearchParams(text)]);
  const fields = Object.fromEntries(pairs);
  if (Object.keys(fields).length !== pairs.length) throw new Error('a name comes twice');
  return fields;
}

export class AlipayChannel {
  constructor(account, keys) {
    this.account = account;
    this.keys = keys;
    this.app = appOf(account, keys);
    this.gate = new AlipaySdk({ appId: account.settings.app_id, privateKey: keys.alipay,
      keyType: 'PKCS8',
      alipayPublicKey: createPublicKey(keys.app).export({ type: 'spki', format: 'pem' }) });
    this.refused = [];
    this.calls = [];
    this.paid = new Set();
    this.alter = null;
  }

  /** What a request signs is all but `sign`, in the SDK's canonical form. */
  verifies({ sign, ...fields }) {
    const { appCertSn, alipayRootCertSn } = this.app.config;
    return fields.app_id === this.account.settings.app_id && fields.app_cert_sn === appCertSn
      && fields.alipay_root_cert_sn === alipayRootCertSn
      && this.gate.notifyRSACheck(fields, sign, fields.sign_type, true);
  }

  answer(request) {
    const fields = fieldsOf(request.target.split('?')[1], request.text);
    if (!this.verifies(fields)) {
      this.refused.push(fields);
      return { body: '{"error_response":{"code":"40002","sub_code":"isv.invalid-signature"}}' };
    }
    const wish = JSON.parse(fields.biz_content);
    this.calls.push({ method: fields.method, wish });
    const node = { code: '10000', msg: 'Success', ...this.answers[fields.method](wish) };
    return { headers: { 'content-type': 'text/html;charset=utf-8' },
      body: this.signed(fields.method, node) };
  }

  signed(method, node) {
    const name = `${method.replaceAll('.', '_')}_response`;
    const text = JSON.stringify(node).replaceAll('/', '\\/');
    const serial = this.app.config.alipayCertSn;
    const more = serial ? `"alipay_cert_sn":"${serial}",` : '';
    const whole = (part, sign) => `{"${name}":${part},${more}"sign":"${sign}"}`;
    // getSignStr finds the end of the node only where a signature as long as a real one follows.
    const unsigned = whole(text, 'A'.repeat(344));
    const sign = signatureV3(this.gate.getSignStr(unsigned, name), this.keys.alipay);
    const [which, from, to] = this.alter ?? [];
    return whole(which === method ? text.replace(from, to) : text, sign);
  }

  answers = {
    'alipay.trade.precreate': ({ out_trade_no }) => ({ out_trade_no,
      qr_code: `https://qr.alipay.com/bax${out_trade_no}1` }),
    'alipay.trade.query': ({ out_trade_no }) => ({ out_trade_no, trade_no: tradeNo(out_trade_no),
      buyer_logon_id: '159****5620', total_amount: '99.00', receipt_amount: '99.00',
      send_pay_date: '2026-11-28 12:00:05',
      trade_status: this.paid.has(out_trade_no) ? 'TRADE_SUCCESS' : 'WAIT_BUYER_PAY' }),
    'alipay.trade.close': ({ out_trade_no }) => ({ out_trade_no, trade_no: tradeNo(out_trade_no) }),
    'alipay.trade.refund': ({ out_trade_no, refund_amount }) => ({ out_trade_no,
      trade_no: tradeNo(out_trade_no), fund_change: 'Y', refund_fee: refund_amount }),
    'alipay.trade.fastpay.refund.query': ({ out_trade_no, out_request_no }) => {
      const { refund_amount } = this.calls.find(({ method, wish }) =>
        method === 'alipay.trade.refund' && wish.out_request_no === out_request_no).wish;
      return { out_trade_no, out_request_no, trade_no: tradeNo(out_trade_no), refund_amount,
        total_amount: '99.00', refund_status: 'REFUND_SUCCESS',
        gmt_refund_pay: '2026-11-28 12:05:00' };
    },
  };

  /** The fields of a notice about a paid trade, signed. */
  paidNotice(number) {
    const fields = { notify_id: `2026112800222${number}`, notify_type: 'trade_status_sync',
      notify_time: '2026-11-28 12:00:06', app_id: this.account.settings.app_id, charset: 'utf-8',
      version: '1.0', auth_app_id: this.account.settings.app_id, trade_no: tradeNo(number),
      out_trade_no: number, seller_id: this.account.settings.seller_id,
      buyer_id: '2088102116773037', trade_status: 'TRADE_SUCCESS', total_amount: '99.00',
      receipt_amount: '99.00', invoice_amount: '99.00', buyer_pay_amount: '99.00',
      point_amount: '0.00', gmt_create: '2026-11-28 12:00:00',
      gmt_payment: '2026-11-28 12:00:05', subject: '三十天学会 C++ & 100% =more=',
      fund_bill_list: '[{"amount":"99.00","fundChannel":"ALIPAYACCOUNT"}]' };
    const text = Object.keys(fields).sort().map((name) => `${name}=${fields[name]}`).join('&');
    return { ...fields, sign_type: 'RSA2', sign: signatureV3(text, this.keys.alipay) };
  }
}

function tradeNo(number) {
  return `20261128220014${number.slice(-14)}`;
}

/** A notice as it travels. */
export function posted(fields) {
  return { headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(fields).toString() };
}
