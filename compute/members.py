"""Point-in-time membership: who has values, and on which days."""

from collections.abc import Mapping, Sequence

from bars.universes import Days, Span, membership_mask
from domain.arrays import BoolPanel
from domain.work import Peers, Spans


def everyone(members: Mapping[str, Spans], peers: Peers | None) -> tuple[str, ...]:
    """Who has values, and whom these are compared with; sorted."""
    return tuple(sorted({*members, *(peers.members if peers else ())}))


def member_mask(members: Mapping[str, Spans], symbols: Sequence[str], days: Days) -> BoolPanel:
    """Say who is a member on which day, shape (days, symbols); the days ascend.

    Who is not among the members never is one.
    """
    spans = {one: tuple(Span(*span) for span in members.get(one, ())) for one in symbols}
    return membership_mask(spans, symbols, days)
