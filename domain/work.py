"""What is asked of a worker, and what it answers. Both travel between processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.period import Period, Segments
from domain.specs import (
    ExchangeSpec,
    JsonObject,
    ModelKind,
    Processor,
    Processors,
    StrategySpec,
)
from domain.stored_panels import Feature
from domain.stored_panels import StoredPanel as StoredPanel

ROWS_OF_IMPORTED = "$close"
"""What says which rows there are where all factors were imported and none reads bars."""

Spans = tuple[tuple[date, date | None], ...]
"""The days between which a name is a member; an end of None is still open."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Where a snapshot's bars lie. `stamp` tells whether they are still those registered."""

    directory: str
    region: str
    stamp: str


@dataclass(frozen=True, slots=True)
class StoredMatrix:
    """Values by day and member in the artifact store: digests of four `.npy` files.

    `values` is (rows, factors), float32; `dates` is (rows,), datetime64[D]; `places` is (rows,),
    int32, the place of each row's symbol in `symbols`, which is fixed-width text. Rows ascend by
    day and then by symbol.
    """

    values: str
    dates: str
    places: str
    symbols: str


@dataclass(frozen=True, slots=True)
class Peers:
    """Whom cross-sections compare: who was a member when, ever, and who is in which sector.

    `sectors` is empty where nothing reads them, and lacks those who have none.
    """

    members: Mapping[str, Spans]
    sectors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PanelsWork:
    """Compute expressions over instruments and the whole calendar of a snapshot.

    The instruments are all that are listed, or all that ever were members where `peers` says whom
    the expressions compare. `engine` names the versions that compute them, as results do: what
    equal ones computed on another snapshot is taken over as far as it is the same there. Without
    it nothing is, and nothing is noted for later snapshots.
    """

    bars: Bars
    expressions: tuple[str, ...]
    symbols: tuple[str, ...]
    peers: Peers | None = None
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedWork:
    """Look whether the values of an imported factor are still those that were imported."""

    bars: Bars
    factor: str
    panel: StoredPanel


@dataclass(frozen=True, slots=True)
class PanelsTogether:
    """Works over one ground that one worker does in one plan, each with an outcome of its own.

    Their bars, symbols, peers and engine are equal.
    """

    works: tuple[PanelsWork, ...]

    @property
    def bars(self) -> Bars:
        """Where the bars of all of them lie."""
        return self.works[0].bars


@dataclass(frozen=True, slots=True)
class MatrixWork:
    """Compute a factor set for the members of a universe on their days in a period."""

    bars: Bars
    features: tuple[tuple[str, Feature], ...]
    """Names, and what their values are made of, in the order of the factor set."""
    members: Mapping[str, Spans]
    period: Period
    peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class EvaluationWork:
    """Judge a signal by the returns that followed it."""

    bars: Bars
    signal: StoredPanel
    members: Mapping[str, Spans]
    period: Period
    horizon_days: int
    quantiles: int


@dataclass(frozen=True, slots=True)
class DecayWork:
    """Correlate a signal with the returns of several horizons."""

    bars: Bars
    signal: StoredPanel
    members: Mapping[str, Spans]
    period: Period
    horizons_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class JudgedSignal:
    """One of many factors that are judged together.

    Attributes:
        name: The factor's, for sentences; the expression itself where nobody saved it.
        feature: What its values are made of.
        key: Under which its figures are answered.
        refusal_key: Under which the reason is answered where it has none.
    """

    name: str
    feature: Feature
    key: str
    refusal_key: str


@dataclass(frozen=True, slots=True)
class EvaluationsWork:
    """Judge many factors by the returns that followed them, each as `EvaluationWork` would."""

    bars: Bars
    signals: tuple[JudgedSignal, ...]
    members: Mapping[str, Spans]
    period: Period
    horizon_days: int
    quantiles: int
    peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class DecaysWork:
    """Correlate many factors with the returns of several horizons, each as `DecayWork` would."""

    bars: Bars
    signals: tuple[JudgedSignal, ...]
    members: Mapping[str, Spans]
    period: Period
    horizons_days: tuple[int, ...]
    peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class CorrelationsWork:
    """Correlate a factor with many others, day by day."""

    bars: Bars
    signal: JudgedSignal
    others: tuple[JudgedSignal, ...]
    members: Mapping[str, Spans]
    period: Period
    peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class TrainingWork:
    """Train a model and predict all three of its segments."""

    bars: Bars
    kind: ModelKind
    parameters: JsonObject
    seed: int
    features: tuple[tuple[str, Feature], ...]
    """Names, and what their values are made of, in the order of the factor set."""
    label: str
    members: Mapping[str, Spans]
    segments: Segments
    processors: Processors
    peers: Peers | None = None
    purge_days: int = 0
    """How many trading days at the end of train and valid are not learned from."""
    base: Mapping[str, str] | None = None
    """Digests of the training that is continued: its model, and what its steps were fitted to."""
    rounds: int | None = None
    """How many rounds `base` is continued by at most."""


@dataclass(frozen=True, slots=True)
class TrainedLeg:
    """One of the trainings of a rolling model.

    Attributes:
        key: Of its training.
        segments: Its own; of what it predicted, the test segment counts.
        panel: What it predicted.
        document: What its training told.
        curves: Digests of its learning curves, by the names that `document` gives them.
        seconds: How long it took.
    """

    key: str
    segments: Segments
    panel: StoredPanel
    document: JsonObject
    curves: Mapping[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class StitchingWork:
    """Put together what the legs of a rolling model predicted, each on the days of its own."""

    bars: Bars
    legs: tuple[TrainedLeg, ...]
    """Ascending by the days of test, which follow each other."""


@dataclass(frozen=True, slots=True)
class PredictionWork:
    """Predict days that came after the test segment by a model that is kept, and compare."""

    bars: Bars
    kind: ModelKind
    trained: Mapping[str, str]
    """Digests of the training: its model, what its steps were fitted to, what it predicted."""
    trained_on: str
    """The snapshot that the model learned from, as `market:version`."""
    features: tuple[tuple[str, Feature], ...]
    """Names, and what their values are made of, in the order of the factor set."""
    label: str
    """Not predicted from; its fields say with the features' which rows there are."""
    members: Mapping[str, Spans]
    infer: tuple[Processor, ...]
    test: Period
    later: Period
    """The days after the test segment."""
    peers: Peers | None = None


@dataclass(frozen=True, slots=True)
class BacktestWork:
    """Trade on a signal."""

    bars: Bars
    signal: StoredPanel
    members: Mapping[str, Spans]
    signal_period: Period
    """The days of the signal that may be traded on."""
    period: Period
    benchmark: str | None
    account: float
    strategy: StrategySpec
    exchange: ExchangeSpec


Work = (
    PanelsWork
    | ImportedWork
    | MatrixWork
    | EvaluationWork
    | DecayWork
    | EvaluationsWork
    | DecaysWork
    | CorrelationsWork
    | TrainingWork
    | StitchingWork
    | PredictionWork
    | BacktestWork
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker made of its work.

    `document` is plain JSON (small figures), `artifacts` maps names to digests of stored arrays
    and texts, `bytes` is their size, `seconds` how long it took. `parts` are answers to other
    questions that came of the same work, by key. `each` tells of works that were done together
    what became of them, in their order: an outcome, or what it failed with.
    """

    document: Mapping[str, Any]
    artifacts: Mapping[str, str]
    bytes: int
    seconds: float
    parts: Mapping[str, "Outcome"] = field(default_factory=dict)
    each: "tuple[Outcome | Exception, ...]" = ()
