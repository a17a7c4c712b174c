"""The journal and `tollgate audit verify`: the real server's books, and what tampering with them
behind its back comes to."""

import contextlib
import re
import shutil
import sqlite3

from support.process import run
from support.wait import until

from .refund_cases import LateCase

BALANCES = re.compile(r"^(\S+) +([A-Z]{3}) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+)$", re.MULTILINE)
HEAD = re.compile(r"^head ([0-9a-f]{64})$", re.MULTILINE)


class JournalCase(LateCase):
    policy = "hold"

    def verify(self, *more, config=None):
        return run("tollgate", "audit", "verify", "--config", config or self.server.config_path,
                   *more)

    def holds(self, *more):
        """What verify prints of a sound database."""
        code, out, errors = self.verify(*more)
        self.assertEqual((code, errors), (0, ""), out)
        self.assertIn(": the chain holds\n", out)
        return out

    def until_sealed(self):
        """The output once every event is sealed."""
        until(lambda: "wait for the next seal" not in self.holds(), "all events are sealed", 10)
        return self.holds()

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(self.server.database_path)) as db:
            return db.execute(sql).fetchall()

    def broken_by(self, *changes):
        """What verify says of a copy that was tampered with: its lines."""
        with contextlib.closing(sqlite3.connect(self.server.database_path)) as source, \
             contextlib.closing(sqlite3.connect(self.folder / "copy.db")) as copy:
            source.backup(copy)
            with copy:
                for change in changes:
                    self.assertGreater(copy.execute(change).rowcount, 0, change)
        text = self.server.config_path.read_text()
        config = self.folder / "copy.json"
        config.write_text(text.replace("tollgate.db", "../copy.db"))
        code, out, errors = self.verify(config=config)
        self.assertEqual((code, errors), (1, ""), out)
        return [line.strip() for line in out[out.index("BROKEN"):].splitlines()]


class Books(JournalCase):
    """One of each movement; the balances are told apart by their amounts."""

    def test_every_movement_is_in_the_balances_and_each_account_adds_up(self):
        _, payment = self.paid()
        self.until_refund(self.new_refund(payment, amount=900), "succeeded")
        other = self.new_payment(self.new_order())
        self.sandbox.pay(other["pay_no"], amount=5)
        self.until_late(other, "held")
        late = []
        for _ in range(3):
            order = self.new_order()
            late.append(self.new_payment(order))
            self.forge_late_payment(order, late[-1])
            self.until_late(late[-1], "held")
        self.expect(self.admin.post(f"/v1/late-payments/{late[0]['pay_no']}/accept"), 200)
        self.until_refund(self.new_refund(late[1], amount=100), "succeeded")
        self.expect(self.admin.post(f"/v1/late-payments/{late[1]['pay_no']}/accept"), 409,
                    "order_closed")

        out = self.until_sealed()
        # 99.00 paid, 99.00 released; 0.05, 98.00 and 99.00 held.
        self.assertEqual(BALANCES.findall(out), [("wx-main", "CNY", "198.00", "197.05", "9.00",
                                                  "0.00", "386.05")])
        kinds = [kind for kind, in self.rows("SELECT kind FROM postings ORDER BY id")]
        self.assertEqual(kinds, ["payment", "refund", "payment_unmatched"] +
                         ["payment_unmatched"] * 3 +
                         ["released", "refund_unmatched"])
        at_channel = sum(t["paid_amount"] - sum(r["amount"] for r in t["refunds"])
                         for t in self.sandbox.trades() if t["state"] == "SUCCESS" or t["refunds"])
        self.assertEqual(at_channel, 38605)

    def test_notices_that_come_again_post_nothing_again_P2(self):
        _, payment = self.paid()
        self.sandbox.notify(payment["pay_no"], kind="TRANSACTION.SUCCESS", times=20)
        of = f"WHERE pay_no = {payment['pay_no']}"
        self.assertEqual(self.rows(f"SELECT COUNT(*) FROM postings {of}"), [(1,)])
        self.holds()


class Tampering(JournalCase):
    def setUp(self):
        super().setUp()
        self.order_, self.payment_ = self.paid()
        self.refund_ = self.until_refund(self.new_refund(self.payment_, amount=900), "succeeded")
        self.until_sealed()
        [(self.posting,)] = self.rows("SELECT id FROM postings WHERE kind = 'payment' AND pay_no = "
                                      + self.payment_["pay_no"])

    def test_a_posting_that_was_changed_is_named_with_what_was_expected(self):
        [(hash,)] = self.rows(f"SELECT hash FROM postings WHERE id = {self.posting}")
        lines = self.broken_by(f"UPDATE postings SET amount = 1 WHERE id = {self.posting}")
        self.assertEqual(lines[0], f"BROKEN posting {self.posting}")
        self.assertEqual(lines[1], f"expected  hash {hash}")
        self.assertRegex(lines[2], r"\Afound     hash [0-9a-f]{64} of what stands there\Z")

    def test_a_posting_that_is_gone_is_named_in_the_middle_and_at_the_end(self):
        for which in (self.posting, self.rows("SELECT MAX(id) FROM postings")[0][0]):
            lines = self.broken_by(f"DELETE FROM postings WHERE id = {which}")
            self.assertEqual(lines[0], f"BROKEN posting {which}")

    def test_an_event_that_was_changed_or_is_gone_is_named(self):
        id = self.events_of(self.order_, "order.paid")[0]["id"]
        lines = self.broken_by(
            f"UPDATE events SET data = replace(data, '9900', '9') WHERE id = {id}")
        self.assertEqual(lines[0], f"BROKEN event {id}")
        lines = self.broken_by(f"DELETE FROM events WHERE id = {id}")
        self.assertRegex(lines[0], r"\ABROKEN the event after event \d+\Z")

    def test_rows_that_the_journal_does_not_bear_out_are_named(self):
        unpaid = self.new_order()
        pay_no, order, refund = (self.payment_["pay_no"], self.order_["id"],
                                 self.refund_["refund_id"])
        for change, row in (
                (f"UPDATE payments SET amount = 1 WHERE pay_no = {pay_no}", f"payment {pay_no}"),
                (f"UPDATE refunds SET amount = 1 WHERE refund_id = {refund}", f"refund {refund}"),
                (f"UPDATE orders SET status = 'paid' WHERE id = {unpaid['id']}",
                 f"order {unpaid['id']}"),
                (f"UPDATE orders SET amount_refunded = 0 WHERE id = {order}", f"order {order}")):
            with self.subTest(change):
                self.assertEqual(self.broken_by(change)[0], f"BROKEN {row}")

    def test_rows_cut_off_at_the_end_are_missed_by_whoever_noted_the_head(self):
        head = HEAD.search(self.until_sealed()).group(1)
        out = self.holds("--since", head[:16])
        self.assertRegex(out, r"the head that was noted is that of seal \d+\n")
        code, out, _ = self.verify("--since", "0123456789abcdef")
        self.assertEqual(code, 1)
        self.assertIn("BROKEN the end of the chain\n", out)

    def test_without_the_server_it_is_the_same_and_changes_nothing(self):
        before = self.until_sealed()
        self.server.stop()
        for client in (self.open, self.merchant, self.admin):
            client.close()
        try:
            files = self.server.database_path.read_bytes()
            self.assertEqual(BALANCES.findall(self.holds()), BALANCES.findall(before))
            self.assertEqual(self.server.database_path.read_bytes(), files)
        finally:
            self.server.start()
        self.holds()

    def test_after_a_kill_it_reads_the_log_and_leaves_it_to_the_next_start(self):
        self.server.kill()
        for client in (self.open, self.merchant, self.admin):
            client.close()
        try:
            log = self.server.database_path.with_name("tollgate.db-wal")
            before = log.read_bytes()
            self.assertTrue(before)
            self.holds()
            self.assertEqual(log.read_bytes(), before)
        finally:
            self.server.start()
        self.holds()

    def test_what_cannot_be_checked_says_why(self):
        for arguments, why in ((("--since", "xyz"), "12 to 64 hexadecimal digits"),
                               (("--since", "abc"), "12 to 64 hexadecimal digits")):
            code, _, errors = self.verify(*arguments)
            self.assertEqual(code, 2)
            self.assertIn(why, errors)
        config = self.folder / "none.json"
        config.write_text(self.server.config_path.read_text().replace("tollgate.db", "none.db"))
        code, _, errors = self.verify(config=config)
        self.assertEqual(code, 2)
        self.assertIn("there is no such file", errors)
        self.assertFalse((self.server.folder / "none.db").exists())


class TakenOver(JournalCase):
    def test_books_that_are_older_than_the_journal_are_posted_at_the_next_start(self):
        _, payment = self.paid()
        self.until_refund(self.new_refund(payment, amount=900), "succeeded")
        before = BALANCES.findall(self.until_sealed())
        self.server.stop()
        for client in (self.open, self.merchant, self.admin):
            client.close()
        with contextlib.closing(sqlite3.connect(self.server.database_path)) as db:
            db.executescript("DELETE FROM postings; DELETE FROM seals;")
        shutil.copy(self.server.database_path, self.folder / "old.db")
        self.server.start()
        self.assertEqual(BALANCES.findall(self.until_sealed()), before)
        self.server.restart()
        self.assertEqual(BALANCES.findall(self.holds()), before)

        shutil.copy(str(self.server.database_path) + ".key", self.folder / "old.db.key")
        config = self.folder / "old.json"
        config.write_text(self.server.config_path.read_text().replace("tollgate.db", "../old.db"))
        self.assertEqual(run("tollgate", "migrate", "--config", config)[0], 0)
        code, out, _ = self.verify(config=config)
        self.assertEqual((code, BALANCES.findall(out)), (0, before))
