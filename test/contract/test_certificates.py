"""Platform certificates: downloaded, rotated, and never a way to keep the server busy."""

import unittest

from support.stack import SandboxCase
from support.wait import stays, until

ACK = {200, 204}
CERT_MCH = "1900000002"
MAIN_MCH = "1900000001"


class Certificates(SandboxCase):
    """Each test has an account of its own, with trust of its own."""

    spares = 10
    config = {"payment": {"channel_timeout": 3, "query_gaps": [600]}}

    def setUp(self):
        super().setUp()
        self.account = self.fresh_account("wx-cert")

    def ordered(self):
        order = self.new_order()
        return order, self.new_payment(order, account_id=self.account)["pay_no"]

    def notified(self, pay_no, **more):
        return [sent["status"] for sent in self.sandbox.notify(pay_no, **more)["sent"]]

    def pay_and_expect_paid(self, order, pay_no):
        self.sandbox.pay(pay_no, silent=True)
        statuses = self.notified(pay_no)
        self.assertTrue(set(statuses) <= ACK, statuses)
        self.until_order(order, "paid")

    def downloads(self):
        return sum(r["path"].startswith("/v3/certificates") for r in self.sandbox.requests())

    def test_a_payment_in_certificate_mode_is_placed_and_paid(self):
        self.pay_and_expect_paid(*self.ordered())

    def test_after_a_rotation_the_next_notice_is_still_believed(self):
        before, waiting = self.ordered(), self.ordered()
        self.pay_and_expect_paid(*before)
        self.sandbox.rotate(CERT_MCH)
        self.pay_and_expect_paid(*waiting)
        self.pay_and_expect_paid(*self.ordered())

    def test_after_a_rotation_answers_are_still_believed(self):
        self.pay_and_expect_paid(*self.ordered())
        self.sandbox.rotate(CERT_MCH)
        order, pay_no = self.ordered()
        self.sandbox.pay(pay_no, silent=True)
        self.expect(self.merchant.post(f"/v1/payments/{pay_no}/sync"), 200)
        self.assertEqual(self.order(order["id"])["status"], "paid")

    def test_while_certificates_cannot_be_fetched_nothing_is_acked_and_the_resend_pays_P1(self):
        self.pay_and_expect_paid(*self.ordered())
        order, pay_no = self.ordered()
        self.sandbox.rotate(CERT_MCH)
        self.sandbox.fault("certificates", "status", status=500, count=-1)
        self.sandbox.pay(pay_no, silent=True)
        statuses = self.notified(pay_no)
        self.assertTrue(all(status >= 400 for status in statuses), statuses)
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.sandbox.clear_faults()

        def paid():
            self.notified(pay_no)
            return self.order(order["id"])["status"] == "paid"
        until(paid, "a later notice is believed", 20, 0.5)

    def test_a_flood_of_unknown_serials_does_not_become_a_flood_of_downloads_P10(self):
        order, pay_no = self.ordered()
        self.sandbox.pay(pay_no, silent=True)
        before = self.downloads()
        for _ in range(20):
            self.assertTrue(all(status >= 400 for status in self.notified(pay_no, forge="serial")))
        self.assertLess(self.downloads() - before, 6)
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.notified(pay_no)
        self.until_order(order, "paid")

    def test_forgeries_are_refused_in_certificate_mode_too_P8(self):
        order, pay_no = self.ordered()
        self.sandbox.pay(pay_no, silent=True)
        for forge in ("signature", "timestamp", "body", "probe", "key"):
            with self.subTest(forge):
                self.assertEqual(self.notified(pay_no, forge=forge), [401])
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.2)
        self.notified(pay_no)
        self.until_order(order, "paid")

    def test_a_public_key_account_believes_certificates_while_the_modes_are_switched(self):
        self.account = self.fresh_account("wx-main")
        order, pay_no = self.ordered()
        self.sandbox.pay(pay_no, silent=True)
        self.sandbox.rotate(MAIN_MCH, mode="certificate")
        try:
            statuses = self.notified(pay_no)
            # While a merchant switches modes WeChat signs notices with either key.
            self.assertTrue(set(statuses) <= ACK, statuses)
            self.until_order(order, "paid")
        finally:
            self.sandbox.rotate(MAIN_MCH, mode="public_key")


if __name__ == "__main__":
    unittest.main()
