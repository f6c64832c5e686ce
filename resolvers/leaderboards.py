"""Every factor of a set judged at once, and ranked."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import results
from domain.errors import BadInputError
from domain.evaluation_metrics import EvaluationMetric
from domain.keys import content_key
from domain.records import FactorRecord, FactorSetRecord, ResultRecord
from domain.runs import RunKind
from domain.work import EvaluationsWork, JudgedSignal, Work
from resolvers.asking import Known
from resolvers.bars_read import expressions_of
from resolvers.evaluations import require_horizon
from resolvers.factors import EvaluationAnswer, PosedEvaluation, pose_evaluation
from resolvers.inquiry import Answer, Inquiry
from resolvers.peers import peers
from resolvers.questions import Ensure, Purpose, Question, bars_of
from resolvers.standing import DEFAULT_QUANTILES
from resolvers.studies import StudyArguments, resolve_study

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
    def key(self) -> str:
        """Of its evaluation; of nothing without a question."""
        return self.posed.question.key if self.posed else ""

    @property
    def refusal_key(self) -> str:
        """Of the reason why it has none."""
        return content_key("refused evaluation", self.key)


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
    kept = await _kept(candidates, inquiry)
    missing = [one for one in candidates if one.posed and _found(one, kept) is None]
    if missing:
        await inquiry.answer(await _pass(factor_set, missing, horizon_days, inquiry))
        kept |= await _computed(missing, inquiry)
    ranked = sorted(candidates, key=lambda one: _place(one, kept, order_by))[:first]
    return await _rankings(ranked, kept, inquiry)


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


async def _kept(candidates: Sequence[_Candidate], inquiry: Inquiry) -> dict[str, Known]:
    """What is kept of evaluations, and of reasons why there are none, by key."""
    asked = [one for one in candidates if one.posed]
    keys = [key for one in asked for key in (one.key, one.refusal_key)]
    found = await asyncio.gather(*(inquiry.known(key) for key in keys))
    return {key: one for key, one in zip(keys, found, strict=True) if one}


async def _computed(candidates: Sequence[_Candidate], inquiry: Inquiry) -> dict[str, Known]:
    """What a pass has kept just now."""
    keys = [key for one in candidates for key in (one.key, one.refusal_key)]
    async with inquiry.services.database.read() as session:
        found: Mapping[str, ResultRecord] = await results.find_results(session, keys)
    return {key: inquiry.learn(key, one, from_cache=False) for key, one in found.items()}


async def _pass(
    factor_set: FactorSetRecord,
    missing: Sequence[_Candidate],
    horizon_days: int,
    inquiry: Inquiry,
) -> Question:
    """The question of all evaluations that are missing."""
    by_key = {one.key: one for one in missing}
    posed = [one.posed for one in by_key.values() if one.posed]
    study, desk = posed[0].study, inquiry.desk
    factors = [one.factor for one in by_key.values()]

    async def prepare(_ensure: Ensure) -> Work:
        return EvaluationsWork(
            bars=bars_of(study.snapshot),
            signals=tuple(
                JudgedSignal(one.factor.name, one.factor.spec.feature, key, one.refusal_key)
                for key, one in by_key.items()
            ),
            members=await desk.facts.members(study.universe.id, study.period, desk.lookups),
            period=study.period,
            horizon_days=horizon_days,
            quantiles=DEFAULT_QUANTILES,
            peers=await peers(expressions_of(factors), study.universe, desk.facts, desk.lookups),
        )

    return Question(
        key=content_key("evaluations", sorted(by_key)),
        kind=RunKind.EVALUATION,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=posed[0].question.engine,
        prepare=prepare,
        purpose=Purpose(factor_set.id),
        parts=_parts(missing),
    )


def _parts(missing: Sequence[_Candidate]) -> dict[str, Question]:
    parts: dict[str, Question] = {}
    for one in missing:
        if one.posed is not None and one.key not in parts:
            refused = Purpose(one.factor.id)
            parts[one.key] = one.posed.question
            parts[one.refusal_key] = replace(
                one.posed.question, key=one.refusal_key, purpose=refused
            )
    return parts


def _found(candidate: _Candidate, kept: Mapping[str, Known]) -> Known | None:
    """The evaluation, else the reason why there is none."""
    return kept.get(candidate.key) or kept.get(candidate.refusal_key)


def _place(
    candidate: _Candidate, kept: Mapping[str, Known], order_by: EvaluationMetric
) -> tuple[bool, bool, float, str]:
    evaluation = kept.get(candidate.key)
    value = evaluation.result.document[order_by.figure] if evaluation else None
    return evaluation is None, value is None, -(value or 0.0), candidate.factor.name


async def _rankings(
    ranked: Sequence[_Candidate], kept: Mapping[str, Known], inquiry: Inquiry
) -> list[Ranking]:
    # Newer versions and tags may have come since the set's factors were remembered.
    fresh = await asyncio.gather(*(inquiry.lookups.entity(one.factor.id) for one in ranked))
    rankings = []
    for rank, (one, factor) in enumerate(zip(ranked, fresh, strict=True), start=1):
        assert isinstance(factor, FactorRecord)
        found = kept.get(one.key)
        if found is None or one.posed is None:
            problem = one.problem or _reason(kept.get(one.refusal_key))
            rankings.append(Ranking(rank, factor, None, problem))
            continue
        await inquiry.services.runner.stand(one.posed.question, found.result)
        answer = Answer(found.result, one.key, found.from_cache, one.posed.today)
        rankings.append(Ranking(rank, factor, one.posed.answered(answer), None))
    return rankings


def _reason(refusal: Known | None) -> str:
    if refusal is None:  # its evaluation was given up since the pass that had it ended
        return "Its evaluation is gone; ask again."
    return str(refusal.result.document["message"])
