"""Lists and what narrows them; bodies that nobody reads."""

import unittest
import urllib.parse

from support.stack import SandboxCase, unique


class Parameters(SandboxCase):
    def refused(self, client, path, pointer):
        answer = client.get(path)
        self.expect(answer, 422, "invalid_request")
        self.assertEqual(answer.pointers, [pointer], path)

    def test_a_broken_escape_is_not_the_same_as_absent_P12(self):
        for path, names in (("/v1/orders", ("user_id", "business_id", "status", "goods_id",
                                            "goods_type", "limit", "starting_after")),
                            ("/v1/payments", ("order_id", "account_id", "status", "limit")),
                            ("/v1/callbacks", ("account_id", "verdict", "limit")),
                            ("/v1/events", ("type", "order_id", "limit", "starting_after")),
                            ("/v1/deliveries", ("status", "webhook_id", "limit"))):
            for name in names:
                for broken in ("%zz", "%4", "%ff"):
                    self.refused(self.admin, f"{path}?{name}={broken}", f"/{name}")
            self.expect(self.admin.get(f"{path}?unknown=%zz"), 200)

    def test_an_id_that_is_none_is_422_P12(self):
        for path, name in (("/v1/payments", "order_id"), ("/v1/events", "order_id"),
                           ("/v1/deliveries", "webhook_id"), ("/v1/orders", "starting_after"),
                           ("/v1/payments", "starting_after"), ("/v1/callbacks", "starting_after")):
            self.refused(self.admin, f"{path}?{name}=abc", f"/{name}")

    def test_goods_with_a_slash_have_their_stock(self):
        for goods in (unique("course") + "/7", "a b/" + unique("%2F"), "/" + unique("lead")):
            path = "/v1/stock/" + urllib.parse.quote(goods, safe="")
            self.expect(self.admin.get(path), 404, "stock_not_found")
            self.assertEqual(self.expect(self.admin.put(path, {"available": 2}), 200)["goods_id"],
                             goods)
            self.new_order(items=[{"goods_id": goods, "goods_type": "t", "name": "n",
                                   "unit_price": 9900, "quantity": 1}])
            level = self.expect(self.admin.get(path), 200)
            self.assertEqual((level["available"], level["locked"]), (1, 1))

    def test_orders_are_found_by_the_type_of_their_goods(self):
        kind = unique("kind")
        items = [{"goods_id": f"g{n}", "goods_type": kind, "name": "n", "unit_price": 3300,
                  "quantity": 1} for n in range(3)]
        orders = [self.new_order(items=items)["id"] for _ in range(3)]
        self.new_order()
        found = self.merchant.all(f"/v1/orders?goods_type={kind}", limit=2)
        self.assertEqual([order["id"] for order in found], orders[::-1])


class Bodies(SandboxCase):
    def test_a_body_that_nobody_reads_is_refused_P12(self):
        order = self.new_order()
        payment = self.new_payment(order)
        for path in (f"/v1/payments/{payment['pay_no']}/sync",
                     f"/v1/payments/{payment['pay_no']}/close", f"/v1/orders/{order['id']}/cancel"):
            answer = self.merchant.post(path, {"amount": 1})
            self.expect(answer, 422, "invalid_request")
            self.assertEqual(answer.pointers, ["/amount"])
            self.expect(self.merchant.post(path, b"{"), 400, "malformed_request")
            self.expect(self.merchant.post(path, [1]), 422)
            self.expect(self.merchant.post(path, b"{}", headers={"Content-Type": "text/plain"}),
                        400, "unsupported_media_type")
        self.assertEqual(self.payment(payment["pay_no"])["status"], "pending")
        self.expect(self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync", {}), 200)

    def test_a_payments_exchanges_are_paged_newest_first_and_none_is_missing(self):
        order = self.new_order()
        payment = self.new_payment(order)
        for _ in range(4):
            self.expect(self.merchant.post(f"/v1/payments/{payment['pay_no']}/sync"), 200)
        self.sandbox.pay(payment["pay_no"])
        self.until_order(order, "paid")
        path = f"/v1/payments/{payment['pay_no']}/exchanges"
        first = self.expect(self.admin.get(f"{path}?limit=2"), 200)
        self.assertEqual((len(first["data"]), first["has_more"]), (2, True))
        found = self.admin.all(path, limit=2)
        ids = [int(each["id"]) for each in found]
        self.assertEqual(ids, sorted(set(ids), reverse=True))
        self.assertEqual((found[-1]["operation"], found[0]["operation"]), ("pay", "callback"))
        self.assertGreaterEqual(sum(each["operation"] == "query" for each in found), 4)
        self.assertEqual(found, self.admin.all(path))
        self.assertFalse(self.expect(self.admin.get(f"{path}?limit=100"), 200)["has_more"])
        self.expect(self.admin.get(f"{path}?limit=0"), 422)


if __name__ == "__main__":
    unittest.main()
