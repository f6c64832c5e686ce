"""Evaluates expressions that compare instruments: cross-sections first, then what rests on them.

A cross-section needs all instruments of a day, where windows need all days of an instrument. So
the innermost are computed as whole panels, those around them next, and at last the expressions
themselves, which read them like fields.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from compute.engine import sections
from compute.engine.panel_evaluation import FieldPanel, Sink, evaluate, panels_of
from compute.engine.plan import plan
from compute.engine.sections import Members, Panel, Sectors
from compute.engine.spans import Spans
from domain.expression.rendering import canonical
from domain.expression.room import is_crossing
from domain.expression.tree import Call, Grouping, Node, Number, walk

FieldReader = Callable[[Iterable[str]], Mapping[str, FieldPanel]]
"""Reads fields of the market by name, all of one shape (days, instruments)."""


@dataclass(frozen=True, slots=True, eq=False)
class Universe:
    """Who is compared with whom.

    Attributes:
        members: Who belongs to it on which day, shape (days, instruments).
        sectors: Numbers from 0, -1 where an instrument has none; shape (instruments,).
    """

    members: Members
    sectors: Sectors


def evaluate_all(
    trees: Sequence[Node],
    read: FieldReader,
    universe: Universe | None,
    sink: Sink,
    threads: int | None = None,
    done: Callable[[int], None] = lambda _: None,
) -> None:
    """Compute expressions, cross-sections among them; as `panel_evaluation.evaluate`.

    Args:
        trees: The expressions.
        read: Reads what they are made of.
        universe: Whom cross-sections compare; None where there are none.
        sink: Is given what was computed.
        threads: How many tiles are computed at a time; None is one for each core.
        done: Is told now and then how many instruments have been begun.

    Raises:
        UnplannableError: An expression has a step that only Qlib computes.
    """
    crossed: dict[str, FieldPanel] = {}
    if universe is not None:
        for calls in _levels(trees):
            crossed |= _crossed(calls, read, universe, crossed, threads)
    planned = plan(trees)
    evaluate(planned, _inputs(planned.fields, read, crossed), sink, threads, done)


def _levels(trees: Sequence[Node]) -> list[list[Call]]:
    """The cross-sections of some expressions, the innermost first, each once in its level."""
    levels: dict[int, dict[str, Call]] = {}
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Call) and is_crossing(node):
                levels.setdefault(_height(node), {})[canonical(node)] = node
    return [list(levels[height].values()) for height in sorted(levels)]


def _height(node: Node) -> int:
    """How many cross-sections lie around each other."""
    inner = [_height(one) for one in node.arguments] if isinstance(node, Call) else []
    return max(inner, default=0) + is_crossing(node)


def _inputs(
    names: Iterable[str], read: FieldReader, crossed: Mapping[str, FieldPanel]
) -> Mapping[str, FieldPanel]:
    known = {name: crossed[name] for name in names if name in crossed}
    return {**known, **read([name for name in names if name not in crossed])}


def _crossed(
    calls: Sequence[Call],
    read: FieldReader,
    universe: Universe,
    crossed: Mapping[str, FieldPanel],
    threads: int | None,
) -> dict[str, FieldPanel]:
    """Cross-sections that rest on none but those that are there, by canonical text."""
    trees = {canonical(tree): tree for call in calls for tree in _compared(call)}
    planned = plan(list(trees.values()))
    inputs = _inputs(planned.fields, read, crossed)
    panels = dict(zip(trees, panels_of(planned, inputs, np.float64, threads), strict=True))
    made = {}
    for call in calls:
        inputs_of_call = [panels[canonical(tree)] for tree in _compared(call)]
        made[canonical(call)] = _cross(call, inputs_of_call, universe)
    return made


def _compared(call: Call) -> list[Node]:
    """The arguments that are series."""
    return [one for one in call.arguments if not isinstance(one, Number | Grouping)]


def _cross(call: Call, inputs: Sequence[FieldPanel], universe: Universe) -> FieldPanel:
    out = np.empty(inputs[0].values.shape)
    _compare(call, [one.values.astype(np.float64, copy=False) for one in inputs], universe, out)
    spans = inputs[0].spans
    for one in inputs[1:]:
        spans = spans.union(one.spans)
    return FieldPanel(out, Spans(spans.first, spans.stop))


def _compare(call: Call, inputs: Sequence[Panel], universe: Universe, out: Panel) -> None:
    members = universe.members
    match call.operator, call.arguments[1:]:
        case "CSWinsorize", [Number(value=level)]:
            sections.cross_winsorize(inputs[0], members, float(level), out)
        case "CSNeutralize", [Grouping()]:
            sections.cross_demean_sectors(inputs[0], members, universe.sectors, out)
        case "CSNeutralize", _:
            sections.cross_residual(inputs[0], inputs[1], members, out)
        case _:
            _PLAIN[call.operator](inputs[0], members, out)


_PLAIN: Mapping[str, Callable[[Panel, Members, Panel], None]] = {
    "CSRank": sections.cross_rank,
    "CSZScore": sections.cross_z_score,
    "CSDemean": sections.cross_demean,
    "CSScale": sections.cross_scale,
}
