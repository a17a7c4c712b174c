#!/usr/bin/env python3
"""Where the server's time goes: profile.py callbacks|orders|payments [--callgrind].

Without --callgrind: perf samples the server under load and prints libraries, threads and functions.
With it: valgrind counts instructions of a short load, by function with what it calls."""

import argparse
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))
os.environ.setdefault("TOLLGATE_BUILD", str(HERE.parents[1] / "build"))

from bench.rows import orders, payments  # noqa: E402: the paths come first
from bench.stage import TICKS_PER_S, Stage  # noqa: E402
from support.wait import until  # noqa: E402

WIDTH = 140
COUNTS = {"callbacks": 20_000, "orders": 15_000, "payments": 3_000}
FEW = {"callbacks": 500, "orders": 400, "payments": 80}


def without_debug(path, folder):
    subprocess.run(["objcopy", "--strip-debug", path, folder / path.name], check=True)
    return folder / path.name


class Valgrind:
    """Stands in for the server's program: the same under callgrind, counting when told. Debian's
    valgrind cannot read Clang's DWARF 5, so it gets copies that have symbols alone."""

    def __init__(self, server, out):
        self.process, self.out = server.process, out
        folder = server.folder / "plain"
        folder.mkdir()
        self.real = without_debug(server.process.binary, folder)
        for plugin in pathlib.Path(server.config["plugin_dir"]).glob("*.so"):
            without_debug(plugin, folder)
        server.config["plugin_dir"] = str(folder)
        self.start, server.process.start = server.process.start, self.launch

    def launch(self, *arguments, env=None):
        self.process.binary = pathlib.Path("/usr/bin/valgrind")
        self.start("--tool=callgrind", "--instr-atstart=no", "--separate-threads=no",
                   f"--callgrind-out-file={self.out}", self.real, *arguments, env=env)

    def control(self, word):
        subprocess.run(["callgrind_control", f"--instr={word}", str(self.process.child.pid)],
                       check=True, capture_output=True)


def load_of(row, stage, server, counts):
    """The load as a function; what it needs is made first."""
    count = counts[row]
    if row == "callbacks":
        notices = stage.notices()
        return lambda: stage.load(notices, server.port, [server.process.child.pid], count=count)
    if row == "orders":
        return lambda: orders.create(stage, server, count)
    orders.create(stage, server, count)
    ids = payments.newest_orders(server, count)
    return lambda: payments.start_for(stage, server, ids)


def sampled(row, stage, server):
    load = load_of(row, stage, server, COUNTS)
    data = stage.programs / f"perf-{row}.data"
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-p",
                             str(server.process.child.pid), "-o", data])
    until(data.exists, "perf records", 10)
    sample = load()
    print(f"{sample.count} requests: {sample}", flush=True)
    perf.terminate()
    perf.wait(30)
    print_threads(server.process.child.pid)
    for sort in ("dso", "symbol"):
        told = subprocess.run(["perf", "report", "-i", data, "--stdio", "-g", "none",
                               "--no-children", "--sort", sort, "--percent-limit", "0.4"],
                              stderr=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
        lines = [line.rstrip() for line in told.splitlines() if "%" in line]
        print(f"by {sort}", *(line[:WIDTH] for line in lines), sep="\n", flush=True)


def print_threads(pid):
    """In the order in which the server makes them: main, writer, readers, I/O, background."""
    for task in sorted(pathlib.Path(f"/proc/{pid}/task").iterdir(), key=lambda t: int(t.name)):
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        print(f"thread {task.name}: user {int(fields[11]) / TICKS_PER_S:.2f} s, "
              f"system {int(fields[12]) / TICKS_PER_S:.2f} s")


def counted(row, stage, server, valgrind):
    load = load_of(row, stage, server, FEW)
    valgrind.control("on")
    sample = load()
    print(f"{sample.count} requests: {sample}", flush=True)
    valgrind.control("off")
    server.stop()
    subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=95", valgrind.out])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("row", choices=sorted(COUNTS))
    parser.add_argument("--callgrind", action="store_true")
    chosen = parser.parse_args()
    stage = Stage(1)
    stage.limit_ms = 110_000
    stand_in = payments.channel(stage)
    gateway = f"http://127.0.0.1:{stand_in.port}"
    out = stage.programs / f"callgrind-{chosen.row}.out"
    valgrind = []
    prepare = (lambda server: valgrind.append(Valgrind(server, out))) if chosen.callgrind else None
    server = stage.server(gateway=gateway, prepare=prepare)
    orders.stock_up(server)
    if chosen.callgrind:
        counted(chosen.row, stage, server, valgrind[0])
    else:
        sampled(chosen.row, stage, server)
    server.stop()
    stand_in.stop()


if __name__ == "__main__":
    main()
