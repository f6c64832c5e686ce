"""From expressions to a plan: steps in order, each of them once however often it is named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from compute.engine.kinds import (
    FLOAT32,
    FLOAT64,
    GAPPED,
    LARGEST_WHOLE,
    TRUTH,
    WHOLE,
    Kind,
    Number,
    common,
    of_ufunc,
)
from compute.engine.steps import (
    FIELD,
    OBSERVED,
    UNLESS_FLAT,
    WIDENED,
    Input,
    Literal,
    Step,
)
from domain.expression import OPERATORS, Expression
from domain.expression.rendering import canonical
from domain.expression.room import is_crossing
from domain.expression.tree import Call, Field, Grouping, Node, walk
from domain.expression.tree import Number as NumberNode

UFUNCS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Add": "add",
        "Sub": "subtract",
        "Mul": "multiply",
        "Div": "divide",
        "Power": "power",
        "Greater": "maximum",
        "Less": "minimum",
        "Abs": "abs",
        "Log": "log",
        "Gt": "greater",
        "Ge": "greater_equal",
        "Lt": "less",
        "Le": "less_equal",
        "Eq": "equal",
        "Ne": "not_equal",
    }
)
"""The NumPy function that each operator is, where it is one."""

COMPARISONS: Final = frozenset({"Gt", "Ge", "Lt", "Le", "Eq", "Ne"})
WINDOWS: Final = frozenset(
    {"Sum", "Std", "Var", "Skew", "Kurt", "Max", "Min", "IdxMax", "IdxMin", "Med", "Mad"}
    | {"Rank", "WMA", "Cov", "DecayLinear", "TsArgMax", "TsArgMin", "Product"}
)
_REGRESSIONS: Final = frozenset({"Slope", "Rsquare", "Resi"})


class UnplannableError(Exception):
    """An expression has a step that only Qlib itself computes; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps, each after its inputs; `roots` are the places of the expressions' own values."""

    steps: tuple[Step, ...]
    roots: tuple[int, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields and cross-sections that are read, ascending."""
        return tuple(sorted({step.field for step in self.steps if step.operator == FIELD}))


def plan(trees: Sequence[Node]) -> Plan:
    """Plan some expressions together, so that what they share is computed once.

    A cross-section is read like a field, its name being its canonical text: whoever has the plan
    evaluated computes it before.

    Raises:
        UnplannableError: One of them has a step that is not planned.
    """
    planner = _Planner()
    roots = tuple(planner.root(tree) for tree in trees)
    return Plan(tuple(planner.steps), roots)


def is_plannable(expression: Expression) -> bool:
    """Whether the engine computes an expression; else Qlib itself does."""
    return why_unplannable(expression) is None


def why_unplannable(expression: Expression) -> str | None:
    """What only Qlib itself computes of an expression, as a sentence without its full stop.

    None where the engine computes all of it, what its cross-sections compare included.
    """
    try:
        plan([expression.tree, *_compared(expression.tree)])
    except UnplannableError as error:
        return str(error)
    return None


def _compared(tree: Node) -> Iterator[Node]:
    """What the cross-sections of an expression compare."""
    for node in walk(tree):
        if isinstance(node, Call) and is_crossing(node):
            yield from (one for one in node.arguments if isinstance(one, Call | Field))


@dataclass(slots=True)
class _Planner:
    """Steps by what they are, so that none is there twice."""

    steps: list[Step] = field(default_factory=list)
    _places: dict[Step, int] = field(default_factory=dict)
    _largest: dict[int, Number] = field(default_factory=dict)
    """Bounds of the magnitude of steps that give whole numbers or truth values."""

    def root(self, tree: Node) -> int:
        place = self._lowered(tree)
        assert isinstance(place, int)  # an expression is more than a number
        return place

    def _add(
        self,
        operator: str,
        inputs: Sequence[Input],
        kind: Kind,
        numbers: Sequence[Number] = (),
        name: str = "",
    ) -> int:
        step = Step(operator, tuple(inputs), tuple(numbers), kind, name)
        place = self._places.setdefault(step, len(self.steps))
        if place == len(self.steps):
            self.steps.append(step)
        return place

    def _lowered(self, node: Node) -> Input:
        match node:
            case Field(name=name):
                return self._add(FIELD, (), FLOAT32, name=name)
            case NumberNode(value=value):
                return Literal(value, isinstance(value, int))
            case Call():
                return self._call(node)
            case Grouping():
                raise UnplannableError("Only a cross-section takes a grouping")

    def _call(self, call: Call) -> int:
        lower: Callable[[str, list[Input]], int]
        name = call.operator
        if OPERATORS[name].is_cross_sectional:
            return self._add(FIELD, (), FLOAT64, name=canonical(call))
        inputs = [self._lowered(argument) for argument in call.arguments]
        if name in UFUNCS:
            lower = self._elementwise
        elif name in WINDOWS:
            lower = self._window
        elif name in _REGRESSIONS:
            lower = self._regression
        else:
            lower = getattr(self, f"_{name.lower()}", self._unknown)
        return lower(name, inputs)

    def _unknown(self, name: str, inputs: list[Input]) -> int:
        raise UnplannableError(f"{name} is not planned")

    def _kinds(self, inputs: Sequence[Input]) -> list[Kind | Number]:
        return [one.value if isinstance(one, Literal) else self.steps[one].kind for one in inputs]

    # ---- one day at a time -----------------------------------------------------------------

    def _elementwise(self, name: str, inputs: list[Input]) -> int:
        kinds = self._kinds(inputs)
        if name in COMPARISONS:
            return self._add(name, inputs, TRUTH)
        if name == "Log" and kinds[0] == TRUTH:
            raise UnplannableError("The logarithm of a truth value has half precision in NumPy")
        place = self._add(name, inputs, of_ufunc(UFUNCS[name], kinds))
        self._bound(name, place, inputs)
        return place

    def _bound(self, name: str, place: int, inputs: list[Input]) -> None:
        """Keep to whole numbers that a float64 holds; NumPy's go on, and wrap."""
        if self.steps[place].kind not in (TRUTH, WHOLE):
            return
        bounds = [
            abs(one.value) if isinstance(one, Literal) else self._largest.get(one, 1)
            for one in inputs
        ]
        match name:
            case "Add" | "Sub" | "Delta":
                largest = sum(bounds)
            case "Mul":
                largest = bounds[0] * bounds[1]
            case "Power":
                largest = float(bounds[0]) ** min(bounds[1], 1024)
            case _:
                largest = max(bounds)
        if largest > LARGEST_WHOLE:
            raise UnplannableError(f"{name} of whole numbers may be beyond 2**53")
        self._largest[place] = largest

    def _signedpower(self, name: str, inputs: list[Input]) -> int:
        wide = [one if isinstance(one, Literal) else self._widened(one) for one in inputs]
        return self._add(name, wide, FLOAT64)

    def _sign(self, name: str, inputs: list[Input]) -> int:
        return self._add(name, inputs, FLOAT32)

    def _and(self, name: str, inputs: list[Input]) -> int:
        return self._add(name, inputs, TRUTH)

    _or = _not = _and

    def _if(self, name: str, inputs: list[Input]) -> int:
        place = self._add(name, inputs, common(self._kinds(inputs[1:])))
        self._bound(name, place, inputs[1:])
        return place

    # ---- shifts ----------------------------------------------------------------------------

    def _ref(self, name: str, inputs: list[Input]) -> int:
        [x], [days] = self._split(inputs, 1)
        kind = self.steps[x].kind
        if days == 0:
            place = self._add(name, [x], kind, [days])
            self._bound(name, place, [x])
            return place
        moved = {TRUTH: GAPPED, WHOLE: FLOAT64}
        return self._add(name, [x], moved.get(kind, kind), [days])

    def _delta(self, name: str, inputs: list[Input]) -> int:
        [x], [days] = self._split(inputs, 1)
        kind = self.steps[x].kind
        place = self._add(name, [x], FLOAT64 if days and kind == WHOLE else kind, [days])
        self._bound(name, place, [x, x])
        return place

    # ---- windows ---------------------------------------------------------------------------

    def _split(self, inputs: list[Input], series: int) -> tuple[list[int], list[Number]]:
        """Steps, then the literal numbers behind them."""
        steps = [one for one in inputs[:series] if isinstance(one, int)]
        numbers = [one.value for one in inputs[series:] if isinstance(one, Literal)]
        return steps, numbers

    def _observed(self, place: int) -> int:
        return self._add(OBSERVED, [place], FLOAT64)

    def _widened(self, place: int) -> int:
        return self._add(WIDENED, [place], FLOAT64)

    def _window(self, name: str, inputs: list[Input]) -> int:
        steps, numbers = self._split(inputs, len(inputs) - 1)
        return self._add(name, [self._observed(one) for one in steps], FLOAT64, numbers)

    def _count(self, name: str, inputs: list[Input]) -> int:
        steps, numbers = self._split(inputs, 1)
        return self._add(name, steps, FLOAT64, numbers)

    def _mean(self, name: str, inputs: list[Input]) -> int:
        _, [window] = self._split(inputs, 1)
        return self._window("Mean" if window == 0 or window >= 1 else "Ewm", inputs)

    def _ema(self, name: str, inputs: list[Input]) -> int:
        _, [span] = self._split(inputs, 1)
        if 0 < span < 1:
            return self._window("Ewm", inputs)
        return self._window("EMA", inputs)

    def _quantile(self, name: str, inputs: list[Input]) -> int:
        [x], [window, level] = self._split(inputs, 1)
        if level in (0, 1):
            extreme = "Max" if level else "Min"
            return self._add(extreme, [self._observed(x)], FLOAT64, [window])
        return self._add(name, [self._observed(x)], FLOAT64, [window, level])

    def _regression(self, name: str, inputs: list[Input]) -> int:
        [x], [window] = self._split(inputs, 1)
        fitted = self._add(name, [self._widened(x)], FLOAT64, [window])
        if name != "Rsquare" or window == 0:
            return fitted
        return self._add(UNLESS_FLAT, [fitted, self._spread(x, window)], FLOAT64)

    def _corr(self, name: str, inputs: list[Input]) -> int:
        [x, y], [window] = self._split(inputs, 2)
        observed = [self._observed(x), self._observed(y)]
        correlated = self._add(name, observed, FLOAT64, [window])
        spreads = [self._spread(one, window) for one in (x, y)]
        return self._add(UNLESS_FLAT, [correlated, *spreads], FLOAT64)

    def _spread(self, place: int, window: Number) -> int:
        return self._add("Std", [self._observed(place)], FLOAT64, [window])
