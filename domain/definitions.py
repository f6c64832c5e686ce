"""What a client asks to be defined or edited, as it was written: references, dates, gaps.

None is what was left out, and a default or what is there stands in for it. Where None itself says
something, LEFT_OUT is what was left out.
"""

from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any, Final, Literal

from domain.specs import DealPrice, ModelKind, Rolling, StrategyKind


class _Gap(Enum):
    LEFT_OUT = "LEFT_OUT"


LEFT_OUT: Final = _Gap.LEFT_OUT
LeftOut = Literal[_Gap.LEFT_OUT]


def stated(given: Any) -> dict[str, Any]:
    """What was not left out of one of the dataclasses here, by name."""
    values = {field: getattr(given, field.name) for field in fields(given)}
    return {field.name: value for field, value in values.items() if value is not field.default}


@dataclass(frozen=True, slots=True)
class GivenPeriod:
    """Two days; nothing says yet that the first comes first."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class GivenSegments:
    """The three periods of a model."""

    train: GivenPeriod
    valid: GivenPeriod
    test: GivenPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What every new definition says of itself."""

    name: str
    description: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An edit of what has a name. `expected_version` is the one that the edit was made from."""

    name: str
    expected_version: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorDefinition(Definition):
    """A factor. Its expression is checked against the market of `universe`."""

    expression: str
    universe: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRevision(Revision):
    """An edit of a factor."""

    expression: str | None = None
    universe: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSetDefinition(Definition):
    """A factor set; the factors are references, in the order of its columns."""

    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSetRevision(Revision):
    """An edit of a factor set."""

    factors: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelParts:
    """What makes a model. `parameters` and `processors` are JSON of any shape."""

    factor_set: str
    segments: GivenSegments
    kind: ModelKind = ModelKind.LIGHTGBM
    parameters: object | None = None
    seed: int | None = None
    universe: str | None = None
    label: str | None = None
    processors: object | None = None
    purge_days: int | None = None
    rolling: Rolling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDefinition(Definition):
    """A model."""

    parts: ModelParts


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning(Definition):
    """A model that continues another, which `model` refers to."""

    model: str
    segments: GivenSegments
    rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEdit:
    """The parts of a model that are to be others. A `rolling` of None is none."""

    factor_set: str | None = None
    segments: GivenSegments | None = None
    parameters: object | None = None
    seed: int | None = None
    universe: str | None = None
    label: str | None = None
    processors: object | None = None
    purge_days: int | None = None
    rolling: Rolling | LeftOut | None = LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRevision(Revision):
    """An edit of a model."""

    edit: ModelEdit = ModelEdit()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenStrategy:
    """How a signal is turned into holdings. `parameters` is JSON of any shape."""

    kind: StrategyKind | None = None
    topk: int | None = None
    n_drop: int | None = None
    parameters: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenExchange:
    """The rules of trading. No limit is None, and no unit, too."""

    deal_price: DealPrice | None = None
    open_cost: float | None = None
    close_cost: float | None = None
    min_cost: float | None = None
    limit_threshold: float | LeftOut | None = LEFT_OUT
    trade_unit: int | LeftOut | None = LEFT_OUT


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestParts:
    """What makes a backtest. A `benchmark` of None is none."""

    signal: str
    universe: str | None = None
    period: GivenPeriod | None = None
    strategy: GivenStrategy = GivenStrategy()
    exchange: GivenExchange = GivenExchange()
    benchmark: str | LeftOut | None = LEFT_OUT
    account: float | None = None
    allow_in_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestDefinition(Definition):
    """A backtest."""

    parts: BacktestParts


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestEdit:
    """The parts of a backtest that are to be others; also within its strategy and its rules."""

    signal: str | None = None
    universe: str | None = None
    period: GivenPeriod | None = None
    strategy: GivenStrategy = GivenStrategy()
    exchange: GivenExchange = GivenExchange()
    benchmark: str | LeftOut | None = LEFT_OUT
    account: float | None = None
    allow_in_sample: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRevision(Revision):
    """An edit of a backtest."""

    edit: BacktestEdit = BacktestEdit()
