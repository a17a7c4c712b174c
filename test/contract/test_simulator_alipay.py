"""The simulator's Alipay judged alone, by the rules of Alipay's public description and by the
vectors that Alipay's own tests publish."""

import json
import pathlib
import re
import unittest
import urllib.parse

from cryptography import x509

from support import signing
from support.alipay_judge import (AlipayApp, base64_pem, certificate_sn, notice_fields,
                                  notice_verifies, root_sn, signed_node)
from support.client import Client
from support.process import temp_dir
from support.receiver import Receiver
from support.sandbox import Sandbox
from support.stack import unique
from support.wait import until

VECTORS = pathlib.Path(__file__).parents[1] / "data" / "vectors"
PRECREATE, QUERY = "alipay.trade.precreate", "alipay.trade.query"
CLOSE, CANCEL = "alipay.trade.close", "alipay.trade.cancel"
PAGE, WAP, APP = "alipay.trade.page.pay", "alipay.trade.wap.pay", "alipay.trade.app.pay"
PRODUCTS = {PRECREATE: "FACE_TO_FACE_PAYMENT", PAGE: "FAST_INSTANT_TRADE_PAY",
            WAP: "QUICK_WAP_WAY", APP: "QUICK_MSECURITY_PAY"}


class TheJudge(unittest.TestCase):
    """The rules that judge the simulator hold for what Alipay published."""

    def setUp(self):
        self.vectors = json.loads((VECTORS / "alipay.json").read_text())

    def key(self, vector):
        return signing.load_public((VECTORS / vector["key"]).read_bytes())

    def test_published_notices_answers_and_certificate_numbers(self):
        for vector in self.vectors["notify_published"]:
            if "only sign removed" in vector.get("rule", ""):
                continue  # not a trade notice
            fields = {name: str(value) for name, value in vector["params"].items()}
            self.assertEqual(notice_verifies(self.key(vector), fields), vector["expect"],
                             vector["id"])
        raw = self.vectors["response_published"][0]
        self.assertEqual(signed_node(raw["raw"], "alipay_open_file_upload_response"),
                         raw["signed_substring"])
        for vector in self.vectors["response_published"]:
            self.assertTrue(signing.rsa_verifies(
                self.key(vector), vector["signed_substring"].encode(), vector["signature"]))
        for vector in self.vectors["cert_sn_published"]:
            pem = (VECTORS / vector["file"]).read_bytes()
            one = "_" not in vector["sn"]
            sn = certificate_sn(x509.load_pem_x509_certificate(pem)) if one else root_sn(pem)
            self.assertEqual(sn, vector["sn"], vector["id"])


class AlipayCase(unittest.TestCase):
    time_scale = 1

    @classmethod
    def setUpClass(cls):
        handle = temp_dir(cls.__name__)
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name), cls.time_scale).start()
        cls.addClassCleanup(cls.sandbox.stop)
        main, cert = cls.sandbox.accounts("alipay")
        cls.main, cls.cert = AlipayApp(cls.sandbox, main), AlipayApp(cls.sandbox, cert)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.browser = Client(cls.sandbox.base)

    def tearDown(self):
        self.sandbox.clear_faults()

    def biz(self, method=PRECREATE, **over):
        body = {"out_trade_no": unique("T").replace("-", "_"), "total_amount": "88.88",
                "subject": "一本书", "product_code": PRODUCTS[method]}
        if method == WAP:
            body["quit_url"] = "https://shop.example/quit"
        body.update(over)
        return {name: value for name, value in body.items() if value is not None}

    def ask(self, method, biz, app=None, **over):
        """The node of a call whose signature must hold."""
        app = app or self.main
        node, holds = app.node(app.call(method, biz, **over), method)
        self.assertTrue(holds, node)
        return node

    def precreate(self, app=None, notify="/notice", **over):
        biz = self.biz(**over)
        more = {"notify_url": self.receiver.url + notify} if notify else {}
        node = self.ask(PRECREATE, biz, app, **more)
        self.assertEqual(node["code"], "10000", node)
        return biz["out_trade_no"], node["qr_code"]

    def query(self, number, app=None):
        return self.ask(QUERY, {"out_trade_no": number}, app)

    def visit(self, path, form=None):
        """One step of a browser without scripts."""
        path = path.removeprefix(self.sandbox.base)
        body = None if form is None else urllib.parse.urlencode(form).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        return self.browser._exchange("POST" if form is not None else "GET", path, body, kind, 10)

    def open_page(self, method=PAGE, app=None, **over):
        """(number, checkout path) of a page order that the browser has opened."""
        app = app or self.main
        biz = self.biz(method)
        moved = self.visit(app.page_url(method, biz, **over))
        self.assertEqual(moved.status, 302, moved)
        return biz["out_trade_no"], moved.headers["location"]

    def notices(self, number, count=1, path="/notice"):
        def found():
            came = [d for d in self.receiver.of(path) if number in d.body.decode()]
            return came if len(came) >= count else None
        return until(found, f"{count} notices of {number}")


class Gateway(AlipayCase):
    def test_a_precreated_trade_exists_only_once_its_code_was_scanned(self):
        number, code = self.precreate()
        self.assertTrue(code.startswith("https://qr.alipay.com/bax"))
        for method in (QUERY, CLOSE, CANCEL):
            node = self.ask(method, {"out_trade_no": number})
            self.assertEqual((node["code"], node["sub_code"]), ("40004", "ACQ.TRADE_NOT_EXIST"))
        page = self.visit("/_sandbox/phone?code=" + urllib.parse.quote(code, safe=""))
        self.assertIn("¥88.88", page.text)
        node = self.query(number)
        self.assertEqual((node["trade_status"], node["total_amount"]), ("WAIT_BUYER_PAY", "88.88"))
        self.assertEqual(self.query(number)["trade_no"], node["trade_no"])
        self.assertEqual(self.ask(QUERY, {"trade_no": node["trade_no"]})["out_trade_no"], number)

    def test_what_is_paid_is_told_by_query_and_cannot_be_closed(self):
        number, _ = self.precreate()
        self.sandbox.pay(number, silent=True)
        node = self.query(number)
        self.assertEqual((node["trade_status"], node["buyer_pay_amount"]),
                         ("TRADE_SUCCESS", "88.88"))
        node = self.ask(CLOSE, {"out_trade_no": number})
        self.assertEqual(node["sub_code"], "ACQ.TRADE_STATUS_ERROR")
        again = self.ask(PRECREATE, self.biz(out_trade_no=number))
        self.assertEqual(again["sub_code"], "ACQ.TRADE_HAS_SUCCESS")

    def test_close_and_cancel_end_an_open_trade(self):
        number, code = self.precreate()
        self.visit("/_sandbox/phone?code=" + urllib.parse.quote(code, safe=""))
        self.assertEqual(self.ask(CLOSE, {"out_trade_no": number})["code"], "10000")
        self.assertEqual(self.query(number)["trade_status"], "TRADE_CLOSED")
        self.sandbox.pay(number, expect=409)
        node = self.ask(PRECREATE, self.biz(out_trade_no=number))
        self.assertEqual(node["sub_code"], "ACQ.TRADE_HAS_CLOSE")
        number, code = self.precreate()
        self.visit("/_sandbox/phone?code=" + urllib.parse.quote(code, safe=""))
        node = self.ask(CANCEL, {"out_trade_no": number})
        self.assertEqual((node["action"], node["retry_flag"]), ("close", "N"))

    def test_a_cancel_gives_paid_money_back(self):
        number, _ = self.precreate()
        self.sandbox.pay(number, silent=True)
        self.assertEqual(self.ask(CANCEL, {"out_trade_no": number})["action"], "refund")
        self.assertEqual(self.query(number)["trade_status"], "TRADE_CLOSED")
        self.assertEqual(self.sandbox.trade(number)["refunds"][0]["amount"], 8888)

    def test_the_same_number_gives_the_same_trade_or_is_refused(self):
        biz = self.biz()
        self.ask(PRECREATE, biz)
        self.assertEqual(self.ask(PRECREATE, biz)["code"], "10000")
        node = self.ask(PRECREATE, dict(biz, total_amount="88.89"))
        self.assertEqual(node["sub_code"], "ACQ.CONTEXT_INCONSISTENT")

    def test_calls_that_are_not_signed_right_do_nothing(self):
        biz = self.biz()
        good = self.main.params(PRECREATE, biz)
        cases = [("isv.invalid-signature", {"key": signing.rsa_key("stranger")}),
                 ("isv.invalid-signature", {"sign": good["sign"][:-8] + "AAAAAAA="}),
                 ("isv.invalid-timestamp", {"timestamp": "2020-01-01 00:00:00"}),
                 ("isv.invalid-timestamp", {"timestamp": "2026-01-01T00:00:00"}),
                 ("isv.missing-timestamp", {"timestamp": None}),
                 ("isv.invalid-signature-type", {"sign_type": "RSA"}),
                 ("isv.invalid-app-id", {"app_id": "2021999999999999"}),
                 ("isv.missing-signature", {"sign": ""}),
                 ("isv.invalid-charset", {"charset": "latin1"}),
                 ("isv.invalid-version", {"version": "2.0"}),
                 ("isv.invalid-parameter", {"surprise": "1"}),
                 ("isv.invalid-app-cert-sn", {"app_cert_sn": "0" * 32})]
        for sub_code, change in cases:
            with self.subTest(change):
                answer = self.main.call(PRECREATE, biz, **change)
                node, holds = self.main.node(answer, PRECREATE)
                self.assertEqual((node["sub_code"], holds), (sub_code, None))
        node, _ = self.main.node(self.main.call("alipay.trade.magic", biz), PRECREATE)
        self.assertEqual(node["sub_code"], "isv.invalid-method")
        self.assertFalse(self.sandbox.has_trade(biz["out_trade_no"]))
        with self.subTest("a value changed after signing"):
            node, _ = self.main.node(self.main.send(dict(good, notify_url="http://evil.test/")),
                                     PRECREATE)
            self.assertEqual(node["sub_code"], "isv.invalid-signature")

    def test_the_name_that_alipays_sdks_give_themselves_is_taken_and_signed(self):
        named = {"alipay_sdk": "alipay-sdk-nodejs-4.0.0"}
        self.assertEqual(self.ask(PRECREATE, self.biz(), **named)["code"], "10000")
        moved = self.visit(self.main.page_url(PAGE, self.biz(PAGE), **named))
        self.assertEqual(moved.status, 302, moved)
        wrong = dict(self.main.params(PRECREATE, self.biz(), **named), alipay_sdk="another")
        node, _ = self.main.node(self.main.send(wrong), PRECREATE)
        self.assertEqual(node["sub_code"], "isv.invalid-signature")

    def test_wishes_that_alipay_would_refuse_are_refused(self):
        wrong = [{"out_trade_no": ""}, {"out_trade_no": "x" * 65}, {"out_trade_no": "a-b"},
                 {"total_amount": "0"}, {"total_amount": "1.001"}, {"total_amount": 1},
                 {"total_amount": "100000000.01"}, {"total_amount": "-1"}, {"total_amount": "01"},
                 {"subject": "a=b"}, {"subject": "x" * 257}, {"subject": None},
                 {"product_code": "QUICK_WAP_WAY"}, {"timeout_express": "16d"},
                 {"timeout_express": "30s"}, {"timeout_express": "0m"}, {"body": "x" * 129},
                 {"time_expire": "2020-01-01 00:00:00"}, {"time_expire": "tomorrow"},
                 {"passback_params": "a=b&c=d"}, {"surprise": 1}, {"goods_type": "2"},
                 {"enable_pay_channels": "pcredit", "disable_pay_channels": "balance"}]
        for change in wrong:
            with self.subTest(change):
                node = self.ask(PRECREATE, self.biz(**change))
                self.assertEqual((node["code"], node["sub_code"]),
                                 ("40004", "ACQ.INVALID_PARAMETER"))
        node = self.ask(PRECREATE, self.biz(), notify_url=self.receiver.url + "/n?x=1")
        self.assertEqual(node["sub_code"], "ACQ.INVALID_PARAMETER")
        self.assertEqual(self.ask(PRECREATE, self.biz(timeout_express="1c"))["code"], "10000")

    def test_an_expired_trade_takes_no_money(self):
        number, code = self.precreate(timeout_express="1m")
        self.visit("/_sandbox/phone?code=" + urllib.parse.quote(code, safe=""))
        self.sandbox.shift_clock(61_000)
        try:
            self.sandbox.pay(number, expect=409)
            self.assertEqual(self.query(number)["trade_status"], "TRADE_CLOSED")
        finally:
            self.sandbox.shift_clock(-61_000)

    def test_certificate_mode_names_its_certificates(self):
        number, _ = self.precreate(self.cert)
        answer = self.cert.call(QUERY, {"out_trade_no": number})
        self.assertEqual(answer.json["alipay_cert_sn"], self.cert.alipay_sn)
        for change in ({"app_cert_sn": None}, {"app_cert_sn": "0" * 32},
                       {"alipay_root_cert_sn": None}, {"alipay_root_cert_sn": "0" * 32}):
            with self.subTest(change):
                node, _ = self.cert.node(self.cert.call(QUERY, {"out_trade_no": "x"}, **change),
                                         QUERY)
                self.assertIn("cert-sn", node["sub_code"])

    def test_a_new_certificate_can_be_downloaded_by_its_number(self):
        state = self.sandbox.rotate(self.cert.seller_id)
        answer = self.cert.call(QUERY, {"out_trade_no": "nothing"})
        self.assertEqual(answer.json["alipay_cert_sn"], state["alipay_cert_sn"])
        self.assertFalse(self.cert.node(answer, QUERY)[1])
        method = "alipay.open.app.alipaycert.download"
        answer = self.cert.call(method, {"alipay_cert_sn": state["alipay_cert_sn"]})
        node = answer.json[method.replace(".", "_") + "_response"]
        fresh = base64_pem(node["alipay_cert_content"])
        self.assertEqual(certificate_sn(fresh), state["alipay_cert_sn"])
        self.cert.public_key = fresh.public_key()
        self.assertTrue(self.cert.node(answer, method)[1])
        self.cert.alipay_sn = state["alipay_cert_sn"]

    def test_merchants_do_not_see_each_others_trades(self):
        number, _ = self.precreate()
        self.sandbox.pay(number, silent=True)
        trade_no = self.query(number)["trade_no"]
        for name in ({"out_trade_no": number}, {"trade_no": trade_no}):
            answer = self.cert.call(QUERY, name).json["alipay_trade_query_response"]
            self.assertEqual(answer["sub_code"], "ACQ.TRADE_NOT_EXIST")

    def test_faults_of_answers(self):
        number, _ = self.precreate()
        self.sandbox.pay(number, silent=True)
        wish = {"out_trade_no": number}
        self.sandbox.fault("query", "status", channel="alipay", status=502)
        self.assertEqual(self.main.call(QUERY, wish).status, 502)
        self.sandbox.fault("query", "bad_signature")
        self.assertFalse(self.main.node(self.main.call(QUERY, wish), QUERY)[1])
        self.sandbox.fault("query", "unsigned")
        self.assertIsNone(self.main.node(self.main.call(QUERY, wish), QUERY)[1])
        self.sandbox.fault("query", "refuse", code="ACQ.SYSTEM_ERROR")
        self.assertEqual(self.query(number)["sub_code"], "ACQ.SYSTEM_ERROR")
        self.sandbox.fault("query", "refuse", code="aop.unknow-error")
        self.assertEqual(self.query(number)["code"], "20000")
        self.sandbox.fault("query", "frequency")
        self.assertEqual(self.query(number)["sub_code"], "isv.app-call-limited")
        self.sandbox.fault("query", "amount", amount=1)
        self.assertEqual(self.query(number)["total_amount"], "0.01")
        self.sandbox.fault("query", "status", channel="paypal")
        self.assertEqual(self.query(number)["trade_status"], "TRADE_SUCCESS")
        self.sandbox.clear_faults()


class Pages(AlipayCase):
    def test_a_buyer_logs_in_pays_and_comes_back_with_a_signed_result(self):
        number, path = self.open_page(return_url="https://shop.example/back?cart=7",
                                      notify_url=self.receiver.url + "/notice")
        self.assertEqual(self.query(number)["trade_status"], "WAIT_BUYER_PAY")
        page = self.visit(path)
        self.assertIn("¥88.88", page.text)
        self.assertNotIn("<script", page.text)
        page = self.visit(path + "/confirm", {"account": "ann@example.com"})
        self.assertIn("ann@example.com", page.text)
        done = self.visit(path + "/pay", {"account": "ann@example.com"})
        self.assertEqual(done.status, 303)
        url = urllib.parse.urlsplit(done.headers["location"])
        fields = dict(urllib.parse.parse_qsl(url.query, strict_parsing=True))
        self.assertEqual((url.netloc, fields.pop("cart")), ("shop.example", "7"))
        self.assertTrue(notice_verifies(self.main.public_key, fields))
        self.assertEqual((fields["out_trade_no"], fields["total_amount"], fields["method"]),
                         (number, "88.88", "alipay.trade.page.pay.return"))
        self.notices(number)
        self.assertIn("ann***@example.com", self.query(number)["buyer_logon_id"])
        self.assertEqual(self.visit(path + "/pay", {"account": "x"}).status, 409)

    def test_a_declined_buyer_may_try_again_and_a_leaving_one_goes_to_quit_url(self):
        number, path = self.open_page(WAP, return_url="https://shop.example/back")
        page = self.visit(path + "/decline", {"account": "x"})
        self.assertIn("declined", page.text)
        self.assertEqual(self.query(number)["trade_status"], "WAIT_BUYER_PAY")
        left = self.visit(path + "/leave", {})
        self.assertEqual((left.status, left.headers["location"]),
                         (303, "https://shop.example/quit"))
        self.assertEqual(self.visit(path + "/pay", {"account": "x"}).status, 303)

    def test_a_form_that_posts_itself_opens_the_same_page(self):
        biz = self.biz(PAGE)
        answer = self.main.call(PAGE, biz)
        self.assertEqual(answer.status, 302, answer)
        self.assertEqual(self.sandbox.trade(biz["out_trade_no"])["trade_type"], PAGE)
        url = self.main.page_url(PAGE, biz)  # reloaded
        self.assertEqual(self.visit(url).status, 302)

    def test_a_page_that_is_not_signed_shows_an_error_and_places_nothing(self):
        biz = self.biz(PAGE)
        page = self.visit(self.main.page_url(PAGE, biz, key=signing.rsa_key("stranger")))
        self.assertEqual(page.status, 200)
        self.assertIn("isv.invalid-signature", page.text)
        self.assertFalse(self.sandbox.has_trade(biz["out_trade_no"]))

    def test_an_app_hands_its_order_string_to_the_phone(self):
        biz = self.biz(APP)
        order = urllib.parse.urlencode(self.main.params(APP, biz))
        page = self.visit("/_sandbox/phone?code=" + urllib.parse.quote(order, safe=""))
        self.assertIn("¥88.88", page.text)
        self.assertEqual(self.query(biz["out_trade_no"])["trade_status"], "WAIT_BUYER_PAY")
        handle = re.search(r'name="code" value="([^"]+)"', page.text)[1]
        self.assertEqual(self.visit("/_sandbox/phone/pay", {"code": handle}).status, 200)
        self.assertEqual(self.query(biz["out_trade_no"])["trade_status"], "TRADE_SUCCESS")
        forged = urllib.parse.urlencode(self.main.params(APP, self.biz(APP),
                                                         key=signing.rsa_key("stranger")))
        page = self.visit("/_sandbox/phone?code=" + urllib.parse.quote(forged, safe=""))
        self.assertEqual(page.status, 404)

    def test_a_pay_by_the_control_interface_takes_what_the_buyer_holds(self):
        biz = self.biz(APP)
        order = urllib.parse.urlencode(self.main.params(APP, biz))
        paid = self.sandbox.control("POST", "/pay", {"scan": order, "silent": True})
        self.assertEqual((paid["out_trade_no"], paid["state"]), (biz["out_trade_no"], "SUCCESS"))
        url = self.main.page_url(PAGE, self.biz(PAGE))
        paid = self.sandbox.control("POST", "/pay", {"scan": self.main.gateway + url[11:],
                                                     "silent": True})
        self.assertEqual(paid["state"], "SUCCESS")


class Notices(AlipayCase):
    time_scale = "0.0001"

    def setUp(self):
        self.path = unique("/n").replace("-", "")
        self.receiver.plan(self.path, (200,))

    def take(self, number, count=1):
        return [notice_fields(d.body) for d in self.notices(number, count, self.path)]

    def test_a_notice_is_signed_and_comes_again_under_its_id_until_success_is_answered(self):
        number, _ = self.precreate(notify=self.path, passback_params="a%3Db", body="more")
        self.sandbox.pay(number)
        first, second = self.take(number, 2)[:2]  # an empty answer is no acknowledgement
        self.assertTrue(notice_verifies(self.main.public_key, first))
        self.assertEqual(first["notify_id"], second["notify_id"])
        told = {name: first[name] for name in ("app_id", "seller_id", "out_trade_no",
                "trade_status", "total_amount", "passback_params", "body", "sign_type")}
        self.assertEqual(told, {
            "app_id": self.main.app_id, "seller_id": self.main.seller_id, "out_trade_no": number,
            "trade_status": "TRADE_SUCCESS", "total_amount": "88.88",
            "passback_params": "a%3Db", "body": "more", "sign_type": "RSA2"})
        until(lambda: len(self.notices(number, 8, self.path)) == 8, "eight sends in all")
        records = until(lambda: len(r := self.sandbox.trade(number)["notices"]) == 8 and r, "eight")
        self.assertEqual({record["result"] for record in records}, {"refused"})
        self.assertEqual({record["kind"] for record in records}, {"TRADE_SUCCESS"})

    def test_a_certificate_apps_notice_verifies_by_the_certificate(self):
        number, _ = self.precreate(self.cert, notify=self.path)
        self.sandbox.pay(number)
        self.assertTrue(notice_verifies(self.cert.public_key, self.take(number)[0]))

    def test_a_closed_trade_is_told_too(self):
        number, code = self.precreate(notify=self.path)
        self.visit("/_sandbox/phone?code=" + urllib.parse.quote(code, safe=""))
        self.ask(CLOSE, {"out_trade_no": number})
        notice = self.take(number)[0]
        self.assertEqual((notice["trade_status"], "gmt_close" in notice), ("TRADE_CLOSED", True))

    def test_notices_in_gbk(self):
        self.sandbox.configure("ali-main", "charset", "GBK")
        self.addCleanup(self.sandbox.configure, "ali-main", "charset", "utf-8")
        number, _ = self.precreate(notify=self.path, subject="数据结构")
        self.sandbox.pay(number)
        fields = notice_fields(self.notices(number, 1, self.path)[0].body, "gbk")
        self.assertEqual((fields["charset"], fields["subject"]), ("GBK", "数据结构"))
        self.assertTrue(notice_verifies(self.main.public_key, fields, "gbk"))
        self.sandbox.configure("ali-main", "charset", "latin1", expect=422)

    def test_forged_notices_do_not_verify_and_lying_ones_do(self):
        number, _ = self.precreate(notify=self.path)
        for forge in ("signature", "body", "key", "algorithm"):
            self.sandbox.notify(number, forge=forge)
            fields = self.take(number)[-1]
            self.assertFalse(notice_verifies(self.main.public_key, fields), forge)
        for forge, name in (("foreign_app", "app_id"), ("foreign_mch", "seller_id"),
                            ("amount", "total_amount")):
            self.sandbox.notify(number, forge=forge)
            fields = self.take(number)[-1]
            self.assertTrue(notice_verifies(self.main.public_key, fields), forge)
            self.assertNotIn(fields[name], (self.main.app_id, self.main.seller_id, "88.88"))
        self.sandbox.notify(number, forge="probe", expect=422)
        self.assertEqual(self.sandbox.trade(number)["state"], "NOTPAY")

    def test_lost_and_altered_notices(self):
        number, _ = self.precreate(notify=self.path)
        self.sandbox.fault("notify", "lose", channel="alipay")
        self.sandbox.fault("notify", "alter", channel="alipay", amount=1)
        self.sandbox.pay(number)
        self.assertEqual(self.take(number)[0]["total_amount"], "0.01")
        self.assertEqual(self.sandbox.trade(number)["notices"][0]["result"], "lost")


if __name__ == "__main__":
    unittest.main()
