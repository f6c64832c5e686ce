"""What everybody starts with: the factor sets of Qlib, RD-Agent and Kakushadze, and a first model
and backtests.

The model and the backtests are of the sample market, whose five names are few: two are held, trees
are small, and segments begin after GOOG was listed in August 2004. FB was in May 2012, so there are
four names before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from bars.sample import BENCHMARK, REGION, UNIVERSE
from domain.expression import parse
from domain.lightgbm_parameters import check_lightgbm_parameters
from domain.names import EntityKind, Reference
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.records import AnyEntity, FactorRecord, ModelRecord
from domain.specs import BacktestSpec, ModelKind, ModelSpec, StrategySpec
from domain.strategy_parameters import check_strategy_parameters
from domain.trading_defaults import DEFAULT_LABEL, default_exchange
from resolvers.importing import SAMPLE_MARKET


@dataclass(frozen=True, slots=True)
class FactorSetSeed:
    """A factor set, without its members."""

    name: str
    description: str
    tags: tuple[str, ...]


ALPHA158 = FactorSetSeed(
    "Alpha158",
    "Qlib's Alpha158: 9 factors of the day's bar, 4 prices over the close, and 29 kinds of factor "
    "over windows of 5, 10, 20, 30 and 60 days.",
    ("qlib",),
)
ALPHA360 = FactorSetSeed(
    "Alpha360",
    "Qlib's Alpha360: prices and volume of today and the 59 trading days before, over today's "
    "close and volume.",
    ("qlib",),
)
ALPHA20 = FactorSetSeed(
    "alpha20", "The 20 factors of Alpha158 that RD-Agent sets out from.", ("rd-agent",)
)
ALPHA101 = FactorSetSeed(
    "alpha101",
    'The alphas of Kakushadze, "101 Formulaic Alphas" (2015). They compare the members of a '
    "universe day by day; 18 need their sectors, alpha056 needs $market_cap.",
    ("kakushadze",),
)
QLIBS = (ALPHA158, ALPHA360, ALPHA20)
"""The sets whose factors Qlib tells."""

FACTOR_SETS = (*QLIBS, ALPHA101)

SAMPLE_UNIVERSE = Reference(UNIVERSE, qualifier=SAMPLE_MARKET)
TAGS = ("demo",)

MODEL = "demo-lightgbm"
MODEL_DESCRIPTION = (
    "Small trees on Alpha158 over the five US names of the sample market. It shows the way; with "
    "so few names its figures are no advice."
)
PARAMETERS: Mapping[str, float] = MappingProxyType(
    {
        "num_boost_round": 300,
        "early_stopping_rounds": 50,
        "learning_rate": 0.01,
        "num_leaves": 8,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
    }
)
"""On 5,000 rows a model overfits soon: each tree has 8 leaves and sees a third of the factors."""

SEED = 7
SEGMENTS = Segments(
    train=Period(date(2005, 1, 3), date(2009, 12, 31)),
    valid=Period(date(2010, 1, 4), date(2010, 12, 31)),
    test=Period(date(2011, 1, 3), date(2012, 12, 31)),
)


def model_spec(factor_set_id: int, universe_id: int) -> ModelSpec:
    """The model `demo-lightgbm`, given the rows of Alpha158 and of the sample universe."""
    return ModelSpec(
        kind=ModelKind.LIGHTGBM,
        parameters=check_lightgbm_parameters(PARAMETERS),
        seed=SEED,
        factor_set_id=factor_set_id,
        universe_id=universe_id,
        label=parse(DEFAULT_LABEL).canonical,
        segments=SEGMENTS,
        processors=check_processors(None),
    )


@dataclass(frozen=True, slots=True)
class BacktestSeed:
    """A backtest of the sample market, and the name of the signal that it trades on."""

    name: str
    signal_kind: EntityKind
    signal: str
    description: str


BACKTESTS = (
    BacktestSeed(
        "demo-lightgbm-top2",
        EntityKind.MODEL,
        MODEL,
        "Holds the two names that demo-lightgbm rates highest and replaces at most one a day.",
    ),
    BacktestSeed(
        "demo-roc20-top2",
        EntityKind.FACTOR,
        "ROC20",
        "Holds the two names that fell most over 20 trading days and replaces at most one a day.",
    ),
)
ROC20 = "Ref($close,20)/$close"
PERIOD = Period(date(2011, 1, 4), date(2012, 12, 28))
ACCOUNT = 1_000_000.0


def backtest_spec(signal_id: int, universe_id: int) -> BacktestSpec:
    """Either backtest, given the rows of its signal and of the sample universe."""
    return BacktestSpec(
        signal_id=signal_id,
        universe_id=universe_id,
        period=PERIOD,
        benchmark=BENCHMARK,
        account=ACCOUNT,
        strategy=StrategySpec(topk=2, n_drop=1, parameters=check_strategy_parameters(None)),
        exchange=default_exchange(REGION),
    )


def is_signal(signal: AnyEntity, universe_id: int) -> bool:
    """Whether what has a signal's name is what the backtests were made for."""
    if isinstance(signal, ModelRecord):
        return signal.spec.universe_id == universe_id and signal.spec.segments == SEGMENTS
    return isinstance(signal, FactorRecord) and signal.spec.canonical == parse(ROC20).canonical
