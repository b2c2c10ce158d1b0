"""How tightly operators bind, and how each dialect writes them."""

CONDITIONAL, OR, AND, EQUALITY, RELATION, SUM, PRODUCT = range(1, 8)
"""Precedences, loosest first; signs, members and calls bind tighter than all of these."""

OPERATORS: dict[str, tuple[int, str]] = {
    "?": (CONDITIONAL, "?"),
    "or": (OR, "or"),
    "||": (OR, "or"),
    "and": (AND, "and"),
    "&&": (AND, "and"),
    "==": (EQUALITY, "=="),
    "=": (EQUALITY, "=="),
    "eq": (EQUALITY, "=="),
    "!=": (EQUALITY, "!="),
    "<>": (EQUALITY, "!="),
    "ne": (EQUALITY, "!="),
    "<": (RELATION, "<"),
    "lt": (RELATION, "<"),
    "<=": (RELATION, "<="),
    "le": (RELATION, "<="),
    ">": (RELATION, ">"),
    "gt": (RELATION, ">"),
    ">=": (RELATION, ">="),
    "ge": (RELATION, ">="),
    "in": (RELATION, "in"),
    "not": (RELATION, "not in"),
    "between": (RELATION, "between"),
    "+": (SUM, "+"),
    "-": (SUM, "-"),
    "*": (PRODUCT, "*"),
    "/": (PRODUCT, "/"),
    "div": (PRODUCT, "/"),
    "%": (PRODUCT, "%"),
    "mod": (PRODUCT, "%"),
}
"""Each way to write an operator: its precedence and its canonical form."""

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
"""The canonical forms of the operators that a test may begin with."""
