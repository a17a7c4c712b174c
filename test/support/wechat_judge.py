"""WeChat Pay v3 from its public description, to judge the simulator by."""

import json
import os
import time

from . import signing
from .client import Client
from .stack import unique


class MerchantClient:
    """Signs requests and verifies answers as the public description of WeChat Pay v3 says."""

    def __init__(self, sandbox, account, own_key):
        settings = account["settings"]
        self.app_id, self.mch_id = settings["app_id"], settings["mch_id"]
        self.serial, self.api_v3_key = settings["merchant_serial"], settings["api_v3_key"]
        self.platform_id = settings.get("platform_public_key_id")
        self.key = signing.load_private(sandbox.key_text(own_key))
        self.client = Client(sandbox.base)
        self.platform = signing.load_public(sandbox.key_text("platform_public_key.pem"))

    def send(self, method, target, body=None, **wrong):
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        stamp = str(wrong.get("timestamp", int(time.time())))
        nonce = os.urandom(16).hex()
        message = signing.wechat_request_message(method, wrong.get("signed_target", target), stamp,
                                                 nonce, data)
        signature = signing.rsa_sign(wrong.get("key", self.key), message)
        authorization = (f'WECHATPAY2-SHA256-RSA2048 mchid="{self.mch_id}",nonce_str="{nonce}",'
                         f'signature="{signature}",timestamp="{stamp}",'
                         f'serial_no="{wrong.get("serial", self.serial)}"')
        headers = {"Authorization": authorization, "Accept": "application/json",
                   "User-Agent": "judge/1", "Content-Type": "application/json"}
        if self.platform_id:  # Answers are signed with the key that the request names.
            headers["Wechatpay-Serial"] = self.platform_id
        return self.client._exchange(method, target, data or None, headers, 10)

    def verifies(self, answer, key=None):
        message = signing.wechat_answer_message(answer.headers["wechatpay-timestamp"],
                                                answer.headers["wechatpay-nonce"], answer.body)
        return signing.rsa_verifies(key or self.platform, message,
                                    answer.headers["wechatpay-signature"])

    def order(self, address, **over):
        body = {"appid": self.app_id, "mchid": self.mch_id, "description": "判",
                "notify_url": address, "out_trade_no": unique("T").replace("-", "")[:32],
                "amount": {"total": 100, "currency": "CNY"}}
        body.update(over)
        return body
