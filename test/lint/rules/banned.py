"""Words that have no place, each with what to write instead."""

import re
from dataclasses import dataclass

from .tree import CPP, closing

PRODUCTION = ("src/", "include/", "plugins/")
MARKS = "|".join(["TO" + "DO", "FIX" + "ME"])
MARK_IN_COMMENT = "X" * 3  # elsewhere it is a currency that is none (ISO 4217)
MACHINE = "|".join(["/wo" + "rk/", "/tm" + "p/b-", "/ro" + "ot/", "/ho" + "me/"])


@dataclass(frozen=True)
class Ban:
    name: str
    pattern: re.Pattern
    instead: str
    folders: tuple = PRODUCTION
    free: tuple = ()          # prefixes of paths where it is allowed
    raw: bool = False         # look at comments and literals, too
    every_text: bool = False  # not only C and C++

    def concerns(self, file):
        if file.suffix not in CPP and not self.every_text:
            return False
        if file.path.startswith(self.free or "\0"):
            return False
        return file.path.startswith(self.folders or "")


def ban(name, pattern, instead, **more):
    return Ban(name, re.compile(pattern), instead, **more)


CLOCKS = ("src/base/", "src/net/")
BANS = [
    ban("float", r"\b(double|float)\b",
        "amounts and durations are integers (base/money, base/clock)"),
    ban("clock", r"\b(system_clock|high_resolution_clock|gettimeofday|clock_gettime)\b"
                 r"|\bsteady_clock\s*::\s*now\b|(?<![\w.>:])(std::)?time\s*\(\s*(nullptr|NULL|0|&)",
        "take a Clock (base/clock.hpp)", free=CLOCKS),
    ban("random", r"\b(std::rand|s?rand\s*\(|random_device|mt19937\w*)",
        "take a Random (base/random.hpp)", free=("src/base/",)),
    ban("environment", r"\b(secure_)?getenv\b", "settings come from src/app/config",
        free=("src/app/config", "src/app/systemd", "src/base/fault")),
    ban("detached", r"\bdetached\b|\bthread\s*[({][^;]*\.\s*detach\s*\(",
        "every coroutine and thread has an owner that joins it"),
    ban("dlclose", r"\bdlclose\b", "plugins are never unloaded"),
    ban("select-star", r"(?i)\bselect\s+\*", "name the columns", folders=("src/", "sql/"),
        raw=True, every_text=True),
    ban("unfinished", rf"\b({MARKS})\b|(?:#|//|/\*|--)\s*{MARK_IN_COMMENT}\b",
        "finish it, or open an issue", folders=(), raw=True, every_text=True),
    ban("machine-path", rf"(?<![\w.$}}])({MACHINE})", "no path of one machine belongs here",
        folders=(), raw=True, every_text=True),
]

_CATCH_ALL = re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)\s*\{")


def silent_catches(file):
    """catch (...) {} without a statement and without a comment that says why."""
    for match in _CATCH_ALL.finditer(file.code):
        end = closing(file.code, match.end() - 1)
        if not file.text[match.end():end].strip():
            message = "catch (...) swallows everything without a word why"
            yield file.violation(match.start(), "banned", message)


def check(tree):
    found = []
    for file in tree.files:
        for rule in BANS:
            if not rule.concerns(file):
                continue
            for match in rule.pattern.finditer(file.text if rule.raw else file.code):
                word = match.group(0).strip()
                found.append(file.violation(match.start(), "banned", f"{word}: {rule.instead}"))
        if file.suffix in CPP:
            found.extend(silent_catches(file))
        if file.text and not file.text.endswith("\n"):
            message = "no newline at the end of the file"
            found.append(file.violation(len(file.text), "banned", message))
    return found
