"""The table of fault points, the code and the server's refusal of a name that is none."""

import unittest

from support.process import run, temp_dir

from .points import known_points, points_in_code


class Table(unittest.TestCase):
    def setUp(self):
        folder = temp_dir("points")
        self.addCleanup(folder.cleanup)
        self.config = f"{folder.name}/none.json"

    def test_the_code_and_the_table_name_the_same_points(self):
        self.assertEqual(points_in_code(), set(known_points(self.config)))

    def test_a_point_that_is_none_refuses_the_start(self):
        for wish in ("no.such.point", "db.before_commit:", "db.before_commit:0",
                     "db.before_commit:x", "db.before_commit:2x"):
            code, _, complaint = run("tollgate", "serve", "--config", self.config,
                                     env={"TOLLGATE_FAULT": wish})
            self.assertEqual(code, 1, wish)
            self.assertIn("TOLLGATE_FAULT", complaint, wish)

    def test_a_known_point_is_no_reason_to_refuse(self):
        _, _, complaint = run("tollgate", "serve", "--config", self.config,
                              env={"TOLLGATE_FAULT": "db.before_commit:3"})
        self.assertNotIn("TOLLGATE_FAULT", complaint)
