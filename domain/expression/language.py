"""Expressions: text that has been read, checked and given its one canonical form."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from domain.expression.checks import (
    ahead_problems,
    field_problems,
    history_problems,
    operator_problems,
    room_problems,
    sector_problems,
)
from domain.expression.limits import MAX_LENGTH, MAX_PROBLEMS
from domain.expression.operators import OPERATORS, Operator
from domain.expression.parser import parse_tree
from domain.expression.problems import ExpressionProblem, InvalidExpressionError
from domain.expression.reach import Reach, days_spanned, reach
from domain.expression.rendering import canonical
from domain.expression.tree import Call, Field, Grouping, Node, walk
from domain.severity import Severity


@dataclass(frozen=True, slots=True)
class Expression:
    """A factor, label or signal in the expression language.

    Two expressions are equal when their canonical texts are; only that text is ever
    computed. `fields` are sorted and without dollar signs.
    """

    canonical: str
    text: str = field(compare=False)
    tree: Node = field(compare=False, repr=False)
    fields: tuple[str, ...] = field(compare=False, repr=False)
    reach: Reach = field(compare=False, repr=False)

    @property
    def lookback_days(self) -> int | None:
        """Trading days before its own that a value reads; None where all of them."""
        return self.reach.lookback_days

    @property
    def lookahead_days(self) -> int:
        """Trading days after its own that a value reads."""
        return self.reach.lookahead_days

    @property
    def looks_ahead(self) -> bool:
        """Whether a value reads any later day."""
        return self.lookahead_days > 0

    @property
    def longest_span_days(self) -> int:
        """Trading days that a full value of the operator takes that takes most of them."""
        return max(map(days_spanned, walk(self.tree)))

    @property
    def is_cross_sectional(self) -> bool:
        """Whether a value depends on the other members of a universe, and so belongs to it."""
        return any(operator.is_cross_sectional for operator in self._operators())

    @property
    def needs_sectors(self) -> bool:
        """Whether a value depends on which sectors instruments are in."""
        return any(isinstance(node, Grouping) for node in walk(self.tree))

    @property
    def beyond_qlib(self) -> tuple[str, ...]:
        """The operators in it that Qlib lacks, sorted; if none, Qlib reads the canonical text."""
        return tuple(sorted({one.name for one in self._operators() if not one.is_qlibs}))

    def _operators(self) -> Iterator[Operator]:
        calls = (node for node in walk(self.tree) if isinstance(node, Call))
        return (OPERATORS[call.operator] for call in calls)


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read a text that must be an expression; the same few hundred are read again and again.

    Raises:
        InvalidExpressionError: It is not; the error holds every problem and its place.
    """
    expression, problems = check(text)
    if expression is None:
        raise InvalidExpressionError(_errors(problems))
    return expression


def check(
    text: str,
    known_fields: Collection[str] | None = None,
    has_sectors: bool = True,
    days: int | None = None,
    compared: int = 0,
) -> tuple[Expression | None, tuple[ExpressionProblem, ...]]:
    """Read any text and tell all its problems, in the order in which they stand in it.

    Args:
        text: Anything.
        known_fields: The market's fields, without dollar signs; None takes every field.
        has_sectors: Whether any of those who would be compared has a sector.
        days: How many trading days the market has; None takes every window.
        compared: How many instruments cross-sections would compare.

    Returns:
        The expression, or None where a problem is an ERROR; and the problems, at most 100.
    """
    try:
        tree = parse_tree(text)
    except InvalidExpressionError as invalid:
        return None, invalid.problems
    problems = list(islice(operator_problems(tree), MAX_PROBLEMS))
    if known_fields is not None:
        problems += islice(field_problems(tree, known_fields), MAX_PROBLEMS)
    if not has_sectors:
        problems += islice(sector_problems(tree), MAX_PROBLEMS)
    if days is not None and not _errors(problems):
        problems += islice(history_problems(tree, days), MAX_PROBLEMS)
        problems += room_problems(tree, days, compared)
    if _errors(problems):
        return None, _in_order(problems)
    expression = _expression(text, tree)
    if len(expression.canonical) > MAX_LENGTH:
        return None, (_too_long(expression),)
    problems += ahead_problems(tree, expression.reach)
    return expression, _in_order(problems)


def _expression(text: str, tree: Node) -> Expression:
    names = {node.name for node in walk(tree) if isinstance(node, Field)}
    return Expression(canonical(tree), text, tree, tuple(sorted(names)), reach(tree))


def _errors(problems: Collection[ExpressionProblem]) -> list[ExpressionProblem]:
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def _in_order(problems: Collection[ExpressionProblem]) -> tuple[ExpressionProblem, ...]:
    weights = list(Severity)
    worst_first = sorted(problems, key=lambda problem: -weights.index(problem.severity))
    kept = worst_first[:MAX_PROBLEMS]
    return tuple(sorted(kept, key=lambda problem: (problem.start, problem.end)))


def _too_long(expression: Expression) -> ExpressionProblem:
    message = (
        f"The canonical form, operators written as names, has {len(expression.canonical):,} "
        f"characters; at most {MAX_LENGTH:,} are read."
    )
    return ExpressionProblem(message, 0, len(expression.text), Severity.ERROR)
