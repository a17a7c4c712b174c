"""The test of the test: books that were tampered with behind the server's back are found out."""

import contextlib
import sqlite3
import unittest

from support.process import temp_dir

from .books import Audit, settle
from .world import World


class TamperedBooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = temp_dir("audit")
        cls.addClassCleanup(folder.cleanup)
        cls.world = world = World(folder.name)
        cls.addClassCleanup(world.close)
        world.open()
        cls.order = world.try_order(world.body(), "key")
        cls.payment = world.try_payment(cls.order["id"], "pay")
        world.sandbox.pay(cls.payment["pay_no"])
        world.until_order(cls.order["id"], "paid")
        cls.healthy = settle(world, 20).lines()

    def test_sound_books_have_no_differences(self):
        self.assertEqual(self.healthy, [])

    def found_after(self, undo, *changes):
        """What the audit says while the rows are otherwise; they are put back."""
        with contextlib.closing(sqlite3.connect(self.world.server.database_path)) as connection:
            try:
                for change in changes:
                    with connection:
                        self.assertEqual(connection.execute(change).rowcount, 1, change)
                return Audit(self.world).differences()
            finally:
                with connection:
                    connection.execute(undo)

    def test_an_order_that_is_gone(self):
        found = self.found_after(f"UPDATE orders SET id = {self.order['id']} WHERE id = 1",
                                 f"UPDATE orders SET id = 1 WHERE id = {self.order['id']}")
        self.assertTrue(any("acknowledged" in line for line in found.lost), found.lines())

    def test_money_that_the_channel_has_and_we_do_not(self):
        of = f"WHERE pay_no = {self.payment['pay_no']}"
        found = self.found_after(f"UPDATE payments SET status = 'paid' {of}",
                                 f"UPDATE payments SET status = 'closed' {of}")
        self.assertTrue(any("paid at the channel" in line for line in found.lost), found.lines())

    def test_another_amount(self):
        of = f"WHERE pay_no = {self.payment['pay_no']}"
        found = self.found_after(f"UPDATE payments SET amount = amount - 1 {of}",
                                 f"UPDATE payments SET amount = amount + 1 {of}")
        self.assertTrue(found.lost, "one fen is missing")

    def test_a_movement_that_the_journal_has_otherwise(self):
        found = self.found_after("UPDATE postings SET amount = amount - 1 WHERE id = 1",
                                 "UPDATE postings SET amount = amount + 1 WHERE id = 1")
        self.assertTrue(any("BROKEN posting 1 " in line for line in found.lost), found.lines())

    def test_a_callback_that_was_acked_and_is_gone(self):
        found = self.found_after(
            "UPDATE callbacks SET verdict = 'accepted'",
            "UPDATE callbacks SET verdict = 'refused' WHERE verdict = 'accepted'")
        self.assertTrue(any("ACKed" in line for line in found.lost), found.lines())

    def test_an_event_without_its_state(self):
        found = self.found_after(
            "UPDATE events SET type = 'order.paid' WHERE type = 'order.cancelled'",
            "UPDATE events SET type = 'order.cancelled' WHERE type = 'order.paid'")
        self.assertTrue(found.lost and found.doubled, found.lines())

    def test_a_job_that_nobody_runs(self):
        rows = "INSERT INTO jobs (id, kind, subject, due_at, created_at) VALUES "
        found = self.found_after("DELETE FROM jobs WHERE kind = 'no_such_kind'",
                                 f"{rows} (1, 'no_such_kind', 1, 1, 1)")
        self.assertTrue(any("no_such_kind" in line for line in found.lost), found.lines())

    def test_an_event_that_nobody_was_told(self):
        with self.world.receiver._changed:
            kept = list(self.world.receiver.deliveries)
            self.world.receiver.deliveries[:] = [d for d in kept if d.type != "order.paid"]
        try:
            found = Audit(self.world).differences()
        finally:
            self.world.receiver.deliveries[:] = kept
        self.assertTrue(any("never told" in line for line in found.lost), found.lines())
