"""Payments: one signature of RSA-2048 each, a channel that costs little on the other core. By h5,
where nothing else is costly, and by native, where a QR code is drawn too."""

import sqlite3

from ..report import median
from ..stage import SERIAL
from .orders import create, stock_up

PAYMENTS = 3_000


def newest_orders(server, count):
    with sqlite3.connect(f"file:{server.database_path}?mode=ro", uri=True) as db:
        found = db.execute("SELECT id FROM orders ORDER BY id DESC LIMIT ?", (count,))
        return [str(row[0]) for row in found]


def start_for(stage, server, ids, connections=64, method="h5"):
    """A payment for each of these orders."""
    lines = server.folder / "orders.txt"
    lines.write_text("\n".join(ids) + "\n")
    requests = stage.make("payments", server.folder / "payments.bin", "--ids", lines, "--api-key",
                          server.merchant_key, "--method", method)
    return stage.load(requests, server.port, [server.process.child.pid], ("201",),
                      connections=connections)


def channel(stage):
    return stage.program("channel", "--platform-key", stage.platform_key, "--serial", SERIAL)


def measure(stage, report):
    ours, drawn, signing = [], [], []
    for _ in stage.repeat(25):
        stand_in = channel(stage)
        server = stage.server(gateway=f"http://127.0.0.1:{stand_in.port}")
        stock_up(server)
        create(stage, server, 2 * PAYMENTS)
        ids = newest_orders(server, 2 * PAYMENTS)
        ours.append(start_for(stage, server, ids[:PAYMENTS]))
        drawn.append(start_for(stage, server, ids[PAYMENTS:], method="native"))
        stage.end(server)
        stand_in.stop()
        signing.append(stage.parts("sign", "--private-key", stage.merchant_key)["sign"][0])
    rate = median([s.rate for s in ours])
    for name, runs in (("payments, 64 connections", ours), ("… with a QR picture", drawn)):
        report.fact(name, str(sorted(runs, key=lambda s: s.rate)[len(runs) // 2]))
    report.figure("payment creation, of one core's RSA-2048 signing", rate / median(signing), 0.7,
                  f"{rate:,.0f}/s to {median(signing):,.0f}/s")
