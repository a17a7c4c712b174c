"""The audit: what was acknowledged, the simulator's ledger, our books and the receiver must tell
the same story: once, exactly, with its event, delivered, nothing left lying."""

import contextlib
import sqlite3
import time
from collections import Counter

from support.process import run

from .world import GOODS, STOCK

ACCOUNTS = ("wx-main", "pp-main")
OVERDUE_MS = 10_000
ENDS = {"paid": "order.paid", "cancelled": "order.cancelled", "expired": "order.expired",
        "failed": "order.failed"}


class Findings:
    def __init__(self):
        self.lost, self.doubled, self.acknowledged = [], [], 0

    def add(self, other):
        self.lost += other.lost
        self.doubled += other.doubled
        self.acknowledged += other.acknowledged

    def __bool__(self):
        return bool(self.lost or self.doubled)

    def lines(self):
        return [f"LOST {what}" for what in self.lost] + [f"DOUBLED {what}" for what in self.doubled]


def overdue_jobs(database):
    """From the rows: the gauge of due jobs counts those that are about to be claimed."""
    now_ms = time.time() * 1000
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT kind, subject FROM jobs WHERE due_at < ? AND "
                                  "lease_until < ?", (now_ms - OVERDUE_MS, now_ms)).fetchall()


class Audit:
    """Reads everything once; `differences` compares."""

    def __init__(self, world):
        self.world = world
        admin, merchant = world.admin, world.merchant
        self.orders = {o["id"]: o for o in merchant.all("/v1/orders")}
        self.payments = {p["pay_no"]: p for p in merchant.all("/v1/payments")}
        self.refunds = {r["refund_id"]: r for r in merchant.all("/v1/refunds")}
        self.reconciliations = {r["id"]: r for r in admin.all("/v1/reconciliations")}
        self.events = {e["id"]: e for e in admin.all("/v1/events")}
        self.callbacks = admin.all("/v1/callbacks?verdict=accepted")
        self.pending = admin.all("/v1/deliveries?status=pending")
        self.dead = admin.all("/v1/deliveries?status=dead")
        self.stock = admin.get(f"/v1/stock/{GOODS}").json
        self.overdue = overdue_jobs(world.server.database_path)
        self.trades = {t["out_trade_no"]: t for t in world.sandbox.trades()}
        self.deliveries = world.receiver.of("/books")
        self.found = Findings()

    def lost(self, what):
        self.found.lost.append(what)

    def doubled(self, what):
        self.found.doubled.append(what)

    def once(self, count, what):
        if count < 1:
            self.lost(what)
        elif count > 1:
            self.doubled(f"{what}: {count} times")

    def differences(self):
        self.found = Findings()
        self.acknowledged_exists()
        self.ledger_agrees()
        self.refunds_agree()
        self.states_have_events()
        self.events_are_told()
        self.stock_is_kept()
        self.nothing_is_stuck()
        self.journal_holds()
        return self.found

    def acknowledged_exists(self):
        journal = self.world.journal
        for order_id, body in journal.orders.items():
            here = self.orders.get(order_id)
            if here is None or here["amount"] != body["amount"]:
                self.lost(f"order {order_id}, acknowledged")
        for pay_no, order_id in journal.payments.items():
            if self.payments.get(pay_no, {}).get("order_id") != order_id:
                self.lost(f"payment {pay_no}, acknowledged")
        acked = {n["id"] for t in self.trades.values() for n in t["notices"]
                 if n["status"] in (200, 204)}
        kept = Counter(c["event_id"] for c in self.callbacks)
        for notice in acked:
            self.once(kept[notice], f"callback {notice}, ACKed")
        for refund_id, pay_no in journal.refunds.items():
            if self.refunds.get(refund_id, {}).get("pay_no") != pay_no:
                self.lost(f"refund {refund_id}, acknowledged")
        self.found.acknowledged = (len(journal.orders) + len(journal.payments) +
                                   len(journal.refunds) + len(acked))
        made = Counter((o["user_id"], o["business_id"]) for o in self.orders.values())
        for wish, count in made.items():
            if count > 1:
                self.doubled(f"{count} orders of {wish}")

    def ledger_agrees(self):
        """What the channel calls paid is paid here, once, exactly; and nothing else is."""
        for pay_no, trade in self.trades.items():
            here = self.payments.get(pay_no)
            if here is None:
                self.lost(f"trade {pay_no}: unknown here")
            elif trade["state"] == "SUCCESS" and (
                    here["status"], here["amount"], here["channel_trade_no"]) != (
                    "paid", trade["paid_amount"], trade["transaction_id"]):
                self.lost(f"trade {pay_no}: paid at the channel, {here['status']} here")
            elif here["status"] == "paid" and trade["state"] != "SUCCESS":
                self.doubled(f"payment {pay_no}: paid here, {trade['state']} at the channel")
        paid = [p for p in self.payments.values() if p["status"] == "paid"]
        for order_id, count in Counter(p["order_id"] for p in paid).items():
            if count > 1:
                self.doubled(f"order {order_id}: paid {count} times")
        for account in ACCOUNTS:
            book = self.world.sandbox.ledger(account)["paid"]
            mine = [p["amount"] for p in paid if p["account_id"] == account]
            if (len(mine), sum(mine)) != (book["count"], book["amount"]):
                self.lost(f"totals of {account}: {len(mine)}, {sum(mine)} here, "
                          f"{book} at the channel")

    def refunds_agree(self):
        """What the channel gave back is what was asked for here, each once (P6, P7)."""
        there = {}
        for pay_no, trade in self.trades.items():
            for refund in trade["refunds"]:
                there[refund["out_refund_no"]] = (pay_no, refund["amount"], refund["status"])
        for refund_id, refund in self.refunds.items():
            done = (refund["pay_no"], refund["amount"], "SUCCESS")
            if refund["status"] != "succeeded" or there.pop(refund_id, None) != done:
                self.lost(f"refund {refund_id}: {refund['status']} here")
        for refund_id, what in there.items():
            self.doubled(f"refund {refund_id} at the channel, unknown here: {what}")
        for order_id, order in self.orders.items():
            back = sum(r["amount"] for r in self.refunds.values() if r["order_id"] == order_id)
            if order["amount_refunded"] != back:
                self.lost(f"order {order_id}: {order['amount_refunded']} refunded, "
                          f"its refunds say {back}")

    def states_have_events(self):
        """Each state that was reached has its event, once; no event speaks of another."""
        count = Counter((e["type"], e["data"].get("refund_id") or e["data"].get("pay_no") or
                         e["data"].get("id")) for e in self.events.values())
        paid_orders = {p["order_id"] for p in self.payments.values() if p["status"] == "paid"}
        for order_id, order in self.orders.items():
            self.once(count.pop(("order.created", order_id), 0), f"order.created of {order_id}")
            if (order["status"] == "paid") != (order_id in paid_orders):
                self.lost(f"order {order_id}: {order['status']}, but its payments say otherwise")
            if end := ENDS.get(order["status"]):
                self.once(count.pop((end, order_id), 0), f"{end} of {order_id}")
        for pay_no, payment in self.payments.items():
            self.once(count.pop(("payment.created", pay_no), 0), f"payment.created of {pay_no}")
            if payment["status"] != "pending":
                type = f"payment.{payment['status']}"
                self.once(count.pop((type, pay_no), 0), f"{type} of {pay_no}")
            if payment["status"] == "paid":  # It may have been closed before it was found paid.
                count.pop(("payment.closed", pay_no), 0)
        for refund_id in self.refunds:
            for type in ("refund.created", "refund.succeeded"):
                self.once(count.pop((type, refund_id), 0), f"{type} of {refund_id}")
        for id, day in self.reconciliations.items():  # Each time that it is asked for anew.
            told = count.pop(("reconciliation.completed", id), 0)
            if day["status"] == "completed" and not told:
                self.lost(f"reconciliation.completed of {id}")
        for (type, subject), times in count.items():
            self.doubled(f"{type} of {subject}: {times} times, and it is not so")

    def events_are_told(self):
        """Each event came at least once, under its one id, and no id with other content."""
        bodies = {}
        for delivery in self.deliveries:
            if not delivery.genuine(self.world.hook["secret"]):
                self.doubled(f"a delivery that is not genuine: {delivery}")
            if bodies.setdefault(delivery.id, delivery.body) != delivery.body:
                self.doubled(f"event {delivery.id} came with other content")
        for event_id, event in self.events.items():
            if event_id not in bodies:
                self.lost(f"event {event_id} ({event['type']}) was never told")
        for event_id in bodies.keys() - self.events.keys():
            self.doubled(f"event {event_id} was told and does not exist")
        for delivery in self.dead:
            self.lost(f"delivery {delivery['id']} is dead")

    def stock_is_kept(self):
        quantities = Counter()
        for order in self.orders.values():
            quantities[order["status"]] += sum(i["quantity"] for i in order["items"])
        wanted = {"locked": quantities["unpaid"], "sold": quantities["paid"]}
        wanted["available"] = STOCK - wanted["locked"] - wanted["sold"]
        ours = {name: self.stock[name] for name in wanted}
        if ours != wanted:
            self.lost(f"stock: {ours}, the orders say {wanted}")

    def nothing_is_stuck(self):
        for callback in self.callbacks:
            if callback["state"] == "received":
                self.lost(f"callback {callback['id']} is still not applied")
        for delivery in self.pending:
            self.lost(f"delivery {delivery['id']} still waits")
        for kind, subject in self.overdue:
            self.lost(f"the job {kind} of {subject} is due for long and nobody runs it")

    def journal_holds(self):
        """The journal's chain is whole, and says of each row of money what the row says."""
        code, out, errors = run("tollgate", "audit", "verify", "--config",
                                self.world.server.config_path, timeout=60)
        if code != 0:
            self.lost(f"audit verify: {' '.join((out + errors).split())}")


def settle(world, patience=60):
    """Audits until the books agree or patience ends; the last findings."""
    end = time.monotonic() + patience
    while True:
        found = Audit(world).differences()
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.5)
