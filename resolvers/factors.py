"""What is asked of an expression, saved as a factor or not: its values, and how good it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog import results
from domain.names import EntityKind
from domain.period import Period
from domain.records import FactorRecord, ResultRecord, SnapshotRecord
from domain.results import NewResult
from domain.runs import RunKind
from domain.specs import FactorSpec
from resolvers.evaluations import decay_question, evaluation_question
from resolvers.inquiry import Answer, Inquiry
from resolvers.questions import NOBODY, Purpose, Question, stored_panel
from resolvers.series import Table, Thinning, instrument_table, panel_table
from resolvers.signals import SignalSource, factor_source, panel_question
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from resolvers.studies import Study, StudyArguments, period_within, resolve_study


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """A series, and how it came to be."""

    table: Table
    answer: Answer
    snapshot: SnapshotRecord


@dataclass(frozen=True, slots=True)
class EvaluationAnswer:
    """An evaluation, how it came to be, and the signal it judges, for questions that follow."""

    answer: Answer
    source: SignalSource
    study: Study
    purpose: Purpose


def purpose_of(factor: FactorRecord | None) -> Purpose:
    """Whom an answer about an expression is for."""
    return Purpose(factor.id) if factor else NOBODY


async def factor_values(
    spec: FactorSpec,
    arguments: StudyArguments,
    instruments: Sequence[str] | None,
    thinning: Thinning,
    inquiry: Inquiry,
    purpose: Purpose = NOBODY,
) -> SeriesAnswer:
    """The values of an expression over a universe.

    Raises:
        BadInputError: An argument is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    study = await resolve_study(arguments, inquiry.services.facts, inquiry.lookups)
    source = await factor_source(spec, study, inquiry.desk, purpose)
    result, from_cache = await _values(source, study, inquiry)
    members = await inquiry.services.facts.members(study.universe.id, study.period, inquiry.lookups)

    async def today() -> str:
        fresh = await resolve_study(
            replace(arguments, snapshot=None), inquiry.services.facts, inquiry.lookups
        )
        return (await factor_source(spec, fresh, inquiry.desk, purpose)).key

    table = panel_table(
        stored_panel(result), members, study.period, instruments, thinning, inquiry.services.store
    )
    return SeriesAnswer(table, Answer(result, source.key, from_cache, today), study.snapshot)


async def _values(
    source: SignalSource, study: Study, inquiry: Inquiry
) -> tuple[ResultRecord, bool]:
    """The panel that holds the values of a study, of an older snapshot if that has the same."""
    if (kept := await inquiry.kept(source.key)) is not None:
        return kept, True
    answer = await inquiry.answer(source.panel)
    panel = answer.result
    async with inquiry.services.database.begin() as session:
        await results.drop_result(session, source.key)  # one that had lost a file
        kept = await results.keep_result(
            session,
            NewResult(
                key=source.key,
                kind=RunKind.FACTOR_VALUES,
                entity_id=panel.entity_id,
                snapshot_id=study.snapshot.id,
                universe_id=study.universe.id,
                run_id=panel.run_id,
                engine=panel.engine,
                document=panel.document,
                artifacts=panel.artifacts,
                bytes=0,  # counted with the panel
                compute_seconds=panel.compute_seconds,
            ),
        )
    return kept, answer.from_cache


async def instrument_values(
    factor: FactorRecord,
    symbol: str,
    snapshot: SnapshotRecord,
    period: Period,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """One instrument's values of a factor, whatever universes it belongs to."""
    question = await panel_question(factor.spec, snapshot, inquiry.desk, Purpose(factor.id))

    async def today() -> str:
        newest = await inquiry.lookups.latest_snapshot(snapshot.market_id)
        return (await panel_question(factor.spec, newest, inquiry.desk, Purpose(factor.id))).key

    answer = await inquiry.answer(question, today)
    within = period_within(snapshot, period.start, period.end)
    store = inquiry.services.store
    table = instrument_table(stored_panel(answer.result), symbol, within, thinning, store)
    return SeriesAnswer(table, answer, snapshot)


async def evaluate_factor(
    spec: FactorSpec,
    arguments: StudyArguments,
    horizon_days: int,
    quantiles: int,
    inquiry: Inquiry,
    factor: FactorRecord | None = None,
) -> EvaluationAnswer:
    """How an expression ranked later returns."""
    study = await resolve_study(arguments, inquiry.services.facts, inquiry.lookups)
    is_default = (
        factor is not None
        and arguments.are_default
        and (horizon_days, quantiles) == (DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES)
    )
    default = await inquiry.lookups.default_universe()
    purpose = Purpose(
        factor.id if factor else None,
        EntityKind.FACTOR if is_default else None,
        is_default and study.universe.name_id == default.name_id,
    )

    async def put(over: StudyArguments) -> tuple[SignalSource, Study, Question]:
        on = await resolve_study(over, inquiry.services.facts, inquiry.lookups)
        signal = await factor_source(spec, on, inquiry.desk, Purpose(purpose.entity_id))
        question = await evaluation_question(
            signal, on, horizon_days, quantiles, inquiry.desk, purpose
        )
        return signal, on, question

    async def today() -> str:
        return (await put(replace(arguments, snapshot=None)))[2].key

    source, study, question = await put(arguments)
    answer = await inquiry.answer(question, today)
    return EvaluationAnswer(answer, source, study, purpose)


async def decay(
    evaluation: EvaluationAnswer, horizons_days: Sequence[int], inquiry: Inquiry
) -> ResultRecord:
    """How the signal of an evaluation ranked the returns of several horizons."""
    question = await decay_question(
        evaluation.source, evaluation.study, horizons_days, inquiry.desk, evaluation.purpose
    )
    return (await inquiry.answer(question)).result
