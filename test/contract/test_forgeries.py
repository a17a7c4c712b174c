"""A forged, replayed, stale or altered callback changes nothing and is recorded (P8)."""

import base64
import json
import time
import unittest

from support import signing
from support.stack import MockCase, SandboxCase, at_once
from support.wait import until

SIGNATURE = "Wechatpay-Signature"


def changed(notice, **headers):
    """The notice with headers replaced (None takes one away); underscores stand for dashes."""
    given, body = notice
    given = dict(given)
    for name, value in headers.items():
        name = name.replace("_", "-")
        given.pop(name, None)
        if value is not None:
            given[name] = value
    return given, body


class Forgeries(MockCase):
    def setUp(self):
        super().setUp()
        self.created = self.new_order()
        self.pay_no = self.new_payment(self.created)["pay_no"]
        self.good = self.mock.notice(self.main, self.pay_no)

    def refused(self, notice, reasons=None):
        """401, nothing changed, and one refusal more on record with a reason of `reasons`."""
        before = len(self.callback_records(verdict="refused"))
        answer = self.call_back(notice)
        self.assertEqual(answer.status, 401, answer)
        self.assertEqual(self.order(self.created["id"])["status"], "unpaid")
        self.assertEqual(self.payment(self.pay_no)["status"], "pending")
        records = until(lambda: self.has_more_refusals(before), "the refusal is on record", 5)
        newest = records[0]
        self.assertEqual((newest["account_id"], newest["verdict"]), ("wx-main", "refused"))
        self.assertRegex(newest["reason"], r"\A[a-z][a-z_]+\Z")
        self.assertEqual(newest["size"], len(notice[1]))
        if reasons:
            self.assertIn(newest["reason"], reasons)

    def has_more_refusals(self, before):
        records = self.callback_records(verdict="refused")
        return records if len(records) > before else None

    def tearDown(self):
        answer = self.call_back(self.good)  # What is genuine still works after every forgery.
        self.assertIn(answer.status, (200, 204), answer)
        self.until_order(self.created, "paid")
        super().tearDown()

    def test_each_missing_or_empty_header(self):
        for name in ("Wechatpay-Signature", "Wechatpay-Serial", "Wechatpay-Timestamp",
                     "Wechatpay-Nonce"):
            for value in (None, ""):
                with self.subTest(f"{name}={value}"):
                    self.refused(changed(self.good, **{name: value}))
        self.refused(({"Content-Type": "application/json"}, self.good[1]))

    def test_signatures_that_do_not_hold(self):
        right = self.good[0][SIGNATURE]
        raw = bytearray(base64.b64decode(right))
        raw[5] ^= 1
        wrong = {"one bit": base64.b64encode(raw).decode(), "cut": right[:-8],
                 "no base64": "?" * 344, "doubled": right + right, "of nothing": "=",
                 "zeros": base64.b64encode(bytes(256)).decode(), "words": "signature",
                 "inner space": right[:10] + " " + right[10:]}
        for what, signature in wrong.items():
            with self.subTest(what):
                self.refused(changed(self.good, **{SIGNATURE: signature}), {"signature_mismatch"})

    def test_the_signature_probe_is_refused_like_any_bad_signature(self):
        probe = "WECHATPAY/SIGNTEST/" + self.good[0][SIGNATURE]
        self.refused(changed(self.good, **{SIGNATURE: probe}))

    def test_another_key_under_the_known_serial(self):
        body = self.good[1]
        self.refused(self.mock.signed(self.main, body, key=signing.rsa_key("stranger")),
                     {"signature_mismatch"})
        self.refused(self.mock.signed(self.main, body, key=self.main.key), {"signature_mismatch"})

    def test_unknown_serials(self):
        body = self.good[1]
        for serial in ("PUB_KEY_ID_0000000000000000000000",
                       "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC", self.main.serial, "x",
                       "../../etc/passwd", "PUB_KEY_ID_", "A" * 300):
            with self.subTest(serial[:40]):
                notice = self.mock.signed(self.main, body, serial=serial)
                self.refused(notice, {"unknown_serial"})

    def test_another_accounts_key_and_serial(self):
        notice = self.mock.signed(self.other, self.good[1])
        self.refused(notice, {"unknown_serial"})

    def test_times_outside_the_window_though_correctly_signed(self):
        now = int(time.time())
        for age in (-3600, -310, 310, 600, 86_400):
            with self.subTest(age):
                self.refused(self.mock.signed(self.main, self.good[1], timestamp=now - age),
                             {"stale"})
        for text in ("0", "-1", "yesterday", "1e9", "9" * 30, f"{now}.5", f" {now}x", "0x10"):
            with self.subTest(text):
                self.refused(self.mock.signed(self.main, self.good[1], timestamp=text),
                             {"stale", "malformed", "missing_header"})

    def test_a_time_inside_the_window_is_taken(self):
        notice = self.mock.signed(self.main, self.good[1], timestamp=int(time.time()) - 280)
        self.assertIn(self.call_back(notice).status, (200, 204))

    def test_a_body_altered_after_signing(self):
        headers, body = self.good
        for altered in (body + b" ", body[:-1], b"", body.replace(b"TRANSACTION", b"TRANSACTIOM"),
                        b"{}", body.replace(b'"nonce"', b'"nonCe"'), b"\x00" + body, body + body):
            with self.subTest(altered[:30]):
                self.refused((headers, altered), {"signature_mismatch", "malformed"})

    def test_signed_bodies_that_are_no_notice(self):
        bodies = [b"{}", b"[]", b"null", b"", b"not json", b'{"resource":{}}', b'{"resource":7}',
                  b"[" * 30_000, b'{"id":"\xff"}', json.dumps({"id": 7, "resource": []}).encode()]
        for body in bodies:
            with self.subTest(body[:30]):
                self.refused(self.mock.signed(self.main, body))

    def test_signed_notices_whose_resource_cannot_be_opened(self):
        plain = json.dumps(self.mock.transaction(self.main, self.pay_no,
                                                 trade_state="SUCCESS")).encode()
        foreign = signing.aead_encrypt("f" * 32, plain, "transaction")
        sealed = signing.aead_encrypt(self.main.api_v3_key, plain, "transaction")
        damaged = bytearray(base64.b64decode(sealed["ciphertext"]))
        damaged[0] ^= 1
        wrong = {
            "another api v3 key": foreign,
            "damaged": {**sealed, "ciphertext": base64.b64encode(damaged).decode()},
            "tag cut off": {**sealed, "ciphertext": base64.b64encode(
                base64.b64decode(sealed["ciphertext"])[:-1]).decode()},
            "shorter than a tag": {**sealed, "ciphertext": "AAAA"},
            "no ciphertext": {**sealed, "ciphertext": ""},
            "no base64": {**sealed, "ciphertext": "?"},
            "other data": {**sealed, "associated_data": "certificate"},
            "other algorithm": {**sealed, "algorithm": "AEAD_SM4_GCM"},
            "no algorithm": {**sealed, "algorithm": ""}, "plain": {**sealed, "algorithm": "NONE"},
            "short nonce": {**sealed, "nonce": "abc"}, "long nonce": {**sealed, "nonce": "a" * 500},
            "nonce is no text": {**sealed, "nonce": 7}, "ciphertext is no text": {**sealed,
                                                                                "ciphertext": [1]},
        }
        for what, resource in wrong.items():
            with self.subTest(what):
                self.refused(self.mock.notice(self.main, self.pay_no, resource=resource))

    def test_signed_and_sealed_garbage_pays_nothing(self):
        for plain in (b"", b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b"[" * 20_000,
                      b'{"out_trade_no":7}', b'{"trade_state":"SUCCESS"}'):
            with self.subTest(plain[:20]):
                answer = self.call_back(self.mock.sealed(self.main, plain))
                self.assertIn(answer.status, (200, 204, 401), answer)
                self.assertEqual(self.order(self.created["id"])["status"], "unpaid")

    def test_two_signature_headers(self):
        headers, body = self.good
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines.insert(1, f"{SIGNATURE}: AAAA")
        request = ("POST /callbacks/wx-main HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   f"Content-Length: {len(body)}\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()
        answer = self.open.raw(request + body)
        self.assertRegex(answer, rb"\AHTTP/1.1 (400|401) ")
        self.assertEqual(self.order(self.created["id"])["status"], "unpaid")


class Addresses(MockCase):
    def test_an_unknown_account_is_404(self):
        for account in ("nobody", "WX-MAIN", "wx-main%20", "..", "%2e%2e", "wx-main%00", "x" * 500):
            answer = self.open.post(f"/callbacks/{account}", {})
            self.assertIn(answer.status, (404, 400), f"{account}: {answer}")

    def test_other_methods_are_refused(self):
        for method in ("GET", "PUT", "DELETE"):
            answer = self.open.request(method, "/callbacks/wx-main")
            self.assertEqual(answer.status, 405, answer)

    def test_a_body_over_64_kib_is_413_and_one_of_64_kib_is_judged(self):
        self.assertEqual(self.open.post("/callbacks/wx-main", b"x" * 65_537).status, 413)
        self.assertEqual(self.open.post("/callbacks/wx-main", b"x" * 65_536).status, 401)
        head = (b"POST /callbacks/wx-main HTTP/1.1\r\nHost: x\r\n"
                b"Content-Length: 99999999999\r\n\r\n")
        self.assertRegex(self.open.raw(head), rb"\AHTTP/1.1 413 ")

    def test_a_refusal_says_no_more_than_it_must(self):
        answer = self.open.post("/callbacks/wx-main", {"id": "x"})
        self.assertEqual(answer.status, 401)
        for word in ("BEGIN", "expected", "openssl", "/home", "sqlite"):
            self.assertNotIn(word.lower(), answer.text.lower())

    def test_a_flood_of_forgeries_is_refused_bounded_and_does_not_stop_the_genuine(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        statuses = at_once(40, lambda n: {self.call_back(({"Wechatpay-Serial": "x"}, b"{}")).status
                                          for _ in range(10)})
        self.assertTrue(set().union(*statuses) <= {401, 429}, statuses)
        self.assertIn(self.notify(pay_no).status, (200, 204))
        self.until_order(order, "paid")


class OfTheSimulator(SandboxCase):
    def test_every_forgery_of_the_simulator_is_refused_and_recorded(self):
        order = self.new_order()
        pay_no = self.new_payment(order)["pay_no"]
        self.sandbox.pay(pay_no, silent=True)
        forgeries = ("signature", "serial", "timestamp", "body", "probe", "key")
        for number, forge in enumerate(forgeries):
            with self.subTest(forge):
                sent = self.sandbox.notify(pay_no, forge=forge)["sent"]
                self.assertEqual([s["status"] for s in sent], [401])
                self.assertEqual(self.order(order["id"])["status"], "unpaid")
                refused = self.admin.all("/v1/callbacks?verdict=refused&account_id=wx-main")
                self.assertEqual(len(refused), number + 1)
        self.sandbox.notify(pay_no)
        self.until_order(order, "paid")


if __name__ == "__main__":
    unittest.main()
