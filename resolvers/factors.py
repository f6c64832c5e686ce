"""What is asked of a factor, or an unsaved expression: its values, and how good it is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.downloads import Download, ValuesDownload
from domain.errors import QatlasError
from domain.names import EntityKind
from domain.period import Period
from domain.records import (
    FactorRecord,
    FactorSetRecord,
    ResultRecord,
    SnapshotRecord,
    UniverseRecord,
)
from domain.results import NewResult
from domain.runs import RunKind
from domain.specs import FactorSpec
from resolvers.asking import Known
from resolvers.evaluations import evaluation_question
from resolvers.imported_values import told_losses
from resolvers.inquiry import Answer, Inquiry, Today
from resolvers.lookups import Lookups
from resolvers.needs import told_missing_fields
from resolvers.questions import NOBODY, Purpose, Question, stored_panel
from resolvers.series import Table, Thinning, instrument_table, members_table, only, shown_members
from resolvers.signals import SignalSource, factor_source, instrument_source
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from resolvers.studies import Study, StudyArguments, resolve_study, study_today


@dataclass(frozen=True, slots=True)
class Extension:
    """How predictions that go on past the test segment came to be.

    Attributes:
        trained_on: The data that the model learned from.
        document: What `compute.predicting` told of them.
    """

    trained_on: SnapshotRecord
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """A series, how it came to be, and where all of it is fetched."""

    table: Table
    answer: Answer
    snapshot: SnapshotRecord
    download: Download
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class EvaluationAnswer:
    """An evaluation, how it came to be, and the signal it judges, for questions that follow.

    `legs` are the days that each leg of a rolling model predicts; empty for any other signal.
    `board` is the leaderboard that shows it; None where it was asked for by itself.
    """

    answer: Answer
    source: SignalSource
    study: Study
    purpose: Purpose
    legs: tuple[Period, ...] = ()
    board: "Board | None" = None


def purpose_of(factor: FactorRecord | None) -> Purpose:
    """Whom an answer about an expression is for."""
    return Purpose(factor.id) if factor else NOBODY


async def factor_values(
    spec: FactorSpec,
    arguments: StudyArguments,
    instruments: Sequence[str] | None,
    thinning: Thinning,
    inquiry: Inquiry,
    factor: FactorRecord | None = None,
) -> SeriesAnswer:
    """The values of an expression, saved as `factor` or not, over a universe.

    Raises:
        BadInputError: An argument is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    facts, lookups, purpose = inquiry.services.facts, inquiry.lookups, purpose_of(factor)
    study = await resolve_study(arguments, facts, lookups)
    members = await facts.members(study.universe.id, study.period, lookups)
    shown = shown_members(members, instruments)
    thinning.require_room((await facts.calendar(study.snapshot)).rows(study.period))
    source = await factor_source(spec, study, inquiry.desk, purpose)
    found = await _values(source, study, inquiry)

    async def today() -> str:
        fresh = await study_today(study, arguments, facts, lookups)
        return (await factor_source(spec, fresh, inquiry.desk, purpose)).key

    panel, store = stored_panel(found.result), inquiry.services.store
    with told_losses(spec.imported):
        table = await members_table(panel, shown, study.period, thinning, store)
    answer = Answer(found.result, source.key, found.from_cache, today)
    download = ValuesDownload(
        found.result.key,
        factor.reference if factor else None,
        study.universe.reference,
        study.period.start,
        study.period.end,
        only(shown, members),
    )
    return SeriesAnswer(table, answer, study.snapshot, download)


async def _values(source: SignalSource, study: Study, inquiry: Inquiry) -> Known:
    """The panel that holds the values of a study, of an older snapshot if that has the same."""
    if (known := await inquiry.known(source.key)) is not None:
        return known
    answer = await inquiry.answer(source.panel)
    panel = answer.result
    kept = await inquiry.services.runner.keep(
        NewResult(
            key=source.key,
            kind=RunKind.FACTOR_VALUES,
            entity_id=panel.entity_id,
            snapshot_id=panel.snapshot_id,
            universe_id=study.universe.id,
            run_id=panel.run_id,
            engine=panel.engine,
            document=panel.document,
            artifacts=panel.artifacts,
            bytes=0,  # counted with the panel
            compute_seconds=panel.compute_seconds,
        )
    )
    return inquiry.learn(source.key, kept, from_cache=answer.from_cache)


async def instrument_values(
    factor: FactorRecord,
    symbol: str,
    snapshot: SnapshotRecord,
    period: Period,
    thinning: Thinning,
    inquiry: Inquiry,
) -> SeriesAnswer:
    """One instrument's values of a factor, whatever universes it belongs to."""
    purpose = Purpose(factor.id)

    async def source_on(data: SnapshotRecord) -> SignalSource:
        return await instrument_source(factor.spec, symbol, data, period, inquiry.desk, purpose)

    async def today() -> str:
        return (await source_on(await inquiry.lookups.latest_snapshot(snapshot.market_id))).key

    thinning.require_room((await inquiry.services.facts.calendar(snapshot)).rows(period))
    source = await source_on(snapshot)
    panel = await inquiry.answer(source.panel)
    store = inquiry.services.store
    with told_losses(factor.spec.imported):
        table = instrument_table(stored_panel(panel.result), symbol, period, thinning, store)
    answer = Answer(panel.result, source.key, panel.from_cache, today)
    download = ValuesDownload(
        panel.result.key, factor.reference, None, period.start, period.end, (symbol,)
    )
    return SeriesAnswer(table, answer, snapshot, download)


@dataclass(frozen=True, slots=True)
class PosedEvaluation:
    """How a factor ranked later returns, as a question, and the signal that it judges."""

    question: Question
    source: SignalSource
    study: Study
    today: Today

    def answered(self, answer: Answer) -> EvaluationAnswer:
        """The evaluation that an answer is."""
        return EvaluationAnswer(answer, self.source, self.study, self.question.purpose)


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """What a leaderboard shows, so that what is asked of each factor is computed for all at once.

    Attributes:
        factor_set: Whose factors are ranked.
        judged: Those shown that have an evaluation, all over one study.
        decays: By horizons what has been asked of all: decays, or why there is none, by the key
            of the signal.
    """

    factor_set: FactorSetRecord
    judged: tuple[tuple[FactorRecord, PosedEvaluation], ...]
    decays: dict[tuple[int, ...], asyncio.Task[Mapping[str, ResultRecord | QatlasError]]] = field(
        default_factory=dict
    )


async def evaluate_factor(
    spec: FactorSpec,
    arguments: StudyArguments,
    horizon_days: int,
    quantiles: int,
    inquiry: Inquiry,
    factor: FactorRecord | None = None,
) -> EvaluationAnswer:
    """How an expression ranked later returns.

    Raises:
        BadInputError: An argument is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    study = await resolve_study(arguments, inquiry.services.facts, inquiry.lookups)
    posed = await pose_evaluation(spec, arguments, study, horizon_days, quantiles, inquiry, factor)
    with told_missing_fields(spec.input_fields, study.snapshot):
        return posed.answered(await inquiry.answer(posed.question, posed.today))


async def pose_evaluation(
    spec: FactorSpec,
    arguments: StudyArguments,
    study: Study,
    horizon_days: int,
    quantiles: int,
    inquiry: Inquiry,
    factor: FactorRecord | None = None,
) -> PosedEvaluation:
    """The question how an expression ranked later returns over the study of some arguments.

    Raises:
        BadInputError: An argument is out of range, or the data lack what the factor needs.
    """
    facts, lookups = inquiry.services.facts, inquiry.lookups
    is_default = arguments.are_default and study.universe.is_latest
    is_default &= (horizon_days, quantiles) == (DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES)
    purpose = await _purpose_of_evaluation(factor, study.universe, is_default, lookups)

    async def put(on: Study) -> tuple[SignalSource, Question]:
        source = await factor_source(spec, on, inquiry.desk, purpose)
        return source, await evaluation_question(
            source, on, horizon_days, quantiles, inquiry.desk, purpose
        )

    async def today() -> str:
        return (await put(await study_today(study, arguments, facts, lookups)))[1].key

    source, question = await put(study)
    return PosedEvaluation(question, source, study, today)


async def _purpose_of_evaluation(
    factor: FactorRecord | None, universe: UniverseRecord, is_default: bool, lookups: Lookups
) -> Purpose:
    if factor is None or not is_default:
        return purpose_of(factor)
    listed_with = await lookups.default_universe()
    return Purpose(factor.id, EntityKind.FACTOR, universe.name_id == listed_with.name_id)
