"""The plugin boundary stays small: 400 lines, ten functions, one symbol that names the major."""

import re

from .tree import Violation

HEADER = "include/tollgate/channel_abi.h"
LINES = 400
FUNCTIONS = 10

_STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;", re.DOTALL)
_POINTER = re.compile(r"\(\s*\*\s*\w+\s*\)\s*\(")
# They stand in arrays, so their size is fixed for a major and needs no telling.
FIXED = {"tg_span", "tg_header"}


def check(tree):
    header = next((f for f in tree.files if f.path == HEADER), None)
    if header is None:
        return []
    found = []
    lines = header.text.count("\n")
    if lines > LINES:
        found.append(Violation(HEADER, LINES + 1, "abi", f"{lines} lines, {LINES} allowed"))
    pointers = len(_POINTER.findall(header.code))
    if pointers > FUNCTIONS:
        message = f"{pointers} function pointers, {FUNCTIONS} allowed"
        found.append(Violation(HEADER, 1, "abi", message))
    for match in _STRUCT.finditer(header.code):
        name, body = match.groups()
        first = body.strip().split(";")[0].split()
        exempt = name in FIXED or name == "tg_plugin" and "struct_size" in body
        if not exempt and first != ["uint32_t", "struct_size"]:
            message = f"{name} must begin with uint32_t struct_size"
            found.append(header.violation(match.start(), "abi", message))
    major = re.search(r"#define TG_ABI_MAJOR (\d+)", header.text)
    if major and f"TG_PLUGIN_ENTRY tollgate_channel_plugin_v{major.group(1)}\n" not in header.text:
        message = "the entry symbol does not carry the major version"
        found.append(Violation(HEADER, 1, "abi", message))
    return found
