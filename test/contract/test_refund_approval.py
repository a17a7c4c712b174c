"""Large refunds wait until a second key agrees (P7)."""

import unittest

from support.stack import SandboxCase, at_once, unique
from support.wait import stays, until


class Approval(SandboxCase):
    config = {"payment": {"query_gaps": [1], "channel_timeout": 2},
              "refunds": {"approval_over": {"CNY": 5000}}}

    def paid(self):
        """An order of 99.00 yuan that is paid, and its payment."""
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"])
        return self.until_order(order, "paid"), payment

    def ask(self, payment, client=None, **more):
        return (client or self.merchant).post("/v1/refunds", {"pay_no": payment["pay_no"], **more})

    def refund(self, refund_id):
        return self.expect(self.merchant.get(f"/v1/refunds/{refund_id}"), 200)

    def until_refund(self, refund, status):
        until(lambda: self.refund(refund["refund_id"])["status"] == status, f"the refund {status}")
        return self.refund(refund["refund_id"])

    def refunds_at_channel(self, payment):
        return self.sandbox.trade(payment["pay_no"])["refunds"]

    def waiting(self, amount=9900, client=None):
        """A refund that waits, its order and payment."""
        order, payment = self.paid()
        refund = self.expect(self.ask(payment, client, amount=amount), 201)
        self.assertEqual((refund["status"], refund["approval"], refund["decided_by"]),
                         ("pending", "required", None))
        return refund, order, payment

    def decide(self, refund, word, client=None, **more):
        return (client or self.admin).post(f"/v1/refunds/{refund['refund_id']}/{word}", **more)

    def not_sent(self, payment, seconds):
        stays(lambda: not self.refunds_at_channel(payment), "the channel heard of none", seconds)

    def test_beyond_the_limit_nothing_is_sent_until_another_key_agrees(self):
        refund, order, payment = self.waiting()
        self.assertEqual(refund["requested_by"], "shop")
        self.not_sent(payment, 1.5)
        self.expect(self.decide(refund, "approve", self.merchant), 403, "second_key_required")
        self.not_sent(payment, 0.5)
        approved = self.expect(self.decide(refund, "approve"), 200)
        self.assertEqual((approved["approval"], approved["decided_by"]), ("approved", "ops"))
        done = self.until_refund(refund, "succeeded")
        self.assertEqual(done["approval"], "approved")
        self.assertEqual([r["amount"] for r in self.refunds_at_channel(payment)], [9900])
        self.until_order(order, "refunded")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid",
                          "refund.created", "refund.succeeded", "order.refunded")

    def test_up_to_the_limit_a_refund_goes_out_at_once(self):
        _, payment = self.paid()
        refund = self.expect(self.ask(payment, amount=5000), 201)
        self.assertIsNone(refund["approval"])
        self.until_refund(refund, "succeeded")
        self.expect(self.decide(refund, "approve"), 409, "approval_not_needed")
        self.expect(self.decide(refund, "reject"), 409, "approval_not_needed")

    def test_a_merchants_key_approves_what_an_admins_asked_for(self):
        refund, _, _ = self.waiting(client=self.admin)
        self.expect(self.decide(refund, "approve"), 403, "second_key_required")
        self.expect(self.decide(refund, "approve", self.merchant), 200)
        self.assertEqual(self.until_refund(refund, "succeeded")["decided_by"], "shop")

    def test_one_that_waits_counts_against_what_is_left_and_a_rejected_one_does_not_P7(self):
        refund, order, payment = self.waiting(amount=9000)
        self.expect(self.ask(payment, amount=901), 409, "refund_exceeds_paid")
        rejected = self.expect(self.decide(refund, "reject"), 200)
        self.assertEqual((rejected["status"], rejected["failure_code"], rejected["approval"]),
                         ("failed", "rejected", "rejected"))
        self.expect(self.decide(refund, "approve"), 409, "approval_not_needed")
        self.not_sent(payment, 1.5)
        small = self.expect(self.ask(payment, amount=901), 201)
        self.until_refund(small, "succeeded")
        self.assertEqual(self.order(order["id"])["amount_refunded"], 901)
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid",
                          "refund.created", "refund.failed", "refund.created", "refund.succeeded")

    def test_whoever_asked_may_take_it_back(self):
        refund, _, _ = self.waiting()
        taken = self.expect(self.decide(refund, "reject", self.merchant), 200)
        self.assertEqual((taken["status"], taken["decided_by"]), ("failed", "shop"))
        again = self.expect(self.decide(refund, "reject", self.merchant), 200)
        self.assertEqual(again, taken)

    def test_many_approvals_at_once_and_again_are_one_refund_P6(self):
        refund, _, payment = self.waiting()
        answers = at_once(8, lambda _: self.decide(refund, "approve"))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.until_refund(refund, "succeeded")
        self.assertEqual(self.expect(self.decide(refund, "approve"), 200)["status"], "succeeded")
        self.expect(self.decide(refund, "approve", self.merchant), 409, "approval_not_needed")
        self.assertEqual(len(self.refunds_at_channel(payment)), 1)

    def test_approve_and_reject_at_once_leave_one_of_them_true(self):
        refund, _, payment = self.waiting()
        words = ("approve", "reject") * 3
        answers = at_once(6, lambda n: self.decide(refund, words[n]))
        won = {words[n] for n, answer in enumerate(answers) if answer.status == 200}
        self.assertEqual(len(won), 1, answers)
        self.until_refund(refund, "succeeded" if won == {"approve"} else "failed")
        self.assertEqual(len(self.refunds_at_channel(payment)), won == {"approve"})

    def test_a_repeated_key_gets_the_first_answer_again(self):
        refund, _, _ = self.waiting()
        key = {"Idempotency-Key": unique("approve")}
        first = self.decide(refund, "approve", headers=key)
        self.until_refund(refund, "succeeded")
        again = self.decide(refund, "approve", headers=key)
        self.assertTrue(again.replayed)
        self.assertEqual(again.body, first.body)

    def test_what_cannot_be_decided_says_why(self):
        refund, _, _ = self.waiting()
        for word in ("approve", "reject"):
            self.expect(self.admin.post(f"/v1/refunds/12345/{word}"), 404, "refund_not_found")
            self.expect(self.decide(refund, word, self.open), 401)
            self.expect(self.decide(refund, word, body={"amount": 1}), 422)
        self.assertEqual(self.refund(refund["refund_id"])["approval"], "required")

    def test_it_waits_over_a_restart_and_goes_out_after_the_approval_P11(self):
        refund, _, payment = self.waiting()
        self.server.kill()
        self.server.start()
        for client in (self.merchant, self.admin, self.open):
            client.close()
        self.not_sent(payment, 1.5)
        self.expect(self.decide(refund, "approve"), 200)
        self.server.kill()
        self.server.start()
        for client in (self.merchant, self.admin, self.open):
            client.close()
        self.until_refund(refund, "succeeded")
        self.assertEqual(len(self.refunds_at_channel(payment)), 1)


if __name__ == "__main__":
    unittest.main()
