"""What every channel's bill of the simulator has to do, whatever its form."""

import datetime
import pathlib
import unittest

from .client import Client
from .process import temp_dir
from .sandbox import Sandbox
from .stack import unique

CHINA = datetime.timezone(datetime.timedelta(hours=8))
DAY_MS = 86_400_000


def number():
    return unique("T").replace("-", "")[:32]


class BillCase(unittest.TestCase):
    """A channel says how its bill is fetched and read."""

    channel = None
    zone = CHINA
    has_status = True
    fee_comes_back = True

    @classmethod
    def setUpClass(cls):
        if cls.channel is None:
            raise unittest.SkipTest("only the channels' cases run")
        handle = temp_dir(cls.__name__)
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name)).start()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.accounts = cls.sandbox.accounts(cls.channel)
        cls.plain = Client(cls.sandbox.base)
        cls.prepare()

    def tearDown(self):
        self.sandbox.clear_faults()
        self.sandbox.control("POST", "/bills", {"from": "now", "fee_per_10000": 60,
                                                "report_rows": 10_000})

    @staticmethod
    def prepare():
        """Makes the clients."""

    # of the channel
    def new_paid(self, fen):
        """The number of a trade that is paid."""
        raise NotImplementedError

    def new_refund(self, trade, fen):
        """The number of a refund that is done."""
        raise NotImplementedError

    def ask(self, date):
        """The link or the first page, as it is answered."""
        raise NotImplementedError

    def lines(self, date, sound=True):
        """The lines of the bill: dicts of number, refund, amount, fee, status. `sound`: hashes and
        totals are held against them."""
        raise NotImplementedError

    def refusal(self, answer):
        """The channel's word; empty where there is a bill."""
        raise NotImplementedError

    # for all
    def date_of(self, trade):
        paid = datetime.datetime.fromisoformat(
            self.sandbox.trade(trade)["paid_at"].replace("Z", "+00:00"))
        return f"{paid.astimezone(self.zone):%Y-%m-%d}"

    def day_after(self, date):
        return f"{datetime.date.fromisoformat(date) + datetime.timedelta(days=1)}"

    def of(self, lines, wanted, refund=None):
        return [line for line in lines
                if (line["refund"] == refund if refund else
                    line["number"] == wanted and not line["refund"])]

    def paid(self, fen=9900):
        trade = self.new_paid(fen)
        return trade, self.date_of(trade)

    def struck(self, kind, fen=9900, **more):
        """A paid trade, and its lines in a bill that a fault strikes."""
        trade, date = self.paid(fen)
        self.sandbox.fault("bill", kind, channel=self.channel, number=trade, **more)
        return trade, date, self.of(self.lines(date), trade)

    def test_a_payment_and_its_refund_are_lines_with_their_fees(self):
        trade, date = self.paid(9900)
        refund = self.new_refund(trade, 1050)
        lines = self.lines(date)
        [line] = self.of(lines, trade)
        self.assertEqual((line["amount"], line["fee"]), (9900, 59))
        [line] = self.of(lines, trade, refund)
        self.assertEqual((line["amount"], line["fee"]), (1050, -6 if self.fee_comes_back else 0))

    def test_the_rate_of_the_fee_is_a_setting_and_rounds_half_up(self):
        trade, date = self.paid(75)  # 0.45 fen at 0.6 %
        self.assertEqual(self.of(self.lines(date), trade)[0]["fee"], 0)
        other, date = self.paid(84)  # 0.504
        self.assertEqual(self.of(self.lines(date), other)[0]["fee"], 1)
        self.sandbox.control("POST", "/bills", {"fee_per_10000": 100})
        self.assertEqual(self.of(self.lines(date), trade)[0]["fee"], 1)

    def test_nothing_is_told_of_what_is_not_paid(self):
        self.paid()
        trade = self.new_open()
        _, date = self.paid()
        self.assertEqual(self.of(self.lines(date), trade), [])

    def test_a_missing_line(self):
        trade, date, lines = self.struck("missing_line")
        self.assertEqual(lines, [])
        self.assertEqual(len(self.of(self.lines(date), trade)), 1)  # the fault is over

    def test_a_changed_amount(self):
        self.assertEqual(self.struck("changed_amount")[2][0]["amount"], 9901)
        self.assertEqual(self.struck("changed_amount", amount=7)[2][0]["amount"], 7)

    def test_a_changed_fee(self):
        self.assertEqual(self.struck("changed_fee")[2][0]["fee"], 60)
        self.assertEqual(self.struck("changed_fee", amount=0)[2][0]["fee"], 0)

    def test_a_changed_status(self):
        if not self.has_status:
            self.skipTest("this channel's bills tell no status")
        trade, date = self.paid()
        sound = self.of(self.lines(date), trade)[0]["status"]
        self.assertNotEqual(self.struck("changed_status")[2][0]["status"], sound)

    def test_a_doubled_line(self):
        self.assertEqual(len(self.struck("duplicate_line")[2]), 2)

    def test_a_payment_that_nobody_had(self):
        _, date = self.paid()
        stranger = number()
        self.sandbox.fault("bill", "extra_line", channel=self.channel, number=stranger, amount=77)
        [line] = self.of(self.lines(date), stranger)
        self.assertEqual(line["amount"], 77)

    def test_a_line_that_comes_a_day_late(self):
        self.paid()
        trade, date, lines = self.struck("late_line")
        self.assertEqual(lines, [])
        self.assertEqual(self.of(self.lines(date), trade), [])
        self.sandbox.shift_clock(DAY_MS)
        try:
            self.forget_tokens()
            self.assertEqual(len(self.of(self.lines(self.day_after(date)), trade)), 1)
        finally:
            self.sandbox.shift_clock(-DAY_MS)
            self.forget_tokens()

    def forget_tokens(self):
        """After the simulator's clock was moved."""

    def test_a_bill_has_its_hour_where_one_is_set(self):
        _, date = self.paid()
        self.assertEqual(self.sandbox.control("POST", "/bills", {"from": "10:00"})["from"],
                         "10:00")
        self.not_ready(date)
        self.sandbox.shift_clock(2 * DAY_MS)
        try:
            self.forget_tokens()
            self.assertTrue(self.lines(date))
        finally:
            self.sandbox.shift_clock(-2 * DAY_MS)
            self.forget_tokens()

    def test_a_bill_that_is_not_ready(self):
        _, date = self.paid()
        self.sandbox.fault("bill", "not_ready", channel=self.channel)
        self.not_ready(date)
        self.assertTrue(self.lines(date))

    def not_ready(self, date):
        raise NotImplementedError

    def test_faults_of_lines_are_for_bills_alone(self):
        for target, kind in (("pay", "missing_line"), ("*", "wrong_word"), ("bill", "lose"),
                             ("bill_file", "not_ready")):
            answer = self.sandbox.control("POST", "/faults", {"target": target, "kind": kind},
                                          None)
            self.assertIn("error", answer, (target, kind))
        for wrong in ({"from": "24:00"}, {"from": "soon"}, {"fee_per_10000": -1},
                      {"report_rows": 0}, {"more": 1}):
            self.sandbox.control("POST", "/bills", wrong, 422)
