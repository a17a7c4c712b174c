#!/usr/bin/env python3
"""Writes the seeds of the corpus, from real messages: make_seeds.py [FOLDER]

Files that are called otherwise than seed-* (inputs that once were findings, and what the fuzzers
kept) are left alone. Nothing is signed here: the targets of channels sign with keys of their own.
"""

import gzip
import io
import json
import re
import sys
import urllib.parse
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORPUS = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
SEPARATOR = b"\n--\n"


def write(target, name, *parts):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    data = b"".join(p if isinstance(p, bytes) else p.encode() for p in parts)
    (folder / f"seed-{name}").write_bytes(data)


def http():
    # Seed of the pieces, header limit 64 << n, body limit 1 << n.
    limits = bytes([7, 6, 12])
    crlf = "\r\n"
    head = f"POST /v1/orders?limit=5 HTTP/1.1{crlf}Host: pay.example.com{crlf}"
    requests = {
        "length": head + f"Content-Type: application/json{crlf}Content-Length: 2{crlf}{crlf}{{}}",
        "chunked": head + f"Transfer-Encoding: chunked{crlf}{crlf}2{crlf}{{}}{crlf}0{crlf}{crlf}",
        "chunk-extension": head + f"Transfer-Encoding: chunked{crlf}{crlf}2;a=b{crlf}{{}}{crlf}"
                           f"0{crlf}Trailer: x{crlf}{crlf}",
        "both-lengths": head + f"Content-Length: 4{crlf}Transfer-Encoding: chunked{crlf}{crlf}"
                        f"0{crlf}{crlf}",
        "two-lengths": head + f"Content-Length: 4{crlf}Content-Length: 5{crlf}{crlf}abcde",
        "two-codings": head + f"Transfer-Encoding: chunked{crlf}Transfer-Encoding: identity"
                       f"{crlf}{crlf}0{crlf}{crlf}",
        "gzip-chunked": head + f"Transfer-Encoding: gzip, chunked{crlf}{crlf}0{crlf}{crlf}",
        "pipelined": f"GET /healthz HTTP/1.1{crlf}Host: a{crlf}{crlf}" * 3,
        "http-1-0": f"GET /pay/t HTTP/1.0{crlf}Connection: keep-alive{crlf}{crlf}",
        "expect": head + f"Expect: 100-continue{crlf}Content-Length: 1{crlf}{crlf}a",
        "absolute": f"GET http://pay.example.com/a/%2e%2e/b?c=%z HTTP/1.1{crlf}Host: a{crlf}{crlf}",
        "star": f"OPTIONS * HTTP/1.1{crlf}Host: a{crlf}X-Request-Id: r-1{crlf}"
                f"X-Forwarded-For: 203.0.113.9, 10.0.0.2{crlf}{crlf}",
        "folded": head + f"A: b{crlf} c{crlf}{crlf}",
        "bare-lf": "GET / HTTP/1.1\nHost: a\n\n",
    }
    for name, text in requests.items():
        write("http_request", name, limits, text)
    responses = {
        "length": f"HTTP/1.1 200 OK{crlf}Content-Length: 2{crlf}{crlf}{{}}",
        "chunked": f"HTTP/1.1 200 OK{crlf}Transfer-Encoding: chunked{crlf}{crlf}"
                   f"2{crlf}{{}}{crlf}0{crlf}{crlf}",
        "to-the-end": f"HTTP/1.0 200 OK{crlf}{crlf}success",
        "interim": f"HTTP/1.1 100 Continue{crlf}{crlf}HTTP/1.1 204 No Content{crlf}{crlf}",
        "switching": f"HTTP/1.1 101 Switching Protocols{crlf}{crlf}",
        "close": f"HTTP/1.1 502 Bad Gateway{crlf}Connection: close{crlf}"
                 f"Retry-After: 5{crlf}Content-Length: 0{crlf}{crlf}",
    }
    for name, text in responses.items():
        write("http_response", name, bytes([3, 12]), text)
    write("http_response", "head", bytes([3, 128 + 12]), responses["length"])


def urls():
    for name, text in {
        "gateway": "https://api.mch.weixin.qq.com",
        "port": "http://127.0.0.1:9090/gateway.do?charset=utf-8",
        "ipv6": "https://[2001:db8::1]:8443/a/b%20c?d=e%26f#g",
        "user": "https://user:password@pay.example.com/",
        "glued": "http://1.2.3.4.example/a",
        "vfuture": "http://[v1.x]/",
        "query": "https://shop.example.com?order=1",
    }.items():
        write("url", name, text)
    hosts = ["127.0.0.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "LOCALHOST.",
             "[::ffff:10.0.0.1]", "[fd00::1]", "169.254.169.254", "example.com", "[::1]", "1.1",
             "a.0x10", "[64:ff9b::7f00:1]", "[fe80::1%25eth0]", "93.184.216.34:8080"]
    for flag in (0, 1):
        for number, host in enumerate(hosts):
            write("address", f"{number:02}-{flag}", bytes([flag]), host)


ORDER = {
    "user_id": "u-1001", "business_id": "pick-88231", "order_type": "course", "currency": "CNY",
    "amount": 9900, "description": "C++ in 30 days",
    "items": [{"goods_id": "course-7", "goods_type": "course", "name": "C++ in 30 days",
               "unit_price": 9900, "quantity": 1}],
    "expires_in": 1800, "metadata": {"campaign": "spring"}}


def bodies():
    texts = {
        "order": ORDER,
        "jpy": ORDER | {"currency": "JPY", "amount": 19800,
                        "items": [ORDER["items"][0] | {"quantity": 2}]},
        "sparse": {k: ORDER[k] for k in ("user_id", "business_id", "currency", "items")},
        "mismatch": ORDER | {"amount": 1},
        "overflow": ORDER | {"items": [{"goods_id": "g", "name": "n", "unit_price": 10**12,
                                        "quantity": 10**6}] * 3},
        "wrong": ORDER | {"user_id": "", "colour": 1, "items": [{}], "metadata": {"a/b~c": 1}},
    }
    for name, value in texts.items():
        write("order_body", name, json.dumps(value, ensure_ascii=False))
        write("json", name, b"\0", json.dumps(value, indent=1))
    write("order_body", "unicode",
          json.dumps(ORDER | {"description": "三十天 🎓", "metadata": {"é": "\t\u0000\ud83d\ude00"}}))
    write("json", "nul", b"\0", '{"a":1}\0{')
    write("json", "surrogates", b"\0", '["\\ud83d\\ude00", "\\ude00", "\\ud83d"]')
    odd = {"numbers": "[1.0, -0, 1e400, 9223372036854775808, 0.1e-5, -9223372036854775808]",
           "double": '{"a":3.141592653589793238,"b":5e-324,"c":1e22}',
           "twice": '{"a":{"b":1,"b":2}}', "deep": "[" * 33 + "]" * 33,
           "escapes": '"\\ud800\\u0000\\/\\b"', "comments": '{"a": 1, /* b */ // c\n}'}
    for name, text in odd.items():
        write("json", name, b"\0", text)
        write("json", name + "-comments", b"\1", text)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n"
    payment = {"account_id": "wx-main", "method": "native", "client_ip": "203.0.113.9",
               "return_url": "https://shop.example.com/done?o=1", "payer": {"openid": "o4GgauE"}}
    write("payment_body", "full", trace, json.dumps(payment))
    write("payment_body", "by-channel", "\n", json.dumps({"channel": "wechat", "method": "h5",
                                                          "client_ip": "2001:db8::1"}))
    write("payment_body", "wrong", "00-x\n", json.dumps(payment | {
        "return_url": "javascript:alert(1)", "client_ip": "no", "payer": []}))
    hook = {"url": "https://shop.example.com/hooks", "events": ["order.paid", "payment.late"],
            "description": "shop"}
    for flag in (b"\0", b"\1"):
        kind = str(flag[0])
        write("webhook_body", f"create-{kind}", flag, json.dumps(hook))
        write("webhook_body", f"all-{kind}", flag, json.dumps(
            {"url": "http://127.0.0.1:8080/x", "events": ["*"]}))
        write("webhook_body", f"patch-{kind}", flag, json.dumps({"enabled": False}))
        write("webhook_body", f"replay-{kind}", flag, json.dumps(
            {"since": "2026-11-20T00:00:00Z", "until": "2026-11-21T08:00:00.123+08:00"}))
        write("webhook_body", f"nothing-{kind}", flag, "{}")


TRADE = {"mchid": "1900000001", "appid": "wx2421b1c4370ec43b",
         "out_trade_no": "7214983217463296001",
         "transaction_id": "4200000000202601010000000001", "trade_type": "NATIVE",
         "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
         "success_time": "2026-01-01T12:00:00+08:00", "payer": {"openid": "o"},
         "amount": {"total": 9900, "payer_total": 9000, "currency": "CNY"}}
REFUND = {"mchid": "1900000001", "transaction_id": "42000", "out_trade_no": "7214983217463296001",
          "refund_id": "50000000382019052709732678859", "out_refund_no": "R1",
          "refund_status": "SUCCESS", "success_time": "2026-01-02T10:34:56+08:00",
          "amount": {"total": 9900, "refund": 4900, "payer_total": 9900, "payer_refund": 4900}}


def wechat():
    published = json.loads((ROOT / "test/data/vectors/wechat.json").read_text())
    plain = {"trade": json.dumps(TRADE, ensure_ascii=False), "refund": json.dumps(REFUND)}
    for kind in ("derived", "notify_published"):
        for vector in published[kind]:
            if "plaintext" in vector:
                plain[vector["id"]] = vector["plaintext"]
    for row in (0, 1):
        for name, text in plain.items():
            form = 2 if "refund" in name else 1
            for proof, word in enumerate(("right", "right-too", "altered", "foreign", "spliced")):
                write("callback", f"wechat-{row}-{name}-{word}",
                      bytes([row, proof, form, 0, 9, 7]), text, SEPARATOR)
            for skew in (4, 6, 7):
                write("callback", f"wechat-{row}-{name}-skew-{skew}",
                      bytes([row, 0, form, skew, 0, 0]), text, SEPARATOR)
        notice = published["notify_published"][0]
        write("callback", f"wechat-{row}-body", bytes([row, 0, 0, 0, 0, 0]), notice["body"],
              SEPARATOR)
        write("callback", f"wechat-{row}-made-up", bytes([row, 5, 0, 0, 0, 0]),
              *(f"wechatpay-{k}:{notice[k]}\n" for k in ("serial", "timestamp", "nonce",
                                                         "signature")), "\n", notice["body"])
    answers(plain["trade"])


def answers(trade):
    # Per answer: kind, status, form, text. Wishes: four ways to pay, query, close.
    refusals = ["ORDER_NOT_EXIST", "ORDERPAID", "FREQUENCY_LIMITED", "SYSTEM_ERROR", "NO_AUTH"]
    states = ["NOTPAY", "CLOSED", "REFUND", "REVOKED", "USERPAYING", "PAYERROR", "NEW"]
    for row in (0, 1):
        first = bytes([0, 0, 0]) + SEPARATOR if row else b""  # the certificates
        for wish in range(6):
            start = bytes([row, wish]) + first
            write("exchange", f"wechat-{row}-{wish}-honest", start, bytes([0, 0, 0]))
            for kind in (2, 4, 5):
                write("exchange", f"wechat-{row}-{wish}-kind-{kind}", start, bytes([kind, 0, 0]),
                      '{"code_url":"weixin://wxpay/bizpayurl?pr=1","prepay_id":"wx2",'
                      '"h5_url":"https://wx.tenpay.com/x"}' if wish < 4 else trade)
            for kind in (6, 7, 8):
                write("exchange", f"wechat-{row}-{wish}-kind-{kind}", start, bytes([kind, 0, 0]))
        for number, code in enumerate(refusals):
            write("exchange", f"wechat-{row}-refused-{number}", bytes([row, number % 6]) + first,
                  bytes([5, 2 + number, 0]), json.dumps({"code": code, "message": "no"}))
        for state in states:
            write("exchange", f"wechat-{row}-{state}", bytes([row, 4]) + first, bytes([2, 0, 0]),
                  json.dumps(TRADE | {"trade_state": state}))


NOTICE = {"notify_time": "2026-01-01 12:00:06", "notify_type": "trade_status_sync",
          "notify_id": "2026010100222120005000000000000001", "app_id": "2021000000000001",
          "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
          "trade_no": "2026010122001400000000000001", "out_trade_no": "7214983217463296001",
          "seller_id": "2088000000000001", "trade_status": "TRADE_SUCCESS",
          "total_amount": "99.00", "subject": "形象店", "gmt_payment": "2026-01-01 12:00:05"}
NODE = {"code": "10000", "msg": "Success", "out_trade_no": "7214983217463296001",
        "trade_no": "2026010122001400000000000001", "trade_status": "TRADE_SUCCESS",
        "total_amount": "99.00", "send_pay_date": "2026-01-01 12:00:05"}


def alipay():
    # Wishes: page, wap, qr, app (which sends nothing), query, close, cancel.
    notices = {"trade": NOTICE, "closed": NOTICE | {"trade_status": "TRADE_CLOSED"},
               "refund": NOTICE | {"refund_fee": "49.5", "out_biz_no": "R1",
                                   "gmt_refund": "2026-01-02 10:34:56.123"},
               "foreign-money": NOTICE | {"trans_currency": "USD", "body": ""},
               "gbk": NOTICE | {"charset": "GBK"}}
    for row in (2, 3):
        for name, fields in notices.items():
            for proof, word in enumerate(("right", "right-too", "altered", "foreign", "spliced")):
                write("callback", f"alipay-{row}-{name}-{word}", bytes([row, proof, 0, 0, 9, 7]),
                      urllib.parse.urlencode(fields), SEPARATOR)
        for wish in range(7):
            for kind in (0, 6, 7, 8):
                write("exchange", f"alipay-{row}-{wish}-kind-{kind}",
                      bytes([row, wish, kind, 0, 0]))
            for form in range(4):
                write("exchange", f"alipay-{row}-{wish}-form-{form}",
                      bytes([row, wish, 2, 0, form]), json.dumps(NODE | {
                          "qr_code": "https://qr.alipay.com/bax1", "action": "close",
                          "retry_flag": "N"}))
        for state in ("WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_FINISHED", "NEW"):
            write("exchange", f"alipay-{row}-{state}", bytes([row, 4, 2, 0, 0]),
                  json.dumps(NODE | {"trade_status": state}))
        for number, code in enumerate(("ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_HAS_SUCCESS",
                                       "isv.app-call-limited", "ACQ.SYSTEM_ERROR")):
            write("exchange", f"alipay-{row}-refused-{number}",
                  bytes([row, 4 + number % 3, 2, 0, 0]),
                  json.dumps({"code": "40004", "sub_code": code, "sub_msg": "no"}))


PP_MONEY = {"currency_code": "USD", "value": "12.34"}
PP_REFUND = {"id": "1JU08902781691411", "status": "COMPLETED",
             "amount": {"currency_code": "USD", "value": "5.00"},
             "custom_id": "7214983217463296009", "payer": {"merchant_id": "QGVJ3S4WK2CXA"},
             "update_time": "2026-01-01T03:59:30Z", "links": [
                 {"rel": "up", "href": "https://a.example/v2/payments/captures/3C679366HH908993F"}]}
PP_CAPTURE = {"id": "3C679366HH908993F", "status": "COMPLETED", "amount": PP_MONEY,
              "custom_id": "7214983217463296001", "update_time": "2026-01-01T03:59:59Z",
              "supplementary_data": {"related_ids": {"order_id": "5O190127TN364715T"}}}
PP_ORDER = {"id": "5O190127TN364715T", "intent": "CAPTURE", "status": "COMPLETED",
            "purchase_units": [{
                "amount": PP_MONEY, "payee": {"merchant_id": "QGVJ3S4WK2CXA"},
                "custom_id": "7214983217463296001",
                "payments": {"captures": [PP_CAPTURE], "refunds": [PP_REFUND]}}],
            "links": [{"rel": "payer-action",
                       "href": "https://www.paypal.com/checkoutnow?token=5O190127TN364715T"}]}


def paypal():
    # Wishes: pay, capture, query, close, refund, query_refund. The first answer is the token's.
    row, honest = 4, bytes([0, 0, 0]) + SEPARATOR
    resources = {1: PP_ORDER | {"status": "APPROVED"}, 2: PP_CAPTURE, 3: PP_REFUND,
                 4: PP_REFUND | {"status": "FAILED"}, 5: {"order_id": PP_ORDER["id"]}}
    for form, resource in resources.items():
        for proof, word in enumerate(("right", "right-too", "altered", "foreign", "spliced")):
            write("callback", f"paypal-{form}-{word}", bytes([row, proof, form, 0, 9, 7]),
                  json.dumps(resource), SEPARATOR)
        for skew in (4, 6):
            write("callback", f"paypal-{form}-skew-{skew}", bytes([row, 0, form, skew, 0, 0]),
                  json.dumps(resource), SEPARATOR)
    for form, told in ((2, PP_ORDER), (3, PP_REFUND), (3, PP_REFUND | {"status": "PENDING"})):
        write("callback", f"paypal-{form}-read-{told['status']}", bytes([row, 0, form, 0, 0, 0]),
              json.dumps(resources[form]), SEPARATOR, honest, honest, bytes([2, 0, 0]),
              json.dumps(told))
    stranger = (ROOT / "test/data/vectors/keys/paypal_live_signing_cert_2025.pem").read_text()
    for word in ("SUCCESS", "FAILURE", "PERHAPS"):
        write("callback", f"paypal-judged-{word}", bytes([row, 3, 2, 0, 0, 0]),
              json.dumps(PP_CAPTURE), SEPARATOR, bytes([2, 0, 0]), stranger, SEPARATOR, honest,
              bytes([2, 0, 0]), json.dumps({"verification_status": word}))
    texts = [PP_ORDER | {"status": "PAYER_ACTION_REQUIRED"}, PP_ORDER, PP_ORDER, PP_ORDER,
             PP_REFUND, PP_CAPTURE]
    for wish, text in enumerate(texts):
        start = bytes([row, wish]) + honest
        for kind in (0, 6, 7, 8):
            write("exchange", f"paypal-{wish}-kind-{kind}", start, bytes([kind, 0, 0]))
        write("exchange", f"paypal-{wish}-told", start, bytes([2, 0, 0]), json.dumps(text),
              SEPARATOR, bytes([2, 0, 0]), json.dumps(PP_ORDER))
    for number, (wish, issue) in enumerate((
            (1, "ORDER_NOT_APPROVED"), (1, "ORDER_ALREADY_CAPTURED"), (1, "INSTRUMENT_DECLINED"),
            (2, "INVALID_RESOURCE_ID"), (4, "CAPTURE_FULLY_REFUNDED"),
            (4, "REFUND_FAILED_INSUFFICIENT_FUNDS"), (4, "PENDING_CAPTURE"))):
        write("exchange", f"paypal-refused-{number}", bytes([row, wish]) + honest,
              bytes([2, 5 if wish == 2 else 7, 0]),
              json.dumps({"name": "RESOURCE_NOT_FOUND" if wish == 2 else "UNPROCESSABLE_ENTITY",
                          "details": [{"issue": issue}]}), SEPARATOR,
              bytes([2, 0, 0]), json.dumps(PP_CAPTURE), SEPARATOR,
              bytes([2, 0, 0]), json.dumps(PP_ORDER))


IPL_FIRST = {"orderId": "7214983217463296001", "resultCode": "0000", "orderAmount": "1234",
             "currencyCode": "USD", "partnerId": "10000000001", "dealId": "1020000000000000001",
             "remark": "", "completeTime": "20260101120003", "charset": "1", "signType": "2"}
IPL_SECOND = {"version": "2.0", "merchantId": "10000000001", "transId": "7214983217463296001",
              "transType": "sale", "respCode": "0000", "status": "success",
              "orderId": "1020000000000000001", "transAmt": "1234", "currency": "USD",
              "completeTime": "20260101120003", "charset": "utf-8", "signType": "MD5"}
IPL_REFUND = IPL_SECOND | {"transType": "refund", "transId": "7214983217463296009",
                           "origTransId": "7214983217463296001"}


def ipaylinks():
    # Wishes of the second generation: pay, query, close, refund, query_refund; the first sends
    # nothing.
    for row, name, fields in ((5, "first", IPL_FIRST), (6, "sale", IPL_SECOND),
                              (6, "refund", IPL_REFUND)):
        for form in (0, 1):
            for proof, word in enumerate(("right", "right-too", "altered", "foreign", "spliced")):
                write("callback", f"ipaylinks-{name}-{form}-{word}",
                      bytes([row, proof, form, 0, 9, 7]), urllib.parse.urlencode(fields), SEPARATOR)
    for wish in range(2):
        write("exchange", f"ipaylinks-first-{wish}", bytes([5, wish]))
    for wish in range(5):
        for kind in (0, 6, 7, 8):
            write("exchange", f"ipaylinks-{wish}-kind-{kind}", bytes([6, wish, kind, 0, 0]))
        for status in ("success", "failed", "pending", "canceled", ""):
            fields = (IPL_REFUND if wish > 2 else IPL_SECOND) | {"status": status}
            write("exchange", f"ipaylinks-{wish}-{status or 'none'}",
                  bytes([6, wish, 2, 0, wish % 2]), urllib.parse.urlencode(fields))


def long_currencies():
    """Longer than the host takes a currency for."""
    odd = "X" * 40
    money = PP_MONEY | {"currency_code": odd}
    unit = PP_ORDER["purchase_units"][0] | {
        "payments": {"captures": [PP_CAPTURE | {"amount": money}],
                     "refunds": [PP_REFUND | {"amount": money}]}}
    paypal_start = bytes([0, 0, 0]) + SEPARATOR
    write("exchange", "wechat-long-currency", bytes([0, 4, 2, 0, 0]),
          json.dumps(TRADE | {"amount": TRADE["amount"] | {"currency": odd}}))
    write("exchange", "alipay-long-currency", bytes([2, 4, 2, 0, 0]),
          json.dumps(NODE | {"trans_currency": odd}))
    write("exchange", "paypal-long-currency", bytes([4, 2]), paypal_start, bytes([2, 0, 0]),
          json.dumps(PP_ORDER | {"purchase_units": [unit]}))
    write("exchange", "paypal-long-currency-refund", bytes([4, 5]), paypal_start,
          paypal_start, bytes([2, 0, 0]), json.dumps(PP_ORDER | {"purchase_units": [unit]}))
    for kind, fields in (("sale", IPL_SECOND), ("refund", IPL_REFUND)):
        write("exchange", f"ipaylinks-long-currency-{kind}",
              bytes([6, 1 if kind == "sale" else 4, 2, 0, 0]),
              urllib.parse.urlencode(fields | {"currency": odd}))


def config():
    example = (ROOT / "config/tollgate.example.json").read_text()
    write("config", "example", example)
    settings = {"app_id": "wx2421b1c4370ec43b", "mch_id": "1900000001", "merchant_serial": "1DDE55",
                "merchant_private_key_file": "key.pem", "api_v3_key": "${KEY32}"}
    whole = {
        "listen": "[::1]:8080", "public_url": "https://pay.example.com/", "plugin_dir": "plugins",
        "database": "sqlite:data/t.db", "threads": 2, "log_level": "info",
        "trusted_proxies": ["10.0.0.1"],
        "api_keys": [{"name": "shop", "role": "merchant", "sha256": "Ab" * 32}],
        "order": {"expires_in": 1800}, "payment": {"query_gaps": [5, 10], "channel_timeout": 15},
        "callbacks": {"max_body": 65536, "max_age": 300, "late_payment": "refund"},
        "webhooks": {"timeout": 15, "gaps": [0, 5], "allow_private_networks": False},
        "accounts": [{"id": "wx-main", "channel": "wechat", "gateway": "http://127.0.0.1:9090/x",
                      "settings": settings | {
                          "platform_public_key_id": "PUB_KEY_ID_01",
                          "platform_public_key_file": "pub.pem"}},
                     {"id": "wx-2", "channel": "wechat", "gateway": "https://a.example",
                      "settings": settings}]}
    write("config", "whole", json.dumps(whole, indent=1))
    secrets = {name: "${SECRET}" for name in settings}
    write("config", "secrets", json.dumps(whole | {"accounts": [whole["accounts"][0] | {
        "settings": settings | {"api_v3_key": "${SECRET}", "app_ids": "${SECRET}"}}]}))
    write("config", "all-secret", json.dumps(whole | {"accounts": [whole["accounts"][0] | {
        "settings": secrets}]}))
    write("config", "variables", '{"listen": "${NONE}", "database": "${QUOTES}", /* c */ "order": '
          '{"a~/": "${", "b": ["${BROKEN}x${EMPTY}"]}, "listen2": "${1}",}')


def rest():
    for name, code, amount, text in (
            ("cny", "CNY", 9900, "99.00"), ("jpy", "JPY", -500, "-500"), ("kwd", "KWD", 1, "0.001"),
            ("min", "USD", -2**63, "-92233720368547758.08"), ("odd", "EUR", 2**63 - 1, "1.")):
        write("money", name, code, (amount % 2**64).to_bytes(8, "little"),
              (2**62).to_bytes(8, "little"), text)
    for number, text in enumerate((
            "2026-11-22T09:30:00.123Z", "2026-01-01T12:00:00+08:00",
            "2024-02-29t23:59:60.123456789z",
            "0000-01-01T00:00:00-23:59", "9999-12-31T23:59:59.999+00:00", "2026-02-30T00:00:00Z")):
        write("time", str(number), (number * 10**16 + 7).to_bytes(8, "little"), text)
    for number, text in enumerate((
            b"Image\xe5\xbd\xa2\xe8\xb1\xa1", b"\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf", b"aGVsbG8=",
            b"aGVsbG9=", b"a%20b%2Bc+d%zz", b"00000000000000000018", b"\xf0\x9f\x8e\x93\x7f\t")):
        write("text", str(number), text)
    write("html", "text", "<script>alert('&amp;\"')</script>\x01\x7f\xff")
    write("html", "form",
          '<form name=f action="https://openapi.alipay.com/gateway.do?charset=utf-8" method="POST">'
          '<input type="hidden" name="biz_content" value="{&quot;a&quot;:&#49;&#x4e2d;}">'
          '<input type=submit value=go></form><script>document.forms[0].submit()</script>')
    write("html", "address", "https://[2001:db8::1]:8443/a;b,c'd")
    write("abi", "sound", b"")
    for number in range(1, 9):
        write("abi", f"span-{number}", bytes(number - 1) + bytes([number]))
        write("abi", f"later-{number}", bytes(20 + 7 * number) + bytes([number, 200, 3, 128]))
    write("abi", "noise", bytes((i * 37 + 11) % 256 for i in range(400)))


def bills():
    """Kind and size of the pieces, then the unpacked file."""
    def peer(name, start, end):
        """A file that the tests' peers give, out of their source."""
        text = (ROOT / "test" / "channel" / name).read_text()
        text = text[text.index(start):]
        literals = re.findall(r'"((?:[^"\\]|\\.)*)"', text[:text.index(end)])
        plain = "".join(literals).replace("\\xEF\\xBB\\xBF", "\ufeff")
        for escape, char in (("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t")):
            plain = plain.replace(escape, char)
        return plain

    trade = peer("wechat_peer.cpp", "published_bill =", ";\n")
    fund = peer("wechat_peer.cpp", "published_fund_bill =", ";\n")
    day = peer("alipay_peer.cpp", "AlipayPeer::published_bill()", "std::string AlipayPeer::packed")
    write("bill", "wechat-trade", bytes([0, 6]), trade)
    write("bill", "wechat-fund", bytes([1, 40]), fund)
    write("bill", "wechat-gzip", bytes([2, 9]), gzip.compress(trade.encode(), mtime=0))
    write("bill", "alipay", bytes([4, 3]), day.encode("gbk"))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(zipfile.ZipInfo("day.csv"), day.encode("gbk"))
    write("bill", "alipay-zip", bytes([5, 16]), archive.getvalue())


for make in (http, urls, bodies, wechat, alipay, paypal, ipaylinks, long_currencies, config, rest,
             bills):
    make()
