"""What is asked of a factor set: the values of all its factors over a universe."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.versions import matrix_engine
from domain.arrays import DateArray, FloatPanel
from domain.artifacts import ArtifactStore
from domain.errors import BadInputError
from domain.keys import content_key
from domain.records import FactorSetRecord, ResultRecord
from domain.runs import RunKind
from domain.work import MatrixWork, StoredMatrix, Work
from resolvers.bars_read import bars_of_factors, expressions_of
from resolvers.desk import Desk
from resolvers.inquiry import Answer, Inquiry
from resolvers.peers import peers
from resolvers.questions import Ensure, Purpose, Question, bars_of
from resolvers.studies import Study, StudyArguments, resolve_study, study_today

MAX_PREVIEW_ROWS = 1000


@dataclass(frozen=True, slots=True)
class MatrixAnswer:
    """A matrix, how it came to be, and what it is over."""

    answer: Answer
    study: Study


@dataclass(frozen=True, slots=True, eq=False)
class MatrixRows:
    """The first rows of a matrix.

    Attributes:
        dates: The day of each row, datetime64[D].
        symbols: The symbol of each row.
        values: Shape (rows, factors), float32; NaN where a factor has no value.
    """

    dates: DateArray
    symbols: np.ndarray[Any, np.dtype[np.str_]]
    values: FloatPanel


async def matrix(
    factor_set: FactorSetRecord, arguments: StudyArguments, inquiry: Inquiry
) -> MatrixAnswer:
    """The values of a set's factors for the members of a universe, day by day.

    Raises:
        BadInputError: An argument is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    facts, lookups = inquiry.services.facts, inquiry.lookups
    study = await resolve_study(arguments, facts, lookups)

    async def today() -> str:
        fresh = await study_today(study, arguments, facts, lookups)
        return (await matrix_question(factor_set, fresh, inquiry.desk)).key

    question = await matrix_question(factor_set, study, inquiry.desk)
    return MatrixAnswer(await inquiry.answer(question, today), study)


async def matrix_question(factor_set: FactorSetRecord, study: Study, desk: Desk) -> Question:
    """The values of a set's factors over a study.

    Raises:
        BadInputError: The snapshot lacks a field.
    """
    factors = await desk.facts.factors(factor_set.id, desk.lookups)
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    membership = await desk.facts.membership_key(study.universe.id, study.period, desk.lookups)
    features = await desk.facts.features_key(factor_set.id, desk.lookups)
    bars = await bars_of_factors(factors, study, desk)
    versions = matrix_engine()

    async def prepare(_ensure: Ensure) -> Work:
        return MatrixWork(
            bars=bars_of(study.snapshot),
            features=tuple((factor.name, factor.spec.feature) for factor in factors),
            members=members,
            period=study.period,
            peers=await peers(expressions_of(factors), study.universe, desk.facts, desk.lookups),
        )

    return Question(
        key=content_key("matrix", [features, membership, bars, study.period, versions]),
        kind=RunKind.FACTOR_VALUES,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(factor_set.id),
    )


def stored_matrix(result: ResultRecord) -> StoredMatrix:
    """The matrix that a result keeps."""
    artifacts = result.artifacts
    return StoredMatrix(
        artifacts["values"], artifacts["dates"], artifacts["places"], artifacts["symbols"]
    )


def first_rows(result: ResultRecord, first: int, store: ArtifactStore) -> MatrixRows:
    """The first rows of a kept matrix.

    Raises:
        BadInputError: `first` is out of range.
        ArtifactMissingError: The matrix is no longer kept.
    """
    if not 0 <= first <= MAX_PREVIEW_ROWS:
        raise BadInputError(f"first is {first}; give 0 to {MAX_PREVIEW_ROWS}.", "first")
    kept = stored_matrix(result)
    places = store.open_array(kept.places)[:first]
    return MatrixRows(
        dates=store.open_array(kept.dates)[:first],
        symbols=store.open_array(kept.symbols)[places],
        values=store.open_array(kept.values)[:first],
    )
