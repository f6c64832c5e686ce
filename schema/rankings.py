"""Factors beside one another, as clients see them: ranked in their set, and how alike they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.records import FactorRecord
from domain.specs import FactorSpec
from resolvers import correlations as use_cases
from resolvers.leaderboards import Ranking
from resolvers.studies import StudyArguments
from schema.context import Info
from schema.entities import entity_of
from schema.evaluation import SignalEvaluation
from schema.scalars import EntityRef

if TYPE_CHECKING:
    from schema.factors import Factor

WithArgument = Annotated[
    list[EntityRef],
    strawberry.argument(name="with", description="The factors to compare with."),
]
WithSetArgument = Annotated[
    EntityRef | None,
    strawberry.argument(description="Compares with all factors of this set, too."),
]
DuplicatesArgument = Annotated[
    bool,
    strawberry.argument(description="Shows only those whose mean correlation is 0.99 or more."),
]


@strawberry.type(description="A factor's place among those of its set.")
class FactorRanking:
    """A place."""

    rank: int = strawberry.field(description="From 1, the best.")
    factor: Annotated["Factor", strawberry.lazy("schema.factors")] = strawberry.field(
        description="Which factor."
    )
    evaluation: SignalEvaluation | None = strawberry.field(
        description="Its figures, which are those of its own evaluation; null where it has none."
    )
    problem: str | None = strawberry.field(
        description="Why it has no evaluation, as of a field that the snapshot lacks."
    )

    @classmethod
    def of(cls, ranking: Ranking) -> "FactorRanking":
        """A place as clients see it."""
        found = ranking.evaluation
        return cls(
            rank=ranking.rank,
            factor=entity_of(ranking.factor),
            evaluation=SignalEvaluation.of(found) if found else None,
            problem=ranking.problem,
        )


@strawberry.type(
    description=(
        "How alike another factor is: Pearson's correlation of each day over the members that "
        "have both values."
    )
)
class FactorCorrelation:
    """A correlation."""

    factor: Annotated["Factor", strawberry.lazy("schema.factors")] = strawberry.field(
        description="The other factor."
    )
    mean: float | None = strawberry.field(
        description="Mean over days; null where no day has a correlation."
    )
    max_abs: float | None = strawberry.field(
        description="The largest correlation of any day, without its sign."
    )
    days: int = strawberry.field(description="How many days have a correlation.")
    is_duplicate: bool = strawberry.field(
        description="Whether the mean is 0.99 or more: the two are as good as one."
    )
    problem: str | None = strawberry.field(
        description="Why the other factor has no values, as of a field that the snapshot lacks."
    )

    @classmethod
    def of(cls, found: use_cases.FactorCorrelation) -> "FactorCorrelation":
        """A correlation as clients see it."""
        return cls(
            factor=entity_of(found.factor),
            mean=found.mean,
            max_abs=found.max_abs,
            days=found.days,
            is_duplicate=found.is_duplicate,
            problem=found.problem,
        )


async def correlated(
    spec: FactorSpec,
    others: Sequence[str],
    factor_set: str | None,
    duplicates_only: bool,
    arguments: StudyArguments,
    info: Info,
    factor: FactorRecord | None = None,
) -> list[FactorCorrelation]:
    """How alike the factors named, and those of a set, are to one that is saved or not.

    Raises:
        QatlasError: An argument points at nothing, or the values cannot be computed.
    """
    inquiry = info.context.inquiry
    records = await use_cases.others_of(others, factor_set, factor, inquiry)
    found = await use_cases.correlations(spec, records, arguments, inquiry, factor)
    return [FactorCorrelation.of(one) for one in found if one.is_duplicate or not duplicates_only]
