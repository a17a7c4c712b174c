"""The simulator's iPayLinks judged alone, by what is publicly known of both generations."""

import hashlib
import json
import pathlib
import re
import unittest
import urllib.parse

from support.client import Client
from support.process import temp_dir
from support.receiver import Receiver
from support.sandbox import Sandbox
from support.stack import unique
from support.wait import until

VECTORS = pathlib.Path(__file__).parents[1] / "data" / "vectors"
FORM = "application/x-www-form-urlencoded"


def signature(fields, key, tail="&pkey="):
    """MD5 over the sorted fields and the key; empty values and the signature itself left out."""
    text = "&".join(f"{name}={value.strip()}" for name, value in sorted(fields.items())
                    if name not in ("sign", "signMsg") and value.strip())
    return hashlib.md5(f"{text}{tail}{key}".encode()).hexdigest()


class TheJudge(unittest.TestCase):
    def test_the_derived_vectors_hold(self):
        for vector in json.loads((VECTORS / "ipaylinks.json").read_text())["derived"]:
            wanted = vector.get("sign") or vector["signMsg"]
            self.assertEqual(signature(vector["params"], "TESTKEY123"), wanted, vector["id"])


class IpaylinksCase(unittest.TestCase):
    time_scale = "0.0001"

    @classmethod
    def setUpClass(cls):
        handle = temp_dir(cls.__name__)
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name), cls.time_scale).start()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.first, cls.second = (a["settings"] for a in cls.sandbox.accounts("ipaylinks"))
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.browser = Client(cls.sandbox.base)

    def setUp(self):
        self.path = unique("/n").replace("-", "")

    def tearDown(self):
        self.sandbox.clear_faults()

    def post(self, path, fields, kind=FORM):
        body = json.dumps(fields) if "json" in kind else urllib.parse.urlencode(fields)
        return self.browser._exchange("POST", path, body.encode(), {"Content-Type": kind}, 10)

    def page_fields(self, key=None, **over):
        fields = {"version": "1.1", "orderId": unique("T"), "goodsName": "book",
                  "goodsDesc": "a book", "submitTime": "20260101120000",
                  "customerIP": "203.0.113.5", "siteId": self.first["site_id"],
                  "orderAmount": "1234", "currencyCode": "USD", "tradeType": "1000",
                  "payType": "EDC", "payMode": "10", "borrowingMarked": "0",
                  "noticeUrl": self.receiver.url + self.path,
                  "returnUrl": "https://shop.example/back", "remark": "r-1",
                  "partnerId": self.first["merchant_id"], "mcc": "4000", "charset": "1",
                  "signType": "2"}
        fields.update(over)
        fields = {name: value for name, value in fields.items() if value is not None}
        fields.setdefault("signMsg", signature(fields, key or self.first["key"]))
        return fields

    def open_page(self, **over):
        fields = self.page_fields(**over)
        moved = self.post("/webgate/ipayapi.htm", fields)
        self.assertEqual(moved.status, 302, moved)
        return fields["orderId"], moved.headers["location"]

    def call_fields(self, type="sale", key=None, tail="&pkey=", **over):
        fields = {"version": "2.0", "merchantId": self.second["merchant_id"],
                  "transId": unique("T"), "transType": type, "charset": "utf-8",
                  "signType": "MD5"}
        if type == "sale":
            fields.update({"carrierId": self.second["site_id"], "currency": "USD",
                           "transAmt": "1234", "goodsName": "book", "transTimeout": "30",
                           "notifyUrl": self.receiver.url + self.path,
                           "redirectUrl": "https://shop.example/back"})
        fields.update(over)
        fields = {name: value for name, value in fields.items() if value is not None}
        fields["sign"] = signature(fields, key or self.second["key"], tail)
        return fields

    def sale(self, **over):
        fields = self.call_fields(**over)
        moved = self.post("/mapi/OpenAPI.do", fields)
        self.assertEqual(moved.status, 302, moved)
        return fields["transId"], moved.headers["location"]

    def query(self, number, kind=FORM):
        answer = self.post("/mapi/OpenAPI.do", self.call_fields("query", transId=number), kind)
        self.assertEqual(answer.json["sign"], signature(answer.json, self.second["key"]))
        return answer.json

    def notices(self, count=1):
        came = self.receiver.wait(count, path=self.path)
        return [dict(urllib.parse.parse_qsl(d.body.decode(), strict_parsing=True)) for d in came]


class FirstGeneration(IpaylinksCase):
    def test_a_buyer_pays_by_card_and_both_ways_back_are_signed(self):
        number, path = self.open_page()
        page = self.browser._exchange("GET", path, None, {}, 10)
        self.assertIn("12.34 USD", page.text)
        done = self.post(path + "/pay", {"account": "4111 1111 1111 1111"})
        self.assertEqual(done.status, 200)
        self.assertIn('action="https://shop.example/back"', done.text)
        back = dict(re.findall(r'name="(\w+)" value="([^"]*)"', done.text))
        notice = self.notices()[0]
        for told in (back, notice):
            self.assertEqual(told["signMsg"], signature(told, self.first["key"]))
            self.assertEqual(
                [told[name] for name in ("orderId", "resultCode", "orderAmount", "currencyCode",
                                         "partnerId", "remark")],
                [number, "0000", "1234", "USD", self.first["merchant_id"], "r-1"])
        self.assertEqual(notice["dealId"], self.sandbox.trade(number)["transaction_id"])
        self.assertNotIn("4111", json.dumps(self.sandbox.trade(number)))

    def test_a_notice_comes_again_until_its_answer_is_ok(self):
        number, _ = self.open_page()
        self.sandbox.pay(number)
        self.assertEqual(len(self.notices(9)), 9)  # 204 is no acknowledgement
        self.assertEqual({n["result"] for n in self.sandbox.trade(number)["notices"]}, {"refused"})

    def test_a_declined_card_fails_the_order_and_is_told(self):
        number, path = self.open_page()
        self.assertIn("failed", self.post(path + "/decline", {"account": "1"}).text)
        notice = self.notices()[0]
        self.assertNotEqual(notice["resultCode"], "0000")
        self.assertEqual(notice["signMsg"], signature(notice, self.first["key"]))
        self.assertEqual(self.sandbox.trade(number)["state"], "FAILED")
        self.sandbox.pay(number, expect=409)
        self.sandbox.decline(number, expect=409)

    def test_yen_travel_a_hundredfold(self):
        number, _ = self.open_page(currencyCode="JPY", orderAmount="50000")
        self.assertEqual(self.sandbox.trade(number)["amount"], 500)
        self.sandbox.pay(number)
        self.assertEqual(self.notices()[0]["orderAmount"], "50000")

    def test_forms_that_the_gateway_would_refuse_show_an_error(self):
        wrong = [{"key": "other"}, {"signMsg": "0" * 32}, {"orderAmount": "12.34"},
                 {"orderAmount": "0"}, {"currencyCode": "JPY", "orderAmount": "123"},
                 {"currencyCode": "KWD"}, {"currencyCode": "XXX"}, {"orderId": None},
                 {"orderId": "a b"}, {"siteId": "other.example"}, {"tradeType": "1001"},
                 {"signType": "1"}, {"partnerId": "19999999999"}, {"surprise": "1"},
                 {"customerIP": "nobody"}, {"noticeUrl": "ftp://x"}, {"submitTime": "today"}]
        for change in wrong:
            with self.subTest(change):
                fields = self.page_fields(**change)
                page = self.post("/webgate/ipayapi.htm", fields)
                self.assertEqual(page.status, 200)
                self.assertIn("cannot be opened", page.text)
                if "orderId" in fields:
                    self.assertFalse(self.sandbox.has_trade(fields["orderId"]))

    def test_the_same_number_reopens_the_same_order_alone(self):
        number, _ = self.open_page()
        self.open_page(orderId=number, submitTime="20260101120100")
        page = self.post("/webgate/ipayapi.htm",
                         self.page_fields(orderId=number, orderAmount="1"))
        self.assertIn("other parameters", page.text)


class SecondGeneration(IpaylinksCase):
    def test_status_goes_from_pending_to_success(self):
        number, path = self.sale()
        self.assertEqual(self.query(number)["status"], "pending")
        self.post(path + "/pay", {"account": "4111 1111 1111 1111"})
        for kind in (FORM, "application/json"):
            told = self.query(number, kind)
            self.assertEqual((told["status"], told["respCode"], told["transAmt"], told["currency"]),
                             ("success", "0000", "1234", "USD"))
        notice = self.notices()[0]
        self.assertEqual(notice["sign"], signature(notice, self.second["key"]))
        self.assertEqual((notice["transId"], notice["status"]), (number, "success"))

    def test_a_failed_number_may_be_sent_again_a_paid_one_not(self):
        number, path = self.sale()
        self.post(path + "/decline", {"account": "1"})
        self.assertEqual(self.query(number)["status"], "failed")
        self.sale(transId=number)
        self.assertEqual(self.query(number)["status"], "pending")
        self.sandbox.pay(number, silent=True)
        page = self.post("/mapi/OpenAPI.do", self.call_fields(transId=number))
        self.assertIn("paid", page.text)

    def paid_sale(self):
        number, _ = self.sale()
        self.sandbox.pay(number, silent=True)
        return number

    def refund(self, sale, amount="1000", expect=200, **over):
        fields = self.call_fields("refund", origTransId=sale, transAmt=amount, **over)
        answer = self.post("/mapi/OpenAPI.do", fields)
        self.assertEqual(answer.status, expect, answer)
        if "sign" in answer.json:
            self.assertEqual(answer.json["sign"], signature(answer.json, self.second["key"]))
        return answer.json

    def test_a_refund_is_a_transaction_of_its_own_and_its_number_the_key(self):
        sale = self.paid_sale()
        told = self.refund(sale, transId="R" + sale)
        wanted = {"transId": "R" + sale, "origTransId": sale, "transType": "refund",
                  "status": "success", "transAmt": "1000", "currency": "USD"}
        self.assertEqual({name: told[name] for name in wanted}, wanted)
        self.assertEqual(self.refund(sale, transId="R" + sale)["orderId"], told["orderId"])
        self.assertEqual(self.query("R" + sale)["orderId"], told["orderId"])
        self.assertEqual(self.query(sale)["status"], "success")
        self.assertEqual(self.refund(sale, "234")["status"], "success")
        booked = self.sandbox.trade(sale)["refunds"]
        self.assertEqual([(r["out_refund_no"], r["amount"]) for r in booked][0],
                         ("R" + sale, 1000))
        self.assertEqual(sum(r["amount"] for r in booked), 1234)

    def test_refunds_that_cannot_be_fail_signed_and_book_nothing(self):
        sale = self.paid_sale()
        self.refund(sale, transId="R" + sale)
        unpaid, _ = self.sale()
        for wish in ({"amount": "235"}, {"amount": "12.3"}, {"amount": "0"}, {"sale": "nothing"},
                     {"sale": unpaid, "amount": "1"}, {"transId": sale, "amount": "1"},
                     {"transId": "R" + sale, "amount": "1"}):
            with self.subTest(wish):
                told = self.refund(**{"sale": sale, **wish})
                self.assertEqual((told["status"], "orderId" in told), ("failed", False))
        for wish in ({"key": "other"}, {"surprise": "1"}, {"currency": "USD"}):
            with self.subTest(wish):
                self.assertEqual(self.refund(sale, "1", **wish)["respCode"], "2001")
        self.assertEqual(len(self.sandbox.trade(sale)["refunds"]), 1)

    def test_a_held_refund_ends_as_it_is_told_and_is_told_to_its_own_address(self):
        sale = self.paid_sale()
        self.sandbox.fault("refund", "pending")
        number = "R" + sale
        hook = self.receiver.url + self.path
        self.assertEqual(self.refund(sale, transId=number)["status"], "pending")
        self.assertEqual(self.refund(sale, transId=number)["status"], "pending")
        for end, status in (("ABNORMAL", "pending_review"), ("CLOSED", "failed")):
            self.sandbox.control("POST", "/refund", {"out_refund_no": number, "status": end})
            self.assertEqual(self.query(number)["status"], status)
        sale, _ = self.sale(notifyUrl=None)
        self.sandbox.pay(sale)
        self.refund(sale, transId="S" + sale, notifyUrl=hook)
        notice = self.notices()[0]
        self.assertEqual((notice["transType"], notice["transId"], notice["origTransId"]),
                         ("refund", "S" + sale, sale))
        self.assertEqual(notice["sign"], signature(notice, self.second["key"]))

    def test_an_expired_sale_takes_no_money(self):
        number, _ = self.sale(transTimeout="1")
        self.sandbox.shift_clock(61_000)
        self.addCleanup(self.sandbox.shift_clock, -61_000)
        self.assertEqual(self.query(number)["status"], "expired")
        self.sandbox.pay(number, expect=409)

    def test_calls_that_are_not_sound_are_refused(self):
        wrong = [{"key": "other"}, {"reserved": ""}, {"currency": "JPY"}, {"transAmt": "1.5"},
                 {"accessType": "s2s"}, {"carrierId": "other"}, {"merchantId": "1"},
                 {"version": "1.0"}, {"surprise": "1"}, {"signType": "RSA"}, {"goodsName": None}]
        for change in wrong:
            with self.subTest(change):
                fields = self.call_fields(**change)
                self.assertEqual(self.post("/mapi/OpenAPI.do", fields).status, 200)
                self.assertFalse(self.sandbox.has_trade(fields["transId"]))
        answer = self.post("/mapi/OpenAPI.do", self.call_fields("query", key="other"))
        self.assertEqual((answer.json["respCode"], "status" in answer.json), ("2001", False))
        self.assertEqual(self.query("nothing")["respCode"], "2004")

    def test_the_keys_tail_and_the_notices_format_can_be_switched(self):
        for name, value in (("key_tail", "&key="), ("notice_format", "json")):
            self.sandbox.configure("ipl-gen2", name, value)
        self.addCleanup(self.sandbox.configure, "ipl-gen2", "key_tail", "&pkey=")
        self.addCleanup(self.sandbox.configure, "ipl-gen2", "notice_format", "form")
        number, _ = self.sale(tail="&key=")
        self.sandbox.pay(number)
        delivery = self.receiver.wait(path=self.path)[0]
        self.assertIn("json", delivery.headers["content-type"])
        self.assertEqual(delivery.json["sign"],
                         signature(delivery.json, self.second["key"], "&key="))
        self.sandbox.configure("ipl-gen2", "key_tail", "x", expect=422)

    def test_forged_notices_do_not_verify_and_lying_ones_do(self):
        number, _ = self.sale()
        for forge, genuine in (("signature", False), ("body", False), ("key", False),
                               ("amount", True), ("currency", True), ("foreign_mch", True)):
            before = len(self.receiver.of(self.path))
            self.sandbox.notify(number, forge=forge)
            notice = self.notices(before + 1)[before]
            self.assertEqual(notice["sign"] == signature(notice, self.second["key"]), genuine,
                             forge)
        self.sandbox.notify(number, forge="algorithm")
        self.assertEqual(self.notices(7)[6]["signType"], "RSA")

    def test_a_sale_without_an_address_is_told_where_the_back_office_says(self):
        self.sandbox.configure("ipl-gen2", "notify_url", self.receiver.url + self.path)
        self.addCleanup(self.sandbox.configure, "ipl-gen2", "notify_url", "")
        number, _ = self.sale(notifyUrl=None)
        self.sandbox.pay(number)
        self.assertEqual(self.notices()[0]["transId"], number)
        until(lambda: self.sandbox.trade(number)["notices"], "on record")


if __name__ == "__main__":
    unittest.main()
