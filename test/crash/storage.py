"""The server on a disk that fails, is full, or forgets what was not synced when the power goes."""

import contextlib
import errno
import pathlib
import random
import sqlite3
import tempfile
import time

from support.server import probe

from .books import Findings, settle
from .disk import SYNC, WAL, WRITE, Disk, PowerCuts, read_files, write_files
from .flows import Notify
from .load import Load
from .world import LOST

CLASSES = {"sync fails once": (SYNC, errno.EIO, False),
           "syncs fail for ever": (SYNC, errno.EIO, True),
           "write fails once": (WRITE, errno.EIO, False),
           "writes fail for ever": (WRITE, errno.EIO, True),
           "disk is full": (WRITE, errno.ENOSPC, True)}


def growing_steps(chance):
    """1, 2, 3, …, and from 10 on with gaps of about a tenth: storage_test.cpp leaves none out."""
    number = 1
    while True:
        yield number
        number += 1 + chance.randint(0, number // 5)


def integrity(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


class Purchase(Notify):
    """An order, its payment, the channel's notice, and what is told of it: all of it is acted, and
    each step may be refused."""

    def prepare(self):
        pass

    def act(self):
        world = self.world
        self.order = self.quietly(lambda: world.try_order(self.body, self.key))
        if not self.order:
            return
        self.payment = self.quietly(lambda: world.try_payment(self.order["id"], self.key + "p"))
        if not self.payment:
            return
        world.sandbox.pay(self.payment["pay_no"])
        self.wait(self.told("order.paid"))

    def finish(self):
        self.place()
        self.pay()
        self.world.sandbox.pay(self.payment["pay_no"], expect=None)
        self.paid_once()


class FailingDisk:
    """The n-th operation fails, with growing n, until a run does not meet it."""

    def __init__(self, world, seed, say=print):
        self.world, self.seed, self.say = world, seed, say
        self.disk = Disk(world.folder, world.server.database_path)
        self.chance = random.Random(seed)
        self.failures = []

    def run(self, classes=tuple(CLASSES), numbers=None):
        for name in classes:
            met = 0
            for number in numbers or growing_steps(self.chance):
                if not self.fail_at(name, number):
                    break
                met += 1
            self.say(f"{name}: met {met} times")
            if met == 0:
                self.failures.append(f"{name}: never met, so nothing was tried")

    def fail_at(self, name, number):
        """True where the fault was met."""
        operations, error, for_ever = CLASSES[name]
        what = f"{name}, number {number}"
        self.world.kill()
        self.world.start(self.disk.environment())
        flow = Purchase(self.world, self.seed)
        self.disk.fail(operations, error, number, for_ever)
        with contextlib.suppress(*LOST):
            flow.act()
        self.expect_the_end(what)
        met = self.disk.failed > 0
        self.disk.heal()
        self.world.kill()
        found = integrity(self.world.server.database_path)
        if found != "ok":
            self.failures.append(f"{what}: {found}")
        self.world.start()
        try:
            flow.finish()
        except (AssertionError, OSError) as e:
            self.failures.append(f"{what}: {e}")
        return met

    def expect_the_end(self, what):
        """Where the fault was met the process ends by itself, with a failure, saying why."""
        process = self.world.server.process
        time.sleep(0.3)  # For what the flow left to the background.
        if self.disk.failed == 0:
            return
        end = time.monotonic() + 10
        while process.running() and time.monotonic() < end:
            time.sleep(0.02)
        if process.running():
            self.failures.append(f"{what}: the server runs on, /readyz says "
                                 f"{probe(self.world.server.port, '/readyz')}")
        elif process.child.returncode != 1:
            self.failures.append(f"{what}: ended with {process.child.returncode}")
        elif '"db.storage_failed"' not in process.log():
            self.failures.append(f"{what}: the log does not say why")


class PowerLoss:
    """Load, then the power goes: the files are replaced by what a disk may hold. `lying`: the disk
    only says that it synced the log, as synchronous=NORMAL would leave it: that must be caught."""

    def __init__(self, world, seed, say=print, lying=False):
        self.world, self.seed, self.say, self.lying = world, seed, say, lying
        self.disk = Disk(world.folder, world.server.database_path)
        self.chance = random.Random(seed)
        self.found = Findings()
        self.images = 0
        self.marks = []  # (length of the log when it was acknowledged, table, column, id)

    def mark(self, table, column, subject):
        self.marks.append((self.disk.log_size, table, column, int(subject)))

    def begin(self):
        """The server on the disk; what the files held before."""
        self.world.kill()
        self.disk.log.unlink(missing_ok=True)
        base = read_files(self.world.server.database_path)
        self.marks.clear()
        self.world.journal.on_acknowledged = self.mark
        self.world.start(self.disk.environment(log=True))
        return base

    def end(self, base, cuts, window=None):
        """The power goes, after a look at `cuts` other moments when it might have gone: any, or
        those when the log was as long as `window` says."""
        self.world.journal.on_acknowledged = None
        self.world.kill()
        with contextlib.closing(PowerCuts(self.disk, base)) as cut:
            self.look(cut, cuts, window or (0, self.disk.log_size))
            cut.advance(self.disk.log_size, self.chance)
            write_files(self.world.server.database_path, cut.image(self.chance))
        self.images += 1
        self.disk.heal()

    def under_load(self, load_s, cuts):
        base = self.begin()
        if self.lying:
            self.disk.lie()
        with Load(self.world, self.chance.getrandbits(32)) as load:
            time.sleep(load_s)
            self.world.server.kill()
            load.stopping.set()
        self.end(base, cuts)

    def after_failed_sync(self, cuts):
        """A sync fails, the server goes and is started again. What it finds in the log stands in
        the kernel's memory alone; what is acknowledged from then on must not rest on it."""
        base = self.begin()
        flow = Notify(self.world, self.chance.getrandbits(32))
        flow.prepare()
        self.disk.fail(SYNC, files=1 << WAL)
        self.world.sandbox.pay(flow.payment["pay_no"])
        self.world.server.process.wait_exit()
        self.disk.heal()
        failed_at = self.disk.log_size
        self.world.start(self.disk.environment(log=True))
        recovered_at = self.disk.log_size
        flow.finish()
        body = self.world.body()
        self.world.persist(lambda: self.world.try_order(body, flow.key + "n"), "an order")
        self.end(base, cuts, (failed_at, recovered_at))

    def look(self, cut, count, window):
        """Images at other moments: sound, and with all that had been acknowledged by then."""
        for position in sorted(self.chance.randint(*window) for _ in range(count)):
            cut.advance(position, self.chance)
            self.images += 1
            with tempfile.TemporaryDirectory(dir=self.world.folder) as folder:
                copy = pathlib.Path(folder) / "image.db"
                write_files(copy, cut.image(self.chance))
                self.compare(copy, position)

    def compare(self, copy, position):
        try:
            if (found := integrity(copy)) != "ok":
                self.found.lost.append(f"the image at {position}: {found}")
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                for at, table, column, subject in list(self.marks):
                    query = f"SELECT COUNT(*) FROM {table} WHERE {column} = ?"
                    if at <= position and connection.execute(query, (subject,)).fetchone()[0] != 1:
                        self.found.lost.append(f"{table} {subject}, acknowledged at {at}, is not "
                                               f"in the image at {position}")
        except sqlite3.DatabaseError as e:
            self.found.lost.append(f"the image at {position}: {e}")

    def run(self, rounds, load_s=1.0, cuts=20):
        for _ in range(rounds):
            for step in (lambda: self.under_load(load_s, cuts), lambda: self.after_failed_sync(30)):
                step()
                self.world.start()
                self.found.add(settle(self.world, 40))
            if self.found:
                break
        self.say(f"power cut: {self.images} images, {len(self.found.lost)} lost")
