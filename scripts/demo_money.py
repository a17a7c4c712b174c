"""The demo's chapters about money that goes back, and about bills."""

import datetime

from demo_stage import until

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class MoneyChapters:
    """For the Demo, whose steps they use."""

    def refunds(self, payment, status):
        path = f"/v1/refunds?pay_no={payment['pay_no']}"
        found = self.api("GET", path)["data"]
        return [r for r in found if r["status"] == status]

    def refunded(self, order, payment):
        story = self.story
        story.chapter("A part of the money goes back, and the channel's answer is lost")
        self.channel("/faults", {"target": "refund", "kind": "cut"})
        story.sent("shop", "POST /v1/refunds of 49.00")
        wish = {"pay_no": payment["pay_no"], "amount": 4900, "reason": "half of it"}
        refund = self.api("POST", "/v1/refunds", wish, 201)
        story.came(f"201, refund {refund['refund_id']}, {refund['status']}")
        until(lambda: self.refunds(payment, "succeeded"), "the refund is done", 30)
        at_channel = self.channel(f"/trades/{payment['pay_no']}", method="GET")["refunds"]
        story.check([r["out_refund_no"] for r in at_channel] == [refund["refund_id"]],
                    "it was asked about under its one number, and given back once")
        now = self.order(order)
        story.check((now["status"], now["amount_refunded"]) == ("paid", 4900),
                    "the order is still paid, 49.00 of it refunded")
        answer = self.api("POST", "/v1/refunds", {**wish, "amount": 5001}, 409)
        story.check(answer["code"] == "refund_exceeds_paid", "more than is left is refused")

    def reconciled(self):
        """A payment that nobody here has heard of, found in the day's bill."""
        story = self.story
        story.chapter("Nobody hears of a payment, and the day's bill brings it to light")
        order, payment = self.place("Unheard of")
        self.channel("/faults", {"target": "query", "kind": "frequency", "count": -1})
        self.channel("/pay", {"out_trade_no": payment["pay_no"], "silent": True})
        story.sent("buyer", "pays; no notice is sent, and the channel answers no question")
        def refused():
            return [r for r in self.channel("/requests?limit=100", method="GET")["requests"]
                    if r["operation"] == "query" and r["fault"] == "frequency"]
        until(lambda: len(refused()) >= 3, "the server has asked three times", 30)
        story.check(self.order(order)["status"] == "unpaid", "the order is unpaid here")
        today = f"{datetime.datetime.now(CHINA):%Y-%m-%d}"
        self.channel("/faults", method="DELETE")
        begun = self.api("POST", "/v1/reconciliations",
                         {"account_id": "wx-main", "date": today}, 202, key=self.admin_key)
        path = f"/v1/reconciliations/{begun['id']}"
        until(lambda: self.api("GET", path, key=self.admin_key)["status"] != "pending",
              "the bill is matched", 30)
        done = self.api("GET", path, key=self.admin_key)
        story.came(f"the bill of {today}: {done['lines']} lines, its SHA-1 holds; "
                   f"{done['differences_found']} differ from the books")
        found = [d for d in done["differences"] if d["pay_no"] == payment["pay_no"]]
        healed = not found or (found[0]["kind"], found[0]["resolution"]) == ("status_differs",
                                                                              "repaired")
        story.check(healed and self.order(order)["status"] == "paid",
                    "the channel was asked, its signed answer applied: the order is paid")
        health = self.api("GET", "/v1/health/money", key=self.admin_key)["unexplained"]
        story.note("not explained: " + ", ".join(f"{name} {n}" for name, n in health.items()))
        story.check(health["differences_open"] == 0, "no difference is left open")
