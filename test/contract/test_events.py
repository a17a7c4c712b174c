"""The record of what happened: events, deliveries, their replay, callbacks' pages (P3, P4)."""

import concurrent.futures
import datetime
import unittest

from support.stack import MockCase
from support.wait import stays, until


def now_text(shift_s=0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Events(MockCase):
    def test_an_event_reads_as_it_was_sent(self):
        self.webhook("/e", ["order.created"])
        order = self.new_order()
        delivery = self.receiver.wait(path="/e", order_id=order["id"])[0]
        event = self.expect(self.admin.get(f"/v1/events/{delivery.id}"), 200)
        self.assertEqual((event["id"], event["type"], event["data"]),
                         (delivery.id, "order.created", delivery.json["data"]))

    def test_events_are_listed_newest_first_in_pages(self):
        orders = [self.new_order() for _ in range(5)]
        for limit in (2, 100):
            listed = [e["data"]["id"] for e in self.admin.all("/v1/events", limit)
                      if e["type"] == "order.created"]
            self.assertEqual(listed[:5], [order["id"] for order in orders[::-1]])

    def test_the_feed_tells_what_happened_in_its_order_and_waits_for_more_P4(self):
        place = self.admin.get("/v1/events?limit=1").json["data"]
        place = place[0]["id"] if place else "0"
        orders = [self.new_order()["id"] for _ in range(3)]
        batch = self.expect(self.admin.get(f"/v1/events/feed?after={place}&limit=2"), 200)
        rest = self.expect(self.admin.get(f"/v1/events/feed?after={batch['next']}"), 200)
        told = [e["data"]["id"] for e in batch["data"] + rest["data"]]
        self.assertEqual(told, orders)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(self.admin.get, f"/v1/events/feed?after={rest['next']}&wait=20")
            order = self.new_order()
            answer = self.expect(waiting.result(), 200)
        self.assertEqual([e["order_id"] for e in answer["data"]], [order["id"]])

    def test_unknown_events_and_deliveries_are_404(self):
        for wrong in ("1", "abc", "9" * 30):
            self.expect(self.admin.get(f"/v1/events/{wrong}"), 404, "event_not_found")
            self.expect(self.admin.post(f"/v1/deliveries/{wrong}/replay"), 404,
                        "delivery_not_found")
            self.expect(self.admin.post(f"/v1/webhooks/{wrong}/replay", {"since": now_text()}), 404,
                        "webhook_not_found")

    def test_refused_requests_leave_no_event_P3(self):
        before = len(self.admin.all("/v1/events"))
        self.merchant.post("/v1/orders", {"user_id": "only"})
        self.merchant.post("/v1/orders/1/cancel")
        self.merchant.post("/v1/orders/1/payments", {"method": "native"})
        self.assertEqual(len(self.admin.all("/v1/events")), before)


class Deliveries(MockCase):
    config = {"webhooks": {"gaps": [0, 1]}}

    def deliveries(self, hook, query=""):
        return self.admin.all(f"/v1/deliveries?webhook_id={hook['id']}{query}")

    def test_deliveries_are_listed_by_status_and_webhook(self):
        fine, broken = self.webhook("/fine", ["order.created"]), self.webhook("/broken",
                                                                              ["order.created"])
        self.receiver.plan("/broken", 500)
        order = self.new_order()
        until(lambda: self.deliveries(broken, "&status=dead"), "dead")
        until(lambda: self.deliveries(fine, "&status=delivered"), "delivered")
        self.assertEqual(self.deliveries(fine, "&status=dead"), [])
        self.assertEqual(self.deliveries(broken, "&status=pending"), [])
        delivery = self.deliveries(fine)[0]
        event = self.events_of(order, "order.created")[0]
        self.assertEqual((delivery["event_id"], delivery["webhook_id"], delivery["attempts"]),
                         (event["id"], fine["id"], 1))
        answer = self.admin.get("/v1/deliveries?status=splendid")
        self.assertIn(answer.status, (200, 422))
        for hook in (fine, broken):
            self.admin.delete(f"/v1/webhooks/{hook['id']}")

    def test_a_delivered_one_may_be_replayed_too_under_its_id(self):
        hook = self.webhook("/again", ["order.created"])
        order = self.new_order()
        first = self.receiver.wait(path="/again", order_id=order["id"])[0]
        delivery = until(lambda: self.deliveries(hook, "&status=delivered"), "delivered")[0]
        self.assertIn(self.admin.post(f"/v1/deliveries/{delivery['id']}/replay").status, (200, 202))
        second = self.receiver.wait(2, path="/again", order_id=order["id"])[1]
        self.assertEqual(second.id, first.id)

    def test_a_range_is_replayed_to_one_webhook_under_the_same_ids(self):
        hook, other = self.webhook("/range", ["order.created"]), self.webhook("/other")
        orders = [self.new_order() for _ in range(3)]
        for order in orders:
            self.receiver.wait(path="/range", order_id=order["id"])
            self.receiver.wait(path="/other", order_id=order["id"])
        ids = {d.id for d in self.receiver.of("/range")}
        others = len(self.receiver.of("/other"))
        answer = self.admin.post(f"/v1/webhooks/{hook['id']}/replay", {
            "since": orders[0]["created_at"]})
        self.assertIn(answer.status, (200, 202), answer)
        self.receiver.wait(6, path="/range")
        self.assertEqual({d.id for d in self.receiver.of("/range")}, ids)
        stays(lambda: len(self.receiver.of("/other")) == others, "the other is left alone", 0.3)
        self.assertTrue(other["id"])

    def test_a_range_that_is_none_is_422(self):
        hook = self.webhook("/wrong")
        path = f"/v1/webhooks/{hook['id']}/replay"
        for body in ({}, {"since": "yesterday"}, {"since": 7}, {"since": now_text(), "until": "x"},
                     {"since": now_text(), "x": 1}, {"since": ""}):
            with self.subTest(body):
                self.expect(self.admin.post(path, body), 422)

    def test_a_range_in_the_future_replays_nothing(self):
        hook = self.webhook("/future", ["order.created"])
        order = self.new_order()
        self.receiver.wait(path="/future", order_id=order["id"])
        answer = self.admin.post(f"/v1/webhooks/{hook['id']}/replay", {"since": now_text(3600)})
        self.assertIn(answer.status, (200, 202), answer)
        stays(lambda: len(self.receiver.of("/future")) == 1, "one delivery", 0.4)


class Records(MockCase):
    QUERIES = ("", "account_id=wx-main", "account_id=wx-other", "verdict=accepted",
               "verdict=refused", "account_id=wx-main&verdict=refused", "account_id=nobody")

    def counts(self):
        return [len(self.callback_records(**query_of(query))) for query in self.QUERIES]

    def test_callbacks_are_listed_by_account_and_verdict_in_pages(self):
        before = self.counts()
        for account in ("wx-main", "wx-other", "wx-main"):
            self.assertEqual(self.open.post(f"/callbacks/{account}", {}).status, 401)
        order = self.new_order()
        self.notify(self.new_payment(order)["pay_no"])
        self.until_order(order, "paid")
        more = [now - then for now, then in zip(self.counts(), before)]
        self.assertEqual(more, [4, 3, 1, 1, 3, 2, 0])
        self.assertEqual(len(self.admin.all("/v1/callbacks", limit=1)), self.counts()[0])

    def test_a_record_names_time_account_verdict_reason_and_size(self):
        self.open.post("/callbacks/wx-main", b"x" * 100)
        record = self.callback_records(verdict="refused")[0]
        self.assertEqual((record["account_id"], record["size"]), ("wx-main", 100))
        self.assertRegex(record["reason"], r"\A[a-z_]+\Z")


def query_of(text):
    return dict(part.split("=") for part in text.split("&")) if text else {}


if __name__ == "__main__":
    unittest.main()
