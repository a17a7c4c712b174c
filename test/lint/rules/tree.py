"""What the rules read: the project's files, and C++ text without its comments and literals."""

import re
from dataclasses import dataclass, field
from pathlib import Path

CPP = {".cpp", ".hpp", ".c", ".h"}
TEXT = CPP | {".py", ".md", ".sh", ".cmake", ".txt", ".json", ".sql", ".html", ".css", ".js",
              ".yaml", ".yml", ".service", ".conf", ""}
SKIPPED = {".git", ".cache", "__pycache__", "data", "node_modules", "corpus"}


@dataclass(frozen=True, order=True)
class Violation:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


@dataclass
class File:
    path: str  # relative to the root, with slashes
    text: str
    _code: str = field(default="", repr=False)

    @property
    def suffix(self):
        return Path(self.path).suffix

    @property
    def code(self):
        """The text with comments and literals blanked; same lines, same columns."""
        if not self._code:
            self._code = blank(self.text)
        return self._code

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def violation(self, offset, rule, message):
        return Violation(self.path, self.line_of(offset), rule, message)


class Tree:
    """The files of a project, or the few that a test hands in."""

    def __init__(self, files, root=None):
        self.files = [File(path, text) for path, text in sorted(files.items())]
        self.root = root

    @classmethod
    def of(cls, root):
        files = {}
        for path in Path(root).rglob("*"):
            relative = path.relative_to(root)
            if any(part in SKIPPED or part.startswith("build") for part in relative.parts[:-1]):
                continue
            if path.suffix not in TEXT or not path.is_file() or path.is_symlink():
                continue
            raw = path.read_bytes()
            if b"\0" not in raw:
                files[relative.as_posix()] = raw.decode("utf-8", "replace")
        return cls(files, Path(root))

    def cpp(self, *folders):
        return [f for f in self.files if f.suffix in CPP and f.path.startswith(folders or "")]

    def exists(self, path):
        if self.root is not None:
            return (self.root / path).exists()
        return any(f.path == path or f.path.startswith(path.rstrip("/") + "/") for f in self.files)


_LITERAL = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def blank(text):
    """Comments and literals become spaces; line ends and quotes stay."""

    def spaces(match):
        found = match.group(0)
        inner = re.sub(r"[^\n]", " ", found)
        return '"' + inner[1:-1] + '"' if found[0] in "\"R" and len(inner) > 1 else inner

    return _LITERAL.sub(spaces, text)


def closing(code, opener):
    """The offset of the bracket that closes the one at `opener`; the text's end where none does."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    depth = []
    for at in range(opener, len(code)):
        c = code[at]
        if c in pairs:
            depth.append(pairs[c])
        elif depth and c == depth[-1]:
            depth.pop()
            if not depth:
                return at
    return len(code) - 1
