"""The house's rules, one module each. A rule is a function check(tree) -> list of Violation."""
