"""Holds answers against docs/openapi.yaml (in the JSON subset of YAML): an operation, a status, a
media type or a field that the document does not know is a violation of the contract."""

import functools
import json
import pathlib
import re
import threading

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")

_lock = threading.Lock()
_violations = []


@functools.lru_cache(maxsize=None)
def load():
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=None)
def _templates():
    found = []
    for path in load()["paths"]:
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(path))
        found.append((path.count("{"), re.compile(pattern + r"\Z"), path))
    return sorted(found, key=lambda entry: entry[0])  # A literal path wins over a template.


def operation(method, target):
    """(path template, operation) of a request; operation is None where the method is not there."""
    path = target.split("?", 1)[0]
    for _, pattern, template in _templates():
        if pattern.match(path):
            item = load()["paths"][template]
            wanted = "get" if method == "HEAD" else method.lower()
            return template, item.get(wanted)
    return None, None


def resolve(node):
    """Follows a local $ref."""
    while "$ref" in node:
        target = load()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def observe(method, target, answer, sent=None):
    """Records what an answer does that the document does not say; `sent` is the request's JSON."""
    template, known = operation(method, target)
    complaint = []
    if known is None:
        if answer.status not in (400, 401, 403, 404, 405, 408, 413, 431):
            complaint.append(f"{method} {target} is not documented, but answered {answer.status}")
    else:
        _check_response(known, method, answer, complaint)
        if sent is not None and answer.status < 300:
            _check_request(known, sent, complaint)
    if complaint:
        with _lock:
            _violations.extend(f"{method} {template or target} -> {answer.status}: {text}"
                               for text in complaint)


def take_violations():
    """What has been found since the last call, each once."""
    with _lock:
        found = list(dict.fromkeys(_violations))
        _violations.clear()
    return found


def _check_response(known, method, answer, complaint):
    response = known["responses"].get(str(answer.status))
    if response is None:
        complaint.append(f"status is not documented; body {answer.text[:200]}")
        return
    content = resolve(response).get("content")
    if method == "HEAD" or not answer.body:
        return
    media = answer.headers.get("content-type", "").split(";")[0].strip()
    if not content or media not in content:
        complaint.append(f"media type {media!r} is not documented")
        return
    schema = content[media].get("schema")
    if schema and media.endswith("json"):
        problems = []
        validate(json.loads(answer.body), schema, "", problems)
        complaint.extend(problems[:5])


def _check_request(known, sent, complaint):
    """What the server took must be what the document says that it takes."""
    content = known.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        complaint.append(f"a body was taken that is not documented: {json.dumps(sent)[:100]}")
        return
    problems = []
    validate(sent, content["schema"], "", problems)
    complaint.extend(f"request {problem}" for problem in problems[:5])


_TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}


def validate(value, schema, at, problems):
    """The part of JSON Schema that the document uses. A property that is not named is a problem
    unless additionalProperties allows it: what the server says must be written down."""
    schema = resolve(schema)
    if "oneOf" in schema:
        _validate_one_of(value, schema["oneOf"], at, problems)
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        problems.append(f"{at or '/'}: {json.dumps(value)[:80]} is no {' or '.join(types)}")
        return
    if "enum" in schema and value not in schema["enum"]:
        problems.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        problems.append(f"{at}: {value!r} is not {schema['const']!r}")
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        problems.append(f"{at}: {value[:80]!r} does not match {schema['pattern']}")
    if isinstance(value, int) and value < schema.get("minimum", value):
        problems.append(f"{at}: {value} is below {schema['minimum']}")
    if isinstance(value, dict):
        _validate_object(value, schema, at, problems)
    if isinstance(value, list):
        for index, item in enumerate(value):
            validate(item, schema.get("items", {}), f"{at}/{index}", problems)


def _validate_one_of(value, choices, at, problems):
    attempts = []
    for choice in choices:
        found = []
        validate(value, choice, at, found)
        if not found:
            return
        attempts.append(found[0])
    problems.append(f"{at or '/'} fits none of the choices: {'; '.join(attempts)}")


def _validate_object(value, schema, at, problems):
    known = schema.get("properties", {})
    extra = schema.get("additionalProperties", "properties" not in schema)
    for name in schema.get("required", []):
        if name not in value:
            problems.append(f"{at}/{name} is missing")
    for name, member in value.items():
        if name in known:
            validate(member, known[name], f"{at}/{name}", problems)
        elif isinstance(extra, dict):
            validate(member, extra, f"{at}/{name}", problems)
        elif not extra:
            problems.append(f"{at}/{name} is not documented")
