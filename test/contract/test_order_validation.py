"""Bad input gets a clear error naming the field; the process never crashes on input (P12)."""

import copy
import json
import unittest

from support.stack import MockCase, order_body

LONG = "x" * 5000
HUGE = 10 ** 30


def without(*path):
    return ("missing", path, None)


def to(value, *path):
    return (f"{json.dumps(value)[:40]}", path, value)


# What must be refused with 422: (what, where in the body, value). The pointer must be that place.
REFUSED = [
    *(without(name) for name in ("user_id", "business_id", "currency", "items")),
    *(to(None, name) for name in ("user_id", "business_id", "currency", "items")),
    *(to(value, name) for name in ("user_id", "business_id", "order_type", "description")
      for value in (7, True, [], {}, LONG, "with\u0000nul", "line\nbreak")),
    *(to("", name) for name in ("user_id", "business_id")),
    *(to(value, "currency") for value in ("", "cny", "XXX", "CN", "CNYY", 156, "人民币")),
    *(to(value, "amount") for value in (-1, 0, "9900", 99.5, True, [], HUGE, -HUGE, 2 ** 63)),
    *(to(value, "items") for value in ([], {}, "x", 3)),
    *(to(value, "expires_in") for value in (0, -1, 604801, "1800", 1.5, HUGE, True)),
    *(to(value, "metadata") for value in ([], "x", 3)),
    *(without("items", 0, name) for name in ("goods_id", "unit_price", "quantity")),
    *(to(value, "items", 0, name) for name in ("goods_id", "goods_type", "name")
      for value in (7, [], LONG, "nul\u0000")),
    *(to(value, "items", 0, "unit_price") for value in (-1, "1", 1.5, HUGE, None, True)),
    *(to(value, "items", 0, "quantity") for value in (0, -1, "1", 1.5, HUGE, None, True)),
    to({"k": 1}, "metadata"), to({"k": {"deep": "x"}}, "metadata"), to({"k": LONG}, "metadata"),
    to({f"k{n}": "v" for n in range(1000)}, "metadata"),
    *(to(value, "items", 0) for value in ("x", 1, None, [])),
    to("red", "colour"), to(1, "items", 0, "colour"), to("1", "id"), to("paid", "status"),
]
# A pointer may also name the member below: metadata's offending key, for one.
BELOW_IS_FINE = ("metadata", "items")

# What cannot be read as one JSON object at all.
MALFORMED = {
    "empty body": b"",
    "not JSON": b"order please",
    "cut off": b'{"user_id": "u',
    "trailing comma": b'{"user_id": "u",}',
    "trailing garbage": b'{"user_id": "u"} x',
    "comment": b'{"user_id": "u" /* c */}',
    "single quotes": b"{'user_id': 'u'}",
    "broken UTF-8": b'{"user_id": "\xff\xfe"}',
    "overlong UTF-8": b'{"user_id": "\xc0\xaf"}',
    "UTF-8 surrogate": b'{"user_id": "\xed\xa0\x80"}',
    "lone surrogate escape": b'{"user_id": "\\ud800"}',
    "UTF-16": '{"user_id": "u"}'.encode("utf-16"),
    "duplicate key": b'{"user_id": "a", "user_id": "b"}',
    "duplicate key below": b'{"items": [{"goods_id": "a", "goods_id": "b"}]}',
    "depth bomb of arrays": b"[" * 100_000,
    "depth bomb of objects": b'{"a":' * 100_000,
    "balanced depth": b'{"metadata":' + b'{"a":' * 200 + b"1" + b"}" * 201,
    "number overflow": b'{"amount": 1e999}',
    "NaN": b'{"amount": NaN}',
    "control character in a text": b'{"user_id": "a\x01b"}',
    "NUL byte": b'{"user_id": "a"}\x00',
}


def changed(what, path, value):
    body = order_body(amount=None)
    place = body
    for step in path[:-1]:
        place = place[step]
    if what == "missing":
        place.pop(path[-1], None)
    else:
        place[path[-1]] = copy.deepcopy(value)
    return body


def pointer_of(path):
    return "".join(f"/{step}" for step in path)


class Fields(MockCase):
    def test_each_wrong_field_is_422_and_named_by_its_pointer(self):
        for what, path, value in REFUSED:
            with self.subTest(f"{pointer_of(path)} = {what}"):
                answer = self.merchant.post("/v1/orders", changed(what, path, value))
                self.assertEqual(answer.status, 422, answer)
                self.assert_problem(answer)
                pointer = pointer_of(path)
                named = pointer in answer.pointers or (
                    path[0] in BELOW_IS_FINE and
                    any(given.startswith(pointer) for given in answer.pointers))
                self.assertTrue(named, f"{pointer} is not among {answer.pointers}")

    def test_everything_wrong_is_told_at_once(self):
        body = order_body(user_id=7, currency="XXX", colour="red")
        answer = self.merchant.post("/v1/orders", body)
        self.expect(answer, 422)
        self.assertTrue({"/user_id", "/currency", "/colour"} <= set(answer.pointers), answer)

    def test_a_pointer_escapes_slash_and_tilde(self):
        answer = self.merchant.post("/v1/orders", order_body(**{"a/b~c": 1}))
        self.expect(answer, 422)
        self.assertIn("/a~1b~0c", answer.pointers)

    def test_sums_that_overflow_are_422(self):
        big = 2 ** 62
        for prices in ([(big, 2)], [(big, 1), (big, 1)], [(2 ** 63 - 1, 2)], [(2, 2 ** 62)]):
            items = [{"goods_id": f"g{n}", "goods_type": "t", "name": "n", "unit_price": price,
                      "quantity": quantity} for n, (price, quantity) in enumerate(prices)]
            answer = self.merchant.post("/v1/orders", order_body(amount=None, items=items))
            self.expect(answer, 422)

    def test_an_order_of_nothing_is_422(self):
        items = [{"goods_id": "g", "goods_type": "t", "name": "n", "unit_price": 0, "quantity": 1}]
        self.expect(self.merchant.post("/v1/orders", order_body(amount=None, items=items)), 422)

    def test_too_many_items_are_422(self):
        items = [{"goods_id": f"g{n}", "goods_type": "t", "name": "n", "unit_price": 1,
                  "quantity": 1} for n in range(5000)]
        self.expect(self.merchant.post("/v1/orders", order_body(amount=None, items=items)), 422)

    def test_the_edges_of_expires_in_are_taken(self):
        for seconds in (1, 604_800):
            self.new_order(expires_in=seconds)

    def test_text_of_every_plane_is_kept_as_it_is(self):
        text = "书 \"quoted\" \\ / <b>&amp;</b> ümlaut 😀 \u202eright"
        order = self.new_order(description=text, metadata={"k": text})
        self.assertEqual(self.order(order["id"])["description"], text)
        self.assertEqual(self.order(order["id"])["metadata"], {"k": text})

    def test_the_server_answers_as_before_after_all_of_this(self):
        self.new_order()
        self.assertEqual(self.open.get("/readyz").status, 200)


class Bodies(MockCase):
    def test_what_is_no_json_is_400_with_a_pointer(self):
        for what, body in MALFORMED.items():
            with self.subTest(what):
                answer = self.merchant.post("/v1/orders", body)
                self.assertEqual(answer.status, 400, answer)
                self.assert_problem(answer)
                self.assertTrue(answer.pointers, f"no errors[].pointer in {answer}")

    def test_json_that_is_no_object_is_refused_for_the_whole_body(self):
        for body in (b"[]", b"1", b'"text"', b"null", b"true"):
            with self.subTest(body):
                answer = self.merchant.post("/v1/orders", body)
                self.assertIn(answer.status, (400, 422), answer)
                self.assertIn("", answer.pointers)

    def test_a_wrong_content_type_is_400(self):
        good = json.dumps(order_body()).encode()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                     "multipart/form-data; boundary=x", "text/json", "application/xml", "", "*/*"):
            with self.subTest(kind):
                answer = self.merchant.post("/v1/orders", good, headers={"Content-Type": kind})
                self.assertEqual(answer.status, 400, answer)
                self.assert_problem(answer)
        missing = self.merchant.post("/v1/orders", good, headers={"Content-Type": None})
        self.expect(missing, 400)

    def test_json_with_a_charset_is_taken(self):
        for kind in ("application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
            body = json.dumps(order_body()).encode()
            self.expect(self.merchant.post("/v1/orders", body, headers={"Content-Type": kind}), 201)

    def test_the_same_holds_for_every_other_post_put_and_patch(self):
        order = self.new_order()
        routes = [("POST", f"/v1/orders/{order['id']}/payments"), ("POST", "/v1/webhooks"),
                  ("PUT", "/v1/stock/goods-1"), ("PATCH", "/v1/webhooks/1")]
        for method, path in routes:
            for body, statuses in ((b"{", (400,)), (b"[]", (400, 422)), (b'{"x":1}', (422, 404)),
                                   (b"\xff", (400,))):
                with self.subTest(f"{method} {path} {body}"):
                    answer = self.admin.request(method, path, body)
                    allowed = (*statuses, 404) if method == "PATCH" else statuses
                    self.assertIn(answer.status, allowed, answer)
                    self.assert_problem(answer)


if __name__ == "__main__":
    unittest.main()
