"""What a result at default arguments leaves with its entity: its standing and its headline."""

from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

from catalog import results, standings
from catalog.database import Database
from compute.analysis.report import backtest_risk
from compute.outcomes import finite
from domain.artifacts import ArtifactStore
from domain.names import EntityKind
from domain.records import HeadlineRecord, ResultRecord, UniverseRecord
from domain.risk import AccumulationMode
from domain.runs import RunKind
from resolvers.questions import Question
from resolvers.reports import daily_report

DEFAULT_PERIODS_PER_YEAR = 238
_STANDS_FOR = {
    EntityKind.FACTOR: RunKind.EVALUATION,
    EntityKind.MODEL: RunKind.TRAINING,
    EntityKind.BACKTEST: RunKind.BACKTEST,
}
_REMEMBERED = 10_000
_Row = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class _Place:
    """What one default question may fill of an entity.

    A factor stands by its evaluation, a model by its training, a backtest by its history; the
    headline of a model shows the evaluation of its predictions. Only figures over the universe
    that an entity is listed with become its headline.
    """

    entity_id: int
    universe_name_id: int
    is_standing: bool
    is_headline: bool

    @property
    def rows(self) -> tuple[_Row, ...]:
        """Which rows it may fill: an entity stands over each universe, and has one headline."""
        standing: tuple[_Row, ...] = ((self.entity_id, self.universe_name_id),)
        headline: tuple[_Row, ...] = ((self.entity_id, None),)
        return (standing if self.is_standing else ()) + (headline if self.is_headline else ())


class Standings:
    """Lets results stand for their entities, and shows their figures in headlines.

    What stands already is not written again, and what was found to stand is not looked up again.

    Args:
        database: Where results are recorded.
        store: Where their arrays are.
    """

    def __init__(self, database: Database, store: ArtifactStore) -> None:
        self._database = database
        self._store = store
        self._known: OrderedDict[_Row, str] = OrderedDict()

    async def put(self, question: Question, kept: ResultRecord) -> None:
        """Let a result stand for the entity that it is the default answer of, if it is one.

        What stands on newer data stays: a computation may end when there is newer data already.
        """
        place, universe = _place(question), question.universe
        if place is None or universe is None:
            return
        if all(self._known.get(row) == kept.key for row in place.rows):
            return
        if not await self._stands(place, kept.key):
            await self._write(place, question, universe, kept)
        self._remember(place, kept.key)

    def forget(self, question: Question) -> None:
        """Look up again what stands: what was given up meanwhile stands no more."""
        if (place := _place(question)) is not None:
            for row in place.rows:
                self._known.pop(row, None)

    def _remember(self, place: _Place, key: str) -> None:
        for row in place.rows:
            self._known[row] = key
            self._known.move_to_end(row)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _stands(self, place: _Place, key: str) -> bool:
        entity_id = place.entity_id
        async with self._database.read() as session:
            standing = await standings.standing_results(
                session, [entity_id], place.universe_name_id
            )
            shown = await results.headlines(session, [entity_id])
        return (not place.is_standing or _key_of(standing.get(entity_id)) == key) and (
            not place.is_headline or _key_of(shown.get(entity_id)) == key
        )

    async def _write(
        self, place: _Place, question: Question, universe: UniverseRecord, kept: ResultRecord
    ) -> None:
        figures = _figures(question.kind, kept, self._store) if place.is_headline else {}
        headline = HeadlineRecord(
            entity_id=place.entity_id,
            result_key=kept.key,
            snapshot_id=question.snapshot.id,
            universe_id=universe.id,
            engine=kept.engine,
            computed_at=kept.computed_at,
            **figures,
        )
        async with self._database.begin() as session:
            name_id, entity_id = place.universe_name_id, place.entity_id
            standing = await standings.standing_results(session, [entity_id], name_id)
            if place.is_standing and not _is_newer(standing.get(entity_id), question.snapshot.id):
                await standings.put_standing(
                    session, entity_id, name_id, kept.key, kept.computed_at
                )
            if place.is_headline:
                await results.put_headline(session, headline)


def _place(question: Question) -> _Place | None:
    purpose, universe = question.purpose, question.universe
    if purpose.entity_id is None or purpose.stands_for is None or universe is None:
        return None
    is_standing = _STANDS_FOR[purpose.stands_for] is question.kind
    if not (is_standing or purpose.is_headline):
        return None
    return _Place(purpose.entity_id, universe.name_id, is_standing, purpose.is_headline)


def _key_of(found: ResultRecord | HeadlineRecord | None) -> str | None:
    if found is None:
        return None
    return found.key if isinstance(found, ResultRecord) else found.result_key


def _is_newer(standing: ResultRecord | None, snapshot_id: int) -> bool:
    # Snapshots of one market have ascending rows.
    return standing is not None and standing.snapshot_id > snapshot_id


def _figures(kind: RunKind, kept: ResultRecord, store: ArtifactStore) -> dict[str, float | None]:
    if kind is RunKind.EVALUATION:
        return {name: kept.document[name] for name in ("ic", "icir", "rank_ic", "rank_icir")}
    risk = backtest_risk(daily_report(kept, store), AccumulationMode.SUM, DEFAULT_PERIODS_PER_YEAR)
    excess: dict[str, Any] = (
        asdict(risk.excess_return_with_cost) if risk.excess_return_with_cost else {}
    )
    names = {
        "annualized_excess_return": "annualized_return",
        "information_ratio": "information_ratio",
        "max_drawdown": "max_drawdown",
    }
    return {shown: finite(excess.get(name, float("nan"))) for shown, name in names.items()}
