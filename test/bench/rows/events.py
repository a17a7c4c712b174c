"""Events to two subscribers, and delays, beside RabbitMQ on the same machine in the same run."""

import json
import os
import subprocess

from support.wait import until

from ..broker import SERVER, Node
from ..report import median
from .steady import ask

EVENTS = 20_000
DELAYS = 1_000


class Publisher:
    """bench_outbox: publishes when told, serves until told to end."""

    def __init__(self, stage, count, webhooks=(), rate=0):
        folder = stage.new_folder("outbox")
        flags = [f"--webhook={url}" for url in webhooks]
        with open(folder / "log", "wb") as log:
            self.child = subprocess.Popen(
                [stage.programs / "bench_outbox", "publish", "--database", folder / "outbox.db",
                 "--count", str(count), "--rate", str(rate), *flags],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.port = int(self.child.stdout.readline())

    def publish(self):
        self._say()
        return json.loads(self.child.stdout.readline())

    def end(self):
        self._say()
        if self.child.wait(30) != 0:
            raise RuntimeError("bench_outbox failed")

    def _say(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()


def pulled(stage, count=EVENTS):
    """Events a second until both subscribers have pulled them all."""
    publisher = Publisher(stage, count)
    pullers = [subprocess.Popen([stage.programs / "bench_puller", "--port", str(publisher.port),
                                 "--count", str(count)], stdout=subprocess.PIPE, text=True)
               for _ in range(2)]
    for puller in pullers:
        assert puller.stdout.readline().strip() == "ready"
    told = publisher.publish()
    ended = [json.loads(puller.communicate(timeout=60)[0])["ended_us"] for puller in pullers]
    publisher.end()
    return count * 1e6 / (max(ended) - told["began_us"]), told


def delivered(stage, count=EVENTS // 2):
    """Events a second until two webhooks have been told of them all."""
    receivers = [stage.program("receiver") for _ in range(2)]
    publisher = Publisher(stage, count, [f"http://127.0.0.1:{r.port}/hooks" for r in receivers])
    told = publisher.publish()
    for receiver in receivers:
        until(lambda: ask(receiver.port, "count") >= count, f"{count} webhooks", 90, 0.02)
    ended = max(ask(receiver.port, "last") for receiver in receivers)
    publisher.end()
    for receiver in receivers:
        receiver.stop()
    return count * 1e6 / (ended - told["began_us"])


def late(stage, name, *place):
    """Delays in ms, 500 due a second: told by bench_outbox or bench_broker."""
    told = json.loads(stage.run(name, *place, "--count", DELAYS, "--rate", 500, "--gap-ms", 1500,
                                "delays"))
    return {key: told[f"{key}_us"] / 1000 for key in ("min", "p50", "p99", "max")}


def text_of(delay):
    return f"p50 {delay['p50']:.1f} ms, p99 {delay['p99']:.1f} ms, max {delay['max']:.1f} ms"


def confirmed_after(told):
    return (f"confirmed after p50 {told['confirm_p50_us'] / 1000:.1f} ms, "
            f"p99 {told['confirm_p99_us'] / 1000:.1f} ms")


def measure(stage, report):
    if not os.path.exists(SERVER) or not (stage.programs / "bench_broker").exists():
        raise RuntimeError("rabbitmq-server or librabbitmq-dev is missing: scripts/setup bench")
    node = Node(stage.new_folder("broker"))
    try:
        compare(stage, report, node)
    finally:
        node.stop()


def compare(stage, report, node):
    theirs, pull, push, ours_late, theirs_late = [], [], [], [], []
    for _ in stage.repeat(35):
        told = json.loads(stage.run("broker", "--port", node.port, "--count", EVENTS, "publish"))
        theirs.append(EVENTS * 1e6 / told["took_us"])
        rate, confirmed = pulled(stage)
        pull.append(rate)
        push.append(delivered(stage))
        folder = stage.new_folder("delays")
        ours_late.append(late(stage, "outbox", "--database", folder / "jobs.db"))
        theirs_late.append(late(stage, "broker", "--port", node.port))
    rate = median(theirs)
    report.fact("RabbitMQ, window 256, 2 subscribers", f"{rate:,.0f}/s, {confirmed_after(told)}")
    report.fact("our events, window 256, 2 subscribers",
                f"{median(pull):,.0f}/s, {confirmed_after(confirmed)}")
    report.figure("events to 2 subscribers pulled, of RabbitMQ", median(pull) / rate, 1,
                  f"{median(pull):,.0f}/s to {rate:,.0f}/s")
    report.figure("events to 2 subscribers by webhooks, of RabbitMQ", median(push) / rate, 0.5,
                  f"{median(push):,.0f}/s to {rate:,.0f}/s")
    mine = sorted(ours_late, key=lambda d: d["p99"])[len(ours_late) // 2]
    other = sorted(theirs_late, key=lambda d: d["p99"])[len(theirs_late) // 2]
    report.figure("delays, p99 of RabbitMQ's TTL queue", mine["p99"] / max(other["p99"], 0.001), 1,
                  f"ours {text_of(mine)}; RabbitMQ {text_of(other)}; a job due an hour later "
                  "stood before ours and held nothing up", at_most=True)
