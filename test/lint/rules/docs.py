"""Documents against the tree: relative links lead somewhere, metrics are described."""

import posixpath
import re

from .tree import Violation

_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_METRIC = re.compile(r'\b(?:counter|gauge|histogram)\(\s*"(tollgate_[a-z0-9_]+)"')
METRICS_DOC = "docs/operations.md"


def prose(text):
    """Fenced blocks and code spans blanked: what stands there is no link."""
    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return _CODE.sub(spaces, _FENCE.sub(spaces, text))


def anchors(text):
    """The names that GitHub gives the headings."""
    made = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        made.add(re.sub(r"[^\w\- ]", "", heading).replace(" ", "-"))
    return made


def check_links(tree):
    texts = {f.path: f.text for f in tree.files}
    for file in tree.files:
        if file.suffix != ".md":
            continue
        for match in _LINK.finditer(prose(file.text)):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            folder = posixpath.dirname(file.path)
            full = posixpath.normpath(posixpath.join(folder, path)) if path else file.path
            if not tree.exists(full):
                message = f"the link leads nowhere: {target}"
                yield file.violation(match.start(), "docs", message)
            elif anchor and full in texts and anchor not in anchors(texts[full]):
                message = f"there is no heading for {target}"
                yield file.violation(match.start(), "docs", message)


def check_metrics(tree):
    doc = next((f.text for f in tree.files if f.path == METRICS_DOC), None)
    if doc is None:
        return
    seen = set()
    for file in tree.cpp("src/"):
        for match in _METRIC.finditer(file.text):
            name = match.group(1)
            if name not in seen and f"`{name}`" not in doc:
                message = f"{name} is not described in {METRICS_DOC}"
                yield file.violation(match.start(), "docs", message)
            seen.add(name)
    for number, line in enumerate(doc.split("\n"), 1):
        for name in re.findall(r"^\| `(tollgate_[a-z0-9_]+)`", line):
            if name not in seen:
                message = f"{name} is described but not in the code"
                yield Violation(METRICS_DOC, number, "docs", message)


def check(tree):
    return [*check_links(tree), *check_metrics(tree)]
