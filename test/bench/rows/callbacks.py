"""Notices: HTTP, RSA verify, AES-GCM, a durable row, the acknowledgement.

The notices are about trades that our books do not hold, so that nothing follows an acknowledgement
but a look and a mark; what settling costs on top is measured with the steady load."""

import sys

from support.process import Process, free_port

from ..report import median
from ..stage import API_V3_KEY, NOTICES, PATIENCE_S

WITHOUT_GROUPS = 6_000
CONNECTIONS = (1, 64, 256)
COUNTS = {1: 2_000, 64: NOTICES, 256: NOTICES}

NGINX = """
worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{ return 200 '{{"code":"SUCCESS","message":"OK"}}'; }}
  }}
}}
"""


class Side:
    """The runs of one competitor at one number of connections."""

    def __init__(self):
        self.samples = []

    def rate(self):
        return median([s.rate for s in self.samples])

    def p99_ms(self):
        return median([s.p99_ms for s in self.samples])

    def cpu_us(self):
        return median([s.cpu_us_each for s in self.samples])

    def __str__(self):
        p50_ms = median([s.p50_ms for s in self.samples])
        return (f"{self.rate():,.0f}/s, p50 {p50_ms:.2f} ms, p99 {self.p99_ms():.2f} ms, "
                f"{self.cpu_us():.0f} us of processor each")


def product(stage, notices, connections, env=None, count=None):
    server = stage.server(env=env)
    sample = stage.load(notices, server.port, [server.process.child.pid], connections=connections,
                        count=count or COUNTS[connections])
    stage.end(server)
    return sample


def bare(stage, notices, connections, flat=False):
    folder = stage.new_folder("bare")
    arguments = [] if flat else ["--database", folder / "inbox.db", "--platform-key",
                                 stage.platform_public, "--api-v3-key", API_V3_KEY]
    pipeline = stage.program("pipeline", *arguments)
    try:
        return stage.load(notices, pipeline.port, [pipeline.child.pid], connections=connections,
                          count=COUNTS[connections])
    finally:
        pipeline.stop()


def nginx(stage, notices):
    folder, port = stage.new_folder("nginx"), free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = Process("/usr/sbin/nginx", folder / "log")
    process.patience_s = PATIENCE_S
    process.start("-p", folder, "-c", folder / "nginx.conf")
    try:
        process.wait_ready(lambda: (folder / "pid").exists())
        return stage.load(notices, port, connections=64, count=NOTICES)
    finally:
        process.stop()


def measure(stage, report):
    print(f"  signing {NOTICES:,} notices", file=sys.stderr, flush=True)
    notices = stage.notices()
    ours = {n: Side() for n in CONNECTIONS}
    bares = {n: Side() for n in CONNECTIONS}
    single, flat, static = Side(), Side(), Side()
    for _ in stage.repeat(45):
        for n in CONNECTIONS:
            ours[n].samples.append(product(stage, notices, n))
            bares[n].samples.append(bare(stage, notices, n))
        single.samples.append(product(stage, notices, 64, {"TOLLGATE_GROUP_COMMIT": "off"},
                                      WITHOUT_GROUPS))
        flat.samples.append(bare(stage, notices, 64, flat=True))
        static.samples.append(nginx(stage, notices))
    for n in CONNECTIONS:
        report.fact(f"callbacks, {n} connections", f"{ours[n]}; bare: {bares[n]}; "
                    f"{ours[n].rate() / bares[n].rate():.2f} of bare")
    report.fact("callbacks, group commit off", str(single))
    report.fact("callbacks, nginx static 200", f"{static}; ours is "
                f"{ours[64].rate() / static.rate():.2f} of it")
    compare_with_parts(stage, report, ours[64], flat)
    report.figure("callback ingest at 64, of the bare pipeline",
                  ours[64].rate() / bares[64].rate(), 0.8,
                  f"{ours[64].rate():,.0f}/s to {bares[64].rate():,.0f}/s")
    report.figure("callback ingest at 64, of itself without group commit",
                  ours[64].rate() / single.rate(), 3,
                  f"{ours[64].rate():,.0f}/s to {single.rate():,.0f}/s")
    report.figure("callback ingest at 64, p99 ms", ours[64].p99_ms(), 20,
                  "from sending to the answer", at_most=True)


def compare_with_parts(stage, report, ours, flat):
    notice = stage.parts("notice", "--private-key", stage.platform_key, "--public-key",
                         stage.platform_public, "--api-v3-key", API_V3_KEY, "--ms", 300)
    folder = stage.new_folder("insert")
    insert = stage.parts("insert", "--database", folder / "inbox.db", "--count", NOTICES,
                         "--group", 20, "--api-v3-key", API_V3_KEY)
    us = {name: ns / 1000 for name, (_, ns) in {**notice, **insert}.items()}
    us["http"] = flat.cpu_us()
    total = sum(us.values())
    text = ", ".join(f"{name} {value:.1f}" for name, value in us.items())
    report.fact("callbacks, sum of the parts", f"{total:.0f} us of processor ({text}); ours spends "
                f"{ours.cpu_us():.0f} us, {ours.cpu_us() / total:.2f} of it")
