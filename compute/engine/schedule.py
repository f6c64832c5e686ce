"""In what company the steps of a plan are computed, and how often each is read."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from compute.engine.plan import Plan
from compute.engine.steps import Step

_ALL_WINDOWS = frozenset({"Max", "Min", "IdxMax", "IdxMin", "Rank"})
"""Operators whose windows over one series are computed in one pass."""
_REGRESSIONS = frozenset({"Slope", "Rsquare", "Resi"})


@dataclass(frozen=True, slots=True)
class Schedule:
    """How to go through a plan.

    Attributes:
        plan: The plan.
        companies: By place, the places of all steps that one kernel computes together with it,
            itself among them.
        readings: By place, how many inputs of steps and roots it is.
    """

    plan: Plan
    companies: Mapping[int, tuple[int, ...]]
    readings: Mapping[int, int]

    def company(self, place: int) -> tuple[int, ...]:
        """The places that are computed with a place, in the order in which a kernel takes them."""
        return self.companies.get(place, (place,))


def schedule(plan: Plan) -> Schedule:
    """Find the company and the readings of each step."""
    readings = Counter(plan.roots)
    sharing: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, step in enumerate(plan.steps):
        readings.update(one for one in step.inputs if isinstance(one, int))
        if (what := _shared(step)) is not None:
            sharing[what].append(place)
    companies = {}
    for places in sharing.values():
        ordered = tuple(sorted(places, key=lambda place: _order(plan.steps[place])))
        companies.update(dict.fromkeys(places, ordered))
    return Schedule(plan, companies, readings)


def _shared(step: Step) -> Hashable | None:
    """What steps must have in common to be computed in one pass."""
    if step.operator in _ALL_WINDOWS:
        return step.operator, step.inputs
    if step.operator == "Quantile":
        return step.operator, step.inputs, step.numbers[0]
    if step.operator in _REGRESSIONS:
        return "regression", step.inputs, step.numbers
    return None


def _order(step: Step) -> tuple[str, float, float]:
    """By window, the expanding one last; then by level."""
    window, *rest = step.numbers
    return step.operator, window or float("inf"), rest[0] if rest else 0
