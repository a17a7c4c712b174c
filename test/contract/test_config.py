"""A bad configuration stops the start with the wrong value's pointer, as check-config says."""

import copy
import json
import pathlib
import unittest

from support.process import Process, run, temp_dir
from support.server import TollgateServer, key_entry
from support.signing import rsa_key, public_pem
from support.wechat import Merchant

GONE = object()


class Config(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        handle = temp_dir("config")
        cls.addClassCleanup(handle.cleanup)
        cls.folder = pathlib.Path(handle.name)
        cls.merchant = Merchant.new("wx-main", 1)
        account = cls.merchant.account(cls.folder / "keys", "http://127.0.0.1:9")
        cls.good = TollgateServer(cls.folder, [account]).config
        (cls.folder / "not-a-key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n")
        (cls.folder / "public.pem").write_bytes(public_pem(rsa_key("stranger")))

    def check(self, text, env=None):
        path = self.folder / "checked.json"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        code, out, err = run("tollgate", "check-config", path, env=env)
        return code, out + err

    def changed(self, pointer, value):
        config = copy.deepcopy(self.good)
        *path, last = [int(p) if p.isdigit() else p for p in pointer.strip("/").split("/")]
        place = config
        for step in path:
            place = place[step]
        if value is GONE:
            del place[last]
        else:
            place[last] = value
        return config

    def test_a_sound_file_is_sound(self):
        code, said = self.check(self.good)
        self.assertEqual(code, 0, said)

    def test_comments_are_allowed(self):
        text = "// of the file\n" + json.dumps(self.good, indent=1).replace(
            '"listen"', '/* where */ "listen"', 1)
        code, said = self.check(text)
        self.assertEqual(code, 0, said)

    def test_a_string_may_come_from_the_environment(self):
        config = self.changed("/accounts/0/settings/api_v3_key", "${CONTRACT_V3_KEY}")
        code, said = self.check(config, {"CONTRACT_V3_KEY": "k" * 32})
        self.assertEqual(code, 0, said)
        code, said = self.check(config)
        self.assertNotEqual(code, 0)
        self.assertIn("/accounts/0/settings/api_v3_key", said)
        self.assertIn("CONTRACT_V3_KEY", said)

    def test_file_paths_are_relative_to_the_file(self):
        config = self.changed("/accounts/0/settings/merchant_private_key_file",
                              f"keys/{self.merchant.mch_id}.pem")
        code, said = self.check(config)
        self.assertEqual(code, 0, said)

    def test_each_wrong_value_is_named_by_its_pointer(self):
        second_key = key_entry("shop", "merchant", "another")
        wrong = [
            ("/listen", "nowhere"), ("/listen", 8080), ("/listen", "127.0.0.1:99999"),
            ("/public_url", "pay.example.com"), ("/public_url", 7), ("/public_url", GONE),
            ("/public_url", "ftp://x"),
            ("/database", "oracle:x"), ("/database", 7), ("/database", GONE),
            ("/plugin_dir", "/nonexistent"), ("/plugin_dir", 7),
            ("/api_keys", "x"), ("/api_keys/0/role", "king"), ("/api_keys/0/role", GONE),
            ("/api_keys/0/sha256", "abc"), ("/api_keys/0/sha256", "g" * 64),
            ("/api_keys/0/sha256", 7), ("/api_keys/0/name", ""), ("/api_keys/0/name", GONE),
            ("/api_keys/0/key", "plain-text-key"),
            ("/order", []), ("/payment/query_gaps", []), ("/payment/query_gaps", [0.5]),
            ("/payment/query_gaps", [-1]), ("/payment/query_gaps", "5"),
            ("/payment/channel_timeout", 0), ("/payment/channel_timeout", "15"),
            ("/payment/channel_timeout", -3), ("/payment/colour", 1),
            ("/webhooks/gaps", []), ("/webhooks/gaps", [-5]), ("/webhooks/timeout", 0),
            ("/webhooks/allow_private_networks", "yes"), ("/webhooks/colour", 1),
            ("/accounts", {}), ("/accounts/0/id", ""), ("/accounts/0/id", "Wx Main"),
            ("/accounts/0/id", GONE), ("/accounts/0/channel", "nochannel"),
            ("/accounts/0/channel", GONE), ("/accounts/0/gateway", "nowhere"),
            ("/accounts/0/gateway", GONE), ("/accounts/0/settings", []),
            ("/accounts/0/settings/app_id", GONE), ("/accounts/0/settings/mch_id", 7),
            ("/accounts/0/settings/api_v3_key", "short"), ("/accounts/0/settings/api_v3_key", GONE),
            ("/accounts/0/settings/colour", "red"),
            ("/accounts/0/settings/merchant_private_key_file", "/nonexistent.pem"),
            ("/accounts/0/settings/merchant_private_key_file", str(self.folder / "not-a-key.pem")),
            ("/accounts/0/settings/merchant_private_key_file", str(self.folder / "public.pem")),
            ("/accounts/0/settings/platform_public_key_file", str(self.folder / "not-a-key.pem")),
            ("/accounts/0/settings/platform_public_key_file", "/nonexistent.pem"),
            ("/colour", "red"), ("/order/expires_in", 0), ("/callbacks", {"max_body": "x"}),
            ("/api_keys", [second_key, second_key]),
            ("/accounts", [self.good["accounts"][0], self.good["accounts"][0]]),
        ]
        for pointer, value in wrong:
            shown = "left out" if value is GONE else json.dumps(value)[:50]
            with self.subTest(f"{pointer} = {shown}"):
                if pointer == "/order/expires_in":
                    config = self.changed("/order", {"expires_in": value})
                else:
                    config = self.changed(pointer, value)
                code, said = self.check(config)
                self.assertNotEqual(code, 0, "check-config took it")
                near = pointer if not pointer.startswith("/accounts/0/settings/") else (
                    "/accounts/0/settings")
                self.assertIn(near, said)

    def test_broken_json_is_refused_with_its_place(self):
        for text in ("", "{", '{"listen": }', '{"a":1,"a":2}', "[]", '{"listen":"\xff"}'):
            code, said = self.check(text)
            self.assertNotEqual(code, 0, text)
            self.assertTrue(said.strip())

    def test_everything_wrong_is_told_at_once(self):
        config = self.changed("/listen", 7)
        config["accounts"][0]["channel"] = "nochannel"
        config["api_keys"][0]["role"] = "king"
        code, said = self.check(config)
        self.assertNotEqual(code, 0)
        for pointer in ("/listen", "/api_keys/0/role"):
            self.assertIn(pointer, said)

    def test_serve_refuses_it_likewise(self):
        config = self.changed("/api_keys/0/role", "king")
        path = self.folder / "served.json"
        path.write_text(json.dumps(config))
        process = Process("tollgate", self.folder / "served.log")
        process.start("serve", "--config", path)
        self.addCleanup(process.kill)
        self.assertNotEqual(process.wait_exit(15), 0)
        self.assertIn("/api_keys/0/role", process.log())

    def test_secrets_are_not_printed_P9(self):
        config = self.changed("/accounts/0/settings/api_v3_key", "short-but-secret-key")
        _, said = self.check(config)
        self.assertNotIn("short-but-secret-key", said)
        _, said = self.check(self.changed("/api_keys/0/key", "plain-text-api-key"))
        self.assertNotIn("plain-text-api-key", said)


if __name__ == "__main__":
    unittest.main()
