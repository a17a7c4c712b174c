"""An HTTP client for tests: keep-alive per thread, each answer held against docs/openapi.yaml."""

import http.client
import json
import select
import socket
import threading
import urllib.parse

from . import openapi


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def code(self):
        """The stable word of a problem; empty for other answers."""
        return self.json.get("code", "") if self.is_problem else ""

    @property
    def is_problem(self):
        return self.headers.get("content-type", "").startswith("application/problem+json")

    @property
    def pointers(self):
        return [error["pointer"] for error in self.json.get("errors", [])]

    @property
    def replayed(self):
        return self.headers.get("idempotency-replayed") == "true"

    def __repr__(self):
        return f"<{self.status} {self.text[:300]}>"


def was_closed(connection):
    """Whether a connection that waits was ended by the other side (for idling long, say)."""
    return connection.sock is not None and bool(select.select([connection.sock], [], [], 0)[0])


class Client:
    """Thread-safe. `key` is the API key sent as bearer token; None sends none."""

    def __init__(self, base, key=None, transcript=None):
        self.base, self.key, self.transcript = base.rstrip("/"), key, transcript
        self._local = threading.local()

    @property
    def address(self):
        parts = urllib.parse.urlsplit(self.base)
        return parts.hostname, parts.port

    def with_key(self, key):
        return Client(self.base, key, self.transcript)

    def close(self):
        """Drops the calling thread's connection (after the server was restarted)."""
        connection = getattr(self._local, "connection", None)
        if connection:
            connection.close()
        self._local.connection = None

    def _connection(self, timeout):
        connection = getattr(self._local, "connection", None)
        if connection is None or was_closed(connection):
            self.close()
            connection = http.client.HTTPConnection(*self.address, timeout=timeout)
            self._local.connection = connection
        connection.timeout = timeout
        if connection.sock:
            connection.sock.settimeout(timeout)
        return connection

    def request(self, method, path, body=None, headers=None, timeout=20):
        """A dict or list is sent as JSON, bytes as they are (as application/json unless told)."""
        if path.startswith("http"):
            path = path[len(self.base):]
        send, sent = {}, None
        if body is not None:
            send["Content-Type"] = "application/json"
            if not isinstance(body, bytes):
                sent, body = body, json.dumps(body, ensure_ascii=False).encode()
        if self.key is not None:
            send["Authorization"] = f"Bearer {self.key}"
        send.update(headers or {})
        send = {name: value for name, value in send.items() if value is not None}
        answer = self._exchange(method, path, body, send, timeout)
        if self.transcript is not None:
            self.transcript.append((method, path, answer))
        openapi.observe(method, path, answer, sent)
        return answer

    def _exchange(self, method, path, body, headers, timeout):
        connection = self._connection(timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body=None, **more):
        return self.request("PUT", path, body, **more)

    def patch(self, path, body=None, **more):
        return self.request("PATCH", path, body, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)

    def all(self, path, limit=100):
        """Every item of a list, newest first, by walking its pages."""
        items, last = [], None
        join = "&" if "?" in path else "?"
        while True:
            page = f"{path}{join}limit={limit}" + (f"&starting_after={last}" if last else "")
            answer = self.get(page)
            if answer.status != 200:
                raise AssertionError(f"GET {page}: {answer}")
            items += answer.json["data"]
            if not answer.json["has_more"]:
                return items
            last = items[-1].get("id") or items[-1]["pay_no"]

    def stream(self, path, headers=None, timeout=15):
        """An open SSE response as an iterator of (event, data)."""
        return EventStream(self.address, path, headers or {}, timeout)

    def raw(self, data, timeout=15, pieces=None, pause=0.0):
        """Sends bytes as they are (or pieces with pauses) and reads until the server closes."""
        import time
        with socket.create_connection(self.address, timeout=timeout) as connection:
            try:
                for piece in pieces or [data]:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass  # The server may answer and close before it has everything.
            return _read_all(connection)


def _read_all(connection):
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except OSError:
        pass
    return received


class EventStream:
    """Server-sent events, read one by one; a comment line (heartbeat) counts in `heartbeats`."""

    def __init__(self, address, path, headers, timeout):
        self.connection = http.client.HTTPConnection(*address, timeout=timeout)
        self.connection.request("GET", path, headers={"Accept": "text/event-stream", **headers})
        self.response = self.connection.getresponse()
        self.status, self.headers = self.response.status, self.response.headers
        self.heartbeats = 0

    def next(self):
        """(event, data) of the next event; None at the stream's end."""
        event, data = "message", []
        while line := self.response.readline():
            line = line.rstrip(b"\r\n").decode()
            if line.startswith(":"):
                self.heartbeats += 1
            elif line.startswith("event:"):
                event = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif not line and data:
                return event, json.loads("\n".join(data))
        return None

    def close(self):
        self.connection.close()
