"""What a server costs that has little to do: its start, its memory, a thousand buyers that wait."""

import socket
import sqlite3
import time

from support.server import probe
from support.wait import until

from .. import fill
from ..report import median
from ..stage import Broken, rss_mb
from .orders import create, stock_up

STREAMS = 1_000
JOBS = 100_000


def start_seconds(server):
    began = time.monotonic()
    server.process.start("serve", "--config", server.config_path)
    until(lambda: probe(server.port, "/readyz") == 200, "ready", 20, 0.002)
    return time.monotonic() - began


def open_stream(port, token):
    link = socket.create_connection(("127.0.0.1", port), timeout=10)
    link.sendall(f"GET /pay/{token}/events HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    if not link.recv(4096).startswith(b"HTTP/1.1 200"):
        raise Broken("a stream was refused")
    return link


def measure(stage, report):
    server = stage.server()
    stock_up(server)
    server.stop()
    starts = []
    for _ in range(5):
        starts.append(start_seconds(server))
        time.sleep(0.3)
        idle = rss_mb(server.process.child.pid)
        server.stop()
    report.figure("start to ready, s", median(starts), 0.2, "a file that exists", at_most=True)
    report.figure("memory when idle, MB", idle, 40, "resident, just started", at_most=True)
    fill.open_orders(server.database_path, JOBS // 2)
    server.start()
    create(stage, server, 100)
    merchant = server.client(server.merchant_key)
    with sqlite3.connect(f"file:{server.database_path}?mode=ro", uri=True) as db:
        jobs = db.execute("SELECT COUNT(*) FROM jobs").fetchone()[0]
        ids = [row[0] for row in db.execute("SELECT id FROM orders ORDER BY id DESC LIMIT 100")]
    tokens = [merchant.get(f"/v1/orders/{i}").json["cashier_url"].rpartition("/")[2] for i in ids]
    merchant.close()
    links = [open_stream(server.port, tokens[n % len(tokens)]) for n in range(STREAMS)]
    time.sleep(1)
    report.figure("memory with 1,000 streams and 100,000 jobs, MB",
                  rss_mb(server.process.child.pid), 150, f"{jobs:,} jobs", at_most=True)
    for link in links:
        link.close()
    stage.end(server)
