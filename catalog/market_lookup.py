"""A market as people name it at a terminal, and what would be right where there is none."""

from collections.abc import Sequence
from difflib import get_close_matches

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.markets import all_markets
from catalog.shapes import MARKETS
from catalog.sources import MARKET
from domain.errors import NotFoundError
from domain.names import Reference
from domain.records import MarketRecord, SnapshotRecord

_OFFERED = 3


async def find_market(session: AsyncSession, name: str, *, held: bool = False) -> MarketRecord:
    """The market of a name.

    Args:
        session: Where to look.
        name: The name.
        held: Whether it is locked until the end, so that whoever imports into it waits.

    Raises:
        NotFoundError: There is none; the sentence has those whose names are near.
    """
    found = MARKETS.select().where(MARKET.c.name == name)
    row = (await session.execute(found.with_for_update() if held else found)).one_or_none()
    if row is not None:
        return MARKETS.record(row)
    known = [market.name for market in await all_markets(session)]
    raise NotFoundError(f"There is no market {name!r}.{_offer(name, known)}")


def no_version(there: Sequence[SnapshotRecord], reference: Reference) -> NotFoundError:
    """What to say of a version that a market does not have, given those that it has."""
    versions = [str(one.version) for one in there]
    if len(versions) == 1:
        has = f"version {versions[0]} only"
    else:
        has = f"the versions {', '.join(versions[:-1])} and {versions[-1]}"
    return NotFoundError(f"There is no {reference}: the market {reference.name!r} has {has}.")


def _offer(name: str, known: list[str]) -> str:
    if not known:
        return " There is none yet."
    lowered = {each.lower(): each for each in known}
    near = [lowered[each] for each in get_close_matches(name.lower(), lowered, n=_OFFERED)]
    if near:
        return f" Near to it: {', '.join(near)}."
    return f" There is, for one, {known[0]}."
