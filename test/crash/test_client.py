"""The proof's own client: a server may end a connection that idles, and that is no failure."""

import socket
import threading
import unittest

from support.client import Client

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class OneAnswerPerConnection:
    """Says nothing of it, and closes after each answer."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        for _ in range(2):
            connection, _ = self.listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(ANSWER)
            self.closed.set()

    @property
    def base(self):
        return "http://127.0.0.1:%d" % self.listener.getsockname()[1]


class IdleConnections(unittest.TestCase):
    def test_one_that_was_closed_is_not_used_again(self):
        server = OneAnswerPerConnection()
        self.addCleanup(server.listener.close)
        client = Client(server.base)
        for _ in range(2):
            answer = client._exchange("GET", "/", None, {}, 5)
            self.assertEqual(answer.status, 200)
            self.assertTrue(server.closed.wait(5))
            server.closed.clear()
