"""Idempotency-Key: the first answer again, never the first effect again (P6)."""

import threading
import unittest

from support.stack import SandboxCase, at_once, order_body, unique
from support.wait import until


class Replays(SandboxCase):
    def post(self, path, body=None, key=None, client=None):
        return (client or self.merchant).post(path, body, headers={"Idempotency-Key": key})

    def test_the_same_key_and_body_get_the_first_answer_with_the_replay_header(self):
        body, key = order_body(), unique("key")
        first = self.post("/v1/orders", body, key)
        second = self.post("/v1/orders", body, key)
        self.expect(first, 201)
        self.assertFalse(first.replayed)
        self.assertEqual((second.status, second.body), (201, first.body))
        self.assertTrue(second.replayed)

    def test_a_replay_has_its_own_request_id(self):
        body, key = order_body(), unique("key")
        first, second = self.post("/v1/orders", body, key), self.post("/v1/orders", body, key)
        self.assertNotEqual(first.headers["x-request-id"], second.headers["x-request-id"])

    def test_a_replay_is_the_first_answer_though_the_order_has_moved_on(self):
        body, key = order_body(), unique("key")
        order = self.expect(self.post("/v1/orders", body, key), 201)
        self.expect(self.merchant.post(f"/v1/orders/{order['id']}/cancel"), 200)
        again = self.post("/v1/orders", body, key)
        self.assertEqual((again.status, again.json["status"]), (201, "unpaid"))
        self.assertTrue(again.replayed)

    def test_a_replayed_payment_is_not_placed_again(self):
        order, key = self.new_order(), unique("key")
        path, body = f"/v1/orders/{order['id']}/payments", {"account_id": "wx-main",
                                                            "method": "native"}
        first, second = self.post(path, body, key), self.post(path, body, key)
        self.expect(first, 201)
        self.assertEqual(second.body, first.body)
        self.assertEqual(len(self.order(order["id"])["payments"]), 1)

    def test_another_body_is_422(self):
        body, key = order_body(), unique("key")
        self.expect(self.post("/v1/orders", body, key), 201)
        other = order_body()
        self.expect(self.post("/v1/orders", other, key), 422, "idempotency_key_reused")
        self.assertEqual(self.merchant.all(f"/v1/orders?user_id={other['user_id']}"), [])

    def test_another_path_is_422(self):
        one, two, key = self.new_order(), self.new_order(), unique("key")
        self.expect(self.post(f"/v1/orders/{one['id']}/cancel", None, key), 200)
        self.expect(self.post(f"/v1/orders/{two['id']}/cancel", None, key), 422,
                    "idempotency_key_reused")
        self.assertEqual(self.order(two["id"])["status"], "unpaid")

    def test_another_api_key_has_idempotency_keys_of_its_own(self):
        key = unique("key")
        first = self.post("/v1/orders", order_body(), key)
        second = self.post("/v1/orders", order_body(), key, self.admin)
        self.expect(first, 201)
        self.expect(second, 201)
        self.assertFalse(second.replayed)

    def test_final_4xx_answers_are_replayed_too(self):
        paid = self.new_order()
        self.sandbox.pay(self.new_payment(paid)["pay_no"])
        self.until_order(paid, "paid")
        cases = [("/v1/orders", order_body(amount=1), 422),
                 ("/v1/orders/1/cancel", None, 404),
                 (f"/v1/orders/{paid['id']}/cancel", None, 409)]
        for path, body, status in cases:
            with self.subTest(f"{path} {status}"):
                key = unique("key")
                first, second = self.post(path, body, key), self.post(path, body, key)
                self.assertEqual((first.status, second.status), (status, status), second)
                self.assertEqual((first.replayed, second.replayed), (False, True))
                self.assertEqual(first.code, second.code)
                self.assert_problem_but_for_its_request_id(second)

    def assert_problem_but_for_its_request_id(self, answer):
        self.assertTrue(answer.is_problem)
        self.assertTrue(answer.json["request_id"])

    def test_401_and_403_are_not_kept(self):
        key, body = unique("key"), order_body()
        self.expect(self.post("/v1/orders", body, key, self.open), 401)
        self.expect(self.post("/v1/orders", body, key), 201)
        forbidden = unique("key")
        self.expect(self.post("/v1/webhooks", {"x": 1}, forbidden), 403)
        again = self.post("/v1/webhooks", {"x": 2}, forbidden)
        self.expect(again, 403)
        self.assertFalse(again.replayed)

    def test_keys_of_1_to_255_printable_ascii_characters_are_taken(self):
        for key in ("k", "k" * 255, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", '"quoted"', "with space"):
            with self.subTest(key[:20]):
                body = order_body()
                key = key if len(key) in (1, 255) else key + unique("-")
                self.expect(self.post("/v1/orders", body, key), 201)
                self.assertTrue(self.post("/v1/orders", body, key).replayed)

    def test_other_keys_are_refused_and_create_nothing(self):
        for key in (b"", b"k" * 256, "schlüssel".encode(), b"tab\tinside", b"\x7f", b"k" * 5000):
            with self.subTest(key[:12]):
                user = unique("user")
                body = order_body(user_id=user)
                answer = self.merchant.post("/v1/orders", body, headers={"Idempotency-Key": key})
                self.assertIn(answer.status, (400, 422), answer)
                self.assert_problem(answer)
                self.assertEqual(self.merchant.all(f"/v1/orders?user_id={user}"), [])

    def test_two_key_headers_are_refused_or_one(self):
        request = (f"POST /v1/orders/1/cancel HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   f"Authorization: Bearer {self.server.merchant_key}\r\nContent-Length: 0\r\n"
                   f"Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n").encode()
        self.assertRegex(self.merchant.raw(request), rb"\AHTTP/1.1 4")

    def test_twenty_at_once_with_one_key_make_one_order(self):
        body, key = order_body(), unique("key")
        answers = at_once(20, lambda _: self.post("/v1/orders", body, key))
        self.assertTrue({a.status for a in answers} <= {201, 409}, [a.status for a in answers])
        self.assertEqual(sum(a.status == 201 and not a.replayed for a in answers), 1)
        for answer in answers:
            if answer.status == 409:
                self.assertEqual(answer.code, "idempotency_in_progress")
        self.assertEqual(len(self.merchant.all(f"/v1/orders?user_id={body['user_id']}")), 1)

    def test_an_idempotency_key_on_a_get_is_ignored(self):
        for _ in range(2):
            answer = self.merchant.get("/v1/orders", headers={"Idempotency-Key": "k"})
            self.assertEqual(answer.status, 200)
            self.assertFalse(answer.replayed)


class WithTheChannel(SandboxCase):
    config = {"payment": {"channel_timeout": 2, "query_gaps": [600]}}

    def start(self, order, key, method="native"):
        return self.merchant.post(f"/v1/orders/{order['id']}/payments",
                                  {"account_id": "wx-main", "method": method},
                                  headers={"Idempotency-Key": key})

    def test_while_the_first_runs_the_second_is_409(self):
        order, key = self.new_order(), unique("key")
        self.sandbox.fault("pay", "slow", delay_ms=1000)
        first = []
        thread = threading.Thread(target=lambda: first.append(self.start(order, key)))
        thread.start()
        until(lambda: self.order(order["id"])["payments"], "the attempt is under way")
        second, other = self.start(order, key), self.start(order, key, method="h5")
        thread.join()
        self.expect(second, 409, "idempotency_in_progress")
        self.assertEqual(second.headers["retry-after"], "1")
        self.expect(other, 422, "idempotency_key_reused")
        self.expect(first[0], 201)
        third = self.start(order, key)
        self.assertTrue(third.replayed)
        self.assertEqual((third.status, third.body), (201, first[0].body))
        self.assertEqual(len(self.order(order["id"])["payments"]), 1)

    def test_ten_at_once_with_one_key_make_one_payment(self):
        for opened in (False, True):
            with self.subTest(closes_another_first=opened):
                order, key = self.new_order(), unique("key")
                if opened:
                    self.new_payment(order)
                answers = at_once(10, lambda _: self.start(order, key))
                self.assertLessEqual({a.code for a in answers if a.status != 201},
                                     {"idempotency_in_progress"})
                self.assertEqual(sum(a.status == 201 and not a.replayed for a in answers), 1)
                self.assertEqual(len(self.order(order["id"])["payments"]), 1 + opened)
                self.assertTrue(self.start(order, key).replayed)

    def test_what_an_order_refuses_is_kept_for_its_key(self):
        order, key = self.new_order(), unique("key")
        self.expect(self.merchant.post(f"/v1/orders/{order['id']}/cancel"), 200)
        first, second = self.start(order, key), self.start(order, key)
        self.expect(first, 409, "order_closed")
        self.assertFalse(first.replayed)
        self.assertTrue(second.replayed)
        self.assertEqual(second.body, first.body)

    def test_a_409_that_says_wait_is_not_kept(self):
        order, first_key, second_key = self.new_order(), unique("key"), unique("key")
        self.sandbox.fault("pay", "slow", delay_ms=1000)
        thread = threading.Thread(target=lambda: self.start(order, first_key))
        thread.start()
        until(lambda: self.order(order["id"])["payments"], "the attempt is under way")
        busy = self.start(order, second_key)
        thread.join()
        if busy.status == 409:
            self.assertEqual(busy.code, "payment_in_progress")
            again = self.start(order, second_key)
            self.expect(again, 201)
            self.assertFalse(again.replayed)

    def test_a_5xx_is_not_kept_and_the_same_key_may_try_again(self):
        order, key = self.new_order(), unique("key")
        self.sandbox.fault("pay", "status", status=500)
        self.expect(self.start(order, key), 502)
        again = self.start(order, key)
        self.expect(again, 201)
        self.assertFalse(again.replayed)
        self.assertTrue(self.start(order, key).replayed)

    def test_a_client_that_hangs_up_leaves_a_key_that_answers(self):
        order, key = self.new_order(), unique("key")
        self.sandbox.fault("pay", "slow", delay_ms=600)
        with self.assertRaises(OSError):
            self.merchant.post(f"/v1/orders/{order['id']}/payments",
                               {"account_id": "wx-main", "method": "native"},
                               headers={"Idempotency-Key": key}, timeout=0.2)

        def answered():
            answer = self.start(order, key)
            return answer if answer.status != 409 else None
        answer = until(answered, "the key answers")
        self.expect(answer, 201)
        self.assertEqual(len(self.order(order["id"])["payments"]), 1)

    def test_keys_are_kept_across_a_restart(self):
        body, key = order_body(), unique("key")
        first = self.merchant.post("/v1/orders", body, headers={"Idempotency-Key": key})
        self.server.restart()
        self.merchant.close()
        second = self.merchant.post("/v1/orders", body, headers={"Idempotency-Key": key})
        self.assertEqual(second.body, first.body)
        self.assertTrue(second.replayed)


if __name__ == "__main__":
    unittest.main()
