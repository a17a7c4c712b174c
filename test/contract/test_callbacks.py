"""Genuine callbacks: applied once, always ACKed, and never believed beyond what was ordered."""

import json
import secrets
import sqlite3
import threading
import time
import unittest

from support.stack import MockCase, SandboxCase, at_once
from support.wait import stays, until

ACK = {200, 204}


class Genuine(MockCase):
    def ordered(self, **over):
        order = self.new_order(**over)
        return order, self.new_payment(order)["pay_no"]

    def test_a_genuine_notice_pays_the_order_with_what_the_channel_said(self):
        order, pay_no = self.ordered()
        self.acked(self.notify(pay_no, success_time="2026-01-01T12:00:05+08:00"))
        paid = self.until_order(order, "paid")
        payment = paid["payments"][0]
        self.assertEqual(payment["status"], "paid")
        self.assertEqual(payment["channel_trade_no"], self.mock.trade(pay_no)["transaction_id"])
        self.assertEqual(payment["paid_at"], "2026-01-01T04:00:05.000Z")
        self.assertIsNotNone(paid["paid_at"])
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_the_order_in_the_event_is_the_order_as_the_api_shows_it(self):
        order, pay_no = self.ordered()
        self.notify(pay_no)
        paid = self.until_order(order, "paid")
        event = until(lambda: self.events_of(order, "order.paid"), "order.paid")[0]
        self.assertEqual(event["data"], paid)

    def test_a_notice_is_on_record_as_accepted(self):
        order, pay_no = self.ordered()
        event_id = f"EV-{secrets.token_hex(8)}"
        self.acked(self.call_back(self.mock.notice(self.main, pay_no, event_id=event_id)))
        found = [r for r in self.callback_records(account_id="wx-main", verdict="accepted")
                 if r["event_id"] == event_id]
        self.assertEqual(len(found), 1)
        self.assertEqual((found[0]["account_id"], found[0]["verdict"]), ("wx-main", "accepted"))

    def test_a_hundred_duplicates_at_once_are_all_acked_and_pay_once_P2(self):
        order, pay_no = self.ordered()
        notice = self.mock.notice(self.main, pay_no)
        answers = at_once(100, lambda _: self.call_back(notice, timeout=30))
        self.assertTrue({a.status for a in answers} <= ACK, {a.status for a in answers})
        self.until_order(order, "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")
        self.acked(self.call_back(notice))
        self.assertEqual(self.event_types(order).count("order.paid"), 1)

    def test_two_different_notices_of_one_payment_pay_once_P2(self):
        order, pay_no = self.ordered()
        at_once(10, lambda _: self.acked(self.notify(pay_no)))
        self.until_order(order, "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_a_notice_about_an_unknown_number_is_acked_and_marks_nothing(self):
        for number in ("123456789012", "T-never-heard", "9" * 32, "x" * 300, "'; --"):
            with self.subTest(number):
                self.acked(self.notify(number, total=100))

    def test_a_notice_that_says_not_paid_pays_nothing(self):
        for state in ("NOTPAY", "CLOSED", "PAYERROR", "REVOKED", "USERPAYING", "FANCY", ""):
            with self.subTest(state):
                order, pay_no = self.ordered()
                self.judged(self.notify(pay_no, trade_state=state))
                stays(lambda: self.order(order["id"])["status"] != "paid", "not paid", 0.15)
                self.assertNotIn("order.paid", self.event_types(order))

    def test_a_coupon_that_lowers_what_the_payer_paid_is_no_mismatch(self):
        order, pay_no = self.ordered()
        amount = {"total": 9900, "payer_total": 9000, "currency": "CNY", "payer_currency": "CNY"}
        self.acked(self.notify(pay_no, amount=amount))
        self.until_order(order, "paid")

    def test_the_ack_has_no_surprises(self):
        _, pay_no = self.ordered()
        answer = self.notify(pay_no)
        if answer.body:
            self.assertEqual(answer.json.get("code"), "SUCCESS")

    def test_no_ack_before_the_notice_is_durable_P1(self):
        order, pay_no = self.ordered()
        lock = sqlite3.connect(self.server.database_path, isolation_level=None, timeout=5)
        self.addCleanup(lock.close)
        lock.execute("BEGIN IMMEDIATE")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.notify(pay_no)))
        thread.start()
        time.sleep(0.4)
        held = list(answers)
        lock.execute("ROLLBACK")
        thread.join(20)
        self.assertTrue(all(answer.status not in ACK for answer in held), held)
        if answers[0].status not in ACK:
            self.acked(self.notify(pay_no))
        self.until_order(order, "paid")


class Mismatches(MockCase):
    def mismatch(self, **over):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.acked(self.notify(pay_no, **over))
        failed = self.until_order(order, "failed")
        self.assertEqual(failed["payments"][0]["status"], "failed")
        self.assertTrue(failed["payments"][0]["failure_code"])
        self.assertIsNone(failed["paid_at"])
        until(lambda: {"payment.mismatched", "order.failed"} <= set(self.event_types(order)),
              f"told, is {self.event_types(order)}")
        self.assertNotIn("order.paid", self.event_types(order))
        self.assertNotIn("payment.paid", self.event_types(order))
        return order, pay_no

    def test_an_altered_amount_fails_attempt_and_order_and_is_acked_P2(self):
        for amount in (9899, 9901, 1, 990_000):
            with self.subTest(amount):
                self.mismatch(total=amount)

    def test_an_altered_currency_likewise(self):
        self.mismatch(amount={"total": 9900, "payer_total": 9900, "currency": "USD"})

    def test_the_right_amount_afterwards_does_not_wake_a_failed_order(self):
        order, pay_no = self.mismatch(total=1)
        self.acked(self.notify(pay_no))
        stays(lambda: self.order(order["id"])["status"] == "failed", "still failed", 0.3)
        self.assertNotIn("order.paid", self.event_types(order))

    def test_amounts_that_are_no_integers_never_pay(self):
        for text in ('"9900"', "9900.0001", "9900e-1", "null", "[9900]", "99000000000000000000",
                     "-9900", "true"):
            with self.subTest(text):
                order = self.new_order()
                pay_no = self.new_payment(order)["pay_no"]
                plain = json.dumps(self.mock.transaction(self.main, pay_no, trade_state="SUCCESS",
                                                         transaction_id="42", total=314159))
                plain = plain.replace("314159", text).encode()
                answer = self.call_back(self.mock.sealed(self.main, plain))
                self.judged(answer)
                stays(lambda: self.order(order["id"])["status"] != "paid", "not paid", 0.15)

    def test_a_notice_without_amount_never_pays(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        for amount in (None, {}, {"total": None, "currency": "CNY"}, "9900", []):
            self.judged(self.notify(pay_no, amount=amount))
        stays(lambda: self.order(order["id"])["status"] != "paid", "not paid", 0.3)

    def test_foreign_app_or_merchant_is_acked_and_marks_nothing(self):
        for over in ({"appid": "wx0000000000000000"}, {"mchid": "1900009999"}, {"appid": None},
                     {"mchid": None}, {"appid": self.other.app_id, "mchid": self.other.mch_id}):
            with self.subTest(over):
                order = self.new_order()
                pay_no = self.new_payment(order)["pay_no"]
                judge = self.judged if None in over.values() else self.acked
                judge(self.notify(pay_no, **over))
                stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.3)
                self.assertEqual(self.payment(pay_no)["status"], "pending")

    def test_a_genuine_notice_of_another_account_about_this_trade_marks_nothing(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.acked(self.notify(pay_no, self.other, "wx-other", total=9900))
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.3)

    def test_a_notice_sent_to_another_accounts_address_is_refused(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        answer = self.notify(pay_no, self.main, "wx-other")
        self.assertEqual(answer.status, 401, answer)
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.2)


class LateMoney(MockCase):
    """P5: money that arrives late is never ignored and never wakes a dead order."""

    def late(self, order, pay_no):
        self.mock.buyer_pays(pay_no)
        before = self.order(order["id"])["status"]
        self.acked(self.notify(pay_no))
        until(lambda: "payment.late" in self.event_types(order),
              f"payment.late, is {self.event_types(order)}")
        now = self.order(order["id"])
        self.assertEqual(now["status"], before)
        self.assertEqual(self.event_types(order).count("payment.late"), 1)
        self.acked(self.notify(pay_no))
        stays(lambda: self.event_types(order).count("payment.late") == 1, "told once", 0.3)

    def test_after_cancel(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.expect(self.merchant.post(f"/v1/orders/{order['id']}/cancel"), 200)
        self.late(order, pay_no)
        self.assertNotIn("order.paid", self.event_types(order))

    def test_after_expiry(self):
        order = self.new_order(expires_in=1)
        pay_no = self.new_payment(order)["pay_no"]
        self.until_order(order, "expired")
        self.late(order, pay_no)
        self.assertNotIn("order.paid", self.event_types(order))

    def test_by_an_earlier_attempt_of_a_paid_order(self):
        order = self.new_order()
        first = self.new_payment(order)["pay_no"]
        second = self.new_payment(order)["pay_no"]
        self.acked(self.notify(second))
        self.until_order(order, "paid")
        self.late(order, first)
        self.assertEqual(self.event_types(order).count("order.paid"), 1)

    def test_by_an_earlier_attempt_of_an_order_that_is_still_open_pays_it_P5(self):
        order = self.new_order()
        first = self.new_payment(order)["pay_no"]
        self.new_payment(order)
        self.mock.buyer_pays(first)
        self.acked(self.notify(first))
        until(lambda: self.order(order["id"])["status"] == "paid" or
              "payment.late" in self.event_types(order), "paid or told as late")


class OfTheSimulator(SandboxCase):
    """The same through the simulator, which signs with other code than this judge."""

    def test_its_notices_pay_and_repeats_are_acked(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.sandbox.pay(pay_no)
        self.until_order(order, "paid")
        sent = self.sandbox.notify(pay_no, times=5)["sent"]
        self.assertTrue(sent and all(s["status"] in ACK for s in sent), sent)
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_its_altered_foreign_and_doubled_notices_end_as_the_contract_says(self):
        wanted = {"foreign_app": "unpaid", "foreign_mch": "unpaid", "amount": "failed"}
        for forge, status in wanted.items():
            with self.subTest(forge):
                order = self.new_order()
                pay_no = self.new_payment(order)["pay_no"]
                self.sandbox.pay(pay_no, silent=True)
                sent = self.sandbox.notify(pay_no, forge=forge)["sent"]
                self.assertTrue(all(s["status"] in ACK for s in sent), sent)
                if status == "failed":
                    self.until_order(order, "failed")
                stays(lambda: self.order(order["id"])["status"] == status, status, 0.2)


if __name__ == "__main__":
    unittest.main()
