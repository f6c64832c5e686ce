"""What is held, in money and in shares, and what became of it day by day."""

from dataclasses import dataclass, field

import numpy as np

from domain.arrays import Array, BoolPanel, FloatArray
from domain.specs import ExchangeSpec
from domain.trading import Side

LEAST_VALUE = 1e-5
"""Qlib fills no order whose value is not above this."""


@dataclass(frozen=True, slots=True, eq=False)
class DayQuotes:
    """What can be traded on a day, and at what; arrays have shape (symbols,).

    Args:
        deal: Price of fills; NaN where there is none.
        close: NaN where a name is suspended.
        factor: Adjusted price over raw price; read where there is a trade unit.
        can_buy: Neither suspended nor at a limit that stops buying.
        can_sell: The same of selling.
    """

    deal: FloatArray
    close: FloatArray
    factor: FloatArray
    can_buy: BoolPanel
    can_sell: BoolPanel


@dataclass(slots=True, eq=False)
class Book:
    """The holdings of a backtest; amounts are adjusted shares, below 0 for names sold short.

    Attributes:
        symbols: The names that may be held, ascending.
        rules: Costs and the trade unit.
        cash: In the account's currency.
        amounts: Shape (symbols,).
        prices: The close last seen, shape (symbols,); NaN before the first.
        held_days: Trading days since a position was opened, 1 on that day; 0 where nothing is held.
        traded: Columns of what was traded, a list for each.
        held: Columns of what was held at closes, arrays to be joined.
        days: Columns of the daily report, a list for each.
    """

    symbols: Array
    rules: ExchangeSpec
    cash: float
    amounts: FloatArray = field(init=False)
    prices: FloatArray = field(init=False)
    held_days: Array = field(init=False)
    account: float = field(init=False)
    traded: list[tuple[object, ...]] = field(default_factory=list)
    held: list[dict[str, Array]] = field(default_factory=list)
    days: list[tuple[object, ...]] = field(default_factory=list)
    _costs: float = 0.0
    _turned: float = 0.0

    def __post_init__(self) -> None:
        self.amounts = np.zeros(len(self.symbols))
        self.prices = np.full(len(self.symbols), np.nan)
        self.held_days = np.zeros(len(self.symbols), dtype=np.int64)
        self.account = self.cash

    def worth(self, quotes: DayQuotes) -> float:
        """Cash and holdings before a day's trades: at its deal prices, else at the last close."""
        prices = np.where(np.isfinite(quotes.deal), quotes.deal, self.prices)
        held = self.amounts != 0
        return self.cash + float(self.amounts[held] @ prices[held])

    def sell(self, day: np.datetime64, place: int, amount: float, quotes: DayQuotes) -> None:
        """Sell shares of a name, if it can be sold; whole units of them unless all that is held."""
        if quotes.can_sell[place]:
            is_all = amount == self.amounts[place]
            sold = amount if is_all else self._in_units(amount, quotes.factor[place])
            self._trade(day, place, -sold, quotes)

    def buy(
        self, day: np.datetime64, place: int, amount: float, quotes: DayQuotes, most: float = np.inf
    ) -> None:
        """Buy shares of a name, if it can be bought, for so much money at most, cost included."""
        if quotes.can_buy[place]:
            price = quotes.deal[place]
            paid_for = min(most / (1 + self.rules.open_cost), most - self.rules.min_cost) / price
            afforded = min(amount, max(paid_for, 0.0))
            self._trade(day, place, self._in_units(afforded, quotes.factor[place]), quotes)

    def charge(self, cost: float) -> None:
        """Pay for something other than a trade."""
        self.cash -= cost
        self._costs += cost

    def close_day(self, day: np.datetime64, quotes: DayQuotes, bench: float) -> None:
        """Value the holdings at the close and write the day down."""
        self.prices = np.where(np.isfinite(quotes.close), quotes.close, self.prices)
        held = np.flatnonzero(self.amounts)
        self.held_days[held] += 1
        values = self.amounts[held] * self.prices[held]
        value, before = float(values.sum()), self.account
        self.account = self.cash + value
        cost = self._costs / before
        gross = (self.account - before) / before + cost
        self.days.append(
            (day, self.account, gross, bench, cost, self._turned / before, value, self.cash)
        )
        self.held.append(
            {
                "date": np.full(len(held), day),
                "symbol": self.symbols[held],
                "amount": self.amounts[held],
                "price": self.prices[held],
                "weight": values / self.account,
                "held_days": self.held_days[held],
            }
        )
        self._costs = self._turned = 0.0

    def _in_units(self, amount: float, factor: float) -> float:
        unit = self.rules.trade_unit
        return amount if unit is None else float(amount * factor // unit * unit / factor)

    def _trade(self, day: np.datetime64, place: int, change: float, quotes: DayQuotes) -> None:
        price = float(quotes.deal[place])
        value = abs(change) * price
        if not value > LEAST_VALUE:
            return
        share = self.rules.open_cost if change > 0 else self.rules.close_cost
        cost = max(value * share, self.rules.min_cost)
        before = self.amounts[place]
        self.amounts[place] = before + change
        if self.amounts[place] == 0 or before * self.amounts[place] < 0:
            self.held_days[place] = 0
        self.cash -= change * price + cost
        self._costs += cost
        self._turned += value
        side = Side.BUY if change > 0 else Side.SELL
        factor = float(quotes.factor[place])
        symbol = self.symbols[place]
        self.traded.append((day, symbol, side.value, abs(change), price, value, cost, factor))


def report_of(book: Book) -> dict[str, Array]:
    """The daily report, as `compute.portfolio_report.report_columns` gives Qlib's."""
    names = ("date", "account", "return", "bench", "cost", "turnover", "value", "cash")
    return _columns(names, book.days, {"date": "datetime64[D]"})


def trades_of(book: Book) -> dict[str, Array]:
    """The trades, as `compute.portfolio_report.trade_columns` gives Qlib's."""
    names = ("date", "symbol", "side", "amount", "price", "value", "cost", "factor")
    texts = {"date": "datetime64[D]", "symbol": "U", "side": "U"}
    return _columns(names, book.traded, texts)


def positions_of(book: Book) -> dict[str, Array]:
    """The holdings, as `compute.portfolio_report.position_columns` gives Qlib's."""
    return {name: np.concatenate([day[name] for day in book.held]) for name in book.held[0]}


def _columns(
    names: tuple[str, ...], rows: list[tuple[object, ...]], types: dict[str, str]
) -> dict[str, Array]:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {
        name: np.array(column, dtype=types.get(name, "f8"))
        for name, column in zip(names, columns, strict=True)
    }
