"""A WeChat Pay bill of any length against books of the same length, with planted differences."""

import csv
import datetime
import gzip
import hashlib
import io
import sqlite3
import time
import zlib

from .wait import until
from .wechat import Reply

CHINA = datetime.timezone(datetime.timedelta(hours=8))
EPOCH_MS = 1_704_067_200_000  # of the product's ids
ID_STEP = 1 << 22
KINDS = ("missing_here", "missing_at_channel", "amount_differs", "status_differs", "fee_differs",
         "duplicate")
HEADER = ("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
          "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,"
          "商户数据包,手续费,费率,订单金额,申请退款金额,费率备注")
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def fee_of(fen):
    return (fen * 6 + 500) // 1000


class BigBill:
    """`count` payments and a refund for every twentieth, `planted` differences of each kind. Paid
    at noon of `date`, the channel's day before today."""

    def __init__(self, count, planted, merchant):
        self.count, self.planted, self.merchant = count, planted, merchant
        noon = datetime.datetime.now(CHINA).replace(hour=12, minute=0, second=0, microsecond=0)
        noon -= datetime.timedelta(days=1)
        self.date, self.noon = f"{noon:%Y-%m-%d}", f"{noon:%Y-%m-%d %H:%M:%S}"
        self.noon_ms = int(noon.timestamp() * 1000)
        self.base = (int(time.time() * 1000) - 86_400_000 - 2 * count - EPOCH_MS) * ID_STEP
        # The first of our payments are planted, each kind its own stretch.
        self.ours = {kind: [str(self.number(i)) for i in range(at * planted, (at + 1) * planted)]
                     for at, kind in enumerate(KINDS)}
        self.ours["missing_here"] = [f"X{n}" for n in range(planted)]
        self.ours["status_differs"] = []  # made by the API: see `unheard`
        self.wanted = {(kind, n) for kind in KINDS for n in self.ours[kind]}

    def number(self, i):
        return self.base + i * ID_STEP

    def amount(self, i):
        return 100 + i % 10_000

    def unheard(self, pay_nos):
        """Attempts that were paid at the channel, and nobody here has heard of it."""
        self.ours["status_differs"] = list(pay_nos)
        self.wanted |= {("status_differs", n) for n in self.ours["status_differs"]}

    # ---- our side -------------------------------------------------------------------------------

    def fill(self, path):
        """The rows, straight by SQL; the server must not run."""
        db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE",
                       "cache_size=-262144"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN")
        account = self.merchant.account_id
        db.executemany(
            "INSERT INTO payments (pay_no, order_id, open, status, account_id, channel, method, "
            "amount, currency, channel_trade_no, action_type, action_material, action_expires_at, "
            "channel_state, return_url, calling_until, late, created_at, paid_at) VALUES (?, ?, "
            f"NULL, 'paid', '{account}', 'wechat', 'native', ?, 'CNY', ?, 0, '', 0, '', '', 0, 0, "
            "?, ?)",
            ((self.number(i), self.number(i), self.amount(i), f"4200{i}", self.noon_ms,
              self.noon_ms) for i in range(self.count)))
        db.executemany(
            "INSERT INTO refunds (refund_id, pay_no, order_id, account_id, channel, method, "
            "currency, amount, total, status, cause, at_channel, channel_trade_no, "
            "channel_refund_no, created_at, succeeded_at) VALUES (?, ?, ?, "
            f"'{account}', 'wechat', 'native', 'CNY', 50, ?, 'succeeded', 'asked', 0, ?, ?, ?, ?)",
            ((self.number(i) + 1, self.number(i), self.number(i), self.amount(i), f"4200{i}",
              f"5000{i}", self.noon_ms, self.noon_ms) for i in self.refunded()))
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.close()

    def refunded(self):
        return range(len(KINDS) * self.planted, self.count, 20)

    # ---- their side -----------------------------------------------------------------------------

    def row(self, number, trade, amount, fee, refund=("", "", 0)):
        status = "REFUND" if refund[0] else "SUCCESS"
        cells = (self.noon, self.merchant.app_id, self.merchant.mch_id, "0", "", trade, number,
                 "o-buyer", "NATIVE", status, "OTHERS", "CNY", yuan(amount), "0.00",
                 refund[0] or "0", refund[1] or "0", yuan(refund[2]), "0.00",
                 "ORIGINAL" if refund[0] else "", "SUCCESS" if refund[0] else "", "book", "",
                 f"{'-' if fee < 0 else ''}{yuan(abs(fee))}000", "0.60%", yuan(amount),
                 yuan(refund[2]), "")
        return ",".join("`" + cell for cell in cells)

    def rows(self):
        planted = {n: kind for kind in KINDS for n in self.ours[kind]}
        for i in range(self.count):
            number, amount = str(self.number(i)), self.amount(i)
            kind = planted.get(number)
            if kind == "missing_at_channel":
                continue
            told = amount + 1 if kind == "amount_differs" else amount
            fee = fee_of(told) + (5 if kind == "fee_differs" else 0)
            for _ in range(2 if kind == "duplicate" else 1):
                yield self.row(number, f"4200{i}", told, fee), told, 0, fee
        for n in self.ours["missing_here"]:
            yield self.row(n, f"4299{n}", 700, fee_of(700)), 700, 0, fee_of(700)
        for n in self.ours["status_differs"]:
            yield self.row(n, f"4298{n}", 9900, fee_of(9900)), 9900, 0, fee_of(9900)
        for i in self.refunded():
            refund = (f"5000{i}", str(self.number(i) + 1), 50)
            yield self.row(str(self.number(i)), f"4200{i}", 0, 0, refund), 0, 50, 0

    def make(self):
        """The packed file and its hash; how many lines it has is in `lines`."""
        digest, self.lines = hashlib.sha1(), 0
        paid = back = fees = 0
        packed = bytearray()
        packer = zlib.compressobj(1, wbits=31)
        pending = []

        def put(texts):
            data = "".join(text + "\r\n" for text in texts).encode()
            digest.update(data)
            packed.extend(packer.compress(data))

        put(["\ufeff" + HEADER])
        for text, amount, refund, fee in self.rows():
            pending.append(text)
            self.lines, paid, back, fees = self.lines + 1, paid + amount, back + refund, fees + fee
            if len(pending) == 5_000:
                put(pending)
                pending.clear()
        put(pending)
        put([TOTALS, ",".join("`" + cell for cell in (
            str(self.lines), yuan(paid), yuan(back), "0.00", yuan(fees) + "000", yuan(paid),
            yuan(back)))])
        packed.extend(packer.flush())
        self.packed, self.sha1 = bytes(packed), digest.hexdigest()
        return self

    def serve(self, mock):
        """The mock's answers for the bill, and for questions about what was planted."""
        for number in self.ours["missing_at_channel"] + self.ours["amount_differs"]:
            i = (int(number) - self.base) // ID_STEP
            mock.trades[(self.merchant.mch_id, number)] = {
                "state": "SUCCESS", "amount": self.amount(i), "wish": {},
                "transaction_id": f"4200{i}"}

        def other(request, usual):
            if request.path == "/v3/bill/tradebill":
                return Reply(200, {"hash_type": "SHA1", "hash_value": self.sha1,
                                   "download_url": mock.url + "/v3/billdownload/file?token=t"})
            if request.path == "/v3/billdownload/file":
                return Reply(200, self.packed, signed=False)
            return usual

        mock.override["other"] = other

    def unpacked_ok(self):
        """What anybody has to do with it: unpack and hash."""
        return hashlib.sha1(gzip.decompress(self.packed)).hexdigest() == self.sha1


def reported(admin, id):
    """{(kind, pay_no): resolution} of all differences, by the report."""
    answer = admin.get(f"/v1/reconciliations/{id}/report.csv")
    rows = csv.DictReader(io.StringIO(answer.body.decode()))
    return {(row["kind"], row["pay_no"]): row["resolution"] for row in rows}


def reconcile(admin, bill, timeout):
    """Runs it to its end and answers it with the differences that were reported."""
    begun = admin.post("/v1/reconciliations",
                       {"account_id": bill.merchant.account_id, "date": bill.date})
    assert begun.status == 202, begun.body
    path = f"/v1/reconciliations/{begun.json['id']}"
    until(lambda: admin.get(path).json["status"] != "pending", "it is over", timeout)
    return admin.get(path).json, reported(admin, begun.json["id"])
