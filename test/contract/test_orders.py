"""Orders: creating, both idempotencies of (user_id, business_id), reading, lists and pages."""

import datetime
import unittest

from support.stack import MockCase, at_once, order_body, unique

RFC3339_MS = r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Creating(MockCase):
    def test_an_order_is_answered_201_with_every_field_of_the_contract(self):
        body = order_body(expires_in=1800, metadata={"campaign": "spring", "空": "值"})
        order = self.expect(self.merchant.post("/v1/orders", body), 201)
        for field in ("user_id", "business_id", "order_type", "currency", "amount", "description",
                      "metadata"):
            self.assertEqual(order[field], body[field], field)
        self.assertEqual(order["items"], body["items"])
        self.assertRegex(order["id"], r"\A[1-9][0-9]{0,19}\Z")
        self.assertEqual((order["status"], order["amount_refunded"], order["payments"],
                          order["paid_at"]), ("unpaid", 0, [], None))

    def test_links_start_with_the_public_url_and_hold_an_unguessable_token(self):
        order, other = self.new_order(), self.new_order()
        self.assertTrue(order["cashier_url"].startswith(self.server.base + "/pay/"))
        self.assertTrue(order["scan_url"].startswith(self.server.base + "/pay/requestpay/"))
        token = order["cashier_url"].rsplit("/", 1)[-1]
        self.assertGreaterEqual(len(token), 20)
        self.assertNotIn(order["id"], token)
        self.assertNotEqual(token, other["cashier_url"].rsplit("/", 1)[-1])

    def test_times_are_rfc3339_utc_with_milliseconds(self):
        order = self.new_order(expires_in=1800)
        for field in ("created_at", "expires_at"):
            self.assertRegex(order[field], RFC3339_MS)
        lasts = moment(order["expires_at"]) - moment(order["created_at"])
        self.assertAlmostEqual(lasts.total_seconds(), 1800, delta=1)
        age = datetime.datetime.now(datetime.timezone.utc) - moment(order["created_at"])
        self.assertLess(abs(age.total_seconds()), 30)

    def test_the_amount_may_be_left_out_and_is_the_items_sum(self):
        items = [{"goods_id": "a", "goods_type": "course", "name": "A", "unit_price": 150,
                  "quantity": 3},
                 {"goods_id": "b", "goods_type": "book", "name": "B", "unit_price": 1,
                  "quantity": 50}]
        order = self.new_order(amount=None, items=items)
        self.assertEqual(order["amount"], 500)
        self.assertEqual(order["items"], items)

    def test_an_amount_that_differs_from_the_items_sum_is_422_amount_mismatch(self):
        for amount in (9899, 9901, 1):
            self.expect(self.merchant.post("/v1/orders", order_body(amount=amount)), 422,
                        "amount_mismatch")

    def test_currencies_without_minor_unit_are_taken(self):
        order = self.new_order(currency="JPY")
        self.assertEqual((order["currency"], order["amount"]), ("JPY", 9900))

    def test_an_order_reads_back_as_it_was_answered(self):
        order = self.new_order(metadata={"k": "v"})
        self.assertEqual(self.order(order["id"]), order)

    def test_unknown_garbage_and_overflowing_ids_are_404(self):
        for wrong in ("1", "0", "-1", "abc", "99999999999999999999999", "1.5", "%00", "1%20", "٣"):
            answer = self.merchant.get(f"/v1/orders/{quote(wrong)}")
            self.assertIn(answer.status, (404, 400), f"{wrong}: {answer}")
            self.assert_problem(answer)
        self.expect(self.merchant.get("/v1/orders/1"), 404, "order_not_found")


def quote(text):
    import urllib.parse
    return urllib.parse.quote(text, safe="%")


class SameBusiness(MockCase):
    def test_the_same_user_and_business_get_the_existing_order_with_200(self):
        body = order_body()
        first = self.expect(self.merchant.post("/v1/orders", body), 201)
        second = self.expect(self.merchant.post("/v1/orders", body), 200)
        self.assertEqual(second, first)

    def test_the_existing_order_stands_even_if_the_second_request_says_something_else(self):
        body = order_body()
        first = self.expect(self.merchant.post("/v1/orders", body), 201)
        other = order_body(user_id=body["user_id"], business_id=body["business_id"],
                           description="another", amount=None,
                           items=[{"goods_id": "x", "goods_type": "y", "name": "z", "unit_price": 5,
                                   "quantity": 1}])
        second = self.expect(self.merchant.post("/v1/orders", other), 200)
        self.assertEqual((second["id"], second["amount"]), (first["id"], first["amount"]))

    def test_another_user_or_another_business_is_another_order(self):
        body = order_body()
        ids = {self.expect(self.merchant.post("/v1/orders", dict(body, **change)), 201)["id"]
               for change in ({}, {"user_id": unique("u")}, {"business_id": unique("b")})}
        self.assertEqual(len(ids), 3)

    def test_user_and_business_are_compared_exactly(self):
        body = order_body(user_id="U-" + unique("x"), business_id="B")
        first = self.expect(self.merchant.post("/v1/orders", body), 201)
        lower = self.expect(self.merchant.post("/v1/orders", dict(body, business_id="b")), 201)
        self.assertNotEqual(first["id"], lower["id"])
        shifted = dict(body, user_id=body["user_id"] + "B", business_id="x")
        self.expect(self.merchant.post("/v1/orders", shifted), 201)

    def test_fifty_at_once_make_one_order_P6(self):
        body = order_body()
        answers = at_once(50, lambda _: self.merchant.post("/v1/orders", body))
        self.assertEqual({answer.json["id"] for answer in answers}, {answers[0].json["id"]})
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 49 + [201])
        listed = self.merchant.all(f"/v1/orders?user_id={body['user_id']}")
        self.assertEqual(len(listed), 1)
        self.assertEqual(self.event_types(listed[0]), ["order.created"])

    def test_a_cancelled_pair_may_be_ordered_anew(self):
        body = order_body()
        first = self.expect(self.merchant.post("/v1/orders", body), 201)
        self.expect(self.merchant.post(f"/v1/orders/{first['id']}/cancel"), 200)
        second = self.expect(self.merchant.post("/v1/orders", body), 201)
        self.assertNotEqual(first["id"], second["id"])

    def test_a_paid_pair_is_still_alive(self):
        body = order_body()
        order = self.expect(self.merchant.post("/v1/orders", body), 201)
        payment = self.new_payment(order)
        self.mock.buyer_pays(payment["pay_no"])
        self.expect(self.notify(payment["pay_no"]), {200, 204})
        self.until_order(order, "paid")
        again = self.expect(self.merchant.post("/v1/orders", body), 200)
        self.assertEqual((again["id"], again["status"]), (order["id"], "paid"))


class Lists(MockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = unique("lister")
        cls.ids = []
        for number in range(7):
            answer = cls.merchant.post("/v1/orders", order_body(
                user_id=cls.user, business_id=f"b-{number}", amount=None,
                items=[{"goods_id": f"g-{number % 2}", "goods_type": f"t-{number % 3}", "name": "n",
                        "unit_price": 1, "quantity": 1}]))
            cls.ids.append(answer.json["id"])

    def ids_of(self, query):
        answer = self.expect(self.merchant.get(f"/v1/orders?user_id={self.user}&{query}"), 200)
        return [order["id"] for order in answer["data"]]

    def test_newest_first(self):
        self.assertEqual(self.ids_of("limit=100"), self.ids[::-1])

    def test_pages_follow_each_other_without_gap_or_overlap(self):
        for limit in (1, 2, 3, 7, 100):
            found = self.merchant.all(f"/v1/orders?user_id={self.user}", limit)
            self.assertEqual([order["id"] for order in found], self.ids[::-1])

    def test_has_more_is_true_exactly_while_more_follow(self):
        def has_more(query):
            return self.merchant.get(f"/v1/orders?user_id={self.user}&{query}").json["has_more"]
        self.assertTrue(has_more("limit=6"))
        self.assertFalse(has_more("limit=7"))
        self.assertFalse(has_more(f"limit=7&starting_after={self.ids[2]}"))

    def test_the_limit_is_20_unless_it_says_otherwise(self):
        for _ in range(16):
            self.new_order()
        answer = self.expect(self.merchant.get("/v1/orders"), 200)
        self.assertEqual((len(answer["data"]), answer["has_more"]), (20, True))

    def test_filters_narrow_the_list(self):
        self.assertEqual(self.ids_of("goods_id=g-1"), self.ids[5::-2])
        self.assertEqual(self.ids_of("goods_type=t-2"), [self.ids[5], self.ids[2]])
        self.assertEqual(self.ids_of("business_id=b-4"), [self.ids[4]])
        self.assertEqual(self.ids_of("status=unpaid"), self.ids[::-1])
        self.assertEqual(self.ids_of("status=paid"), [])
        self.assertEqual(self.ids_of("goods_id=g-0&goods_type=t-0"), [self.ids[6], self.ids[0]])

    def test_a_filter_is_text_and_never_sql(self):
        for value in ("'", "%25", "' OR 1=1 --", "b-_", "%5c"):
            self.assertEqual(self.ids_of(f"business_id={quote(value)}"), [])

    def test_unknown_query_parameters_are_ignored(self):
        self.assertEqual(self.ids_of("colour=red&limit=100&&=x"), self.ids[::-1])

    def test_a_limit_out_of_range_is_422(self):
        for limit in ("0", "101", "-1", "abc", "1.5", "", "99999999999999999999", "0x10", "+5",
                      " 5"):
            answer = self.merchant.get(f"/v1/orders?limit={quote(limit)}")
            self.assertEqual(answer.status, 422, f"limit={limit!r}: {answer}")
            self.assert_problem(answer)

    def test_a_starting_after_that_is_no_id_is_refused_with_422(self):
        for value in ("abc", "-1", "1.5", "99999999999999999999999"):
            answer = self.merchant.get(f"/v1/orders?starting_after={value}")
            self.assertEqual(answer.status, 422, f"{value}: {answer}")


if __name__ == "__main__":
    unittest.main()
