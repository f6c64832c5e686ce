"""Backtests as clients see them."""

from datetime import date
from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from catalog import markets
from catalog.paging import PageRequest
from compute.analysis.sectors import sector_exposure
from domain.errors import BadInputError
from domain.records import BacktestRecord, InstrumentRecord, ModelRecord, UniverseRecord
from domain.specs import ExchangeSpec, StrategySpec
from resolvers.headlines import DEFAULT_PERIODS_PER_YEAR
from resolvers.holdings import Dealt, Held, positions_on, trades_between
from resolvers.sectors import sectors_held
from resolvers.series import Thinning
from resolvers.trading import history
from schema.arguments import MaxPointsArgument, MethodArgument, SnapshotArgument
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Entity, entity_of, represents, versions_of
from schema.enums import AccumulationMode, DealPrice, Downsampling, EntityKind, StrategyKind
from schema.factors import Factor
from schema.models import Model
from schema.performance import BacktestReport, BacktestRisk, MonthlyReturn
from schema.periods import Period
from schema.positions import Position, Trade
from schema.sectors import SectorExposure, SectorWeights
from schema.standing import BacktestHeadline, backtest_headline
from schema.universes import Universe

Signal = Annotated[
    Model | Factor,
    strawberry.union("Signal", description="What a backtest trades on."),
]


@strawberry.type(description="How a signal is turned into holdings.")
class Strategy:
    """A strategy."""

    kind: StrategyKind = strawberry.field(description="Which strategy.")
    topk: int = strawberry.field(
        description="How many names are held, on each side for LONG_SHORT."
    )
    n_drop: int = strawberry.field(
        description="How many of the worst are replaced a day; topk where all may be."
    )
    parameters: JSON = strawberry.field(description="The others, every default filled in.")

    @classmethod
    def of(cls, spec: StrategySpec) -> "Strategy":
        """A strategy as clients see it."""
        return cls(
            kind=spec.kind,
            topk=spec.topk,
            n_drop=spec.n_drop,
            parameters=cast(JSON, dict(spec.parameters)),
        )


@strawberry.type(description="The rules of trading.")
class ExchangeRules:
    """The rules of trading."""

    deal_price: DealPrice = strawberry.field(description="The price of fills.")
    open_cost: float = strawberry.field(description="Cost of buying, a fraction of the value.")
    close_cost: float = strawberry.field(description="Cost of selling, a fraction of the value.")
    min_cost: float = strawberry.field(description="Least cost of an order, in money.")
    limit_threshold: float | None = strawberry.field(
        description="No trade beyond this daily change, a fraction; null is no limit."
    )
    trade_unit: int | None = strawberry.field(
        description="Shares come in multiples of this; null is any part of one."
    )

    @classmethod
    def of(cls, spec: ExchangeSpec) -> "ExchangeRules":
        """The rules as clients see them."""
        return cls(
            deal_price=spec.deal_price,
            open_cost=spec.open_cost,
            close_cost=spec.close_cost,
            min_cost=spec.min_cost,
            limit_threshold=spec.limit_threshold,
            trade_unit=spec.trade_unit,
        )


@represents(EntityKind.BACKTEST)
@strawberry.type(description="Trading on a signal under stated rules.")
class Backtest(Entity):
    """A backtest."""

    record: strawberry.Private[BacktestRecord]

    @strawberry.field(description="All versions of the name, newest first.")
    async def versions(self, info: Info) -> list["Backtest"]:
        """This name's versions."""
        return await versions_of(self.record, info)

    @strawberry.field(description="The newest kept figures at default arguments.")
    async def headline(self, info: Info) -> BacktestHeadline | None:
        """Figures for lists."""
        return await backtest_headline(self.record, info)

    @strawberry.field(description="What it trades on.")
    async def signal(self, info: Info) -> Signal:
        """The signal."""
        found = await info.context.loaders.entity(self.record.spec.signal_id)
        return cast(Model | Factor, entity_of(found))

    @strawberry.field(description="Whose members it may hold.")
    async def universe(self, info: Info) -> Universe:
        """The universe."""
        found = await info.context.loaders.entity(self.record.spec.universe_id)
        return cast(Universe, entity_of(found))

    @strawberry.field(description="The days it trades.")
    def period(self) -> Period:
        """The period."""
        return Period.of(self.record.spec.period)

    @strawberry.field(description="The symbol it is compared with; null for none.")
    def benchmark(self) -> str | None:
        """The benchmark."""
        return self.record.spec.benchmark

    @strawberry.field(description="Money at the start, in the market's currency.")
    def account(self) -> float:
        """The account."""
        return self.record.spec.account

    @strawberry.field(
        description="Whether it may trade on a model's predictions of what that learned from."
    )
    def allow_in_sample(self) -> bool:
        """Whether predictions in sample may be traded on."""
        return self.record.spec.allow_in_sample

    @strawberry.field(
        description="Whether its period begins before the test segment of the model it trades on."
    )
    async def is_in_sample(self, info: Info) -> bool:
        """Whether it trades in sample."""
        spec = self.record.spec
        signal = await info.context.loaders.entity(spec.signal_id)
        return (
            isinstance(signal, ModelRecord) and spec.period.start < signal.spec.segments.test.start
        )

    @strawberry.field(description="How the signal is turned into holdings.")
    def strategy(self) -> Strategy:
        """The strategy."""
        return Strategy.of(self.record.spec.strategy)

    @strawberry.field(description="The rules of trading.")
    def exchange(self) -> ExchangeRules:
        """The rules."""
        return ExchangeRules.of(self.record.spec.exchange)

    @strawberry.field(description="What it earned and risked.")
    async def risk(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        mode: Annotated[
            AccumulationMode, strawberry.argument(description="How daily returns add up.")
        ] = AccumulationMode.SUM,
        periods_per_year: Annotated[
            int,
            strawberry.argument(
                description="Days in a year; 238 as in Qlib, about 252 for US shares."
            ),
        ] = DEFAULT_PERIODS_PER_YEAR,
    ) -> BacktestRisk | None:
        """The risk."""
        answer = await history(self.record, snapshot, info.context.inquiry)
        return BacktestRisk.of(answer, mode, periods_per_year, info.context.services.store)

    @strawberry.field(description="What it did day by day; picked on the net cumulative return.")
    async def report(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
    ) -> BacktestReport | None:
        """The daily report."""
        answer = await history(self.record, snapshot, info.context.inquiry)
        store = info.context.services.store
        return BacktestReport.of(answer, Thinning(max_points, method), store)

    @strawberry.field(description="What it held at the close of a day, by symbol.")
    async def positions(
        self,
        info: Info,
        on: Annotated[date, strawberry.argument(description="The day, a trading day.")],
        snapshot: SnapshotArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Position] | None:
        """The positions of a day."""
        page = PageRequest.of(first, after, last, before)
        answer = await history(self.record, snapshot, info.context.inquiry)
        found = positions_on(answer.result, on, page, info.context.services.store)
        instruments = await self._instruments([held.symbol for held in found.part.items], info)

        def convert(held: Held) -> Position:
            return Position.of(held, instruments[held.symbol])

        return Connection(records=found.part, convert=convert, count=found.count)

    @strawberry.field(description="What it bought and sold, by day and symbol.")
    async def trades(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        start: Annotated[
            date | None, strawberry.argument(description="The first day; all if left out.")
        ] = None,
        end: Annotated[
            date | None, strawberry.argument(description="The last day; all if left out.")
        ] = None,
        symbol: Annotated[
            str | None, strawberry.argument(description="Only of this instrument.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Trade] | None:
        """The trades.

        Raises:
            BadInputError: The market has no instrument of the symbol.
        """
        page = PageRequest.of(first, after, last, before)
        if symbol is not None and symbol not in await self._instruments([symbol], info):
            raise BadInputError(
                f"The market of {self.record.name} has no instrument {symbol!r}; "
                "`instruments(search:)` finds what there is.",
                "symbol",
            )
        answer = await history(self.record, snapshot, info.context.inquiry)
        found = trades_between(answer.result, start, end, symbol, page, info.context.services.store)
        instruments = await self._instruments([dealt.symbol for dealt in found.part.items], info)

        def convert(dealt: Dealt) -> Trade:
            return Trade.of(dealt, instruments[dealt.symbol])

        return Connection(records=found.part, convert=convert, count=found.count)

    @strawberry.field(description="Compounded returns of calendar months, partial ones too.")
    async def monthly_returns(
        self, info: Info, snapshot: SnapshotArgument = None
    ) -> list[MonthlyReturn] | None:
        """The months."""
        answer = await history(self.record, snapshot, info.context.inquiry)
        return MonthlyReturn.all_of(answer, info.context.services.store)

    @strawberry.field(
        description=(
            "How much of the account lay in which sector, the largest first; NO_DATA where none of "
            "what was held has a sector."
        )
    )
    async def sector_exposure(
        self, info: Info, snapshot: SnapshotArgument = None
    ) -> list[SectorExposure] | None:
        """The sectors."""
        held = await sectors_held(self.record, snapshot, info.context.inquiry)
        return [SectorExposure.of(one) for one in sector_exposure(held.weights)]

    @strawberry.field(description="The same at the close of each day, picked as a series is.")
    async def sector_weights(
        self,
        info: Info,
        snapshot: SnapshotArgument = None,
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
    ) -> SectorWeights | None:
        """The sectors by day."""
        held = await sectors_held(self.record, snapshot, info.context.inquiry)
        limit = info.context.services.limits.max_inline_numbers
        return SectorWeights.of(held, Thinning(max_points, method), limit)

    async def _instruments(self, symbols: list[str], info: Info) -> dict[str, InstrumentRecord]:
        loaders = info.context.loaders
        universe = cast(UniverseRecord, await loaders.entity(self.record.spec.universe_id))
        found = await loaders.load_many(markets.instruments_by_symbols, symbols, universe.market_id)
        return {instrument.symbol: instrument for instrument in found if instrument}
