#!/usr/bin/env python3
"""The house's rules over the whole tree: lint.py [RULE...]; without a name, all of them."""

import argparse
import sys
from pathlib import Path

from rules import abi, banned, coroutines, docs, layers, limits
from rules.tree import Tree

RULES = {
    "abi": abi.check,
    "banned": banned.check,
    "coroutines": coroutines.check,
    "docs": docs.check,
    "layers": layers.check,
    "limits": limits.check,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", nargs="*", metavar="RULE", help=", ".join(RULES))
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    chosen = parser.parse_args()
    if unknown := set(chosen.rules) - set(RULES):
        parser.error(f"no such rule: {', '.join(sorted(unknown))}")

    tree = Tree.of(chosen.root)
    violations = []
    for name in chosen.rules or RULES:
        violations += RULES[name](tree)
    for violation in sorted(violations):
        print(violation)
    print(f"lint: {len(tree.files)} files, {len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
