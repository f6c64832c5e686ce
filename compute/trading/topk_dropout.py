"""TopkDropout by our own loops: Qlib's trades and account, a thousand days in milliseconds."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from compute.portfolio_report import Columns
from compute.progress import ProgressReport, Report
from compute.traded_signal import TradedSignal
from compute.trading.day_loop import Closes, Positions, trade_days
from compute.trading.market import Holdings, Market, Rules
from compute.trading.orders import Trades
from compute.trading.quotes import Quotes
from domain.arrays import FloatArray
from domain.specs import ExchangeSpec, StrategySpec
from domain.strategy_parameters import DelistedPolicy, check_strategy_parameters
from domain.work import BacktestWork

Tables = dict[str, Columns]
"""`report`, `trades` and `positions`, as `compute.portfolio_report` has them."""


def covers(quotes: Quotes, rules: ExchangeSpec) -> bool:
    """Whether our loops trade on such quotes as Qlib does.

    Prices of zero, below it or without end make Qlib compute with infinities and NaN, and so do
    such factors with a trade unit; Qlib itself is to do that.
    """
    return quotes.are_prices() and (rules.trade_unit is None or quotes.have_units())


def trade(
    work: BacktestWork,
    signal: TradedSignal,
    quotes: Quotes,
    benchmark: FloatArray,
    report: Report,
) -> Tables:
    """Trade on a signal, each day on that of the trading day before.

    Args:
        work: The rules and the money.
        signal: Ranks by day and name.
        quotes: Of all names that the signal ever ranks, ascending, over the days traded.
        benchmark: Its return on each of the days.
        report: Is told of every month.

    Returns:
        What Qlib's strategy, executor and exchange have, in the order of symbols where theirs is
        that of a set; the report has `stale_holdings` besides: how many holdings have no close on
        the day nor on a later one.
    """
    market = _market(signal, quotes)
    rules = _rules(work.strategy, work.exchange)
    days, names = quotes.close.shape
    holdings = _nothing(names, float(work.account))
    closes = _closes(days)
    bought, held = [], []
    for rows in _months(quotes, report):
        room = (rows.stop - rows.start) * names
        trades, positions = _trades(room), _positions(room)
        trade_days(market, rules, holdings, closes, trades, positions, rows.start, rows.stop)
        bought.append(_filled(trades._asdict()))
        held.append(_filled(positions._asdict()))
    return {
        "report": _report_columns(closes, quotes, benchmark),
        "trades": _trade_columns(_joined(bought), quotes),
        "positions": _position_columns(_joined(held), quotes),
    }


def _market(signal: TradedSignal, quotes: Quotes) -> Market:
    columns = np.searchsorted(np.array(signal.symbols), np.array(quotes.symbols))
    scores = np.ascontiguousarray(signal.scores[:, columns])
    # A day trades on the signal of the row before; the first of a calendar has none before it.
    ahead = len(quotes.days) - len(signal.calendar)
    places = np.searchsorted(signal.days, signal.calendar)
    found = np.minimum(places, len(signal.days) - 1)
    rows = np.where(signal.days[found] == signal.calendar, found, -1)
    return Market(
        close=quotes.close,
        deal=quotes.deal,
        factor=quotes.factor,
        limit_buy=quotes.limit_buy,
        limit_sell=quotes.limit_sell,
        scores=scores,
        signal_rows=np.concatenate([np.full(ahead, -1), rows]).astype(np.int64),
        last_closes=quotes.last_rows(),
    )


def _rules(strategy: StrategySpec, exchange: ExchangeSpec) -> Rules:
    parameters = check_strategy_parameters(strategy.parameters)
    return Rules(
        topk=int(strategy.topk),
        n_drop=int(strategy.n_drop),
        hold_thresh=int(parameters["hold_thresh"]),
        only_tradable=bool(parameters["only_tradable"]),
        forbid_at_limit=bool(parameters["forbid_all_trade_at_limit"]),
        strict_topk=bool(parameters["strict_topk"]),
        liquidates=parameters["delisted_policy"] == DelistedPolicy.LIQUIDATE_AT_LAST_PRICE,
        risk_degree=float(parameters["risk_degree"]),
        open_cost=float(exchange.open_cost),
        close_cost=float(exchange.close_cost),
        min_cost=float(exchange.min_cost),
        trade_unit=int(exchange.trade_unit or 0),
    )


def _nothing(names: int, cash: float) -> Holdings:
    return Holdings(
        is_held=np.zeros(names, dtype=np.bool_),
        amount=np.zeros(names),
        price=np.zeros(names),
        held_days=np.zeros(names, dtype=np.int64),
        purse=np.array([cash, 0.0, 0.0, cash]),
    )


def _closes(days: int) -> Closes:
    account, returns, cost, turnover, value, cash = np.empty((6, days))
    stale = np.empty(days, dtype=np.int64)
    return Closes(account, returns, cost, turnover, value, cash, stale)


def _trades(room: int) -> Trades:
    amount, price, value, cost, factor = np.empty((5, room))
    row, name = np.empty((2, room), dtype=np.int64)
    is_buy = np.empty(room, dtype=np.bool_)
    return Trades(
        np.zeros(1, dtype=np.int64), row, name, is_buy, amount, price, value, cost, factor
    )


def _positions(room: int) -> Positions:
    amount, price, weight = np.empty((3, room))
    row, name, held_days = np.empty((3, room), dtype=np.int64)
    return Positions(np.zeros(1, dtype=np.int64), row, name, amount, price, weight, held_days)


def _months(quotes: Quotes, report: Report) -> Iterator[slice]:
    """The rows of each month, telling of it before it is traded and of the end after the last."""
    months = quotes.days.astype("datetime64[M]")
    starts = [0, *(np.flatnonzero(months[1:] != months[:-1]) + 1).tolist(), len(months)]
    for start, stop in pairwise(starts):
        report(ProgressReport("trading", start, len(months)))
        yield slice(start, stop)
    report(ProgressReport("trading", len(months), len(months)))


def _filled(room: Mapping[str, np.ndarray]) -> Columns:
    count = int(room["filled"][0])
    return {name: values[:count].copy() for name, values in room.items() if name != "filled"}


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _report_columns(closes: Closes, quotes: Quotes, benchmark: FloatArray) -> Columns:
    return {
        "date": quotes.days,
        "account": closes.account,
        "return": closes.returns,
        "bench": benchmark,
        "cost": closes.cost,
        "turnover": closes.turnover,
        "value": closes.value,
        "cash": closes.cash,
        "stale_holdings": closes.stale,
    }


def _trade_columns(rows: Columns, quotes: Quotes) -> Columns:
    sides = {"side": np.where(rows["is_buy"], "BUY", "SELL")}
    numbers = {name: rows[name] for name in ("amount", "price", "value", "cost", "factor")}
    return _placed(rows, quotes) | sides | numbers


def _position_columns(rows: Columns, quotes: Quotes) -> Columns:
    names = ("amount", "price", "weight", "held_days")
    return _placed(rows, quotes) | {name: rows[name] for name in names}


def _placed(rows: Columns, quotes: Quotes) -> Columns:
    """The days and symbols of rows, the texts as wide as the longest among them."""
    symbols = np.array(quotes.symbols)[rows["name"]]
    return {"date": quotes.days[rows["row"]], "symbol": symbols}
