"""The server under test as a child process with a configuration of its own."""

import contextlib
import hashlib
import http.client
import json
import pathlib
import secrets
import signal
import socket
import sqlite3

from .client import Client
from .process import Process, build_dir, free_port


def merged(base, over):
    """`over` laid upon `base`; objects are merged, everything else is replaced."""
    result = dict(base)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result


class TollgateServer:
    """Keys `merchant` and `admin` exist from the start. Gaps are short for webhooks and long for
    queries, so that a test which is about queries asks for short ones itself."""

    def __init__(self, folder, accounts, **over):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.merchant_key = "tg-test-merchant-" + secrets.token_urlsafe(24)
        self.admin_key = "tg-test-admin-" + secrets.token_urlsafe(24)
        self.config_path = self.folder / "tollgate.json"
        self.database_path = self.folder / "tollgate.db"
        self.process = Process("tollgate", self.folder / "server.log")
        self.config = merged(self._defaults(accounts), over)

    def _defaults(self, accounts):
        return {
            "listen": f"127.0.0.1:{self.port}",
            "public_url": self.base,
            "database": f"sqlite:{self.database_path}",
            "plugin_dir": str(build_dir() / "plugins"),
            "api_keys": [key_entry("shop", "merchant", self.merchant_key),
                         key_entry("ops", "admin", self.admin_key)],
            "payment": {"query_gaps": [600], "channel_timeout": 3},
            "webhooks": {"timeout": 2, "gaps": [0, 1, 1, 1, 1], "allow_private_networks": True},
            "accounts": accounts,
        }

    def write_config(self):
        self.config_path.write_text(json.dumps(self.config, indent=1))

    def start(self, env=None, timeout=None):
        self.write_config()
        self.process.start("serve", "--config", self.config_path, env=env)
        self.process.wait_ready(self.ready, timeout)
        return self

    def ready(self):
        return probe(self.port, "/readyz") == 200

    def client(self, key=None, transcript=None):
        return Client(self.base, key, transcript)

    def refuse_payments(self):
        """From now on the books take no payment: no order can be marked as paid."""
        self._run_sql("CREATE TRIGGER refuse_payments BEFORE UPDATE ON orders "
                      "WHEN NEW.status = 'paid' BEGIN SELECT RAISE(ABORT, 'refused'); END")

    def take_payments(self):
        """Again, if they did not."""
        self._run_sql("DROP TRIGGER IF EXISTS refuse_payments")

    def _run_sql(self, statement):
        with contextlib.closing(sqlite3.connect(self.database_path, timeout=10)) as db, db:
            db.execute(statement)

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def restart(self, env=None):
        self.stop()
        return self.start(env)

    def reload(self):
        """SIGHUP with the configuration as it now stands in `config`."""
        self.write_config()
        self.process.signal(signal.SIGHUP)

    def log_lines(self):
        return [json.loads(line) for line in self.process.log().splitlines()
                if line.startswith("{")]


def key_entry(name, role, key):
    return {"name": name, "role": role, "sha256": hashlib.sha256(key.encode()).hexdigest()}


def probe(port, path):
    """The status of a GET; None while nothing listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def accepts_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True
    except OSError:
        return False
