"""Orders: POST /v1/orders with key, item, stock, event and timer, beside the same rows raw."""

from ..report import median
from ..stage import ROOT

ORDERS = 15_000


def stock_up(server, goods=100):
    admin = server.client(server.admin_key)
    for number in range(goods):
        answer = admin.put(f"/v1/stock/course-{number}", {"available": 10**9})
        assert answer.status == 200, answer
    admin.close()


def raw(stage, count=ORDERS, group=64):
    """(orders a second, ns of processor each)"""
    folder = stage.new_folder("raw")
    return stage.parts("orders", "--database", folder / "raw.db", "--migrations",
                       ROOT / "sql" / "sqlite", "--count", count, "--group", group)["orders"]


def create(stage, server, count=ORDERS, first=1, connections=64):
    """One run of new orders against a running server."""
    requests = stage.make("orders", server.folder / "orders.bin", "--count", count, "--first",
                          first, "--api-key", server.merchant_key)
    return stage.load(requests, server.port, [server.process.child.pid], ("201",),
                      connections=connections)


def measure(stage, report):
    ours, rates = [], []
    for _ in stage.repeat(15):
        server = stage.server()
        stock_up(server)
        ours.append(create(stage, server))
        stage.end(server)
        rates.append(raw(stage)[0])
    rate = median([s.rate for s in ours])
    report.fact("orders, 64 connections", str(sorted(ours, key=lambda s: s.rate)[len(ours) // 2]))
    report.figure("order creation, of the same rows raw", rate / median(rates), 0.5,
                  f"{rate:,.0f}/s to {median(rates):,.0f}/s")
