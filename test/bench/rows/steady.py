"""From a notice to the webhook about it, and how quickly a backlog of webhooks drains."""

import shutil
import socket
import time

from support.server import TollgateServer
from support.wait import until

from .. import fill
from ..report import median
from ..stage import Broken
from .orders import stock_up

BURST = 6_000
STEADY_S = 4
DRAIN = 6_000


def prepared_server(stage, orders, **over):
    """A server that has stopped, its file filled with open orders: (server, their pay_nos)."""
    server = stage.server(**over)
    stock_up(server)
    server.stop()
    return server, fill.open_orders(server.database_path, orders)


def subscribe(server, url, events):
    admin = server.client(server.admin_key)
    answer = admin.post("/v1/webhooks", {"url": url, "events": events})
    admin.close()
    if answer.status != 201:
        raise Broken(f"a webhook was refused: {answer}")
    return answer.json["id"]


def ask(port, word):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.sendall(f"GET /{word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        text = b""
        while block := link.recv(4096):
            text += block
    return int(text.partition(b"\r\n\r\n")[2])


def settled_server(stage, count):
    """(server, receiver, requests, folder): notices about open orders, a webhook that waits."""
    server, pay_nos = prepared_server(stage, count)
    folder = stage.new_folder("steady")
    ids = folder / "ids"
    ids.write_text("\n".join(pay_nos) + "\n")
    notices = stage.notices(count, ids)
    receiver = stage.program("receiver", "--stamps", folder / "came")
    server.start()
    subscribe(server, f"http://127.0.0.1:{receiver.port}/hooks", ["order.paid"])
    return server, receiver, notices, folder


def run_steady(stage, count, rate):
    """(sample, seconds until every webhook was there, latencies in ms)"""
    server, receiver, notices, folder = settled_server(stage, count)
    stamps = folder / "sent"
    began = time.monotonic()
    sample = stage.load(notices, server.port, [server.process.child.pid], connections=64,
                        rate=rate, stamps=stamps)
    until(lambda: ask(receiver.port, "count") >= sample.count, "a webhook each", 90, 0.02)
    took = time.monotonic() - began
    stage.end(server)
    receiver.stop()
    sent = [int(line) for line in stamps.read_text().split()]
    ids = (folder / "ids").read_text().split()
    came = dict(line.split() for line in (folder / "came").read_text().splitlines())
    late = sorted((int(came[pay_no]) - at) / 1000 for pay_no, at in zip(ids, sent))
    shutil.rmtree(folder)
    return sample, took, late


def share(values, percent):
    return values[min(len(values) - 1, len(values) * percent // 100)]


def measure(stage, report):
    sample, took, _ = run_steady(stage, BURST, 0)
    most = sample.count / took
    report.fact("callback to webhook, all at once",
                f"{most:,.0f}/s settled and told; acknowledged at {sample.rate:,.0f}/s")
    rate = max(50, int(most / 2))
    p50s, p99s = [], []
    for _ in stage.repeat(30):
        _, _, late = run_steady(stage, min(BURST, rate * STEADY_S), rate)
        p50s.append(share(late, 50))
        p99s.append(share(late, 99))
    how = f"at {rate:,}/s, half of what it can"
    report.figure("callback to webhook, p50 ms", median(p50s), 5, how, at_most=True)
    report.figure("callback to webhook, p99 ms", median(p99s), 25, how, at_most=True)
    for endpoints in (1, 10, 100):
        drain(stage, report, endpoints)


class Hanging:
    """Takes connections and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hooks"


def drain(stage, report, endpoints):
    """A backlog for so many endpoints and for one that hangs beside them."""
    receiver, hanging = stage.program("receiver"), Hanging()
    server = stage.server(webhooks={"timeout": 5})
    hooks = [subscribe(server, f"http://127.0.0.1:{receiver.port}/{n}", ["refund.failed"])
             for n in range(endpoints)]
    hooks.append(subscribe(server, hanging.url, ["refund.failed"]))
    server.stop()
    each = DRAIN // endpoints
    fill.undelivered(server.database_path, hooks, each)
    server.start()
    wanted = each * endpoints
    until(lambda: ask(receiver.port, "count") >= wanted, f"{wanted} webhooks", 60, 0.02)
    seconds = (ask(receiver.port, "last") - ask(receiver.port, "first")) / 1e6
    report.fact(f"webhooks, backlog for {endpoints} endpoints and one that hangs",
                f"{wanted / seconds:,.0f}/s")
    server.kill()
    receiver.stop()
    hanging.socket.close()
    shutil.rmtree(server.folder)
