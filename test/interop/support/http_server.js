// A server that writes down every request byte for byte and answers as it is told.
import http from 'node:http';

import { until } from './until.js';

export class HttpServer {
  /** `answer(request)` gives {status, headers, body}, or a promise of it; 200 without. */
  constructor(answer = () => ({})) {
    this.requests = [];
    this.server = http.createServer(async (incoming, response) => {
      const request = await received(incoming);
      this.requests.push(request);
      const { status = 200, headers = {}, body = '' } = await answer(request);
      response.writeHead(status, headers);
      response.end(body);
    });
  }

  start() {
    return new Promise((resolve) => {
      this.server.listen(0, '127.0.0.1', () => resolve(this));
    });
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  /** The first request that fits, waited for. */
  async wait(fits, what = 'a request') {
    return until(() => this.requests.find(fits), () => `${what}; came:\n${this.told()}`);
  }

  told() {
    return this.requests.map((r) => `  ${r.method} ${r.target} ${r.text.slice(0, 120)}`).join('\n');
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(resolve); });
  }
}

async function received(incoming) {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const body = Buffer.concat(parts);
  return {
    method: incoming.method,
    target: incoming.url,
    path: incoming.url.split('?')[0],
    headers: incoming.headers,
    body,
    text: body.toString(),
  };
}
