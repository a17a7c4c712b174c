"""Merchants and buyers at work while the server is killed at random."""

import random
import threading
import time

from .world import LOST, QuietClient


class Load:
    def __init__(self, world, seed, buyers=4, pause_s=0.05):
        self.world, self.seed, self.pause_s = world, seed, pause_s
        self.stopping = threading.Event()
        self.paid_at_channel = 0
        self.threads = [threading.Thread(target=self.buy, args=(n,)) for n in range(buyers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)

    def persist(self, client, attempt):
        end = time.monotonic() + 3
        while not self.stopping.is_set() and time.monotonic() < end:
            try:
                if found := attempt():
                    return found
            except LOST:
                client.close()
            time.sleep(0.05)
        return None

    def buy(self, number):
        """A merchant's back end with retries by Idempotency-Key, and its buyer: most pay, some are
        never told of, some orders end soon, some are cancelled."""
        world, chance = self.world, random.Random(self.seed * 100 + number)
        client = QuietClient(world.server.base, world.server.merchant_key)
        while not self.stopping.is_set():
            time.sleep(chance.uniform(0, 2 * self.pause_s))
            soon = {"expires_in": chance.randint(2, 4)} if chance.random() < 0.15 else {}
            body, key = world.body(**soon), f"{self.seed}-{chance.getrandbits(64):x}"
            order = self.persist(client, lambda: world.try_order(body, key, client))
            if order is None:
                continue
            payment = self.persist(
                client, lambda: world.try_payment(order["id"], key + "p", client))
            if payment is None:
                continue
            if chance.random() < 0.1:
                self.try_cancel(client, order["id"])
            if chance.random() < 0.8:
                self.pay(payment["pay_no"], silent=chance.random() < 0.2)

    def try_cancel(self, client, order_id):
        try:
            client.post(f"/v1/orders/{order_id}/cancel", timeout=10)
        except LOST:
            client.close()

    def pay(self, pay_no, silent):
        """A closed or expired trade refuses, as it should."""
        trade = self.world.sandbox.control("POST", "/pay",
                                           {"out_trade_no": pay_no, "silent": silent}, None)
        self.paid_at_channel += trade.get("state") == "SUCCESS"


def kill_at_random(world, seed, kills, longest_s=0.6):
    """Answers how much was paid at the channel meanwhile."""
    chance = random.Random(seed)
    with Load(world, seed) as load:
        for _ in range(kills):
            time.sleep(chance.uniform(0, longest_s))
            world.server.kill()
            world.server.start()
        time.sleep(0.5)
    world.forget_connections()
    return load.paid_at_channel
