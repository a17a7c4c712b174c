"""No secret is ever in a log line, a database row, an error or a page (P9): one canary a kind."""

import base64
import unittest

from support.stack import SandboxCase, order_body


class Canaries(SandboxCase):
    config = {"payment": {"channel_timeout": 2}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sandbox_secrets = {
            f"{name} of the channel": cls.sandbox.key_text(name) for name in ("api_v3_key",)}
        for name in ("merchant_key.pem", "merchant2_key.pem"):
            lines = cls.sandbox.key_text(name).splitlines()
            cls.sandbox_secrets[f"{name} line"] = lines[len(lines) // 2]
        cls.life()

    @classmethod
    def life(cls):
        """A bit of everything that handles a secret: payments, callbacks, faults, webhooks."""
        merchant, admin = cls.merchant, cls.admin
        cls.hook = admin.post("/v1/webhooks", {"url": cls.receiver.url + "/s", "events": ["*"]},
                              headers={"Idempotency-Key": "webhook-once"}).json
        admin.post("/v1/webhooks", {"url": cls.receiver.url + "/s", "events": ["*"]},
                   headers={"Idempotency-Key": "webhook-once"})
        cls.rotated = admin.post(f"/v1/webhooks/{cls.hook['id']}/rotate-secret",
                                 headers={"Idempotency-Key": "rotate-once"}).json
        for account, fault in (("wx-main", None), ("wx-cert", None), ("wx-main", "bad_signature"),
                               ("wx-cert", "garbage"), ("wx-main", "status")):
            order = merchant.post("/v1/orders", order_body()).json
            if fault:
                cls.sandbox.fault("pay", fault)
            answer = merchant.post(f"/v1/orders/{order['id']}/payments",
                                   {"account_id": account, "method": "native"})
            if answer.status == 201:
                pay_no = answer.json["pay_no"]
                cls.sandbox.pay(pay_no)
                cls.sandbox.notify(pay_no, forge="signature")
                merchant.post(f"/v1/payments/{pay_no}/sync")
                admin.get(f"/v1/payments/{pay_no}/exchanges")
            cls.open.get(order["cashier_url"])
        for name in ("accounts", "webhooks", "events", "deliveries", "callbacks"):
            admin.get(f"/v1/{name}")
        cls.open.get("/v1/orders", headers={"Authorization": "Bearer canary-wrong-api-key"})
        cls.open.get("/metrics")
        cls.receiver.wait(1, type="order.paid")

    def secrets(self):
        found = dict(self.sandbox_secrets)
        found["merchant API key"] = self.server.merchant_key
        found["admin API key"] = self.server.admin_key
        found["wrong API key"] = "canary-wrong-api-key"
        for name, hook in (("first", self.hook), ("rotated", self.rotated)):
            found[f"{name} webhook secret"] = hook["secret"].removeprefix("whsec_")
        return found

    def assert_clean(self, what, data, known):
        for name, secret in known.items():
            self.assertNotIn(secret.encode(), data, f"{name} is in {what}")

    def test_not_in_the_log(self):
        self.assert_clean("the log", self.server.process.log().encode(), self.secrets())

    def test_not_in_the_database_files(self):
        known = self.secrets()
        for path in self.server.database_path.parent.glob(self.server.database_path.name + "*"):
            data = path.read_bytes()
            self.assert_clean(path.name, data, known)
            for name, secret in known.items():
                if "webhook" in name:
                    self.assertNotIn(base64.b64decode(secret), data, f"{name} in {path.name}")

    def test_not_in_an_answer_but_the_one_that_shows_a_new_webhook_secret(self):
        known = self.secrets()
        for method, path, answer in self.transcript:
            shows = method == "POST" and (path == "/v1/webhooks" or path.endswith("/rotate-secret"))
            for name, secret in known.items():
                if not (shows and "webhook" in name):
                    text = answer.body + str(answer.headers).encode()
                    self.assertNotIn(secret.encode(), text, f"{name} in {method} {path}")

    def test_not_in_a_webhook(self):
        for delivery in self.receiver.of():
            self.assert_clean(f"webhook {delivery.type}",
                              delivery.body + str(delivery.headers).encode(), self.secrets())

    def test_not_on_the_command_line(self):
        command = open(f"/proc/{self.server.process.child.pid}/cmdline", "rb").read()
        self.assert_clean("the command line", command, self.secrets())


if __name__ == "__main__":
    unittest.main()
