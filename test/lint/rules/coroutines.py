"""Forms of co_await that have cost others their memory.

- One co_await a statement: what is alive across a suspension should be seen at a glance.
- A lambda that is a coroutine reads its captures from the lambda object, not from the coroutine's
  frame: captured by value in a temporary, they are gone after the first suspension.
"""

import re

from .tree import closing

_AWAIT = re.compile(r"\bco_await\b")
_LAMBDA = re.compile(r"(?<![\w\])\"])\[(?!\[)")
_CORO = re.compile(r"\bco_(await|return|yield)\b")
_NAMED = re.compile(r"(\bauto\b|\bstd::function<[^;{}]*>)\s*[&\w]*\s*=\s*$")
_TAIL = re.compile(r"\s*(?:<[^<>{}]*>)?\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?"
                   r"\s*(?:mutable|noexcept|constexpr|\s)*(?:->[^{};]*)?\{")


def lambdas(code):
    """(start, capture text, body's brace, body's end) of each lambda expression."""
    for match in _LAMBDA.finditer(code):
        end = closing(code, match.start())
        tail = _TAIL.match(code, end + 1)
        if tail:
            brace = tail.end() - 1
            yield match.start(), code[match.start() + 1:end], brace, closing(code, brace)


def by_value(capture):
    parts = [part.strip() for part in re.split(r",(?![^(<{]*[)>}])", capture) if part.strip()]
    return [p for p in parts if not p.startswith("&") and p != "this"]


def without_lambdas(code):
    """Bodies of lambdas blanked: what is left belongs to the outer statement."""
    spans = [(brace, end) for _, _, brace, end in lambdas(code)]
    out = list(code)
    for brace, end in spans:
        for at in range(brace + 1, end):
            if out[at] != "\n":
                out[at] = " "
    return "".join(out)


def statements(code):
    """(start, text) between semicolons and braces; parentheses hold a for-statement together."""
    start = depth = 0
    for at, c in enumerate(code):
        if c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c in ";{}" and depth <= 0:
            yield start, code[start:at]
            start, depth = at + 1, 0


def doubled(file, code):
    """Statements with two co_await."""
    for start, text in statements(code):
        awaits = list(_AWAIT.finditer(text))
        if len(awaits) > 1 and not re.match(r"\s*for\b", text):
            yield file.violation(start + awaits[1].start(), "coroutines",
                                 "two co_await in one statement: name the first result")


def check(tree):
    found = []
    for file in tree.cpp("src/", "include/", "plugins/", "test/"):
        code = file.code
        if not _CORO.search(code):
            continue
        all_lambdas = list(lambdas(code))
        levels = [without_lambdas(code)]
        for _, _, brace, end in all_lambdas:
            before = re.sub(r"[^\n]", " ", code[:brace + 1])
            levels.append(before + without_lambdas(code[brace + 1:end]))
        for level in levels:
            found.extend(doubled(file, level))
        for start, capture, brace, end in all_lambdas:
            body = without_lambdas(code[brace + 1:end])
            if not (_CORO.search(body) and by_value(capture)):
                continue
            if _NAMED.search(code[max(0, start - 120):start]):
                continue
            found.append(file.violation(
                start, "coroutines",
                f"a coroutine lambda captures [{capture}] by value in a temporary: name it and let "
                "it outlive the await, or pass the values as parameters"))
    return sorted(set(found))
