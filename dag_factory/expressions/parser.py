"""The grammar: one parser, by precedence, for the conditions of every dialect."""

from __future__ import annotations

from collections.abc import Callable

from dag_factory.expressions.errors import ExpressionError
from dag_factory.expressions.operand_parser import OperandParser
from dag_factory.expressions.precedence import (
    AND,
    COMPARISONS,
    CONDITIONAL,
    EQUALITY,
    OPERATORS,
    RELATION,
    SUM,
)
from dag_factory.expressions.syntax_tree import (
    And,
    Arithmetic,
    Call,
    Compare,
    Conditional,
    Holds,
    Literal,
    Matches,
    Node,
    Not,
    Or,
    Range,
    Subject,
    is_deeper_than,
)
from dag_factory.expressions.tokens import END, SYMBOL, WORD

MAX_LEVELS = 100
"""How deep a tree may be; one bracket can hold a few levels of operators."""


class Parser(OperandParser):
    """Reads one expression.

    :param text: the text that messages show and positions count in.
    :param start: where the expression begins.
    :param is_embedded: it ends at the ``}`` of its wrapper, not at the end of the text.
    :param counts_from_one: it is FEEL, where the first item of a list is number 1.
    :raises ExpressionError: by this and every other method.
    """

    def __init__(self, text: str, start: int, *, is_embedded: bool = False, counts_from_one: bool = False) -> None:
        super().__init__(text, start, is_embedded=is_embedded, counts_from_one=counts_from_one)

    def parse(self) -> Node:
        """Return the tree of the whole expression."""
        if self._token.kind == END:
            self._fail("the expression is empty; expected a value such as a name, a number or a string")
        return self._finish(self._parse_expression)

    def parse_unary_tests(self, subject: Node) -> Node:
        """Return the tree of FEEL unary tests about ``subject``."""
        return self._finish(lambda: self._unary_tests(subject))

    def _finish(self, parse: Callable[[], Node]) -> Node:
        start = self._token.start
        try:
            node = parse()
        except RecursionError:
            raise ExpressionError("the expression is nested too deeply", self._text, start) from None
        if self._token.kind != END:
            self._fail(f"expected an operator or the end, found {self._token}")
        if is_deeper_than(node, MAX_LEVELS):
            raise ExpressionError("the expression is nested too deeply", self._text, start)
        return node

    def _parse_expression(self) -> Node:
        """Parse one whole expression, as it stands in brackets."""
        self._enter()
        node = self._parse_operators(CONDITIONAL)
        self._nesting -= 1
        return node

    def _parse_operators(self, loosest: int) -> Node:
        """Parse an operand and every operator after it that binds at least as tightly as ``loosest``."""
        left = self._parse_operand()
        compared = 0
        while True:
            token = self._token
            if token.kind != SYMBOL and token.kind != WORD:
                return left
            level, operator = OPERATORS.get(token.value, (0, ""))
            if level < loosest:
                return left
            if level == compared:
                self._fail(f"comparisons do not chain; expected 'and' or 'or' before {token}")
            if level in (EQUALITY, RELATION):
                compared = level
                left = self._parse_comparison(left, level, operator)
            elif level >= SUM:
                left = self._parse_arithmetic(left, level)
            elif level > CONDITIONAL:
                left = self._parse_logic(left, level)
            else:
                left = self._parse_ternary(left)

    def _parse_logic(self, first: Node, level: int) -> Node:
        operands = [first]
        while self._level_here() == level:
            self._advance()
            operands.append(self._parse_operators(level + 1))
        return And(tuple(operands)) if level == AND else Or(tuple(operands))

    def _parse_arithmetic(self, first: Node, level: int) -> Node:
        rest = []
        while self._level_here() == level:
            operator = OPERATORS[self._advance().value][1]
            rest.append((operator, self._parse_operators(level + 1)))
        return Arithmetic(first, tuple(rest))

    def _level_here(self) -> int:
        token = self._token
        if token.kind != SYMBOL and token.kind != WORD:
            return 0
        return OPERATORS.get(token.value, (0, ""))[0]

    def _parse_ternary(self, condition: Node) -> Node:
        self._advance()
        then = self._parse_expression()
        self._expect(":", "between the two values of '? :'")
        return Conditional(condition, then, self._parse_expression())

    def _parse_comparison(self, left: Node, level: int, operator: str) -> Node:
        self._advance()
        if operator in COMPARISONS:
            return Compare(operator, left, self._parse_operators(level + 1))
        if operator == "between":
            low = self._parse_operators(SUM)
            self._expect("and", "between the bounds of 'between'")
            return Matches(left, (Range(low, self._parse_operators(SUM), True, True),))
        if operator == "in":
            return self._parse_in(left)
        self._expect("in", "after 'not'")
        return Not(self._parse_in(left))

    def _parse_in(self, subject: Node) -> Node:
        if self._is_range() or self._comparison_here():
            return Matches(subject, (self._parse_test(),))
        if self._skip("("):
            tests = self._parse_tests()
            self._expect(")", "after the values of 'in'")
            return Matches(subject, tests)
        return Call("contains", (self._parse_operators(SUM), subject))

    def _parse_tests(self) -> tuple[Node, ...]:
        self._enter()
        tests = [self._parse_test()]
        while self._skip(","):
            tests.append(self._parse_test())
        self._nesting -= 1
        return tuple(tests)

    def _parse_test(self) -> Node:
        if self._is_range():
            return self._parse_range()
        outer_has_subject, self._has_subject = self._has_subject, False
        self._test_depth += 1
        if operator := self._comparison_here():
            self._advance()
            test: Node = Holds(Compare(operator, Subject(), self._parse_operators(SUM)))
        else:
            test = self._parse_expression()
            test = Holds(test) if self._has_subject else test
        self._test_depth -= 1
        self._has_subject = outer_has_subject
        return test

    def _comparison_here(self) -> str:
        token = self._token
        operator = OPERATORS[token.value][1] if self._level_here() else ""
        return operator if operator in COMPARISONS else ""

    def _parse_range(self) -> Node:
        opening = self._advance().value
        self._enter()
        low = self._parse_operators(SUM)
        self._expect("..", "between the bounds of a range")
        high = self._parse_operators(SUM)
        self._nesting -= 1
        closing = self._token
        if not (self._skip("]") or self._skip(")") or self._skip("[")):
            self._fail(f"expected ']' or ')' after a range, found {closing}")
        return Range(low, high, opening == "[", closing.value == "]")

    def _unary_tests(self, subject: Node) -> Node:
        if self._token.kind == END:
            self._fail("the test is empty; expected a value, a comparison, a range or '-'")
        if self._is_at("-") and self._tokens[1].kind == END:
            self._advance()
            return Literal(True)
        is_negated = self._is_at("not") and self._tokens[1].value == "(" and self._closes_at_the_end(1)
        if is_negated:
            self._advance()
            self._advance()
        tests = Matches(subject, self._parse_tests())
        if not is_negated:
            return tests
        self._expect(")", "after the tests of 'not'")
        return Not(tests)

    def _closes_at_the_end(self, index: int) -> bool:
        depth = 0
        for position, token in enumerate(self._tokens[index:], index):
            if token.kind == SYMBOL:
                depth += (token.value == "(") - (token.value == ")")
                if depth == 0:
                    return self._tokens[position + 1].kind == END
        return False
