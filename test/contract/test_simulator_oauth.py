"""The simulator's WeChat authorisation judged alone: as strict about links, codes and secrets as
the real one is described to be."""

import pathlib
import unittest
import urllib.parse

from support.client import Client
from support.process import temp_dir
from support.sandbox import Sandbox

AGENT = "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0.40"
BACK = "https://pay.example.com/back?account=a"


class Authorisation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        handle = temp_dir(cls.__name__)
        cls.addClassCleanup(handle.cleanup)
        cls.sandbox = Sandbox(pathlib.Path(handle.name)).start()
        cls.addClassCleanup(cls.sandbox.stop)
        cls.main, cls.other = (a["openid"] for a in cls.sandbox.accounts("wechat"))
        cls.client = Client(cls.sandbox.base)

    def tearDown(self):
        self.sandbox.clear_faults()

    def authorise(self, agent=AGENT, app=None, **over):
        query = {"appid": (app or self.main)["app_id"], "redirect_uri": BACK,
                 "response_type": "code", "scope": "snsapi_base", "state": "a1", **over}
        return self.get("/connect/oauth2/authorize", query, agent)

    def get(self, path, query, agent="judge/1"):
        return self.client._exchange("GET", path + "?" + urllib.parse.urlencode(query), None,
                                     {"User-Agent": agent}, 10)

    def code(self, **over):
        answer = self.authorise(**over)
        self.assertEqual(answer.status, 302, answer)
        url = urllib.parse.urlsplit(answer.headers["location"])
        query = dict(urllib.parse.parse_qsl(url.query, strict_parsing=True))
        self.assertEqual((query.pop("account"), query.pop("state")), ("a", "a1"))
        return query["code"]

    def change(self, code, app=None, **over):
        app = app or self.main
        query = {"appid": app["app_id"], "secret": app["app_secret"], "code": code,
                 "grant_type": "authorization_code", **over}
        answer = self.get("/sns/oauth2/access_token", query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def test_a_buyer_has_one_openid_an_app(self):
        first = self.change(self.code())
        self.assertEqual((first["expires_in"], first["scope"]), (7200, "snsapi_base"))
        self.assertEqual(self.change(self.code())["openid"], first["openid"])
        self.assertNotEqual(self.change(self.code(agent=AGENT + " X"))["openid"], first["openid"])
        elsewhere = self.change(self.code(app=self.other), app=self.other)
        self.assertNotEqual(elsewhere["openid"], first["openid"])

    def test_a_code_is_good_once_for_five_minutes_and_for_its_app(self):
        code = self.code()
        self.assertEqual(self.change(code, app=self.other)["errcode"], 40029)
        self.assertIn("openid", self.change(code))
        self.assertEqual(self.change(code)["errcode"], 40163)
        self.assertEqual(self.change("0nothing")["errcode"], 40029)
        code = self.code()
        self.sandbox.shift_clock(301_000)
        try:
            self.assertEqual(self.change(code)["errcode"], 40029)
        finally:
            self.sandbox.shift_clock(-301_000)

    def test_what_is_wrong_is_told_by_number(self):
        code = self.code()
        for over, number in (({"appid": "wx0"}, 40013), ({"secret": "guess"}, 40125),
                             ({"grant_type": "refresh"}, 40002)):
            self.assertEqual(self.change(code, **over)["errcode"], number, over)
        self.assertEqual(self.change("")["errcode"], 41008)
        self.assertIn("openid", self.change(code))

    def test_links_that_wechat_would_not_open_lead_nowhere(self):
        wrong = [{"agent": "Mozilla/5.0 Chrome/120"}, {"appid": "wx0"}, {"scope": "snsapi_all"},
                 {"response_type": "token"}, {"redirect_uri": "/back"}, {"state": "a-b"},
                 {"state": "x" * 129}, {"extra": "1"}, {"redirect_uri": BACK + "#x"}]
        for over in wrong:
            with self.subTest(over):
                answer = self.authorise(**over)
                self.assertEqual(answer.status, 200, answer)
                self.assertIn("The link cannot be opened", answer.text)
        query = {"redirect_uri": BACK, "appid": self.main["app_id"], "response_type": "code",
                 "scope": "snsapi_base", "state": "a1"}
        answer = self.get("/connect/oauth2/authorize", query, AGENT)
        self.assertIn("in this order", answer.text)

    def test_faults_of_the_token(self):
        code = self.code()
        self.sandbox.fault("openid", "refuse", code="-1")
        self.assertEqual(self.change(code)["errcode"], -1)
        self.sandbox.fault("openid", "frequency")
        self.assertEqual(self.change(code)["errcode"], 45011)
        self.assertIn("openid", self.change(code))


if __name__ == "__main__":
    unittest.main()
