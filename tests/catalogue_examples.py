"""Small valid things to put into a catalogue."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.defining import create_factor, create_factor_set
from catalog.importing import register_snapshot
from domain.imports import NewInstrument, NewSnapshot, Registered
from domain.period import Period, Segments
from domain.specs import (
    BacktestSpec,
    DealPrice,
    ExchangeSpec,
    FactorSpec,
    ModelKind,
    ModelSpec,
    Processors,
    StrategySpec,
)

FIRST, LAST = date(2020, 1, 2), date(2021, 12, 31)
SEGMENTS = Segments(
    train=Period(date(2020, 1, 2), date(2020, 12, 31)),
    valid=Period(date(2021, 1, 4), date(2021, 5, 31)),
    test=Period(date(2021, 6, 1), date(2021, 12, 30)),
)

SNAPSHOT = NewSnapshot(
    market="tiny",
    region="us",
    currency="USD",
    benchmark="IDX",
    directory="/data/tiny",
    stamp="stamp-1",
    frequency="day",
    fingerprint="bars-1",
    first_date=FIRST,
    last_date=LAST,
    trading_days=505,
    fields=("close", "open", "volume"),
    quality={"rows": 1010, "instruments": 3, "issues": []},
    instruments=tuple(
        NewInstrument(symbol=symbol, first_date=FIRST, last_date=LAST)
        for symbol in ("AAA", "BBB", "IDX")
    ),
    universes={
        "all": dict.fromkeys(("AAA", "BBB", "IDX"), ((FIRST, LAST),)),
        "pair": {
            "AAA": ((FIRST, None),),
            "BBB": ((FIRST, date(2020, 6, 30)), (date(2021, 1, 4), LAST)),
        },
    },
    author="tests",
)


def snapshot(**changes: Any) -> NewSnapshot:
    """A snapshot of the market `tiny` that differs from `SNAPSHOT` as told."""
    return replace(SNAPSHOT, **changes)


def factor(canonical: str = "$close") -> FactorSpec:
    """A factor by its expression, which is taken to be canonical."""
    return FactorSpec(
        expression=canonical,
        canonical=canonical,
        input_fields=("close",),
        lookback_days=0,
        looks_ahead=False,
    )


def model(factor_set_id: int, universe_id: int, **changes: Any) -> ModelSpec:
    """A LightGBM model that differs as told."""
    spec = ModelSpec(
        kind=ModelKind.LIGHTGBM,
        parameters={"num_leaves": 7, "learning_rate": 0.1},
        seed=1,
        factor_set_id=factor_set_id,
        universe_id=universe_id,
        label="Ref($close, -2) / Ref($close, -1) - 1",
        segments=SEGMENTS,
        processors=Processors(),
    )
    return replace(spec, **changes)


def backtest(signal_id: int, universe_id: int, **changes: Any) -> BacktestSpec:
    """A backtest of the test segment that differs as told."""
    spec = BacktestSpec(
        signal_id=signal_id,
        universe_id=universe_id,
        period=SEGMENTS.test,
        benchmark="IDX",
        account=1e6,
        strategy=StrategySpec(topk=1, n_drop=1),
        exchange=ExchangeSpec(
            deal_price=DealPrice.CLOSE,
            open_cost=0.0005,
            close_cost=0.0015,
            min_cost=5.0,
            limit_threshold=None,
            trade_unit=None,
        ),
    )
    return replace(spec, **changes)


async def market_and_set(session: AsyncSession) -> tuple[Registered, int, int]:
    """A market, a factor named `close` and a set `prices` of it: rows of the last two."""
    registered = await register_snapshot(session, SNAPSHOT)
    factor_id = await create_factor(session, "close", factor(), author="tests")
    set_id = await create_factor_set(session, "prices", [factor_id], author="tests")
    return registered, factor_id, set_id
