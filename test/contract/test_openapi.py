"""docs/openapi.yaml against the running server: what it names is there, and guarded as it says.
That answers fit it is checked in every other test, at each request (support/openapi.py)."""

import json
import re
import unittest

from support import openapi
from support.stack import MockCase

# An id that is nowhere; a token and a name that could be one.
SAMPLES = {"id": "1", "pay_no": "1", "goods_id": "goods-1", "account_id": "wx-main",
           "token": "A" * 32}


def operations():
    for path, item in openapi.load()["paths"].items():
        for method, operation in item.items():
            if method in openapi.METHODS:
                yield method.upper(), path, operation


def filled(path):
    return re.sub(r"\{([a-z_]+)\}", lambda match: SAMPLES[match.group(1)], path)


class Document(unittest.TestCase):
    def walk(self, node, at=""):
        yield at, node
        children = node.items() if isinstance(node, dict) else (
            enumerate(node) if isinstance(node, list) else ())
        for name, child in children:
            yield from self.walk(child, f"{at}/{name}")

    def test_it_is_openapi_3_1(self):
        document = openapi.load()
        self.assertTrue(document["openapi"].startswith("3.1."))
        self.assertTrue({"title", "version"} <= set(document["info"]))

    def test_every_reference_leads_somewhere(self):
        for at, node in self.walk(openapi.load()):
            if isinstance(node, dict) and isinstance(node.get("$ref"), str):
                try:
                    openapi.resolve(node)
                except KeyError:
                    self.fail(f"{at}: {node['$ref']}")

    def test_every_component_is_used(self):
        text = json.dumps(openapi.load())
        for kind, components in openapi.load()["components"].items():
            for name in components:
                used = f'"#/components/{kind}/{name}"' in text or kind == "securitySchemes"
                self.assertTrue(used, f"{kind}/{name}")

    def test_operations_have_a_name_of_their_own_answers_and_their_parameters(self):
        names = [operation["operationId"] for _, _, operation in operations()]
        self.assertEqual(len(names), len(set(names)))
        for method, path, operation in operations():
            with self.subTest(f"{method} {path}"):
                self.assertTrue(any(code[0] in "23" for code in operation["responses"]))
                declared = openapi.load()["paths"][path].get("parameters", [])
                self.assertEqual([p["name"] for p in declared], re.findall(r"\{([a-z_]+)\}", path))


class Walk(MockCase):
    def test_the_server_serves_this_document(self):
        answer = self.open.get("/openapi.json")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json, openapi.load())

    def test_every_operation_is_there(self):
        for method, path, operation in operations():
            with self.subTest(f"{method} {path}"):
                body = {} if "requestBody" in operation else None
                if path.endswith("/events") and "token" in path:
                    continue  # A stream; it has tests of its own.
                answer = self.admin.request(method, filled(path), body)
                self.assertNotEqual(answer.status, 405, answer)
                self.assertNotEqual(answer.code, "not_found", answer)

    def test_keys_and_roles_are_asked_for_as_it_says(self):
        for method, path, operation in operations():
            with self.subTest(f"{method} {path}"):
                guarded = path.startswith("/v1/")
                self.assertEqual("security" in operation, guarded)
                if not guarded:
                    continue
                body = {} if "requestBody" in operation else None
                self.expect(self.open.request(method, filled(path), body), 401)
                merchant = self.merchant.request(method, filled(path), body)
                if operation["x-role"] == "admin":
                    self.expect(merchant, 403)
                else:
                    self.assertNotIn(merchant.status, (401, 403))

    def test_a_method_that_it_does_not_name_is_not_there(self):
        known = {(method, path) for method, path, _ in operations()}
        for path in openapi.load()["paths"]:
            for method in ("PUT", "DELETE", "PATCH", "POST"):
                if (method, path) not in known:
                    with self.subTest(f"{method} {path}"):
                        answer = self.admin.request(method, filled(path),
                                                    {} if method != "DELETE" else None)
                        self.assertEqual(answer.status, 405, answer)

    def test_events_that_webhooks_may_ask_for_are_the_ones_it_names(self):
        for name in openapi.load()["components"]["schemas"]["EventType"]["enum"]:
            self.webhook("/types", [name])


if __name__ == "__main__":
    unittest.main()
