"""One code for every wallet: the link of an order looks at the app that scanned it."""

import hashlib
import html
import json
import re
import unittest
import urllib.parse

from support.stack import SandboxCase
from support.visitor import Visitor

PHONE = ("Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/116.0.0.0 Mobile Safari/537.36")
WECHAT = PHONE + " MicroMessenger/8.0.40(0x18002831)"
ALIPAY = PHONE + " AlipayClient/10.5.0"
DESKTOP = "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0.0.0"


def openid(app_id, user_agent):
    """As the simulator gives it to the buyer whose app has this name."""
    return "o" + hashlib.sha256(f"{app_id}\n{user_agent}".encode()).hexdigest()[:27]


class WalletCase(SandboxCase):
    channels = ("wechat", "alipay")
    config = {"payment": {"channel_timeout": 2, "query_gaps": [300]}}

    def scan(self, order, agent):
        return Visitor(agent).open(order["scan_url"])

    def payments(self, order):
        return self.order(order["id"])["payments"]

    def open_payments(self, order):
        return [p for p in self.payments(order) if p["status"] == "pending"]

    def bridge(self, buyer):
        """What the page hands to WeChat's browser."""
        found = re.search(r'data-bridge="([^"]*)"', buyer.answer.text)
        self.assertIsNotNone(found, buyer.answer)
        return json.loads(html.unescape(found.group(1)))


class Wechat(WalletCase):
    def test_the_buyer_is_recognised_and_pays_inside_the_app(self):
        order = self.new_order()
        buyer = self.scan(order, WECHAT)
        self.assertEqual(buyer.answer.status, 200, buyer.answer)
        self.assertIn("/connect/oauth2/authorize", " ".join(buyer.visited))
        (payment,) = self.payments(order)
        self.assertEqual((payment["account_id"], payment["method"]), ("wx-main", "jsapi"))
        trade = self.sandbox.trade(payment["pay_no"])
        self.assertEqual(trade["payer"], openid("wx2421b1c4370ec43b", WECHAT))
        params = self.bridge(buyer)
        self.assertEqual(params["package"], f"prepay_id={trade['prepay_id']}")
        self.assertEqual(params["appId"], "wx2421b1c4370ec43b")
        self.assertNotIn("code=", buyer.url)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")

    def test_the_cashier_page_in_wechat_leads_the_same_way(self):
        order = self.new_order()
        page = Visitor(WECHAT).open(order["cashier_url"])
        link = urllib.parse.urlsplit(order["scan_url"]).path
        self.assertIn(f'href="{link}"', page.answer.text)
        self.assertEqual(self.payments(order), [])

    def test_another_buyer_gets_a_payment_of_his_own_and_one_stays_open_P6(self):
        order = self.new_order()
        self.scan(order, WECHAT)
        other = WECHAT + " NetType/WIFI"
        self.scan(order, other)
        (payment,) = self.open_payments(order)
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["payer"],
                         openid("wx2421b1c4370ec43b", other))
        self.assertEqual([p["status"] for p in self.payments(order)].count("closed"), 1)

    def test_a_stolen_code_or_state_starts_nothing(self):
        order = self.new_order()
        thief = Visitor(WECHAT).open(order["scan_url"], follow=False)
        thief.open(thief.answer.headers["location"], follow=False)
        stolen = thief.answer.headers["location"]
        self.assertIn("code=", stolen)
        victim = Visitor(WECHAT).open(stolen)
        self.assertEqual(victim.answer.status, 200)
        self.assertNotIn('data-bridge="', victim.answer.text)
        self.assertEqual(self.payments(order), [])
        thief.open(stolen)
        self.assertEqual(len(self.open_payments(order)), 1)

    def test_a_code_is_good_once(self):
        order = self.new_order()
        buyer = self.scan(order, WECHAT)
        back = next(url for url in buyer.visited if "code=" in url)
        buyer.open(back)
        self.assertEqual(len(self.payments(order)), 1)

    def test_a_buyer_whom_wechat_does_not_name_reads_so_and_nothing_was_started(self):
        for kind, more, status in (("refuse", {"code": "40029"}, 502), ("garbage", {}, 502),
                                   ("status", {"status": 500}, 502), ("cut", {}, 502),
                                   ("frequency", {}, 503)):
            with self.subTest(kind):
                order = self.new_order()
                buyer = Visitor(WECHAT).open(order["scan_url"], follow=False)
                buyer.open(buyer.answer.headers["location"], follow=False)
                self.sandbox.fault("openid", kind, count=-1, **more)
                buyer.open(buyer.answer.headers["location"])
                self.sandbox.clear_faults()
                self.assertEqual(buyer.answer.status, status, buyer.answer)
                self.assertIn('role="alert"', buyer.answer.text)
                self.assertEqual(self.payments(order), [])

    def test_the_secret_of_the_app_is_told_to_nobody_P9(self):
        order = self.new_order()
        buyer = self.scan(order, WECHAT)
        secret = self.sandbox.key_text("app_secret")
        (payment,) = self.payments(order)
        exchanges = self.admin.get(f"/v1/payments/{payment['pay_no']}/exchanges")
        for text in (" ".join(buyer.visited), buyer.answer.text, exchanges.text,
                     self.server.process.log()):
            self.assertNotIn(secret, text)


class OtherApps(WalletCase):
    def test_alipay_goes_to_its_own_page(self):
        order = self.new_order()
        buyer = self.scan(order, ALIPAY)
        self.assertIn("/_sandbox/checkout/", buyer.url)
        (payment,) = self.payments(order)
        self.assertEqual((payment["channel"], payment["method"]), ("alipay", "wap"))
        buyer.press("Continue", account="buyer@sandbox.example").press("Pay")
        self.until_order(order, "paid")

    def test_scanned_twice_by_alipay_it_is_one_payment(self):
        order = self.new_order()
        self.scan(order, ALIPAY)
        self.scan(order, ALIPAY)
        self.assertEqual(len(self.payments(order)), 1)

    def test_every_browser_shows_the_cashier(self):
        for agent in (PHONE, DESKTOP, "curl/7.88"):
            with self.subTest(agent[:20]):
                order = self.new_order()
                buyer = self.scan(order, agent)
                self.assertEqual(buyer.answer.status, 200)
                self.assertIn('data-channel="wechat"', buyer.answer.text)
                self.assertIn('data-channel="alipay"', buyer.answer.text)
                self.assertEqual(self.payments(order), [])

    def test_changing_the_app_keeps_one_open_payment_P6(self):
        order = self.new_order()
        self.scan(order, ALIPAY)
        self.scan(order, WECHAT)
        self.scan(order, ALIPAY)
        self.assertEqual([p["method"] for p in self.open_payments(order)], ["wap"])
        (last,) = self.open_payments(order)
        Visitor(ALIPAY).open(last["action"]["url"])
        self.sandbox.pay(last["pay_no"])
        self.until_order(order, "paid")


class WithoutOpenid(SandboxCase):
    """Accounts that cannot ask who the buyer is: WeChat's code to be pressed, as ever."""

    @classmethod
    def make_accounts(cls):
        return [{name: value for name, value in account.items() if name != "openid"}
                for account in super().make_accounts()]

    def test_wechat_shows_the_code_of_its_channel(self):
        order = self.new_order()
        buyer = Visitor(WECHAT).open(order["scan_url"])
        self.assertIn("data:image/png;base64,", buyer.answer.text)
        self.assertEqual([p["method"] for p in self.order(order["id"])["payments"]], ["native"])


if __name__ == "__main__":
    unittest.main()
