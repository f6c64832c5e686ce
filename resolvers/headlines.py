"""What a result at default arguments leaves with its entity: its standing and its headline."""

from dataclasses import asdict
from typing import Any

from catalog import results, standings
from catalog.database import Database
from compute.analysis.report import backtest_risk
from compute.outcomes import finite
from domain.artifacts import ArtifactStore
from domain.names import EntityKind
from domain.records import HeadlineRecord, ResultRecord
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


async def record_standing(
    database: Database, question: Question, kept: ResultRecord, store: ArtifactStore
) -> None:
    """Let a result stand for the entity it is the default question of, and show its figures.

    A factor stands by its evaluation, a model by its training, a backtest by its history; the
    headline of a model shows the evaluation of its predictions. Only figures over the universe
    that an entity is listed with become its headline.
    """
    purpose, universe = question.purpose, question.universe
    if purpose.entity_id is None or universe is None or purpose.stands_for is None:
        return
    figures = _figures(question.kind, kept, store)
    async with database.begin() as session:
        if _STANDS_FOR[purpose.stands_for] is question.kind:
            await standings.put_standing(
                session, purpose.entity_id, universe.name_id, kept.key, kept.computed_at
            )
        if figures is not None and purpose.is_headline:
            await results.put_headline(
                session,
                HeadlineRecord(
                    entity_id=purpose.entity_id,
                    result_key=kept.key,
                    snapshot_id=question.snapshot.id,
                    universe_id=universe.id,
                    engine=kept.engine,
                    computed_at=kept.computed_at,
                    **figures,
                ),
            )


def _figures(
    kind: RunKind, kept: ResultRecord, store: ArtifactStore
) -> dict[str, float | None] | None:
    if kind is RunKind.EVALUATION:
        return {name: kept.document[name] for name in ("ic", "icir", "rank_ic", "rank_icir")}
    if kind is not RunKind.BACKTEST:
        return None
    risk = backtest_risk(daily_report(kept, store), AccumulationMode.SUM, DEFAULT_PERIODS_PER_YEAR)
    excess: dict[str, Any] = (
        asdict(risk.excess_return_with_cost) if risk.excess_return_with_cost else {}
    )
    return {
        "annualized_excess_return": finite(excess.get("annualized_return", float("nan"))),
        "information_ratio": finite(excess.get("information_ratio", float("nan"))),
        "max_drawdown": finite(excess.get("max_drawdown", float("nan"))),
    }
