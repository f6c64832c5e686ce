"""What a backtest held and traded, as clients see it."""

import datetime

import strawberry

from domain.records import InstrumentRecord
from resolvers.holdings import Dealt, Held
from schema.enums import Side
from schema.instruments import Instrument


@strawberry.type(description="What was held of one instrument at the close of a day.")
class Position:
    """A position."""

    instrument: Instrument = strawberry.field(description="What is held.")
    amount: float = strawberry.field(description="Adjusted shares; negative where sold short.")
    price: float | None = strawberry.field(description="The close last seen, adjusted.")
    weight: float | None = strawberry.field(
        description="Value over the account, cash included; a fraction."
    )
    held_days: int = strawberry.field(description="Trading days since it was bought or sold short.")

    @classmethod
    def of(cls, held: Held, instrument: InstrumentRecord) -> "Position":
        """A position as clients see it."""
        return cls(
            instrument=Instrument.of(instrument),
            amount=held.amount,
            price=held.price,
            weight=held.weight,
            held_days=held.held_days,
        )


@strawberry.type(description="One filled order. Amounts and values are positive.")
class Trade:
    """A trade."""

    date: datetime.date = strawberry.field(description="The day.")
    instrument: Instrument = strawberry.field(description="What was traded.")
    side: Side = strawberry.field(description="Which way.")
    amount: float = strawberry.field(description="Adjusted shares.")
    price: float = strawberry.field(description="Adjusted price of the fill.")
    value: float = strawberry.field(description="Amount times price, in money.")
    cost: float = strawberry.field(description="In money.")
    raw_amount: float | None = strawberry.field(description="Shares as traded, not adjusted.")
    raw_price: float | None = strawberry.field(description="Price as traded, not adjusted.")

    @classmethod
    def of(cls, dealt: Dealt, instrument: InstrumentRecord) -> "Trade":
        """A trade as clients see it."""
        return cls(
            date=dealt.date,
            instrument=Instrument.of(instrument),
            side=dealt.side,
            amount=dealt.amount,
            price=dealt.price,
            value=dealt.value,
            cost=dealt.cost,
            raw_amount=dealt.raw_amount,
            raw_price=dealt.raw_price,
        )
