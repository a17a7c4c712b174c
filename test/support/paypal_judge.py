"""PayPal's REST interface from its public description, to judge the simulator by."""

import base64
import json
import urllib.parse
import zlib

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509.oid import NameOID

from . import signing
from .client import Client

LIVE_NAME = "messageverificationcerts.paypal.com"


def signed_text(transmission_id, time, webhook_id, body):
    return f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()


class WebhookJudge:
    """Verifies deliveries as PayPal's page on webhooks tells, with one trusted authority."""

    def __init__(self, sandbox, account):
        settings = account["settings"]
        self.webhook_id = settings["webhook_id"]
        with open(settings["webhook_ca_file"], "rb") as file:
            self.authority = x509.load_pem_x509_certificate(file.read())
        self.origin = settings["webhook_cert_origin"]
        self.client = Client(sandbox.base)

    def refusal(self, headers, body):
        """Empty where the delivery is genuine."""
        if headers["paypal-auth-algo"] != "SHA256withRSA":
            return "algorithm"
        url = urllib.parse.urlsplit(headers["paypal-cert-url"])
        origin = f"{url.scheme}://{url.netloc}"
        if origin != self.origin or not url.path.startswith("/v1/notifications/certs/"):
            return "address"
        answer = self.client._exchange("GET", url.path, None, {}, 10)
        if answer.status != 200:
            return "no certificate"
        leaf = x509.load_pem_x509_certificate(answer.body)
        name = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        if name != LIVE_NAME:
            return "name"
        try:
            self.authority.public_key().verify(
                leaf.signature, leaf.tbs_certificate_bytes, padding.PKCS1v15(),
                leaf.signature_hash_algorithm)
        except Exception:
            return "chain"
        text = signed_text(headers["paypal-transmission-id"], headers["paypal-transmission-time"],
                           self.webhook_id, body)
        genuine = signing.rsa_verifies(leaf.public_key(), text, headers["paypal-transmission-sig"])
        return "" if genuine else "signature"


class PaypalApp:
    """One app of the simulator's accounts.json."""

    def __init__(self, sandbox, account):
        settings = account["settings"]
        self.client_id, self.secret = settings["client_id"], settings["client_secret"]
        self.webhook_id = settings["webhook_id"]
        self.client = Client(sandbox.base)
        self.token = None

    def ask_token(self, secret=None, grant="client_credentials"):
        basic = base64.b64encode(f"{self.client_id}:{secret or self.secret}".encode()).decode()
        return self.client._exchange(
            "POST", "/v1/oauth2/token", f"grant_type={grant}".encode(),
            {"Authorization": f"Basic {basic}",
             "Content-Type": "application/x-www-form-urlencoded"}, 10)

    def send(self, method, path, body=None, **headers):
        """Headers: names with "_" for "-"; a value of None leaves a usual one out."""
        if self.token is None:
            self.token = self.ask_token().json["access_token"]
        usual = {"Authorization": f"Bearer {self.token}", "Prefer": "return=representation"}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        if data is not None:
            usual["Content-Type"] = "application/json"
        usual.update({name.replace("_", "-"): value for name, value in headers.items()})
        usual = {name: value for name, value in usual.items() if value is not None}
        return self.client._exchange(method, path, data, usual, 10)

    def create(self, body, request_id=None, **headers):
        return self.send("POST", "/v2/checkout/orders", body, PayPal_Request_Id=request_id,
                         **headers)

    def order(self, order_id):
        return self.send("GET", f"/v2/checkout/orders/{order_id}")

    def capture(self, order_id, request_id=None, **headers):
        return self.send("POST", f"/v2/checkout/orders/{order_id}/capture", {},
                         PayPal_Request_Id=request_id, **headers)


def links(body):
    return {link["rel"]: link["href"] for link in body["links"]}
