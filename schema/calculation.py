"""Expressions read and computed without being saved."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import strawberry

from domain.errors import QatlasError
from domain.expression import Expression
from domain.expression import ExpressionProblem as Problem
from domain.ids import result_id
from resolvers.expressions import read_over, spec_of
from resolvers.factors import evaluate_factor, factor_values
from resolvers.series import Thinning
from resolvers.signals import factor_source
from resolvers.standing import DEFAULT_HORIZON_DAYS, DEFAULT_QUANTILES
from resolvers.studies import StudyArguments, resolve_study
from schema.arguments import HorizonArgument, QuantilesArgument, SnapshotArgument
from schema.context import Info
from schema.enums import Severity
from schema.evaluation import SignalEvaluation
from schema.rankings import (
    DuplicatesArgument,
    FactorCorrelation,
    WithArgument,
    WithSetArgument,
    correlated,
)
from schema.series import Series


@strawberry.type(description="A remark about a place in an expression.")
class ExpressionProblem:
    """A problem."""

    message: str = strawberry.field(description="What it is and what would be right.")
    start: int = strawberry.field(description="Where it begins, counted from 0.")
    end: int = strawberry.field(description="Where it ends, not included.")
    severity: Severity = strawberry.field(description="Whether it refuses.")

    @classmethod
    def of(cls, problem: Problem) -> "ExpressionProblem":
        """A problem as clients see it."""
        return cls(
            message=problem.message,
            start=problem.start,
            end=problem.end,
            severity=problem.severity,
        )


@strawberry.type(description="What reading an expression says of it.")
class ExpressionCheck:
    """A check."""

    is_valid: bool = strawberry.field(description="Whether it can be computed.")
    canonical: str | None = strawberry.field(description="As the engine reads it.")
    input_fields: list[str] = strawberry.field(description="The fields that it reads.")
    lookback_days: int | None = strawberry.field(
        description="Trading days before its own that a value reads; null where there is no bound."
    )
    looks_ahead: bool | None = strawberry.field(description="Whether it reads the future.")
    is_cross_sectional: bool | None = strawberry.field(
        description="Whether a value depends on other instruments of its day."
    )
    problems: list[ExpressionProblem] = strawberry.field(description="Remarks, errors included.")

    @classmethod
    def of(cls, expression: Expression | None, problems: tuple[Problem, ...]) -> "ExpressionCheck":
        """A check as clients see it."""
        return cls(
            is_valid=expression is not None,
            canonical=expression.canonical if expression else None,
            input_fields=list(expression.fields) if expression else [],
            lookback_days=expression.lookback_days if expression else None,
            looks_ahead=expression.looks_ahead if expression else None,
            is_cross_sectional=expression.is_cross_sectional if expression else None,
            problems=[ExpressionProblem.of(problem) for problem in problems],
        )


@strawberry.type(description="An operator of the expression language.")
class Operator:
    """An operator."""

    name: str = strawberry.field(description="As written, case-sensitive.")
    signature: str = strawberry.field(description="How it is called.")
    arity: int = strawberry.field(description="How many arguments it takes.")
    group: str = strawberry.field(description="What it belongs with.")
    description: str = strawberry.field(description="What it gives.")
    is_cross_sectional: bool = strawberry.field(
        description="Whether it compares the instruments of a day."
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What of the values of an expression is shown."""

    instruments: Sequence[str] | None
    thinning: Thinning


@strawberry.type(description="An expression, computed without being saved.")
class Calculation:
    """A calculation."""

    read: strawberry.Private[Expression | None]
    arguments: strawberry.Private[StudyArguments]
    shown: strawberry.Private[Shown]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    expression: str = strawberry.field(description="As written.")
    canonical_expression: str | None = strawberry.field(description="As the engine reads it.")
    problems: list[ExpressionProblem] = strawberry.field(description="Remarks, errors included.")

    @strawberry.field(description="Its values, a column for each member; null where refused.")
    async def series(self, info: Info) -> Series | None:
        """The values."""
        if self.read is None:
            return None
        answer = await factor_values(
            spec_of(self.read),
            self.arguments,
            self.shown.instruments,
            self.shown.thinning,
            info.context.inquiry,
        )
        return Series.of(answer, answer.snapshot.market_id, self.shown.thinning)

    @strawberry.field(description="How well it ranked later returns.")
    async def evaluation(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        horizon_days: HorizonArgument = DEFAULT_HORIZON_DAYS,
        quantiles: QuantilesArgument = DEFAULT_QUANTILES,
    ) -> SignalEvaluation | None:
        """The evaluation."""
        if self.read is None:
            return None
        over = replace(self.arguments, snapshot=snapshot or self.arguments.snapshot)
        return SignalEvaluation.of(
            await evaluate_factor(
                spec_of(self.read), over, horizon_days, quantiles, info.context.inquiry
            )
        )

    @strawberry.field(
        description=(
            "How alike factors are to it, so that a duplicate is seen before it is created; null "
            "where refused."
        )
    )
    async def correlations(
        self,
        info: Info,
        others: WithArgument,
        with_set: WithSetArgument = None,
        duplicates_only: DuplicatesArgument = False,
        snapshot: SnapshotArgument = None,
    ) -> list[FactorCorrelation] | None:
        """How alike factors are."""
        if self.read is None:
            return None
        over = replace(self.arguments, snapshot=snapshot or self.arguments.snapshot)
        spec = spec_of(self.read)
        return await correlated(spec, others, with_set, duplicates_only, over, info)


async def calculations(
    texts: Sequence[str], arguments: StudyArguments, shown: Shown, info: Info
) -> list[Calculation]:
    """Expressions read, each with what is wrong with it; none is computed yet.

    Raises:
        QatlasError: An argument points at nothing or is out of range.
    """
    desk = info.context.desk
    study = await resolve_study(arguments, desk.facts, desk.lookups)
    refused = study.snapshot.fingerprint  # in place of the key of a result

    async def calculation(text: str) -> Calculation:
        read, problems = await read_over(text, study.snapshot, study.universe, desk)
        try:
            key = (await factor_source(spec_of(read), study, desk)).key if read else refused
        except QatlasError:  # its fields tell each for itself
            key = refused
        parts = (text, arguments, shown.instruments, shown.thinning)
        return Calculation(
            read=read,
            arguments=arguments,
            shown=shown,
            id=strawberry.ID(result_id(key, "calculation", *parts)),
            expression=text,
            canonical_expression=read.canonical if read else None,
            problems=[ExpressionProblem.of(problem) for problem in problems],
        )

    return list(await asyncio.gather(*(calculation(text) for text in texts)))
