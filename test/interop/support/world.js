// What a test file runs against: closed in the reverse order, whatever of it was started.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { HttpServer } from './http_server.js';
import { Sandbox } from './sandbox.js';
import { Tollgate } from './tollgate.js';

export class World {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tollgate-interop-'));
    this.closers = [() => fs.rmSync(this.folder, { recursive: true, force: true })];
  }

  /** The simulator. Its accounts and keys serve the gateways of the tests, too. */
  async sandbox() {
    const sandbox = new Sandbox(path.join(this.folder, 'sandbox'));
    this.closers.push(() => sandbox.stop());
    await sandbox.start();
    return sandbox;
  }

  /** The real server with its plugins and these accounts. */
  async tollgate(accounts, config = {}) {
    const server = new Tollgate(path.join(this.folder, 'server'), accounts, config);
    this.closers.push(() => server.stop());
    await server.start();
    return server;
  }

  async httpServer(answer) {
    const server = new HttpServer(answer);
    this.closers.push(() => server.close());
    return server.start();
  }

  async close() {
    for (const close of this.closers.reverse()) await close();
  }
}
