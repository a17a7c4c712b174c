"""A server that was killed with 100,000 undelivered events: ready, and the first delivery, when?"""

import shutil
import time

from support.server import probe
from support.wait import until

from .. import fill
from .steady import ask, subscribe

EVENTS = 100_000


def measure(stage, report):
    receiver = stage.program("receiver")
    server = stage.server()
    hook = subscribe(server, f"http://127.0.0.1:{receiver.port}/hooks", ["refund.failed"])
    server.stop()
    fill.undelivered(server.database_path, [hook], EVENTS)
    server.start()
    until(lambda: ask(receiver.port, "count") > 0, "deliveries begin", 20, 0.005)
    server.kill()
    left = EVENTS - ask(receiver.port, "count")
    until(lambda: quiet(receiver), "nothing more comes", 20, 0.05)
    began = time.monotonic()
    server.process.start("serve", "--config", server.config_path)
    until(lambda: probe(server.port, "/readyz") == 200, "ready", 30, 0.002)
    ready_s = time.monotonic() - began
    first_us = until(lambda: later(receiver, began), "the first delivery", 30, 0.002)
    first_s = first_us / 1e6 - began
    report.figure("ready after kill -9 with 100,000 undelivered, s", ready_s, 1,
                  f"{left:,} undelivered", at_most=True)
    report.figure("first delivery after that start, s", first_s, 1, "from the start of the process",
                  at_most=True)
    server.kill()
    receiver.stop()
    shutil.rmtree(server.folder)


def quiet(receiver):
    before = ask(receiver.port, "count")
    time.sleep(0.1)
    return ask(receiver.port, "count") == before


def later(receiver, began):
    """The microsecond of the newest delivery, where that is after `began` (the same clock)."""
    newest = ask(receiver.port, "last")
    return newest if newest > began * 1e6 else None
