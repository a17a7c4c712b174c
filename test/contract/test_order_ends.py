"""How an order ends without being paid: cancel, expiry, and the stock that comes back (P5)."""

import time
import unittest

from support.stack import SandboxCase, at_once, order_body, unique
from support.wait import stays, until


def goods(goods_id, quantity=1, price=100):
    return {"goods_id": goods_id, "goods_type": "thing", "name": "n", "unit_price": price,
            "quantity": quantity}


class Cancel(SandboxCase):
    def cancel(self, order):
        return self.merchant.post(f"/v1/orders/{order['id']}/cancel")

    def test_a_cancelled_order_is_cancelled_and_says_so(self):
        order = self.new_order()
        self.assertEqual(self.expect(self.cancel(order), 200)["status"], "cancelled")
        self.assertEqual(self.order(order["id"])["status"], "cancelled")
        self.until_events(order, "order.created", "order.cancelled")

    def test_cancelling_twice_changes_nothing_more(self):
        order = self.new_order()
        self.expect(self.cancel(order), 200)
        again = self.cancel(order)
        self.assertIn(again.status, (200, 409), again)
        self.assertEqual(self.event_types(order).count("order.cancelled"), 1)

    def test_ten_cancels_at_once_make_one_event_P3(self):
        order = self.new_order()
        answers = at_once(10, lambda _: self.cancel(order).status)
        self.assertIn(200, answers)
        self.assertTrue(set(answers) <= {200, 409}, answers)
        self.assertEqual(self.event_types(order), ["order.cancelled", "order.created"])

    def test_the_open_trade_is_closed_at_the_channel_first(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.expect(self.cancel(order), 200)
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "CLOSED")
        self.assertEqual(self.payment(payment["pay_no"])["status"], "closed")
        self.until_events(order, "order.created", "payment.created", "payment.closed",
                          "order.cancelled")

    def test_an_order_that_the_channel_says_is_paid_is_409_and_turns_paid_P5(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.expect(self.cancel(order), 409, "order_already_paid")
        self.until_order(order, "paid")
        self.until_events(order, "order.created", "payment.created", "payment.paid", "order.paid")

    def test_while_the_channel_cannot_be_reached_cancel_is_502_and_nothing_changes(self):
        order = self.new_order()
        payment = self.new_payment(order)
        self.sandbox.fault("*", "cut_before", count=-1)
        self.expect(self.cancel(order), 502, "channel_unavailable")
        self.sandbox.clear_faults()
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
        self.expect(self.cancel(order), 200)

    def test_a_paid_order_cannot_be_cancelled(self):
        order = self.new_order()
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        self.expect(self.cancel(order), 409, "order_already_paid")

    def test_an_unknown_order_is_404(self):
        self.expect(self.merchant.post("/v1/orders/1/cancel"), 404, "order_not_found")


class Expiry(SandboxCase):
    def test_an_unpaid_order_expires_by_itself(self):
        order = self.new_order(expires_in=1)
        self.until_order(order, "expired")
        self.until_events(order, "order.created", "order.expired")

    def test_the_open_trade_is_closed_at_the_channel_before_the_order_expires(self):
        order = self.new_order(expires_in=2)
        payment = self.new_payment(order)
        self.until_order(order, "expired")
        self.assertEqual(self.sandbox.trade(payment["pay_no"])["state"], "CLOSED")
        self.assertEqual(self.payment(payment["pay_no"])["status"], "closed")
        self.until_events(order, "order.created", "payment.created", "payment.closed",
                          "order.expired")

    def test_an_order_that_was_paid_in_silence_is_never_expired_P5(self):
        order = self.new_order(expires_in=2)
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.until_order(order, "paid")
        self.assertNotIn("order.expired", self.event_types(order))

    def test_an_order_whose_channel_cannot_be_asked_is_not_expired_P5(self):
        order = self.new_order(expires_in=2)
        payment = self.new_payment(order)
        self.sandbox.pay(payment["pay_no"], silent=True)
        self.sandbox.fault("*", "cut_before", count=-1)
        time.sleep(2.5)  # Past its expiry: nothing to wait for but the time itself.
        self.assertEqual(self.order(order["id"])["status"], "unpaid")
        self.sandbox.clear_faults()
        self.until_order(order, "paid", 40)

    def test_an_expired_order_takes_no_payment_and_the_pair_may_be_ordered_anew(self):
        body = order_body(expires_in=1)
        order = self.expect(self.merchant.post("/v1/orders", body), 201)
        self.until_order(order, "expired")
        self.expect(self.try_payment(order), 409, "order_closed")
        again = self.expect(self.merchant.post("/v1/orders", body), 201)
        self.assertNotEqual(again["id"], order["id"])


class Stock(SandboxCase):
    def put(self, goods_id, available):
        return self.expect(self.admin.put(f"/v1/stock/{goods_id}", {"available": available}), 200)

    def stock(self, goods_id):
        found = self.expect(self.admin.get(f"/v1/stock/{goods_id}"), 200)
        return found["available"], found["locked"], found["sold"]

    def order_goods(self, *items, **over):
        return self.merchant.post("/v1/orders", order_body(amount=None, items=list(items), **over))

    def test_goods_without_a_row_are_not_managed(self):
        self.expect(self.admin.get(f"/v1/stock/{unique('none')}"), 404, "stock_not_found")
        self.expect(self.order_goods(goods(unique("none"), 1000)), 201)

    def test_put_sets_what_is_available(self):
        name = unique("g")
        self.put(name, 10)
        self.assertEqual(self.stock(name), (10, 0, 0))
        self.put(name, 4)
        self.assertEqual(self.stock(name), (4, 0, 0))

    def test_wrong_amounts_of_stock_are_422(self):
        for value in (-1, "5", 1.5, None, 10 ** 30, True):
            answer = self.admin.put(f"/v1/stock/{unique('g')}", {"available": value})
            self.expect(answer, 422)
            self.assertIn("/available", answer.pointers)
        answer = self.admin.put(f"/v1/stock/{unique('g')}", {"available": 1, "locked": 1})
        self.expect(answer, 422)

    def test_creating_locks_paying_consumes(self):
        name = unique("g")
        self.put(name, 5)
        order = self.expect(self.order_goods(goods(name, 2)), 201)
        self.assertEqual(self.stock(name), (3, 2, 0))
        self.sandbox.pay(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        self.assertEqual(self.stock(name), (3, 0, 2))

    def test_cancel_and_expiry_give_back(self):
        name = unique("g")
        self.put(name, 5)
        cancelled = self.expect(self.order_goods(goods(name, 2)), 201)
        expired = self.expect(self.order_goods(goods(name, 1), expires_in=1), 201)
        self.expect(self.merchant.post(f"/v1/orders/{cancelled['id']}/cancel"), 200)
        self.until_order(expired, "expired")
        self.assertEqual(self.stock(name), (5, 0, 0))

    def test_too_little_stock_is_409_and_locks_nothing(self):
        full, short = unique("g"), unique("g")
        self.put(full, 5)
        self.put(short, 1)
        self.expect(self.order_goods(goods(full, 2), goods(short, 2)), 409, "insufficient_stock")
        self.assertEqual((self.stock(full), self.stock(short)), ((5, 0, 0), (1, 0, 0)))

    def test_one_goods_on_two_lines_counts_twice(self):
        name = unique("g")
        self.put(name, 3)
        self.expect(self.order_goods(goods(name, 2), goods(name, 2)), 409, "insufficient_stock")
        self.expect(self.order_goods(goods(name, 2), goods(name, 1)), 201)
        self.assertEqual(self.stock(name), (0, 3, 0))

    def test_the_second_request_for_one_order_locks_nothing_more(self):
        name = unique("g")
        self.put(name, 5)
        body = order_body(amount=None, items=[goods(name, 2)])
        for status in (201, 200, 200):
            self.expect(self.merchant.post("/v1/orders", body), status)
        self.assertEqual(self.stock(name), (3, 2, 0))

    def test_forty_at_once_never_oversell(self):
        name = unique("g")
        self.put(name, 7)
        answers = at_once(40, lambda _: self.order_goods(goods(name)))
        statuses = sorted(answer.status for answer in answers)
        self.assertEqual(statuses, [201] * 7 + [409] * 33)
        self.assertEqual({a.code for a in answers if a.status == 409}, {"insufficient_stock"})
        self.assertEqual(self.stock(name), (0, 7, 0))

    def test_a_mismatch_gives_back(self):
        name = unique("g")
        self.put(name, 5)
        order = self.expect(self.order_goods(goods(name, 2)), 201)
        self.sandbox.pay(self.new_payment(order)["pay_no"], amount=1)
        self.until_order(order, "failed")
        until(lambda: self.stock(name) == (5, 0, 0), f"stock freed, is {self.stock(name)}")
        stays(lambda: self.stock(name) == (5, 0, 0), "freed once", 0.2)


if __name__ == "__main__":
    unittest.main()
