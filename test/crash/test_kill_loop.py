"""Ten kills under load: afterwards the books equal the simulator's ledger (P1, P2, P4, P11)."""

import http.client
import os
import random
import threading
import time

from support.stack import SandboxCase, order_body
from support.wait import until

KILLS = 10
PATIENCE_S = 2
LOST = (OSError, http.client.HTTPException, ValueError)


class KillLoop(SandboxCase):
    config = {"payment": {"query_gaps": [1, 1, 2, 2, 3, 3, 5, 5, 5, 10], "channel_timeout": 3},
              "webhooks": {"gaps": [0, 1, 1, 1, 2, 2, 3, 5]}}

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("TOLLGATE_SEED", time.time_ns() % 1_000_000))
        print(f"TOLLGATE_SEED={self.seed}", flush=True)
        self.stopping = threading.Event()
        self.addCleanup(self.stopping.set)
        self.placed = []  # (order id, pay_no) that a client was told of
        self.paid_at_channel = []
        self.lock = threading.Lock()

    def buy(self, number):
        """A merchant's back end with retries by Idempotency-Key, and its buyer."""
        chance = random.Random(self.seed * 100 + number)
        client = self.server.client(self.server.merchant_key)
        while not self.stopping.is_set():
            body, key = order_body(), f"{self.seed}-{chance.getrandbits(64):x}"
            order = self.persist(client, "/v1/orders", body, key)
            if order is None:
                continue
            path = f"/v1/orders/{order['id']}/payments"
            payment = self.persist(client, path, {"method": "native"}, key + "p")
            if payment is None:
                continue
            with self.lock:
                self.placed.append((order["id"], payment["pay_no"]))
            if chance.random() < 0.8:
                self.sandbox_pay(payment["pay_no"], silent=chance.random() < 0.2)

    def sandbox_pay(self, pay_no, silent):
        wish = {"out_trade_no": pay_no, "silent": silent}
        trade = self.sandbox.control("POST", "/pay", wish, None)
        if trade.get("state") == "SUCCESS":
            with self.lock:
                self.paid_at_channel.append(pay_no)

    def persist(self, client, path, body, key):
        """Posts until an answer is of use; None where patience or the test ends first."""
        end = time.monotonic() + PATIENCE_S
        while not self.stopping.is_set() and time.monotonic() < end:
            try:
                answer = client.post(path, body, headers={"Idempotency-Key": key}, timeout=8)
                if answer.status in (200, 201):
                    return answer.json
            except LOST:
                client.close()
            time.sleep(0.05)
        return None

    def test_ten_random_kills_lose_nothing_and_pay_nothing_twice(self):
        hook = self.webhook("/books", ["order.paid"])
        chance = random.Random(self.seed)
        buyers = [threading.Thread(target=self.buy, args=(n,)) for n in range(4)]
        for buyer in buyers:
            buyer.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.15, 0.8))
            self.server.kill()
            self.server.start()
        time.sleep(0.5)
        self.stopping.set()
        for buyer in buyers:
            buyer.join(30)
        for client in (self.open, self.merchant, self.admin):
            client.close()
        print(f"{len(self.placed)} placed, {len(self.paid_at_channel)} paid", flush=True)
        self.assertGreater(len(self.paid_at_channel), KILLS, "there was load")
        self.assert_books_agree(hook)

    def channel_paid(self):
        return {trade["out_trade_no"]: trade for trade in self.sandbox.trades()
                if trade["state"] == "SUCCESS"}

    def assert_books_agree(self, hook):
        wanted = self.channel_paid()
        self.assertEqual(set(self.paid_at_channel) - set(wanted), set())

        def difference():
            ours = {p["pay_no"] for p in self.merchant.all("/v1/payments?status=paid")}
            return {"paid there alone": sorted(set(wanted) - ours),
                    "paid here alone": sorted(ours - set(wanted))}
        try:
            until(lambda: not any(difference().values()), "the books agree", 60, 0.5)
        except AssertionError:
            found = difference()
            self.fail(f"{found}\n{[self.payment(n) for n in found['paid there alone'][:3]]}")
        payments = {p["pay_no"]: p for p in self.merchant.all("/v1/payments?status=paid")}
        for pay_no, trade in wanted.items():
            payment = payments[pay_no]
            self.assertEqual((payment["amount"], payment["channel_trade_no"]),
                             (trade["amount"], trade["transaction_id"]))
        orders = {p["order_id"] for p in payments.values()}
        self.assertEqual(len(orders), len(payments), "one payment an order")
        paid_orders = {o["id"] for o in self.merchant.all("/v1/orders?status=paid")}
        self.assertEqual(paid_orders, orders)
        self.assert_told(hook, orders)
        ledger = self.sandbox.ledger("1900000001")["paid"]
        main = [p for p in payments.values() if p["account_id"] == "wx-main"]
        self.assertEqual((ledger["count"], ledger["amount"]),
                         (len(main), sum(p["amount"] for p in main)))

    def assert_told(self, hook, orders):
        """Each paid order was told at least once, under one id; nothing else was."""
        def told():
            came = self.receiver.of("/books", "order.paid")
            return {delivery.json["data"]["id"] for delivery in came} >= orders
        until(told, "every paid order is told", 60, 0.5)
        ids = {}
        for delivery in self.receiver.of("/books", "order.paid"):
            self.assertTrue(delivery.genuine(hook["secret"]))
            ids.setdefault(delivery.json["data"]["id"], set()).add(delivery.id)
        self.assertEqual(set(ids), orders)
        doubled = {order: found for order, found in ids.items() if len(found) != 1}
        self.assertEqual(doubled, {})
