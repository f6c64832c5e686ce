"""Factor values by the engine, and by Qlib itself where the engine has no plan."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bars.layout import SYMBOL
from compute.engine.cross_sections import Universe, evaluate_all
from compute.engine.market_panels import MarketPanels
from compute.engine.panel_evaluation import FieldPanel, Sink
from compute.engine.plan import is_plannable
from compute.engine.spans import Rows
from compute.engine.turns import Series
from compute.members import member_mask
from compute.shadow import Shadow, Shadowed, shadow_share
from compute.stock_values import stock_panel
from domain.arrays import DateArray
from domain.errors import BadInputError, EmptyDataError
from domain.expression import Expression, parse, room
from domain.expression.tree import Field, Node
from domain.period import Period
from domain.work import Peers

PHASE = "factor values"


def universe_of(peers: Peers | None, symbols: Sequence[str], days: DateArray) -> Universe | None:
    """Whom cross-sections compare, by the rows and columns of panels."""
    if peers is None:
        return None
    places = {sector: place for place, sector in enumerate(sorted(set(peers.sectors.values())))}
    sectors = [places[peers.sectors[one]] if one in peers.sectors else -1 for one in symbols]
    return Universe(member_mask(peers.members, symbols, days), np.array(sectors, dtype=np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What expressions are computed on.

    Attributes:
        market: The fields of the snapshot.
        start_qlib: Puts Qlib on the snapshot; called only where Qlib has to compute something,
            since it takes a second.
        symbols: The instruments, in the order of the columns.
        days: How many rows of the calendar, from its first; nothing that comes later is read.
        universe: Whom cross-sections compare, over the same rows and columns; None for none.
    """

    market: MarketPanels
    start_qlib: Callable[[], None]
    symbols: tuple[str, ...]
    days: int
    universe: Universe | None = None
    checks: dict[str, Shadowed] = field(default_factory=dict)
    """What Qlib computed again of the values that were computed on it, by expression."""
    _stock: dict[str, FieldPanel] = field(default_factory=dict)

    @property
    def shadowed(self) -> Mapping[str, object]:
        """What a computation tells of these checks, if there were any."""
        return self.shadowed_of(self.checks)

    def shadowed_of(self, expressions: Iterable[str]) -> Mapping[str, object]:
        """What is told of the checks of some canonical expressions, if any were computed."""
        checks = (self.checks.get(one, Shadowed()) for one in expressions)
        return sum(checks, Shadowed()).document()

    def only(self, columns: Rows) -> "Ground":
        """The same for some of the instruments, where nobody compares them."""
        assert self.universe is None
        symbols = tuple(self.symbols[column] for column in columns)
        return Ground(self.market, self.start_qlib, symbols, self.days, checks=self.checks)

    def read(self, names: Iterable[str]) -> Mapping[str, FieldPanel]:
        """Fields of the market, and expressions that Qlib computed, by name."""
        names = list(names)
        panels = self.market.panels(
            [name for name in names if name not in self._stock], self.symbols, self.days
        )
        return {**panels, **{name: self._stock[name] for name in names if name in self._stock}}

    def tree(self, expression: Expression) -> Node:
        """What the engine is given: the expression, or a field that stands for Qlib's values.

        Raises:
            BadInputError: There is no universe or no sector for it, or nobody computes it.
        """
        _require_universe(expression, self.universe)
        if is_plannable(expression):
            return expression.tree
        if expression.beyond_qlib:
            raise BadInputError(
                f"{expression.canonical} cannot be computed: Qlib has no "
                f"{', '.join(expression.beyond_qlib)}, and of the rest only Qlib has the values."
            )
        name = expression.canonical
        if name not in self._stock:
            self.start_qlib()
            panel = stock_panel(name, self.symbols, self.market.directory.calendar)
            self._stock[name] = panel.until(self.days)
        return Field(name, 0, 0)


def compute_values(
    expressions: Sequence[str], ground: Ground, sink: Sink, done: Callable[[int], None]
) -> None:
    """Compute canonical expressions over all instruments and days.

    Args:
        expressions: Each once.
        ground: What they are computed on.
        sink: Is given the values of each expression, by its place, some instruments at a time.
        done: Is told now and then how many instruments have been begun.

    Raises:
        BadInputError: One is not in its canonical form, compares the members of a universe where
            there is none, or cannot be computed.
        EngineDiffersError: Qlib computes something else, where that is to be an error.
    """
    read = [require_canonical(text) for text in expressions]
    trees = [ground.tree(one) for one in read]
    shadow = Shadow(read, ground.symbols, shadow_share())
    take = shadow.over(sink)
    groups = _groups(read, ground)
    for turn, group in enumerate(groups):

        def keep(place: int, columns: slice, series: Series, first: int = group.start) -> None:
            take(first + place, columns, series)

        def tell(begun: int, before: int = turn * len(ground.symbols)) -> None:
            done((before + begun) // len(groups))

        evaluate_all(trees[group.start : group.stop], ground.read, ground.universe, keep, done=tell)
    if shadow.holds_any:
        ground.start_qlib()
    ground.checks.update(shadow.compare(ground.market.directory.calendar))


def _groups(expressions: Sequence[Expression], ground: Ground) -> list[range]:
    """Expressions that go together, so that cross-sections, whole panels each, fit into memory.

    Raises:
        BadInputError: One alone has more of them than do.
    """
    groups, first, taken = [], 0, 0
    for place, expression in enumerate(expressions):
        needed = require_room(expression, ground)
        if taken and taken + needed > room.MOST_BYTES:
            groups.append(range(first, place))
            first, taken = place, 0
        taken += needed
    return [*groups, range(first, len(expressions))]


def require_room(expression: Expression, ground: Ground) -> int:
    """Check that the cross-sections of an expression fit into memory; the bytes that they take.

    Raises:
        BadInputError: They do not.
    """
    days, instruments = ground.days, len(ground.symbols)
    if message := room.lack_of_room(expression.tree, days, instruments):
        raise BadInputError(message)
    return room.bytes_needed(expression.tree, days, instruments)


def days_read(expressions: Iterable[str], period: Period, calendar: DateArray) -> int:
    """How many days of a calendar, from its first, the values of a period can depend on."""
    ahead = max((parse(text).lookahead_days for text in expressions), default=0)
    last = int(np.searchsorted(calendar, np.datetime64(period.end), side="right"))
    return min(len(calendar), last + ahead)


def require_canonical(text: str) -> Expression:
    """Let only what our parser made of an expression pass.

    Raises:
        BadInputError: It is another text.
    """
    expression = parse(text)
    if expression.canonical != text:
        raise BadInputError(f"{text!r} is not in canonical form; that is what is computed.")
    return expression


def _require_universe(expression: Expression, universe: Universe | None) -> None:
    """Check that there is whom, and by what, an expression compares."""
    if expression.is_cross_sectional and universe is None:
        raise BadInputError(f"{expression.canonical} compares the members of a universe; name one.")
    if expression.needs_sectors and universe and (universe.sectors < 0).all():
        raise BadInputError(
            f"{expression.canonical} needs sectors, and the market has none; import it with "
            "--sectors."
        )


def require_symbols(symbols: Sequence[str]) -> None:
    """Let nothing pass for an instrument that cannot be one.

    Raises:
        BadInputError: A symbol cannot be one.
        EmptyDataError: There are no symbols.
    """
    for symbol in symbols:
        if not SYMBOL.fullmatch(symbol):
            raise BadInputError(f"{symbol!r} cannot be the symbol of an instrument.")
    if not symbols:
        raise EmptyDataError("There are no instruments, so no factor has a value.")
