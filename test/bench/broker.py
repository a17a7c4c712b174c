"""A RabbitMQ node of the bench's own on 127.0.0.1; nothing of an installed one is touched."""

import os
import signal
import socket
import subprocess
import time

from support.process import free_port
from support.wait import until

SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Node:
    """One node with its name server, both ended by their process groups."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        epmd, dist = free_port(), free_port()
        (folder / "plugins").write_text("[].\n")
        (folder / "rabbit.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users.guest = true\n")
        (folder / "advanced.config").write_text(
            "[{kernel, [{inet_dist_use_interface, {127,0,0,1}}]}].\n")
        self.environment = {
            **os.environ, "HOME": str(folder), "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": str(dist),
            "RABBITMQ_NODENAME": f"bench{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"), "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbit"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config")}
        self.children = [self._start("epmd", "-port", str(epmd), "-address", "127.0.0.1"),
                         self._start(SERVER)]
        try:
            until(self._ready, "the broker is ready", 120, 0.2)
        except Exception:
            self.stop()
            raise

    def _start(self, *command):
        with open(self.folder / "out", "ab") as log:
            return subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=log,
                                    stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def _ready(self):
        if self.children[1].poll() is not None:
            raise RuntimeError("the broker ended: " + (self.folder / "out").read_text()[-500:])
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as link:
                link.settimeout(5)
                link.sendall(b"AMQP\0\0\x09\x01")
                return link.recv(8)
        except OSError:
            return None

    def stop(self):
        for child in reversed(self.children):
            for number in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(child.pid, number)
                    child.wait(20)
                except ProcessLookupError:
                    break
                except subprocess.TimeoutExpired:
                    continue
        time.sleep(0.2)
