"""Whole factor sets over a universe, as clients see them."""

from typing import Annotated

import strawberry

from domain.downloads import MatrixDownload
from domain.errors import TooLargeError
from domain.ids import result_id
from resolvers.inquiry import Answer
from resolvers.matrices import MatrixAnswer, first_rows
from schema.context import Info
from schema.scalars import DateColumn, FloatColumn, StringColumn
from schema.series import Provenance, SeriesColumn


@strawberry.type(description="The first rows of a matrix, by day and then by symbol.")
class MatrixPreview:
    """The first rows."""

    dates: DateColumn = strawberry.field(description="The day of each row.")
    symbols: StringColumn = strawberry.field(description="The instrument of each row.")
    columns: list[SeriesColumn] = strawberry.field(description="The factors, in their order.")


@strawberry.type(
    description=(
        "A whole factor set over a universe: too large to answer inline, so a preview and a "
        "link. There is a row for each day and member that has a bar row on it."
    )
)
class FactorMatrix:
    """A matrix."""

    answer: strawberry.Private[Answer]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content, for caches; not a node."
    )
    rows: int = strawberry.field(description="How many rows there are.")
    columns: list[str] = strawberry.field(description="The names of the factors, in their order.")
    download_url: str = strawberry.field(
        description=(
            "All of it, as Parquet over plain HTTP; answers Range and If-None-Match. "
            "`?format=csv` and `?format=arrow` give other formats."
        )
    )
    provenance: Provenance = strawberry.field(description="How the values came to be.")

    @classmethod
    def of(cls, found: MatrixAnswer) -> "FactorMatrix":
        """A matrix as clients see it."""
        answer = found.answer
        document = answer.result.document
        return cls(
            answer=answer,
            id=strawberry.ID(result_id(answer.key, "matrix")),
            rows=document["rows"],
            columns=[name for name, _ in document["features"]],
            download_url=MatrixDownload(answer.result.key).url,
            provenance=Provenance.of(answer, found.study.snapshot),
        )

    @strawberry.field(description="The first rows. More than 200,000 numbers are TOO_LARGE.")
    def preview(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, to 1,000.")] = 100,
    ) -> MatrixPreview | None:
        """The first rows.

        Raises:
            BadInputError: `first` is out of range.
            TooLargeError: They are too many numbers for one answer.
        """
        rows = first_rows(self.answer.result, first, info.context.services.store)
        limit = info.context.services.limits.max_inline_numbers
        if rows.values.size > limit:
            raise TooLargeError(
                f"These rows have {rows.values.size:,} numbers and an answer at most {limit:,}; "
                "ask for fewer, or fetch all from downloadUrl."
            )
        return MatrixPreview(
            dates=DateColumn(rows.dates),
            symbols=StringColumn(rows.symbols),
            columns=[
                SeriesColumn(market_id=None, name=name, values=FloatColumn(column))
                for name, column in zip(self.columns, rows.values.T, strict=True)
            ],
        )
