"""Questions about many factors that one computation answers, each under a key of its own."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import results
from domain.keys import content_key
from domain.records import FactorRecord, FactorSetRecord, ResultRecord
from domain.runs import RunKind
from domain.work import JudgedSignal, Peers, Spans, Work
from resolvers.asking import Known
from resolvers.bars_read import expressions_of
from resolvers.desk import Desk
from resolvers.inquiry import Inquiry
from resolvers.peers import peers
from resolvers.questions import Ensure, Purpose, Question
from resolvers.studies import Study


@dataclass(frozen=True, slots=True)
class Judgement:
    """A question about one of many factors.

    Attributes:
        factor: Which factor.
        question: What is asked of it, which could be answered alone, too.
    """

    factor: FactorRecord
    question: Question

    @property
    def key(self) -> str:
        """Of its answer."""
        return self.question.key

    @property
    def refusal_key(self) -> str:
        """Of the reason why it has none."""
        return content_key("refused evaluation", self.key)

    @property
    def signal(self) -> JudgedSignal:
        """The factor as workers are told it."""
        return JudgedSignal(self.factor.name, self.factor.spec.feature, self.key, self.refusal_key)

    def found(self, known: Mapping[str, Known]) -> Known | None:
        """The answer, else the reason why there is none."""
        return known.get(self.key) or known.get(self.refusal_key)


def missing(judgements: Iterable[Judgement], known: Mapping[str, Known]) -> list[Judgement]:
    """Those without an answer or a reason, each key once."""
    lacking = {one.key: one for one in judgements if one.found(known) is None}
    return list(lacking.values())


async def kept(judgements: Sequence[Judgement], inquiry: Inquiry) -> dict[str, Known]:
    """What is kept of answers, and of reasons why there are none, by key."""
    keys = _keys(judgements)
    found = await asyncio.gather(*(inquiry.known(key) for key in keys))
    return {key: one for key, one in zip(keys, found, strict=True) if one}


async def computed(judgements: Sequence[Judgement], inquiry: Inquiry) -> dict[str, Known]:
    """What a computation of all has kept just now, by key."""
    async with inquiry.services.database.read() as session:
        found: Mapping[str, ResultRecord] = await results.find_results(session, _keys(judgements))
    return {key: inquiry.learn(key, one, from_cache=False) for key, one in found.items()}


def joint_question(
    name: str,
    factor_set: FactorSetRecord,
    study: Study,
    lacking: Sequence[Judgement],
    work: Callable[[Mapping[str, Spans], Peers | None], Work],
    desk: Desk,
) -> Question:
    """The question that answers all that are missing.

    Args:
        name: What is asked of each.
        factor_set: Whose factors they are.
        study: Over which they are judged.
        lacking: At least one.
        work: What a worker is given, from the members and from whom cross-sections compare.
        desk: What is read with.
    """
    expressions = expressions_of(one.factor for one in lacking)

    async def prepare(_ensure: Ensure) -> Work:
        members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
        return work(members, await peers(expressions, study.universe, desk.facts, desk.lookups))

    return Question(
        key=content_key(name, sorted(one.key for one in lacking)),
        kind=RunKind.EVALUATION,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=lacking[0].question.engine,
        prepare=prepare,
        purpose=Purpose(factor_set.id),
        parts=_parts(lacking),
    )


def _parts(judgements: Iterable[Judgement]) -> dict[str, Question]:
    """What a computation of all answers on the way."""
    found: dict[str, Question] = {}
    for one in judgements:
        refused = Purpose(one.factor.id)
        found[one.key] = one.question
        found[one.refusal_key] = replace(one.question, key=one.refusal_key, purpose=refused)
    return found


def _keys(judgements: Iterable[Judgement]) -> list[str]:
    return [key for one in judgements for key in (one.key, one.refusal_key)]
