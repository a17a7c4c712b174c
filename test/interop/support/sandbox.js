// The channels' simulator as a child process, driven by its control interface (docs/sandbox.md).
import fs from 'node:fs';
import path from 'node:path';

import { buildDir } from './build.js';
import { call } from './call.js';
import { Process } from './process.js';

export class Sandbox {
  constructor(folder) {
    this.keys = path.join(folder, 'keys');
    fs.mkdirSync(folder, { recursive: true });
    this.process = new Process('tollgate-sandbox', path.join(folder, 'sandbox.log'));
  }

  async start() {
    await this.takeKeys();
    this.process.start('--listen', '127.0.0.1:0', '--keys', this.keys);
    this.url = `http://${await this.process.waitReady(() => listening(this.process))}`;
    return this;
  }

  /** A copy of keys that the same program has made before: they take long to make. The folder is
   *  that of the contract tests; whoever is first fills it. */
  async takeKeys() {
    const program = fs.statSync(this.process.binary, { bigint: true });
    const cache = path.join(buildDir, 'test', 'cache');
    const kept = path.join(cache, `sandbox-keys-${program.size}-${program.mtimeNs}`);
    if (!fs.existsSync(kept)) {
      fs.mkdirSync(cache, { recursive: true });
      const fresh = path.join(fs.mkdtempSync(path.join(cache, 'fresh-')), 'own');
      const maker = new Process('tollgate-sandbox', path.join(path.dirname(this.keys), 'keys.log'));
      maker.start('--listen', '127.0.0.1:0', '--keys', fresh);
      await maker.waitReady(() => listening(maker), 120000);
      await maker.kill();
      try {
        fs.renameSync(fresh, kept);
      } catch (error) {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      }
      fs.rmSync(path.dirname(fresh), { recursive: true, force: true });
    }
    fs.cpSync(kept, this.keys, { recursive: true });
  }

  /** The ready `accounts` entry of the server's configuration. */
  account(id) {
    const listed = JSON.parse(fs.readFileSync(path.join(this.keys, 'accounts.json'), 'utf8'));
    return listed.find((account) => account.id === id);
  }

  /** A file of the keys' folder, as "wechat/merchant_key.pem". */
  key(name) {
    return fs.readFileSync(path.join(this.keys, name), 'utf8').trim();
  }

  async control(method, target, body) {
    const answer = await call(this.url, method, `/_sandbox${target}`, { json: body });
    if (answer.status !== 200) {
      throw new Error(`sandbox ${method} ${target}: ${answer.status} ${answer.text}`);
    }
    return answer.json;
  }

  /** The buyer pays; the trade is named as docs/sandbox.md says, e.g. {out_trade_no}. */
  pay(trade) {
    return this.control('POST', '/pay', trade);
  }

  trade(number) {
    return this.control('GET', `/trades/${number}`);
  }

  fault(target, kind, more = {}) {
    return this.control('POST', '/faults', { target, kind, ...more });
  }

  configure(account, name, value) {
    return this.control('POST', '/configure', { mch_id: account, name, value });
  }

  stop() {
    return this.process.kill();
  }
}

function listening(process) {
  const line = process.log().split('\n').find((text) => text.includes('"sandbox.ready"'));
  return line ? JSON.parse(line).listen : null;
}
