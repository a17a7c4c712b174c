"""The server on a failing disk and after a power cut (P1, P11); make crash runs it at length."""

import os
import time
import unittest

from support.process import build_dir, temp_dir

from .books import settle
from .disk import WRITE, Disk
from .storage import FailingDisk, PowerLoss
from .world import World


@unittest.skipUnless((build_dir() / "test" / "disk.so").exists(), "not in a sanitizer's build")
class Storage(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("TOLLGATE_SEED", time.time_ns() % 1_000_000))
        print(f"TOLLGATE_SEED={self.seed}", flush=True)
        folder = temp_dir("storage")
        self.addCleanup(folder.cleanup)
        self.world = World(folder.name)
        self.addCleanup(self.world.close)
        self.world.open()

    def test_a_disk_that_fails_ends_the_server_and_loses_nothing_acknowledged(self):
        disk = FailingDisk(self.world, self.seed)
        disk.run(("sync fails once", "disk is full"), (1, 3, 6))
        self.assertEqual(disk.failures, [])
        self.assertEqual(settle(self.world).lines(), [])

    def test_a_disk_that_fails_while_the_server_stops_is_no_clean_end(self):
        disk = Disk(self.world.folder, self.world.server.database_path)
        self.world.kill()
        self.world.start(disk.environment())
        disk.fail(WRITE, for_ever=True)
        self.assertEqual(self.world.server.stop(), 1)
        self.assertGreater(disk.failed, 0)

    def test_images_of_power_cuts_are_sound_and_hold_what_was_acknowledged(self):
        power = PowerLoss(self.world, self.seed)
        power.under_load(0.5, 20)
        self.world.start()
        power.after_failed_sync(30)
        self.assertEqual(power.images, 52)
        self.assertEqual(power.found.lines(), [])

    def test_a_power_cut_loses_nothing_acknowledged(self):
        power = PowerLoss(self.world, self.seed)
        power.run(1, cuts=20)
        self.assertGreater(power.images, 20)
        self.assertEqual(power.found.lines(), [])

    def test_a_disk_that_does_not_sync_is_caught_losing_what_was_acknowledged(self):
        """The test of the test: a log that is never synced, as without synchronous=FULL."""
        power = PowerLoss(self.world, self.seed, lying=True)
        power.under_load(1.0, 20)
        self.assertTrue(any("acknowledged" in line for line in power.found.lost),
                        power.found.lines())
