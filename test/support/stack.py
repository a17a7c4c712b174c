"""Test cases with a server and a channel of their own."""

import itertools
import os
import pathlib
import secrets
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from . import openapi
from .process import temp_dir
from .receiver import Receiver
from .sandbox import Sandbox
from .server import TollgateServer
from .wait import until
from .wechat import Merchant, MockWechat

_counter = itertools.count(1)


def unique(word):
    return f"{word}-{next(_counter)}-{secrets.token_hex(4)}"


def order_body(**over):
    """A sound order of 99.00 yuan; a value of None leaves the field out."""
    body = {"user_id": unique("user"), "business_id": unique("pick"), "order_type": "course",
            "currency": "CNY", "amount": 9900, "description": "C++ in 30 days",
            "items": [{"goods_id": "course-7", "goods_type": "course", "name": "C++ in 30 days",
                       "unit_price": 9900, "quantity": 1}]}
    body.update(over)
    return {name: value for name, value in body.items() if value is not None}


def at_once(count, action):
    """Runs `action(i)` on `count` threads that start together; the results in order."""
    gate = threading.Barrier(count)

    def act(number):
        gate.wait()
        return action(number)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


class ServerCase(unittest.TestCase):
    """One server for the class; `config` overrides its configuration. After each test no answer may
    have left what docs/openapi.yaml says."""

    config = {}
    receiver = None
    started = False

    @classmethod
    def setUpClass(cls):
        cls.folder_handle = temp_dir(cls.__name__)
        cls.addClassCleanup(cls.folder_handle.cleanup)
        cls.folder = pathlib.Path(cls.folder_handle.name)
        cls.transcript = []
        openapi.take_violations()
        cls.server = TollgateServer(cls.folder / "server", cls.make_accounts(), **cls.make_config())
        cls.addClassCleanup(cls._stop_server)
        cls.server.start(cls.make_environment())
        cls.started = True
        cls.open = cls.server.client(None, cls.transcript)
        cls.merchant = cls.server.client(cls.server.merchant_key, cls.transcript)
        cls.admin = cls.server.client(cls.server.admin_key, cls.transcript)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)

    @classmethod
    def make_accounts(cls):
        return []

    @classmethod
    def make_config(cls):
        return cls.config

    @classmethod
    def make_environment(cls):
        return None

    @classmethod
    def _stop_server(cls):
        keep = os.environ.get("TOLLGATE_TEST_LOGS")
        try:
            if cls.started:
                code = cls.server.stop()
                if code != 0:
                    tail = cls.server.process.tail()
                    raise AssertionError(f"the server ended with {code}\n{tail}")
        finally:
            if keep:
                (pathlib.Path(keep) / f"{cls.__name__}.log").write_text(cls.server.process.log())

    def tearDown(self):
        violations = openapi.take_violations()
        if violations:
            self.fail("answers that docs/openapi.yaml does not describe:\n  " +
                      "\n  ".join(violations[:12]))

    def setUp(self):
        if not self.server.process.running():
            self.fail(f"the server has ended\n{self.server.process.tail()}")

    # ---- steps that most tests take -------------------------------------------------------------

    def expect(self, answer, status, code=None):
        """The JSON of an answer that must have this status (one or a set) and this code."""
        wanted = status if isinstance(status, (set, tuple, frozenset)) else {status}
        self.assertIn(answer.status, wanted, answer)
        if answer.status >= 400:
            self.assert_problem(answer)
        if code is not None:
            self.assertEqual(answer.code, code, answer)
        return answer.json if answer.body and "json" in answer.headers["content-type"] else None

    def assert_problem(self, answer):
        """RFC 9457 as the contract wants it (type, title, status, detail, code, request_id)."""
        self.assertTrue(answer.is_problem, answer)
        body = answer.json
        for name in ("type", "title", "detail", "code", "request_id"):
            self.assertIsInstance(body.get(name), str, f"{name} in {body}")
        self.assertEqual(body["status"], answer.status)
        self.assertRegex(body["code"], r"\A[a-z][a-z0-9_]*\Z")
        self.assertEqual(body["request_id"], answer.headers["x-request-id"])
        for error in body.get("errors", []):
            self.assertIsInstance(error["detail"], str)
            self.assertRegex(error["pointer"], r"\A(/.*)?\Z")

    def new_order(self, **over):
        return self.expect(self.merchant.post("/v1/orders", order_body(**over)), 201)

    def order(self, order_id):
        return self.expect(self.merchant.get(f"/v1/orders/{order_id}"), 200)

    def payment(self, pay_no):
        return self.expect(self.merchant.get(f"/v1/payments/{pay_no}"), 200)

    def try_payment(self, order, **over):
        body = {"account_id": "wx-main", "method": "native", **over}
        body = {name: value for name, value in body.items() if value is not None}
        return self.merchant.post(f"/v1/orders/{order['id']}/payments", body)

    def new_payment(self, order, **over):
        return self.expect(self.try_payment(order, **over), 201)

    def until_order(self, order, status, timeout=15):
        def settled():
            now = self.order(order["id"])
            return now if now["status"] == status else None
        return until(settled, f"order {order['id']} {status}, is "
                     f"{self.order(order['id'])['status']}", timeout)

    def events_of(self, order, type=None):
        """The events about an order and its payments, oldest first."""
        found = [event for event in self.admin.all(f"/v1/events?order_id={order['id']}")
                 if order["id"] in (event["data"].get("id"), event["data"].get("order_id"))]
        return [event for event in reversed(found) if type in (None, event["type"])]

    def event_types(self, order):
        return sorted(event["type"] for event in self.events_of(order))

    def until_events(self, order, *types):
        """The order's events are exactly these (in any order)."""
        until(lambda: len(self.events_of(order)) >= len(types), f"{len(types)} events of the order")
        self.assertEqual(self.event_types(order), sorted(types))

    def webhook(self, path, events=("*",), **more):
        """A registered endpoint at the class's receiver: the webhook with its secret."""
        return self.expect(self.admin.post("/v1/webhooks", {
            "url": self.receiver.url + path, "events": list(events), **more}), 201)


class SandboxCase(ServerCase):
    """Server and simulator with the ready accounts of `channels`; of WeChat Pay wx-main (public
    key) and wx-cert (platform certificates). `spares` copies of each: a test that breaks an
    account's trust or breaker takes a fresh one."""

    spares = 0
    channels = ("wechat",)

    @classmethod
    def make_accounts(cls):
        cls.sandbox = Sandbox(cls.folder / "sandbox")
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.start()
        accounts = cls.sandbox.accounts(*cls.channels)
        cls.spare = {account["id"]: [f"{account['id']}-{n}" for n in range(cls.spares)]
                     for account in accounts}
        return accounts + [dict(account, id=spare) for account in accounts
                           for spare in cls.spare[account["id"]]]

    def fresh_account(self, like="wx-main"):
        return self.spare[like].pop()

    def tearDown(self):
        self.sandbox.clear_faults()
        super().tearDown()


class MockCase(ServerCase):
    """Server and MockWechat; accounts wx-main and wx-other, both with a public key."""

    @classmethod
    def make_accounts(cls):
        cls.main, cls.other = Merchant.new("wx-main", 1), Merchant.new("wx-other", 2)
        cls.mock = MockWechat(cls.main, cls.other)
        cls.addClassCleanup(cls.mock.close)
        return cls.mock.accounts(cls.folder / "keys")

    def tearDown(self):
        self.mock.override.clear()
        super().tearDown()

    def call_back(self, notice, account="wx-main", **more):
        headers, body = notice
        return self.open.post(f"/callbacks/{account}", body, headers=headers, **more)

    def acked(self, answer):
        self.assertIn(answer.status, (200, 204), answer)

    def judged(self, answer):
        """ACKed, or refused as malformed: where the contract leaves it open which."""
        self.assertIn(answer.status, (200, 204, 401), answer)

    def notify(self, pay_no, merchant=None, account="wx-main", **over):
        return self.call_back(self.mock.notice(merchant or self.main, pay_no, **over), account)

    def callback_records(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.admin.all(f"/v1/callbacks?{query}" if query else "/v1/callbacks")
