"""What a kept backtest held and traded, read back from its columns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from catalog.paging import PageRequest, Slice
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError
from domain.records import ResultRecord
from domain.trading import Side
from resolvers.pages import page_of_list
from resolvers.studies import period_between

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """What was held of one instrument at a close; `weight` is over the account with cash."""

    symbol: str
    amount: float
    price: float
    weight: float
    held_days: int


@dataclass(frozen=True, slots=True)
class Dealt:
    """One filled order; adjusted amounts and prices, and the raw ones beside them."""

    date: date
    symbol: str
    side: Side
    amount: float
    price: float
    value: float
    cost: float
    raw_amount: float | None
    raw_price: float | None


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """One page of what was found, and how much was found in all."""

    part: Slice[T]
    total: int

    @property
    def count(self) -> Callable[[], Awaitable[int]]:
        """How much was found in all."""

        async def counted() -> int:
            return self.total

        return counted


def positions_on(
    result: ResultRecord, on: date, page: PageRequest, store: ArtifactStore
) -> Found[Held]:
    """What was held at the close of a day, by symbol.

    Raises:
        BadInputError: The backtest did not trade on that day.
    """
    days = store.open_array(result.artifacts["report:date"])
    _require_day(on, days)
    held = _Columns(result, "positions", store)
    rows = np.flatnonzero(held["date"] == np.datetime64(on))
    ordered = rows[np.argsort(held["symbol"][rows], kind="stable")]
    found = [
        Held(
            symbol=str(held["symbol"][row]),
            amount=float(held["amount"][row]),
            price=float(held["price"][row]),
            weight=float(held["weight"][row]),
            held_days=int(held["held_days"][row]),
        )
        for row in ordered
    ]
    return Found(page_of_list(found, page, f"positions:{result.key}:{on}"), len(found))


def trades_between(
    result: ResultRecord,
    start: date | None,
    end: date | None,
    symbol: str | None,
    page: PageRequest,
    store: ArtifactStore,
) -> Found[Dealt]:
    """What was bought and sold, by day and symbol.

    Raises:
        BadInputError: The end is before the start, or the backtest has no day between them.
    """
    if start is not None and end is not None:
        period_between(start, end)
    _require_days_between(start, end, store.open_array(result.artifacts["report:date"]))
    dealt = _Columns(result, "trades", store)
    chosen = np.ones(len(dealt["date"]), dtype=np.bool_)
    if start is not None:
        chosen &= dealt["date"] >= np.datetime64(start)
    if end is not None:
        chosen &= dealt["date"] <= np.datetime64(end)
    if symbol is not None:
        chosen &= dealt["symbol"] == symbol
    rows = np.flatnonzero(chosen)
    ordered = rows[np.lexsort((dealt["symbol"][rows], dealt["date"][rows]))]
    part = page_of_list(ordered.tolist(), page, f"trades:{result.key}:{start}:{end}:{symbol}")
    trades = tuple(_dealt(dealt, row) for row in part.items)
    shown = Slice(trades, part.cursors, part.has_next_page, part.has_previous_page)
    return Found(shown, len(ordered))


class _Columns:
    """Columns of one table of a result, opened when first read."""

    def __init__(self, result: ResultRecord, table: str, store: ArtifactStore) -> None:
        self._result, self._table, self._store = result, table, store

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._store.open_array(self._result.artifacts[f"{self._table}:{name}"])


def _dealt(columns: _Columns, row: int) -> Dealt:
    amount, price = float(columns["amount"][row]), float(columns["price"][row])
    factor = float(columns["factor"][row])
    is_known = np.isfinite(factor) and factor > 0
    return Dealt(
        date=cast(date, columns["date"][row].astype("datetime64[D]").astype(object)),
        symbol=str(columns["symbol"][row]),
        side=Side(str(columns["side"][row])),
        amount=amount,
        price=price,
        value=float(columns["value"][row]),
        cost=float(columns["cost"][row]),
        raw_amount=amount * factor if is_known else None,
        raw_price=price / factor if is_known else None,
    )


def _require_days_between(start: date | None, end: date | None, days: NDArray[Any]) -> None:
    first, last = days[0].astype(object), days[-1].astype(object)
    for day, name, is_outside in (
        (start, "start", start is not None and start > last),
        (end, "end", end is not None and end < first),
    ):
        if is_outside:
            raise BadInputError(
                f"The {name} {day} lies outside the backtest, which trades {first} to {last}.",
                name,
            )


def _require_day(on: date, days: NDArray[np.datetime64]) -> None:
    if np.datetime64(on) in days:
        return
    raise BadInputError(
        f"The backtest has no {on}; give one of its trading days, {days[0]} to {days[-1]}.", "on"
    )
