"""The simulator's bills judged alone: each in its channel's published form, and each with the
faults that a reconciliation has to find (support/bill_case.py)."""

import csv
import datetime
import gzip
import hashlib
import io
import json
import pathlib
import unittest
import urllib.parse
import zipfile

from support.alipay_judge import AlipayApp
from support.bill_case import BillCase, number
from support.paypal_judge import PaypalApp
from support.process import Process, temp_dir
from support.wechat_judge import MerchantClient


class WechatBills(BillCase):
    channel = "wechat"

    @classmethod
    def prepare(cls):
        cls.shop = MerchantClient(cls.sandbox, cls.accounts[0], "merchant_key.pem")
        cls.other = MerchantClient(cls.sandbox, cls.accounts[1], "merchant2_key.pem")

    def new_open(self, fen=9900):
        body = self.shop.order("https://shop.example/notice", description="书, 一本`",
                               amount={"total": fen, "currency": "CNY"})
        self.assertEqual(self.shop.send("POST", "/v3/pay/transactions/native", body).status, 200)
        return body["out_trade_no"]

    def new_paid(self, fen):
        trade = self.new_open(fen)
        self.sandbox.pay(trade, silent=True)
        return trade

    def new_refund(self, trade, fen):
        refund = number()
        total = self.sandbox.trade(trade)["paid_amount"]
        answer = self.shop.send("POST", "/v3/refund/domestic/refunds", {
            "out_trade_no": trade, "out_refund_no": refund, "notify_url": "https://shop.example/n",
            "amount": {"refund": fen, "total": total, "currency": "CNY"}})
        self.assertEqual(answer.status, 200, answer)
        return refund

    def ask(self, date, kind="tradebill", shop=None, **more):
        query = urllib.parse.urlencode({"bill_date": date, **more})
        return (shop or self.shop).send("GET", f"/v3/bill/{kind}?{query}")

    def refusal(self, answer):
        return "" if answer.status == 200 else answer.json["code"]

    def not_ready(self, date):
        self.assertEqual(self.refusal(self.ask(date)), "STATEMENT_CREATING")

    def fetch(self, answer, shop=None):
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(self.shop.verifies(answer))
        url = urllib.parse.urlsplit(answer.json["download_url"])
        self.assertEqual(f"{url.scheme}://{url.netloc}", self.sandbox.base)
        return (shop or self.shop).send("GET", f"{url.path}?{url.query}")

    def text(self, date, kind="tradebill", **more):
        link = self.ask(date, kind, tar_type="GZIP", **more)
        file = self.fetch(link)
        self.assertNotIn("wechatpay-signature", file.headers)
        content = gzip.decompress(file.body)
        self.assertEqual(hashlib.sha1(content).hexdigest(), link.json["hash_value"])
        return content.decode()

    def table(self, text):
        """(rows, totals): each value had its backtick."""
        *lines, names, totals = text.split("\r\n")[:-1]

        def values(line):
            self.assertTrue(line.startswith("`"), line)
            return line[1:].split(",`")
        head = lines[0].split(",")
        rows = [dict(zip(head, values(line), strict=True)) for line in lines[1:]]
        return rows, dict(zip(names.split(","), values(totals), strict=True))

    def lines(self, date, **more):
        rows, totals = self.table(self.text(date, **more))
        self.assertEqual(int(totals["总交易单数"]), len(rows))
        for total, column in (("应结订单总金额", "应结订单金额"), ("退款总金额", "退款金额"),
                              ("手续费总金额", "手续费"), ("订单总金额", "订单金额"),
                              ("申请退款总金额", "申请退款金额")):
            if total in totals:
                self.assertAlmostEqual(sum(float(row[column]) for row in rows),
                                       float(totals[total]), 4, total)
        return [self.line(row) for row in rows]

    def line(self, row):
        back = row["交易状态"] == "REFUND"
        amount = row["申请退款金额"] if back else row["订单金额"]
        return {"number": row["商户订单号"], "refund": row["商户退款单号"] if back else "",
                "amount": round(float(amount) * 100), "fee": round(float(row["手续费"]) * 100),
                "status": row["退款状态"] if back else row["交易状态"]}

    def test_columns_are_those_that_wechat_publishes(self):
        trade, date = self.paid()
        refund = self.new_refund(trade, 100)
        rows, _ = self.table(self.text(date))
        self.assertEqual(len(rows[0]), 27)
        [row] = [row for row in rows if row["商户退款单号"] == refund]
        self.assertEqual((row["交易状态"], row["订单金额"], row["申请退款金额"], row["退款类型"]),
                         ("REFUND", "0.00", "1.00", "ORIGINAL"))
        self.assertEqual(row["商品名称"], "书  一本 ")
        rows, totals = self.table(self.text(date, bill_type="SUCCESS"))
        self.assertNotIn("退款金额", rows[0])
        self.assertEqual({row["交易状态"] for row in rows}, {"SUCCESS"})
        self.assertEqual(len(totals), 4)
        rows, totals = self.table(self.text(date, bill_type="REFUND"))
        self.assertEqual({row["交易状态"] for row in rows}, {"REFUND"})
        self.assertIn("退款成功时间", rows[0])

    def test_the_fund_bill_tells_fees_as_movements_of_their_own(self):
        trade, date = self.paid()
        refund = self.new_refund(trade, 1050)
        rows, totals = self.table(self.text(date, "fundflowbill"))
        mine = [(row["收支类型"], row["业务类型"], row["收支金额(元)"]) for row in rows
                if row["业务凭证号"] in (trade, refund)]
        self.assertEqual(mine, [("收入", "交易", "99.00"), ("支出", "扣除交易手续费", "0.59"),
                                ("支出", "退款", "10.50"), ("收入", "扣除交易手续费", "0.06")])
        self.assertEqual(int(totals["资金流水总笔数"]), len(rows))
        income = sum(float(row["收支金额(元)"]) for row in rows if row["收支类型"] == "收入")
        self.assertAlmostEqual(float(totals["收入金额"]), income, 2)
        self.assertEqual(self.refusal(self.ask(date, "fundflowbill", account_type="FEES")),
                         "NO_STATEMENT_EXIST")

    def test_a_plain_file_without_tar_type(self):
        _, date = self.paid()
        link = self.ask(date)
        file = self.fetch(link)
        self.assertEqual(hashlib.sha1(file.body).hexdigest(), link.json["hash_value"])
        self.assertTrue(file.text.startswith("交易时间,"))

    def test_no_trades_no_bill(self):
        long_ago = datetime.date.today() - datetime.timedelta(days=40)
        self.assertEqual(self.refusal(self.ask(f"{long_ago}")), "NO_STATEMENT_EXIST")

    def test_strange_questions_are_refused(self):
        _, date = self.paid()
        for wrong, more in (("2026-02-30", {}), ("2999-01-01", {}), ("2001-01-01", {}),
                            (date, {"bill_type": "SOME"}), (date, {"tar_type": "ZIP"}),
                            (date, {"more": "1"})):
            self.assertEqual(self.refusal(self.ask(wrong, **more)), "PARAM_ERROR", (wrong, more))
        unsigned = self.plain._exchange("GET", f"/v3/bill/tradebill?bill_date={date}", None, {},
                                        10)
        self.assertEqual(unsigned.status, 401)

    def test_a_link_is_its_merchants_and_lives_five_minutes(self):
        _, date = self.paid()
        link = self.ask(date)
        url = urllib.parse.urlsplit(link.json["download_url"])
        unsigned = self.plain._exchange("GET", f"{url.path}?{url.query}", None, {}, 10)
        self.assertEqual(unsigned.status, 401)
        self.assertEqual(self.fetch(link, self.other).status, 400)
        self.assertEqual(self.fetch(link).status, 200)
        self.sandbox.shift_clock(300_000)
        try:
            self.assertEqual(self.fetch(link).status, 400)
        finally:
            self.sandbox.shift_clock(-300_000)

    def test_a_wrong_hash_and_a_file_that_is_cut_short(self):
        _, date = self.paid()
        self.sandbox.fault("bill", "wrong_hash")
        link = self.ask(date)
        self.assertNotEqual(hashlib.sha1(self.fetch(link).body).hexdigest(),
                            link.json["hash_value"])
        self.sandbox.fault("bill", "truncated")
        with self.assertRaises(EOFError):
            gzip.decompress(self.fetch(self.ask(date, tar_type="GZIP")).body)

    def test_the_file_has_faults_of_its_own(self):
        _, date = self.paid()
        self.sandbox.fault("bill_file", "status", status=503)
        self.assertEqual(self.fetch(self.ask(date)).status, 503)
        self.assertEqual(self.fetch(self.ask(date)).status, 200)

    def test_a_refund_under_way_is_told_as_such(self):
        trade, date = self.paid()
        self.sandbox.fault("refund", "pending")
        refund = self.new_refund(trade, 100)
        self.assertEqual(self.of(self.lines(date), trade, refund)[0]["status"], "PROCESSING")


class AlipayBills(BillCase):
    channel = "alipay"
    has_status = False
    method = "alipay.data.dataservice.bill.downloadurl.query"

    @classmethod
    def prepare(cls):
        cls.shop = AlipayApp(cls.sandbox, cls.accounts[0])

    def new_open(self, fen=9900):
        trade = number()
        answer = self.shop.call("alipay.trade.precreate", {
            "out_trade_no": trade, "total_amount": f"{fen // 100}.{fen % 100:02d}",
            "subject": "书 一本", "product_code": "FACE_TO_FACE_PAYMENT"})
        self.assertEqual(answer.json["alipay_trade_precreate_response"]["code"], "10000", answer)
        return trade

    def new_paid(self, fen):
        trade = self.new_open(fen)
        self.sandbox.pay(trade, silent=True)
        return trade

    def new_refund(self, trade, fen):
        refund = number()
        answer = self.shop.call("alipay.trade.refund", {
            "out_trade_no": trade, "refund_amount": f"{fen // 100}.{fen % 100:02d}",
            "out_request_no": refund})
        self.assertEqual(answer.json["alipay_trade_refund_response"]["code"], "10000", answer)
        return refund

    def ask(self, date, kind="trade", **more):
        answer = self.shop.call(self.method, {"bill_type": kind, "bill_date": date, **more})
        node, genuine = self.shop.node(answer, self.method)
        self.assertTrue(genuine)
        return node

    def refusal(self, answer):
        return answer.get("sub_code", "")

    def not_ready(self, date):
        self.assertEqual(self.refusal(self.ask(date)), "isp.bill_not_exist")

    def fetch(self, node):
        url = urllib.parse.urlsplit(node["bill_download_url"])
        self.assertEqual(f"{url.scheme}://{url.netloc}", self.sandbox.base)
        return self.plain._exchange("GET", f"{url.path}?{url.query}", None, {}, 10)

    def archive(self, date):
        file = self.fetch(self.ask(date))
        self.assertEqual(file.status, 200)
        return zipfile.ZipFile(io.BytesIO(file.body), metadata_encoding="gbk")

    def table(self, date):
        archive = self.archive(date)
        self.assertIsNone(archive.testzip())
        stem = f"{self.shop.seller_id}0156_{date.replace('-', '')}_业务明细"
        self.assertEqual(archive.namelist(), [stem + ".csv", stem + "(汇总).csv"])
        text = archive.read(stem + ".csv").decode("gbk")
        remarks = [line for line in text.splitlines() if line.startswith("#")]
        return list(csv.DictReader(line for line in text.splitlines()
                                   if not line.startswith("#"))), remarks

    def lines(self, date):
        rows, remarks = self.table(date)
        for row in rows:
            self.assertEqual(len(row), 25)
        for kind, word in (("交易", "商家实收共"), ("退款", "商家实收退款共")):
            mine = [row for row in rows if row["业务类型"] == kind]
            money = sum(float(row["商家实收（元）"]) for row in mine)
            self.assertIn(f"#{kind}合计：{len(mine)}笔，{word}{money:.2f}元",
                          "\n".join(remarks).replace("共-0.00", "共0.00"))
        return [{"number": row["商户订单号"].strip(), "refund": row["退款批次号/请求号"].strip(),
                 "amount": round(abs(float(row["订单金额（元）"])) * 100),
                 "fee": round(-float(row["服务费（元）"]) * 100), "status": ""} for row in rows]

    def test_refunds_are_negative_and_name_the_request(self):
        trade, date = self.paid()
        refund = self.new_refund(trade, 1050)
        rows, _ = self.table(date)
        [row] = [row for row in rows if row["退款批次号/请求号"].strip() == refund]
        self.assertEqual((row["业务类型"], row["订单金额（元）"], row["商户订单号"]),
                         ("退款", "-10.50", trade + "\t"))

    def test_no_trades_no_bill(self):
        self.assertEqual(self.refusal(self.ask("2026-01-01")), "isp.bill_not_exist")

    def test_strange_questions_are_refused(self):
        for date, kind, more in (("2026-13-01", "trade", {}), ("2026-01", "trade", {}),
                                 ("2026-01-01", "signcustomer", {}),
                                 ("2026-01-01", "trade", {"more": "1"})):
            self.assertEqual(self.refusal(self.ask(date, kind, **more)), "isv.invalid-arguments")

    def test_a_link_lives_thirty_seconds(self):
        _, date = self.paid()
        node = self.ask(date)
        self.assertEqual(self.fetch(node).status, 200)
        self.sandbox.shift_clock(30_000)
        try:
            self.assertEqual(self.fetch(node).status, 403)
        finally:
            self.sandbox.shift_clock(-30_000)

    def test_an_archive_that_lies_or_is_cut_short(self):
        _, date = self.paid()
        self.sandbox.fault("bill", "wrong_hash")
        self.assertIsNotNone(self.archive(date).testzip())
        self.sandbox.fault("bill", "truncated")
        with self.assertRaises(zipfile.BadZipFile):
            self.archive(date)


class PaypalBills(BillCase):
    channel = "paypal"
    zone = datetime.timezone.utc
    fee_comes_back = False
    path = "/v1/reporting/transactions"

    @classmethod
    def prepare(cls):
        cls.shop = PaypalApp(cls.sandbox, cls.accounts[0])

    def forget_tokens(self):
        self.shop.token = None

    def new_open(self, fen=9900):
        trade = number()
        answer = self.shop.create({"intent": "CAPTURE", "purchase_units": [{
            "custom_id": trade, "invoice_id": trade,
            "amount": {"currency_code": "USD", "value": f"{fen // 100}.{fen % 100:02d}"}}]})
        self.assertEqual(answer.status, 201, answer)
        self.order_id = answer.json["id"]
        return trade

    def new_paid(self, fen):
        trade = self.new_open(fen)
        self.sandbox.pay(self.order_id, silent=True)
        self.assertEqual(self.shop.capture(self.order_id).status, 201)
        return trade

    def new_refund(self, trade, fen):
        capture = self.sandbox.trade(trade)["transaction_id"]
        refund = number()
        answer = self.shop.send("POST", f"/v2/payments/captures/{capture}/refund", {
            "amount": {"currency_code": "USD", "value": f"{fen // 100}.{fen % 100:02d}"},
            "custom_id": refund, "invoice_id": refund}, PayPal_Request_Id=refund)
        self.assertEqual(answer.status, 201, answer)
        return refund

    def ask(self, date, **more):
        query = {"start_date": f"{date}T00:00:00Z", "end_date": f"{date}T23:59:59Z",
                 "fields": "transaction_info", "page_size": 500, "page": 1, **more}
        return self.shop.send("GET", f"{self.path}?{urllib.parse.urlencode(query)}")

    def refusal(self, answer):
        return "" if answer.status == 200 else answer.json["details"][0]["issue"]

    def not_ready(self, date):
        report = self.ask(date).json
        self.assertLess(report["last_refreshed_datetime"], report["end_date"])

    def lines(self, date, page_size=500):
        rows, page, pages = [], 1, 1
        while page <= pages:
            answer = self.ask(date, page_size=page_size, page=page)
            self.assertEqual(answer.status, 200, answer)
            report = answer.json
            pages, page = report["total_pages"], page + 1
            rows += [row["transaction_info"] for row in report["transaction_details"]]
            self.assertGreaterEqual(report["last_refreshed_datetime"], report["end_date"])
        self.assertEqual(report["total_items"], len(rows))
        lines = []
        for row in rows:
            back = row["transaction_event_code"] == "T1107"
            fee = float(row.get("fee_amount", {"value": "0"})["value"])
            lines.append({"number": "" if back else row["custom_field" if "custom_field" in row
                                                        else "invoice_id"],
                          "refund": row["custom_field"] if back else "",
                          "amount": round(abs(float(row["transaction_amount"]["value"])) * 100),
                          "fee": round(-fee * 100), "status": row["transaction_status"]})
        return lines

    def test_refunds_are_told_by_their_own_number_even_where_it_is_used_twice(self):
        trade, date = self.paid()
        refund = self.new_refund(trade, 100)
        other, _ = self.paid()
        capture = self.sandbox.trade(other)["transaction_id"]
        again = self.shop.send("POST", f"/v2/payments/captures/{capture}/refund",
                               {"custom_id": refund}, PayPal_Request_Id=number())
        self.assertEqual(again.status, 201, again)
        self.assertEqual([line["amount"] for line in self.of(self.lines(date), "", refund)],
                         [100, 9900])

    def test_pages_hold_all_lines_once(self):
        trades = [self.paid() for _ in range(5)]
        lines = self.lines(trades[-1][1], page_size=2)
        for trade, _ in trades:
            self.assertEqual(len(self.of(lines, trade)), 1)

    def test_too_many_lines_are_refused(self):
        self.paid()
        _, date = self.paid()
        self.sandbox.control("POST", "/bills", {"report_rows": 1})
        self.assertEqual(self.refusal(self.ask(date)), "RESULTSET_TOO_LARGE")
        self.assertEqual(self.ask("2026-01-01").json["total_items"], 0)

    def test_strange_questions_are_refused(self):
        for more, issue in (({"page_size": 501}, "INVALID_PARAMETER_VALUE"),
                            ({"page": 0}, "INVALID_PARAMETER_VALUE"),
                            ({"start_date": "2026-01-01"}, "INVALID_PARAMETER_SYNTAX"),
                            ({"start_date": ""}, "MISSING_REQUIRED_PARAMETER"),
                            ({"start_date": "2025-11-01T00:00:00Z"}, "INVALID_PARAMETER_VALUE"),
                            ({"start_date": "2026-01-02T00:00:00Z"}, "INVALID_PARAMETER_VALUE"),
                            ({"more": 1}, "NOT_SUPPORTED")):
            answer = self.ask("2026-01-01", **more)
            self.assertEqual((answer.status, self.refusal(answer)), (400, issue), more)

    def test_a_report_that_lies_of_its_size_or_is_cut_short(self):
        _, date = self.paid()
        self.sandbox.fault("bill", "wrong_hash")
        report = self.ask(date).json
        self.assertEqual(report["total_items"], len(report["transaction_details"]) + 1)
        self.sandbox.fault("bill", "truncated")
        with self.assertRaises(json.JSONDecodeError):
            self.ask(date).json


class TheOption(unittest.TestCase):
    def test_bills_from_is_now_or_an_hour(self):
        handle = temp_dir("bills-from")
        self.addCleanup(handle.cleanup)
        folder = pathlib.Path(handle.name)
        wrong = Process("tollgate-sandbox", folder / "wrong.log")
        wrong.start("--listen", "127.0.0.1:0", "--keys", folder / "keys", "--bills-from", "noon")
        self.assertEqual(wrong.wait_exit(), 1)
        self.assertIn("--bills-from", wrong.log())


if __name__ == "__main__":
    unittest.main()
