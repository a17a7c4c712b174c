"""Who may include whom.

app -> order, payment, notify, console -> api, outbox, journal, channel -> db, net -> base.
"""

import re

from .tree import Violation

GROUND = {"base"}
STORAGE = GROUND | {"db", "net"}
PLATFORM = STORAGE | {"api", "outbox", "journal", "channel"}

ALLOWED = {
    "base": set(),
    "db": GROUND,
    "net": GROUND,
    "api": STORAGE,
    "outbox": STORAGE,
    "journal": GROUND | {"db"},
    "channel": STORAGE | {"tollgate"},
    "order": PLATFORM | {"tollgate"},
    "payment": PLATFORM | {"tollgate"},
    "refund": PLATFORM | {"tollgate"},
    "reconciliation": PLATFORM | {"tollgate"},
    "notify": PLATFORM,
    "console": PLATFORM,
    "app": PLATFORM | {"order", "payment", "refund", "reconciliation", "notify", "console",
                       "tollgate"},
    "sandbox": {"base", "net"},
    "conformance": STORAGE | {"channel", "tollgate"},
}

# Third-party headers and the only folders that may include them. The longest prefix decides.
FENCED = {
    "boost/beast": {"net"},
    "soci/": {"db"},
    "sqlite3.h": {"db"},
    "openssl/": {"base", "net", "sandbox", "plugins"},
    "spdlog/": {"base"},
    "CLI/": {"app", "conformance", "sandbox"},
    "rapidjson/": {"app", "base", "plugins", "sandbox"},
}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def includes(file):
    for match in _INCLUDE.finditer(file.text):
        yield match.start(2), match.group(1) == '"', match.group(2)


def owner(path):
    """The layer a file belongs to: a module of src, "tollgate" (the SDK) or "plugins"."""
    parts = path.split("/")
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return {"include": "tollgate", "plugins": "plugins"}.get(parts[0], "")


def refusal(file, quoted, target):
    me = owner(file.path)
    for prefix, folders in FENCED.items():
        if target.startswith(prefix):
            if me in folders:
                return ""
            return f"only {', '.join(sorted(folders))} may include {prefix}"
    if not quoted or "/" not in target:
        return ""
    first = target.split("/")[0]
    if me == "tollgate":
        if first == "tollgate":
            return ""
        return "the SDK includes only itself and the standard library"
    if me == "plugins":
        mine = file.path.split("/")[1]
        if first in {"tollgate", "common", mine}:
            return ""
        return "a plugin includes include/tollgate, plugins/common and its own folder only"
    if first == me or first in ALLOWED.get(me, set()):
        return ""
    if first not in ALLOWED and first != "tollgate":
        return ""
    return f"{me} must not include {first}"


def check(tree):
    found = []
    for file in tree.cpp("src/", "include/", "plugins/"):
        layer = owner(file.path)
        if file.path.startswith("src/") and layer not in ALLOWED:
            message = f"src/{layer} has no place in the layers"
            found.append(Violation(file.path, 1, "layers", message))
            continue
        for offset, quoted, target in includes(file):
            if why := refusal(file, quoted, target):
                found.append(file.violation(offset, "layers", f'"{target}": {why}'))
    return found
