"""The simulator's PayPal judged alone, by PayPal's public description and published webhooks."""

import json
import pathlib
import unittest
import urllib.parse

from cryptography import x509

from support import signing
from support.client import Client
from support.paypal_judge import PaypalApp, WebhookJudge, links, signed_text
from support.process import temp_dir
from support.receiver import Receiver
from support.sandbox import Sandbox
from support.stack import at_once, unique
from support.wait import until

VECTORS = pathlib.Path(__file__).parents[1] / "data" / "vectors"
BACK = {"return_url": "https://shop.example/back?cart=7",
        "cancel_url": "https://shop.example/gone"}


class TheJudge(unittest.TestCase):
    def test_published_webhooks_verify(self):
        for vector in json.loads((VECTORS / "paypal.json").read_text())["published"]:
            text = vector["signed_string"].encode()
            if "body_raw" in vector:
                self.assertEqual(text, signed_text(
                    vector["transmission_id"], vector["transmission_time"], vector["webhook_id"],
                    vector["body_raw"].encode()))
            if "leaf" in vector:
                leaf = x509.load_pem_x509_certificate((VECTORS / vector["leaf"]).read_bytes())
                self.assertTrue(signing.rsa_verifies(leaf.public_key(), text,
                                                     vector["signature"]))


class PaypalCase(unittest.TestCase):
    time_scale = 1

    @classmethod
    def setUpClass(cls):
        handle = temp_dir(cls.__name__)
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name), cls.time_scale).start()
        cls.addClassCleanup(cls.sandbox.stop)
        main, second = cls.sandbox.accounts("paypal")
        cls.main, cls.second = PaypalApp(cls.sandbox, main), PaypalApp(cls.sandbox, second)
        cls.judge = WebhookJudge(cls.sandbox, main)
        cls.receiver = Receiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.sandbox.configure("pp-main", "webhook_url", cls.receiver.url + "/hook")
        cls.browser = Client(cls.sandbox.base)

    def tearDown(self):
        self.sandbox.clear_faults()

    def wish(self, source=True, value="12.34", currency="USD", **unit):
        number = unique("T")
        body = {"intent": "CAPTURE", "purchase_units": [{
            "custom_id": number, "invoice_id": number, "description": "book",
            "amount": {"currency_code": currency, "value": value}, **unit}]}
        if source:
            body["payment_source"] = {"paypal": {"experience_context": {
                **BACK, "user_action": "PAY_NOW", "shipping_preference": "NO_SHIPPING"}}}
        else:
            body["application_context"] = dict(BACK)
        return body

    def create(self, **over):
        answer = self.main.create(self.wish(**over))
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def refused(self, answer, status, issue):
        """The error body PayPal documents, with its debug id in both places."""
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertEqual(body["debug_id"], answer.headers["paypal-debug-id"])
        self.assertEqual(body["details"][0]["issue"], issue)
        self.assertIn("message", body)
        self.assertIn("name", body)

    def visit(self, path, form=None):
        path = path.removeprefix(self.sandbox.base)
        body = None if form is None else urllib.parse.urlencode(form).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        return self.browser._exchange("POST" if form is not None else "GET", path, body, kind, 10)

    def checkout(self, order):
        """The checkout path behind the order's link for the buyer."""
        known = links(order)
        moved = self.visit(known.get("payer-action") or known["approve"])
        self.assertEqual(moved.status, 302, moved)
        return moved.headers["location"]

    def approved(self, **over):
        order = self.create(**over)
        self.sandbox.pay(order["id"], silent=True)
        return order["id"]

    def events(self, kind, order_id, count=1):
        def found():
            came = [d for d in self.receiver.of("/hook") if d.json["event_type"] == kind
                    and order_id in d.body.decode()]
            return came if len(came) >= count else None
        return until(found, f"{count} {kind} of {order_id}")


class Orders(PaypalCase):
    def test_tokens_are_given_to_the_right_secret_and_expire(self):
        answer = self.main.ask_token()
        self.assertEqual((answer.status, answer.json["token_type"], answer.json["expires_in"]),
                         (200, "Bearer", 32400))
        answer = self.main.ask_token(secret="wrong")
        self.assertEqual((answer.status, answer.json["error"]), (401, "invalid_client"))
        answer = self.main.ask_token(grant="password")
        self.assertEqual(answer.json["error"], "unsupported_grant_type")
        self.sandbox.configure("pp-second", "token_lifetime", "60")
        fresh = self.second.ask_token().json
        self.assertEqual(fresh["expires_in"], 60)
        self.second.token = fresh["access_token"]
        self.assertEqual(self.second.order("X").status, 404)
        self.sandbox.shift_clock(61_000)
        answer = self.second.order("X")
        self.sandbox.shift_clock(-61_000)
        self.assertEqual((answer.status, answer.json["error"]), (401, "invalid_token"))
        answer = self.main.send("GET", "/v2/checkout/orders/X", Authorization=None)
        self.assertEqual((answer.status, answer.json["name"]), (401, "AUTHENTICATION_FAILURE"))

    def test_an_order_waits_for_its_buyer(self):
        order = self.create()
        self.assertEqual(order["status"], "PAYER_ACTION_REQUIRED")
        self.assertEqual(set(links(order)), {"self", "payer-action", "capture"})
        self.assertEqual(order["purchase_units"][0]["amount"],
                         {"currency_code": "USD", "value": "12.34"})
        plain = self.create(source=False)
        self.assertEqual((plain["status"], "approve" in links(plain)), ("CREATED", True))
        answer = self.main.create(self.wish(), Prefer="return=minimal")
        self.assertEqual(set(answer.json), {"id", "status", "links"})
        self.refused(self.main.capture(order["id"]), 422, "ORDER_NOT_APPROVED")

    def test_money_moves_at_the_capture_alone(self):
        order = self.create()
        approved = self.sandbox.pay(order["id"], silent=True)
        self.assertEqual((approved["state"], approved["paid_amount"]), ("APPROVED", None))
        self.assertEqual(self.main.order(order["id"]).json["status"], "APPROVED")
        answer = self.main.capture(order["id"], "c1")
        self.assertEqual((answer.status, answer.json["status"]), (201, "COMPLETED"))
        capture = answer.json["purchase_units"][0]["payments"]["captures"][0]
        self.assertEqual((capture["status"], capture["amount"]["value"]), ("COMPLETED", "12.34"))
        booked = self.sandbox.trade(order["purchase_units"][0]["custom_id"])
        self.assertEqual((booked["state"], booked["paid_amount"], booked["transaction_id"]),
                         ("SUCCESS", 1234, capture["id"]))
        shown = self.main.send("GET", "/v2/payments/captures/" + capture["id"])
        self.assertEqual(shown.json["id"], capture["id"])
        # As in PayPal's own models: alone it says whose it is, in its order the order does.
        self.assertEqual(set(shown.json) - set(capture), {"payee", "supplementary_data"})
        again = self.main.capture(order["id"], "c1")
        self.assertEqual((again.status, again.json["status"]), (200, "COMPLETED"))
        self.refused(self.main.capture(order["id"], "c2"), 422, "ORDER_ALREADY_CAPTURED")

    def test_one_request_id_makes_one_order_also_at_once(self):
        wish, key = self.wish(), unique("create")
        self.main.order("warm-up")
        answers = at_once(8, lambda n: self.main.create(wish, key))
        self.assertEqual(sorted(a.status for a in answers), [200] * 7 + [201])
        self.assertEqual(len({a.json["id"] for a in answers}), 1)
        other = self.main.create(self.wish(), key)
        self.refused(other, 422, "DUPLICATE_REQUEST_ID")
        self.assertNotEqual(self.create()["id"], answers[0].json["id"])

    def test_one_capture_moves_the_money_also_at_once(self):
        order_id = self.approved()
        answers = at_once(8, lambda n: self.main.capture(order_id, "cap-" + order_id))
        self.assertEqual(sorted(a.status for a in answers), [200] * 7 + [201])

    def test_amounts_have_the_currencys_decimals(self):
        good = [("USD", "1", 100), ("USD", "0.01", 1), ("USD", "12.3", 1230), ("JPY", "500", 500),
                ("HUF", "500", 50000), ("TWD", "7", 700), ("KWD", "1.234", 1234)]
        for currency, value, minor in good:
            order = self.create(currency=currency, value=value)
            self.assertEqual(self.sandbox.trade(order["id"])["amount"], minor, currency)
        shown = self.create(currency="HUF", value="500")["purchase_units"][0]["amount"]["value"]
        self.assertEqual(shown, "500")
        wrong = [("USD", "1.234", 422, "DECIMAL_PRECISION"),
                 ("JPY", "5.00", 422, "DECIMALS_NOT_SUPPORTED"),
                 ("TWD", "5.0", 422, "DECIMALS_NOT_SUPPORTED"),
                 ("USD", "0.00", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
                 ("USD", "-1.00", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
                 ("USD", "1,00", 400, "INVALID_PARAMETER_SYNTAX"),
                 ("USD", "1e2", 400, "INVALID_PARAMETER_SYNTAX"),
                 ("USD", " 1", 400, "INVALID_PARAMETER_SYNTAX"),
                 ("XXX", "1.00", 422, "INVALID_CURRENCY_CODE")]
        for currency, value, status, issue in wrong:
            with self.subTest(value):
                answer = self.main.create(self.wish(currency=currency, value=value))
                self.refused(answer, status, issue)

    def test_bodies_and_headers_that_paypal_would_refuse_are_refused(self):
        wish = self.wish()
        missing, syntax = "MISSING_REQUIRED_PARAMETER", "INVALID_PARAMETER_SYNTAX"
        for body, issue in ((b"{", "MALFORMED_REQUEST_JSON"), ({}, missing),
                            (dict(wish, intent="STEAL"), "INVALID_PARAMETER_VALUE"),
                            (dict(wish, purchase_units=[]), missing),
                            (dict(wish, surprise=1), syntax),
                            (self.wish(amount={"currency_code": "USD", "value": 12.34}), syntax),
                            (self.wish(amount={"currency_code": "USD"}), missing),
                            (self.wish(custom_id="x" * 128), syntax)):
            with self.subTest(body):
                self.refused(self.main.create(body), 400, issue)
        answer = self.main.create(wish, Content_Type="text/plain")
        self.assertEqual((answer.status, answer.json["name"]), (415, "UNSUPPORTED_MEDIA_TYPE"))
        self.refused(self.main.create(wish, "x" * 109), 400, "INVALID_STRING_LENGTH")
        self.refused(self.main.create(wish, Prefer="return=all"), 400, "INVALID_PARAMETER_VALUE")
        self.refused(self.main.create(self.wish(payee={"merchant_id": "SANDBOXSHOP02"})), 422,
                     "PAYEE_ACCOUNT_INVALID")

    def test_orders_of_others_and_expired_ones_are_not_found(self):
        order = self.create()
        self.refused(self.second.order(order["id"]), 404, "INVALID_RESOURCE_ID")
        self.refused(self.second.capture(order["id"]), 404, "INVALID_RESOURCE_ID")
        kept = self.approved()
        self.sandbox.shift_clock(3 * 3_600_000 + 1000)
        gone, there = self.main.order(order["id"]), self.main.order(kept)
        self.sandbox.shift_clock(-3 * 3_600_000 - 1000)
        self.refused(gone, 404, "INVALID_RESOURCE_ID")
        self.assertEqual(there.json["status"], "APPROVED")

    def test_an_invoice_is_captured_once_unless_the_account_allows_it(self):
        first = self.wish()
        ids = [self.main.create(first).json["id"] for _ in range(2)]
        for order_id in ids:
            self.sandbox.pay(order_id, silent=True)
        self.assertEqual(self.main.capture(ids[0]).status, 201)
        self.refused(self.main.capture(ids[1]), 422, "DUPLICATE_INVOICE_ID")
        self.sandbox.configure("pp-main", "unique_invoice", "off")
        self.addCleanup(self.sandbox.configure, "pp-main", "unique_invoice", "on")
        self.assertEqual(self.main.capture(ids[1]).status, 201)

    def test_faults_and_mocked_refusals(self):
        order_id = self.approved()
        self.refused(self.main.capture(order_id, PayPal_Mock_Response=json.dumps(
            {"mock_application_codes": "TRANSACTION_REFUSED"})), 422, "TRANSACTION_REFUSED")
        self.sandbox.fault("capture", "refuse", code="PAYER_CANNOT_PAY")
        self.refused(self.main.capture(order_id), 422, "PAYER_CANNOT_PAY")
        self.sandbox.fault("capture", "status", status=503)
        self.assertEqual(self.main.capture(order_id).json["name"], "SERVICE_UNAVAILABLE")
        self.sandbox.fault("query", "frequency")
        self.assertEqual(self.main.order(order_id).status, 429)
        self.sandbox.fault("token", "cut_before")
        with self.assertRaises(OSError):
            self.main.ask_token()
        self.sandbox.fault("*", "bad_signature", channel="paypal")  # nothing here bears one
        self.assertEqual(self.main.order(order_id).status, 200)
        self.sandbox.fault("capture", "status", status=500, processed=True)
        self.assertEqual(self.main.capture(order_id, "lost").status, 500)
        self.assertEqual(self.main.capture(order_id, "lost").status, 200)
        self.sandbox.fault("query", "amount", amount=1)
        told = self.main.order(order_id).json["purchase_units"][0]["payments"]["captures"][0]
        self.assertEqual(told["amount"]["value"], "0.01")

    def test_another_amount_may_be_captured_than_was_ordered(self):
        order = self.create()
        self.sandbox.pay(order["id"], silent=True, amount=1)
        answer = self.main.capture(order["id"])
        capture = answer.json["purchase_units"][0]["payments"]["captures"][0]
        booked = self.sandbox.trade(order["id"])["paid_amount"]
        self.assertEqual((capture["amount"]["value"], booked), ("0.01", 1))


class Refunds(PaypalCase):
    def captured(self, told=False, **over):
        order_id = self.create(**over)["id"]
        self.sandbox.pay(order_id, silent=not told)
        unit = self.main.capture(order_id).json["purchase_units"][0]
        return order_id, unit["payments"]["captures"][0]["id"]

    def refund(self, capture, value=None, key=None, currency="USD", app=None, **more):
        body = {"custom_id": unique("R"), **more}
        if value:
            body["amount"] = {"currency_code": currency, "value": value}
        kept = {"PayPal_Request_Id": key} if key else {}
        return (app or self.main).send("POST", f"/v2/payments/captures/{capture}/refund", body,
                                       Prefer="return=representation", **kept)

    def test_parts_go_back_until_nothing_is_left(self):
        order_id, capture = self.captured()
        for value, total, status in (("5.00", "5.00", "PARTIALLY_REFUNDED"),
                                     (None, "12.34", "REFUNDED")):
            answer = self.refund(capture, value, note_to_payer="sorry")
            self.assertEqual((answer.status, answer.json["status"]), (201, "COMPLETED"))
            breakdown = answer.json["seller_payable_breakdown"]
            self.assertEqual(breakdown["total_refunded_amount"]["value"], total)
            self.assertTrue(links(answer.json)["up"].endswith(f"/v2/payments/captures/{capture}"))
            shown = self.main.send("GET", "/v2/payments/refunds/" + answer.json["id"]).json
            self.assertEqual(shown, answer.json)
            payments = self.main.order(order_id).json["purchase_units"][0]["payments"]
            self.assertEqual(payments["captures"][0]["status"], status)
            self.assertEqual(payments["refunds"][-1]["id"], answer.json["id"])
        self.refused(self.refund(capture), 422, "CAPTURE_FULLY_REFUNDED")
        booked = self.sandbox.trade(order_id)["refunds"]
        self.assertEqual([r["amount"] for r in booked], [500, 734])

    def test_one_request_id_is_one_refund_also_at_once_and_a_number_is_none(self):
        order_id, capture = self.captured()
        self.main.order("warm-up")
        key = unique("refund")
        answers = at_once(8, lambda n: self.refund(capture, "1.00", key, custom_id="R1"))
        self.assertEqual(sorted(a.status for a in answers), [200] * 7 + [201])
        self.assertEqual(len({a.json["id"] for a in answers}), 1)
        self.refused(self.refund(capture, "2.00", key), 422, "DUPLICATE_REQUEST_ID")
        self.assertEqual(self.refund(capture, "1.00", unique("k"), custom_id="R1").status, 201)
        self.assertEqual(len(self.sandbox.trade(order_id)["refunds"]), 2)
        days = 86_400_000
        self.sandbox.shift_clock(44 * days)
        self.addCleanup(self.sandbox.shift_clock, -46 * days)
        self.main.token = None
        again = self.refund(capture, "1.00", key, custom_id="R1")
        self.sandbox.shift_clock(2 * days)
        self.main.token = None
        forgotten = self.refund(capture, "1.00", key, custom_id="R1")
        self.main.token = None
        self.assertEqual((again.status, forgotten.status), (200, 201))

    def test_what_paypal_would_refuse_is_refused(self):
        _, capture = self.captured()
        for value, currency, status, issue in (
                ("12.35", "USD", 422, "REFUND_AMOUNT_EXCEEDED"),
                ("1.00", "EUR", 422, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
                ("1.001", "USD", 422, "DECIMAL_PRECISION"),
                ("0.00", "USD", 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
                ("1,0", "USD", 400, "INVALID_PARAMETER_SYNTAX")):
            with self.subTest(value):
                self.refused(self.refund(capture, value, currency=currency), status, issue)
        self.refused(self.refund(capture, surprise=1), 400, "INVALID_PARAMETER_SYNTAX")
        self.refused(self.refund(capture, note_to_payer="x" * 256), 400,
                     "INVALID_PARAMETER_SYNTAX")
        self.refused(self.refund("NOTHING"), 404, "INVALID_RESOURCE_ID")
        self.refused(self.refund(capture, app=self.second), 404, "INVALID_RESOURCE_ID")
        done = self.refund(capture, "1.00").json["id"]
        self.refused(self.second.send("GET", "/v2/payments/refunds/" + done), 404,
                     "INVALID_RESOURCE_ID")
        self.sandbox.fault("capture", "pending")
        _, held = self.captured()
        self.refused(self.refund(held), 422, "PENDING_CAPTURE")

    def test_decimals_are_those_of_the_currency(self):
        for currency, value, part, minor in (("JPY", "500", "1", 1), ("KWD", "1.234", "0.001", 1),
                                             ("HUF", "500", "1", 100)):
            order_id, capture = self.captured(currency=currency, value=value)
            answer = self.refund(capture, part, currency=currency)
            self.assertEqual(answer.json["amount"], {"currency_code": currency, "value": part})
            self.assertEqual(self.sandbox.trade(order_id)["refunds"][0]["amount"], minor)

    def test_a_held_refund_ends_as_it_is_told_and_each_step_is_told(self):
        for end, status, event in (("SUCCESS", "COMPLETED", "PAYMENT.CAPTURE.REFUNDED"),
                                   ("CLOSED", "FAILED", "PAYMENT.REFUND.FAILED")):
            self.sandbox.fault("refund", "pending")
            _, capture = self.captured(told=True)
            answer = self.refund(capture, "1.00")
            self.assertEqual((answer.json["status"], answer.json["status_details"]),
                             ("PENDING", {"reason": "ECHECK"}))
            self.events("PAYMENT.REFUND.PENDING", capture)
            self.sandbox.control("POST", "/refund", {
                "out_refund_no": answer.json["custom_id"], "status": end})
            told = self.events(event, capture)[0]
            self.assertEqual(self.judge.refusal(told.headers, told.body), "")
            self.assertEqual((told.json["resource_type"], told.json["resource"]["status"],
                              told.json["resource"]["id"]), ("refund", status, answer.json["id"]))


class Buyers(PaypalCase):
    def test_a_buyer_approves_and_comes_back(self):
        order = self.create()
        path = self.checkout(order)
        self.assertIn("12.34 USD", self.visit(path).text)
        self.assertIn("ann@example.com",
                      self.visit(path + "/confirm", {"account": "ann@example.com"}).text)
        back = self.visit(path + "/pay", {"account": "ann@example.com"})
        url = urllib.parse.urlsplit(back.headers["location"])
        query = dict(urllib.parse.parse_qsl(url.query))
        self.assertEqual((back.status, url.netloc, query["cart"], query["token"]),
                         (303, "shop.example", "7", order["id"]))
        shown = self.main.order(order["id"]).json
        self.assertEqual((shown["status"], shown["payer"]["payer_id"]),
                         ("APPROVED", query["PayerID"]))
        self.assertEqual(shown["payer"]["email_address"], "ann@example.com")

    def test_a_buyer_who_leaves_goes_to_the_cancel_address(self):
        order = self.create()
        left = self.visit(self.checkout(order) + "/leave", {})
        self.assertEqual(left.headers["location"],
                         "https://shop.example/gone?token=" + order["id"])
        self.assertEqual(self.main.order(order["id"]).json["status"], "PAYER_ACTION_REQUIRED")

    def test_a_declined_card_shows_at_the_capture_and_the_buyer_may_try_again(self):
        order = self.create()
        path = self.checkout(order)
        self.assertEqual(self.visit(path + "/decline", {"account": "x"}).status, 303)
        answer = self.main.capture(order["id"])
        self.refused(answer, 422, "INSTRUMENT_DECLINED")
        self.assertEqual(links(answer.json)["redirect"], links(order)["payer-action"])
        self.assertEqual(self.main.order(order["id"]).json["status"], "PAYER_ACTION_REQUIRED")
        self.assertEqual(self.visit(path + "/pay", {"account": "x"}).status, 303)
        self.assertEqual(self.main.capture(order["id"]).status, 201)

    def test_an_unknown_order_has_no_page(self):
        self.assertEqual(self.visit("/checkoutnow?token=NOTHING").status, 404)


class Webhooks(PaypalCase):
    time_scale = "0.0001"

    def test_each_step_is_told_by_a_webhook_that_verifies(self):
        order = self.create()
        self.sandbox.pay(order["id"])
        approved = self.events("CHECKOUT.ORDER.APPROVED", order["id"])[0]
        self.assertEqual(self.judge.refusal(approved.headers, approved.body), "")
        self.assertEqual(approved.json["resource"]["status"], "APPROVED")
        self.main.capture(order["id"])
        captured = self.events("PAYMENT.CAPTURE.COMPLETED", order["id"])[0]
        self.assertEqual(self.judge.refusal(captured.headers, captured.body), "")
        resource = captured.json["resource"]
        self.assertEqual(resource["supplementary_data"]["related_ids"]["order_id"], order["id"])
        self.assertEqual((resource["amount"]["value"], resource["custom_id"]),
                         ("12.34", order["purchase_units"][0]["custom_id"]))
        self.events("CHECKOUT.ORDER.COMPLETED", order["id"])

    def test_a_refused_event_comes_again_under_its_id_in_a_new_transmission(self):
        self.receiver.plan("/hook", (500,), (503,), (200,))
        order = self.create()
        self.sandbox.pay(order["id"])
        came = self.events("CHECKOUT.ORDER.APPROVED", order["id"], 3)
        self.assertEqual(len({d.json["id"] for d in came}), 1)
        self.assertEqual(len({d.body for d in came}), 1)
        self.assertEqual(len({d.headers["paypal-transmission-id"] for d in came}), 3)
        self.assertEqual({self.judge.refusal(d.headers, d.body) for d in came}, {""})

    def test_a_pending_capture_is_settled_or_denied_later(self):
        order_ids = [self.approved_told() for _ in range(2)]
        self.sandbox.fault("capture", "pending", count=2)
        for order_id in order_ids:
            answer = self.main.capture(order_id)
            capture = answer.json["purchase_units"][0]["payments"]["captures"][0]
            self.assertEqual((answer.status, capture["status"]), (201, "PENDING"))
            self.events("PAYMENT.CAPTURE.PENDING", order_id)
        self.sandbox.pay(order_ids[0])
        self.events("PAYMENT.CAPTURE.COMPLETED", order_ids[0])
        self.sandbox.decline(order_ids[1])
        denied = self.events("PAYMENT.CAPTURE.DENIED", order_ids[1])[0]
        self.assertEqual(denied.json["resource"]["status"], "DECLINED")

    def approved_told(self):
        order = self.create()
        self.sandbox.pay(order["id"])
        return order["id"]

    def test_forged_webhooks_do_not_verify_and_lying_ones_do(self):
        order_id = self.create()["id"]
        wanted = {"signature": "signature", "body": "signature", "key": "signature",
                  "algorithm": "algorithm", "serial": "no certificate", "certificate": "chain",
                  "host": "address", "timestamp": "", "foreign_mch": "", "amount": "",
                  "currency": ""}
        for forge, refusal in wanted.items():
            with self.subTest(forge):
                before = len(self.receiver.of("/hook"))
                self.sandbox.notify(order_id, forge=forge)
                delivery = self.receiver.of("/hook")[before]
                self.assertEqual(self.judge.refusal(delivery.headers, delivery.body), refusal)
                told = delivery.json["resource"]
                self.assertEqual(told["amount"]["value"] == "12.34", forge != "amount")
                self.assertEqual(told["payee"]["merchant_id"] == "SANDBOXSHOP01",
                                 forge != "foreign_mch")
        self.sandbox.notify(order_id, forge="foreign_app", expect=422)

    def test_postback_verification_takes_the_raw_event_alone(self):
        order_id = self.approved_told()
        delivery = self.events("CHECKOUT.ORDER.APPROVED", order_id)[0]
        headers = {name[7:]: delivery.headers[name] for name in (
            "paypal-transmission-id", "paypal-transmission-time", "paypal-cert-url",
            "paypal-auth-algo", "paypal-transmission-sig")}
        wish = {name.replace("-", "_"): value for name, value in headers.items()}
        wish["webhook_id"] = self.main.webhook_id
        envelope = json.dumps(wish)[:-1].encode() + b',"webhook_event":'
        path = "/v1/notifications/verify-webhook-signature"
        answer = self.main.send("POST", path, envelope + delivery.body + b"}")
        self.assertEqual(answer.json, {"verification_status": "SUCCESS"})
        other = json.dumps(delivery.json).encode()  # the same event, written otherwise
        answer = self.main.send("POST", path, envelope + other + b"}")
        self.assertEqual(answer.json, {"verification_status": "FAILURE"})
        self.assertEqual(self.main.send("POST", path, {"webhook_id": "x"}).status, 400)

    def test_a_new_certificate_signs_and_the_old_one_is_still_served(self):
        order_id = self.approved_told()
        old = self.events("CHECKOUT.ORDER.APPROVED", order_id)[0]
        self.sandbox.rotate("pp-main")
        fresh = self.approved_told()
        new = self.events("CHECKOUT.ORDER.APPROVED", fresh)[0]
        self.assertNotEqual(old.headers["paypal-cert-url"], new.headers["paypal-cert-url"])
        for delivery in (old, new):
            self.assertEqual(self.judge.refusal(delivery.headers, delivery.body), "")

    def test_only_subscribed_events_are_sent_and_none_without_an_address(self):
        self.sandbox.configure("pp-main", "webhook_events", "PAYMENT.CAPTURE.COMPLETED")
        self.addCleanup(self.sandbox.configure, "pp-main", "webhook_events", "*")
        order_id = self.approved_told()
        self.main.capture(order_id)
        self.events("PAYMENT.CAPTURE.COMPLETED", order_id)
        told = until(lambda: self.sandbox.trade(order_id)["notices"], "the try is on record")
        self.assertEqual({notice["kind"] for notice in told}, {"PAYMENT.CAPTURE.COMPLETED"})
        other = self.second.create(self.wish()).json["id"]
        self.sandbox.pay(other)
        told = until(lambda: self.sandbox.trade(other)["notices"], "the try is on record")
        self.assertEqual(told[0]["result"], "no address")


if __name__ == "__main__":
    unittest.main()
