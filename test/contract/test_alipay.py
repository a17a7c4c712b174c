"""Alipay from end to end: the real server with its plugin against the simulator's gateway."""

import html
import re
import unittest
import urllib.parse

from support.stack import SandboxCase
from support.visitor import Visitor
from support.wait import stays, until

CONFIRM, PAY = "Continue", "Pay"
DECLINE, LEAVE = "Let the bank decline", "Walk away"
PHONE = ("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/116.0.0.0 Mobile Safari/537.36")


class AlipayCase(SandboxCase):
    channels = ("alipay",)
    config = {"payment": {"channel_timeout": 2, "query_gaps": [300]}}
    accounts = ("ali-main", "ali-cert")

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": "ali-main", "method": "qr", **over})

    def begin(self, **over):
        order = self.new_order()
        return order, self.new_payment(order, **over)

    def scan(self, payment):
        """The buyer's app opens the code, and with it the trade."""
        code = urllib.parse.quote(payment["action"]["content"], safe="")
        return Visitor().open(f"{self.sandbox.base}/_sandbox/phone?code={code}")

    def to_checkout(self, payment, agent=PHONE):
        buyer = Visitor(agent).open(payment["action"]["url"])
        self.assertEqual(buyer.answer.status, 200, buyer.answer)
        self.assertIn("/_sandbox/checkout/", buyer.url)
        return buyer

    def paid_once(self, order, payment):
        paid = self.until_order(order, "paid")
        trade = self.sandbox.trade(payment["pay_no"])
        self.assertEqual([(p["status"], p["channel_trade_no"]) for p in paid["payments"]],
                         [("paid", trade["transaction_id"])])
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def acknowledged(self, payment):
        def told():
            return [notice for notice in self.sandbox.trade(payment["pay_no"])["notices"]
                    if notice["result"] == "acknowledged"]
        return until(told, f"a notice of {payment['pay_no']} is acknowledged")


class Methods(AlipayCase):
    def each_account(self):
        for account in self.accounts:
            with self.subTest(account):
                yield account

    def test_a_code_is_scanned_and_paid_and_the_notice_alone_tells_it_P2(self):
        for account in self.each_account():
            order, payment = self.begin(account_id=account)
            self.assertEqual(payment["action"]["type"], "qr")
            trade = self.sandbox.trade(payment["pay_no"])
            self.assertEqual(payment["action"]["content"], trade["qr_code"])
            self.assertEqual((trade["amount"], trade["currency"], trade["description"]),
                             (9900, "CNY", "C++ in 30 days"))
            self.assertEqual(trade["notify_url"], f"{self.server.base}/callbacks/{account}")
            page = self.scan(payment)
            self.assertIn("¥99.00", html.unescape(page.answer.text))
            page.press("Pay")
            self.paid_once(order, payment)
            notice = self.acknowledged(payment)[0]
            self.assertEqual((notice["status"], notice["kind"]), (200, "TRADE_SUCCESS"))

    def test_a_page_is_paid_by_a_browser_that_comes_back_to_the_order(self):
        for account in self.each_account():
            for method in ("page", "wap"):
                with self.subTest(method):
                    order, payment = self.begin(account_id=account, method=method,
                                                  return_url="https://shop.example/done")
                    buyer = self.to_checkout(payment)
                    buyer.press(CONFIRM, account="buyer@sandbox.example")
                    buyer.press(PAY)
                    self.assertTrue(buyer.url.startswith(self.server.base + "/pay/return/"),
                                    buyer.visited)
                    self.assertEqual(buyer.answer.status, 200)
                    self.paid_once(order, payment)

    def test_an_order_string_is_taken_by_the_app(self):
        for account in self.each_account():
            order, payment = self.begin(account_id=account, method="app")
            self.assertEqual(payment["action"]["type"], "app")
            self.sandbox.control("POST", "/pay", {"scan": payment["action"]["order_string"]})
            self.paid_once(order, payment)

    def test_a_buyer_who_declines_or_walks_away_has_paid_nothing(self):
        order, payment = self.begin(method="wap")
        buyer = self.to_checkout(payment)
        buyer.press(CONFIRM, account="buyer@sandbox.example")
        buyer.press(DECLINE)
        self.assertIn("The bank declined", buyer.answer.text)
        buyer.press(LEAVE)
        self.assertTrue(buyer.url.startswith(self.server.base + "/pay/"), buyer.visited)
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "NOTPAY")

    def test_the_way_back_alone_marks_nothing_paid(self):
        order, payment = self.begin(method="page")
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.fault("query", "cut_before", count=-1)
        buyer = self.to_checkout(payment)
        buyer.press(CONFIRM, account="buyer@sandbox.example")
        buyer.press(PAY)
        self.assertIn("total_amount=99.00", buyer.url)
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.5)
        self.sandbox.clear_faults()
        sync = self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync")
        self.assertEqual(self.expect(sync, 200)["status"], "paid")


class SyncAndClose(AlipayCase):
    def act(self, payment, action):
        return self.merchant.post(f"/v1/payments/{payment['pay_no']}/{action}")

    def test_a_code_that_nobody_scanned_is_pending_and_can_be_closed(self):
        order, payment = self.begin()
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "pending")
        self.assertEqual(self.expect(self.act(payment, "close"), 200)["status"], "closed")
        self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_what_was_paid_silently_is_learnt_by_asking(self):
        for account in self.accounts:
            order, payment = self.begin(account_id=account)
            self.sandbox.pay(payment["pay_no"], silent=True)
            self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "paid")
            self.paid_once(order, payment)

    def test_an_open_trade_is_closed_at_the_channel(self):
        for account in self.accounts:
            order, payment = self.begin(account_id=account)
            self.scan(payment)
            self.assertEqual(self.expect(self.act(payment, "close"), 200)["status"], "closed")
            self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "CLOSED")
            self.acknowledged(payment)  # The notice of the close is taken and changes nothing.
            self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_closing_what_is_paid_is_409_and_the_money_is_booked_P5(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.expect(self.act(payment, "close"), 409, "order_already_paid")
        self.paid_once(order, payment)

    def test_the_next_attempt_closes_the_one_before_P6(self):
        order, first = self.begin()
        self.scan(first)
        second = self.new_payment(order, method="app")
        self.assertEqual(self.sandbox.trade(first["pay_no"])["state"], "CLOSED")
        states = {p["pay_no"]: p["status"] for p in self.order(order["id"])["payments"]}
        self.assertEqual(states, {first["pay_no"]: "closed", second["pay_no"]: "pending"})

    def test_an_order_that_nobody_pays_expires_and_its_trade_is_closed(self):
        order = self.new_order(expires_in=2)
        payment = self.new_payment(order)
        self.scan(payment)
        self.until_order(order, "expired")
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "CLOSED")


class Notices(AlipayCase):
    def callbacks(self, verdict):
        return self.admin.all(f"/v1/callbacks?account_id=ali-main&verdict={verdict}")

    def test_forged_notices_are_401_and_change_nothing_P8(self):
        order, payment = self.begin()
        self.scan(payment)
        for how in ("signature", "body", "key", "algorithm"):
            with self.subTest(how):
                before = len(self.callbacks("refused"))
                sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
                self.assertEqual([(s["status"], s["body"]) for s in sent], [(401, "failure")])
                self.assertEqual(len(self.callbacks("refused")), before + 1)
                self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_genuine_ones_for_others_are_acknowledged_and_mark_nothing(self):
        order, payment = self.begin()
        self.scan(payment)
        for how in ("foreign_app", "foreign_mch"):
            sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
            self.assertEqual([(s["status"], s["body"]) for s in sent], [(200, "success")], how)
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.5)

    def test_another_amount_fails_the_order_P2(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"], amount=1)
        failed = self.until_order(order, "failed")
        self.assertEqual((failed["paid_at"], failed["payments"][0]["status"]), (None, "failed"))
        until(lambda: "payment.mismatched" in self.event_types(order), "payment.mismatched")

    def test_a_hundred_copies_of_a_notice_are_acknowledged_and_count_once_P2(self):
        order, payment = self.begin(account_id="ali-cert")
        self.sandbox.pay(payment["pay_no"])
        sent = self.sandbox.notify(payment["pay_no"], times=100)["sent"]
        self.assertEqual({(s["status"], s["body"]) for s in sent}, {(200, "success")})
        self.paid_once(order, payment)

    def test_a_notice_in_gbk_is_read(self):
        self.sandbox.configure("ali-main", "charset", "GBK")
        try:
            order = self.new_order(description="三十天学会C++")
            payment = self.new_payment(order)
            self.sandbox.pay(payment["pay_no"])
            self.paid_once(order, payment)
        finally:
            self.sandbox.configure("ali-main", "charset", "utf-8")

    def test_a_new_certificate_is_trusted_once_an_answer_has_brought_it(self):
        order, payment = self.begin(account_id="ali-cert")
        self.sandbox.rotate("ali-cert")
        self.sandbox.pay(payment["pay_no"], silent=True)
        sent = self.sandbox.notify(payment["pay_no"])["sent"]
        self.assertEqual([(s["status"], s["body"]) for s in sent], [(401, "failure")])
        sync = self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync")
        self.assertEqual(self.expect(sync, 200)["status"], "paid")
        self.paid_once(order, payment)
        order, payment = self.begin(account_id="ali-cert")
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)
        self.acknowledged(payment)


class Unreachable(AlipayCase):
    """Each test has an account of its own: a breaker that it opens must not stop the next one."""

    config = {"payment": {"channel_timeout": 2, "query_gaps": [1, 1, 1, 2, 2, 2, 2]}}
    spares = 16

    def setUp(self):
        super().setUp()
        self.account = self.fresh_account("ali-main")

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": self.account, **over})

    def test_a_code_that_was_cut_off_is_502_and_settled_by_query(self):
        order = self.new_order()
        self.sandbox.fault("pay", "cut", count=-1)  # A cut is tried again by itself.
        self.expect(self.try_payment(order), 502, "channel_unavailable")
        self.sandbox.clear_faults()
        (payment,) = self.order(order["id"])["payments"]
        self.assertEqual(payment["status"], "pending")
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.until_order(order, "paid")

    def test_answers_that_prove_nothing_are_502(self):
        for kind in ("status", "garbage", "unsigned", "bad_signature", "cut_before"):
            with self.subTest(kind):
                self.account = self.fresh_account("ali-main")
                order = self.new_order()
                self.sandbox.fault("pay", kind, count=-1)
                self.expect(self.try_payment(order), 502, "channel_unavailable")
                self.sandbox.clear_faults()
                self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_too_many_calls_are_503_with_retry_after(self):
        order = self.new_order()
        self.sandbox.fault("pay", "frequency")
        answer = self.try_payment(order)
        self.expect(answer, 503)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.new_payment(order)

    def test_a_lost_notice_is_healed_by_the_query(self):
        order, payment = self.begin()
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_a_query_that_tells_another_amount_marks_nothing_paid_P2(self):
        order, payment = self.begin()
        self.sandbox.fault("query", "amount", amount=1, count=-1)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.until_order(order, "failed")


class Exchanges(AlipayCase):
    def test_what_was_said_is_on_record_without_signatures_P9(self):
        order, payment = self.begin(account_id="ali-cert")
        self.scan(payment)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        answer = self.admin.get(f"/v1/payments/{payment['pay_no']}/exchanges")
        kept = self.expect(answer, 200)["data"]
        self.assertEqual({row["direction"] for row in kept}, {"in", "out"})
        self.assertIn("alipay.trade.precreate", answer.text)
        self.assertIsNone(re.search(r"sign=[A-Za-z0-9%+/]{40}", answer.text), answer.text)


if __name__ == "__main__":
    unittest.main()
