"""What the holder of an order's link, or anybody who finds the callbacks' address, can make the
server do."""

import unittest
import urllib.parse

from support.stack import MockCase, SandboxCase, at_once
from support.wechat import Reply

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Buyer:
    def path(self, order, name=""):
        return urllib.parse.urlsplit(order["cashier_url"]).path + name

    def back(self, order):
        return self.path(order).replace("/pay/", "/pay/return/")

    def choose(self, order, method="native", channel="wechat"):
        return self.open.post(self.path(order, "/pay"),
                              f"channel={channel}&method={method}".encode(), headers=FORM)

    def queries(self, payment):
        path = f"/v1/payments/{payment['pay_no']}/exchanges"
        return [e for e in self.admin.all(path) if e["operation"] == "query"]


class Pages(Buyer, SandboxCase):
    def test_coming_back_again_and_again_asks_the_channel_once_in_a_while(self):
        order = self.new_order()
        payment = self.new_payment(order)
        for _ in range(30):
            page = self.open.get(self.back(order))
            self.assertEqual(page.status, 200)
            self.assertIn('data-status="unpaid"', page.text)
        self.assertLess(len(self.queries(payment)), 10)

    def test_coming_back_after_paying_shows_it_though_the_notice_is_lost(self):
        order = self.new_order()
        self.sandbox.pay(self.new_payment(order)["pay_no"], silent=True)
        self.assertIn('data-status="paid"', self.open.get(self.back(order)).text)

    def test_coming_back_while_the_channel_hangs_shows_what_is_known_P10(self):
        order = self.new_order()
        self.new_payment(order)
        self.sandbox.fault("query", "hang", delay_ms=14_000, count=-1)
        page = self.open.get(self.back(order), timeout=11)
        self.assertEqual(page.status, 200)
        self.assertIn('data-status="unpaid"', page.text)
        self.assertIn("/events", page.text)

    def test_changing_the_mind_without_end_is_429_and_says_when_to_come_again(self):
        order = self.new_order()
        answers = [self.choose(order, method) for method in ("native", "h5") * 6]
        refused = [a for a in answers if a.status == 429]
        self.assertTrue(refused, [a.status for a in answers])
        self.assertEqual({a.status for a in answers}, {303, 429})
        for answer in refused:
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
            self.assertTrue(answer.headers["content-type"].startswith("text/html"))
            self.assertIn('role="alert"', answer.text)
        # Five at once; then only the one that is open already is shown, at no cost.
        self.assertEqual(len(self.order(order["id"])["payments"]), 5)
        self.assertEqual(self.choose(self.new_order()).status, 303)

    def test_the_choice_that_is_open_already_is_shown_again_and_costs_nothing(self):
        order = self.new_order()
        self.assertEqual({self.choose(order).status for _ in range(15)}, {303})
        self.assertEqual(len(self.order(order["id"])["payments"]), 1)

    def test_what_the_page_does_not_offer_starts_nothing(self):
        order = self.new_order()
        for channel, method in (("wechat", "jsapi"), ("wechat", "telegraph"), ("nobody", "native")):
            self.assertEqual(self.choose(order, method, channel).status, 422)
        self.assertEqual(self.order(order["id"])["payments"], [])


class Routing(Buyer, MockCase):
    def test_who_serves_the_buyer_is_decided_when_he_pays(self):
        def broken(request, usual):
            if request.authorization["mchid"] != self.main.mch_id:
                return usual
            return Reply(200, b"", headers={"Content-Length": "999999", "Connection": "close"})
        order = self.new_order()
        self.assertIn('value="native"', self.open.get(self.path(order)).text)
        self.mock.override["pay"] = broken
        for _ in range(6):
            self.assertIn(self.try_payment(self.new_order()).status, (502, 503))
        self.assertEqual(self.choose(order).status, 303)
        payments = self.order(order["id"])["payments"]
        self.assertEqual([p["account_id"] for p in payments], ["wx-other"])


class Forgeries(MockCase):
    def test_a_flood_is_recorded_within_bounds_and_the_genuine_are_all_acked(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        forged = ({"Wechatpay-Serial": "x"}, b"{}")
        statuses = at_once(12, lambda n: {self.call_back(forged).status for _ in range(75)})
        self.assertEqual(set().union(*statuses), {401})
        recorded = self.callback_records(account_id="wx-main", verdict="refused")
        self.assertGreaterEqual(len(recorded), 300)
        self.assertLess(len(recorded), 900)
        notice = self.mock.notice(self.main, pay_no)
        acked = at_once(20, lambda n: [self.call_back(notice).status for _ in range(5)])
        self.assertTrue(set(sum(acked, [])) <= {200, 204}, acked)
        self.until_order(order, "paid")
        self.call_back(forged, "wx-other")
        self.assertEqual(len(self.callback_records(account_id="wx-other", verdict="refused")), 1)


if __name__ == "__main__":
    unittest.main()
