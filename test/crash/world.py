"""A server, the channels' simulator and a merchant's receiver, with a record of what the server has
acknowledged: what it must not lose (P11)."""

import http.client
import pathlib
import threading
import time

from support.client import Client
from support.receiver import Receiver
from support.sandbox import Sandbox
from support.server import TollgateServer
from support.stack import order_body
from support.wait import until

LOST = (OSError, http.client.HTTPException, ValueError)
GOODS = "crash-course"
STOCK = 1_000_000
NOTICE_GAPS = 0.04  # Of the channel's own gaps: 15 s become 0.6 s.
BY_WECHAT = {"account_id": "wx-main", "method": "native"}
BY_PAYPAL = {"account_id": "pp-main", "method": "redirect"}


class Unhealed(AssertionError):
    """What should have settled by itself did not."""


class QuietClient(Client):
    """Answers are not held against the OpenAPI document: other tests do that, and it takes time."""

    def request(self, method, path, body=None, headers=None, timeout=20):
        if body is not None and not isinstance(body, bytes):
            import json
            body = json.dumps(body).encode()
        send = {"Content-Type": "application/json"} if body is not None else {}
        if self.key is not None:
            send["Authorization"] = f"Bearer {self.key}"
        send.update(headers or {})
        return self._exchange(method, path, body, send, timeout)


class Journal:
    """What clients and the channel were told."""

    def __init__(self):
        self.lock = threading.Lock()
        self.orders = {}    # id -> the body that was sent
        self.payments = {}  # pay_no -> order id
        self.refunds = {}   # refund_id -> pay_no
        self.on_acknowledged = None  # called with table, column, id

    def order(self, answer, body):
        with self.lock:
            self.orders[answer["id"]] = body
            if self.on_acknowledged:
                self.on_acknowledged("orders", "id", answer["id"])

    def payment(self, answer):
        with self.lock:
            self.payments[answer["pay_no"]] = answer["order_id"]
            if self.on_acknowledged:
                self.on_acknowledged("payments", "pay_no", answer["pay_no"])


    def refund(self, answer):
        with self.lock:
            self.refunds[answer["refund_id"]] = answer["pay_no"]
            if self.on_acknowledged:
                self.on_acknowledged("refunds", "refund_id", answer["refund_id"])


class World:
    def __init__(self, folder, **config):
        self.folder = pathlib.Path(folder)
        self.sandbox = Sandbox(self.folder / "sandbox", time_scale=NOTICE_GAPS)
        self.sandbox.start()
        config.setdefault("payment", {"query_gaps": [1, 1, 2, 2, 3, 3, 5], "channel_timeout": 3})
        config.setdefault("webhooks", {"gaps": [0] + [1] * 20})
        accounts = self.sandbox.accounts("wechat", "paypal")
        self.server = TollgateServer(self.folder / "server", accounts, **config)
        self.receiver = Receiver()
        self.journal = Journal()
        self.hook = None
        self.merchant = QuietClient(self.server.base, self.server.merchant_key)
        self.admin = QuietClient(self.server.base, self.server.admin_key)

    def open(self):
        """The first start: webhook and stock are there from now on."""
        self.sandbox.configure("pp-main", "webhook_url", f"{self.server.base}/callbacks/pp-main")
        self.start()
        answer = self.admin.post("/v1/webhooks",
                                 {"url": self.receiver.url + "/books", "events": ["*"]})
        assert answer.status == 201, answer
        self.hook = answer.json
        assert self.admin.put(f"/v1/stock/{GOODS}", {"available": STOCK}).status == 200
        return self

    def start(self, env=None):
        self.forget_connections()
        self.server.start(env)

    def kill(self):
        self.server.kill()
        self.forget_connections()

    def forget_connections(self):
        self.merchant.close()
        self.admin.close()

    def close(self):
        self.server.kill() if self.server.process.child else None
        self.receiver.close()
        self.sandbox.stop()

    # ---- a merchant's back end, which repeats with the same key until it is answered -----------

    def body(self, **over):
        body = order_body(**over)
        body["items"][0]["goods_id"] = GOODS
        return body

    def try_order(self, body, key, client=None):
        """One try; the order where it was acknowledged, else nothing."""
        answer = (client or self.merchant).post("/v1/orders", body,
                                                headers={"Idempotency-Key": key}, timeout=10)
        if answer.status not in (200, 201):
            return None
        self.journal.order(answer.json, body)
        return answer.json

    def try_payment(self, order_id, key, client=None, by=BY_WECHAT):
        answer = (client or self.merchant).post(f"/v1/orders/{order_id}/payments", by,
                                                headers={"Idempotency-Key": key}, timeout=10)
        if answer.status != 201:
            return None
        self.journal.payment(answer.json)
        return answer.json

    def try_refund(self, pay_no, amount, key):
        answer = self.merchant.post("/v1/refunds", {"pay_no": pay_no, "amount": amount},
                                    headers={"Idempotency-Key": key}, timeout=10)
        if answer.status != 201:
            return None
        self.journal.refund(answer.json)
        return answer.json

    def persist(self, attempt, what, patience=20, stopping=None):
        """Tries until `attempt` answers something; None where `stopping` is set meanwhile."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if stopping is not None and stopping.is_set():
                return None
            try:
                found = attempt()
                if found:
                    return found
            except LOST:
                self.forget_connections()
            time.sleep(0.05)
        if stopping is not None:
            return None
        raise Unhealed(f"{what}: not within {patience} s")

    # ---- what stands here ----------------------------------------------------------------------

    def order(self, order_id):
        answer = self.merchant.get(f"/v1/orders/{order_id}")
        return answer.json if answer.status == 200 else None

    def until_order(self, order_id, *states, patience=25):
        """The order once it is in one of these states."""
        def settled():
            found = self.order(order_id)
            return found if found and found["status"] in states else None
        try:
            return until(settled, f"order {order_id} is {' or '.join(states)}", patience)
        except AssertionError as e:
            raise Unhealed(f"{e}; is {(self.order(order_id) or {}).get('status')}") from None

    def told(self, type, order_id):
        return self.receiver.of("/books", type, order_id)
