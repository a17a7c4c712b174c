"""What is done while the server is killed. A flow prepares, acts (here it may die at any instant),
and afterwards the client goes on as a client would; then everything must have come right."""

import datetime
import itertools
import time

from .world import BY_PAYPAL, BY_WECHAT, LOST, Unhealed

_numbers = itertools.count(1)
CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Flow:
    """`act` may meet a dead server at any call; it ends early then. It asks the server nothing that
    does not belong to the flow: every request passes points of its own."""

    query_gaps = [600]  # Only what the flow is about may settle a payment.
    by, currency = BY_WECHAT, "CNY"

    def __init__(self, world, seed):
        self.world = world
        self.key = f"flow-{seed}-{next(_numbers)}"
        self.body = world.body(currency=self.currency)
        self.order = self.payment = None

    def prepare(self):
        pass

    def act(self):
        raise NotImplementedError

    def finish(self):
        raise NotImplementedError

    # ---- steps -----------------------------------------------------------------------------------

    def place(self, **over):
        self.body.update(over)
        world = self.world
        self.order = world.persist(lambda: world.try_order(self.body, self.key), "an order")

    def pay(self):
        world, order = self.world, self.order["id"]
        self.payment = world.persist(
            lambda: world.try_payment(order, self.key + "p", by=self.by), "a payment")

    def quietly(self, call):
        """A call of the flow; what it answers, or nothing where the server died of it."""
        try:
            return call()
        except LOST:
            self.world.forget_connections()
            return None

    def wait(self, condition, seconds=6.0):
        """For something that the server does by itself, without asking it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.world.server.process.running():
            if condition():
                return
            time.sleep(0.03)

    def told(self, type):
        return lambda: self.world.told(type, self.order["id"])

    def paid_once(self):
        order = self.world.until_order(self.order["id"], "paid")
        paid = [p for p in order["payments"] if p["status"] == "paid"]
        assert len(paid) == 1, f"paid {len(paid)} times: {order}"


class Create(Flow):
    def act(self):
        self.quietly(lambda: self.world.try_order(self.body, self.key))

    def finish(self):
        """The repeat answers the order that the first try may have made."""
        self.place()
        found = self.world.merchant.all(f"/v1/orders?user_id={self.body['user_id']}")
        assert [o["id"] for o in found] == [self.order["id"]], f"made {len(found)} times: {found}"


class Pay(Flow):
    def prepare(self):
        self.place()

    def act(self):
        self.quietly(lambda: self.world.try_payment(self.order["id"], self.key + "p"))

    def finish(self):
        self.pay()
        world = self.world
        numbers = {p["pay_no"] for p in world.order(self.order["id"])["payments"]}
        open_trades = [t for t in world.sandbox.trades()
                       if t["out_trade_no"] in numbers and t["state"] == "NOTPAY"]
        assert len(open_trades) <= 1, f"two trades could be paid: {open_trades}"
        world.sandbox.pay(self.payment["pay_no"])
        self.paid_once()


class PayAnew(Pay):
    """Another start, under a key of its own: the open attempt is closed first."""

    def prepare(self):
        super().prepare()
        self.pay()
        self.key += "-anew"


class Notify(Flow):
    """The channel's notice alone may pay: it repeats until it is ACKed, and never again then."""

    def prepare(self):
        self.place()
        self.pay()

    def act(self):
        self.world.sandbox.pay(self.payment["pay_no"])
        self.wait(self.told("order.paid"))

    def finish(self):
        self.paid_once()


class Settle(Notify):
    """The notice is ACKed though the books refuse it at first: it will not come again (P1)."""

    def prepare(self):
        super().prepare()
        server, sandbox = self.world.server, self.world.sandbox
        pay_no = self.payment["pay_no"]
        server.refuse_payments()
        sandbox.pay(pay_no)
        self.world.persist(lambda: [n for n in sandbox.trade(pay_no)["notices"]
                                    if n["status"] in (200, 204)], "an ACK")

    def act(self):
        self.world.server.take_payments()
        self.wait(self.told("order.paid"), 10)


class Query(Flow):
    """The notice is lost; the query timer finds the money (P5)."""

    query_gaps = [1]

    def prepare(self):
        self.place()
        self.pay()

    def act(self):
        self.world.sandbox.pay(self.payment["pay_no"], silent=True)
        self.wait(self.told("order.paid"))

    def finish(self):
        self.paid_once()


class Sync(Flow):
    """The merchant asks for it."""

    def prepare(self):
        self.place()
        self.pay()
        self.world.sandbox.pay(self.payment["pay_no"], silent=True)

    def sync(self):
        answer = self.world.merchant.post(f"/v1/payments/{self.payment['pay_no']}/sync")
        return answer.status == 200

    def act(self):
        self.quietly(self.sync)

    def finish(self):
        self.world.persist(self.sync, "a sync")
        self.paid_once()


class Expire(Flow):
    """Nobody pays: closed at the channel first, then here."""

    def prepare(self):
        """An order with an attempt that soon expires; a slow machine gets more time for it."""
        world = self.world
        for soon in (2, 4, 8, 16):
            self.body, self.key = world.body(), f"{self.key}-{soon}"
            self.place(expires_in=soon)
            self.payment = world.try_payment(self.order["id"], self.key + "p")
            if self.payment:
                return
        raise Unhealed("orders expire before they can be paid")

    def act(self):
        self.wait(self.told("order.expired"), self.body["expires_in"] + 6)

    def finish(self):
        self.world.until_order(self.order["id"], "expired")
        state = self.world.sandbox.trade(self.payment["pay_no"])["state"]
        assert state == "CLOSED", f"expired here, {state} at the channel"


class ExpirePaid(Expire):
    """Paid without a word before the timer: asked last, and paid (P5)."""

    def prepare(self):
        super().prepare()
        self.world.sandbox.pay(self.payment["pay_no"], silent=True)

    def act(self):
        self.wait(self.told("order.paid"), self.body["expires_in"] + 6)

    def finish(self):
        self.paid_once()


class Cancel(Flow):
    def prepare(self):
        self.place()
        self.pay()

    def cancel(self):
        """A repeat may hear that the order is closed: it died between the effect and its answer."""
        answer = self.world.merchant.post(f"/v1/orders/{self.order['id']}/cancel",
                                          headers={"Idempotency-Key": self.key + "c"})
        return answer.status == 200 or answer.code == "order_closed"

    def act(self):
        self.quietly(self.cancel)

    def finish(self):
        self.world.persist(self.cancel, "a cancel")
        self.world.until_order(self.order["id"], "cancelled")
        state = self.world.sandbox.trade(self.payment["pay_no"])["state"]
        assert state == "CLOSED", f"cancelled here, {state} at the channel"


class Refund(Flow):
    """Two parts of a paid order go back; each once, whatever dies."""

    query_gaps = [1]
    parts = (100, 200)

    def prepare(self):
        self.place()
        self.pay()
        self.world.sandbox.pay(self.payment["pay_no"])
        self.world.until_order(self.order["id"], "paid")
        self.world.persist(self.told("order.paid"), "order.paid")

    def ask(self, amount):
        return self.world.try_refund(self.payment["pay_no"], amount, f"{self.key}r{amount}")

    def act(self):
        for amount in self.parts:
            self.quietly(lambda amount=amount: self.ask(amount))
        self.wait(lambda: len(self.told("refund.succeeded")()) >= len(self.parts))

    def finish(self):
        world, pay_no = self.world, self.payment["pay_no"]
        for amount in self.parts:
            world.persist(lambda amount=amount: self.ask(amount), "a refund")

        def all_back():
            order = world.order(self.order["id"])
            return order and order["amount_refunded"] == sum(self.parts)
        world.persist(all_back, "the money back")
        found = world.sandbox.trade(pay_no)["refunds"]
        assert sorted(r["amount"] for r in found) == list(self.parts), f"at the channel: {found}"


class Capture(Flow):
    """The buyer agrees, the money moves when it is captured: once, whatever dies (P2, P6)."""

    query_gaps = [1]
    by, currency = BY_PAYPAL, "USD"

    def prepare(self):
        self.place()
        self.pay()

    def act(self):
        self.world.sandbox.pay(self.payment["pay_no"])
        self.wait(self.told("order.paid"))

    def finish(self):
        self.paid_once()
        trade = self.world.sandbox.trade(self.payment["pay_no"])
        assert (trade["state"], trade["paid_amount"]) == ("SUCCESS", self.order["amount"]), trade


class RefundByPaypal(Refund):
    """The same by a channel that knows a repeat by its request's id."""

    by, currency = BY_PAYPAL, "USD"


class Reconcile(Flow):
    """Nobody has heard of the payment; the day's bill tells of it, the channel is asked (P5)."""

    def prepare(self):
        self.place()
        self.pay()
        self.world.sandbox.pay(self.payment["pay_no"], silent=True)

    def ask(self):
        today = f"{datetime.datetime.now(CHINA):%Y-%m-%d}"
        answer = self.world.admin.post("/v1/reconciliations",
                                       {"account_id": "wx-main", "date": today}, timeout=10)
        return answer.json if answer.status == 202 else None

    def act(self):
        self.quietly(self.ask)
        self.wait(self.told("order.paid"))

    def over(self, id):
        answer = self.world.admin.get(f"/v1/reconciliations/{id}")
        return answer.status == 200 and answer.json["status"] != "pending" and answer.json

    def finish(self):
        begun = self.world.persist(self.ask, "a reconciliation")
        done = self.world.persist(lambda: self.over(begun["id"]), "its end")
        assert done["status"] == "completed", done
        found = [d for d in done["differences"] if d["pay_no"] == self.payment["pay_no"]]
        # Where the order was paid before the bill was matched, there is none to be found.
        assert all(d["resolution"] == "repaired" for d in found), found
        self.paid_once()


class Deliver(Flow):
    """The receiver refuses once: the second try belongs to the flow."""

    def prepare(self):
        self.world.receiver.plan("/books", 503, 204)

    def act(self):
        self.order = self.quietly(lambda: self.world.try_order(self.body, self.key))
        if self.order:
            self.wait(lambda: len(self.told("order.created")()) >= 2)

    def finish(self):
        self.place()
        self.world.persist(self.told("order.created"), "order.created")


FLOWS = {"create": Create, "pay": Pay, "pay_anew": PayAnew, "notify": Notify, "settle": Settle,
         "query": Query, "sync": Sync, "expire": Expire, "expire_paid": ExpirePaid,
         "cancel": Cancel, "refund": Refund, "capture": Capture,
         "refund_paypal": RefundByPaypal, "reconcile": Reconcile, "deliver": Deliver}
