"""The domain's enumerations as clients see them: every value described."""

from enum import Enum
from typing import Any

import strawberry

from domain.downsampling import Downsampling
from domain.evaluation_metrics import EvaluationMetric
from domain.lineage import LineageRelation
from domain.listing import (
    BacktestOrderField,
    FactorOrderField,
    ModelOrderField,
    OrderDirection,
)
from domain.names import EntityKind
from domain.risk import AccumulationMode
from domain.runs import RunKind, RunState
from domain.severity import Severity
from domain.specs import DealPrice, FactorOrigin, ModelKind, SegmentName, StrategyKind
from domain.strategy_parameters import Executor
from domain.trading import Side
from domain.walks import LineageDirection
from resolvers.standing import EntityStatus, StaleCauseKind
from resolvers.viewing import Role

__all__ = [
    "AccumulationMode",
    "BacktestOrderField",
    "DealPrice",
    "Downsampling",
    "EntityKind",
    "EntityStatus",
    "EvaluationMetric",
    "Executor",
    "FactorOrderField",
    "FactorOrigin",
    "LineageDirection",
    "LineageRelation",
    "ModelKind",
    "ModelOrderField",
    "OrderDirection",
    "Role",
    "RunKind",
    "RunState",
    "SegmentName",
    "Severity",
    "Side",
    "StaleCauseKind",
    "StrategyKind",
]


def _described(enumeration: type[Enum], description: str, **values: str) -> None:
    strawberry.enum(enumeration, description=description)
    definition: Any = enumeration.__dict__["__strawberry_definition__"]
    for value in definition.values:
        value.description = values[value.name]


_FIGURES = {
    "NAME": "By name.",
    "CREATED_AT": "By the moment its version was made.",
    "IC": "By the headline's IC.",
    "ICIR": "By the headline's ICIR.",
    "RANK_IC": "By the headline's rank IC.",
    "RANK_ICIR": "By the headline's rank ICIR.",
}

_described(
    EntityKind,
    "The kinds of thing that are catalogued and versioned.",
    SNAPSHOT="A market's data as it stood after one import.",
    UNIVERSE="A set of instruments whose membership changes over time.",
    FACTOR="A signal defined by an expression.",
    FACTOR_SET="An ordered set of factors.",
    MODEL="What learns from a factor set.",
    BACKTEST="Trading on a signal under stated rules.",
)
_described(
    EvaluationMetric,
    "What the factors of a set are ranked by: more is better, with its sign.",
    IC="Mean daily IC.",
    ICIR="Mean over standard deviation of the daily IC.",
    RANK_IC="Mean daily rank IC.",
    RANK_ICIR="Mean over standard deviation of the daily rank IC.",
    TURNOVER="Mean daily turnover of the top quantile.",
    LONG_SHORT_RETURN="Mean return of the top quantile less that of the bottom one.",
)
_described(
    EntityStatus,
    "How an entity's results stand, for the default universe and default arguments.",
    NEVER_COMPUTED="Nothing has been computed.",
    COMPUTING="A computation is under way.",
    CURRENT="What is kept is what today's inputs give.",
    STALE="What is kept is no longer what today's inputs give.",
    FAILED="The last attempt failed and nothing newer succeeded.",
)
_described(
    StaleCauseKind,
    "Why a kept result is not today's.",
    NEVER_COMPUTED="There is none.",
    NEW_SNAPSHOT="The newest snapshot has other bars where the result reads.",
    NEW_VERSION_UPSTREAM=(
        "Something that it uses has a newer version; this only informs, for what is pinned to a "
        "version stays right."
    ),
    ENGINE_CHANGED="It was computed by other versions of the software.",
)
_described(
    LineageDirection,
    "Which way to walk.",
    UPSTREAM="Towards what it rests on.",
    DOWNSTREAM="Towards what rests on it.",
    BOTH="Both ways, each from the entity asked about.",
)
_described(
    LineageRelation,
    "from FEEDS to: the data or definition flows from `from` into `to`.",
    PRICES="A snapshot has the bars of a universe.",
    MEMBER_OF="A factor belongs to a factor set.",
    INPUT_OF="A factor set is what a model learns from.",
    UNIVERSE_OF="A universe is what a model or backtest is over.",
    SIGNAL_OF="A factor or model is what a backtest trades on.",
    BASE_OF="A model is what another goes on from.",
)
_described(
    Severity,
    "How much a remark weighs.",
    INFO="Explains.",
    WARNING="Asks to look.",
    ERROR="Refuses.",
)
_described(
    Downsampling,
    "How a long series is thinned; rows are picked, never averaged.",
    NONE="All rows.",
    M4="The first, last, lowest and highest of each stretch.",
    MINMAXLTTB="The rows that shape the line most.",
)
_described(
    FactorOrigin,
    "Where a factor's values come from.",
    EXPRESSION="They are computed from an expression.",
    IMPORTED="They were computed elsewhere and came from a file.",
)
_described(
    ModelKind,
    "What can be trained.",
    LIGHTGBM="Gradient boosted trees by LightGBM.",
    XGBOOST="Gradient boosted trees by XGBoost.",
    CATBOOST="Gradient boosted trees by CatBoost.",
    LINEAR="A linear model: least squares, with or without a penalty.",
    DOUBLE_ENSEMBLE="LightGBM models in a row, with rows weighed and factors chosen anew.",
    LSTM="A recurrent network of LSTM cells; needs torch.",
    GRU="A recurrent network of GRU cells; needs torch.",
)
_described(
    SegmentName,
    "The three periods of a model.",
    TRAIN="What it learns from.",
    VALID="What stops its learning.",
    TEST="What it has never seen.",
)
_described(
    StrategyKind,
    "How a signal is turned into holdings.",
    TOPK_DROPOUT="Hold topk names and replace up to nDrop of the worst each day.",
    WEIGHTED="Hold the topk best by weight, equal or by rank, rebalanced every few days.",
    LONG_SHORT="Hold the topk best and sell the topk worst short, in equal parts, in any part "
    "of a share; borrowing costs.",
)
_described(
    DealPrice,
    "The price at which orders are filled.",
    OPEN="The day's open.",
    CLOSE="The day's close.",
    VWAP="The day's volume-weighted average price.",
)
_described(
    AccumulationMode,
    "How daily returns add up.",
    SUM="They are summed, as if the stake stayed the same.",
    PRODUCT="They are compounded.",
)
_described(Side, "Which way a trade goes.", BUY="Bought.", SELL="Sold.")
_described(
    RunKind,
    "What a run computes.",
    FACTOR_VALUES="The values of an expression.",
    EVALUATION="How a signal ranked later returns.",
    TRAINING="A model with its predictions.",
    PREDICTION="What a kept model predicts on later days.",
    BACKTEST="What trading on a signal would have earned.",
)
_described(
    RunState,
    "Where a run stands.",
    QUEUED="It waits for a worker or for what it needs.",
    RUNNING="A worker computes it.",
    SUCCEEDED="Its result is kept.",
    FAILED="It ended without a result; the error says why.",
    CANCELLED="It was called off.",
)
_described(
    OrderDirection,
    "Which way a list runs; rows that lack the figure come last either way.",
    ASC="Smallest first.",
    DESC="Largest first.",
)
_described(FactorOrderField, "What factors are sorted by; ties by id.", **_FIGURES)
_described(ModelOrderField, "What models are sorted by; ties by id.", **_FIGURES)
_described(
    BacktestOrderField,
    "What backtests are sorted by; ties by id.",
    NAME="By name.",
    CREATED_AT="By the moment its version was made.",
    ANNUALIZED_EXCESS_RETURN="By the headline's annualised excess return.",
    INFORMATION_RATIO="By the headline's information ratio.",
    MAX_DRAWDOWN="By the headline's maximum drawdown.",
)
_described(
    Executor,
    "What traded.",
    QATLAS="Loops of our own, with the trades and the account of Qlib's executor.",
    QLIB="Qlib's own strategy, executor and exchange.",
)
_described(
    Role,
    "What a viewer may do.",
    ADMIN="Everything.",
)
