"""How often a request of the hot paths allocates: malloc and its kin counted in the real server."""

import struct

from .orders import create, stock_up
from .payments import channel, newest_orders, start_for

SLOT_BYTES = 64
WARM, COUNT = 1_000, 2_000


def counted(path):
    """(calls, bytes) so far."""
    data = path.read_bytes()
    slots = [struct.unpack_from("<QQ", data, at) for at in range(0, len(data), SLOT_BYTES)]
    return sum(s[0] for s in slots), sum(s[1] for s in slots)


def measure(stage, report):
    stand_in = channel(stage)
    counts = stage.new_folder("allocations") / "counts"
    environment = {"LD_PRELOAD": str(stage.programs / "bench_count_allocations.so"),
                   "TOLLGATE_BENCH_ALLOCATIONS": str(counts)}
    server = stage.server(gateway=f"http://127.0.0.1:{stand_in.port}", env=environment)
    stock_up(server)
    port = server.port

    def tell(name, warm, load):
        warm()
        before = counted(counts)
        count = load().count
        after = counted(counts)
        report.fact(f"allocations, {name}", f"{(after[0] - before[0]) / count:,.0f} calls, "
                    f"{(after[1] - before[1]) / count:,.0f} bytes each")

    notices = stage.notices()
    tell("callback with what follows it", lambda: stage.load(notices, port, count=WARM),
         lambda: stage.load(notices, port, first=WARM, count=COUNT))
    tell("order", lambda: create(stage, server, WARM),
         lambda: create(stage, server, COUNT, first=WARM + 1))
    ids = newest_orders(server, WARM + COUNT)
    tell("payment", lambda: start_for(stage, server, ids[:WARM]),
         lambda: start_for(stage, server, ids[WARM:]))
    stage.end(server)
    stand_in.stop()
