"""Bills against our books: what differs is found, asked about, repaired or left to an operator."""

import csv
import datetime
import io
import json

from support.stack import SandboxCase
from support.wait import until

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class ReconciliationCase(SandboxCase):
    # Nobody asks about an attempt in between: what the bill brings to light is its own doing.
    config = {"payment": {"query_gaps": [3600], "channel_timeout": 2},
              "callbacks": {"late_payment": "hold"}}
    account = "wx-main"
    method = "native"
    zone = CHINA

    def setUp(self):
        super().setUp()
        self.avoid_midnight()

    def avoid_midnight(self):
        """Around the channel's midnight a missing line is waited for: not what is tested here."""
        now = datetime.datetime.now(self.zone)
        minutes = now.hour * 60 + now.minute
        if minutes < 16 or minutes > 24 * 60 - 17:
            self.skipTest("it is midnight at the channel")

    def today(self):
        return f"{datetime.datetime.now(self.zone):%Y-%m-%d}"

    def attempt(self, **over):
        order = self.new_order(**over)
        return order, self.new_payment(order, account_id=self.account, method=self.method)

    def paid(self, **over):
        order, payment = self.attempt(**over)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        return order, payment

    def paid_unheard(self):
        """Paid at the channel, and every notice of it is lost."""
        self.sandbox.fault("notify", "lose", count=50)
        order, payment = self.attempt()
        self.sandbox.pay(payment["pay_no"])
        return order, payment

    def begin(self, **over):
        body = {"account_id": self.account, "date": self.today(), **over}
        return self.expect(self.admin.post("/v1/reconciliations", body), 202)

    def show(self, id):
        return self.expect(self.admin.get(f"/v1/reconciliations/{id}"), 200)

    def reconcile(self, timeout=30):
        begun = self.begin()
        until(lambda: self.show(begun["id"])["status"] != "pending", "it is over", timeout)
        done = self.show(begun["id"])
        self.assertEqual((done["status"], done["failure_code"]), ("completed", None))
        return done

    def of(self, done, payment):
        """The differences of one payment."""
        return [d for d in done["differences"] if d["pay_no"] == payment["pay_no"]]

    def only(self, done, payment, kind, resolution):
        [found] = self.of(done, payment)
        self.assertEqual((found["kind"], found["resolution"]), (kind, resolution), found)
        return found


class WeChatReconciliation(ReconciliationCase):
    def test_what_agrees_is_no_difference_and_the_day_has_its_totals(self):
        order, payment = self.paid()
        refund = self.expect(self.merchant.post(
            "/v1/refunds", {"pay_no": payment["pay_no"], "amount": 4900}), 201)
        until(lambda: self.expect(self.merchant.get(f"/v1/refunds/{refund['refund_id']}"),
                                  200)["status"] == "succeeded", "the refund is done")
        before = self.sandbox.ledger(self.account)
        done = self.reconcile()
        self.assertEqual(self.of(done, payment), [])
        [totals] = done["totals"]
        self.assertEqual(totals["currency"], "CNY")
        self.assertEqual((totals["theirs"]["payments"], totals["theirs"]["paid"]),
                         (before["paid"]["count"], before["paid"]["amount"]))
        self.assertEqual((totals["theirs"]["refunds"], totals["theirs"]["refunded"]),
                         (before["refunded"]["count"], before["refunded"]["amount"]))
        self.assertEqual(done["lines"], before["paid"]["count"] + before["refunded"]["count"])
        self.assertGreater(totals["fees"], 0)
        [funds] = done["funds"]
        self.assertEqual(funds["currency"], "CNY")
        net = before["paid"]["amount"] - before["refunded"]["amount"] - totals["fees"]
        self.assertEqual(funds["in"] - funds["out"], net)

    def test_a_lost_notice_is_found_by_the_bill_and_the_order_turns_paid(self):
        order, payment = self.paid_unheard()
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        done = self.reconcile()
        found = self.only(done, payment, "status_differs", "repaired")
        self.assertEqual((found["ours"]["status"], found["theirs"]["status"]),
                         ("pending", "succeeded"))
        self.assertEqual((found["asked"]["moved"], found["asked"]["amount"]), (True, 9900))
        self.assertEqual(self.order(order["id"])["status"], "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")
        again = self.reconcile()
        self.assertEqual(again["id"], done["id"])
        self.assertEqual(self.of(again, payment), [found])

    def test_a_line_that_is_missing_is_asked_about(self):
        _, payment = self.paid()
        self.sandbox.fault("bill", "missing_line", number=payment["pay_no"])
        found = self.only(self.reconcile(), payment, "missing_at_channel", "confirmed")
        self.assertIsNone(found["theirs"])
        self.assertEqual(found["ours"]["amount"], 9900)
        self.only(self.reconcile(), payment, "missing_at_channel", "gone")

    def test_another_amount_in_the_bill_changes_nothing_here(self):
        order, payment = self.paid()
        self.sandbox.fault("bill", "changed_amount", number=payment["pay_no"], amount=9800)
        found = self.only(self.reconcile(), payment, "amount_differs", "confirmed")
        self.assertEqual((found["ours"]["amount"], found["theirs"]["amount"]), (9900, 9800))
        self.assertEqual(self.order(order["id"])["status"], "paid")
        self.only(self.reconcile(), payment, "amount_differs", "gone")

    def test_a_line_that_denies_the_payment_is_a_difference(self):
        _, payment = self.paid()
        self.sandbox.fault("bill", "changed_status", number=payment["pay_no"])
        self.only(self.reconcile(), payment, "status_differs", "confirmed")

    def test_a_line_that_stands_twice_is_left_to_an_operator(self):
        _, payment = self.paid()
        self.sandbox.fault("bill", "duplicate_line", number=payment["pay_no"])
        self.only(self.reconcile(), payment, "duplicate", "operator")

    def test_a_payment_that_nobody_here_knows_is_settled_by_hand_with_a_note(self):
        self.paid()
        stranger = {"pay_no": "7214983217463290009"}
        self.sandbox.fault("bill", "extra_line", number=stranger["pay_no"], amount=77)
        found = self.only(self.reconcile(), stranger, "missing_here", "operator")
        self.assertIsNone(found["ours"])
        self.assertEqual(found["theirs"]["amount"], 77)
        path = f"/v1/differences/{found['id']}/resolve"
        self.expect(self.admin.post(path, {}), 422)
        self.expect(self.merchant.post(path, {"note": "x"}), 403)
        self.expect(self.admin.post("/v1/differences/1/resolve", {"note": "x"}), 404,
                    "difference_not_found")
        settled = self.expect(self.admin.post(path, {"note": "the till of the old shop"}), 200)
        self.assertEqual((settled["resolution"], settled["note"]),
                         ("resolved", "the till of the old shop"))
        self.assertIsNotNone(settled["resolved_at"])

    def test_a_bill_that_is_not_there_yet_or_spoilt_is_fetched_again(self):
        _, payment = self.paid()
        for kind in ("not_ready", "truncated", "wrong_hash"):
            with self.subTest(kind):
                self.sandbox.fault("bill", kind)
                begun = self.begin()
                until(lambda: self.show(begun["id"])["failure_code"], "it could not be had")
                self.assertEqual(self.show(begun["id"])["status"], "pending")
                # It comes again by itself; asking for it makes it come now.
                self.assertEqual(self.of(self.reconcile(), payment), [])

    def test_money_in_another_amount_is_what_came_on_both_sides(self):
        order, payment = self.attempt()
        self.sandbox.pay(payment["pay_no"], amount=4900)
        self.until_order(order, "failed")
        self.assertEqual(self.of(self.reconcile(), payment), [])

    def test_the_report_is_a_table(self):
        self.paid_unheard()
        done = self.reconcile()
        answer = self.admin.get(f"/v1/reconciliations/{done['id']}/report.csv")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "text/csv; charset=utf-8")
        rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
        self.assertEqual([row["id"] for row in rows], [d["id"] for d in done["differences"]])
        for row, shown in zip(rows, done["differences"]):
            self.assertEqual((row["kind"], row["pay_no"], row["resolution"]),
                             (shown["kind"], shown["pay_no"], shown["resolution"]))
            self.assertEqual(json.loads(row["theirs"]), shown["theirs"])

    def test_its_end_is_told(self):
        done = self.reconcile()
        told = self.expect(self.admin.get("/v1/events?type=reconciliation.completed"), 200)["data"]
        [event] = [e for e in told if e["data"]["id"] == done["id"]][:1]
        self.assertEqual(event["data"]["status"], "completed")
        self.assertNotIn("differences", event["data"])

    def test_the_list_and_who_may_read_it(self):
        done = self.reconcile()
        shown = self.expect(self.admin.get(f"/v1/reconciliations?account_id={self.account}"), 200)
        self.assertEqual([r["id"] for r in shown["data"]], [done["id"]])
        self.assertEqual(
            self.expect(self.admin.get("/v1/reconciliations?account_id=other"), 200)["data"], [])
        for path in ("/v1/reconciliations", f"/v1/reconciliations/{done['id']}",
                     f"/v1/reconciliations/{done['id']}/report.csv"):
            self.expect(self.merchant.get(path), 403)
        self.expect(self.admin.get("/v1/reconciliations/1"), 404, "reconciliation_not_found")
        self.expect(self.admin.get("/v1/reconciliations/x/report.csv"), 404)

    def test_what_cannot_be_reconciled_is_refused(self):
        tomorrow = f"{datetime.datetime.now(CHINA) + datetime.timedelta(days=1):%Y-%m-%d}"
        for body, status, pointer in (
                ({"account_id": "nobody", "date": self.today()}, 404, None),
                ({"account_id": self.account}, 422, "/date"),
                ({"account_id": self.account, "date": "2026-02-30"}, 422, "/date"),
                ({"account_id": self.account, "date": 20260101}, 422, "/date"),
                ({"account_id": self.account, "date": tomorrow}, 422, "/date"),
                ({"date": self.today()}, 422, "/account_id"),
                ({"account_id": self.account, "date": self.today(), "x": 1}, 422, "/x")):
            with self.subTest(body):
                problem = self.expect(self.admin.post("/v1/reconciliations", body), status)
                if pointer:
                    self.assertEqual([e["pointer"] for e in problem["errors"]], [pointer])
        self.expect(self.merchant.post("/v1/reconciliations",
                                       {"account_id": self.account, "date": self.today()}), 403)


class MoneyHealth(ReconciliationCase):
    def health(self):
        return self.expect(self.admin.get("/v1/health/money"), 200)

    def test_what_is_not_explained_is_counted_until_it_is_and_sums_agree_with_the_channels(self):
        calm = dict.fromkeys(("payments_unknown", "late_money_held", "refunds_slow",
                              "deliveries_dead", "differences_open", "reconciliations_failed"), 0)
        self.assertEqual((self.health()["unexplained"], self.health()["accounts"]), (calm, []))
        order, payment = self.paid()
        refund = self.expect(self.merchant.post(
            "/v1/refunds", {"pay_no": payment["pay_no"], "amount": 4900}), 201)
        until(lambda: self.expect(self.merchant.get(f"/v1/refunds/{refund['refund_id']}"),
                                  200)["status"] == "succeeded", "the refund is done")
        other, wrong = self.attempt()
        self.sandbox.pay(wrong["pay_no"], amount=700)
        self.until_order(other, "failed")
        self.sandbox.fault("bill", "extra_line", number="7214983217463290009", amount=77)
        done = self.reconcile()
        health = self.health()
        self.assertEqual(health["unexplained"], {**calm, "late_money_held": 1,
                                                 "differences_open": 1})
        [account] = health["accounts"]
        fees = done["totals"][0]["fees"]
        self.assertEqual(account["journal"], {
            "paid": 9900, "held": 700, "refunded": 4900, "fees": account["journal"]["fees"],
            "at_channel": 9900 + 700 - 4900 - account["journal"]["fees"]})
        self.assertEqual(account["bills"], {
            "days": 1, "paid": 9900 + 700 + 77, "refunded": 4900, "fees": fees,
            "paid_here": 9900 + 700, "refunded_here": 4900})
        self.assertIn("tollgate_money_unexplained", self.open.get("/metrics").body.decode())
        [found] = done["differences"]
        settle = f"/v1/differences/{found['id']}/resolve"
        self.expect(self.admin.post(settle, {"note": "ours"}), 200)
        self.expect(self.merchant.post("/v1/refunds", {"pay_no": wrong["pay_no"]}), 201)
        until(lambda: self.health()["unexplained"] == calm, "all is explained")
        self.expect(self.merchant.get("/v1/health/money"), 403)


class AlipayReconciliation(ReconciliationCase):
    channels = ("alipay",)
    account = "ali-main"
    method = "qr"

    def test_a_lost_notice_is_found_by_the_bill(self):
        order, payment = self.paid_unheard()
        self.only(self.reconcile(), payment, "status_differs", "repaired")
        self.assertEqual(self.order(order["id"])["status"], "paid")

    def test_a_missing_line_and_another_amount(self):
        for kind, found in (("missing_line", "missing_at_channel"),
                            ("changed_amount", "amount_differs")):
            _, payment = self.paid()
            self.sandbox.fault("bill", kind, number=payment["pay_no"])
            self.only(self.reconcile(), payment, found, "confirmed")


class PayPalReconciliation(ReconciliationCase):
    channels = ("paypal",)
    account = "pp-main"
    method = "redirect"
    zone = datetime.timezone.utc

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox.configure("pp-main", "webhook_url", f"{cls.server.base}/callbacks/pp-main")

    def attempt(self, **over):
        return super().attempt(currency="USD", **over)

    def test_a_capture_whose_answer_and_notices_are_lost_is_found_by_the_bill(self):
        self.sandbox.fault("notify", "lose", count=-1)
        self.sandbox.fault("capture", "cut", count=2)
        order, payment = self.attempt()
        self.sandbox.pay(payment["pay_no"])
        self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync")
        until(lambda: self.sandbox.trade(payment["pay_no"])["state"] == "SUCCESS", "it is captured")
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        done = self.reconcile()
        self.only(done, payment, "status_differs", "repaired")
        self.assertEqual(self.order(order["id"])["status"], "paid")

    def test_a_line_that_is_missing_is_asked_about(self):
        order, payment = self.paid()
        self.assertEqual(self.of(self.reconcile(), payment), [])
        self.sandbox.fault("bill", "missing_line", number=payment["pay_no"])
        self.only(self.reconcile(), payment, "missing_at_channel", "confirmed")


class WithoutBills(SandboxCase):
    channels = ("ipaylinks",)

    def test_a_channel_without_bills_says_so(self):
        self.expect(self.admin.post("/v1/reconciliations",
                                    {"account_id": "ipl-gen1", "date": "2026-01-01"}), 422,
                    "method_unavailable")
