"""Sizes: lines of 100 columns, functions of 70 lines, files of 400 lines (tests: 600)."""

import re

from .tree import CPP, Violation, closing

COLUMNS = 100
FUNCTION_LINES = 70
FILE_LINES = 400
TEST_FILE_LINES = 600
WRAPPED = CPP | {".py", ".sh"}
CODE = WRAPPED | {".js", ".css", ".html", ".sql", ".cmake"}

_NAMESPACE = re.compile(r"(^|\s)(inline\s+)?namespace\b|\bextern\s*\"")
_RAW_LITERAL = re.compile(r'R"([^()\\\s]{0,16})\(.*?\)\1"', re.DOTALL)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", re.MULTILINE)
_TYPE = re.compile(r"(^|\s)(class|struct|union|enum)\b[^(]*$")


def is_script(file):
    return file.suffix == "" and file.text.startswith("#!")


def head_before(code, brace):
    """The text of the declaration that `brace` opens."""
    start = max(code.rfind(c, 0, brace) for c in ";{}")
    head = code[start + 1:brace]
    return start + 1, head


def functions(code):
    """(first offset, last offset) of each outermost function body, by its braces."""
    code = _DIRECTIVE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), code)
    at = code.find("{")
    while at != -1:
        start, head = head_before(code, at)
        if _NAMESPACE.search(head) or _TYPE.search(head):
            at = code.find("{", at + 1)
            continue
        end = closing(code, at)
        if "(" in head:
            first = start + len(code[start:at]) - len(code[start:at].lstrip())
            yield first, end
        at = code.find("{", end + 1)


def raw_lines(file):
    """Numbers of the lines in raw literals: style sheets, pictures and vectors are data."""
    lines = set()
    for match in _RAW_LITERAL.finditer(file.text) if file.suffix in CPP else ():
        lines.update(range(file.line_of(match.start()), file.line_of(match.end()) + 1))
    return lines


def check(tree):
    found = []
    for file in tree.files:
        if file.suffix not in CODE and not is_script(file):
            continue
        lines = file.text.split("\n")
        limit = TEST_FILE_LINES if file.path.startswith("test/") else FILE_LINES
        if len(lines) - 1 > limit:
            found.append(Violation(file.path, limit + 1, "limits",
                                   f"{len(lines) - 1} lines, {limit} allowed: split the file"))
        wrapped = file.suffix in WRAPPED or is_script(file)
        long_lines = [n for n, line in enumerate(lines, 1) if wrapped and len(line) > COLUMNS]
        exempt = raw_lines(file) if long_lines else ()
        for number in long_lines:
            if number not in exempt:
                found.append(Violation(file.path, number, "limits",
                                       f"{len(lines[number - 1])} columns, {COLUMNS} allowed"))
        if file.suffix in CPP:
            for first, last in functions(file.code):
                length = file.line_of(last) - file.line_of(first) + 1
                if length > FUNCTION_LINES:
                    found.append(file.violation(
                        first, "limits",
                        f"a function of {length} lines, {FUNCTION_LINES} allowed: split it"))
    return found
