"""How alike a factor is to others, before it is created or after."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from compute.versions import engine
from domain.errors import BadInputError
from domain.keys import content_key
from domain.names import EntityKind
from domain.records import FactorRecord
from domain.runs import RunKind
from domain.specs import FactorSpec
from domain.work import CorrelationsWork, JudgedSignal, Work
from resolvers.bars_read import expression_of
from resolvers.factors import purpose_of
from resolvers.inquiry import Inquiry
from resolvers.peers import peers
from resolvers.questions import Ensure, Question, bars_of
from resolvers.signals import SignalSource, factor_source
from resolvers.studies import Study, StudyArguments, resolve_study

DUPLICATE_FROM = 0.99
"""The mean daily correlation from which RD-Agent drops a factor."""
MAX_OTHERS = 2000


@dataclass(frozen=True, slots=True)
class FactorCorrelation:
    """How alike another factor is.

    Attributes:
        factor: The other one.
        mean: Mean over days of the daily correlation; None where no day has one.
        max_abs: The largest on any day without its sign.
        days: How many days have one.
        problem: Why the other has no values; None where it has.
    """

    factor: FactorRecord
    mean: float | None
    max_abs: float | None
    days: int
    problem: str | None

    @property
    def is_duplicate(self) -> bool:
        """Whether the two are as good as one."""
        return self.mean is not None and self.mean >= DUPLICATE_FROM


async def others_of(
    references: Sequence[str],
    factor_set: str | None,
    factor: FactorRecord | None,
    inquiry: Inquiry,
) -> list[FactorRecord]:
    """The factors that a client names, and those of a set but for the factor itself; each once.

    Raises:
        BadInputError: There are none, or too many.
        NotFoundError: A reference points at nothing.
    """
    lookups = inquiry.lookups
    named = await asyncio.gather(
        *(lookups.resolve(EntityKind.FACTOR, one, "with") for one in references)
    )
    found = {one.id: cast(FactorRecord, one) for one in named}
    if factor_set is not None:
        resolved = await lookups.resolve(EntityKind.FACTOR_SET, factor_set, "withSet")
        for one in await lookups.factors_of_set(resolved.id):
            if factor is None or one.name != factor.name:
                found.setdefault(one.id, one)
    if not references and factor_set is None:
        raise BadInputError("Nothing to compare with; name factors, or a set by withSet.", "with")
    if len(found) > MAX_OTHERS:
        raise BadInputError(
            f"There are {len(found):,} factors to compare with; give at most {MAX_OTHERS:,}.",
            "with",
        )
    return list(found.values())


async def correlations(
    spec: FactorSpec,
    others: Sequence[FactorRecord],
    arguments: StudyArguments,
    inquiry: Inquiry,
    factor: FactorRecord | None = None,
) -> list[FactorCorrelation]:
    """How alike others are to a factor, saved as `factor` or not, in their order.

    Raises:
        BadInputError: The data lack what the factor needs.
        QatlasError: As `Inquiry.answer`.
    """
    study = await resolve_study(arguments, inquiry.services.facts, inquiry.lookups)
    own = await factor_source(spec, study, inquiry.desk, purpose_of(factor))
    compared = await asyncio.gather(*(_compared(one, study, inquiry) for one in others))
    told: Mapping[str, Any] = {}
    if any(one.source for one in compared):
        question = _question(spec, own, compared, study, inquiry, factor)
        told = (await inquiry.answer(question)).result.document["correlations"]
    return [_correlation(one, told) for one in compared]


@dataclass(frozen=True, slots=True)
class _Compared:
    """Another factor, and where its values come from or why it has none."""

    factor: FactorRecord
    source: SignalSource | None
    problem: str | None = None


async def _compared(factor: FactorRecord, study: Study, inquiry: Inquiry) -> _Compared:
    try:
        return _Compared(factor, await factor_source(factor.spec, study, inquiry.desk))
    except BadInputError as error:  # the data lack what this factor needs
        return _Compared(factor, None, error.message)


def _question(
    spec: FactorSpec,
    own: SignalSource,
    compared: Sequence[_Compared],
    study: Study,
    inquiry: Inquiry,
    factor: FactorRecord | None,
) -> Question:
    desk, versions = inquiry.desk, engine(RunKind.EVALUATION)
    others = {one.source.key: one.factor for one in compared if one.source}
    specs = [spec, *(one.spec for one in others.values())]

    async def prepare(_ensure: Ensure) -> Work:
        compare = [expression_of(one) for one in specs if one.imported is None]
        return CorrelationsWork(
            bars=bars_of(study.snapshot),
            signal=_signal(factor.name if factor else str(spec.expression), spec, own.key),
            others=tuple(_signal(one.name, one.spec, key) for key, one in others.items()),
            members=await desk.facts.members(study.universe.id, study.period, desk.lookups),
            period=study.period,
            peers=await peers(compare, study.universe, desk.facts, desk.lookups),
        )

    return Question(
        key=content_key("correlations", [own.key, sorted(others), versions]),
        kind=RunKind.EVALUATION,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=versions,
        prepare=prepare,
        purpose=purpose_of(factor),
    )


def _signal(name: str, spec: FactorSpec, key: str) -> JudgedSignal:
    return JudgedSignal(name, spec.feature, key, "")


def _correlation(compared: _Compared, told: Mapping[str, Any]) -> FactorCorrelation:
    if compared.source is None:
        return FactorCorrelation(compared.factor, None, None, 0, compared.problem)
    return FactorCorrelation(compared.factor, **told[compared.source.key])
