"""Test cases about money that goes back, or that no order takes."""

import contextlib
import sqlite3

from .stack import SandboxCase
from .wait import stays, until


class RefundCase(SandboxCase):
    config = {"payment": {"query_gaps": [1], "channel_timeout": 2}}

    def paid(self, **over):
        """An order of 99.00 yuan that is paid, and its payment."""
        order = self.new_order(**over)
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"])
        return self.until_order(order, "paid"), payment

    def ask(self, payment, headers=None, **more):
        return self.merchant.post("/v1/refunds", {"pay_no": payment["pay_no"], **more},
                                  headers=headers or {})

    def new_refund(self, payment, **more):
        return self.expect(self.ask(payment, **more), 201)

    def refund(self, refund_id):
        return self.expect(self.merchant.get(f"/v1/refunds/{refund_id}"), 200)

    def until_refund(self, refund, status, timeout=15):
        until(lambda: self.refund(refund["refund_id"])["status"] == status, f"the refund {status}",
              timeout)
        return self.refund(refund["refund_id"])

    def stays_pending(self, refund, seconds):
        stays(lambda: self.refund(refund["refund_id"])["status"] == "pending", "it is pending",
              seconds)

    def refunds_at_channel(self, payment):
        return self.sandbox.trade(payment["pay_no"])["refunds"]

    def sent(self, path):
        return [r for r in self.sandbox.requests() if r["path"].startswith(path)]


class LateCase(RefundCase):
    """Money that no order takes, by the policy of the class."""

    policy = "refund"

    @classmethod
    def make_config(cls):
        return {**cls.config, "callbacks": {"late_payment": cls.policy}}

    def late(self, payment):
        found = [m for m in self.admin.all("/v1/late-payments")
                 if m["pay_no"] == payment["pay_no"]]
        return found[0] if found else None

    def until_late(self, payment, state):
        until(lambda: (self.late(payment) or {}).get("state") == state, f"the money {state}", 20)

    def forge_late_payment(self, order, payment):
        """The books of the channel show money for an attempt that was closed there: as when the
        buyer pays between the last query and the close."""
        with contextlib.closing(sqlite3.connect(self.server.database_path)) as db:
            db.execute("UPDATE payments SET status = 'closed', open = NULL WHERE pay_no = ?",
                       (int(payment["pay_no"]),))
            db.execute("UPDATE orders SET status = 'expired', live = NULL WHERE id = ?",
                       (int(order["id"]),))
            db.execute("DELETE FROM jobs WHERE subject = ?", (int(order["id"]),))
            db.commit()
        self.sandbox.pay(payment["pay_no"])
