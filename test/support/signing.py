"""Standard Webhooks 1.0 and WeChat Pay v3 signatures, written from their public descriptions."""

import base64
import functools
import hashlib
import hmac
import os
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .process import cached


def webhook_signature(secret, message_id, timestamp, body):
    """`v1,…` of Standard Webhooks 1.0: HMAC-SHA256 over id.timestamp.body."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def webhook_is_genuine(secret, headers, body, now=None, tolerance=300):
    """What a careful receiver checks: the three headers, the time, any one of the signatures."""
    message_id, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
    if not message_id or not timestamp or not timestamp.isdigit():
        return False
    if abs((now or time.time()) - int(timestamp)) > tolerance:
        return False
    wanted = webhook_signature(secret, message_id, timestamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(wanted, signature) for signature in given)


@functools.lru_cache(maxsize=None)
def rsa_key(name):
    """An RSA key by name: the same one for every test of this build."""
    def make(folder):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (folder / "key.pem").write_bytes(private_pem(key))
    return load_private((cached(f"rsa-{name}", make) / "key.pem").read_bytes())


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def load_public(pem):
    return serialization.load_pem_public_key(pem if isinstance(pem, bytes) else pem.encode())


def load_private(pem):
    return serialization.load_pem_private_key(pem if isinstance(pem, bytes) else pem.encode(), None)


def rsa_sign(key, message):
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def rsa_verifies(public_key, message, signature):
    try:
        public_key.verify(base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256())
        return True
    except (InvalidSignature, ValueError):
        return False


def wechat_request_message(method, target, timestamp, nonce, body):
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def wechat_answer_message(timestamp, nonce, body):
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def wechat_headers(key, serial, body, timestamp=None, nonce=None):
    """The headers of a signed WeChat answer or notice."""
    timestamp = str(int(time.time()) if timestamp is None else timestamp)
    nonce = nonce or os.urandom(16).hex()
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature": rsa_sign(key, wechat_answer_message(timestamp, nonce, body)),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def aead_encrypt(api_v3_key, plain, associated_data, nonce=None):
    """The `resource` of a notice: AES-256-GCM with the tag at the end."""
    nonce = nonce or os.urandom(6).hex()
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())
    return {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": associated_data,
            "ciphertext": base64.b64encode(sealed).decode()}


def aead_decrypt(api_v3_key, resource):
    return AESGCM(api_v3_key.encode()).decrypt(
        resource["nonce"].encode(), base64.b64decode(resource["ciphertext"]),
        resource.get("associated_data", "").encode())
