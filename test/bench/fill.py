"""Rows of an earlier life, straight by SQL: what a server finds in its file when it starts."""

import contextlib
import sqlite3
import time

EPOCH_MS = 1_704_067_200_000  # of the product's ids
ID_STEP = 1 << 22             # ids of one millisecond
DAY_MS = 86_400_000
GOODS = 100

# An order of 99.00 yuan as the API shows it.
ORDER_JSON = """
'{"id":"' || :id || '","status":"' || :status || '","user_id":"u-' || (n % 1000) || '","business_id'
|| '":"old-' || n || '","order_type":"course","currency":"CNY","amount":9900,"amount_refunded":0,'
|| '"description":"C++ in 30 days","items":[{"goods_id":"course-' || (n % 100) || '","goods_type":'
|| '"course","name":"C++ in 30 days","unit_price":9900,"quantity":1}],"metadata":{"campaign":'
|| '"spring"},"payments":[],"cashier_url":"http://127.0.0.1:8080/pay/AAAAAAAAAAAAAAAAAAAAAAAAAAA",'
|| '"scan_url":"http://127.0.0.1:8080/pay/requestpay/AAAAAAAAAAAAAAAAAAAAAAAAAAA","created_at":"20'
|| '26-10-01T10:00:00.000Z","expires_at":"2026-10-02T10:00:00.000Z","paid_at":null}'
"""


@contextlib.contextmanager
def bulk(path):
    """The file for quick writing, without a journal. The server must not run."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE",
                       "cache_size=-524288", "temp_store=MEMORY"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=WAL").fetchall()
    finally:
        db.close()


def first_id(rows, end_ms=None):
    """The first of ids that lie in the past, so that new ones come after them."""
    end_ms = end_ms or int(time.time() * 1000) - DAY_MS
    return (end_ms - rows - EPOCH_MS) * ID_STEP


def numbers(rows):
    return f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers " \
           f"WHERE n + 1 < {rows})"


def without_indexes(db, tables):
    """Takes the tables' indexes away and answers the SQL that makes them again: sorting once is
    quicker than a million insertions."""
    marks = ",".join("?" * len(tables))
    found = db.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT "
                       f"NULL AND tbl_name IN ({marks})", tables).fetchall()
    for name, _ in found:
        db.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def history(path, orders):
    """Orders that were paid, with their goods, attempts, notices and events; four ids apart."""
    base = first_id(orders)
    tables = ("orders", "order_items", "payments", "callbacks", "events")
    with bulk(path) as db:
        again = without_indexes(db, tables)
        id_of = f"({base} + n * {ID_STEP})"
        at = f"({int(time.time() * 1000) - 2 * DAY_MS} + n / 1000)"
        shown = ORDER_JSON.replace(":id", id_of)
        rows = numbers(orders)
        db.execute(f"""{rows} INSERT INTO orders (id, status, live, user_id, business_id,
            order_type, currency, amount, amount_refunded, description, metadata, closing_until,
            created_at, expires_at, paid_at) SELECT {id_of}, 'paid', 1, 'u-' || (n % 1000),
            'old-' || n, 'course', 'CNY', 9900, 0, 'C++ in 30 days', '{{"campaign":"spring"}}', 0,
            {at}, {at} + 86400000, {at} + 30000 FROM numbers""")
        db.execute(f"""{rows} INSERT INTO order_items SELECT {id_of}, 0, 'course-' || (n % 100),
            'course', 'C++ in 30 days', 9900, 1, 0 FROM numbers""")
        db.execute(f"""{rows} INSERT INTO payments (pay_no, order_id, open, status, account_id,
            channel, method, amount, currency, channel_trade_no, action_type, action_material,
            action_expires_at, channel_state, return_url, calling_until, late, created_at, paid_at)
            SELECT {id_of} + 1, {id_of}, NULL, 'paid', 'wx-main', 'wechat', 'native', 9900, 'CNY',
            '42000' || n, 1, 'weixin://wxpay/bizpayurl?pr=old' || n, {at} + 7200000, '', '', 0, 0,
            {at}, {at} + 30000 FROM numbers""")
        db.execute(f"""{rows} INSERT INTO callbacks (id, account_id, event_id, event_type, verdict,
            state, result, pay_no, fact, body, size, remote_ip, received_at) SELECT {id_of} + 2,
            'wx-main', 'EV-old-' || lower(hex(randomblob(8))), 'TRANSACTION.SUCCESS', 'accepted',
            'applied', 'paid', {id_of} + 1, '{{"verdict":2,"pay_no":"' || ({id_of} + 1) || '"}}',
            printf('%.*c', 700, 'c'), 700, '127.0.0.1', {at} FROM numbers""")
        for offset, type_, status in ((3, "order.created", "unpaid"), (4, "order.paid", "paid")):
            data = shown.replace(":status", f"'{status}'")
            db.execute(f"""{rows} INSERT INTO events SELECT {id_of} + {offset}, '{type_}', {id_of},
                {data}, {at} FROM numbers""")
        for sql in again:
            db.execute(sql)


def is_sealed(path):
    """Whether a server has caught up with such rows: every event is under a seal."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        newest, sealed = db.execute("SELECT (SELECT MAX(id) FROM events), "
                                    "(SELECT last_event FROM seals ORDER BY id DESC LIMIT 1)"
                                    ).fetchone()
    return newest == sealed


def open_orders(path, orders, prefix="open"):
    """Unpaid orders with an open attempt each, waiting for the channel's word: their pay_nos."""
    now = int(time.time() * 1000)
    base = first_id(orders, now - 3_600_000)
    id_of = f"({base} + n * {ID_STEP})"
    rows = numbers(orders)
    with bulk(path) as db:
        db.execute(f"""{rows} INSERT INTO orders (id, status, live, user_id, business_id,
            order_type, currency, amount, amount_refunded, description, metadata, closing_until,
            created_at, expires_at) SELECT {id_of}, 'unpaid', 1, 'u-' || (n % 1000),
            '{prefix}-' || n, 'course', 'CNY', 9900, 0, 'C++ in 30 days', '{{}}', 0, {now},
            {now} + 86400000 FROM numbers""")
        db.execute(f"""{rows} INSERT INTO order_items SELECT {id_of}, 0, 'course-' || (n % 100),
            'course', 'C++ in 30 days', 9900, 1, 0 FROM numbers""")
        db.execute(f"""{rows} INSERT INTO payments (pay_no, order_id, open, status, account_id,
            channel, method, amount, currency, action_type, action_material, action_expires_at,
            channel_state, return_url, calling_until, late, created_at) SELECT {id_of} + 1,
            {id_of}, 1, 'pending', 'wx-main', 'wechat', 'native', 9900, 'CNY', 1,
            'weixin://wxpay/bizpayurl?pr=open' || n, {now} + 7200000, '', '', 0, 0, {now}
            FROM numbers""")
        for offset, kind, subject in ((2, "expire_order", 0), (3, "query_payment", 1)):
            db.execute(f"""{rows} INSERT INTO jobs (id, kind, subject, due_at, created_at)
                SELECT {id_of} + {offset}, '{kind}', {id_of} + {subject}, {now} + 86400000, {now}
                FROM numbers""")
    return [str(base + n * ID_STEP + 1) for n in range(orders)]


def undelivered(path, webhooks, events_each):
    """Events that no webhook has been told of yet, one after the other for each webhook."""
    now = int(time.time() * 1000)
    total = events_each * len(webhooks)
    base = first_id(total, now - 60_000)
    id_of = f"({base} + n * {ID_STEP})"
    shown = ORDER_JSON.replace(":id", id_of).replace(":status", "'paid'")
    with bulk(path) as db:
        db.execute("CREATE TEMP TABLE hooks (place INTEGER PRIMARY KEY, id INTEGER)")
        db.executemany("INSERT INTO hooks VALUES (?, ?)", list(enumerate(map(int, webhooks))))
        rows = numbers(total)
        db.execute(f"{rows} INSERT INTO events SELECT {id_of}, 'order.paid', {id_of} + 2, {shown}, "
                   f"{now} FROM numbers")
        db.execute(f"""{rows} INSERT INTO deliveries (id, event_id, webhook_id, status,
            next_attempt_at, created_at) SELECT {id_of} + 1, {id_of}, h.id, 'pending', {now}, {now}
            FROM numbers JOIN hooks h ON h.place = n % {len(webhooks)}""")
