"""Compiles every kernel before anybody waits for one: `python -m compute.warming`.

Where that was done, the same loads them all, in a second.
"""

import numpy as np

from compute.analysis.correlation import daily_correlation
from compute.analysis.evaluation import decay, evaluate
from compute.analysis.sections import Sections
from compute.engine.compiled import forget_older_kernels, note_that_all_are_compiled
from compute.engine.cross_sections import Universe, evaluate_all
from compute.engine.panel_evaluation import FieldPanel
from compute.engine.spans import Spans
from compute.preparing.steps import fit_steps
from compute.preparing.table import Table
from compute.progress import unheard
from compute.traded_signal import TradedSignal
from compute.trading.quotes import Quotes
from compute.trading.topk_dropout import trade
from domain.expression import OPERATORS, parse
from domain.expression.operators import Operator, Parameter, Role
from domain.period import Period
from domain.processors import INFER_PROCESSORS
from domain.regions import Region
from domain.specs import Processor, StrategySpec
from domain.trading_defaults import default_exchange
from domain.work import BacktestWork, Bars, StoredPanel

_ROWS, _INSTRUMENTS = 40, 3
_LONG = 2000
"""Rows by which kernels choose ways of their own."""


def warm() -> None:
    """Compute with every operator, step and figure, and trade, once, on a few numbers."""
    warm_operators()
    warm_the_rest()


def warm_operators() -> None:
    """Compute with every operator."""
    for rows in (_ROWS, _LONG):
        _warm_operators(rows)


def warm_the_rest() -> None:
    """Prepare with every step, judge with every figure, and trade."""
    _warm_steps()
    _warm_judging()
    _warm_trading()


def _warm_operators(rows: int) -> None:
    chance = np.random.default_rng(0)
    values = chance.uniform(1, 2, (rows, _INSTRUMENTS)).astype(np.float32)
    spans = Spans(np.array([0, 0, 2]), np.full(_INSTRUMENTS, rows))
    universe = Universe(np.ones(values.shape, np.bool_), np.zeros(_INSTRUMENTS, np.int32))
    texts = [
        _call(one, series)
        for one in OPERATORS.values()
        for series in ("$close", "Abs(Sum($low,2))")
    ]
    texts += ["EMA($close,0)", "Mean($close,0.5)", "Slope($close,0)", "Rank($close,0)"]
    texts += ["Quantile($close,0,0.5)", "Med($close,0)", "CSNeutralize($close,sector)"]
    evaluate_all(
        [parse(text).tree for text in texts],
        lambda names: {name: FieldPanel(values, spans) for name in names},
        universe,
        lambda *_: None,
        threads=1,
    )


def _call(operator: Operator, series: str) -> str:
    """An operator with arguments that it takes."""
    if operator.name in ("And", "Or", "Not"):
        series = f"Gt({series},1.5)"
    return f"{operator.name}({','.join(_argument(one, series) for one in operator.parameters)})"


def _argument(parameter: Parameter, series: str) -> str:
    match parameter.role:
        case Role.WINDOW | Role.LAG | Role.SPAN:
            return "5"
        case Role.LEVEL | Role.TAIL:
            return "0.25"
    return series


def _warm_steps() -> None:
    chance = np.random.default_rng(0)
    days = np.arange("2020-01-01", "2020-02-10", dtype="datetime64[D]")
    rows = len(days) * _INSTRUMENTS
    for kind, parameters in INFER_PROCESSORS.items():
        table = Table(
            features=chance.normal(size=(rows, 2)).astype(np.float32),
            label=chance.normal(size=rows).astype(np.float32),
            dates=days,
            starts=np.arange(0, rows + 1, _INSTRUMENTS),
            places=np.tile(np.arange(_INSTRUMENTS, dtype=np.int32), len(days)),
            symbols=("A", "B", "C"),
            names=("a", "b"),
        )
        step = Processor(kind, {one.name: one.default for one in parameters})
        fit_steps([step], table, Period(days[0].item(), days[-1].item()))


def _warm_judging() -> None:
    chance = np.random.default_rng(0)
    close = chance.uniform(1, 2, (_ROWS, _INSTRUMENTS)).astype(np.float32)
    members = np.ones(close.shape, np.bool_)
    for signal in (close, close.astype(np.float64)):  # factors, and what models predict
        evaluate(signal, close, members, 1, 2)
        decay(signal, close, members, [1])
    sections = Sections.of(members)
    daily_correlation(sections.taken(close), sections.taken(close), sections)


def _warm_trading() -> None:
    days = np.arange("2020-01-01", "2020-02-10", dtype="datetime64[D]")
    shape = (len(days), _INSTRUMENTS)
    prices = np.random.default_rng(0).uniform(1, 2, shape)
    free, ones = np.zeros(shape, dtype=np.bool_), np.ones(shape)
    quotes = Quotes(days, ("A", "B", "C"), prices, prices, ones, free, free)
    ranks = (np.argsort(prices, axis=1) + 1).astype(np.float64)
    period = Period(days[0].item(), days[-1].item())
    work = BacktestWork(
        bars=Bars("", Region.US, ""),
        signal=StoredPanel("", "", ""),
        members={},
        signal_period=period,
        period=period,
        benchmark=None,
        account=1e6,
        strategy=StrategySpec(1, 1),
        exchange=default_exchange(Region.US),
    )
    signal = TradedSignal(ranks, days, quotes.symbols, days)
    trade(work, signal, quotes, np.zeros(len(days)), unheard)


if __name__ == "__main__":
    forget_older_kernels()
    warm()
    note_that_all_are_compiled()
