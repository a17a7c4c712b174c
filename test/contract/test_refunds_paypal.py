"""Money back by PayPal: refunds of captures, and money that no order took (P2, P5, P6, P7, P8)."""

import unittest

from support.stack import at_once
from support.wait import stays, until

from .refund_cases import LateCase, RefundCase, RefundRules

FORGED = ("signature", "body", "key", "algorithm", "serial", "timestamp", "certificate", "host")


class PaypalCase(RefundCase):
    channels = ("paypal",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox.configure("pp-main", "webhook_url", f"{cls.server.base}/callbacks/pp-main")

    def new_order(self, **over):
        return super().new_order(**{"currency": "USD", **over})

    def try_payment(self, order, **over):
        return super().try_payment(order, **{"account_id": "pp-main", "method": "redirect", **over})

    def posts(self):
        return [r for r in self.sandbox.requests() if r["path"].endswith("/refund")]


class Paypal(RefundRules, PaypalCase):
    asking = "query"
    requests = 2  # The capture, and its order.
    unproven = ("garbage", "status")  # PayPal's answers bear no signature.
    refusal = {"code": "REFUND_NOT_ALLOWED"}
    short = {"code": "REFUND_FAILED_INSUFFICIENT_FUNDS"}

    def test_currencies_without_decimals_are_exact(self):
        for currency, part in (("JPY", 1), ("HUF", 100)):
            with self.subTest(currency):
                order, payment = self.paid(currency=currency)
                self.until_refund(self.new_refund(payment, amount=part), "succeeded")
                self.until_refund(self.new_refund(payment), "succeeded")
                self.until_order(order, "refunded")
                self.assertEqual([r["amount"] for r in self.refunds_at_channel(payment)],
                                 [part, 9900 - part])

    def test_what_paypal_cannot_write_is_refused_without_asking(self):
        _, payment = self.paid(currency="HUF")
        before = len(self.posts())
        refund = self.until_refund(self.new_refund(payment, amount=50), "failed")
        self.assertEqual(refund["failure_code"], "invalid_input")
        self.assertEqual(len(self.posts()), before)

    def test_many_parts_at_once_are_as_many_refunds_P7(self):
        order, payment = self.paid()
        answers = at_once(12, lambda _: self.ask(payment, amount=1000))
        self.assertEqual(sorted(a.status for a in answers), [201] * 9 + [409] * 3)
        for answer in answers:
            if answer.status == 201:
                self.until_refund(answer.json, "succeeded", 30)
        self.assertEqual(self.order(order["id"])["amount_refunded"], 9000)
        self.assertEqual([r["amount"] for r in self.refunds_at_channel(payment)], [1000] * 9)

    def test_money_that_went_back_at_paypal_is_not_sent_twice(self):
        """Somebody refunds all in PayPal's own pages: ours finds nothing left, and looks."""
        order, payment = self.paid()
        self.sandbox.fault("refund", "refuse", code="CAPTURE_FULLY_REFUNDED")
        refund = self.until_refund(self.new_refund(payment), "failed")
        self.assertEqual(refund["failure_code"], "CAPTURE_FULLY_REFUNDED")
        self.assertEqual(self.order(order["id"])["status"], "paid")

    def test_forged_webhooks_end_nothing_and_lies_are_read_anew_P8(self):
        _, payment = self.paid()
        self.sandbox.fault("refund", "pending")
        self.sandbox.fault("query", "status", count=-1)
        refund = self.new_refund(payment, amount=100)
        self.until_at_channel(payment)
        self.sandbox.fault("notify", "lose", count=-1)
        self.end_at_channel(refund)
        done = {"kind": "PAYMENT.CAPTURE.REFUNDED"}
        for forge in FORGED:
            sent = self.sandbox.notify(payment["pay_no"], forge=forge, **done)["sent"]
            self.assertEqual([one["status"] for one in sent], [401], forge)
        self.sandbox.fault("query_refund", "status", count=-1)  # It cannot be read anew …
        sent = self.sandbox.notify(payment["pay_no"], **done)["sent"]
        self.assertEqual([one["status"] for one in sent], [503])
        self.stays_pending(refund, 1.5)
        self.sandbox.clear_faults()
        self.sandbox.fault("query", "status", count=-1)
        self.sandbox.fault("query_refund", "amount")  # … or tells another amount, …
        sent = self.sandbox.notify(payment["pay_no"], forge="foreign_mch", **done)["sent"]
        self.assertEqual([one["status"] for one in sent], [200])
        self.stays_pending(refund, 1)
        sent = self.sandbox.notify(payment["pay_no"], forge="amount", **done)["sent"]
        self.assertEqual([one["status"] for one in sent], [200])  # … and then the truth.
        self.assertEqual(self.until_refund(refund, "succeeded")["amount"], 100)

    def test_thirty_equal_webhooks_are_one_refund_P2(self):
        order, payment = self.paid()
        self.until_refund(self.new_refund(payment, amount=100), "succeeded")
        sent = self.sandbox.notify(payment["pay_no"], kind="PAYMENT.CAPTURE.REFUNDED", times=30)
        self.assertEqual({answer["status"] for answer in sent["sent"]}, {200})
        self.assertEqual(self.order(order["id"])["amount_refunded"], 100)
        self.assertEqual(self.event_types(order).count("refund.succeeded"), 1)


class LateRefunded(PaypalCase, LateCase):
    def test_another_amount_goes_back_as_it_was_paid_P5(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"], amount=1)
        self.until_order(order, "failed")
        self.until_late(payment, "refunded")
        self.assertEqual([r["amount"] for r in self.refunds_at_channel(payment)], [1])

    def test_a_held_capture_that_is_released_too_late_goes_back_once_P5(self):
        order, payment = self.begin()
        self.sandbox.fault("capture", "pending")
        self.sandbox.pay(payment["pay_no"])
        until(lambda: self.sandbox.trade(payment["pay_no"])["state"] == "PENDING", "it is held")
        self.end_in_our_books(order, payment)
        self.sandbox.pay(payment["pay_no"])
        self.until_late(payment, "refunded")
        refunds = self.merchant.all(f"/v1/refunds?pay_no={payment['pay_no']}")
        self.assertEqual([(r["amount"], r["cause"], r["status"]) for r in refunds],
                         [(9900, "paid_late", "succeeded")])
        self.sandbox.notify(payment["pay_no"], kind="PAYMENT.CAPTURE.COMPLETED", times=20)
        stays(lambda: len(self.refunds_at_channel(payment)) == 1, "one refund", 0.5)
        self.assertEqual(self.order(order["id"])["status"], "expired")


if __name__ == "__main__":
    unittest.main()
