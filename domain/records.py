"""What the catalogue holds, as read from it: rows put together, detached from any database."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.names import EntityKind
from domain.specs import BacktestSpec, FactorOrigin, FactorSpec, JsonObject, ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRecord:
    """One version of one name. `id` is the row of the version, `name_id` that of the name."""

    id: int
    name_id: int
    kind: EntityKind
    name: str
    version: int
    latest_version: int
    description: str | None
    created_at: datetime
    created_by: str
    archived_at: datetime | None

    @property
    def is_latest(self) -> bool:
        """Whether no newer version exists."""
        return self.version == self.latest_version

    @property
    def reference(self) -> str:
        """What a client may write to point at this version among others of its kind."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord(EntityRecord):
    """One market's data as it stood after one import. `name` is the market's."""

    market_id: int
    directory: str
    stamp: str
    region: str
    frequency: str
    fingerprint: str
    benchmark: str | None
    first_date: date
    last_date: date
    trading_days: int
    fields: tuple[str, ...]
    quality: JsonObject
    """{"rows", "instruments", "issues": [{"check", "severity", "count", "examples"}]}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UniverseRecord(EntityRecord):
    """A set of instruments with point-in-time membership."""

    market_id: int
    market: str

    @property
    def reference(self) -> str:
        """What a client may write to point at this version among all universes."""
        return f"{self.market}/{self.name}:{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRecord(EntityRecord):
    """A signal defined by an expression, or by imported values."""

    origin: FactorOrigin
    spec: FactorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSetRecord(EntityRecord):
    """An ordered set of factors; its members are read apart."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord(EntityRecord):
    """What is trained, on what, over which days."""

    spec: ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRecord(EntityRecord):
    """What is traded, when, under which rules."""

    spec: BacktestSpec


AnyEntity = (
    SnapshotRecord | UniverseRecord | FactorRecord | FactorSetRecord | ModelRecord | BacktestRecord
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRecord:
    """A market. `default_universe` is a name, resolved to its latest version when read."""

    id: int
    name: str
    region: str
    currency: str | None
    benchmark: str | None
    default_universe: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentRecord:
    """What is listed on a market. Dates are those of the market's newest snapshot."""

    id: int
    market_id: int
    symbol: str
    company_name: str | None
    sector: str | None
    first_date: date
    last_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRecord:
    """A stay in a universe; an end of None is still open."""

    universe_id: int
    instrument_id: int
    symbol: str
    start: date
    end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRecord:
    """Data or a definition flows from `source_id` into `target_id`."""

    source_id: int
    target_id: int
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord:
    """A kept result: figures in `document`, arrays and texts under `artifacts`."""

    key: str
    kind: str
    entity_id: int | None
    snapshot_id: int
    universe_id: int | None
    run_id: int | None
    engine: str
    document: JsonObject
    artifacts: dict[str, str]
    bytes: int
    compute_seconds: float
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineRecord:
    """The newest kept figures of an entity at default arguments."""

    entity_id: int
    result_key: str
    snapshot_id: int
    universe_id: int
    engine: str
    computed_at: datetime
    ic: float | None = None
    icir: float | None = None
    rank_ic: float | None = None
    rank_icir: float | None = None
    annualized_excess_return: float | None = None
    information_ratio: float | None = None
    max_drawdown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One computation of one result."""

    id: int
    key: str
    kind: str
    state: str
    entity_id: int | None
    is_default: bool
    owner: str
    requested_by: str
    attempt: int
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    phase: str
    done: int
    total: int | None
    error_code: str | None
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEventRecord:
    """Something that happened during a run."""

    run_id: int
    sequence: int
    at: datetime
    level: str
    message: str
    state: str
    phase: str | None
    done: int | None
    total: int | None
