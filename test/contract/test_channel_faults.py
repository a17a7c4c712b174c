"""A channel that hangs, fails or answers garbage harms nobody but itself (P10), and what it never
answered is settled later by asking (P2, P5)."""

import time
import unittest

from support.stack import MockCase, SandboxCase, at_once
from support.wait import stays, until
from support.wechat import Reply
from support.signing import rsa_key


class Unreachable(SandboxCase):
    """Each test has an account of its own: a breaker that it opens must not stop the next one."""

    config = {"payment": {"channel_timeout": 2, "query_gaps": [1, 1, 1, 2, 2, 2, 2]}}
    spares = 20

    def setUp(self):
        super().setUp()
        self.account = self.fresh_account()

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": self.account, **over})

    def lone_payment(self, order):
        payments = self.order(order["id"])["payments"]
        self.assertEqual(len(payments), 1, payments)
        return payments[0]

    def test_a_cut_connection_is_502_and_the_record_stays_and_is_settled_by_query(self):
        order = self.new_order()
        self.sandbox.fault("pay", "cut")
        self.expect(self.try_payment(order), 502, "channel_unavailable")
        payment = self.lone_payment(order)
        self.assertEqual(payment["status"], "pending")
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.until_order(order, "paid")

    def test_a_request_that_never_arrived_is_502_and_the_next_attempt_works(self):
        order = self.new_order()
        self.sandbox.fault("pay", "cut_before")
        self.expect(self.try_payment(order), 502, "channel_unavailable")
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")

    def test_a_hanging_channel_is_given_up_after_channel_timeout(self):
        order = self.new_order()
        self.sandbox.fault("pay", "hang", delay_ms=20_000)
        began = time.monotonic()
        self.expect(self.try_payment(order), 502, "channel_unavailable")
        took = time.monotonic() - began
        self.assertGreater(took, 1.5)
        self.assertLess(took, 5)
        self.assertEqual(self.lone_payment(order)["status"], "pending")

    def test_a_hanging_channel_holds_up_nobody_else_P10(self):
        orders = [self.new_order() for _ in range(4)]
        self.sandbox.fault("pay", "hang", delay_ms=20_000, count=4)

        def act(number):
            if number < 4:
                return self.try_payment(orders[number]).status
            began = time.monotonic()
            self.assertEqual(self.open.get("/healthz").status, 200)
            self.new_order()
            return time.monotonic() - began
        results = at_once(12, act)
        self.assertEqual(set(results[:4]), {502})
        self.assertLess(max(results[4:]), 1.5)

    def test_frequency_is_503_with_retry_after_and_nothing_stays_open(self):
        order = self.new_order()
        self.sandbox.fault("pay", "frequency")
        answer = self.try_payment(order)
        self.expect(answer, 503)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.new_payment(order)

    def test_frequency_in_asking_or_closing_is_503_and_nothing_changes(self):
        order = self.new_order()
        payment = self.new_payment(order)
        asks = [("query", f"/v1/payments/{payment['pay_no']}/sync"),
                ("query", f"/v1/payments/{payment['pay_no']}/close"),
                ("close", f"/v1/payments/{payment['pay_no']}/close"),
                ("close", f"/v1/orders/{order['id']}/cancel")]
        for operation, path in asks:
            with self.subTest(operation=operation, path=path):
                self.sandbox.fault(operation, "frequency", count=-1)
                answer = self.merchant.post(path)
                self.expect(answer, 503, "channel_busy")
                self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
                self.sandbox.clear_faults()
                self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
                self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_frequency_in_closing_the_old_attempt_holds_the_new_one_back(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.fault("close", "frequency", count=-1)
        answer = self.try_payment(order)
        self.expect(answer, 503, "channel_busy")
        self.assertEqual(self.lone_payment(order)["pay_no"], payment["pay_no"])
        self.sandbox.clear_faults()
        self.new_payment(order)

    def test_failures_of_the_channel_are_502(self):
        for kind, more in (("status", {"status": 500}), ("garbage", {}), ("unsigned", {}),
                           ("bad_signature", {})):
            with self.subTest(kind):
                self.account = self.fresh_account()
                order = self.new_order()
                self.sandbox.fault("pay", kind, **more)
                self.expect(self.try_payment(order), 502)
                self.assertEqual(self.order(order["id"])["status"], "unpaid")
                self.new_payment(self.new_order())

    def test_sync_and_close_are_502_while_the_channel_cannot_be_reached(self):
        payment = self.new_payment(self.new_order())
        for action in ("sync", "close"):
            self.sandbox.fault("*", "cut_before", count=-1)
            answer = self.merchant.post(f"/v1/payments/{payment['pay_no']}/{action}")
            self.expect(answer, 502, "channel_unavailable")
            self.sandbox.clear_faults()
            self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")

    def test_a_lost_notice_is_healed_by_the_query(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_query_and_notice_together_make_one_payment_P2(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"], silent=True)
        at_once(12, lambda n: self.sandbox.notify(payment["pay_no"]) if n % 3 == 0 else
                self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync"))
        self.until_order(order, "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_queries_that_fail_go_on_until_one_succeeds(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.fault("query", "status", status=500, count=2)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.until_order(order, "paid", 25)


class FarGateway(MockCase):
    """Answers that a real channel should never give: none may pay an order or break the server."""

    config = {"payment": {"channel_timeout": 2, "query_gaps": [600]}}

    def calm_breaker(self):
        self.mock.override.clear()
        self.new_payment(self.new_order())

    def test_odd_answers_to_a_placement_are_502_and_leave_the_order_unpaid(self):
        odd = {
            "no code": Reply(200, {}), "a code that is no text": Reply(200, {"code_url": 7}),
            "an empty code": Reply(200, {"code_url": ""}), "an array": Reply(200, []),
            "nothing": Reply(200, b""), "204": Reply(204), "202": Reply(202, {}),
            "a redirect": Reply(302, b"", headers={"Location": "http://127.0.0.1:1/"}),
            "404": Reply(404, {"code": "NOT_FOUND"}),
            "refused": Reply(400, {"code": "PARAM_ERROR", "message": "wrong"}),
            "sign error": Reply(401, {"code": "SIGN_ERROR", "message": "wrong"}),
            "unsigned": Reply(200, {"code_url": "weixin://x"}, signed=False),
            "another key": Reply(200, {"code_url": "weixin://x"}, key=rsa_key("stranger")),
            "another serial": Reply(200, {"code_url": "weixin://x"}, serial="PUB_KEY_ID_0"),
            "an old time": Reply(200, {"code_url": "weixin://x"}, timestamp=int(time.time()) - 600),
            "broken text": Reply(200, b'{"code_url":"\xff\xfe"}'),
            "deep": Reply(200, b'{"a":' * 5000), "huge": Reply(200, b'"' + b"x" * 3_000_000 + b'"'),
            "status 999": Reply(599, b"?"),
        }
        for what, reply in odd.items():
            with self.subTest(what):
                order = self.new_order()
                self.mock.override["pay"] = lambda *_: reply
                answer = self.try_payment(order)
                self.expect(answer, {502})
                self.assertEqual(self.order(order["id"])["status"], "unpaid")
                self.calm_breaker()
        self.assertEqual(self.open.get("/readyz").status, 200)

    def sync_with(self, change):
        """A paid trade whose query answers as `change` says: the order, and sync's answer."""
        order = self.new_order()
        payment = self.new_payment(order)
        self.mock.buyer_pays(payment["pay_no"])
        self.mock.override["query"] = change
        answer = self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync")
        self.mock.override.clear()
        return self.order(order["id"]), answer

    def plain(self, request, **over):
        return self.mock.transaction(self.main, request.path.rsplit("/", 1)[-1], **over)

    def test_answers_to_a_query_that_prove_nothing_pay_nothing_P2(self):
        def variant(**over):
            return lambda request, _: Reply(200, self.plain(request, **over))
        odd = {
            "unsigned": lambda r, _: Reply(200, self.plain(r), signed=False),
            "another key": lambda r, _: Reply(200, self.plain(r), key=rsa_key("stranger")),
            "an old time": lambda r, _: Reply(200, self.plain(r), timestamp=int(time.time()) - 600),
            "another merchant": variant(mchid="1900009999"),
            "another app": variant(appid="wx0000000000000000"),
            "another number": variant(out_trade_no="1234567890"),
            "an unknown state": variant(trade_state="SPLENDID"),
            "no state": variant(trade_state=None),
            "no amount": variant(amount=None), "amount as text": variant(amount={
                "total": "9900", "currency": "CNY"}),
            "amount as fraction": lambda r, _: Reply(200, (
                '{"mchid":"%s","appid":"%s","out_trade_no":"%s","trade_state":"SUCCESS",'
                '"transaction_id":"42","success_time":"2026-01-01T12:00:05+08:00",'
                '"amount":{"total":9900.0001,"currency":"CNY"}}' % (
                    self.main.mch_id, self.main.app_id, r.path.rsplit("/", 1)[-1])).encode()),
            "an array": lambda *_: Reply(200, []), "nothing": lambda *_: Reply(200, b""),
            "500": lambda *_: Reply(500, {"code": "SYSTEM_ERROR"}, signed=False),
        }
        for what, change in odd.items():
            with self.subTest(what):
                order, answer = self.sync_with(change)
                self.assertEqual(order["status"], "unpaid", what)
                self.assertLess(answer.status, 503, answer)
                self.assertNotEqual(answer.status, 500, answer)
                self.calm_breaker()

    def test_another_amount_or_currency_in_an_answer_fails_attempt_and_order(self):
        for over in ({"total": 9899}, {"total": 99_000}, {"amount": {"total": 9900,
                     "payer_total": 9900, "currency": "USD"}}):
            with self.subTest(over):
                order, _ = self.sync_with(lambda r, _, over=over: Reply(200, self.plain(r, **over)))
                self.assertEqual(order["status"], "failed")
                self.assertEqual(order["payments"][0]["status"], "failed")
                until(lambda: "payment.mismatched" in self.event_types(order), "mismatch is told")
                self.assertNotIn("order.paid", self.event_types(order))

    def test_a_coupon_that_lowers_what_the_payer_paid_is_no_mismatch(self):
        order, _ = self.sync_with(lambda r, _: Reply(200, self.plain(r, amount={
            "total": 9900, "payer_total": 9000, "currency": "CNY", "payer_currency": "CNY"})))
        self.assertEqual(order["status"], "paid")

    def test_a_trade_that_the_channel_does_not_know_is_not_given_up_at_once(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.mock.override["query"] = lambda *_: Reply(404, {"code": "ORDER_NOT_EXIST"})
        self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync")
        self.mock.override.clear()
        self.mock.buyer_pays(payment["pay_no"])
        self.notify(payment["pay_no"])
        stays(lambda: self.order(order["id"])["status"] in ("unpaid", "paid"), "alive", 0.2)
        self.until_order(order, "paid")

    def test_trace_context_is_passed_on_to_the_channel(self):
        trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
        order = self.new_order()
        before = len(self.mock.requests)
        answer = self.merchant.post(
            f"/v1/orders/{order['id']}/payments", {"account_id": "wx-main", "method": "native"},
            headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
        self.expect(answer, 201)
        sent = [r.headers.get("traceparent", "") for r in self.mock.requests[before:]]
        self.assertTrue(any(trace_id in value for value in sent), sent)


if __name__ == "__main__":
    unittest.main()
