"""Backtests as clients write them."""

import strawberry
from strawberry import UNSET

from domain.definitions import (
    LEFT_OUT,
    BacktestDefinition,
    BacktestEdit,
    BacktestParts,
    BacktestRevision,
    GivenExchange,
    GivenPeriod,
    GivenStrategy,
    LeftOut,
)
from schema.inputs.naming import Definition, Revision
from schema.inputs.periods import PeriodInput
from schema.inputs.trading import ExchangeRulesInput, StrategyInput
from schema.scalars import EntityRef

_KEPT = "Stays as it is if left out."


@strawberry.input(
    description=(
        "A new backtest; every default is resolved and kept with it. It is computed when "
        "something of it is first asked."
    )
)
class CreateBacktestInput(Definition):
    """A backtest."""

    signal: EntityRef = strawberry.field(description="The factor or model that is traded on.")
    universe: EntityRef | None = strawberry.field(
        default=None,
        description="Whose members are traded; a model's own if left out, else the default one.",
    )
    period: PeriodInput | None = strawberry.field(
        default=None,
        description=(
            "When it trades, at most to the day before the last of the data. Left out: a model's "
            "test segment, or all days for a factor, as far as they can be traded."
        ),
    )
    strategy: StrategyInput | None = strawberry.field(
        default=None, description="How the signal is turned into holdings."
    )
    exchange: ExchangeRulesInput | None = strawberry.field(
        default=None, description="The rules of trading."
    )
    benchmark: str | None = strawberry.field(
        default=UNSET,
        description="The symbol it is held against; the market's if left out, none if null.",
    )
    account: float | None = strawberry.field(
        default=None, description="Money at the start; 100,000,000 if left out."
    )
    allow_in_sample: bool = strawberry.field(
        default=False,
        description=(
            "Let it trade on a model's predictions of its train and valid segments, too, which "
            "tells nothing of days that the model has not seen."
        ),
    )

    def definition(self) -> BacktestDefinition:
        """The backtest as it was written."""
        parts = BacktestParts(
            signal=self.signal,
            universe=self.universe,
            period=_period(self.period),
            strategy=_strategy(self.strategy),
            exchange=_exchange(self.exchange),
            benchmark=_benchmark(self.benchmark),
            account=self.account,
            allow_in_sample=self.allow_in_sample,
        )
        return BacktestDefinition(
            name=self.name,
            parts=parts,
            description=self.description,
            tags=tuple(self.tags or ()),
        )


@strawberry.input(description="An edit of a backtest, which makes its next version.")
class UpdateBacktestInput(Revision):
    """An edit of a backtest."""

    signal: EntityRef | None = strawberry.field(
        default=None,
        description="A bare name is its latest version; the version used stays if left out.",
    )
    universe: EntityRef | None = strawberry.field(
        default=None,
        description=(
            "A bare name is its latest version; the version used stays if left out. One of "
            "another market brings that market's benchmark, limit and unit where they are not "
            "given."
        ),
    )
    period: PeriodInput | None = strawberry.field(default=None, description=_KEPT)
    strategy: StrategyInput | None = strawberry.field(default=None, description=_KEPT)
    exchange: ExchangeRulesInput | None = strawberry.field(default=None, description=_KEPT)
    benchmark: str | None = strawberry.field(
        default=UNSET, description="Stays as it is if left out; null is none."
    )
    account: float | None = strawberry.field(default=None, description=_KEPT)
    allow_in_sample: bool | None = strawberry.field(default=None, description=_KEPT)

    def revision(self) -> BacktestRevision:
        """The edit as it was written."""
        edit = BacktestEdit(
            signal=self.signal,
            universe=self.universe,
            period=_period(self.period),
            strategy=_strategy(self.strategy),
            exchange=_exchange(self.exchange),
            benchmark=_benchmark(self.benchmark),
            account=self.account,
            allow_in_sample=self.allow_in_sample,
        )
        return BacktestRevision(
            name=self.name,
            expected_version=self.expected_version,
            edit=edit,
            description=self.description,
        )


def _period(given: PeriodInput | None) -> GivenPeriod | None:
    return given.given() if given else None


def _strategy(given: StrategyInput | None) -> GivenStrategy:
    return given.given() if given else GivenStrategy()


def _exchange(given: ExchangeRulesInput | None) -> GivenExchange:
    return given.given() if given else GivenExchange()


def _benchmark(given: str | None) -> str | LeftOut | None:
    return LEFT_OUT if given is UNSET else given
