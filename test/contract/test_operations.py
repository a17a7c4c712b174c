"""Running it: health, metrics, accounts, drain, reload, the second server, commands."""

import hashlib
import json
import signal
import threading
import time
import unittest

from support.process import Process, build_dir, run
from support.server import TollgateServer, accepts_connections, key_entry, probe
from support.stack import MockCase, order_body
from support.wait import until
from support.wechat import Reply


class Health(MockCase):
    def test_healthz_and_readyz_are_200(self):
        for path in ("/healthz", "/readyz"):
            self.assertEqual(self.open.get(path).status, 200)

    def test_metrics_are_prometheus_text(self):
        self.new_order()
        answer = self.open.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        names = set()
        for line in answer.text.splitlines():
            if line and not line.startswith("#"):
                self.assertRegex(line, r"\A[a-z_:][a-z0-9_:]*(\{[^}]*\})? [-+0-9.eEINFa]+\Z")
                names.add(line.split("{")[0].split(" ")[0])
        self.assertTrue(any(name.startswith("tollgate_") for name in names), names)

    def test_accounts_are_listed_without_secrets_P9(self):
        answer = self.admin.get("/v1/accounts")
        accounts = {a["id"]: a for a in self.expect(answer, 200)["data"]}
        self.assertEqual(set(accounts), {"wx-main", "wx-other"})
        self.assertEqual(accounts["wx-main"]["channel"], "wechat")
        self.assertIn("native", json.dumps(accounts["wx-main"]))
        self.assertIn("closed", json.dumps(accounts["wx-main"]))
        for secret in (self.main.api_v3_key, "BEGIN", self.server.merchant_key):
            self.assertNotIn(secret, answer.text)

    def test_an_account_that_keeps_failing_opens_its_breaker_alone_P10(self):
        def cut(request, usual):
            return Reply(200, b"", wait=0, headers={"Content-Length": "999999", "Connection":
                                                    "close"})
        self.mock.override["pay"] = lambda r, usual: (
            cut(r, usual) if r.authorization["mchid"] == self.other.mch_id else usual)
        for _ in range(6):
            answer = self.try_payment(self.new_order(), account_id="wx-other")
            self.assertIn(answer.status, (502, 503), answer)
        self.new_payment(self.new_order(), account_id="wx-main")


class Reload(MockCase):
    def test_sighup_changes_keys_without_dropping_a_request(self):
        keep = self.server.client(self.server.admin_key)
        self.assertEqual(keep.get("/v1/orders").status, 200)
        stop, failures = threading.Event(), []

        def hammer():
            while not stop.is_set():
                status = self.admin.get("/v1/orders?limit=1").status
                if status != 200:
                    failures.append(status)
        thread = threading.Thread(target=hammer)
        thread.start()
        old = self.server.config["api_keys"]
        self.server.config["api_keys"] = [old[1], key_entry("new", "merchant", "brand-new-key")]
        self.server.reload()
        fresh = self.open.with_key("brand-new-key")
        until(lambda: fresh.get("/v1/orders").status == 200, "the new key is known")
        until(lambda: self.merchant.get("/v1/orders").status == 401, "the old key is gone")
        stop.set()
        thread.join()
        self.assertEqual(failures, [])
        self.server.config["api_keys"] = old
        self.server.reload()
        until(lambda: self.merchant.get("/v1/orders").status == 200, "the old key is back")

    def test_sighup_adds_and_removes_accounts(self):
        accounts = self.server.config["accounts"]
        extra = dict(accounts[0], id="wx-extra")
        self.server.config["accounts"] = [*accounts, extra]
        self.server.reload()
        until(lambda: "wx-extra" in self.admin.get("/v1/accounts").text, "wx-extra")
        self.new_payment(self.new_order(), account_id="wx-extra")
        self.server.config["accounts"] = accounts
        self.server.reload()
        until(lambda: "wx-extra" not in self.admin.get("/v1/accounts").text, "no wx-extra")

    def test_a_broken_file_at_sighup_leaves_everything_as_it_was(self):
        lines = len(self.server.log_lines())
        self.server.config_path.write_text('{"listen": 7, "api_keys": "none"')
        self.server.process.signal(signal.SIGHUP)
        until(lambda: any(l["level"] in ("error", "warn") for l in self.server.log_lines()[lines:]),
              "the refusal is logged")
        self.new_payment(self.new_order())
        self.server.write_config()


class Stopping(MockCase):
    config = {"payment": {"channel_timeout": 5}}

    def test_sigterm_finishes_what_is_under_way_and_exits_0(self):
        order = self.new_order()
        self.mock.override["pay"] = lambda _, usual: Reply(200, usual.body, wait=1.2)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.try_payment(order)))
        before = len(self.mock.requests)
        thread.start()
        until(lambda: len(self.mock.requests) > before, "the channel is asked")
        self.server.process.signal(signal.SIGTERM)
        until(lambda: not accepts_connections(self.server.port), "no new connection", 3)
        thread.join()
        self.assertEqual(answers[0].status, 201, answers[0])
        self.assertEqual(self.server.process.wait_exit(), 0)
        self.server.start()
        self.merchant.close()
        self.assertEqual(self.order(order["id"])["payments"][0]["pay_no"],
                         answers[0].json["pay_no"])

    def test_an_idle_server_stops_within_a_second_or_two(self):
        stream = self.open.stream("/pay/" + self.new_order()["cashier_url"].rsplit("/", 1)[-1]
                                  + "/events")
        self.addCleanup(stream.close)
        stream.next()
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.server.start()
        self.merchant.close()
        self.admin.close()
        self.open.close()

    def test_every_log_line_is_json_with_time_level_and_event(self):
        self.new_order()
        for line in self.server.process.log().splitlines():
            entry = json.loads(line)
            self.assertTrue({"ts", "level", "event"} <= set(entry), line)
            self.assertIn(entry["level"], ("debug", "info", "warn", "error"))

    def test_a_second_server_on_one_sqlite_file_refuses_to_start(self):
        second = TollgateServer(self.folder / "second", self.server.config["accounts"],
                                database=self.server.config["database"])
        second.write_config()
        second.process.start("serve", "--config", second.config_path)
        self.addCleanup(second.process.kill)
        self.assertNotEqual(second.process.wait_exit(15), 0)
        self.assertTrue(second.process.log().strip(), "it says why")
        self.new_order()

    def test_an_address_that_is_taken_stops_the_start(self):
        second = TollgateServer(self.folder / "third", self.server.config["accounts"],
                                listen=self.server.config["listen"])
        second.write_config()
        second.process.start("serve", "--config", second.config_path)
        self.addCleanup(second.process.kill)
        self.assertNotEqual(second.process.wait_exit(15), 0)
        self.assertEqual(probe(self.server.port, "/readyz"), 200)


class Commands(unittest.TestCase):
    def test_help_is_everywhere(self):
        for arguments in ([], ["serve"], ["migrate"], ["check-config"], ["hash-key"], ["plugins"]):
            code, out, err = run("tollgate", *arguments, "--help")
            self.assertEqual(code, 0, (arguments, err))
            self.assertIn("usage", (out + err).lower())
        code, out, err = run("tollgate-sandbox", "--help")
        self.assertEqual(code, 0, err)
        self.assertIn("--listen", out + err)

    def test_hash_key_reads_a_key_and_prints_its_sha256(self):
        for text in ("secret-key\n", "secret-key"):
            code, out, err = run("tollgate", "hash-key", stdin=text)
            self.assertEqual((code, out.strip()),
                             (0, hashlib.sha256(b"secret-key").hexdigest()), err)
        self.assertNotEqual(run("tollgate", "hash-key", stdin="")[0], 0)

    def test_plugins_lists_channel_methods_components_and_versions(self):
        code, out, err = run("tollgate", "plugins", "--dir", build_dir() / "plugins")
        self.assertEqual(code, 0, err)
        for word in ("wechat", "native", "jsapi", "h5", "app", "query", "close"):
            self.assertIn(word, out)
        self.assertNotEqual(run("tollgate", "plugins", "--dir", "/nonexistent")[0], 0)

    def test_nonsense_is_refused(self):
        for arguments in (["fly"], ["serve"], ["serve", "--config", "/nonexistent.json"],
                          ["check-config", "/nonexistent.json"], ["serve", "--colour", "red"], []):
            code, out, err = run("tollgate", *arguments)
            self.assertNotEqual(code, 0, arguments)
            self.assertTrue((out + err).strip())


class Migrate(MockCase):
    def test_migrate_makes_an_empty_file_and_is_harmless_again(self):
        other = TollgateServer(self.folder / "migrated", self.server.config["accounts"])
        other.write_config()
        for _ in range(2):
            code, _, err = run("tollgate", "migrate", "--config", other.config_path)
            self.assertEqual(code, 0, err)
        other.start()
        self.addCleanup(other.stop)
        answer = other.client(other.merchant_key).post("/v1/orders", order_body())
        self.assertEqual(answer.status, 201)


if __name__ == "__main__":
    unittest.main()
