"""An independent small WeChat Pay v3 gateway, for what the simulator never answers or sends."""

import dataclasses
import http.server
import json
import pathlib
import re
import secrets
import threading
import time
import urllib.parse

from .receiver import QuietServer
from .signing import (aead_encrypt, private_pem, public_pem, rsa_key, rsa_verifies,
                      wechat_headers, wechat_request_message)

_AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')


@dataclasses.dataclass
class Merchant:
    account_id: str
    mch_id: str
    app_id: str
    serial: str
    api_v3_key: str
    key: object
    platform_key: object
    platform_id: str

    @staticmethod
    def new(account_id, number):
        return Merchant(account_id, f"19000100{number:02d}", f"wx{secrets.token_hex(8)}",
                        secrets.token_hex(20).upper(), secrets.token_hex(16),
                        rsa_key(f"merchant-{number}"), rsa_key(f"platform-{number}"),
                        f"PUB_KEY_ID_01{secrets.randbelow(10**20):020d}")

    def account(self, folder, gateway):
        """The `accounts` entry of the server's configuration; writes the key files."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        private, public = folder / f"{self.mch_id}.pem", folder / f"{self.mch_id}-platform.pem"
        private.write_bytes(private_pem(self.key))
        public.write_bytes(public_pem(self.platform_key))
        return {"id": self.account_id, "channel": "wechat", "gateway": gateway, "settings": {
            "app_id": self.app_id, "mch_id": self.mch_id, "merchant_serial": self.serial,
            "merchant_private_key_file": str(private), "api_v3_key": self.api_v3_key,
            "platform_public_key_id": self.platform_id, "platform_public_key_file": str(public)}}


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path = target.split("?", 1)[0]
        self.authorization = dict(_AUTHORIZATION.findall(headers.get("Authorization", "")))

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def operation(self):
        if self.path.endswith("/close"):
            return "close"
        if "/out-trade-no/" in self.path or "/id/" in self.path:
            return "query"
        return "pay" if "/v3/pay/transactions/" in self.path else "other"


class Reply:
    """`signed` False leaves the signature out; `key` and `serial` sign with something else."""

    def __init__(self, status=200, body=b"", signed=True, key=None, serial=None, headers=None,
                 wait=0.0, timestamp=None):
        self.status = status
        text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.body = text
        self.signed, self.key, self.serial = signed, key, serial
        self.headers, self.wait, self.timestamp = headers or {}, wait, timestamp


class MockWechat:
    """`override[operation] = function(request, usual)` replaces an answer that would be `usual`."""

    def __init__(self, *merchants):
        self.merchants = {merchant.mch_id: merchant for merchant in merchants}
        self.trades, self.requests, self.override = {}, [], {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        mock = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, self.headers, body)
                reply, merchant = mock._answer(request)
                if reply.wait:
                    mock._stopping.wait(reply.wait)
                self.send_response(reply.status)
                for name, value in mock._reply_headers(reply, merchant).items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def accounts(self, folder):
        return [merchant.account(folder, self.url) for merchant in self.merchants.values()]

    def close(self):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    # ---- the gateway ----------------------------------------------------------------------------

    def _answer(self, request):
        with self._lock:
            self.requests.append(request)
        merchant = self.merchants.get(request.authorization.get("mchid"))
        if not merchant or not self._genuine(request, merchant):
            refusal = {"code": "SIGN_ERROR", "message": "signature"}
            return Reply(401, refusal, signed=False), merchant
        with self._lock:
            usual = self._usual(request, merchant)
        override = self.override.get(request.operation)
        return (override(request, usual) if override else usual), merchant

    def _genuine(self, request, merchant):
        given = request.authorization
        fresh = abs(time.time() - int(given.get("timestamp", 0))) < 300
        message = wechat_request_message(request.method, request.target, given.get("timestamp"),
                                         given.get("nonce_str"), request.body)
        scheme = request.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")
        return (fresh and scheme and given.get("serial_no") == merchant.serial
                and rsa_verifies(merchant.key.public_key(), message, given.get("signature", "")))

    def _usual(self, request, merchant):
        operation = request.operation
        if operation == "pay":
            return self._place(request, merchant)
        if operation == "other":
            return Reply(404, {"code": "RESOURCE_NOT_EXISTS", "message": "nothing here"})
        number = urllib.parse.unquote(request.path.split("/out-trade-no/")[-1].split("/")[0])
        trade = self.trades.get((merchant.mch_id, number))
        if trade is None:
            return Reply(404, {"code": "ORDER_NOT_EXIST", "message": "no such order"})
        if operation == "query":
            return Reply(200, self.transaction(merchant, number))
        if trade["state"] == "SUCCESS":
            return Reply(400, {"code": "ORDERPAID", "message": "paid"})
        trade["state"] = "CLOSED"
        return Reply(204)

    def _place(self, request, merchant):
        wish = request.json
        number = wish["out_trade_no"]
        trade = self.trades.setdefault((merchant.mch_id, number), {
            "state": "NOTPAY", "amount": wish["amount"]["total"], "wish": wish,
            "transaction_id": f"42000{secrets.randbelow(10**20):020d}"})
        handle = f"wx{number}{secrets.token_hex(4)}"
        method = request.path.rsplit("/", 1)[-1]
        if trade["state"] != "NOTPAY":
            return Reply(400, {"code": "ORDER_CLOSED", "message": trade["state"]})
        return Reply(200, {"native": {"code_url": f"weixin://wxpay/bizpayurl?pr={handle}"},
                           "h5": {"h5_url": f"{self.url}/h5?prepay_id={handle}&package=1"},
                           }.get(method, {"prepay_id": handle}))

    def _reply_headers(self, reply, merchant):
        headers = {"Content-Type": "application/json; charset=utf-8", "Request-ID": "mock"}
        if reply.signed and merchant:
            headers.update(wechat_headers(reply.key or merchant.platform_key,
                                          reply.serial or merchant.platform_id, reply.body,
                                          reply.timestamp))
        headers.update(reply.headers)
        return headers

    # ---- the books ------------------------------------------------------------------------------

    def trade(self, pay_no):
        """The trade of a number, whoever's it is."""
        for (_, number), trade in self.trades.items():
            if number == pay_no:
                return trade
        raise AssertionError(f"the gateway knows no trade {pay_no}")

    def buyer_pays(self, pay_no):
        """Paid at the channel, without a notice."""
        self.trade(pay_no)["state"] = "SUCCESS"

    def transaction(self, merchant, pay_no, **over):
        """The plain object of a query's answer and of a notice. `amount` may be a whole object."""
        trade = self.trades.get((merchant.mch_id, pay_no)) or {"amount": over.get("total", 1)}
        total = over.pop("total", trade["amount"])
        state = over.get("trade_state", trade.get("state", "SUCCESS"))
        plain = {"mchid": merchant.mch_id, "appid": merchant.app_id, "out_trade_no": pay_no,
                 "trade_state": state, "trade_state_desc": "-",
                 "transaction_id": trade.get("transaction_id", "4200000000000000"),
                 "trade_type": "NATIVE", "bank_type": "OTHERS", "attach": "",
                 "success_time": "2026-01-01T12:00:05+08:00", "payer": {"openid": "o4GgauInH"},
                 "amount": {"total": total, "payer_total": total, "currency": "CNY",
                            "payer_currency": "CNY"}}
        if state in ("NOTPAY", "CLOSED"):
            for name in ("transaction_id", "trade_type", "bank_type", "success_time", "payer"):
                plain.pop(name)
        plain.update(over)
        return plain

    def notice(self, merchant, pay_no, event_id=None, envelope=None, resource=None, **over):
        """(headers, body) of a genuine notice of a paid trade; `over` changes the plain object."""
        plain = self.transaction(merchant, pay_no, **{"trade_state": "SUCCESS", **over})
        return self.sealed(merchant, json.dumps(plain, ensure_ascii=False).encode(), event_id,
                           envelope, resource)

    def sealed(self, merchant, plain, event_id=None, envelope=None, resource=None):
        """Any bytes encrypted and signed as a notice."""
        body = json.dumps({
            "id": event_id or f"EV-{secrets.token_hex(12)}",
            "create_time": "2026-01-01T12:00:06+08:00", "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource", "summary": "支付成功",
            "resource": {"original_type": "transaction",
                         **aead_encrypt(merchant.api_v3_key, plain, "transaction"),
                         **(resource or {})},
            **(envelope or {})}, ensure_ascii=False).encode()
        return self.signed(merchant, body)

    def signed(self, merchant, body, **more):
        """(headers, body) with the platform's signature."""
        headers = wechat_headers(more.pop("key", merchant.platform_key),
                                 more.pop("serial", merchant.platform_id), body, **more)
        return {"Content-Type": "application/json", **headers}, body
