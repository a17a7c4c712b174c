#!/usr/bin/env python3
"""Measures the built server: run.py [--rounds N] [ROW...]; without a name, every row of the table.
Timing never makes it fail: it exits with 1 only where a row could not be measured."""

import argparse
import importlib
import os
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("TOLLGATE_BUILD", str(HERE.parents[1] / "build"))

from bench.report import Report  # noqa: E402: the paths come first
from bench.stage import Stage  # noqa: E402

ROWS = ("callbacks", "orders", "payments", "allocations", "steady", "events", "idle", "restart",
        "growth")
BIG = ("growth_big",)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # children are ended on the way out
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=3, help="of each; the median counts")
    parser.add_argument("--baseline", action="store_true", help="keep this run's as the baseline")
    parser.add_argument("--big", action="store_true", help="ten million orders instead")
    chosen = parser.parse_args()
    if unknown := set(chosen.rows) - set(ROWS + BIG):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    stage, report = Stage(chosen.rounds), Report()
    began = time.monotonic()
    for name in chosen.rows or (BIG if chosen.big else ROWS):
        print(f"{name} ({time.monotonic() - began:.0f} s)", flush=True)
        try:
            importlib.import_module(f"bench.rows.{name}").measure(stage, report)
        except Exception as error:
            report.failed(name, error)
    report.print_table()
    report.print_difference(HERE / "baseline.json")
    if not chosen.rows and not chosen.big:
        report.write(stage.programs.parent / "bench.json")
        if chosen.baseline and not report.failures:
            report.write(HERE / "baseline.json")
    print(f"took {time.monotonic() - began:.0f} s")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
