"""What holds for refunds by any channel (P5, P6, P7)."""

import contextlib
import sqlite3

from support.stack import SandboxCase
from support.wait import stays, until


class RefundCase(SandboxCase):
    """Steps. A channel other than WeChat Pay says how its payments are begun and paid."""

    config = {"payment": {"query_gaps": [1], "channel_timeout": 2}}

    def begin(self, **over):
        order = self.new_order(**over)
        return order, self.new_payment(order)

    def paid(self, **over):
        """An order of 99.00 that is paid, and its payment."""
        order, payment = self.begin(**over)
        self.sandbox.pay(payment["pay_no"])
        return self.until_order(order, "paid"), payment

    def ask(self, payment, headers=None, **more):
        return self.merchant.post("/v1/refunds", {"pay_no": payment["pay_no"], **more},
                                  headers=headers or {})

    def new_refund(self, payment, **more):
        return self.expect(self.ask(payment, **more), 201)

    def refund(self, refund_id):
        return self.expect(self.merchant.get(f"/v1/refunds/{refund_id}"), 200)

    def until_refund(self, refund, status, timeout=15):
        until(lambda: self.refund(refund["refund_id"])["status"] == status, f"the refund {status}",
              timeout)
        return self.refund(refund["refund_id"])

    def stays_pending(self, refund, seconds):
        stays(lambda: self.refund(refund["refund_id"])["status"] == "pending", "it is pending",
              seconds)

    def refunds_at_channel(self, payment):
        return self.sandbox.trade(payment["pay_no"])["refunds"]

    def until_at_channel(self, payment):
        until(lambda: self.refunds_at_channel(payment), "the refund at the channel")

    def end_at_channel(self, refund, status="SUCCESS"):
        self.sandbox.control("POST", "/refund",
                             {"out_refund_no": refund["refund_id"], "status": status})

    def sent(self, path):
        return [r for r in self.sandbox.requests() if r["path"].startswith(path)]

    def asked(self, operation):
        return len([r for r in self.sandbox.requests() if r["operation"] == operation])


class RefundRules:
    """For a RefundCase. A rule that a channel has no way to show is None there."""

    asking = "query_refund"  # The target of faults that a question about a refund meets …
    requests = 1             # … and how many requests that question takes.
    unproven = ("garbage", "unsigned", "bad_signature", "status")
    refusal = {}  # The channel's word (`code`, `status`) of a refusal for good,
    short = {}    # of a balance that is too small.

    def test_parts_and_the_rest_go_back_to_the_last_cent_P7(self):
        order, payment = self.paid()
        self.until_refund(self.new_refund(payment, amount=4900), "succeeded")
        now = self.order(order["id"])
        self.assertEqual((now["status"], now["amount_refunded"]), ("paid", 4900))
        rest = self.until_refund(self.new_refund(payment, reason="太大了"), "succeeded")
        self.until_order(order, "refunded")
        found = self.refunds_at_channel(payment)
        self.assertEqual([(r["amount"], r["status"]) for r in found],
                         [(4900, "SUCCESS"), (5000, "SUCCESS")])
        if found[1]["refund_id"]:  # Alipay's refunds have no number of Alipay's.
            self.assertEqual(rest["channel_refund_no"], found[1]["refund_id"])
        self.expect(self.ask(payment, amount=1), 409, "refund_exceeds_paid")

    def test_accepted_is_not_done(self):
        _, payment = self.paid()
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(payment, amount=100)
        self.until_at_channel(payment)
        self.stays_pending(refund, 2.5)
        self.end_at_channel(refund)
        self.until_refund(refund, "succeeded")

    def test_a_lost_notice_is_made_good_by_asking(self):
        _, payment = self.paid()
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(payment)
        self.until_at_channel(payment)
        self.end_at_channel(refund)
        self.until_refund(refund, "succeeded")

    def test_an_answer_that_never_comes_is_asked_about_and_refunds_once_P6(self):
        for kind in ("cut", "hang"):
            with self.subTest(kind):
                _, payment = self.paid()
                self.sandbox.fault("notify", "lose", count=-1)
                self.sandbox.fault("refund", kind, delay_ms=10_000)
                refund = self.new_refund(payment, amount=100)
                self.until_refund(refund, "succeeded", 30)
                self.assertEqual(len(self.refunds_at_channel(payment)), 1)
                self.sandbox.clear_faults()

    def test_a_request_that_never_came_is_sent_again_under_its_number(self):
        _, payment = self.paid()
        self.sandbox.fault("refund", "cut_before", count=2)
        refund = self.new_refund(payment, amount=100)
        self.until_refund(refund, "succeeded", 30)
        numbers = [r["out_refund_no"] for r in self.refunds_at_channel(payment)]
        self.assertEqual(numbers, [refund["refund_id"]])

    def test_answers_that_prove_nothing_end_nothing(self):
        for kind in self.unproven:
            with self.subTest(kind):
                _, payment = self.paid()
                self.sandbox.fault("notify", "lose", count=-1)
                self.sandbox.fault(self.asking, kind, count=2)
                self.sandbox.fault("refund", kind)
                self.until_refund(self.new_refund(payment, amount=100), "succeeded", 30)
                self.assertEqual(len(self.refunds_at_channel(payment)), 1)
                self.sandbox.clear_faults()

    def test_another_amount_in_an_answer_ends_nothing_P2(self):
        _, payment = self.paid()
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(payment, amount=100)
        self.until_at_channel(payment)
        lies = self.sandbox.fault(self.asking, "amount", count=4 * self.requests)["id"]
        self.end_at_channel(refund)

        def two_questions_were_answered():
            left = [f["count"] for f in self.sandbox.faults() if f["id"] == lies]
            return left and left[0] <= 2 * self.requests
        until(two_questions_were_answered, "two questions", 20)
        self.assertEqual(self.refund(refund["refund_id"])["status"], "pending")
        self.sandbox.clear_faults()
        self.until_refund(refund, "succeeded", 30)

    def test_what_the_channel_ends_badly_has_failed_and_frees_the_limit(self):
        order, payment = self.paid()
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(payment)
        self.until_at_channel(payment)
        self.end_at_channel(refund, "ABNORMAL")  # Somebody must look, at the channel.
        self.stays_pending(refund, 2)
        self.end_at_channel(refund, "CLOSED")
        self.assertIsNotNone(self.until_refund(refund, "failed")["failure_code"])
        self.assertEqual(self.order(order["id"])["amount_refunded"], 0)
        self.until_refund(self.new_refund(payment), "succeeded")

    def test_a_refusal_for_good_ends_it_and_frees_the_limit(self):
        order, payment = self.paid()
        self.sandbox.fault("refund", "refuse", **self.refusal)
        refund = self.until_refund(self.new_refund(payment), "failed")
        self.assertEqual(refund["failure_code"], self.refusal["code"])
        self.assertEqual(self.order(order["id"])["amount_refunded"], 0)
        self.until_refund(self.new_refund(payment), "succeeded")

    def test_a_short_balance_waits(self):
        _, payment = self.paid()
        before = self.asked("refund")
        self.sandbox.fault("refund", "refuse", **self.short)
        refund = self.new_refund(payment)
        until(lambda: self.asked("refund") > before, "the refund was sent")
        self.stays_pending(refund, 2)
        self.assertEqual(self.asked("refund"), before + 1)


class LateCase(RefundCase):
    """Money that no order takes, by the policy of the class."""

    policy = "refund"

    @classmethod
    def make_config(cls):
        return {**cls.config, "callbacks": {"late_payment": cls.policy}}

    def late(self, payment):
        found = [m for m in self.admin.all("/v1/late-payments")
                 if m["pay_no"] == payment["pay_no"]]
        return found[0] if found else None

    def until_late(self, payment, state):
        until(lambda: (self.late(payment) or {}).get("state") == state, f"the money {state}", 20)

    def end_in_our_books(self, order, payment):
        """The order is over and its attempt closed, and the channel does not know."""
        with contextlib.closing(sqlite3.connect(self.server.database_path)) as db:
            db.execute("UPDATE payments SET status = 'closed', open = NULL WHERE pay_no = ?",
                       (int(payment["pay_no"]),))
            db.execute("UPDATE orders SET status = 'expired', live = NULL WHERE id = ?",
                       (int(order["id"]),))
            db.execute("DELETE FROM jobs WHERE subject = ?", (int(order["id"]),))
            db.commit()

    def forge_late_payment(self, order, payment):
        """The books of the channel show money for an attempt that was closed there: as when the
        buyer pays between the last query and the close."""
        self.end_in_our_books(order, payment)
        self.sandbox.pay(payment["pay_no"])
