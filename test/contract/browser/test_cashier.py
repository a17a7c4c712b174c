"""The cashier page as a buyer sees it, in a real browser; paid with the simulator's phone."""

import os
import pathlib
import unittest

from support.stack import SandboxCase
from support.wait import until

from .chrome import Driver, scan

ANDROID = ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/120.0 ")
PHONE = ANDROID + "Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0"
WECHAT = ANDROID + "Mobile Safari/537.36 MicroMessenger/8.0.47"

# What WeChat's app puts into its pages.
BRIDGE = """window.WeixinJSBridge = {invoke: (name, params, answer) => {
    window.asked_for = [name, params]; window.answer_page = answer; }}"""

MARKER = "window.opened_once = 'this very page'"


class Cashier(SandboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.driver = Driver(cls.folder)
        cls.addClassCleanup(cls.driver.stop)

    def browser(self, width=1280, height=900, **more):
        browser = self.driver.browser(width, height, **more)
        self.addCleanup(browser.close)
        return browser

    def picture(self, browser, name):
        folder = pathlib.Path(os.environ.get("TOLLGATE_SCREENSHOTS", self.folder))
        return browser.screenshot(folder / f"cashier-{name}.png")

    def choose_wechat(self, browser):
        self.assertEqual(browser.attribute("main", "data-status"), "unpaid")
        browser.click("button[data-channel=wechat]")

    def pay_on_the_phone(self, text):
        """Types what was scanned into the simulated phone and pays. The phone is a browser of its
        own: a tab beside the cashier would make that page look again when it is in front again."""
        phone = self.browser(390, 844, user_agent=PHONE)
        phone.open(self.sandbox.base + "/_sandbox/phone")
        phone.type("#code", text)
        phone.click("button.go")
        phone.until_text(".amount", "99.00")
        phone.click("form[action$='/pay'] button")
        phone.until_text("h1", "支付成功")

    def assert_paid_without_reload(self, browser, order, word):
        browser.until_attribute("main", "data-status", "paid")
        self.assertIn(word, browser.text(".panel"))
        self.assertEqual(browser.text("#live"), word)
        self.assertEqual(browser.run("return window.opened_once"), "this very page")
        self.assertEqual(self.order(order["id"])["status"], "paid")
        self.assertEqual(browser.complaints(), [])

    def buy(self, browser, name, word):
        order = self.new_order()
        browser.open(order["cashier_url"])
        self.assertIn("99.00", browser.text(".amount"))
        self.picture(browser, name + "-choose")
        self.choose_wechat(browser)
        until(lambda: browser.finds(".code img"), "the code is shown")
        browser.run(MARKER)
        text = scan(self.picture(browser, name + "-scan"))
        self.assertEqual(text, self.order(order["id"])["payments"][0]["action"]["content"])
        self.pay_on_the_phone(text)
        self.assert_paid_without_reload(browser, order, word)
        self.picture(browser, name + "-paid")

    def test_a_code_scanned_from_the_screen_of_a_pc_is_paid_and_the_page_says_so(self):
        self.buy(self.browser(), "pc", "Paid")

    def test_on_a_narrow_screen_the_code_fits_and_is_paid(self):
        browser = self.browser(390, 844, user_agent=DESKTOP, language="zh-CN")
        self.buy(browser, "phone", "支付成功")
        self.assertEqual(browser.run("return document.documentElement.scrollWidth"), 390)

    def test_in_wechat_the_app_around_the_page_is_asked_to_pay(self):
        browser = self.browser(390, 844, user_agent=WECHAT, language="zh-CN")
        order = self.new_order()
        browser.open(order["cashier_url"])
        self.picture(browser, "wechat-choose")
        browser.click("a[data-channel=wechat]")
        until(lambda: browser.finds("[data-bridge]"), "the payment is handed to the page")
        self.picture(browser, "wechat-bridge")
        self.assertEqual(browser.run("return document.documentElement.scrollWidth"), 390)
        browser.run(BRIDGE)
        browser.click("[data-bridge]")
        name, params = until(lambda: browser.run("return window.asked_for"), "the app is asked")
        (payment,) = self.order(order["id"])["payments"]
        self.assertEqual(name, "getBrandWCPayRequest")
        self.assertEqual(params, payment["action"]["params"])
        self.sandbox.pay(payment["pay_no"], silent=True)
        browser.run("window.answer_page({err_msg: 'get_brand_wcpay_request:ok'})")
        until(lambda: "/pay/return/" in browser.url, "the way back is taken")
        browser.until_attribute("main", "data-status", "paid")
        self.assertIn("支付成功", browser.text(".panel"))

    def test_in_a_phones_browser_the_choice_leads_to_the_channel_and_back_to_the_result(self):
        browser = self.browser(390, 844, user_agent=PHONE)
        order = self.new_order()
        browser.open(order["cashier_url"])
        self.choose_wechat(browser)
        until(lambda: browser.url.startswith(self.sandbox.base), "the channel's own page")
        browser.click("form[action$='/pay'] button")
        browser.until_text("h1", "支付成功")
        self.until_order(order, "paid")
        browser.open(order["cashier_url"].replace("/pay/", "/pay/return/"))
        self.assertIn("Paid", browser.text(".panel"))

    def test_without_scripts_the_choice_works_and_the_page_looks_again_by_itself(self):
        browser = self.browser(scripts=False)
        order = self.new_order()
        browser.open(order["cashier_url"])
        browser.click("button[data-channel=wechat]")
        until(lambda: browser.finds(".code img"), "the code is shown")
        self.sandbox.pay(self.order(order["id"])["payments"][0]["pay_no"])
        browser.until_text(".panel", "Paid", timeout=30)

    def test_when_the_time_is_up_the_page_says_so_without_a_reload(self):
        browser = self.browser()
        order = self.new_order(expires_in=4)
        browser.open(order["cashier_url"])
        browser.run(MARKER)
        self.assertIn("0:0", browser.text(".count time"))
        until(lambda: not browser.finds(".choice"), "nothing is offered any more")
        browser.until_attribute("main", "data-status", "expired")
        self.assertIn("Order expired", browser.text(".panel"))
        self.assertEqual(browser.run("return window.opened_once"), "this very page")
        self.picture(browser, "pc-expired")

    def test_an_unknown_address_is_a_page_in_the_buyers_language(self):
        browser = self.browser(language="zh-CN")
        browser.open(self.server.base + "/pay/" + "x" * 32)
        self.assertIn("页面不存在", browser.text("main"))
        self.picture(browser, "pc-not-found")


if __name__ == "__main__":
    unittest.main()
