"""The catalogue as use cases read it, through the loaders of one operation."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from catalog import (
    defaults,
    markets,
    membership,
    reading,
    references,
    relations,
    results,
    runs,
    standings,
)
from catalog.paging import PageRequest
from domain.errors import NotFoundError, QatlasError
from domain.records import (
    AnyEntity,
    EntityRecord,
    FactorRecord,
    HeadlineRecord,
    MarketRecord,
    ResultRecord,
    RunRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.runs import RunKind
from domain.work import Spans
from resolvers.lookups import Pointing
from schema.enums import EntityKind
from schema.loaders import Loaders

T = TypeVar("T")


class CatalogLookups(Loaders):
    """Implements `resolvers.lookups.Lookups`."""

    async def entity(self, entity_id: int) -> AnyEntity:
        """The entity of a row."""
        found = await self.load(reading.entities_by_ids, entity_id)
        return cast(AnyEntity, _found(found, "entity", entity_id))

    async def entities(self, entity_ids: Sequence[int]) -> list[AnyEntity]:
        """The entities of rows, in their order."""
        return list(await asyncio.gather(*(self.entity(row) for row in entity_ids)))

    def know_entities(self, records: Iterable[object]) -> None:
        """Take entities that a list has found for what `entity` would."""
        for record in records:
            if isinstance(record, EntityRecord):
                self.know(reading.entities_by_ids, record.id, cast(AnyEntity, record))

    async def resolve(self, kind: Pointing, text: str, field: str | None = None) -> AnyEntity:
        """The entity that a client's reference points at."""
        found: AnyEntity | QatlasError | None = await self.load(_resolved, text, kind, field)
        if isinstance(found, QatlasError):
            raise found
        return cast(AnyEntity, _found(found, "reference", text))

    async def market(self, market_id: int) -> MarketRecord:
        """The market of a row."""
        return _found(await self.load(markets.markets_by_ids, market_id), "market", market_id)

    async def latest_snapshot(self, market_id: int) -> SnapshotRecord:
        """A market's newest snapshot."""
        found = await self.load(markets.latest_snapshots, market_id)
        return _found(found, "snapshot of market", market_id)

    async def default_universe(self) -> UniverseRecord:
        """The catalogue's default universe."""
        found = await self.load(_default_universe, EntityKind.UNIVERSE)
        if found is None:
            raise NotFoundError(
                "No market has been imported, so there is no default universe; import one with "
                "`qatlas market sample` or `qatlas market adopt`."
            )
        return cast(UniverseRecord, found)

    async def market_default_universe(self, market_id: int) -> UniverseRecord:
        """A market's own default universe."""
        found = await self.load(markets.default_universes, market_id)
        return _found(found, "default universe of market", market_id)

    async def latest_version(self, name_id: int) -> AnyEntity:
        """The newest version of a name."""
        versions = await self.load(reading.versions_of, name_id)
        return _found(versions, "name", name_id)[0]

    async def factors_of_set(self, factor_set_id: int) -> tuple[FactorRecord, ...]:
        """A set's factors in their order."""
        page = PageRequest.of(first=500)
        factors: list[FactorRecord] = []
        while True:
            part = await self.load(relations.FACTORS_OF_FACTOR_SETS.pages, factor_set_id, page)
            factors += part.items if part else ()
            if part is None or not part.has_next_page:
                return tuple(factors)
            page = PageRequest.of(first=500, after=part.cursors[-1])

    async def spans(self, universe_id: int) -> Mapping[str, Spans]:
        """Who was ever a member of a universe, and when."""
        return await self.read(membership.spans_of, universe_id)

    async def symbols(self, snapshot_id: int) -> tuple[str, ...]:
        """What is listed in a snapshot, in alphabetical order."""
        return await self.read(membership.symbols_of_snapshot, snapshot_id)

    async def sectors(self, market_id: int) -> Mapping[str, str]:
        """The sector of each of a market's instruments that has one, by symbol."""
        return await self.read(membership.sectors_of_market, market_id)

    async def result(self, key: str) -> ResultRecord | None:
        """The kept result of a key, if there is one."""
        return await self.load(results.find_results, key)

    async def trainings(self, entity_id: int) -> tuple[ResultRecord, ...]:
        """The kept trainings that were first computed for a model, those on newest data first."""
        found = await self.load(results.results_of_entities, entity_id, RunKind.TRAINING)
        return found or ()

    async def headline(self, entity_id: int) -> HeadlineRecord | None:
        """An entity's newest kept figures at default arguments."""
        return await self.load(results.headlines, entity_id)

    async def active_run(self, entity_id: int) -> RunRecord | None:
        """The run that computes an entity's results at this moment."""
        return await self.load(runs.active_runs, entity_id)

    async def last_attempt(self, entity_id: int) -> RunRecord | None:
        """The newest finished run of an entity's results at default arguments."""
        return await self.load(runs.last_attempts, entity_id)

    async def standing(self, entity_id: int, universe_name_id: int) -> ResultRecord | None:
        """The newest kept result of an entity at default arguments, over one universe."""
        return await self.load(standings.standing_results, entity_id, universe_name_id)


async def _resolved(
    session: Any, texts: Sequence[str], kind: Pointing, field: str | None
) -> Mapping[str, AnyEntity | QatlasError]:
    return await references.resolve_all(session, kind, texts, field)


async def _default_universe(
    session: Any, kinds: Sequence[EntityKind]
) -> Mapping[EntityKind, AnyEntity]:
    default = await defaults.default_universe(session)
    if default is None:
        return {}
    return {kind: await references.resolve(session, kind, "/".join(default)) for kind in kinds}


def _found(value: T | None, what: str, row: int | str) -> T:
    if value is None:
        raise NotFoundError(f"The catalogue holds no {what} of row {row}.")
    return value
