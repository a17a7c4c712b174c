#!/usr/bin/env python3
"""The crash proof at length (make crash). Environment: KILLS=n random kills (40), TOLLGATE_SEED=n
repeats a run's choices, TOLLGATE_BUILD=folder of the build."""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
os.environ.setdefault("TOLLGATE_BUILD", str(pathlib.Path(__file__).resolve().parents[2] / "build"))

from crash.books import Findings, settle  # noqa: E402
from crash.load import kill_at_random  # noqa: E402
from crash.points import FirstStart, Runner, known_points, points_in_code  # noqa: E402
from crash.storage import FailingDisk, PowerLoss  # noqa: E402
from crash.world import World  # noqa: E402
from support.process import temp_dir  # noqa: E402


class Proof:
    def __init__(self, folder, seed, kills):
        self.folder, self.seed, self.wanted_kills = pathlib.Path(folder), seed, kills
        self.kills = self.points = 0
        self.findings, self.failures = Findings(), []
        self.began = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.0f} s  {text}", flush=True)

    def world(self, name, **config):
        return World(self.folder / name, **config)

    def every_point(self):
        start = FirstStart(self.folder / "first-start", self.say)
        start.run()
        world = self.world("points").open()
        try:
            runner = Runner(world, self.seed, self.say)
            known = known_points(world.server.config_path)
            if set(known) != points_in_code():
                self.failures.append(f"the table and the code differ in "
                                     f"{sorted(set(known) ^ points_in_code())}")
            runner.run()
            self.audit(world, "points")
        finally:
            world.close()
        for each in (start, runner):
            self.kills += each.kills
            self.failures += each.failures
        hit = start.hit | runner.hit
        self.points = len(hit)
        for point in known:
            if point not in hit:
                self.failures.append(f"no flow died at {point}")

    def random_kills(self):
        world = self.world("random").open()
        try:
            paid = kill_at_random(world, self.seed, self.wanted_kills)
            self.kills += self.wanted_kills
            self.say(f"{self.wanted_kills} random kills, {paid} paid at the channel meanwhile")
            if paid < min(self.wanted_kills, 20):
                self.failures.append(f"only {paid} payments: that was no load")
            self.audit(world, "random kills")
        finally:
            world.close()

    def failing_disk(self):
        world = self.world("disk").open()
        try:
            disk = FailingDisk(world, self.seed, self.say)
            disk.run()
            self.failures += disk.failures
            self.audit(world, "failing disk")
        finally:
            world.close()

    def power_loss(self):
        for lying, rounds, cuts in ((False, 10, 60), (True, 1, 20)):
            world = self.world(f"power-{lying}").open()
            try:
                power = PowerLoss(world, self.seed, self.say, lying)
                if lying:
                    power.under_load(1.0, cuts)
                else:
                    power.run(rounds, cuts=cuts)
                    self.findings.add(power.found)
                if lying and not power.found.lost:
                    self.failures.append("a disk that does not sync was not caught")
            finally:
                world.close()

    def audit(self, world, what):
        found = settle(world)
        self.findings.add(found)
        self.say(f"{what}: {found.acknowledged} acknowledged, {len(found.lost)} lost, "
                 f"{len(found.doubled)} doubled")

    def run(self):
        self.say(f"TOLLGATE_SEED={self.seed}")
        self.failing_disk()
        self.power_loss()
        self.every_point()
        self.random_kills()
        for line in self.findings.lines() + [f"FAILED {what}" for what in self.failures]:
            print(line)
        print(f"{self.points} points, {self.kills} kills, {self.findings.acknowledged} "
              f"acknowledged, {len(self.findings.lost)} lost, "
              f"{len(self.findings.doubled)} doubled", flush=True)
        return 1 if self.findings or self.failures else 0


def main():
    seed = int(os.environ.get("TOLLGATE_SEED") or time.time_ns() % 1_000_000)
    kills = int(os.environ.get("KILLS") or 40)
    with temp_dir("crash") as folder:
        return Proof(folder, seed, kills).run()


if __name__ == "__main__":
    sys.exit(main())
