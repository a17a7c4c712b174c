"""docs/writing-a-channel.md, followed to the letter: a fifth channel, made from the template
against the installed headers alone, is examined, dropped into a running server, and pays."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest
import urllib.request

from support.process import build_dir
from support.stack import ServerCase
from support.wait import until

REPO = pathlib.Path(__file__).resolve().parents[2]
NAME = "fifth"


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=240, **more)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class NewChannel(ServerCase):
    @classmethod
    def make_config(cls):
        plugins = cls.folder / "plugins"
        plugins.mkdir()
        shutil.copy(build_dir() / "plugins" / "wechat.so", plugins)
        return {"plugin_dir": str(plugins), "payment": {"query_gaps": [1]}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prefix = cls.folder / "installed"
        cmake = os.environ["TOLLGATE_CMAKE"]
        run(cmake, "--install", build_dir(), "--prefix", cls.prefix)
        cls.made = cls.folder / NAME
        run(cls.prefix / "bin" / "tollgate-new-channel", NAME, cls.made)
        run(cmake, "-S", cls.made, "-B", cls.made / "build", f"-DCMAKE_PREFIX_PATH={cls.prefix}",
            f"-DCMAKE_CXX_COMPILER={os.environ['TOLLGATE_CXX']}")
        run(cmake, "--build", cls.made / "build")
        cls.plugin = cls.made / "build" / f"{NAME}.so"

    def test_the_generated_plugin_breaks_no_rule(self):
        told = run(self.prefix / "bin" / "tollgate-conformance", self.plugin, "--gateway",
                   "http://127.0.0.1:9191", "--set", "merchant_id=M1", "--set", "api_key=k")
        self.assertIn("0 broken", told)
        self.assertIn("0 skipped", told)

    def test_its_own_test_passes(self):
        run("ctest", "--test-dir", self.made / "build", "--output-on-failure")

    def test_the_plugins_command_shows_it(self):
        told = run(self.prefix / "bin" / "tollgate", "plugins", "--dir", self.plugin.parent)
        self.assertIn(NAME, told)
        self.assertIn("redirect", told)

    def test_dropped_into_a_running_server_it_takes_money_after_sighup(self):
        port = self.start_simulator()
        pid = self.server.process.child.pid
        shutil.copy(self.plugin, self.server.config["plugin_dir"])
        self.server.config["accounts"] = [{
            "id": f"{NAME}-main", "channel": NAME, "gateway": f"http://127.0.0.1:{port}",
            "settings": {"merchant_id": "M1", "api_key": "a-key-for-tests"}}]
        self.server.reload()
        until(lambda: f"{NAME}-main" in self.admin.get("/v1/accounts").text, "the account")
        order = self.new_order()
        payment = self.new_payment(order, account_id=f"{NAME}-main", method="redirect")
        with urllib.request.urlopen(urllib.request.Request(payment["action"]["url"], b"")) as paid:
            self.assertEqual(paid.status, 200)
        self.until_order(order, "paid")
        self.assertEqual(self.payment(payment["pay_no"])["channel_trade_no"],
                         "T" + payment["pay_no"])
        self.assertEqual(self.server.process.child.pid, pid)

    def start_simulator(self):
        simulator = subprocess.Popen([sys.executable, self.made / "simulator.py", "0"],
                                     stdout=subprocess.PIPE, text=True)
        self.addCleanup(simulator.stdout.close)
        self.addCleanup(simulator.wait)
        self.addCleanup(simulator.kill)
        return int(simulator.stdout.readline())

    def test_a_name_that_is_none_or_a_folder_that_exists_makes_nothing(self):
        program = REPO / "scripts" / "new-channel"
        for words, code in ((("Fifth", "x"), 2), ((), 2), ((NAME, self.made), 1)):
            done = subprocess.run([program, *words], capture_output=True, cwd=self.folder)
            self.assertEqual(done.returncode, code, done)

    def test_the_tutorial_names_every_file_and_command_that_there_is(self):
        text = (REPO / "docs" / "writing-a-channel.md").read_text()
        for path in (REPO / "kit" / "template").iterdir():
            self.assertIn(path.name.replace("@NAME@", NAME), text)
        for command in re.findall(r"^    (cmake --[a-z]+|ctest|make new-channel)", text, re.M):
            self.assertTrue(command)
        for word in ("make new-channel", "cmake --install", "tollgate-conformance", "SIGHUP"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
