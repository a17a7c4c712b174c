"""Who may call what: keys, roles, and that the public routes need neither."""

import unittest

from support.stack import MockCase, at_once, order_body

# Every route of /v1 with the least role that may call it.
MERCHANT, ADMIN = "merchant", "admin"
ROUTES = [
    ("POST", "/v1/orders", MERCHANT), ("GET", "/v1/orders", MERCHANT),
    ("GET", "/v1/orders/1", MERCHANT), ("POST", "/v1/orders/1/cancel", MERCHANT),
    ("POST", "/v1/orders/1/payments", MERCHANT),
    ("GET", "/v1/payments", MERCHANT), ("GET", "/v1/payments/1", MERCHANT),
    ("POST", "/v1/payments/1/sync", MERCHANT), ("POST", "/v1/payments/1/close", MERCHANT),
    ("GET", "/v1/payments/1/exchanges", ADMIN),
    ("PUT", "/v1/stock/g", ADMIN), ("GET", "/v1/stock/g", ADMIN),
    ("POST", "/v1/webhooks", ADMIN), ("GET", "/v1/webhooks", ADMIN),
    ("GET", "/v1/webhooks/1", ADMIN), ("PATCH", "/v1/webhooks/1", ADMIN),
    ("DELETE", "/v1/webhooks/1", ADMIN),
    ("POST", "/v1/webhooks/1/rotate-secret", ADMIN), ("POST", "/v1/webhooks/1/replay", ADMIN),
    ("GET", "/v1/events", ADMIN), ("GET", "/v1/events/1", ADMIN),
    ("GET", "/v1/events/feed", ADMIN),
    ("GET", "/v1/deliveries", ADMIN), ("POST", "/v1/deliveries/1/replay", ADMIN),
    ("GET", "/v1/callbacks", ADMIN), ("GET", "/v1/accounts", ADMIN),
]


def body_for(method):
    return {} if method in ("POST", "PUT", "PATCH") else None


class Keys(MockCase):
    def test_every_route_of_v1_is_401_without_a_key(self):
        for method, path, _ in ROUTES:
            with self.subTest(f"{method} {path}"):
                answer = self.open.request(method, path, body_for(method))
                self.expect(answer, 401, "unauthorized")
                self.assertIn("bearer", answer.headers.get("www-authenticate", "").lower())

    def test_what_is_no_configured_key_is_401(self):
        good = self.server.merchant_key
        for value in ("", "Bearer", "Bearer ", f"Basic {good}", good, f"Bearer {good}x", "Bearer x",
                      f"Bearer {good[:-1]}", f"Bearer {good.upper()}", f"Bearer {good} {good}",
                      "Bearer " + "y" * 4000,
                      "Bearer " + self.server.config["api_keys"][0]["sha256"],
                      f"Bearer\t{good}x"):
            with self.subTest(value[:40]):
                answer = self.open.get("/v1/orders", headers={"Authorization": value})
                self.expect(answer, 401, "unauthorized")

    def test_two_authorization_headers_are_not_one(self):
        request = (f"GET /v1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   f"Authorization: Bearer nobody\r\n"
                   f"Authorization: Bearer {self.server.merchant_key}\r\n\r\n").encode()
        status = self.open.raw(request).split(b"\r\n", 1)[0]
        self.assertRegex(status, rb" (400|401) ")

    def test_the_admin_key_may_do_everything_and_the_merchant_key_only_its_part(self):
        for method, path, role in ROUTES:
            with self.subTest(f"{method} {path}"):
                admin = self.admin.request(method, path, body_for(method))
                self.assertNotIn(admin.status, (401, 403), admin)
                self.assertLess(admin.status, 500, admin)
                merchant = self.merchant.request(method, path, body_for(method))
                if role == ADMIN:
                    self.expect(merchant, 403, "forbidden")
                else:
                    self.assertNotIn(merchant.status, (401, 403), merchant)

    def test_a_route_that_is_not_there_is_no_oracle(self):
        for path in ("/v1/nothing", "/v1", "/v1/", "/v1/orders/", "/v1//orders"):
            self.assertIn(self.open.get(path).status, (401, 404), path)
            answer = self.merchant.get(path)
            self.assertIn(answer.status, (404,), f"{path} {answer}")
            self.assert_problem(answer)

    def test_a_method_that_is_not_there_is_405(self):
        for method, path in (("DELETE", "/v1/orders"), ("PUT", "/v1/orders"),
                             ("PATCH", "/v1/orders/1"), ("DELETE", "/v1/payments/1"),
                             ("POST", "/v1/accounts")):
            answer = self.admin.request(method, path, body_for(method))
            self.expect(answer, 405, "method_not_allowed")

    def test_the_key_never_comes_back(self):
        for key in (self.server.merchant_key, "wrong-key-wrong-key"):
            for path in ("/v1/orders", "/v1/nothing", "/v1/orders?limit=0"):
                answer = self.open.get(path, headers={"Authorization": f"Bearer {key}"})
                self.assertNotIn(key, answer.text + str(answer.headers))

    def test_a_flood_of_wrong_keys_does_not_shut_out_the_right_one_P10(self):
        wrong = self.open.with_key("no-such-key")
        statuses = set(at_once(40, lambda _: wrong.get("/v1/orders").status))
        self.assertTrue(statuses <= {401, 429}, statuses)
        self.expect(self.merchant.post("/v1/orders", order_body()), 201)


class Public(MockCase):
    def test_health_pages_and_callbacks_need_no_key(self):
        order = self.new_order()
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", order["cashier_url"]):
            self.assertEqual(self.open.get(path).status, 200, path)
        self.assertEqual(self.open.post("/callbacks/nobody", {}).status, 404)

    def test_a_wrong_key_does_not_hurt_on_public_routes(self):
        answer = self.open.get("/healthz", headers={"Authorization": "Bearer x"})
        self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main()
