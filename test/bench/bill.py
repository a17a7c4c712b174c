#!/usr/bin/env python3
"""A bill of two million lines with a hundred planted differences of each kind, laid against books
of the same length: what is reported, in what time, and at which peak of memory.

    make bench-bill                (LINES=2000000)
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.big_bill import BigBill, reconcile  # noqa: E402
from support.process import temp_dir  # noqa: E402
from support.server import TollgateServer  # noqa: E402
from support.stack import order_body  # noqa: E402
from support.wechat import Merchant, MockWechat  # noqa: E402

PLANTED = 100


def peak_rss_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


def timed(action):
    began = time.monotonic()
    result = action()
    return result, time.monotonic() - began


def unheard(server, mock):
    """Attempts by the API that are paid at the channel only."""
    merchant = server.client(server.merchant_key)
    for _ in range(PLANTED):
        order = merchant.post("/v1/orders", order_body()).json
        payment = merchant.post(f"/v1/orders/{order['id']}/payments",
                                {"account_id": "wx-main", "method": "native"}).json
        mock.buyer_pays(payment["pay_no"])
        yield payment["pay_no"]


def main():
    # Every twenty-first line is a refund.
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    mock = MockWechat(Merchant.new("wx-main", 1))
    [merchant] = mock.merchants.values()
    with temp_dir("bench-bill") as folder:
        [account] = mock.accounts(pathlib.Path(folder) / "keys")
        server = TollgateServer(pathlib.Path(folder) / "server",
                                [dict(account, fee_rate="0.006")],
                                payment={"query_gaps": [36_000]})
        try:
            bill = BigBill(lines * 20 // 21, PLANTED, merchant)
            server.start()
            bill.unheard(list(unheard(server, mock)))
            server.stop()
            bill.fill(server.database_path)
            bill.make().serve(mock)
            sound, plain_s = timed(bill.unpacked_ok)
            assert sound
            server.start()
            before_mb = peak_rss_mb(server.process.child.pid)
            (done, found), whole_s = timed(
                lambda: reconcile(server.client(server.admin_key), bill, 3_600))
            after_mb = peak_rss_mb(server.process.child.pid)
            exact = set(found) == bill.wanted and done["lines"] == bill.lines
            print(f"lines                 {done['lines']:,}")
            print(f"packed                {len(bill.packed) / 2**20:.0f} MiB")
            print(f"differences           {len(found)} of {len(bill.wanted)} planted"
                  f"{', exactly those' if exact else ', NOT THOSE'}")
            rate = done["lines"] / whole_s
            print(f"fetch, match, ask     {whole_s:.1f} s = {rate:,.0f} lines/s, "
                  f"{whole_s / plain_s:.0f} times unpacking and hashing the file ({plain_s:.1f} s)")
            print(f"peak RSS              {after_mb:.0f} MiB ({before_mb:.0f} MiB after the start)")
            return 0 if exact and after_mb < 100 else 1
        finally:
            server.stop()
            mock.close()


if __name__ == "__main__":
    sys.exit(main())
