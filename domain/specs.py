"""What defines each kind of entity. Equal specs are the same version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain.period import Period, Segments

JsonObject = Mapping[str, Any]
_EMPTY: JsonObject = MappingProxyType({})


class FactorOrigin(StrEnum):
    """Where a factor's values come from."""

    EXPRESSION = "EXPRESSION"


class ModelKind(StrEnum):
    """What can be trained."""

    LIGHTGBM = "LIGHTGBM"
    XGBOOST = "XGBOOST"
    CATBOOST = "CATBOOST"
    LINEAR = "LINEAR"
    DOUBLE_ENSEMBLE = "DOUBLE_ENSEMBLE"
    LSTM = "LSTM"
    GRU = "GRU"


class SegmentName(StrEnum):
    """The three periods of a model."""

    TRAIN = "TRAIN"
    VALID = "VALID"
    TEST = "TEST"


class StrategyKind(StrEnum):
    """How a signal is turned into holdings."""

    TOPK_DROPOUT = "TOPK_DROPOUT"


class DealPrice(StrEnum):
    """The price at which orders are filled."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"
    VWAP = "VWAP"

    @property
    def bar_field(self) -> str:
        """The field of the bars that holds it."""
        return self.value.lower()


@dataclass(frozen=True, slots=True)
class FactorSpec:
    """A factor is its canonical expression; `expression` keeps what was written."""

    expression: str
    canonical: str
    input_fields: tuple[str, ...]
    lookback_days: int | None
    looks_ahead: bool
    is_cross_sectional: bool = False


@dataclass(frozen=True, slots=True)
class Processor:
    """One step that prepares features or labels, by the name that Qlib gives it."""

    kind: str
    parameters: JsonObject = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class Processors:
    """`infer` shapes what is learned from and predicted on, `learn` only what is learned from."""

    infer: tuple[Processor, ...] = ()
    learn: tuple[Processor, ...] = (
        Processor("DropnaLabel"),
        Processor("CSZScoreNorm", MappingProxyType({"fields_group": "label", "method": "zscore"})),
    )


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is trained, on which factors, over which members and days."""

    kind: ModelKind
    parameters: JsonObject
    seed: int
    factor_set_id: int
    universe_id: int
    label: str
    segments: Segments
    processors: Processors


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """TopkDropout: hold `topk` names, each day replace up to `n_drop` of the worst."""

    topk: int
    n_drop: int
    kind: StrategyKind = StrategyKind.TOPK_DROPOUT
    parameters: JsonObject = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class ExchangeSpec:
    """The rules of trading. Costs are fractions of the value traded, `min_cost` is money.

    `limit_threshold` None means no price limit, `trade_unit` None no unit.
    """

    deal_price: DealPrice
    open_cost: float
    close_cost: float
    min_cost: float
    limit_threshold: float | None
    trade_unit: int | None


@dataclass(frozen=True, slots=True)
class BacktestSpec:
    """What is traded, when, with which money and under which rules, all resolved."""

    signal_id: int
    universe_id: int
    period: Period
    benchmark: str | None
    account: float
    strategy: StrategySpec
    exchange: ExchangeSpec
