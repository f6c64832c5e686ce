"""What use cases read of the catalogue. Each method may be batched with others of its kind."""

from collections.abc import Mapping
from typing import Literal, Protocol

from domain.names import EntityKind
from domain.records import (
    AnyEntity,
    FactorRecord,
    HeadlineRecord,
    MarketRecord,
    ResultRecord,
    RunRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.work import Spans

Pointing = EntityKind | Literal["signal"]
"""What a reference points at: one kind, or a signal, which is a factor or a model."""


class Lookups(Protocol):
    """Reads of the catalogue as it is now."""

    async def entity(self, entity_id: int) -> AnyEntity:
        """The entity of a row."""

    async def resolve(self, kind: Pointing, text: str, field: str | None = None) -> AnyEntity:
        """The entity that a client's reference points at.

        Raises:
            BadInputError: The text is no reference, or an id of another kind.
            NotFoundError: It points at nothing.
            AmbiguousNameError: It points at two things.
        """

    async def market(self, market_id: int) -> MarketRecord:
        """The market of a row."""

    async def latest_snapshot(self, market_id: int) -> SnapshotRecord:
        """A market's newest snapshot."""

    async def default_universe(self) -> UniverseRecord:
        """The catalogue's default universe.

        Raises:
            NotFoundError: No market has been imported.
        """

    async def market_default_universe(self, market_id: int) -> UniverseRecord:
        """A market's own default universe."""

    async def latest_version(self, name_id: int) -> AnyEntity:
        """The newest version of a name."""

    async def factors_of_set(self, factor_set_id: int) -> tuple[FactorRecord, ...]:
        """A set's factors in their order."""

    async def spans(self, universe_id: int) -> Mapping[str, Spans]:
        """Who was ever a member of a universe, and when."""

    async def symbols(self, snapshot_id: int) -> tuple[str, ...]:
        """What is listed in a snapshot, in alphabetical order."""

    async def sectors(self, market_id: int) -> Mapping[str, str]:
        """The sector of each of a market's instruments that has one, by symbol."""

    async def result(self, key: str) -> ResultRecord | None:
        """The kept result of a key, if there is one."""

    async def trainings(self, entity_id: int) -> tuple[ResultRecord, ...]:
        """The kept trainings that were first computed for a model, those on newest data first."""

    async def active_run(self, entity_id: int) -> RunRecord | None:
        """The run that computes an entity's results at this moment."""

    async def last_attempt(self, entity_id: int) -> RunRecord | None:
        """The newest finished run of an entity's results at default arguments."""

    async def headline(self, entity_id: int) -> HeadlineRecord | None:
        """An entity's newest kept figures at default arguments."""

    async def standing(self, entity_id: int, universe_name_id: int) -> ResultRecord | None:
        """The newest kept result of an entity at default arguments, over one universe."""
