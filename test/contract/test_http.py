"""HTTP at its edges: limits, broken requests, request ids, one shape for every error (P12, P10)."""

import http.client
import threading
import time
import unittest

from support.stack import MockCase, at_once, order_body
from support.wait import until


def status_of(received):
    head = received.split(b"\r\n", 1)[0].split(b" ")
    return int(head[1]) if len(head) > 1 and head[1].isdigit() else None


def problem_of(received):
    import json
    body = received.split(b"\r\n\r\n", 1)[-1]
    return json.loads(body)


class Limits(MockCase):
    def request(self, *lines, body=b""):
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body

    def test_slow_and_silent_clients_are_given_up_and_harm_nobody_P10(self):
        """The three waits run beside each other: a head, a body, and a silence that never end."""
        results = {}

        def slow_head():
            results["head"] = self.open.raw(None, 40, [b"GET /healthz HTTP/1.1\r\n"], 0.1)

        def slow_body():
            head = self.request("POST /v1/orders HTTP/1.1", "Host: x",
                                f"Authorization: Bearer {self.server.merchant_key}",
                                "Content-Type: application/json", "Content-Length: 1000")
            results["body"] = self.open.raw(None, 40, [head, b"{"], 0.1)

        def drip():
            pieces = [b"GET /healthz HTTP/1.1\r\n"] + [b"X-A: 1\r\n"] * 60
            results["drip"] = self.open.raw(None, 40, pieces, 0.3)
        threads = [threading.Thread(target=task) for task in (slow_head, slow_body, drip)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 30
        while any(thread.is_alive() for thread in threads) and time.monotonic() < end:
            began = time.monotonic()
            self.assertEqual(self.open.get("/healthz").status, 200)
            self.assertLess(time.monotonic() - began, 2)
            time.sleep(0.5)
        for thread in threads:
            thread.join(15)
        for name in ("head", "body", "drip"):
            self.assertEqual(status_of(results[name]), 408, (name, results[name][:200]))
            self.assertEqual(problem_of(results[name])["code"], "request_timeout")

    def test_a_body_over_one_mebibyte_is_413(self):
        self.expect(self.merchant.post("/v1/orders", b" " * (1024 * 1024 + 1)), 413,
                    "payload_too_large")
        told = self.request("POST /v1/orders HTTP/1.1", "Host: x",
                            f"Authorization: Bearer {self.server.merchant_key}",
                            "Content-Type: application/json", "Content-Length: 2000000")
        self.assertEqual(status_of(self.open.raw(told)), 413)
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        chunked = self.request("POST /v1/orders HTTP/1.1", "Host: x",
                               f"Authorization: Bearer {self.server.merchant_key}",
                               "Content-Type: application/json", "Transfer-Encoding: chunked")
        received = self.open.raw(None, 15, [chunked] + [chunk] * 20 + [b"0\r\n\r\n"])
        self.assertIn(status_of(received), (413, None))

    def test_a_chunked_body_is_taken(self):
        import json
        body = json.dumps(order_body()).encode()
        pieces = b"".join(f"{len(body[n:n + 7]):x}\r\n".encode() + body[n:n + 7] + b"\r\n"
                          for n in range(0, len(body), 7)) + b"0\r\n\r\n"
        head = self.request("POST /v1/orders HTTP/1.1", "Host: x", "Connection: close",
                            f"Authorization: Bearer {self.server.merchant_key}",
                            "Content-Type: application/json", "Transfer-Encoding: chunked")
        self.assertEqual(status_of(self.open.raw(head + pieces)), 201)

    def test_a_head_over_16_kib_is_431(self):
        for lines in ([f"X-Big: {'x' * 20_000}"], [f"X-{n}: {'y' * 100}" for n in range(400)]):
            received = self.open.raw(self.request("GET /healthz HTTP/1.1", "Host: x", *lines))
            self.assertEqual(status_of(received), 431)
            self.assertEqual(problem_of(received)["code"], "headers_too_large")
        long_line = self.request(f"GET /{'x' * 30_000} HTTP/1.1", "Host: x")
        self.assertIn(status_of(self.open.raw(long_line)), (431, 414, 400))

    def test_broken_requests_are_400_and_closed(self):
        broken = {
            "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            "no version": b"GET /healthz\r\n\r\n", "lower method": b"get /healthz HTTP/1.1\r\n\r\n",
            "bad header": self.request("GET /healthz HTTP/1.1", "Host: x", "no colon"),
            "space before colon": self.request("GET /healthz HTTP/1.1", "Host: x", "A : b"),
            "negative length": self.request("POST /v1/orders HTTP/1.1", "Host: x",
                                            "Content-Length: -1"),
            "two lengths": self.request("POST /v1/orders HTTP/1.1", "Host: x", "Content-Length: 3",
                                        "Content-Length: 4", body=b"abcd"),
            "length and chunks": self.request(
                "POST /v1/orders HTTP/1.1", "Host: x", "Content-Length: 4",
                "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
            "odd coding": self.request("POST /v1/orders HTTP/1.1", "Host: x",
                                       "Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
            "broken chunk": self.request("POST /v1/orders HTTP/1.1", "Host: x",
                                         "Transfer-Encoding: chunked", body=b"zz\r\n\r\n"),
            "NUL in the path": b"GET /heal\x00thz HTTP/1.1\r\nHost: x\r\n\r\n",
        }
        for what, data in broken.items():
            with self.subTest(what):
                received = self.open.raw(data, 20)
                self.assertIn(status_of(received), (400, 401, 404, 405, 501, 505, None),
                              received[:200])
                self.assertNotIn(b" 200 ", received.split(b"\r\n")[0])
        self.assertEqual(self.open.get("/healthz").status, 200)

    def test_a_smuggled_second_request_is_never_answered(self):
        smuggled = self.request("POST /v1/orders HTTP/1.1", "Host: x", "Content-Length: 44",
                                "Transfer-Encoding: chunked",
                                body=b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n")
        received = self.open.raw(smuggled, 12)
        self.assertEqual(received.count(b"HTTP/1.1 "), 1, received[:600])

    def test_paths_that_climb_or_hide_are_not_found_and_never_crash(self):
        for path in ("/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/v1/orders/..%2f..", "/%",
                     "/%zz", "/%00", "/\xff", "//", "/./", "/v1/orders/%0d%0aX:%20y", "*", "/?" +
                     "a=b&" * 2000, "http://x/healthz"):
            received = self.open.raw(self.request(f"GET {path} HTTP/1.1", "Host: x",
                                                  "Connection: close"))
            self.assertIn(status_of(received), (200, 400, 401, 404), (path, received[:100]))
            self.assertNotIn(b"root:", received)
        self.assertEqual(self.open.get("/healthz").status, 200)

    def test_pipelined_requests_are_answered_in_order(self):
        one = self.request("GET /healthz HTTP/1.1", "Host: x", "X-Request-Id: first")
        two = self.request("GET /nothing HTTP/1.1", "Host: x", "X-Request-Id: second")
        last = self.request("GET /healthz HTTP/1.1", "Host: x", "X-Request-Id: third",
                            "Connection: close")
        received = self.open.raw(one + two + last).lower()
        places = [received.find(b"x-request-id: " + word)
                  for word in (b"first", b"second", b"third")]
        self.assertTrue(0 < places[0] < places[1] < places[2], places)

    def test_head_answers_without_a_body(self):
        answer = self.open.request("HEAD", "/healthz")
        self.assertEqual((answer.status, answer.body), (200, b""))

    def test_hundreds_of_idle_connections_are_no_harm(self):
        connections = [http.client.HTTPConnection(*self.open.address, timeout=10)
                       for _ in range(300)]
        for connection in connections:
            connection.connect()
        self.assertEqual(self.open.get("/healthz").status, 200)
        for connection in connections:
            connection.close()


class Conventions(MockCase):
    def test_every_error_has_the_one_shape(self):
        cases = [self.open.get("/nothing"), self.open.get("/v1/orders"),
                 self.merchant.get("/v1/orders/1"), self.merchant.get("/v1/orders?limit=0"),
                 self.merchant.get("/v1/accounts"), self.merchant.post("/v1/orders", b"{"),
                 self.merchant.post("/v1/orders", {}), self.merchant.delete("/v1/orders"),
                 self.open.post("/callbacks/nobody", {}), self.merchant.get("/v1/payments/1")]
        for answer in cases:
            self.assertGreaterEqual(answer.status, 400)
            self.assert_problem(answer)

    def test_a_request_id_is_taken_and_answered_or_made(self):
        answer = self.open.get("/healthz", headers={"X-Request-Id": "trace-me_1.2"})
        self.assertEqual(answer.headers["x-request-id"], "trace-me_1.2")
        made = {self.open.get("/healthz").headers["x-request-id"] for _ in range(5)}
        self.assertEqual(len(made), 5)

    def test_a_request_id_that_would_break_a_log_is_not_taken(self):
        for value in (b"x" * 5000, b'a"b\\c', "ü".encode(), b"a b\tc"):
            answer = self.open.get("/healthz", headers={"X-Request-Id": value})
            self.assertEqual(answer.status, 200)
            self.assertLessEqual(len(answer.headers["x-request-id"]), 255)
        until(self.server.log_lines, "the log's lines are JSON still")

    def test_the_request_id_is_logged(self):
        self.merchant.get("/v1/orders/1", headers={"X-Request-Id": "find-me-in-the-log"})
        until(lambda: "find-me-in-the-log" in self.server.process.log(), "the line is written")

    def test_there_is_no_cors_on_v1(self):
        for method in ("OPTIONS", "GET"):
            answer = self.merchant.request(method, "/v1/orders", headers={
                "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
            for name in answer.headers:
                self.assertFalse(name.lower().startswith("access-control-"), name)

    def test_json_answers_say_so_and_are_not_sniffed_or_cached(self):
        answer = self.expect_headers(self.merchant.get("/v1/orders"))
        self.assertEqual(answer["content-type"].split(";")[0], "application/json")

    def expect_headers(self, answer):
        self.assertEqual(answer.status, 200)
        return answer.headers

    def test_two_hundred_requests_at_once_are_all_answered(self):
        statuses = at_once(50, lambda _: {self.merchant.get("/v1/orders?limit=1").status
                                          for _ in range(4)})
        self.assertEqual(set().union(*statuses), {200})


if __name__ == "__main__":
    unittest.main()
