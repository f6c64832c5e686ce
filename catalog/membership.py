"""Who belonged to a universe when, and what a snapshot lists."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.dialects import in_code_order
from catalog.sources import INSTRUMENT, LISTING, MEMBERSHIP
from domain.period import Period
from domain.work import Spans


async def spans_of(
    session: AsyncSession, universe_id: int, period: Period | None = None
) -> dict[str, Spans]:
    """The stays in a universe by symbol, in order.

    Args:
        period: Only stays that share a day with it. They are given whole, not cut to it.

    Returns:
        The symbols that were ever members in the period, sorted by code points.
    """
    statement = (
        select(INSTRUMENT.c.symbol, MEMBERSHIP.c.start, MEMBERSHIP.c.end)
        .join(INSTRUMENT, INSTRUMENT.c.id == MEMBERSHIP.c.instrument_id)
        .where(MEMBERSHIP.c.universe_id == universe_id)
        .order_by(in_code_order(INSTRUMENT.c.symbol), MEMBERSHIP.c.start)
    )
    if period is not None:
        stays = or_(MEMBERSHIP.c.end.is_(None), MEMBERSHIP.c.end >= period.start)
        statement = statement.where(MEMBERSHIP.c.start <= period.end, stays)
    spans: dict[str, list[tuple[date, date | None]]] = {}
    for symbol, start, end in await session.execute(statement):
        spans.setdefault(symbol, []).append((start, end))
    return {symbol: tuple(stays) for symbol, stays in spans.items()}


async def symbols_of_snapshot(session: AsyncSession, snapshot_id: int) -> tuple[str, ...]:
    """The symbols that a snapshot lists, sorted by code points."""
    statement = (
        select(INSTRUMENT.c.symbol)
        .join(LISTING, LISTING.c.instrument_id == INSTRUMENT.c.id)
        .where(LISTING.c.snapshot_id == snapshot_id)
        .order_by(in_code_order(INSTRUMENT.c.symbol))
    )
    return tuple(await session.scalars(statement))


async def sectors_of_market(session: AsyncSession, market_id: int) -> dict[str, str]:
    """The sector of each instrument that has one, by symbol; sorted by code points."""
    statement = (
        select(INSTRUMENT.c.symbol, INSTRUMENT.c.sector)
        .where(INSTRUMENT.c.market_id == market_id, INSTRUMENT.c.sector.is_not(None))
        .order_by(in_code_order(INSTRUMENT.c.symbol))
    )
    return {str(symbol): str(sector) for symbol, sector in await session.execute(statement)}
