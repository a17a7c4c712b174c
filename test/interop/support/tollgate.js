// The real server as a child process with a configuration of its own, and a client of its API.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { buildDir } from './build.js';
import { call } from './call.js';
import { Process } from './process.js';
import { until } from './until.js';

export class Tollgate {
  constructor(folder, accounts, config) {
    this.folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    this.keys = { shop: randomBytes(24).toString('hex'), ops: randomBytes(24).toString('hex') };
    this.accounts = accounts;
    this.more = config;
    this.process = new Process('tollgate', path.join(folder, 'server.log'));
  }

  async start() {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const file = path.join(this.folder, 'tollgate.json');
    fs.writeFileSync(file, JSON.stringify(this.config(port)));
    this.process.start('serve', '--config', file);
    await this.process.waitReady(async () => {
      const answer = await call(this.url, 'GET', '/readyz').catch(() => null);
      return answer?.status === 200;
    });
    return this;
  }

  config(port) {
    const entry = (name, role) => ({ name, role,
      sha256: createHash('sha256').update(this.keys[name]).digest('hex') });
    return {
      listen: `127.0.0.1:${port}`,
      public_url: this.url,
      database: `sqlite:${path.join(this.folder, 'tollgate.db')}`,
      plugin_dir: path.join(buildDir, 'plugins'),
      api_keys: [entry('shop', 'merchant'), entry('ops', 'admin')],
      payment: { query_gaps: [1, 600], channel_timeout: 3 },
      webhooks: { timeout: 2, gaps: [0, 1, 1], allow_private_networks: true },
      accounts: this.accounts,
      ...this.more,
    };
  }

  /** A call that must be answered so; its JSON. */
  async api(method, target, json, status = 200) {
    const headers = { authorization: `Bearer ${this.keys.ops}` };
    const answer = await call(this.url, method, target, { json, headers });
    assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
    return answer.json;
  }

  /** An order of 99.00. */
  order(over = {}) {
    const number = randomBytes(6).toString('hex');
    return this.api('POST', '/v1/orders', {
      user_id: `user-${number}`, business_id: `pick-${number}`, order_type: 'course',
      currency: 'CNY', amount: 9900, description: '三十天学会 C++ & "more" <\u{1F4B0}>',
      items: [{ goods_id: 'course-7', goods_type: 'course', name: 'C++ in 30 days',
        unit_price: 9900, quantity: 1 }],
      ...over,
    }, 201);
  }

  pay(order, wish, status = 201) {
    return this.api('POST', `/v1/orders/${order.id}/payments`, wish, status);
  }

  payment(payNo) {
    return this.api('GET', `/v1/payments/${payNo}`);
  }

  sync(payNo, status = 200) {
    return this.api('POST', `/v1/payments/${payNo}/sync`, undefined, status);
  }

  close(payNo) {
    return this.api('POST', `/v1/payments/${payNo}/close`);
  }

  refund(wish) {
    return this.api('POST', '/v1/refunds', wish, 201);
  }

  async orderStatus(order) {
    return (await this.api('GET', `/v1/orders/${order.id}`)).status;
  }

  untilOrder(order, status) {
    return until(async () => await this.orderStatus(order) === status, `order ${status}`);
  }

  untilRefund(refund, status) {
    return until(async () => {
      const now = await this.api('GET', `/v1/refunds/${refund.refund_id}`);
      return now.status === status && now;
    }, `refund ${status}`);
  }

  /** What the channel posts to us. */
  callback(account, { headers, body }) {
    return call(this.url, 'POST', `/callbacks/${account}`, { headers, body });
  }

  /** The last verdict over a callback of the account, with its reason. */
  async lastCallback(account) {
    return (await this.api('GET', `/v1/callbacks?account_id=${account}&limit=1`)).data[0];
  }

  async stop() {
    if (!this.process.child) return;
    const code = await this.process.stop();
    assert.equal(code, 0, `the server ended with ${code}\n${this.process.log()}`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
