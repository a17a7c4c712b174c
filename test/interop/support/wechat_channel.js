// WeChat Pay's side for a server whose account points here. The SDK under `judge` decides whether a
// request's signature holds and signs what is answered and told; nothing else is taken for true.
import { createPublicKey, randomBytes } from 'node:crypto';

/** What a judge is made of: PEM texts of one account, both sides of it. */
export function keysOf(sandbox) {
  const merchantKey = sandbox.key('wechat/merchant_key.pem');
  return {
    merchantKey,
    merchantPublicKey: publicPem(merchantKey),
    platformKey: sandbox.key('wechat/platform_key.pem'),
  };
}

function publicPem(privateKey) {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
}

/** The same text with another last character in the value of the member `name`. */
export function altered(text, name) {
  const changed = text.replace(new RegExp(`("${name}":"[^"]*)([^"])"`),
    (_, start, last) => `${start}${last === '7' ? '8' : '7'}"`);
  if (changed === text) throw new Error(`no member ${name} in ${text}`);
  return changed;
}

/** The five fields of an Authorization header, and what they are said to sign. */
export function claimOf(request) {
  const header = request.headers.authorization ?? '';
  const fields = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)]
    .map(([, name, value]) => [name, value]));
  return { scheme: header.split(' ')[0], mchid: fields.mchid, serial: fields.serial_no,
    signature: fields.signature, method: request.method, target: request.target,
    timestamp: fields.timestamp, nonce: fields.nonce_str, body: request.text };
}

export class WechatChannel {
  /** `alter` = [operation, member]: one byte of that answer is changed after it was signed. */
  constructor(account, judge) {
    this.settings = account.settings;
    this.judge = judge;
    this.refused = [];
    this.placed = new Map();
    this.paid = new Set();
    this.alter = null;
  }

  answer(request) {
    const claim = claimOf(request);
    const known = claim.scheme === 'WECHATPAY2-SHA256-RSA2048'
      && claim.mchid === this.settings.mch_id && claim.serial === this.settings.merchant_serial;
    if (!known || !this.judge.verifiesRequest(claim)) {
      this.refused.push(request);
      return { status: 401, body: '{"code":"SIGN_ERROR","message":"signature"}' };
    }
    const operation = operationOf(request);
    const { status = 200, plain } = this[operation](request);
    const text = plain ? JSON.stringify(plain) : '';
    const [which, member] = this.alter ?? [];
    return { status, headers: this.signed(text),
      body: which === operation ? altered(text, member) : text };
  }

  signed(text) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const nonce = randomBytes(16).toString('hex');
    return {
      'content-type': 'application/json; charset=utf-8',
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-serial': this.settings.platform_public_key_id,
      'wechatpay-signature': this.judge.signs(`${timestamp}\n${nonce}\n${text}\n`),
      'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    };
  }

  pay(request) {
    const wish = JSON.parse(request.text);
    this.placed.set(wish.out_trade_no, wish);
    const method = request.path.split('/').pop();
    const handle = `wx${wish.out_trade_no}a`;
    const handles = { native: { code_url: `weixin://wxpay/bizpayurl?pr=${handle}` },
      h5: { h5_url: `https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=${handle}` } };
    return { plain: handles[method] ?? { prepay_id: handle } };
  }

  query(request) {
    return { plain: this.transaction(request.path.split('/').pop()) };
  }

  close() {
    return { status: 204 };
  }

  refund(request) {
    const wish = JSON.parse(request.text);
    this.wish = wish;
    return { plain: this.refundOf(wish, 'status', 'PROCESSING') };
  }

  queryRefund() {
    return { plain: this.refundOf(this.wish, 'status', 'SUCCESS') };
  }

  transaction(number) {
    const wish = this.placed.get(number);
    const open = { appid: this.settings.app_id, mchid: this.settings.mch_id, out_trade_no: number,
      trade_state: 'NOTPAY', trade_state_desc: '订单未支付' };
    if (!this.paid.has(number)) return open;
    const { total } = wish.amount;
    return { ...open, trade_state: 'SUCCESS', trade_state_desc: '支付成功', trade_type: 'NATIVE',
      transaction_id: '4200000000202611280000000001', bank_type: 'OTHERS', attach: '',
      success_time: '2026-11-28T12:00:05+08:00', payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      amount: { total, payer_total: total, currency: 'CNY', payer_currency: 'CNY' } };
  }

  refundOf(wish, member, status) {
    const { total, refund } = wish.amount;
    return { refund_id: '50000000382026112800000000001', out_refund_no: wish.out_refund_no,
      transaction_id: '4200000000202611280000000001', out_trade_no: wish.out_trade_no,
      channel: 'ORIGINAL', user_received_account: '招商银行信用卡0403', [member]: status,
      success_time: '2026-11-28T12:05:00+08:00', create_time: '2026-11-28T12:04:58+08:00',
      amount: { total, refund, payer_total: total, payer_refund: refund, settlement_refund: refund,
        settlement_total: total, discount_refund: 0, currency: 'CNY' } };
  }

  /** A notice: the plain object sealed, the envelope signed. */
  notice(event, original, plain) {
    const nonce = randomBytes(6).toString('hex');
    const ciphertext = this.judge.seals(JSON.stringify(plain), this.settings.api_v3_key, nonce,
      original);
    const body = JSON.stringify({ id: `EV-${randomBytes(12).toString('hex')}`,
      create_time: '2026-11-28T12:00:06+08:00', resource_type: 'encrypt-resource',
      event_type: event, summary: '成功',
      resource: { original_type: original, algorithm: 'AEAD_AES_256_GCM', ciphertext,
        associated_data: original, nonce } });
    return { headers: this.signed(body), body };
  }

  paidNotice(number) {
    this.paid.add(number);
    return this.notice('TRANSACTION.SUCCESS', 'transaction', this.transaction(number));
  }

  refundNotice() {
    const { user_received_account, mchid = this.settings.mch_id, ...rest }
      = this.refundOf(this.wish, 'refund_status', 'SUCCESS');
    return this.notice('REFUND.SUCCESS', 'refund', { mchid, user_received_account, ...rest });
  }
}

export function operationOf(request) {
  if (request.path.startsWith('/v3/refund/')) {
    return request.method === 'POST' ? 'refund' : 'queryRefund';
  }
  if (request.path.endsWith('/close')) return 'close';
  return request.path.includes('/out-trade-no/') ? 'query' : 'pay';
}
