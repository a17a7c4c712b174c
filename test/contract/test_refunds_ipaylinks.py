"""Money back by iPayLinks: the second generation has an interface for it, the first has none."""

import unittest

from support.visitor import Visitor

from .refund_cases import LateCase, RefundCase, RefundRules

FORGED = ("signature", "body", "key", "algorithm")


class IpaylinksCase(RefundCase):
    channels = ("ipaylinks",)
    account = "ipl-gen2"

    def new_order(self, **over):
        return super().new_order(**{"currency": "USD", **over})

    def try_payment(self, order, **over):
        return super().try_payment(order, account_id=self.account, method="redirect",
                                   client_ip="203.0.113.9", **over)

    def begin(self, **over):
        """The buyer's browser places the trade at iPayLinks."""
        order, payment = super().begin(**over)
        Visitor().show(payment["action"]["html"]).submit_first()
        return order, payment


class SecondGeneration(RefundRules, IpaylinksCase):
    # How iPayLinks says these two is not known.
    test_a_refusal_for_good_ends_it_and_frees_the_limit = None
    test_a_short_balance_waits = None

    def test_what_the_channel_refuses_has_failed(self):
        order, payment = self.paid()
        self.sandbox.fault("refund", "pending")
        first = self.new_refund(payment, amount=100)
        self.until_at_channel(payment)
        self.end_at_channel(first, "CLOSED")
        self.assertEqual(self.until_refund(first, "failed")["failure_code"], "failed")
        self.assertEqual(self.order(order["id"])["status"], "paid")

    def test_forged_notices_end_nothing_P8(self):
        _, payment = self.paid()
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(payment, amount=100)
        self.until_at_channel(payment)
        self.sandbox.fault("query_refund", "status", count=-1)
        self.sandbox.fault("notify", "lose", count=-1)
        self.end_at_channel(refund)
        done = {"kind": "refund.success"}
        for forge in FORGED:
            sent = self.sandbox.notify(payment["pay_no"], forge=forge, **done)["sent"]
            self.assertEqual([(s["status"], s["body"]) for s in sent], [(401, "FAIL")], forge)
        sent = self.sandbox.notify(payment["pay_no"], forge="foreign_mch", **done)["sent"]
        self.assertEqual([one["status"] for one in sent], [200])
        sent = self.sandbox.notify(payment["pay_no"], **done)["sent"]
        self.assertEqual([one["status"] for one in sent], [503])  # It cannot be asked about.
        self.stays_pending(refund, 1.5)
        self.sandbox.clear_faults()
        self.sandbox.fault("notify", "lose", count=-1)
        self.until_refund(refund, "succeeded")

    def test_notices_as_json_are_read_too_and_count_once_P2(self):
        self.sandbox.configure(self.account, "notice_format", "json")
        try:
            order, payment = self.paid()
            self.until_refund(self.new_refund(payment, amount=100), "succeeded")
            sent = self.sandbox.notify(payment["pay_no"], kind="refund.success", times=30)["sent"]
            self.assertEqual({(s["status"], s["body"]) for s in sent}, {(200, "OK")})
            self.assertEqual(self.order(order["id"])["amount_refunded"], 100)
        finally:
            self.sandbox.configure(self.account, "notice_format", "form")


class FirstGeneration(LateCase, IpaylinksCase):
    account = "ipl-gen1"

    def test_a_refund_fails_at_once_and_says_where_it_is_done(self):
        order, payment = self.paid()
        refund = self.until_refund(self.new_refund(payment), "failed")
        self.assertEqual(refund["failure_code"], "no_refund")
        self.assertEqual(self.order(order["id"])["amount_refunded"], 0)

    def test_late_money_is_held_where_it_cannot_be_given_back_P5(self):
        order, payment = self.begin()
        self.sandbox.pay(payment["pay_no"], amount=1)
        self.until_order(order, "failed")
        self.until_late(payment, "held")


class Late(LateCase, IpaylinksCase):
    def test_money_for_an_expired_order_goes_back_by_itself_P5(self):
        order, payment = self.begin()
        self.forge_late_payment(order, payment)
        self.until_late(payment, "refunded")
        self.assertEqual([r["amount"] for r in self.refunds_at_channel(payment)], [9900])
        self.assertEqual(self.order(order["id"])["status"], "expired")


if __name__ == "__main__":
    unittest.main()
