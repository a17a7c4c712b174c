"""Payments with a channel that works: each method in both key modes, attempts, sync, close."""

import base64
import re
import struct
import unittest
import urllib.parse

from support import signing
from support.stack import SandboxCase, at_once, unique


class Methods(SandboxCase):
    """The action of every method, for wx-main (public key) and wx-cert (certificates)."""

    accounts = (("wx-main", "wx2421b1c4370ec43b", "1900000001", "merchant_key.pem"),
                ("wx-cert", "wx2421b1c4370ec43c", "1900000002", "merchant2_key.pem"))

    def each_account(self):
        for account, app_id, mch_id, key in self.accounts:
            with self.subTest(account):
                public = signing.load_private(self.sandbox.key_text(key)).public_key()
                yield account, app_id, mch_id, public

    def test_a_payment_is_answered_201_with_every_field_of_the_contract(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.assertRegex(payment["pay_no"], r"\A[0-9]{6,32}\Z")
        wanted = {"order_id": order["id"], "account_id": "wx-main", "channel": "wechat",
                  "method": "native", "status": "pending", "amount": 9900, "currency": "CNY",
                  "channel_trade_no": None, "failure_code": None, "paid_at": None}
        self.assertEqual({name: payment[name] for name in wanted}, wanted)
        self.assertRegex(payment["created_at"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
        self.assertEqual([p["pay_no"] for p in self.order(order["id"])["payments"]],
                         [payment["pay_no"]])
        self.assertEqual(self.payment(payment["pay_no"])["pay_no"], payment["pay_no"])

    def test_native_gives_the_code_and_its_picture(self):
        for account, *_ in self.each_account():
            payment = self.new_payment(self.new_order(), account_id=account)
            action = payment["action"]
            self.assertEqual(action["type"], "qr")
            trade = self.sandbox.trade(payment["pay_no"])
            self.assertEqual(action["content"], trade["code_url"])
            head, data = action["image"].split(",", 1)
            self.assertEqual(head, "data:image/png;base64")
            png = base64.b64decode(data, validate=True)
            self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
            width, height = struct.unpack(">II", png[16:24])
            self.assertEqual(width, height)
            self.assertGreaterEqual(width, 100)

    def test_what_the_channel_was_asked_is_what_was_ordered(self):
        for account, app_id, mch_id, _ in self.each_account():
            order = self.new_order(description="C++ 三十天")
            trade = self.sandbox.trade(self.new_payment(order, account_id=account)["pay_no"])
            self.assertEqual((trade["mch_id"], trade["amount"], trade["currency"],
                              trade["description"], trade["state"]),
                             (mch_id, 9900, "CNY", "C++ 三十天", "NOTPAY"))
            self.assertEqual(trade["notify_url"], f"{self.server.base}/callbacks/{account}")

    def test_jsapi_gives_params_that_the_bridge_can_verify(self):
        for account, app_id, _, public in self.each_account():
            payment = self.new_payment(self.new_order(), account_id=account, method="jsapi",
                                       payer={"openid": "o4GgauInH_RCEdvrrNGrntXDuXXX"})
            self.assertEqual(payment["action"]["type"], "jsapi")
            params = payment["action"]["params"]
            self.assertEqual(set(params), {"appId", "timeStamp", "nonceStr", "package", "signType",
                                           "paySign"})
            self.assertEqual((params["appId"], params["signType"]), (app_id, "RSA"))
            self.assertIsInstance(params["timeStamp"], str)
            trade = self.sandbox.trade(payment["pay_no"])
            self.assertEqual(params["package"], f"prepay_id={trade['prepay_id']}")
            message = "".join(params[name] + "\n"
                              for name in ("appId", "timeStamp", "nonceStr", "package")).encode()
            self.assertTrue(signing.rsa_verifies(public, message, params["paySign"]))

    def test_app_gives_params_that_the_sdk_can_verify(self):
        for account, app_id, mch_id, public in self.each_account():
            payment = self.new_payment(self.new_order(), account_id=account, method="app")
            self.assertEqual(payment["action"]["type"], "app")
            params = payment["action"]["params"]
            self.assertEqual((params["appid"], params["partnerid"], params["package"]),
                             (app_id, mch_id, "Sign=WXPay"))
            self.assertEqual(params["prepayid"], self.sandbox.trade(payment["pay_no"])["prepay_id"])
            message = "".join(str(params[name]) + "\n" for name in
                              ("appid", "timestamp", "noncestr", "prepayid")).encode()
            self.assertTrue(signing.rsa_verifies(public, message, params["sign"]))

    def test_h5_redirects_to_the_channel_and_only_appends_where_to_come_back(self):
        for account, *_ in self.each_account():
            back = "https://shop.example.com/done?order=1&x=ü"
            payment = self.new_payment(self.new_order(), account_id=account, method="h5",
                                       client_ip="203.0.113.9", return_url=back)
            self.assertEqual(payment["action"]["type"], "redirect")
            url = payment["action"]["url"]
            h5_url = self.sandbox.trade(payment["pay_no"])["h5_url"]
            self.assertTrue(url.startswith(h5_url), (url, h5_url))
            rest = urllib.parse.parse_qs(url[len(h5_url):].lstrip("&"))
            self.assertLessEqual(set(rest), {"redirect_url"})

    def test_every_method_is_paid_by_a_genuine_notice_exactly_once_P2(self):
        wishes = {"native": {}, "app": {}, "jsapi": {"payer": {"openid": "o4GgauInH"}},
                  "h5": {"client_ip": "203.0.113.9"}}
        for account, *_ in self.each_account():
            for method, more in wishes.items():
                with self.subTest(method):
                    order = self.new_order()
                    payment = self.new_payment(order, account_id=account, method=method, **more)
                    self.sandbox.pay(payment["pay_no"])
                    paid = self.until_order(order, "paid")
                    trade = self.sandbox.trade(payment["pay_no"])
                    self.assertEqual(paid["payments"][0]["status"], "paid")
                    self.assertEqual(paid["payments"][0]["channel_trade_no"],
                                     trade["transaction_id"])
                    self.assertRegex(paid["paid_at"], r"Z\Z")
                    self.until_events(order, "order.created", "payment.created", "payment.paid",
                                      "order.paid")


class Choosing(SandboxCase):
    def test_a_channel_or_nothing_lets_routing_choose(self):
        for wish in ({"account_id": None, "channel": "wechat"}, {"account_id": None}):
            payment = self.new_payment(self.new_order(), **wish)
            self.assertEqual((payment["channel"], payment["status"]), ("wechat", "pending"))

    def test_what_nobody_offers_is_refused_by_name(self):
        cases = [({"account_id": "wx-nobody"}, {404, 422}),
                 ({"account_id": None, "channel": "nochannel"}, {422}),
                 ({"method": "telegraph"}, {422}), ({"method": "redirect"}, {422}),
                 ({"method": None}, {422}), ({"method": 7}, {422}), ({"account_id": 7}, {422}),
                 ({"method": ""}, {422}), ({"colour": "red"}, {422})]
        order = self.new_order()
        for wish, statuses in cases:
            with self.subTest(wish):
                self.expect(self.try_payment(order, **wish), statuses)
        self.assertEqual(self.order(order["id"])["payments"], [])

    def test_a_currency_that_the_account_does_not_take_is_422(self):
        order = self.new_order(currency="USD")
        self.expect(self.try_payment(order), 422)

    def test_what_a_method_needs_is_asked_for_by_pointer(self):
        order = self.new_order()
        answer = self.try_payment(order, method="jsapi")
        self.expect(answer, 422)
        self.assertTrue(any(p.startswith("/payer") for p in answer.pointers), answer)
        for field, values in {"client_ip": ["nowhere", "999.1.1.1", "", 7, "1.2.3.4\r\nx: y"],
                              "return_url": ["nowhere", "javascript:alert(1)", "", 7, "file:///x"],
                              "payer": ["x", 7, {"openid": 7}, {"openid": "o" * 500}, {"x": "y"}]
                              }.items():
            for value in values:
                with self.subTest(f"{field} = {value}"):
                    wish = {"method": "jsapi", "client_ip": "203.0.113.9",
                            "payer": {"openid": "o4GgauInH"}, field: value}
                    answer = self.try_payment(order, **wish)
                    self.expect(answer, 422)
                    self.assertTrue(any(p.startswith(f"/{field}") for p in answer.pointers), answer)

    def test_an_ipv6_client_is_taken(self):
        self.new_payment(self.new_order(), method="h5", client_ip="2001:db8::1")

    def test_an_unknown_order_is_404_and_a_dead_one_409(self):
        body = {"account_id": "wx-main", "method": "native"}
        for order_id in ("1", "abc", "9" * 30):
            self.expect(self.merchant.post(f"/v1/orders/{order_id}/payments", body), 404,
                        "order_not_found")
        order = self.new_order()
        self.expect(self.merchant.post(f"/v1/orders/{order['id']}/cancel"), 200)
        self.expect(self.try_payment(order), 409, "order_closed")


class Attempts(SandboxCase):
    def open_trades(self, order):
        numbers = {payment["pay_no"] for payment in self.order(order["id"])["payments"]}
        return [trade for trade in self.sandbox.trades()
                if trade["out_trade_no"] in numbers and trade["state"] == "NOTPAY"]

    def test_the_next_attempt_closes_the_one_before_at_the_channel_P6(self):
        order = self.new_order()
        first = self.new_payment(order)
        second = self.new_payment(order, method="app")
        self.assertNotEqual(first["pay_no"], second["pay_no"])
        self.assertEqual(self.sandbox.trade(first["pay_no"])["state"], "CLOSED")
        states = {p["pay_no"]: p["status"] for p in self.order(order["id"])["payments"]}
        self.assertEqual(states, {first["pay_no"]: "closed", second["pay_no"]: "pending"})

    def test_a_next_attempt_after_a_silent_payment_is_409_and_the_order_turns_paid_P5(self):
        order = self.new_order()
        first = self.new_payment(order)
        self.sandbox.pay(first["pay_no"], silent=True)
        self.expect(self.try_payment(order), 409, "order_already_paid")
        self.until_order(order, "paid")
        self.assertEqual(len(self.order(order["id"])["payments"]), 1)

    def test_a_paid_order_takes_no_further_payment(self):
        order = self.new_order()
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        self.expect(self.try_payment(order), 409, "order_already_paid")

    def test_ten_attempts_at_once_leave_at_most_one_that_can_be_paid_P6(self):
        order = self.new_order()
        answers = at_once(10, lambda _: self.try_payment(order))
        self.assertTrue({a.status for a in answers} <= {201, 409}, answers)
        self.assertIn(201, {a.status for a in answers})
        self.assertLessEqual(len(self.open_trades(order)), 1)
        pending = [p for p in self.order(order["id"])["payments"] if p["status"] == "pending"]
        self.assertLessEqual(len(pending), 1)

    def test_the_list_of_payments_narrows_by_its_filters(self):
        order = self.new_order()
        first = self.new_payment(order)
        second = self.new_payment(order, account_id="wx-cert")
        found = self.merchant.all(f"/v1/payments?order_id={order['id']}")
        self.assertEqual([p["pay_no"] for p in found], [second["pay_no"], first["pay_no"]])
        for query, wanted in (("account_id=wx-cert", second), ("status=closed", first),
                              ("status=pending", second)):
            found = self.merchant.all(f"/v1/payments?order_id={order['id']}&{query}")
            self.assertEqual([p["pay_no"] for p in found], [wanted["pay_no"]], query)
        paged = self.merchant.all(f"/v1/payments?order_id={order['id']}", limit=1)
        self.assertEqual(len(paged), 2)

    def test_unknown_payments_are_404(self):
        for pay_no in ("1", "abc", "9" * 30):
            self.expect(self.merchant.get(f"/v1/payments/{pay_no}"), 404, "payment_not_found")
            for action in ("sync", "close"):
                self.expect(self.merchant.post(f"/v1/payments/{pay_no}/{action}"), 404,
                            "payment_not_found")


class SyncAndClose(SandboxCase):
    def act(self, payment, action):
        return self.merchant.post(f"/v1/payments/{payment['pay_no']}/{action}")

    def test_sync_learns_of_a_payment_whose_notice_never_came(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "pending")
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "paid")
        self.assertEqual(self.order(order["id"])["status"], "paid")
        self.expect(self.act(payment, "sync"), 200)
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_sync_learns_of_a_trade_that_the_channel_closed(self):
        payment = self.new_payment(self.new_order())
        self.sandbox.control("POST", "/close", {"out_trade_no": payment["pay_no"]})
        self.assertEqual(self.expect(self.act(payment, "sync"), 200)["status"], "closed")

    def test_close_closes_at_the_channel_and_leaves_the_order_open(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.assertEqual(self.expect(self.act(payment, "close"), 200)["status"], "closed")
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "CLOSED")
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.assertIn("payment.closed", self.event_types(order))
        self.assertIn(self.act(payment, "close").status, (200, 409))
        self.new_payment(order)

    def test_close_of_what_the_channel_says_is_paid_is_409_and_applied_P5(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.expect(self.act(payment, "close"), 409, "order_already_paid")
        self.assertEqual(self.until_order(order, "paid")["payments"][0]["status"], "paid")

    def test_exchanges_show_the_calls_and_callbacks_without_secrets_P9(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        self.expect(self.act(payment, "sync"), 200)
        answer = self.admin.get(f"/v1/payments/{payment['pay_no']}/exchanges")
        exchanges = self.expect(answer, 200)["data"]
        self.assertTrue(any("/v3/pay/transactions/native" in str(e) for e in exchanges), exchanges)
        self.assertTrue(any("/callbacks/" in str(e) or e.get("direction") in ("in", "incoming")
                            for e in exchanges), "the callback is not on record")
        self.assertNotIn(self.sandbox.key_text("api_v3_key"), answer.text)
        self.assertIsNone(re.search(r'signature=\\?"[A-Za-z0-9+/]', answer.text))
        self.expect(self.merchant.get(f"/v1/payments/{payment['pay_no']}/exchanges"), 403)
        self.expect(self.admin.get("/v1/payments/1/exchanges"), 404, "payment_not_found")

    def test_a_traceparent_does_not_disturb(self):
        trace = f"00-{'4bf92f3577b34da6a3ce929d0e0e4736'}-00f067aa0ba902b7-01"
        for value in (trace, "garbage", "00-" + "0" * 32 + "-" + "0" * 16 + "-00", "x" * 2000):
            answer = self.merchant.post("/v1/orders", {
                "user_id": unique("u"), "business_id": "b", "currency": "CNY",
                "order_type": "t", "description": "d",
                "items": [{"goods_id": "g", "goods_type": "t", "name": "n", "unit_price": 1,
                           "quantity": 1}]}, headers={"traceparent": value})
            self.expect(answer, 201)


if __name__ == "__main__":
    unittest.main()
