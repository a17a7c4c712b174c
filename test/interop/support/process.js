// Child processes that never outlive the test: the kernel kills them with it (setpriv, util-linux).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { buildDir } from './build.js';
import { until } from './until.js';

export class Process {
  constructor(binary, logPath) {
    this.binary = path.join(buildDir, binary);
    this.logPath = logPath;
  }

  start(...args) {
    const log = fs.openSync(this.logPath, 'a');
    this.failure = null;
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', this.binary, ...args],
      { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.child.on('error', (error) => { this.failure = error; });
    this.ended = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => resolve(code ?? signal));
    });
  }

  log() {
    return fs.readFileSync(this.logPath, 'utf8');
  }

  running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async waitReady(ready, timeout_ms = 20000) {
    const name = path.basename(this.binary);
    const look = () => {
      if (this.failure) throw this.failure;
      if (!this.running()) throw new Error(`${name} ended while starting\n${this.log()}`);
      return ready();
    };
    return until(look, () => `${name} ready\n${this.log()}`, timeout_ms);
  }

  /** SIGTERM, and what it ended with. */
  stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  kill() {
    this.child?.kill('SIGKILL');
    return this.ended;
  }
}
