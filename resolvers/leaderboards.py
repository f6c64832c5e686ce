"""Every factor of a set judged at once, and ranked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.errors import BadInputError
from domain.evaluation_metrics import EvaluationMetric
from domain.records import FactorRecord, FactorSetRecord
from domain.work import EvaluationsWork, Peers, Spans, Work
from resolvers.asking import Known
from resolvers.evaluations import require_horizon
from resolvers.factors import Board, EvaluationAnswer, PosedEvaluation, pose_evaluation
from resolvers.inquiry import Answer, Inquiry
from resolvers.judged_together import Judgement, computed, joint_question, kept, missing
from resolvers.questions import Question, bars_of
from resolvers.standing import DEFAULT_QUANTILES
from resolvers.studies import Study, StudyArguments, resolve_study

MAX_RANKINGS = 500


@dataclass(frozen=True, slots=True)
class Ranking:
    """A factor's place in its set.

    Attributes:
        rank: From 1, the best.
        factor: Which factor.
        evaluation: Its figures; None where it has none.
        problem: Why it has none, in a sentence; None where it has.
    """

    rank: int
    factor: FactorRecord
    evaluation: EvaluationAnswer | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A factor, and the question of its evaluation or why there is none."""

    factor: FactorRecord
    posed: PosedEvaluation | None
    problem: str | None = None

    @property
    def judgement(self) -> Judgement | None:
        """What is asked of the factor, if anything is."""
        return Judgement(self.factor, self.posed.question) if self.posed else None

    def evaluation(self, known: Mapping[str, Known]) -> Known | None:
        """Its figures, if it has any."""
        return known.get(self.posed.question.key) if self.posed else None


async def leaderboard(
    factor_set: FactorSetRecord,
    arguments: StudyArguments,
    horizon_days: int,
    order_by: EvaluationMetric,
    first: int,
    inquiry: Inquiry,
) -> list[Ranking]:
    """The factors of a set by how they ranked later returns, the best first.

    What is not kept of their evaluations is computed in one pass, and each is kept as the
    factor's own. Undefined figures come last, then factors without an evaluation; ties are in the
    order of their names.

    Raises:
        BadInputError: An argument is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    if not 1 <= first <= MAX_RANKINGS:
        raise BadInputError(f"first is {first}; give 1 to {MAX_RANKINGS}.", "first")
    require_horizon(horizon_days)
    candidates = await _candidates(factor_set, arguments, horizon_days, inquiry)
    asked = [one.judgement for one in candidates if one.judgement]
    known = await kept(asked, inquiry)
    if lacking := missing(asked, known):
        study = next(one.posed.study for one in candidates if one.posed)
        await inquiry.answer(_pass(factor_set, study, lacking, horizon_days, inquiry))
        known |= await computed(lacking, inquiry)
    ranked = sorted(candidates, key=lambda one: _place(one, known, order_by))[:first]
    return await _rankings(factor_set, ranked, known, inquiry)


async def _candidates(
    factor_set: FactorSetRecord, arguments: StudyArguments, horizon_days: int, inquiry: Inquiry
) -> list[_Candidate]:
    facts, lookups = inquiry.services.facts, inquiry.lookups
    study = await resolve_study(arguments, facts, lookups)

    async def candidate(factor: FactorRecord) -> _Candidate:
        try:
            posed = await pose_evaluation(
                factor.spec, arguments, study, horizon_days, DEFAULT_QUANTILES, inquiry, factor
            )
        except BadInputError as error:  # the data lack what this factor needs
            return _Candidate(factor, None, error.message)
        return _Candidate(factor, posed)

    factors = await facts.factors(factor_set.id, lookups)
    return list(await asyncio.gather(*(candidate(factor) for factor in factors)))


def _pass(
    factor_set: FactorSetRecord,
    study: Study,
    lacking: Sequence[Judgement],
    horizon_days: int,
    inquiry: Inquiry,
) -> Question:
    """The question of all evaluations that are missing."""
    bars, signals = bars_of(study.snapshot), tuple(one.signal for one in lacking)

    def work(members: Mapping[str, Spans], compared: Peers | None) -> Work:
        asked = (horizon_days, DEFAULT_QUANTILES)
        return EvaluationsWork(bars, signals, members, study.period, *asked, compared)

    return joint_question("evaluations", factor_set, study, lacking, work, inquiry.desk)


def _place(
    candidate: _Candidate, known: Mapping[str, Known], order_by: EvaluationMetric
) -> tuple[bool, bool, float, str]:
    evaluation = candidate.evaluation(known)
    value = evaluation.result.document[order_by.figure] if evaluation else None
    return evaluation is None, value is None, -(value or 0.0), candidate.factor.name


async def _rankings(
    factor_set: FactorSetRecord,
    ranked: Sequence[_Candidate],
    known: Mapping[str, Known],
    inquiry: Inquiry,
) -> list[Ranking]:
    shown = [(one.factor, one.posed) for one in ranked if one.posed and one.evaluation(known)]
    board = Board(factor_set, tuple(shown))
    # Newer versions and tags may have come since the set's factors were remembered.
    fresh = await asyncio.gather(*(inquiry.lookups.entity(one.factor.id) for one in ranked))
    rankings = []
    for rank, (one, factor) in enumerate(zip(ranked, fresh, strict=True), start=1):
        assert isinstance(factor, FactorRecord)
        found = one.evaluation(known)
        if found is None or one.posed is None:
            rankings.append(Ranking(rank, factor, None, one.problem or _reason(one, known)))
            continue
        question = one.posed.question
        await inquiry.services.runner.stand(question, found.result)
        answer = Answer(found.result, question.key, found.from_cache, one.posed.today)
        evaluation = replace(one.posed.answered(answer), board=board)
        rankings.append(Ranking(rank, factor, evaluation, None))
    return rankings


def _reason(candidate: _Candidate, known: Mapping[str, Known]) -> str:
    refusal = candidate.judgement.found(known) if candidate.judgement else None
    if refusal is None:  # its evaluation was given up since the pass that had it ended
        return "Its evaluation is gone; ask again."
    return str(refusal.result.document["message"])
