"""That the benchmark can be run: one quick row, whose figures do not matter here."""

import pathlib
import subprocess
import sys
import unittest

RUN = pathlib.Path(__file__).with_name("run.py")


class Rows(unittest.TestCase):
    def test_a_row_is_measured(self):
        done = subprocess.run([sys.executable, "-B", str(RUN), "--rounds", "1", "idle"],
                              capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("start to ready", done.stdout)
