"""How well a signal ranked later returns, as clients see it."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import strawberry

from compute.downsampling import pick_rows
from compute.outcomes import finite
from domain.ids import result_id
from resolvers.decays import decay
from resolvers.factors import EvaluationAnswer
from resolvers.leg_figures import LegFigures, leg_figures
from schema.context import Info
from schema.enums import Downsampling
from schema.periods import Period
from schema.scalars import DateColumn, FloatColumn
from schema.series import Provenance

DEFAULT_HORIZONS_DAYS = (1, 2, 3, 5, 10, 20)


@strawberry.type(description="The daily correlations behind the means.")
class DailyIc:
    """The correlation of each day."""

    dates: DateColumn = strawberry.field(description="The days.")
    ic: FloatColumn = strawberry.field(description="Pearson correlation of signal and return.")
    rank_ic: FloatColumn = strawberry.field(description="The same of their ranks.")
    source_count: int = strawberry.field(description="How many days there are.")
    returned_count: int = strawberry.field(description="How many days are shown.")


@strawberry.type(description="What a quantile of the signal earned.")
class QuantileReturn:
    """A quantile's return."""

    quantile: int = strawberry.field(description="From 1, the lowest signal.")
    mean_return: float | None = strawberry.field(
        description="Mean over days of the equal-weighted mean return, a fraction per horizon."
    )
    count: int = strawberry.field(description="Name-days.")


@strawberry.type(description="How well a leg of a rolling model ranked later returns.")
class EvaluationLeg:
    """A leg's figures."""

    period: Period = strawberry.field(description="The days that it predicted.")
    ic: float | None = strawberry.field(description="Mean daily IC of these days.")
    icir: float | None = strawberry.field(
        description="Mean over standard deviation (ddof 1) of the daily IC, not annualised."
    )
    rank_ic: float | None = strawberry.field(description="Mean daily rank IC.")
    rank_icir: float | None = strawberry.field(description="As icir, of the rank IC.")
    days: int = strawberry.field(description="How many days have an IC.")

    @classmethod
    def of(cls, figures: LegFigures) -> "EvaluationLeg":
        """A leg's figures as clients see them."""
        return cls(
            period=Period.of(figures.test),
            ic=finite(figures.ic),
            icir=finite(figures.icir),
            rank_ic=finite(figures.rank_ic),
            rank_icir=finite(figures.rank_icir),
            days=figures.days,
        )


@strawberry.type(description="The mean correlations at one horizon.")
class HorizonIc:
    """Correlation at a horizon."""

    horizon_days: int = strawberry.field(description="Trading days that a return spans.")
    ic: float | None = strawberry.field(description="Mean daily IC.")
    rank_ic: float | None = strawberry.field(description="Mean daily rank IC.")


@strawberry.type(
    description=(
        "How well a signal ranked later returns, day by day across the section, then averaged "
        "over days. The return of horizon h at day t runs from the close of t+1 to the close of "
        "t+1+h, as in Qlib's label: Ref($close,-1-h)/Ref($close,-1)-1."
    )
)
class SignalEvaluation:
    """An evaluation."""

    evaluation: strawberry.Private[EvaluationAnswer]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    ic: float | None = strawberry.field(description="Mean of the daily Pearson correlation.")
    icir: float | None = strawberry.field(
        description=(
            "Mean over standard deviation (ddof 1) of the daily IC; neither annualised nor "
            "corrected for the overlap of returns where the horizon is above 1."
        )
    )
    rank_ic: float | None = strawberry.field(description="Mean of the daily rank correlation.")
    rank_icir: float | None = strawberry.field(description="As icir, of the rank IC.")
    days: int = strawberry.field(description="How many days have an IC.")
    coverage: float | None = strawberry.field(
        description="Mean share of the members that have a value."
    )
    autocorrelation: float | None = strawberry.field(
        description="Mean correlation of the signal with itself one trading day before."
    )
    turnover: float | None = strawberry.field(
        description="Mean share of the top quantile that was not in it the day before."
    )
    long_short_return: float | None = strawberry.field(
        description="Mean over days of the top minus the bottom quantile's mean return; not halved."
    )
    quantile_returns: list[QuantileReturn] | None = strawberry.field(
        description="Mean return of each quantile over the horizon, lowest signal first."
    )
    provenance: Provenance = strawberry.field(description="How the figures came to be.")

    @classmethod
    def of(cls, evaluation: EvaluationAnswer) -> "SignalEvaluation":
        """An evaluation as clients see it."""
        answer = evaluation.answer
        figures = answer.result.document
        return cls(
            evaluation=evaluation,
            id=strawberry.ID(result_id(answer.key, "evaluation")),
            ic=figures["ic"],
            icir=figures["icir"],
            rank_ic=figures["rank_ic"],
            rank_icir=figures["rank_icir"],
            days=figures["days"],
            coverage=figures["coverage"],
            autocorrelation=figures["autocorrelation"],
            turnover=figures["turnover"],
            long_short_return=figures["long_short_return"],
            quantile_returns=[
                QuantileReturn(
                    quantile=one["quantile"], mean_return=one["mean_return"], count=one["count"]
                )
                for one in figures["quantile_returns"]
            ],
            provenance=Provenance.of(answer),
        )

    @strawberry.field(
        description="The same over the days of each leg of a rolling model; empty of other signals."
    )
    def legs(self, info: Info) -> list[EvaluationLeg] | None:
        """The figures of each leg."""
        found = leg_figures(self.evaluation, info.context.services.store)
        return [EvaluationLeg.of(one) for one in found]

    @strawberry.field(description="The correlations day by day; picked on the rank IC.")
    def daily(
        self,
        info: Info,
        max_points: Annotated[
            int | None, strawberry.argument(description="The most days, at least 4.")
        ] = None,
        method: Annotated[
            Downsampling, strawberry.argument(description="How days are picked.")
        ] = Downsampling.MINMAXLTTB,
    ) -> DailyIc | None:
        """The daily correlations."""
        store = info.context.services.store
        artifacts = self.evaluation.answer.result.artifacts
        dates, ic, rank_ic = (
            np.asarray(store.open_array(artifacts[name])) for name in ("dates", "ic", "rank_ic")
        )
        rows = pick_rows(rank_ic, max_points, method)
        return DailyIc(
            dates=DateColumn(dates[rows]),
            ic=FloatColumn(ic[rows]),
            rank_ic=FloatColumn(rank_ic[rows]),
            source_count=len(dates),
            returned_count=len(rows),
        )

    @strawberry.field(description="The correlations at several horizons.")
    async def decay(
        self,
        info: Info,
        horizon_days: Annotated[
            Sequence[int], strawberry.argument(description="Which horizons, up to 50.")
        ] = DEFAULT_HORIZONS_DAYS,
    ) -> list[HorizonIc] | None:
        """The correlations at several horizons."""
        kept = await decay(self.evaluation, horizon_days, info.context.inquiry)
        return [
            HorizonIc(horizon_days=one["horizon_days"], ic=one["ic"], rank_ic=one["rank_ic"])
            for one in kept.document["decay"]
        ]
