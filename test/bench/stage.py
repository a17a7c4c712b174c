"""Where the benchmark plays: folders on the disk of the build, keys, programs, the server."""

import atexit
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from support.process import Process, build_dir
from support.server import TollgateServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
API_V3_KEY = "benchbenchbenchbenchbenchbench01"
NOTICES = 20_000  # of one file
PATIENCE_S = 180  # on a machine that is busy with other things a start may take its time
SERIAL = "PUB_KEY_ID_0114232134912410000000000000"


class Broken(Exception):
    """The bench itself, or what it measures, does not work."""


def cpu_s(pid):
    """Processor time of a process so far, all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def rss_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


class Sample:
    """One run of the loader: rates a second, times in ms, what it cost the server's processor."""

    def __init__(self, told, cpu_us):
        self.told, self.cpu_us = told, cpu_us
        self.count, self.seconds = told["answered"], told["took_us"] / 1e6
        self.rate = self.count / self.seconds
        self.p50_ms, self.p99_ms = told["p50_us"] / 1000, told["p99_us"] / 1000
        self.max_ms = told["max_us"] / 1000
        self.cpu_us_each = cpu_us / max(self.count, 1)

    def __str__(self):
        return (f"{self.rate:,.0f}/s, p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms, "
                f"{self.cpu_us_each:.0f} us of processor each")


class PortProcess(Process):
    """A program of the bench that prints its port once it serves."""

    patience_s = PATIENCE_S

    def launch(self, *arguments):
        self.start(*arguments)
        self.wait_ready(lambda: self.log().strip().isdigit())
        self.port = int(self.log())
        return self


class Stage:
    def __init__(self, rounds):
        self.rounds, self.limit_ms = rounds, 5_000
        self.programs = build_dir() / "bench"
        self.folder = self.programs / f"run-{os.getpid()}"
        self.folder.mkdir(parents=True)
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        for old in self.programs.glob("run-*"):  # of a run that was killed
            if not pathlib.Path("/proc", old.name.partition("-")[2]).exists():
                shutil.rmtree(old, ignore_errors=True)
        self.cache = self.programs / "cache"
        self.cache.mkdir(exist_ok=True)
        self._numbers = iter(range(1, 1_000_000))
        self._ensure_keys()

    def _ensure_keys(self):
        for name in ("merchant", "platform"):
            private, public = self.cache / f"{name}.pem", self.cache / f"{name}-pub.pem"
            if public.exists():
                continue
            for command in (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                             "-out", private], ["pkey", "-in", private, "-pubout", "-out", public]):
                subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
        self.platform_key = self.cache / "platform.pem"
        self.platform_public = self.cache / "platform-pub.pem"
        self.merchant_key = self.cache / "merchant.pem"

    def repeat(self, seconds):
        """Rounds of one measurement: as many as wished, but none is begun after so many seconds."""
        end = time.monotonic() + seconds
        for number in range(self.rounds):
            if number == 0 or time.monotonic() < end:
                yield number

    def new_folder(self, name):
        folder = self.folder / f"{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def accounts(self, gateway="http://127.0.0.1:9"):
        return [{"id": "wx-main", "channel": "wechat", "gateway": gateway, "settings": {
            "app_id": "wx2421b1c4370ec43b", "mch_id": "1900000001",
            "merchant_serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            "merchant_private_key_file": str(self.merchant_key), "api_v3_key": API_V3_KEY,
            "platform_public_key_id": SERIAL,
            "platform_public_key_file": str(self.platform_public)}}]

    def server(self, folder=None, gateway="http://127.0.0.1:9", env=None, prepare=None, **over):
        """A server of its own in a folder of its own, started, after `prepare(server)`. Notices of
        this day pass for fresh: they are signed before the clock starts."""
        config = {"callbacks": {"max_age": 86_400}, **over}
        server = TollgateServer(folder or self.new_folder("server"), self.accounts(gateway),
                                **config)
        server.process.patience_s = PATIENCE_S
        if prepare:
            prepare(server)
        return server.start(env)

    def end(self, server):
        """Stops a server and takes its files away."""
        code = server.stop()
        if code != 0:
            raise Broken(f"the server ended with {code}\n{server.process.tail()}")
        shutil.rmtree(server.folder, ignore_errors=True)

    def program(self, name, *arguments):
        """A program that prints its port; the caller stops it."""
        folder = self.new_folder(name)
        return PortProcess(self.programs / f"bench_{name}", folder / "log").launch(*arguments)

    def run(self, name, *arguments, timeout=200):
        done = subprocess.run([str(self.programs / f"bench_{name}"), *map(str, arguments)],
                              capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise Broken(f"bench_{name} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def parts(self, what, *arguments):
        """{part: (times a second, ns of processor each)}"""
        told = [json.loads(line) for line in self.run("parts", what, *arguments).splitlines()]
        return {p["part"]: (p["times"] * 1e9 / p["took_ns"], p["cpu_ns"] / p["times"])
                for p in told}

    def make(self, what, out, *arguments):
        self.run("make", "--out", out, *arguments, what)
        return out

    def notices(self, count=NOTICES, ids=None):
        """Signed notices; those of unknown trades are kept for a day, signing takes long."""
        kept = ids is None
        out = (self.cache if kept else self.folder) / f"notices-{count}.bin"
        old = out.exists() and time.time() - out.stat().st_mtime > 20 * 3600
        if kept and out.exists() and not old:
            return out
        more = ["--ids", ids] if ids else []
        return self.make("notices", out, "--count", count, "--platform-key", self.platform_key,
                         "--serial", SERIAL, "--api-v3-key", API_V3_KEY, *more)

    def load(self, requests, port, pids=(), want=("200",), **options):
        """One run of the loader: until its requests or `limit_ms` are over. Every answer must have
        a wanted status. `pids` are the processes whose processor time counts."""
        options = {"limit_ms": self.limit_ms, **options}
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        before = sum(cpu_s(pid) for pid in pids)
        told = json.loads(self.run("load", "--requests", requests, "--port", port, *flags))
        spent_us = (sum(cpu_s(pid) for pid in pids) - before) * 1e6
        wrong = {s: n for s, n in told["statuses"].items() if s not in want}
        if wrong or told["answered"] != told["sent"]:
            raise Broken(f"of {told['sent']} requests {told['answered']} were answered, {wrong}")
        return Sample(told, spent_us)
