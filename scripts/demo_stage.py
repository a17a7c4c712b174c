"""What the demo stands on: the terminal, the processes, the merchant's webhook endpoint."""

import base64
import ctypes
import hashlib
import hmac
import html
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("TOLLGATE_BUILD", ROOT / "build"))
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
LIBC = ctypes.CDLL(None)


class Failed(Exception):
    """A step did not show what it promises."""


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def say(text=""):
    print(text, flush=True)


class Story:
    """Numbers the chapters and marks what was checked."""

    def __init__(self):
        self.number, self.checks = 0, 0

    def chapter(self, title):
        self.number += 1
        say()
        say(paint("1", f"{self.number}. {title}"))

    def sent(self, who, what):
        say(f"   {paint('36', '→')} {who}: {what}")

    def came(self, what):
        say(f"   {paint('36', '←')} {what}")

    def note(self, what):
        say(paint("2", f"     {what}"))

    def check(self, holds, what):
        if not holds:
            raise Failed(what)
        self.checks += 1
        say(f"   {paint('32', '✓')} {what}")


def until(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"{what} (waited {seconds} s)")


def free_port(wished):
    """The wished port where it is free, else one that the system picks."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise Failed("no free port on 127.0.0.1")


class Child:
    """A program of the build folder; it ends with the demo, whatever happens to the demo."""

    def __init__(self, folder, name, *arguments):
        program = BUILD / name
        if not program.exists():
            raise Failed(f"{program} is missing: run `make build` first")
        self.log_path = folder / f"{name}.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=lambda: LIBC.prctl(1, signal.SIGKILL))

    def wait_ready(self, ready):
        def settled():
            if self.process.poll() is not None:
                raise Failed(f"{self.process.args[0]} ended at once:\n{self.tail()}")
            return ready()
        return until(settled, f"{self.process.args[0]} is ready", 30)

    def tail(self):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-15:])

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def call(base, method, path, body=None, key=None, more=None):
    """One JSON exchange: (status, headers, parsed body)."""
    address = base.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=30)
    headers = dict(more or {})
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        response = connection.getresponse()
        data = response.read()
    finally:
        connection.close()
    is_json = "json" in response.headers.get("Content-Type", "")
    return response.status, response.headers, json.loads(data) if is_json and data else data


class Wallet:
    """The browser inside a buyer's app; it follows redirects and keeps cookies."""

    def __init__(self, name):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.opener.addheaders = [("User-Agent", f"Mozilla/5.0 (Linux; Android 14) Mobile {name}"),
                                  ("Accept-Language", "en")]

    def open(self, url, data=None):
        with self.opener.open(url, data, 30) as answer:
            return answer.read().decode()


def send_form(page):
    """Posts the form of a page that would post itself."""
    action = html.unescape(re.search(r'action="([^"]*)"', page).group(1))
    fields = [(html.unescape(name), html.unescape(value)) for name, value in
              re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page)]
    return Wallet("Chrome/120").open(action, urllib.parse.urlencode(fields).encode())


class Shop:
    """The merchant's webhook endpoint: keeps what came, checks it, answers as it is told."""

    def __init__(self):
        self.came, self.refuse_next, self.secret = [], 0, None
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = shop.take(self.headers, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        refused = self.refuse_next > 0
        self.refuse_next -= refused
        status = 500 if refused else 204
        message = json.loads(body)
        self.came.append({"id": headers["webhook-id"], "type": message["type"], "status": status,
                          "data": message["data"], "genuine": self.genuine(headers, body)})
        return status

    def genuine(self, headers, body):
        """Standard Webhooks 1.0, as any receiver would check it."""
        identity, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        if abs(time.time() - int(stamp)) > 300:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(mac).decode()
        given = headers["webhook-signature"].split()
        return any(hmac.compare_digest(expected, one) for one in given)

    def about(self, order_id, type):
        return [m for m in list(self.came) if m["type"] == type and m["data"].get("id") == order_id]
