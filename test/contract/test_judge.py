"""The judge judged: our own signature code against published vectors, before it judges anybody."""

import base64
import json
import time
import unittest
import urllib.request

from support import openapi, signing
from support.receiver import Receiver
from support.wechat import Merchant, MockWechat

# WeChat Pay's documentation: the sample merchant key, and the sample of public-key verification.
DOC_MERCHANT_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
MQIDAQAB
-----END PUBLIC KEY-----"""
DOC_PLATFORM_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwXNI6sdlknHBnK8Fu2U6
Cwor9qY747jP8KAfeBMeveEt1TqaHkLfaSD07trZLhGpfs8/AHqjhgSMO1O10YQW
OrrJ4hjIWPKqxbgrYMkBQc+mwdiWp4W3ByCqxBRagCveCXRWCmuJYovl9H/bsDI0
iGbpVtEOghJtfciisYSgxcLufUDTRkvwxjIBK1pCRjk33jJ5YTBWTHMRtMAOcFLN
F6hdEYdX8SPsgHHeLZ5Lv2T/686w1xtgCHef/sd4uSfWmyzsalQdHG/e4IyYmrhx
+O3VBoNDzE3nx23bFeV/RVNCG7cV6VhmYokJNHa/erIPkEmEFID6A5wQOXuxUkmJ
WwIDAQAB
-----END PUBLIC KEY-----"""
DOC_REQUEST_SIGNATURE = (
    "Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDlJp1Wp5p0nO8E"
    "K68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lUmwvTuE0BY8ncf6tN"
    "Gk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q00zP9VLdBhC/jQSX3X1UcJLCtEc4g"
    "Tmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dMKdFcoA==")
DOC_ANSWER_SIGNATURE = (
    "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8"
    "mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSd"
    "rP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1by"
    "uckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA==")


class Signatures(unittest.TestCase):
    def test_standard_webhooks_vector(self):
        self.assertEqual(
            signing.webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                      "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                                      b'{"test": 2432232314}'),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_a_receiver_refuses_stale_altered_and_unsigned_webhooks(self):
        secret, body, now = "whsec_" + base64.b64encode(b"k" * 24).decode(), b"{}", int(time.time())

        def headers(timestamp):
            return {"webhook-id": "1", "webhook-timestamp": str(timestamp),
                    "webhook-signature": "v1,AAAA " +
                    signing.webhook_signature(secret, "1", timestamp, body)}
        self.assertTrue(signing.webhook_is_genuine(secret, headers(now), body))
        self.assertFalse(signing.webhook_is_genuine(secret, headers(now), b"{} "))
        self.assertFalse(signing.webhook_is_genuine(secret, headers(now - 301), body))
        self.assertFalse(signing.webhook_is_genuine(secret, {}, body))

    def test_wechat_request_vector(self):
        message = signing.wechat_request_message(
            "GET", "/v3/refund/domestic/refunds/123123123123", "1554208460",
            "593BEC0C930BF1AFEB40B4A08C8FB242", b"")
        key = signing.load_public(DOC_MERCHANT_KEY)
        self.assertTrue(signing.rsa_verifies(key, message, DOC_REQUEST_SIGNATURE))
        self.assertFalse(signing.rsa_verifies(key, message + b"x", DOC_REQUEST_SIGNATURE))

    def test_wechat_answer_vector(self):
        message = signing.wechat_answer_message(
            "1722850421", "d824f2e086d3c1df967785d13fcd22ef",
            b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}')
        key = signing.load_public(DOC_PLATFORM_KEY)
        self.assertTrue(signing.rsa_verifies(key, message, DOC_ANSWER_SIGNATURE))
        self.assertFalse(signing.rsa_verifies(key, message[:-1], DOC_ANSWER_SIGNATURE))

    def test_wechat_aead_vector(self):
        plain = signing.aead_decrypt("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", {
            "nonce": "uluk4a9R25RW", "associated_data": "associatedData",
            "ciphertext": "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="})
        self.assertEqual(plain, b"message")
        key = "k" * 32
        self.assertEqual(
            signing.aead_decrypt(key, signing.aead_encrypt(key, b"again", "transaction")), b"again")


class Helpers(unittest.TestCase):
    def test_a_receiver_answers_as_planned_and_keeps_what_came(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        receiver.plan("/a", 500, (204,))
        statuses = []
        for _ in range(3):
            request = urllib.request.Request(receiver.url + "/a", b'{"type":"x"}',
                                             {"webhook-id": "1"}, method="POST")
            try:
                statuses.append(urllib.request.urlopen(request, timeout=5).status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        self.assertEqual(statuses, [500, 204, 204])
        self.assertEqual(len(receiver.wait(3, path="/a", type="x")), 3)

    def test_the_gateway_refuses_what_is_not_signed(self):
        mock = MockWechat(Merchant.new("wx-main", 1))
        self.addCleanup(mock.close)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(mock.url + "/v3/pay/transactions/out-trade-no/1", timeout=5)
        caught.exception.close()
        self.assertEqual(caught.exception.code, 401)

    def test_the_document_check_sees_missing_wrong_and_undocumented_fields(self):
        problems = []
        schema = {"type": "object", "required": ["id"],
                  "properties": {"id": {"type": "string"}, "n": {"type": ["integer", "null"]}}}
        openapi.validate({"id": "1", "n": None}, schema, "", problems)
        self.assertEqual(problems, [])
        openapi.validate({"n": "1", "more": True}, schema, "", problems)
        self.assertEqual(len(problems), 3, json.dumps(problems))


if __name__ == "__main__":
    unittest.main()
