"""A long bill with planted differences of every kind: exactly those are reported."""

from support.big_bill import BigBill, reconcile
from support.stack import ServerCase
from support.wechat import Merchant, MockWechat


class ABigBill(ServerCase):
    config = {"payment": {"query_gaps": [3600]}}
    payments = 20_000
    planted = 7

    @classmethod
    def make_accounts(cls):
        cls.mock = MockWechat(Merchant.new("wx-main", 1))
        cls.addClassCleanup(cls.mock.close)
        [account] = cls.mock.accounts(cls.folder / "keys")
        return [dict(account, fee_rate="0.006")]

    def test_exactly_the_planted_differences_are_reported(self):
        [merchant] = self.mock.merchants.values()
        bill = BigBill(self.payments, self.planted, merchant)
        unheard = [self.new_payment(self.new_order(), account_id="wx-main", method="native")
                   for _ in range(self.planted)]
        for payment in unheard:
            self.mock.buyer_pays(payment["pay_no"])
        bill.unheard(payment["pay_no"] for payment in unheard)
        self.server.stop()
        bill.fill(self.server.database_path)
        bill.make().serve(self.mock)
        self.server.start()
        done, found = reconcile(self.admin, bill, timeout=120)
        self.assertEqual((done["status"], done["lines"]), ("completed", bill.lines))
        self.assertEqual(set(found), bill.wanted)
        resolution = {"missing_here": "operator", "missing_at_channel": "confirmed",
                      "amount_differs": "confirmed", "status_differs": "repaired",
                      "fee_differs": "operator", "duplicate": "operator"}
        self.assertEqual(found, {key: resolution[key[0]] for key in bill.wanted})
        for payment in unheard:
            self.assertEqual(self.payment(payment["pay_no"])["status"], "paid")
        again, found_again = reconcile(self.admin, bill, timeout=120)
        self.assertEqual((again["lines"], found_again), (bill.lines, found))
