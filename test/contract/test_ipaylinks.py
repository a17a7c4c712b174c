"""iPayLinks from end to end, both generations: the real server with its plugin against what is
known of the gateway."""

import unittest

from support.stack import SandboxCase
from support.visitor import Visitor
from support.wait import stays, until

CONFIRM, PAY = "Continue", "Pay"
DECLINE, LEAVE = "Let the bank decline", "Walk away"
FIRST, SECOND = "ipl-gen1", "ipl-gen2"


class IpaylinksCase(SandboxCase):
    channels = ("ipaylinks",)
    config = {"payment": {"channel_timeout": 2, "query_gaps": [300]}}

    def new_order(self, **over):
        return super().new_order(**{"currency": "USD", **over})

    def try_payment(self, order, **over):
        wish = {"account_id": FIRST, "method": "redirect", "client_ip": "203.0.113.9", **over}
        return super().try_payment(order, **wish)

    def begin(self, account, **over):
        order = self.new_order(**over)
        return order, self.new_payment(order, account_id=account)

    def each_generation(self):
        for account in (FIRST, SECOND):
            with self.subTest(account):
                yield account

    def at_checkout(self, payment):
        """The merchant's page holds the form that posts itself."""
        self.assertEqual(payment["action"]["type"], "form")
        buyer = Visitor().show(payment["action"]["html"]).submit_first()
        self.assertIn("/_sandbox/checkout/", buyer.url, buyer.answer)
        return buyer

    def pay(self, payment):
        return self.at_checkout(payment).press(CONFIRM, account="4111111111111111").press(PAY)

    def paid_once(self, order, payment):
        paid = self.until_order(order, "paid")
        trade = self.sandbox.trade(payment["pay_no"])
        self.assertEqual((trade["state"], trade["paid_amount"]), ("SUCCESS", order["amount"]))
        self.assertEqual([p["channel_trade_no"] for p in paid["payments"]],
                         [trade["transaction_id"]])
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def acknowledged(self, payment):
        until(lambda: any(n["result"] == "acknowledged"
                          for n in self.sandbox.trade(payment["pay_no"])["notices"]),
              "a notice is acknowledged")


class Flow(IpaylinksCase):
    def test_the_buyer_pays_on_the_hosted_page_and_the_signed_notice_tells_it_P2(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            buyer = self.pay(payment)
            trade = self.sandbox.trade(payment["pay_no"])
            self.assertEqual((trade["amount"], trade["currency"]), (9900, "USD"))
            self.paid_once(order, payment)
            self.acknowledged(payment)
            buyer.press("Back to the shop")
            self.assertTrue(buyer.url.startswith(self.server.base + "/pay/return/"), buyer.url)
            self.assertEqual(buyer.answer.status, 200, buyer.answer)
            self.assertIn('data-status="paid"', buyer.answer.text)

    def test_a_refused_card_fails_the_payment_and_the_order_stays_payable(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.at_checkout(payment).press(CONFIRM, account="4111111111111111").press(DECLINE)
            until(lambda: self.payment(payment["pay_no"])["status"] == "failed", "failed")
            self.assertEqual(self.order(order["id"])["status"], "unpaid")
            again = self.new_payment(order, account_id=account)
            self.pay(again)
            self.until_order(order, "paid")

    def test_a_buyer_who_walks_away_has_paid_nothing(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.at_checkout(payment).press(LEAVE)
            self.assertEqual(self.order(order["id"])["status"], "unpaid")
            self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "NOTPAY")

    def test_the_first_generation_counts_yen_a_hundredfold_and_the_second_refuses_them(self):
        order, payment = self.begin(FIRST, currency="JPY")
        self.pay(payment)
        self.paid_once(order, payment)
        order = self.new_order(currency="JPY")
        self.expect(self.try_payment(order, account_id=SECOND), {422, 502})

    def test_another_amount_fails_the_order_P2(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.at_checkout(payment)
            self.sandbox.pay(payment["pay_no"], amount=1)
            self.assertIsNone(self.until_order(order, "failed")["paid_at"])


class SyncAndClose(IpaylinksCase):
    def act(self, payment, action):
        return self.merchant.post(f"/v1/payments/{payment['pay_no']}/{action}")

    def test_the_second_generation_is_asked(self):
        order, payment = self.begin(SECOND)
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "pending")
        self.at_checkout(payment)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "paid")
        self.paid_once(order, payment)

    def test_the_first_generation_cannot_be_asked(self):
        order, payment = self.begin(FIRST)
        self.at_checkout(payment)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "pending")
        self.sandbox.notify(payment["pay_no"])
        self.paid_once(order, payment)

    def test_closing_what_nobody_opened_leaves_the_order_open(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.assertEqual(self.expect(self.act(payment, "close"), 200)["status"], "closed")
            self.assertEqual(self.order(order["id"])["status"], "unpaid")


class Notices(IpaylinksCase):
    def test_forged_notices_are_401_and_change_nothing_P8(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.at_checkout(payment)
            for how in ("signature", "body", "key", "algorithm"):
                sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
                self.assertEqual([(s["status"], s["body"]) for s in sent], [(401, "FAIL")], how)
            self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
            self.sandbox.pay(payment["pay_no"])
            self.paid_once(order, payment)

    def test_genuine_ones_that_lie_pay_nothing(self):
        for account in self.each_generation():
            for how in ("foreign_mch", "amount", "currency"):
                order, payment = self.begin(account)
                self.at_checkout(payment)
                sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
                self.assertEqual([(s["status"], s["body"]) for s in sent], [(200, "OK")], how)
                stays(lambda: self.order(order["id"])["status"] != "paid", "not paid", 0.3)

    def test_copies_count_once(self):
        for account in self.each_generation():
            order, payment = self.begin(account)
            self.pay(payment)
            sent = self.sandbox.notify(payment["pay_no"], times=30)["sent"]
            self.assertEqual({(s["status"], s["body"]) for s in sent}, {(200, "OK")})
            self.paid_once(order, payment)

    def test_notices_of_the_second_generation_come_as_json_too(self):
        self.sandbox.configure(SECOND, "notice_format", "json")
        try:
            order, payment = self.begin(SECOND)
            self.pay(payment)
            self.paid_once(order, payment)
        finally:
            self.sandbox.configure(SECOND, "notice_format", "form")


class Unreachable(IpaylinksCase):
    def test_a_notice_that_cannot_be_confirmed_is_503_and_comes_again(self):
        order, payment = self.begin(SECOND)
        self.at_checkout(payment)
        self.sandbox.pay(payment["pay_no"], silent=True)
        for kind in ("status", "garbage", "unsigned", "bad_signature"):
            with self.subTest(kind):
                self.sandbox.fault("query", kind, count=-1)
                sent = self.sandbox.notify(payment["pay_no"])["sent"]
                self.assertEqual([one["status"] for one in sent], [503])
                self.sandbox.clear_faults()
                self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.sandbox.notify(payment["pay_no"])
        self.paid_once(order, payment)


if __name__ == "__main__":
    unittest.main()
