"""Webhooks: registration, signatures, retries; one dead endpoint delays nobody (P4, P10)."""

import base64
import time
import unittest

from support.stack import MockCase, at_once, unique
from support.wait import stays, until


class Registration(MockCase):
    def test_a_webhook_is_answered_201_with_its_secret_shown_once(self):
        hook = self.webhook("/a", ["order.paid"], description="shop")
        self.assertEqual((hook["events"], hook["enabled"], hook["description"]),
                         (["order.paid"], True, "shop"))
        key = base64.b64decode(hook["secret"].removeprefix("whsec_"), validate=True)
        self.assertTrue(24 <= len(key) <= 64, len(key))
        shown = self.expect(self.admin.get(f"/v1/webhooks/{hook['id']}"), 200)
        self.assertNotIn("secret", shown)
        self.assertEqual(shown["id"], hook["id"])
        listed = self.admin.get("/v1/webhooks")
        self.assertIn(hook["id"], [item["id"] for item in listed.json["data"]])
        self.assertNotIn("whsec_", listed.text)

    def test_every_webhook_has_a_secret_of_its_own(self):
        self.assertNotEqual(self.webhook("/x")["secret"], self.webhook("/x")["secret"])

    def test_a_repeated_registration_is_one_webhook_and_the_same_answer(self):
        body, key = {"url": self.receiver.url + "/once", "events": ["order.paid"]}, unique("key")
        first, second = (self.admin.post("/v1/webhooks", body, headers={"Idempotency-Key": key})
                         for _ in range(2))
        self.assertEqual((second.status, second.body), (201, first.body))
        self.assertEqual((first.replayed, second.replayed), (False, True))
        listed = [hook for hook in self.admin.all("/v1/webhooks") if hook["url"] == body["url"]]
        self.assertEqual(len(listed), 1)

    def test_what_is_no_address_is_422_at_url(self):
        for url in ("", "shop.example.com", "ftp://example.com/", "http://", "javascript:alert(1)",
                    "http:///path", "http://exa mple.com/", "https://example.com:99999/", 7, None,
                    "https://example.com/" + "x" * 5000, "http://[::1", "file:///etc/passwd",
                    "http://example.com/\r\nX: y", "//example.com/"):
            with self.subTest(str(url)[:40]):
                answer = self.admin.post("/v1/webhooks", {"url": url, "events": ["*"]})
                self.expect(answer, 422)
                self.assertIn("/url", answer.pointers)

    def test_wrong_events_are_422_by_pointer(self):
        for events in ([], ["order.splendid"], "order.paid", [7], [""], None, ["order.*"],
                       ["*"] * 1000):
            with self.subTest(str(events)[:40]):
                body = {"url": self.receiver.url, "events": events}
                answer = self.admin.post("/v1/webhooks", body)
                self.expect(answer, 422)
                self.assertTrue(any(p.startswith("/events") for p in answer.pointers), answer)
        self.expect(self.admin.post("/v1/webhooks", {"url": self.receiver.url}), 422)
        self.expect(self.admin.post("/v1/webhooks", {"url": self.receiver.url, "events": ["*"],
                                                     "secret": "whsec_mine"}), 422)

    def test_disabled_gets_nothing_enabled_again_gets_what_comes_then(self):
        hook = self.webhook("/toggle", ["order.created"])
        path = f"/v1/webhooks/{hook['id']}"
        self.assertFalse(self.expect(self.admin.patch(path, {"enabled": False}), 200)["enabled"])
        unseen = self.new_order()
        self.assertTrue(self.expect(self.admin.patch(path, {"enabled": True}), 200)["enabled"])
        seen = self.new_order()
        self.receiver.wait(path="/toggle", order_id=seen["id"])
        self.assertEqual(self.receiver.of("/toggle", order_id=unseen["id"]), [])

    def test_a_deleted_webhook_is_gone_and_gets_nothing(self):
        hook = self.webhook("/deleted", ["order.created"])
        other = self.webhook("/kept", ["order.created"])
        answer = self.admin.delete(f"/v1/webhooks/{hook['id']}")
        self.assertIn(answer.status, (200, 204))
        for method in ("GET", "DELETE"):
            self.expect(self.admin.request(method, f"/v1/webhooks/{hook['id']}"), 404,
                        "webhook_not_found")
        order = self.new_order()
        self.receiver.wait(path="/kept", order_id=order["id"])
        self.assertEqual(self.receiver.of("/deleted"), [])
        self.assertTrue(other["id"])

    def test_patch_refuses_what_it_does_not_know(self):
        hook = self.webhook("/patched")
        path = f"/v1/webhooks/{hook['id']}"
        for body in ({"enabled": "yes"}, {"enabled": 1}, {"secret": "x"}, {"id": "1"}, {"x": 1}):
            self.expect(self.admin.patch(path, body), 422)
        self.expect(self.admin.patch("/v1/webhooks/1", {"enabled": True}), 404, "webhook_not_found")


class Delivering(MockCase):
    config = {"webhooks": {"timeout": 1, "gaps": [0, 1, 1]}}

    def sent(self, path, order, count=1, **more):
        return self.receiver.wait(count, path=path, order_id=order["id"], **more)

    def test_a_delivery_is_signed_as_standard_webhooks_1_0(self):
        hook = self.webhook("/signed", ["order.created"])
        order = self.new_order()
        delivery = self.sent("/signed", order)[0]
        self.assertTrue(delivery.genuine(hook["secret"]))
        self.assertEqual(delivery.headers["content-type"].split(";")[0], "application/json")
        self.assertNotIn(".", delivery.id)
        self.assertAlmostEqual(int(delivery.headers["webhook-timestamp"]), time.time(), delta=5)
        self.assertEqual(set(delivery.json), {"type", "timestamp", "data"})
        self.assertEqual(delivery.type, "order.created")
        self.assertRegex(delivery.json["timestamp"], r"\A\d{4}-\d\d-\d\dT[\d:.]{12}Z\Z")
        self.assertEqual(delivery.json["data"], order)

    def test_an_endpoint_gets_exactly_the_types_it_wants(self):
        self.webhook("/paid", ["order.paid", "payment.paid"])
        self.webhook("/all")
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.assertIn(self.notify(pay_no).status, (200, 204))
        self.until_order(order, "paid")
        every = self.sent("/all", order, 4)
        self.assertEqual(sorted(d.type for d in every),
                         ["order.created", "order.paid", "payment.created", "payment.paid"])
        paid = self.sent("/paid", order, 2)
        self.assertEqual(sorted(d.type for d in paid), ["order.paid", "payment.paid"])
        by_type = {d.type: d.json["data"] for d in every}
        self.assertEqual(by_type["order.paid"]["status"], "paid")
        self.assertEqual(by_type["payment.paid"]["pay_no"], pay_no)
        self.assertEqual({d.type: d.id for d in paid},
                         {t: d.id for t, d in ((d.type, d) for d in every) if t in by_type
                          and t in ("order.paid", "payment.paid")})

    def test_after_a_500_it_is_sent_again_under_the_same_id_with_a_fresh_time_P4(self):
        hook = self.webhook("/retry", ["order.created"])
        self.receiver.plan("/retry", 500, 204)
        order = self.new_order()
        first, second = self.sent("/retry", order, 2)
        self.assertEqual(first.id, second.id)
        self.assertEqual(first.body, second.body)
        self.assertTrue(second.genuine(hook["secret"]))
        self.assertGreater(int(second.headers["webhook-timestamp"]),
                           int(first.headers["webhook-timestamp"]) - 1)
        self.assertTrue(0.7 < second.at - first.at < 5, second.at - first.at)
        self.assert_delivery(hook, first.id, "delivered", attempts=2)
        stays(lambda: len(self.receiver.of("/retry", order_id=order["id"])) == 2, "no third", 1.5)

    def assert_delivery(self, hook, event_id, status, attempts=None):
        def found():
            for delivery in self.admin.all(f"/v1/deliveries?webhook_id={hook['id']}"):
                if delivery["event_id"] == event_id and delivery["status"] == status:
                    return delivery
            return None
        delivery = until(found, f"delivery of {event_id} {status}")
        if attempts is not None:
            self.assertEqual(delivery["attempts"], attempts)
        return delivery

    def test_redirects_are_not_followed_and_count_as_failure(self):
        self.webhook("/moved", ["order.created"])
        self.receiver.plan("/moved", (302, 0, {"Location": self.receiver.url + "/elsewhere"}), 204)
        order = self.new_order()
        self.sent("/moved", order, 2)
        self.assertEqual(self.receiver.of("/elsewhere"), [])

    def test_an_answer_that_comes_too_late_is_no_ack(self):
        self.webhook("/slow", ["order.created"])
        self.receiver.plan("/slow", (204, 2.5), 204)
        order = self.new_order()
        self.assertEqual(len({d.id for d in self.sent("/slow", order, 2)}), 1)

    def test_any_2xx_is_the_ack(self):
        for status in (200, 201, 202, 204, 299):
            hook = self.webhook(f"/ok{status}", ["order.created"])
            self.receiver.plan(f"/ok{status}", status)
            order = self.new_order()
            delivery = self.sent(f"/ok{status}", order)[0]
            self.assert_delivery(hook, delivery.id, "delivered", attempts=1)
            self.admin.delete(f"/v1/webhooks/{hook['id']}")

    def test_410_disables_the_endpoint_and_says_so(self):
        self.webhook("/watch", ["webhook.disabled"])
        hook = self.webhook("/gone", ["order.created"])
        self.receiver.plan("/gone", 410)
        self.new_order()
        path = f"/v1/webhooks/{hook['id']}"
        until(lambda: not self.admin.get(path).json["enabled"], "disabled")
        self.new_order()
        told = self.receiver.wait(path="/watch", type="webhook.disabled")
        self.assertEqual(told[0].json["data"]["id"], hook["id"])
        self.assertNotIn("whsec_", told[0].body.decode())
        stays(lambda: len(self.receiver.of("/gone")) == 1, "no further try", 1.5)

    def test_tries_equal_the_number_of_gaps_then_dead_and_a_replay_keeps_the_id(self):
        hook = self.webhook("/dead", ["order.created"])
        self.receiver.plan("/dead", 500, 500, 500, 204)
        order = self.new_order()
        tries = self.sent("/dead", order, 3)
        delivery = self.assert_delivery(hook, tries[0].id, "dead", attempts=3)
        stays(lambda: len(self.receiver.of("/dead")) == 3, "no fourth by itself", 1.5)
        dead = self.admin.all(f"/v1/deliveries?status=dead&webhook_id={hook['id']}")
        self.assertEqual([d["id"] for d in dead], [delivery["id"]])
        answer = self.admin.post(f"/v1/deliveries/{delivery['id']}/replay")
        self.assertIn(answer.status, (200, 202), answer)
        again = self.sent("/dead", order, 4)[-1]
        self.assertEqual(again.id, tries[0].id)
        self.assertTrue(again.genuine(hook["secret"]))
        self.assert_delivery(hook, again.id, "delivered")

    def test_a_dead_endpoint_delays_nobody_P10(self):
        hooks = [self.webhook("/hang", ["order.created"]), self.webhook("/fine", ["order.created"])]
        self.receiver.plan("/hang", (204, 30))
        unreachable = self.expect(self.admin.post("/v1/webhooks", {
            "url": "http://127.0.0.1:1/none", "events": ["order.created"]}), 201)
        began = time.monotonic()
        orders = at_once(8, lambda _: self.new_order())
        for order in orders:
            self.sent("/fine", order, timeout=5)
        self.assertLess(time.monotonic() - began, 4)
        for hook in (*hooks, unreachable):
            self.admin.delete(f"/v1/webhooks/{hook['id']}")

    def test_after_a_rotation_both_secrets_sign(self):
        hook = self.webhook("/rotated", ["order.created"])
        rotated = self.expect(self.admin.post(f"/v1/webhooks/{hook['id']}/rotate-secret"),
                              {200, 201})
        self.assertNotEqual(rotated["secret"], hook["secret"])
        delivery = self.sent("/rotated", self.new_order())[0]
        signatures = delivery.headers["webhook-signature"].split(" ")
        self.assertEqual(len(signatures), 2)
        for secret in (hook["secret"], rotated["secret"]):
            self.assertTrue(delivery.genuine(secret))
        self.expect(self.admin.post("/v1/webhooks/1/rotate-secret"), 404, "webhook_not_found")

    def test_a_big_or_broken_answer_harms_nothing(self):
        self.webhook("/odd", ["order.created"])
        self.receiver.plan("/odd", (200, 0, {"X-Big": "x" * 60_000}), 204)
        order = self.new_order()
        self.sent("/odd", order)
        self.assertEqual(self.open.get("/healthz").status, 200)


class PrivateNetworks(MockCase):
    config = {"webhooks": {"allow_private_networks": False, "gaps": [0, 1]}}

    def test_private_addresses_are_refused_at_registration(self):
        hosts = ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254", "0.0.0.0",
                 "100.100.100.200", "[::1]", "[::]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]",
                 "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "2130706433", "0x7f.1", "0177.0.0.1",
                 "127.1", "224.0.0.1", "255.255.255.255", "[2002:7f00:1::]", "198.18.0.1"]
        for host in hosts:
            with self.subTest(host):
                answer = self.admin.post("/v1/webhooks", {"url": f"http://{host}/x",
                                                          "events": ["*"]})
                self.expect(answer, 422)
                self.assertIn("/url", answer.pointers)

    def test_a_name_that_leads_to_a_private_address_is_refused_or_its_delivery_fails(self):
        url = self.receiver.url.replace("127.0.0.1", "localhost") + "/local"
        answer = self.admin.post("/v1/webhooks", {"url": url, "events": ["order.created"]})
        self.assertIn(answer.status, (201, 422), answer)
        if answer.status == 201:
            self.new_order()
            until(lambda: [d for d in self.admin.all("/v1/deliveries?status=dead")
                           if d["webhook_id"] == answer.json["id"]], "the delivery fails")
        self.assertEqual(self.receiver.of("/local"), [])

    def test_public_addresses_are_taken(self):
        for url in ("https://shop.example.com/hooks?x=1", "https://93.184.216.34/hook",
                    "https://[2606:2800:220:1::1]:8443/h"):
            answer = self.admin.post("/v1/webhooks", {"url": url, "events": ["order.failed"]})
            self.expect(answer, 201)


if __name__ == "__main__":
    unittest.main()
