"""What defines each kind of entity. Equal specs are the same version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from domain.period import Period, Segments
from domain.stored_panels import Feature, ImportedValues

JsonObject = Mapping[str, Any]
_EMPTY: JsonObject = MappingProxyType({})


class FactorOrigin(StrEnum):
    """Where a factor's values come from."""

    EXPRESSION = "EXPRESSION"
    IMPORTED = "IMPORTED"


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
    WEIGHTED = "WEIGHTED"
    LONG_SHORT = "LONG_SHORT"

    @property
    def sides(self) -> int:
        """On how many sides it holds `topk` names."""
        return 2 if self is StrategyKind.LONG_SHORT else 1


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
    """A factor is its canonical expression, or the values that were imported for it.

    `expression` keeps what was written. An imported factor has neither: it reads no fields, and
    nobody knows how far back or ahead whoever computed it looked.
    """

    expression: str | None
    canonical: str | None
    input_fields: tuple[str, ...]
    lookback_days: int | None
    looks_ahead: bool
    is_cross_sectional: bool = False
    imported: ImportedValues | None = None

    @classmethod
    def of_values(cls, imported: ImportedValues) -> "FactorSpec":
        """The factor that has imported values."""
        return cls(None, None, (), None, looks_ahead=False, imported=imported)

    @property
    def origin(self) -> FactorOrigin:
        """Where its values come from."""
        return FactorOrigin.EXPRESSION if self.imported is None else FactorOrigin.IMPORTED

    @property
    def feature(self) -> Feature:
        """What its values are made of."""
        if self.imported is not None:
            return self.imported.panel
        assert self.canonical is not None, "a factor is an expression, or its values are there"
        return self.canonical


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
class Rolling:
    """A model is trained anew every `step_days` trading days of its test segment.

    Each time it learns from the `train_days` trading days before the `valid_days` that lie right
    before the days it predicts then; `train_days` None is all since the train segment's first.
    """

    step_days: int
    valid_days: int
    train_days: int | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is trained, on which factors, over which members and days.

    Attributes:
        purge_days: How many trading days at the end of train and valid are not learned from.
        rolling: How often it is trained anew; None for once.
        derived_from_id: The model that it continues; None for one that begins anew.
        rounds: How many rounds it goes on where it continues another.
    """

    kind: ModelKind
    parameters: JsonObject
    seed: int
    factor_set_id: int
    universe_id: int
    label: str
    segments: Segments
    processors: Processors
    purge_days: int = 0
    rolling: Rolling | None = None
    derived_from_id: int | None = None
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """A strategy and its numbers.

    TOPK_DROPOUT holds `topk` names and replaces up to `n_drop` of the worst each day. WEIGHTED
    holds the `topk` best, LONG_SHORT so many on each side; their `n_drop` is `topk`, since all may
    be replaced at once.
    """

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
    """What is traded, when, with which money and under which rules, all resolved.

    With `allow_in_sample` a model's predictions of what it learned from may be traded on, too.
    """

    signal_id: int
    universe_id: int
    period: Period
    benchmark: str | None
    account: float
    strategy: StrategySpec
    exchange: ExchangeSpec
    allow_in_sample: bool = False
