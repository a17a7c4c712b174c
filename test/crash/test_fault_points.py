"""Killed (SIGKILL) at a named point, started again: nothing acknowledged is lost, nothing is done
twice (P1, P2, P6, P11). TOLLGATE_FAULT=<point>[:n]: the server kills itself at that point."""

import http.client
import signal
import time

from support.stack import SandboxCase, unique
from support.wait import until

LOST = (OSError, http.client.HTTPException)


class Killed(SandboxCase):
    """What the tests below share; it has none itself."""

    config = {"payment": {"query_gaps": [600], "channel_timeout": 3},
              "webhooks": {"gaps": [0, 1, 1, 1, 1, 1]}}

    def tearDown(self):
        if not self.server.process.running():
            self.start_again()
        super().tearDown()

    def arm(self, point):
        """The server once more, with the fault armed; endpoint and order come after the start."""
        self.server.stop()
        self.forget_connections()
        self.server.start({"TOLLGATE_FAULT": point})

    def forget_connections(self):
        for client in (self.open, self.merchant, self.admin):
            client.close()

    def died(self, point):
        process = self.server.process
        until(lambda: not process.running(), f"the server passes {point} and dies")
        code = process.wait_exit()
        self.assertEqual(code, -signal.SIGKILL, f"{point} was not reached: exit {code}")
        self.forget_connections()

    def start_again(self):
        self.forget_connections()
        self.server.start()

    def fresh_hook(self):
        path = "/" + unique("hook")
        return path, self.webhook(path)

    def assert_books(self, order, path, hook):
        """Paid once here and at the channel; order.paid told under one id, signed."""
        self.until_order(order, "paid", 25)
        told = self.receiver.wait(1, 20, path=path, type="order.paid", order_id=order["id"])
        until(lambda: len(self.events_of(order, "order.paid")) == 1, "one order.paid event")
        events = self.event_types(order)
        for type in ("order.created", "order.paid", "payment.paid"):
            self.assertEqual(events.count(type), 1, events)
        self.assertEqual({d.id for d in told}, {self.events_of(order, "order.paid")[0]["id"]})
        self.assertTrue(all(d.genuine(hook["secret"]) for d in told))
        paid = [p for p in self.order(order["id"])["payments"] if p["status"] == "paid"]
        self.assertEqual(len(paid), 1)
        self.assertEqual(self.sandbox.trade(paid[0]["pay_no"])["state"], "SUCCESS")
        self.admin.delete(f"/v1/webhooks/{hook['id']}")

    def start_and_die(self, point, order, key):
        self.server.stop()
        self.forget_connections()
        self.server.start({"TOLLGATE_FAULT": point})
        with self.assertRaises(LOST):
            self.attempt(order, key)
        self.died(point)
        self.start_again()

    def attempt(self, order, key):
        return self.merchant.post(f"/v1/orders/{order['id']}/payments",
                                  {"account_id": "wx-main", "method": "native"},
                                  headers={"Idempotency-Key": key})

    def retried(self, order, key):
        """The client's retry with the same key; it may be told to wait, but not for ever."""
        def answered():
            answer = self.attempt(order, key)
            return answer if answer.status not in (409, 502, 503) else None
        return until(answered, "the retry is answered", 20, 0.3)

    def assert_replayed(self, order, key, payment):
        again = self.attempt(order, key)
        self.assertTrue(again.replayed)
        self.assertEqual(again.json, payment)

    def assert_at_most_one_open(self, order):
        numbers = {p["pay_no"] for p in self.order(order["id"])["payments"]}
        open_trades = [t for t in self.sandbox.trades()
                       if t["out_trade_no"] in numbers and t["state"] == "NOTPAY"]
        self.assertLessEqual(len(open_trades), 1, open_trades)


class FaultPoints(Killed):
    def killed_by_a_notice(self, point):
        self.arm(point)
        path, hook = self.fresh_hook()
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.sandbox.fault("query", "cut_before", count=-1)  # Only the notice may pay it.
        self.sandbox.pay(pay_no)
        self.died(point)
        return order, pay_no, path, hook

    def test_killed_before_the_notice_is_durable_it_comes_again(self):
        order, _, path, hook = self.killed_by_a_notice("callback.before_commit")
        self.start_again()
        self.assert_books(order, path, hook)

    def test_killed_before_the_ack_the_order_is_paid_though_no_notice_comes_again_P1(self):
        order, pay_no, path, hook = self.killed_by_a_notice("callback.after_commit")
        self.sandbox.fault("notify", "lose", count=-1)
        self.start_again()
        self.assert_books(order, path, hook)
        self.assertFalse(self.acked(pay_no))

    def acked(self, pay_no):
        return [n for n in self.sandbox.trade(pay_no)["notices"] if n["status"] in (200, 204)]

    def acked_though_the_books_refuse(self):
        path, hook = self.fresh_hook()
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.sandbox.fault("query", "cut_before", count=-1)  # Only the notice may pay it.
        self.server.refuse_payments()
        self.addCleanup(self.server.take_payments)
        self.sandbox.pay(pay_no)
        until(lambda: self.acked(pay_no), "the ACK of what could not be settled")
        self.sandbox.fault("notify", "lose", count=-1)  # It was ACKed: it will not come again.
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        return order, path, hook

    def test_what_was_acked_and_could_not_be_settled_is_settled_later_P1(self):
        order, path, hook = self.acked_though_the_books_refuse()
        self.server.take_payments()
        self.assert_books(order, path, hook)

    def test_killed_between_the_ack_and_the_settling_the_next_start_settles_P1(self):
        order, path, hook = self.acked_though_the_books_refuse()
        self.server.kill()
        self.server.take_payments()
        self.start_again()
        self.assert_books(order, path, hook)

    def test_killed_while_settling_what_was_acked_P1(self):
        for point in ("settle.before_commit", "settle.after_commit"):
            with self.subTest(point):
                order, path, hook = self.acked_though_the_books_refuse()
                self.server.kill()
                self.server.take_payments()
                self.forget_connections()
                self.server.process.start("serve", "--config", self.server.config_path,
                                          env={"TOLLGATE_FAULT": point})
                self.died(point)
                self.start_again()
                self.assert_books(order, path, hook)
                self.sandbox.clear_faults()

    def test_killed_after_a_delivery_was_sent_it_is_sent_again_under_the_same_id_P4(self):
        self.arm("delivery.after_send")
        path = "/" + unique("hook")
        hook = self.expect(self.admin.post("/v1/webhooks", {
            "url": self.receiver.url + path, "events": ["order.created"]}), 201)
        order = self.new_order()
        self.died("delivery.after_send")
        self.start_again()
        sent = self.receiver.wait(2, 20, path=path, order_id=order["id"])
        self.assertEqual(len({d.id for d in sent}), 1)
        self.admin.delete(f"/v1/webhooks/{hook['id']}")

    def test_killed_before_the_channel_was_asked_the_retry_works_P6(self):
        order, key = self.new_order(), unique("key")
        path, hook = self.fresh_hook()
        self.start_and_die("payment.intent_committed", order, key)
        self.assertEqual(len(self.order(order["id"])["payments"]), 1, "the intent is on record")
        payment = self.expect(self.retried(order, key), 201)
        self.assert_replayed(order, key, payment)
        self.sandbox.pay(payment["pay_no"])
        self.assert_books(order, path, hook)
        self.assert_at_most_one_open(order)

    def test_killed_after_the_channel_answered_no_second_trade_can_be_paid_P6(self):
        order, key = self.new_order(), unique("key")
        path, hook = self.fresh_hook()
        self.start_and_die("payment.outcome_received", order, key)
        payment = self.expect(self.retried(order, key), 201)
        self.assert_replayed(order, key, payment)
        self.assert_at_most_one_open(order)
        self.sandbox.pay(payment["pay_no"])
        self.assert_books(order, path, hook)

    def test_killed_after_the_outcome_was_written_the_retry_is_told_that_one_P6(self):
        order, key = self.new_order(), unique("key")
        self.start_and_die("payment.outcome_committed", order, key)
        (payment,) = self.order(order["id"])["payments"]
        self.assert_replayed(order, key, payment)

    def test_killed_with_the_key_claimed_the_attempt_in_the_way_stays_until_the_retry_P6(self):
        order, key = self.new_order(), unique("key")
        path, hook = self.fresh_hook()
        before = self.new_payment(order)
        self.start_and_die("payment.start_claimed", order, key)
        self.assertEqual(self.order(order["id"])["payments"], [before])
        payment = self.expect(self.retried(order, key), 201)
        self.assert_replayed(order, key, payment)
        self.assert_at_most_one_open(order)
        self.sandbox.pay(payment["pay_no"])
        self.assert_books(order, path, hook)

    def test_killed_while_an_order_expires_it_expires_after_the_next_start(self):
        order = self.new_order(expires_in=3)
        self.new_payment(order)
        self.server.kill()
        time.sleep(3.2)  # Nothing to wait for but the time itself.
        self.start_again()
        self.until_order(order, "expired", 25)
        self.assertEqual(self.event_types(order).count("order.expired"), 1)


class HealedByTheQuery(Killed):
    config = {"payment": {"query_gaps": [2, 2, 2, 2, 4, 4, 4], "channel_timeout": 3}}

    def test_killed_after_the_channel_answered_and_paid_meanwhile_it_is_found_P5(self):
        order, key = self.new_order(), unique("key")
        path, hook = self.fresh_hook()
        before = {trade["out_trade_no"] for trade in self.sandbox.trades()}
        self.server.stop()
        self.forget_connections()
        self.server.start({"TOLLGATE_FAULT": "payment.outcome_received"})
        with self.assertRaises(LOST):
            self.attempt(order, key)
        self.died("payment.outcome_received")
        (pay_no,) = {t["out_trade_no"] for t in self.sandbox.trades()} - before
        self.sandbox.pay(pay_no, silent=True)
        self.start_again()
        self.assert_books(order, path, hook)
