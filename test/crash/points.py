"""The server killed at every fault point that a flow passes, started again, and left to heal."""

import pathlib
import re
import time
from collections import Counter

from support.process import run

from .flows import FLOWS
from .world import Unhealed, World

REPO = pathlib.Path(__file__).resolve().parents[2]
FEW = {"db.before_commit", "db.after_commit", "channel.before_send", "channel.after_send",
       "http.before_answer", "http.after_answer"}  # Passed often in one flow: each time is a point.
AFTERWARDS_S = 0.7  # For what a flow leaves to the background.


def known_points(config_path):
    """The table as the built server has it: a name that is none is refused with all that are."""
    _, _, complaint = run("tollgate", "serve", "--config", config_path,
                          env={"TOLLGATE_FAULT": "no.such.point"})
    return complaint.strip().rpartition("There are: ")[2].split()


def points_in_code():
    found = set()
    for folder in ("src", "plugins"):
        for path in (REPO / folder).rglob("*.?pp"):
            if path.name != "fault.hpp":
                found |= set(re.findall(r'fault::point\("([a-z_.]+)"\)',
                                        path.read_text()))
    return found


class Runner:
    def __init__(self, world, seed, say=print):
        self.world, self.seed, self.say = world, seed, say
        self.when = world.folder / "armed"
        self.trace = world.folder / "trace"
        self.failures = []
        self.kills = 0
        self.hit = set()

    def begin(self, name, env):
        """The flow, prepared, on a server that is started with `env`."""
        flow = FLOWS[name](self.world, self.seed)
        self.when.unlink(missing_ok=True)
        self.world.server.config["payment"]["query_gaps"] = flow.query_gaps
        self.world.kill()
        self.world.start({**env, "TOLLGATE_FAULT_WHEN": str(self.when)})
        flow.prepare()
        self.when.touch()
        return flow

    def passes(self, name):
        """How often a flow passes each point, undisturbed."""
        self.trace.unlink(missing_ok=True)
        flow = self.begin(name, {"TOLLGATE_FAULT_TRACE": str(self.trace)})
        flow.act()
        time.sleep(AFTERWARDS_S)
        self.when.unlink()
        count = Counter(self.trace.read_text().split())
        self.judge(flow, f"{name}, undisturbed")
        return count

    def kill_at(self, name, point, number):
        """True where the server died there."""
        try:
            flow = self.begin(name, {"TOLLGATE_FAULT": f"{point}:{number}"})
            flow.act()
        except (AssertionError, OSError) as e:
            self.fail(f"{name} before {point}:{number}: {e}")
            return False
        process = self.world.server.process
        end = time.monotonic() + AFTERWARDS_S
        while process.running() and time.monotonic() < end:
            time.sleep(0.02)
        died = not process.running() and process.child.returncode == -9
        self.kills += died
        if died:
            self.hit.add(point)
            self.world.start()
        elif not process.running():
            self.fail(f"{name} at {point}:{number}: ended with {process.child.returncode}")
            self.world.start()
        self.when.unlink(missing_ok=True)
        self.judge(flow, f"{name} killed at {point}:{number}")
        return died

    def judge(self, flow, what):
        try:
            flow.finish()
        except (AssertionError, OSError) as e:
            self.fail(f"{what}: {e}")

    def fail(self, what):
        self.failures.append(what)
        self.say(f"FAILED {what}")

    def pairs(self, counts, often):
        for point, count in counts.items():
            for number in range(1, 1 + min(count, often if point in FEW else 1)):
                yield point, number

    def run(self, names=tuple(FLOWS), often=8):
        for name in names:
            counts = self.passes(name)
            tried = missed = 0
            for point, number in self.pairs(counts, often):
                tried += 1
                missed += not self.kill_at(name, point, number)
            self.say(f"{name}: passes {len(counts)} points, killed {tried - missed} times"
                     + (f", {missed} not passed again" if missed else ""))


class FirstStart:
    """Killed while a server starts for the first time: schema, key, log. The next start goes on."""

    def __init__(self, folder, say=print):
        self.folder, self.say = folder, say
        self.kills, self.hit, self.failures = 0, set(), []

    def run(self, points=("db.before_migration", "db.after_migration", "db.before_commit",
                          "db.after_commit", "db.before_checkpoint", "db.after_checkpoint")):
        for point in points:
            number = 1
            while self.kill_at(point, number):
                number += 1
            self.say(f"first start: killed {number - 1} times at {point}")

    def kill_at(self, point, number):
        world = World(self.folder / f"{point}-{number}")
        try:
            world.server.write_config()
            process = world.server.process
            process.start("serve", "--config", world.server.config_path,
                          env={"TOLLGATE_FAULT": f"{point}:{number}"})
            end = time.monotonic() + 20
            while process.running() and not world.server.ready() and time.monotonic() < end:
                time.sleep(0.02)
            if process.running():
                return False  # Ready: what comes now is no start any more.
            if process.child.returncode != -9:
                self.failures.append(f"start at {point}:{number}: {process.tail()}")
                return False
            self.kills += 1
            self.hit.add(point)
            world.open()
            world.persist(lambda: world.try_order(world.body(), f"{point}-{number}"), "an order")
            return True
        except (Unhealed, AssertionError) as e:
            self.failures.append(f"start after {point}:{number}: {e}")
            return False
        finally:
            world.close()
