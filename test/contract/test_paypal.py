"""PayPal from end to end: the real server with its plugin against the simulator's interface."""

import unittest

from support.stack import SandboxCase
from support.visitor import Visitor
from support.wait import stays, until

CONFIRM, AGREE = "Continue", "Agree and pay"
DECLINE, LEAVE = "Let the bank decline", "Walk away"
FORGED = ("signature", "body", "key", "algorithm", "serial", "timestamp", "certificate", "host")


class PaypalCase(SandboxCase):
    channels = ("paypal",)
    config = {"payment": {"channel_timeout": 2, "query_gaps": [300]}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for account in ("pp-main", "pp-second"):
            cls.sandbox.configure(account, "webhook_url", f"{cls.server.base}/callbacks/{account}")

    def new_order(self, **over):
        return super().new_order(**{"currency": "USD", **over})

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": "pp-main", "method": "redirect", **over})

    def begin(self, **over):
        order = self.new_order()
        return order, self.new_payment(order, **over)

    def at_checkout(self, payment):
        buyer = Visitor().open(payment["action"]["url"])
        self.assertEqual(buyer.answer.status, 200, buyer.answer)
        return buyer.press(CONFIRM, account="buyer@sandbox.example")

    def act(self, payment, action):
        return self.merchant.post(f"/v1/payments/{payment['pay_no']}/{action}")

    def state(self, payment):
        return self.sandbox.trade(payment["pay_no"])["state"]

    def paid_once(self, order, payment):
        paid = self.until_order(order, "paid")
        trade = self.sandbox.trade(payment["pay_no"])
        self.assertEqual((trade["state"], trade["paid_amount"]), ("SUCCESS", order["amount"]))
        self.assertEqual([p["status"] for p in paid["payments"]], ["paid"])
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")


class Flow(PaypalCase):
    def test_the_buyer_agrees_comes_back_and_the_money_is_captured_once_P2(self):
        for account in ("pp-main", "pp-second"):
            with self.subTest(account):
                order, payment = self.begin(account_id=account)
                self.assertEqual(payment["action"]["type"], "redirect")
                trade = self.sandbox.trade(payment["pay_no"])
                self.assertEqual((trade["amount"], trade["currency"], trade["state"]),
                                 (9900, "USD", "NOTPAY"))
                buyer = self.at_checkout(payment).press(AGREE)
                self.assertTrue(buyer.url.startswith(self.server.base + "/pay/return/"), buyer.url)
                self.assertEqual(buyer.answer.status, 200)
                self.paid_once(order, payment)

    def test_a_buyer_who_never_comes_back_has_paid_all_the_same(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_without_webhooks_the_way_back_captures(self):
        self.sandbox.fault("notify", "lose", count=-1)
        order, payment = self.begin()
        self.at_checkout(payment).press(AGREE)
        self.paid_once(order, payment)

    def test_a_buyer_who_walks_away_has_paid_nothing(self):
        order, payment = self.begin()
        buyer = self.at_checkout(payment).press(LEAVE)
        self.assertTrue(buyer.url.startswith(self.server.base + "/pay/"), buyer.visited)
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.assertEqual(self.state(payment), "NOTPAY")

    def test_a_declined_card_leaves_the_order_payable(self):
        order, payment = self.begin()
        self.at_checkout(payment).press(DECLINE)
        until(lambda: self.state(payment) == "NOTPAY", "the capture was declined")
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.3)
        self.at_checkout(payment).press(AGREE)
        self.paid_once(order, payment)

    def test_a_held_capture_pays_once_it_is_released(self):
        self.sandbox.fault("capture", "pending")
        order, payment = self.begin()
        self.at_checkout(payment).press(AGREE)
        until(lambda: self.state(payment) == "PENDING", "the capture is held")
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.3)
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_a_currency_without_minor_units(self):
        order = self.new_order(currency="JPY")
        payment = self.new_payment(order)
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["amount"], 9900)
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_another_amount_fails_the_order_P2(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"], amount=1)
        failed = self.until_order(order, "failed")
        self.assertEqual((failed["paid_at"], failed["payments"][0]["status"]), (None, "failed"))


class SyncAndClose(PaypalCase):
    def test_asking_captures_what_the_buyer_agreed_to(self):
        order, payment = self.begin()
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "pending")
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.expect(self.act(payment, "sync"), 200)
        self.paid_once(order, payment)

    def test_a_closed_payment_is_never_captured(self):
        order, payment = self.begin()
        self.assertEqual(self.expect(self.act(payment, "close"), 200)["status"], "closed")
        self.sandbox.pay(payment["pay_no"])
        until(lambda: any(n["result"] == "acknowledged"
                          for n in self.sandbox.trade(payment["pay_no"])["notices"]), "told")
        stays(lambda: self.state(payment) == "APPROVED", "not captured", 0.5)
        self.assertEqual(self.order(order["id"])["status"], "unpaid")


class Webhooks(PaypalCase):
    def test_forged_webhooks_are_401_and_change_nothing_P8(self):
        order, payment = self.begin()
        for how in FORGED:
            with self.subTest(how):
                sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
                self.assertEqual([one["status"] for one in sent], [401])
                self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_genuine_ones_that_lie_are_acknowledged_and_mark_nothing(self):
        order, payment = self.begin()
        for how in ("foreign_mch", "amount", "currency"):
            sent = self.sandbox.notify(payment["pay_no"], forge=how)["sent"]
            self.assertEqual([one["status"] // 100 for one in sent], [2], how)
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.5)

    def test_copies_count_once_and_a_new_certificate_is_fetched(self):
        order, payment = self.begin()
        self.sandbox.rotate("pp-main")
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        sent = self.sandbox.notify(payment["pay_no"], times=30)["sent"]
        self.assertEqual({one["status"] // 100 for one in sent}, {2})
        self.paid_once(order, payment)


class Unreachable(PaypalCase):
    config = {"payment": {"channel_timeout": 2, "query_gaps": [1, 1, 1, 2, 2, 2, 2]}}
    spares = 12

    def setUp(self):
        super().setUp()
        self.account = self.fresh_account("pp-main")

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": self.account, **over})

    def test_a_capture_whose_answer_was_cut_off_is_made_once_P6(self):
        order, payment = self.begin()
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.fault("capture", "cut")
        self.sandbox.pay(payment["pay_no"])
        self.paid_once(order, payment)

    def test_answers_that_tell_nothing_are_502(self):
        for target, kind in (("pay", "status"), ("pay", "garbage"), ("token", "status"),
                             ("pay", "cut_before")):
            with self.subTest(f"{target} {kind}"):
                self.account = self.fresh_account("pp-main")
                order = self.new_order()
                self.sandbox.fault(target, kind, count=-1)
                self.expect(self.try_payment(order), 502)
                self.sandbox.clear_faults()
                self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_too_many_calls_are_503_with_retry_after(self):
        order = self.new_order()
        self.sandbox.fault("pay", "frequency", count=-1)
        answer = self.try_payment(order)
        self.expect(answer, 503)
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)

    def test_a_token_that_runs_out_is_renewed(self):
        self.sandbox.configure("pp-main", "token_lifetime", "1")
        try:
            order, payment = self.begin()
            self.sandbox.shift_clock(2_000)
            self.sandbox.pay(payment["pay_no"])
            self.paid_once(order, payment)
        finally:
            self.sandbox.configure("pp-main", "token_lifetime", "32400")
            self.sandbox.shift_clock(-2_000)


if __name__ == "__main__":
    unittest.main()
