"""Whether a file that has grown slows the server down: the same loads on few orders and on many."""

import shutil
import sqlite3
import sys
import zlib

from support.wait import until

from .. import fill
from ..report import median
from ..stage import ROOT
from .orders import create, stock_up
from .payments import channel, newest_orders, start_for

SMALL, LARGE, HUGE = 10_000, 1_000_000, 10_000_000
NOTICES, ORDERS, PAYMENTS = 10_000, 8_000, 1_000
CATCH_UP_S = 3_600
LOADS = ("callbacks", "orders", "payments")

# What an earlier run of these loads left behind.
FORGET = """
DELETE FROM callbacks WHERE account_id = 'wx-main' AND event_id < 'EV-3';
CREATE TEMP TABLE gone AS SELECT id FROM orders
  WHERE business_id >= 'pick-' AND business_id < 'pick.';
DELETE FROM order_items WHERE order_id IN (SELECT id FROM gone);
DELETE FROM events WHERE order_id IN (SELECT id FROM gone);
DELETE FROM payments WHERE order_id IN (SELECT id FROM gone);
DELETE FROM orders WHERE id IN (SELECT id FROM gone);
DELETE FROM jobs; DELETE FROM idempotency_keys; DELETE FROM exchanges;
PRAGMA wal_checkpoint(TRUNCATE);
"""


def filled(stage, orders):
    """A database with so many orders of an earlier life. It is kept while schema and rows stay."""
    sources = sorted((ROOT / "sql" / "sqlite").iterdir()) + [ROOT / "test" / "bench" / "fill.py"]
    mark = zlib.crc32(b"".join(f.read_bytes() for f in sources))
    kept = stage.cache / f"orders-{orders}-{mark:x}"
    if not kept.exists():
        for old in stage.cache.glob(f"orders-{orders}-*"):
            shutil.rmtree(old)
        print(f"  filling a file with {orders:,} orders", file=sys.stderr, flush=True)
        server = stage.server()
        stock_up(server)
        server.stop()
        fill.history(server.database_path, orders)
        # An earlier life would have posted and sealed it all: that is not to be measured.
        server.start(timeout=CATCH_UP_S)
        until(lambda: fill.is_sealed(server.database_path), "all events sealed", CATCH_UP_S, 1)
        server.stop()
        server.folder.rename(kept)
    return kept


class Grown:
    """One file and the runs on it."""

    def __init__(self, stage, orders, stand_in):
        self.stage, self.stand_in = stage, stand_in
        self.folder, self.samples = filled(stage, orders), {name: [] for name in LOADS}

    def run(self):
        gateway = f"http://127.0.0.1:{self.stand_in.port}"
        with sqlite3.connect(self.folder / "tollgate.db", timeout=30) as db:
            db.executescript(FORGET)
        server = self.stage.server(self.folder, gateway)
        pid = [server.process.child.pid]
        self.samples["callbacks"].append(self.stage.load(
            self.stage.notices(), server.port, pid, connections=64, count=NOTICES))
        self.samples["orders"].append(create(self.stage, server, ORDERS))
        ids = newest_orders(server, PAYMENTS)
        self.samples["payments"].append(start_for(self.stage, server, ids))
        code = server.stop()
        assert code == 0, server.process.tail()

    def rate(self, name):
        return median([s.rate for s in self.samples[name]])


def compare(stage, report, large):
    stand_in = channel(stage)
    sides = [Grown(stage, SMALL, stand_in), Grown(stage, large, stand_in)]
    for _ in stage.repeat(20):
        for side in sides:
            side.run()
    stand_in.stop()
    few, many = sides
    for name in LOADS:
        report.figure(f"growth to {large:,} orders, {name} slower by",
                      few.rate(name) / many.rate(name), 1.3,
                      f"{few.rate(name):,.0f}/s, then {many.rate(name):,.0f}/s", at_most=True)


def measure(stage, report):
    compare(stage, report, LARGE)
