#!/usr/bin/env python3
"""The channel @NAME@ as the plugin's author thinks it is, on this machine: simulator.py PORT.

Serves POST /orders and GET /orders/NUMBER as @NAME@.cpp describes them. POST /pay/NUMBER is the
buyer; it books the money and sends the signed notice. One merchant, M1, whose key is below."""

import http.server
import sys
import urllib.request

KEY = "a-key-for-tests"
orders = {}


def sign(body):
    hash = 14695981039346656037
    for byte in f"{KEY}\n{body}".encode():
        hash = (hash ^ byte) * 1099511628211 % 2**64
    return str(hash)


def lines_of(body):
    return dict(line.split("=", 1) for line in body.splitlines() if "=" in line)


def text_of(lines):
    return "".join(f"{name}={value}\n" for name, value in lines.items())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        if self.path == "/orders":
            self.place(body)
        elif self.path.startswith("/pay/"):
            self.pay(self.path.removeprefix("/pay/"))
        else:
            self.answer(404, "")

    def do_GET(self):
        order = orders.get(self.path.removeprefix("/orders/"))
        if self.headers["X-Signature"] != sign(""):
            self.answer(401, "")
        else:
            self.answer(200 if order else 404, text_of(order) if order else "")

    def place(self, body):
        if self.headers["X-Signature"] != sign(body):
            return self.answer(401, "")
        order = lines_of(body)
        orders.setdefault(order["number"], {**order, "state": "OPEN"})
        self.answer(201, f"pay_url=http://{self.headers['Host']}/pay/{order['number']}\n")

    def pay(self, number):
        order = orders[number]
        order.update(state="PAID", trade="T" + number)
        body = text_of({**order, "event": "E" + number})
        notice = urllib.request.Request(order["notify_url"], body.encode(),
                                        {"X-Signature": sign(body), "Content-Type": "text/plain"})
        with urllib.request.urlopen(notice, timeout=5) as answer:
            self.answer(answer.status, "")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("X-Signature", sign(body))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
