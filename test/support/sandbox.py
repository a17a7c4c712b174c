"""The channels' simulator as a child process, driven by its control interface."""

import json
import pathlib
import shutil

from .client import Client
from .process import Process, cached


class Sandbox:
    def __init__(self, folder, time_scale=1):
        self.keys = pathlib.Path(folder) / "keys"
        self.time_scale = time_scale
        self.keys.parent.mkdir(parents=True, exist_ok=True)
        self.process = Process("tollgate-sandbox", pathlib.Path(folder) / "sandbox.log")
        self.base = None

    def start(self, listen="127.0.0.1:0"):
        if not self.keys.exists():
            self._take_keys()
        self.process.start("--listen", listen, "--keys", self.keys, "--time-scale", self.time_scale)
        address = self.process.wait_ready(self._listening)
        self.base = f"http://{address}"
        self._client = Client(self.base)
        return self

    def _take_keys(self):
        """A copy of keys that the same program has made before."""
        program = self.process.binary.stat()
        name = f"sandbox-keys-{program.st_size}-{program.st_mtime_ns}"
        shutil.copytree(cached(name, self._make_keys), self.keys)

    def _make_keys(self, folder):
        maker = Process("tollgate-sandbox", self.keys.parent / "keys.log")
        maker.start("--listen", "127.0.0.1:0", "--keys", folder)
        maker.wait_ready(lambda: '"sandbox.ready"' in maker.log(), 120)
        maker.kill()

    def _listening(self):
        found = None
        for line in self.process.log().splitlines():
            if '"sandbox.ready"' in line:
                found = json.loads(line)["listen"]
        return found

    def accounts(self, *channels):
        """The ready `accounts` entries for the server's configuration, of WeChat Pay alone unless
        channels are named: a server without a channel's plugin refuses its accounts."""
        wanted = channels or ("wechat",)
        listed = json.loads((self.keys / "accounts.json").read_text())
        return [account for account in listed if account["channel"] in wanted]

    def key_text(self, name, channel="wechat"):
        return (self.keys / channel / name).read_text().strip()

    def control(self, method, path, body=None, expect=200):
        """One control call; its JSON. `expect` None takes any status."""
        answer = self._client._exchange(
            method, "/_sandbox" + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"} if body is not None else {}, 30)
        if expect is not None and answer.status != expect:
            raise AssertionError(f"sandbox {method} {path} {body}: {answer}")
        return answer.json

    def trades(self):
        return self.control("GET", "/trades")["trades"]

    def trade(self, pay_no):
        return self.control("GET", f"/trades/{pay_no}")

    def has_trade(self, pay_no):
        return any(trade["out_trade_no"] == pay_no for trade in self.trades())

    def pay(self, pay_no, expect=200, **more):
        """The buyer pays; silent=True loses the notice, amount= books another amount."""
        return self.control("POST", "/pay", {"out_trade_no": pay_no, **more}, expect)

    def notify(self, pay_no, expect=200, **more):
        return self.control("POST", "/notify", {"out_trade_no": pay_no, **more}, expect)

    def close(self, pay_no, expect=200):
        """The channel itself closes the trade."""
        return self.control("POST", "/close", {"out_trade_no": pay_no}, expect)

    def decline(self, pay_no, expect=200):
        """The buyer's bank refuses."""
        return self.control("POST", "/decline", {"out_trade_no": pay_no}, expect)

    def configure(self, mch_id, name, value, expect=200):
        """A switch of a merchant, named by its id at the channel or by its account's id."""
        return self.control("POST", "/configure",
                            {"mch_id": mch_id, "name": name, "value": value}, expect)

    def fault(self, target, kind, **more):
        return self.control("POST", "/faults", {"target": target, "kind": kind, **more})

    def faults(self):
        return self.control("GET", "/faults")["faults"]

    def clear_faults(self):
        self.control("DELETE", "/faults")

    def rotate(self, mch_id, **more):
        return self.control("POST", "/rotate", {"mch_id": mch_id, **more})

    def shift_clock(self, ms):
        return self.control("POST", "/shift_clock", {"ms": ms})

    def requests(self, limit=500):
        return self.control("GET", f"/requests?limit={limit}")["requests"]

    def ledger(self, mch_id):
        for merchant in self.control("GET", "/ledger")["merchants"]:
            if mch_id in (merchant["mch_id"], merchant["account_id"]):
                return merchant
        raise AssertionError(f"no merchant {mch_id} in the ledger")

    def stop(self):
        """At once: it holds nothing that is worth a farewell."""
        self.process.kill()
