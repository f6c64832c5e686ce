"""What a tree must keep to beyond its grammar: known operators, fitting arguments, known fields."""

from collections.abc import Collection, Iterator
from typing import Final

from domain.expression.arguments import is_series, lag, objection
from domain.expression.kinds import Kind, mismatch, number_kind, result_kind
from domain.expression.operators import OPERATORS, WITHHELD, Memory, Operator
from domain.expression.problems import ExpressionProblem, quoted, suggestion
from domain.expression.reach import Reach, days_spanned
from domain.expression.room import lack_of_room
from domain.expression.tree import SECTOR, Call, Field, Grouping, Node, Number, walk
from domain.severity import Severity

STANDARD_FIELDS: Final = frozenset(
    {"open", "high", "low", "close", "volume", "vwap", "change", "factor"}
)
"""The columns that every Qlib market is expected to have."""


def operator_problems(tree: Node) -> Iterator[ExpressionProblem]:
    """Every operator and argument that the language does not know or Qlib could not compute."""
    if isinstance(tree, Number):
        message = "The expression is only a number; expected at least one field such as $close."
        yield _problem(message, tree)
    if isinstance(tree, Grouping):
        message = (
            f"The expression is only the word {SECTOR}, which has its place in "
            f"CSNeutralize(x, {SECTOR}); a field is written ${SECTOR}."
        )
        yield _problem(message, tree)
    yield from _Kinds().problems_of(tree)


def field_problems(tree: Node, known: Collection[str]) -> Iterator[ExpressionProblem]:
    """Every field that a market with the `known` ones lacks.

    A standard field that is lacking is a column of NaN in Qlib, hence a warning; any other is
    taken for a mistake.
    """
    for field in walk(tree):
        if not isinstance(field, Field) or field.name in known:
            continue
        if field.name in STANDARD_FIELDS:
            message = f"The market has no ${field.name}: the field is NaN on every day."
            yield _problem(message, field, Severity.WARNING)
        else:
            near = _hint(field.name, known)
            yield _problem(f"The market has no field {quoted('$' + field.name)}.{near}", field)


def _hint(name: str, known: Collection[str]) -> str:
    if name == SECTOR:
        return f" An instrument's sector has no dollar sign: CSNeutralize(x, {SECTOR})."
    return suggestion(name, sorted(known), prefix="$") or _all_fields(known)


def _all_fields(known: Collection[str]) -> str:
    return f" It has {', '.join(f'${name}' for name in sorted(known))}." if known else ""


def sector_problems(tree: Node) -> Iterator[ExpressionProblem]:
    """Every place that reads sectors, over members of whom none has one."""
    for grouping in walk(tree):
        if isinstance(grouping, Grouping):
            message = (
                "No member of the universe has a sector, so nobody can be compared within one; "
                "neutralise by an expression, or import the market with --sectors."
            )
            yield _problem(message, grouping)


def history_problems(tree: Node, days: int) -> Iterator[ExpressionProblem]:
    """Every window and shift that is longer than a market of so many trading days."""
    for node in walk(tree):
        if isinstance(node, Call) and (spanned := days_spanned(node)) > days:
            is_window = OPERATORS[node.operator].memory is Memory.WINDOW
            most = f"{days}" if is_window else f"{days - 1} days back or ahead"
            message = (
                f"{node.operator} spans {spanned:,} trading days here, and the market has "
                f"{days:,}; N may be at most {most}."
            )
            yield _problem(message, node)


def room_problems(tree: Node, days: int, instruments: int) -> Iterator[ExpressionProblem]:
    """The whole expression, where its cross-sections do not fit into memory."""
    if message := lack_of_room(tree, days, instruments):
        yield _problem(message, tree)


def ahead_problems(tree: Node, reach: Reach) -> Iterator[ExpressionProblem]:
    """A warning, at the furthest Ref, where the value of a day reads later days."""
    if reach.lookahead_days:
        days = f"{reach.lookahead_days} trading day{'s' if reach.lookahead_days > 1 else ''}"
        message = f"The expression looks {days} ahead: right for a label, wrong for a factor."
        refs = [node for node in walk(tree) if isinstance(node, Call) and node.operator == "Ref"]
        yield _problem(message, min(refs, key=lag), Severity.WARNING)


def _problem(message: str, node: Node, severity: Severity = Severity.ERROR) -> ExpressionProblem:
    return ExpressionProblem(message, node.start, node.end, severity)


class _Kinds:
    """One walk that finds the kinds of all nodes and what is wrong on the way."""

    def __init__(self) -> None:
        self._problems: list[ExpressionProblem] = []

    def problems_of(self, tree: Node) -> list[ExpressionProblem]:
        self._kind(tree)
        return self._problems

    def _kind(self, node: Node) -> Kind | None:
        """None where the node, or what it stands on, is at fault."""
        match node:
            case Field():
                return Kind.REAL
            case Number():
                return number_kind(node)
            case Grouping():
                return Kind.WHOLE
            case Call():
                return self._call_kind(node)

    def _call_kind(self, call: Call) -> Kind | None:
        kinds = [self._kind(argument) for argument in call.arguments]
        found = list(_call_problems(call))
        self._problems.extend(found)
        sound = [kind for kind in kinds if kind is not None]
        if found or len(sound) < len(kinds):
            return None
        parameters = OPERATORS[call.operator].parameters
        values = [
            kind
            for kind, parameter, argument in zip(sound, parameters, call.arguments, strict=True)
            if is_series(parameter, argument)
        ]
        if message := mismatch(call, values):
            self._problems.append(_problem(message, call))
            return None
        if call.operator == "Add" and set(values) == {Kind.TRUTH}:
            self._problems.append(_problem(_TRUTH_SUM, call, Severity.WARNING))
        return result_kind(call, values)


_TRUTH_SUM: Final = (
    "The sum of two truth values is whether either holds, as in Qlib; to count them write "
    "If(condition, 1, 0) for one."
)


def _call_problems(call: Call) -> Iterator[ExpressionProblem]:
    operator = OPERATORS.get(call.operator)
    if operator is None:
        yield _unknown_operator(call)
    elif len(call.arguments) != operator.arity:
        yield _wrong_arity(call, operator)
    else:
        yield from _argument_problems(call, operator)


def _unknown_operator(call: Call) -> ExpressionProblem:
    name = quoted(call.operator)
    if call.operator in WITHHELD:
        message = f"The operator {name} is not offered: {WITHHELD[call.operator]}."
    else:
        near = suggestion(call.operator, list(OPERATORS))
        message = f"There is no operator {name}; their names are case-sensitive.{near}"
    end = call.at + len(call.operator)
    return ExpressionProblem(message, call.at, end, Severity.ERROR)


def _wrong_arity(call: Call, operator: Operator) -> ExpressionProblem:
    count = f"{operator.arity} argument{'s' if operator.arity > 1 else ''}"
    message = f"{operator.signature} takes {count}, not {len(call.arguments)}."
    return _problem(message, call)


def _argument_problems(call: Call, operator: Operator) -> Iterator[ExpressionProblem]:
    pairs = list(zip(operator.parameters, call.arguments, strict=True))
    for parameter, argument in pairs:
        if message := objection(operator.name, parameter, argument):
            yield _problem(message, argument)
    values = [argument for parameter, argument in pairs if is_series(parameter, argument)]
    if len(values) > 1 and all(isinstance(argument, Number) for argument in values):
        message = f"{operator.name} of numbers alone; expected at least one field among them."
        yield _problem(message, call)
