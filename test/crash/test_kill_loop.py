"""Ten kills under load: afterwards the books equal the simulator's ledger (P1, P2, P4, P11)."""

import os
import time
import unittest

from support.process import temp_dir

from .books import settle
from .load import kill_at_random
from .world import World

KILLS = 10


class KillLoop(unittest.TestCase):
    def test_ten_random_kills_lose_nothing_and_pay_nothing_twice(self):
        seed = int(os.environ.get("TOLLGATE_SEED", time.time_ns() % 1_000_000))
        print(f"TOLLGATE_SEED={seed}", flush=True)
        folder = temp_dir("kills")
        self.addCleanup(folder.cleanup)
        world = World(folder.name)
        self.addCleanup(world.close)
        world.open()
        paid = kill_at_random(world, seed, KILLS)
        self.assertGreater(paid, KILLS, "there was load")
        self.assertEqual(settle(world).lines(), [])
