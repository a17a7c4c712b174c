"""The buyer's side: the cashier page, its event stream, the platform code, the way back."""

import html
import struct
import unittest
import urllib.parse

from support.stack import SandboxCase, at_once
from support.visitor import Visitor
from support.wait import stays

WECHAT = ("Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
          "like Gecko) Mobile/15E148 MicroMessenger/8.0.40(0x18002831) NetType/WIFI Language/zh_CN")
PHONE = ("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/116.0.0.0 Mobile Safari/537.36")


class Pages(SandboxCase):
    def page(self, url, **headers):
        return self.open.get(url, headers=headers)

    def path(self, order, name=""):
        return urllib.parse.urlsplit(order["cashier_url"]).path + name

    def test_the_cashier_page_holds_what_is_bought_the_amount_and_the_state_without_scripts(self):
        order = self.new_order(description="C++ in 30 days, a course")
        page = self.page(order["cashier_url"])
        self.assertEqual(page.status, 200)
        self.assertTrue(page.headers["content-type"].startswith("text/html"))
        text = html.unescape(page.text)
        self.assertIn("C++ in 30 days, a course", text)
        self.assertIn("99.00", text)
        self.expect(self.merchant.post(f"/v1/orders/{order['id']}/cancel"), 200)
        self.assertNotEqual(self.page(order["cashier_url"]).text, page.text)

    def test_pages_set_their_security_headers_and_no_cors(self):
        order = self.new_order()
        for url in (order["cashier_url"], self.path(order).replace("/pay/", "/pay/return/")):
            with self.subTest(url):
                headers = self.page(url).headers
                policy = headers["content-security-policy"]
                self.assertIn("default-src", policy)
                self.assertNotIn("unsafe-inline", policy.split("script-src")[-1].split(";")[0]
                                 if "script-src" in policy else policy)
                self.assertNotIn("unsafe-eval", policy)
                self.assertEqual(headers["x-frame-options"], "DENY")
                self.assertEqual(headers["referrer-policy"], "no-referrer")
                self.assertIsNone(headers.get("access-control-allow-origin"))

    def test_what_the_merchant_writes_is_text_and_never_markup(self):
        attack = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>&amp;"
        order = self.new_order(description=attack, items=[{
            "goods_id": "g", "goods_type": "t", "name": attack, "unit_price": 9900, "quantity": 1}])
        page = self.page(order["cashier_url"]).text
        self.assertNotIn("<script>alert(1)", page)
        self.assertNotIn("<img src=x", page)
        self.assertIn("alert(1)", html.unescape(page))

    def test_unknown_tokens_are_404_everywhere(self):
        for token in ("x", "0" * 32, "a" * 500, "%00", "..%2f..", "<b>"):
            for path in (f"/pay/{token}", f"/pay/{token}/events", f"/pay/{token}/qr.png",
                         f"/pay/requestpay/{token}", f"/pay/return/{token}"):
                answer = self.page(urllib.parse.quote(path, safe="/%"))
                self.assertIn(answer.status, (404, 400), f"{path}: {answer}")
                self.assertNotIn("<b>", answer.text)

    def test_the_picture_of_the_platform_code_is_a_png(self):
        answer = self.page(self.path(self.new_order(), "/qr.png"))
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "image/png"))
        self.assertEqual(answer.body[:8], b"\x89PNG\r\n\x1a\n")
        self.assertGreaterEqual(struct.unpack(">I", answer.body[16:20])[0], 100)

    def test_scanned_with_a_wallet_or_a_browser_the_buyer_is_sent_somewhere(self):
        for agent in (WECHAT, PHONE, "curl/7.88", "", "x" * 4000):
            with self.subTest(agent[:20]):
                order = self.new_order()
                answer = self.page(order["scan_url"], **{"User-Agent": agent})
                self.assertIn(answer.status, (200, 302, 303, 307), answer)
                self.assertEqual(self.order(order["id"])["status"], "unpaid")

    def test_scanned_by_wechat_that_channels_payment_is_started(self):
        order = self.new_order()
        answer = Visitor(WECHAT).open(order["scan_url"]).answer
        self.assertEqual(answer.status, 200, answer)
        payments = self.order(order["id"])["payments"]
        self.assertEqual([p["channel"] for p in payments], ["wechat"])
        self.sandbox.pay(payments[0]["pay_no"])
        self.until_order(order, "paid")

    def test_scanning_a_dead_or_paid_order_starts_nothing(self):
        paid, dead = self.new_order(), self.new_order()
        self.sandbox.pay(self.new_payment(paid)["pay_no"])
        self.until_order(paid, "paid")
        self.expect(self.merchant.post(f"/v1/orders/{dead['id']}/cancel"), 200)
        for order, count in ((paid, 1), (dead, 0)):
            answer = self.page(order["scan_url"], **{"User-Agent": WECHAT})
            self.assertLess(answer.status, 500, answer)
            self.assertEqual(len(self.order(order["id"])["payments"]), count)

    def test_the_way_back_marks_nothing_paid_by_its_parameters(self):
        order = self.new_order()
        self.new_payment(order)
        back = self.path(order).replace("/pay/", "/pay/return/")
        answer = self.page(back + "?trade_status=TRADE_SUCCESS&status=paid&total_amount=99.00")
        self.assertLess(answer.status, 400, answer)
        stays(lambda: self.order(order["id"])["status"] == "unpaid", "unpaid", 0.3)

    def test_pages_answer_while_the_channel_hangs_P10(self):
        order = self.new_order()
        self.sandbox.fault("*", "hang", delay_ms=10_000, count=-1)
        self.assertEqual(self.page(order["cashier_url"]).status, 200)
        answer = self.page(order["scan_url"], **{"User-Agent": WECHAT})
        self.assertLess(answer.status, 504)
        self.assertNotEqual(answer.status, 500)


class Stream(SandboxCase):
    def stream(self, order):
        stream = self.open.stream(urllib.parse.urlsplit(order["cashier_url"]).path + "/events")
        self.addCleanup(stream.close)
        return stream

    def test_the_current_state_comes_first_then_each_change(self):
        order = self.new_order()
        stream = self.stream(order)
        self.assertEqual(stream.status, 200)
        self.assertTrue(stream.headers["content-type"].startswith("text/event-stream"))
        self.assertEqual(stream.next(), ("status", {"order_id": order["id"], "status": "unpaid"}))
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.assertEqual(stream.next(), ("status", {"order_id": order["id"], "status": "paid"}))

    def test_cancel_and_expiry_are_told_too(self):
        cancelled, expired = self.new_order(), self.new_order(expires_in=1)
        streams = [self.stream(cancelled), self.stream(expired)]
        for stream in streams:
            self.assertEqual(stream.next()[1]["status"], "unpaid")
        self.expect(self.merchant.post(f"/v1/orders/{cancelled['id']}/cancel"), 200)
        self.assertEqual([stream.next()[1]["status"] for stream in streams],
                         ["cancelled", "expired"])

    def test_a_page_that_comes_late_hears_the_state_at_once(self):
        order = self.new_order()
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        self.assertEqual(self.stream(order).next()[1]["status"], "paid")

    def test_many_pages_of_one_order_all_hear_it(self):
        order = self.new_order()
        streams = [self.stream(order) for _ in range(15)]
        for stream in streams:
            self.assertEqual(stream.next()[1]["status"], "unpaid")
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        heard = at_once(15, lambda n: streams[n].next()[1]["status"])
        self.assertEqual(heard, ["paid"] * 15)

    def test_pages_that_go_away_leave_nothing_behind(self):
        order = self.new_order()
        for _ in range(50):
            stream = self.open.stream(urllib.parse.urlsplit(order["cashier_url"]).path + "/events")
            stream.next()
            stream.close()
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        self.assertEqual(self.open.get("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
