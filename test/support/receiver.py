"""A merchant's webhook endpoint that writes down what it got and answers as it was told."""

import http.server
import json
import threading
import time

from .signing import webhook_is_genuine


class Delivery:
    """One request that came in."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body
        self.at, self.arrived = time.monotonic(), time.time()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.json["type"]

    @property
    def id(self):
        return self.headers["webhook-id"]

    def genuine(self, secret):
        """Judged as when it came: whoever asks may ask much later."""
        return webhook_is_genuine(secret, self.headers, self.body, self.arrived)

    def __repr__(self):
        return f"<{self.path} {self.id} {self.type}>"


class Receiver:
    """`plan(path, …)` sets the answers of a path in turn, the last one stays (204 by default).
    An answer is a status, or (status, seconds to wait before it), or (status, seconds, headers)."""

    def __init__(self):
        self._changed = threading.Condition()
        self._plans = {}
        self.deliveries = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, wait, headers = receiver._take(Delivery(self.path, self.headers, body))
                if wait:
                    receiver._stopping.wait(wait)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True  # The sender gave up waiting, as some tests want.

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self._stopping = threading.Event()
        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def plan(self, path, *answers):
        with self._changed:
            self._plans[path] = [a if isinstance(a, tuple) else (a,) for a in answers]

    def _take(self, delivery):
        with self._changed:
            self.deliveries.append(delivery)
            self._changed.notify_all()
            answers = self._plans.get(delivery.path) or [(204,)]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return (*answer, 0, {})[:3] if len(answer) == 1 else (*answer, {})[:3]

    def of(self, path=None, type=None, order_id=None):
        """What has come in so far, oldest first."""
        with self._changed:
            found = list(self.deliveries)
        return [d for d in found if (path is None or d.path == path)
                and (type is None or d.type == type)
                and (order_id is None or order_id in _subjects(d))]

    def wait(self, count=1, timeout=15, **wanted):
        """At least `count` deliveries of the wanted kind."""
        end = time.monotonic() + timeout
        while True:
            found = self.of(**wanted)
            if len(found) >= count:
                return found
            with self._changed:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{len(found)} of {count} deliveries {wanted} within "
                                         f"{timeout} s; came: {self.deliveries[-12:]}")
                self._changed.wait(min(left, 0.2))

    def close(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _subjects(delivery):
    data = delivery.json.get("data", {})
    return (data.get("id"), data.get("order_id"))


class QuietServer(http.server.ThreadingHTTPServer):
    """For bursts, and without a traceback for each peer that hangs up."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass
