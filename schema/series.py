"""Series and where results come from, as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog import markets, runs
from domain.errors import BadInputError
from domain.ids import result_id
from domain.records import SnapshotRecord
from resolvers.factors import SeriesAnswer
from resolvers.inquiry import Answer
from resolvers.series import Table, Thinning, require_inline
from schema.context import Info
from schema.entities import entity_of
from schema.enums import Downsampling
from schema.extensions import PredictionExtension
from schema.runs import Run
from schema.scalars import DateColumn, FloatColumn

if TYPE_CHECKING:
    from schema.instruments import Instrument
    from schema.snapshots import Snapshot


@strawberry.type(description="How a computed result came to be.")
class Provenance:
    """Where a result comes from. It belongs to the request and has no id."""

    answer: strawberry.Private[Answer]
    data: strawberry.Private[SnapshotRecord | None]
    learned_from: strawberry.Private[SnapshotRecord | None]
    key: str = strawberry.field(description="Hash of everything that the result means.")
    engine: str = strawberry.field(description="The versions of what computed it.")
    computed_at: datetime = strawberry.field(description="When it was computed.")
    compute_seconds: float = strawberry.field(description="How long the worker took.")
    from_cache: bool = strawberry.field(
        description="Whether it had been kept before this operation asked."
    )

    @classmethod
    def of(
        cls,
        answer: Answer,
        data: SnapshotRecord | None = None,
        learned_from: SnapshotRecord | None = None,
    ) -> "Provenance":
        """The provenance of an answer."""
        return cls(
            answer=answer,
            data=data,
            learned_from=learned_from,
            key=answer.key,
            engine=answer.result.engine,
            computed_at=answer.result.computed_at,
            compute_seconds=answer.result.compute_seconds,
            from_cache=answer.from_cache,
        )

    @strawberry.field(
        description="The data it was computed from; a later snapshot may have the same bars."
    )
    async def snapshot(
        self, info: Info
    ) -> Annotated["Snapshot", strawberry.lazy("schema.snapshots")]:
        """The snapshot."""
        row = self.answer.result.snapshot_id
        return entity_of(await info.context.loaders.entity(row))  # type: ignore[no-any-return]

    @strawberry.field(
        description=(
            "The data that the model learned from, of predictions with `extend`; null of all else."
        )
    )
    def trained_on(self) -> Annotated["Snapshot", strawberry.lazy("schema.snapshots")] | None:
        """The snapshot of the training."""
        if self.learned_from is None:
            return None
        return entity_of(self.learned_from)  # type: ignore[no-any-return]

    @strawberry.field(description="Whether the same question on today's data has this answer.")
    async def is_current(self) -> bool:
        """Whether it is today's."""
        return await self.answer.is_current()

    @strawberry.field(description="The run that computed it.")
    async def run(self, info: Info) -> Run | None:
        """The run."""
        if self.answer.result.run_id is None:
            return None
        record = await info.context.loaders.load(runs.runs_by_ids, self.answer.result.run_id)
        return Run.of(record) if record else None


@strawberry.type(description="One column of a series.")
class SeriesColumn:
    """A column."""

    market_id: strawberry.Private[int | None]
    name: str = strawberry.field(description="A symbol, a field of the bars, or a backtest.")
    values: FloatColumn = strawberry.field(description="As long as the dates.")

    @strawberry.field(description="The instrument, where the column is one.")
    async def instrument(
        self, info: Info
    ) -> Annotated["Instrument", strawberry.lazy("schema.instruments")] | None:
        """The instrument of the column."""
        from schema.instruments import Instrument

        if self.market_id is None:
            return None
        found = await info.context.loaders.load(
            markets.instruments_by_symbols, self.name, self.market_id
        )
        return Instrument.of(found) if found else None


@strawberry.type(description="Columns of equal length over dates.")
class Series:
    """A series."""

    table: strawberry.Private[Table]
    market_id: strawberry.Private[int | None]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content and arguments, for caches; not a node."
    )
    source_count: int = strawberry.field(description="How many rows there are.")
    returned_count: int = strawberry.field(description="How many rows are shown.")
    method: Downsampling = strawberry.field(description="How they were picked.")
    provenance: Provenance = strawberry.field(description="How the values came to be.")
    extension: PredictionExtension | None = strawberry.field(
        description="What newer data changed, of predictions with `extend`; null of all else."
    )
    download_url: str = strawberry.field(
        description=(
            "Everything, undiminished, as Parquet over plain HTTP; answers Range and "
            "If-None-Match. `&format=csv` and `&format=arrow` give other formats."
        )
    )

    @classmethod
    def of(
        cls,
        answer: SeriesAnswer,
        market_id: int,
        thinning: Thinning,
        *,
        columns_are_fields: bool = False,
    ) -> "Series":
        """A series as clients see it.

        Its id holds the key of the result, which may reach further than what is shown of it, and
        so the columns, the days and the thinning, too.
        """
        table, extension = answer.table, answer.extension
        days = [str(table.dates[row]) for row in (0, -1)] if len(table.dates) else []
        arguments = (table.names, days, thinning.max_points, thinning.method.value)
        return cls(
            table=table,
            market_id=None if columns_are_fields else market_id,
            id=strawberry.ID(result_id(answer.answer.key, "series", *arguments)),
            source_count=table.source_rows,
            returned_count=len(table.dates),
            method=table.method,
            provenance=Provenance.of(
                answer.answer, answer.snapshot, extension.trained_on if extension else None
            ),
            extension=PredictionExtension.of(extension, market_id) if extension else None,
            download_url=answer.download.url,
        )

    @strawberry.field(description="The days shown.")
    def dates(self) -> DateColumn | None:
        """The dates."""
        return DateColumn(self.table.dates)

    @strawberry.field(
        description="The columns by name. More than 200,000 numbers are null with TOO_LARGE."
    )
    def columns(
        self,
        info: Info,
        names: Annotated[
            list[str] | None, strawberry.argument(description="Which; all if left out.")
        ] = None,
    ) -> list[SeriesColumn] | None:
        """The columns of the series.

        Raises:
            BadInputError: There is no column of a name.
            TooLargeError: They are too many numbers for one answer.
        """
        places = self._places(names)
        limit = info.context.services.limits.max_inline_numbers
        advice = "ask for fewer columns or dates, give maxPoints, or fetch all from downloadUrl."
        require_inline(len(self.table.dates), len(places), limit, advice)
        return [
            SeriesColumn(
                market_id=self.market_id,
                name=self.table.names[place],
                values=FloatColumn(self.table.values[:, place]),
            )
            for place in places
        ]

    def _places(self, names: list[str] | None) -> list[int]:
        if names is None:
            return list(range(len(self.table.names)))
        place_of = {name: place for place, name in enumerate(self.table.names)}
        if unknown := [name for name in names if name not in place_of]:
            raise BadInputError(
                f"There is no column {', '.join(unknown)}; there are "
                f"{', '.join(self.table.names[:10])}{' …' if len(self.table.names) > 10 else ''}.",
                "names",
            )
        return [place_of[name] for name in names]
