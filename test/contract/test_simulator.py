"""The simulator judged alone, by a small merchant client of our own: it must be as strict as the
real channel, or the other tests would prove little."""

import http.client
import json
import pathlib
import time
import unittest
import urllib.parse

from cryptography import x509

from support import signing
from support.client import Client
from support.process import temp_dir
from support.receiver import Receiver
from support.sandbox import Sandbox
from support.stack import unique
from support.wait import until
from support.wechat_judge import MerchantClient

PAY = "/v3/pay/transactions/"


class Simulator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        handle = temp_dir("simulator")
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name)).start()
        cls.addClassCleanup(cls.sandbox.stop)
        main, cert = cls.sandbox.accounts()
        cls.main = MerchantClient(cls.sandbox, main, "merchant_key.pem")
        cls.cert = MerchantClient(cls.sandbox, cert, "merchant2_key.pem")
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)

    def tearDown(self):
        self.sandbox.clear_faults()

    def place(self, method="native", **over):
        body = self.main.order(self.receiver.url + "/notice", **over)
        answer = self.main.send("POST", PAY + method, body)
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(self.main.verifies(answer))
        return body["out_trade_no"], answer.json

    def query(self, number):
        return self.main.send("GET", f"{PAY}out-trade-no/{number}?mchid={self.main.mch_id}")

    def test_its_accounts_file_fits_what_the_contract_says(self):
        main, cert = self.sandbox.accounts()
        self.assertEqual((main["id"], cert["id"]), ("wx-main", "wx-cert"))
        for account in (main, cert):
            self.assertEqual(account["gateway"], self.sandbox.base)
            key = account["settings"]["merchant_private_key_file"]
            self.assertTrue(pathlib.Path(key).is_file())
            self.assertEqual(len(account["settings"]["api_v3_key"]), 32)
        self.assertIn("platform_public_key_id", main["settings"])
        self.assertNotIn("platform_public_key_id", cert["settings"])

    def test_placing_answers_each_methods_handle_signed(self):
        self.assertTrue(self.place("native")[1]["code_url"].startswith("weixin://"))
        self.assertIn("prepay_id", self.place("app")[1])
        self.assertIn("prepay_id", self.place("jsapi", payer={"openid": "oUpF8uMuAJO"})[1])
        scene = {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}
        self.assertTrue(self.place("h5", scene_info=scene)[1]["h5_url"].startswith("http"))

    def test_requests_that_are_not_signed_right_are_401(self):
        body = self.main.order(self.receiver.url + "/notice")
        wrong = ({"key": signing.rsa_key("stranger")}, {"serial": "0" * 40},
                 {"signed_target": "/v3/other"}, {"timestamp": int(time.time()) - 400})
        for change in wrong:
            answer = self.main.send("POST", PAY + "native", body, **change)
            self.assertEqual((answer.status, answer.json["code"]), (401, "SIGN_ERROR"), change)
        self.assertFalse(self.sandbox.has_trade(body["out_trade_no"]))

    def test_wishes_that_the_channel_would_refuse_are_refused(self):
        wrong = [("native", {"amount": {"total": 0, "currency": "CNY"}}),
                 ("native", {"amount": {"total": "1", "currency": "CNY"}}),
                 ("native", {"out_trade_no": "T1"}), ("native", {"out_trade_no": "x" * 33}),
                 ("native", {"description": ""}), ("native", {"appid": "wx0000000000000000"}),
                 ("native", {"mchid": "1900009999"}), ("jsapi", {}), ("h5", {}),
                 ("native", {"notify_url": self.receiver.url + "/n?x=1"})]
        for method, change in wrong:
            with self.subTest(change):
                body = self.main.order(self.receiver.url + "/notice", **change)
                answer = self.main.send("POST", PAY + method, body)
                self.assertTrue(400 <= answer.status < 500, answer)

    def test_a_trade_is_queried_paid_and_cannot_be_closed_then(self):
        number, _ = self.place()
        self.assertEqual(self.query(number).json["trade_state"], "NOTPAY")
        self.sandbox.pay(number, silent=True)
        answer = self.query(number)
        self.assertTrue(self.main.verifies(answer))
        self.assertEqual((answer.json["trade_state"], answer.json["amount"]["total"]),
                         ("SUCCESS", 100))
        closed = self.main.send("POST", f"{PAY}out-trade-no/{number}/close",
                                {"mchid": self.main.mch_id})
        self.assertEqual(closed.status, 400, closed)

    def test_a_closed_trade_takes_no_money(self):
        number, _ = self.place()
        closed = self.main.send("POST", f"{PAY}out-trade-no/{number}/close",
                                {"mchid": self.main.mch_id})
        self.assertEqual((closed.status, closed.body), (204, b""))
        self.assertTrue(self.main.verifies(closed))
        self.assertEqual(self.query(number).json["trade_state"], "CLOSED")
        self.sandbox.pay(number, expect=409)
        self.assertEqual(self.sandbox.pay(number, late=True)["state"], "SUCCESS")

    def notice_of(self, number):
        def found():
            for delivery in self.receiver.of("/notice"):
                sealed = delivery.json["resource"]
                plain = json.loads(signing.aead_decrypt(self.main.api_v3_key, sealed))
                if plain["out_trade_no"] == number:
                    return delivery, plain
            return None
        return until(found, "the notice")

    def test_its_notice_is_signed_and_sealed(self):
        number, _ = self.place()
        self.sandbox.pay(number)
        delivery, plain = self.notice_of(number)
        headers = delivery.headers
        message = signing.wechat_answer_message(headers["wechatpay-timestamp"],
                                                headers["wechatpay-nonce"], delivery.body)
        self.assertTrue(signing.rsa_verifies(self.main.platform, message,
                                             headers["wechatpay-signature"]))
        self.assertEqual(headers["wechatpay-serial"],
                         self.sandbox.key_text("platform_public_key_id"))
        self.assertEqual((plain["trade_state"], plain["amount"]["total"], plain["mchid"]),
                         ("SUCCESS", 100, self.main.mch_id))

    def test_certificates_decrypt_and_verify_their_own_answer(self):
        answer = self.cert.send("GET", "/v3/certificates")
        self.assertEqual(answer.status, 200, answer)
        known = {}
        for entry in answer.json["data"]:
            pem = signing.aead_decrypt(self.cert.api_v3_key, entry["encrypt_certificate"])
            certificate = x509.load_pem_x509_certificate(pem)
            self.assertEqual(f"{certificate.serial_number:X}", entry["serial_no"].lstrip("0"))
            known[entry["serial_no"]] = certificate.public_key()
        key = known[answer.headers["wechatpay-serial"]]
        self.assertTrue(self.cert.verifies(answer, key))

    def test_faults_do_what_their_names_say_as_often_as_told(self):
        number, _ = self.place()
        self.sandbox.fault("query", "status", status=503, count=2)
        self.assertEqual([self.query(number).status for _ in range(3)], [503, 503, 200])
        self.sandbox.fault("query", "bad_signature")
        self.assertFalse(self.main.verifies(self.query(number)))
        self.sandbox.fault("query", "unsigned")
        self.assertIsNone(self.query(number).headers.get("wechatpay-signature"))
        self.sandbox.fault("query", "frequency")
        self.assertEqual(self.query(number).status, 429)
        self.sandbox.fault("query", "garbage")
        with self.assertRaises(ValueError):
            self.query(number).json
        for kind in ("cut", "cut_before"):
            self.sandbox.fault("query", kind)
            with self.assertRaises((OSError, http.client.HTTPException)):
                self.query(number)
        self.assertEqual(self.query(number).status, 200)

    def test_the_ledger_counts_what_was_booked(self):
        before = self.sandbox.ledger(self.main.mch_id)["paid"]
        number, _ = self.place()
        self.sandbox.pay(number, silent=True)
        after = self.sandbox.ledger(self.main.mch_id)["paid"]
        self.assertEqual((after["count"], after["amount"]),
                         (before["count"] + 1, before["amount"] + 100))

    def test_the_phone_shows_a_trade_and_pays_it(self):
        number, handle = self.place()
        client = Client(self.sandbox.base)
        code = urllib.parse.quote(handle["code_url"], safe="")
        page = client._exchange("GET", f"/_sandbox/phone?code={code}", None, {}, 10)
        self.assertEqual(page.status, 200)
        self.assertIn("1.00", page.text)
        self.assertIn("判", page.text)
        self.assertEqual(client._exchange("GET", "/_sandbox/phone", None, {}, 10).status, 200)
        self.assertEqual(self.sandbox.trade(number)["state"], "NOTPAY")


class Starting(unittest.TestCase):
    def test_it_makes_its_keys_once_and_keeps_them(self):
        with temp_dir("keys") as folder:
            kept = []
            for _ in range(2):
                sandbox = Sandbox(folder).start()
                accounts = sandbox.accounts()
                self.assertEqual({account["gateway"] for account in accounts}, {sandbox.base})
                kept.append([sandbox.key_text(name) for name in
                             ("merchant_key.pem", "api_v3_key", "platform_public_key.pem")])
                sandbox.stop()
            self.assertEqual(kept[0], kept[1])


class Stopping(unittest.TestCase):
    def test_sigterm_ends_it_soon_though_notices_wait_and_connections_idle(self):
        with temp_dir("stopping") as folder:
            sandbox = Sandbox(folder).start()
            main = MerchantClient(sandbox, sandbox.accounts()[0], "merchant_key.pem")
            wish = main.order("http://127.0.0.1:1/nobody-listens")
            self.assertEqual(main.send("POST", PAY + "native", wish).status, 200)
            sandbox.pay(wish["out_trade_no"])
            until(lambda: sandbox.trade(wish["out_trade_no"])["notices"], "a notice was tried")
            self.assertEqual(sandbox.process.stop(5), 0)


if __name__ == "__main__":
    unittest.main()
