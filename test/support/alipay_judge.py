"""Alipay's openapi from its public description, to judge the simulator by: an app that signs its
calls and verifies answers, notices and the browser's way back."""

import base64
import datetime
import hashlib
import json
import urllib.parse

from cryptography import x509
from cryptography.x509.oid import NameOID

from . import signing
from .client import Client

_CHINA = datetime.timezone(datetime.timedelta(hours=8))
_SHORT = {NameOID.COMMON_NAME: "CN", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
          NameOID.ORGANIZATION_NAME: "O", NameOID.COUNTRY_NAME: "C"}
_RSA_SIGNED = "1.2.840.113549.1.1"


def certificate_sn(certificate):
    """MD5 of the issuer, most specific part first, and the serial in decimal."""
    issuer = ",".join(f"{_SHORT[part.oid]}={part.value}" for part in reversed(list(
        certificate.issuer)))
    return hashlib.md5(f"{issuer}{certificate.serial_number}".encode()).hexdigest()


def root_sn(bundle):
    """All RSA-signed certificates of a bundle, in its order."""
    marker = b"-----BEGIN CERTIFICATE-----"
    found = [x509.load_pem_x509_certificate(marker + part)
             for part in bundle.split(marker)[1:]]
    return "_".join(certificate_sn(one) for one in found
                    if one.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNED))


def sorted_text(fields, without=("sign",), keep_empty=False):
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items())
                    if name not in without and (keep_empty or value != ""))


def signed_node(text, name):
    """The raw bytes of a member's value: what the signature of an answer covers."""
    start = text.index(f'"{name}"') + len(name) + 2
    while text[start] in " \t\r\n:":
        start += 1
    depth, in_text, at = 0, False, start
    while True:
        char = text[at]
        if in_text and char == "\\":
            at += 1
        elif char == '"':
            in_text = not in_text
        elif not in_text and char == "{":
            depth += 1
        elif not in_text and char == "}":
            depth -= 1
            if depth == 0:
                return text[start:at + 1]
        at += 1


def notice_verifies(public_key, fields, charset="utf-8"):
    """A trade notice: all but sign and sign_type, values as they are."""
    text = sorted_text(fields, without=("sign", "sign_type"), keep_empty=True)
    return signing.rsa_verifies(public_key, text.encode(charset), fields["sign"])


def notice_fields(body, charset="utf-8"):
    pairs = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True,
                                   encoding=charset, errors="strict")
    assert len(dict(pairs)) == len(pairs), "a name stands twice"
    return dict(pairs)


class AlipayApp:
    """One app of the simulator's accounts.json."""

    def __init__(self, sandbox, account):
        settings = account["settings"]
        self.gateway = account["gateway"]
        self.app_id, self.seller_id = settings["app_id"], settings["seller_id"]
        self.key = signing.load_private(_bytes(settings["app_private_key_file"]))
        self.client = Client(sandbox.base)
        self.more = {}
        if "app_cert_file" in settings:
            own = x509.load_pem_x509_certificate(_bytes(settings["app_cert_file"]))
            alipay = x509.load_pem_x509_certificate(_bytes(settings["alipay_cert_file"]))
            self.alipay_sn, self.public_key = certificate_sn(alipay), alipay.public_key()
            self.more = {"app_cert_sn": certificate_sn(own),
                         "alipay_root_cert_sn": root_sn(_bytes(settings["alipay_root_cert_file"]))}
        else:
            self.public_key = signing.load_public(_bytes(settings["alipay_public_key_file"]))

    def params(self, method, biz, key=None, **over):
        """All parameters of a call, signed; `over` changes them before, None leaves one out."""
        fields = {"app_id": self.app_id, "method": method, "format": "JSON", "charset": "utf-8",
                  "sign_type": "RSA2", "version": "1.0",
                  "timestamp": f"{datetime.datetime.now(_CHINA):%Y-%m-%d %H:%M:%S}",
                  "biz_content": json.dumps(biz, ensure_ascii=False), **self.more, **over}
        fields = {name: value for name, value in fields.items() if value is not None}
        fields.setdefault("sign", signing.rsa_sign(key or self.key, sorted_text(fields).encode()))
        return fields

    def call(self, method, biz, **over):
        """A server's call: public parameters in the URL, biz_content in a form."""
        return self.send(self.params(method, biz, **over))

    def send(self, fields):
        body = {name: value for name, value in fields.items() if name == "biz_content"}
        query = {name: value for name, value in fields.items() if name != "biz_content"}
        return self.client._exchange(
            "POST", "/gateway.do?" + urllib.parse.urlencode(query),
            urllib.parse.urlencode(body).encode(),
            {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}, 10)

    def page_url(self, method, biz, **over):
        return "/gateway.do?" + urllib.parse.urlencode(self.params(method, biz, **over))

    def node(self, answer, method):
        """(the node, whether its signature holds); None where the answer bears none."""
        name = method.replace(".", "_") + "_response"
        whole = answer.json
        if name not in whole:
            return whole["error_response"], None
        if "sign" not in whole:
            return whole[name], None
        signed = signed_node(answer.text, name)
        return whole[name], signing.rsa_verifies(self.public_key, signed.encode(), whole["sign"])


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()


def base64_pem(text):
    return x509.load_pem_x509_certificate(base64.b64decode(text))
