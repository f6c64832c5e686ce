"""Snapshots as clients see them."""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import strawberry

from catalog.paging import PageRequest
from catalog.relations import Relation, instruments_of_snapshots
from domain.records import InstrumentRecord, SnapshotRecord
from resolvers.studies import period_within
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, represents, versions_of
from schema.enums import EntityKind, Severity
from schema.instruments import Instrument
from schema.paging import related
from schema.scalars import DateColumn

if TYPE_CHECKING:
    from schema.markets import Market


@strawberry.type(description="Something about the data that one should know.")
class QualityIssue:
    """A finding."""

    check: str = strawberry.field(description="What was looked for.")
    severity: Severity = strawberry.field(description="How much it weighs.")
    count: int = strawberry.field(description="How often it was found.")
    examples: list[str] = strawberry.field(description="Where one can go and look.")


@strawberry.type(description="What was found when the data was imported.")
class QualityReport:
    """A quality report."""

    rows: int = strawberry.field(description="Instrument-days with a close.")
    instruments: int = strawberry.field(description="How many instruments.")
    issues: list[QualityIssue] = strawberry.field(description="The findings, gravest first.")


@represents(EntityKind.SNAPSHOT)
@strawberry.type(
    description=(
        "One market's data as it stood after one import: calendar, instruments, bars. "
        "Never changes."
    )
)
class Snapshot(Entity):
    """A snapshot."""

    record: strawberry.Private[SnapshotRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Snapshot"]:
        """This market's snapshots."""
        return await versions_of(self.record, info)

    @strawberry.field(description="The market it is of.")
    async def market(self, info: Info) -> Annotated["Market", strawberry.lazy("schema.markets")]:
        """The market."""
        from schema.markets import Market

        return Market.of(await info.context.loaders.market(self.record.market_id))

    @strawberry.field(description="The region, which decides price limits and trade units.")
    def region(self) -> str:
        """The region."""
        return self.record.region

    @strawberry.field(description="The length of a bar, such as day.")
    def frequency(self) -> str:
        """The frequency."""
        return self.record.frequency

    @strawberry.field(description="Hash of everything in it; equal data has an equal one.")
    def fingerprint(self) -> str:
        """The fingerprint."""
        return self.record.fingerprint

    @strawberry.field(description="The symbol that portfolios are compared with.")
    def benchmark(self) -> str | None:
        """The benchmark."""
        return self.record.benchmark

    @strawberry.field(description="The first trading day.")
    def first_date(self) -> date:
        """The first day."""
        return self.record.first_date

    @strawberry.field(description="The last trading day.")
    def last_date(self) -> date:
        """The last day."""
        return self.record.last_date

    @strawberry.field(description="How many trading days.")
    def trading_days(self) -> int:
        """The number of days."""
        return self.record.trading_days

    @strawberry.field(description="The fields of its bars, written $close in expressions.")
    def fields(self) -> list[str]:
        """The fields."""
        return list(self.record.fields)

    @strawberry.field(description="What was found when it was imported.")
    def quality(self) -> QualityReport:
        """The quality report."""
        report = self.record.quality
        return QualityReport(
            rows=report["rows"],
            instruments=report["instruments"],
            issues=[
                QualityIssue(
                    check=issue["check"],
                    severity=Severity(issue["severity"]),
                    count=issue["count"],
                    examples=list(issue["examples"]),
                )
                for issue in report["issues"]
            ],
        )

    @strawberry.field(description="Its trading days.")
    async def calendar(
        self,
        info: Info,
        start: Annotated[date | None, strawberry.argument(description="The first day.")] = None,
        end: Annotated[date | None, strawberry.argument(description="The last day.")] = None,
    ) -> DateColumn:
        """The calendar."""
        period = period_within(self.record, start, end)
        calendar = await info.context.services.facts.calendar(self.record)
        return DateColumn(calendar.days[calendar.rows(period)])

    @strawberry.field(description="What it lists, by symbol.")
    async def instruments(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: Annotated[
            str | None,
            strawberry.argument(description="A part of the symbol or the company's name."),
        ] = None,
    ) -> Connection[Instrument]:
        """The instruments."""
        page = PageRequest.of(first, after, last, before)
        return await related(_instruments(search), self.record.id, page, info, Instrument.of)


@lru_cache(maxsize=256)
def _instruments(search: str | None) -> Relation[InstrumentRecord]:
    # One relation for all that search for a text, so that their reads go together.
    return instruments_of_snapshots(search)
