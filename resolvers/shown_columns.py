"""What of a kept panel goes out: whose columns, and on which of their days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from domain.errors import BadInputError
from domain.exports import PanelSource
from domain.names import EntityKind
from domain.period import Period
from domain.records import SnapshotRecord, UniverseRecord
from domain.work import Spans, StoredPanel
from resolvers.desk import Desk
from resolvers.series import shown_members


@dataclass(frozen=True, slots=True)
class ShownColumns:
    """What of a panel is shown: columns, and when; members are None where always.

    `meaning` stands for both: members are thousands, and each part of a file is asked for anew.
    """

    instruments: tuple[str, ...]
    members: Mapping[str, Spans] | None
    meaning: tuple[object, ...]

    def of(self, panel: StoredPanel, period: Period) -> PanelSource:
        """What is shown of one panel in a period."""
        return PanelSource(panel, self.instruments, self.members, period)


async def shown_columns(
    universe: UniverseRecord | None,
    period: Period,
    snapshot: SnapshotRecord,
    instruments: Sequence[str] | None,
    desk: Desk,
) -> ShownColumns:
    """What is shown of a panel: the members of a universe, or what a snapshot lists.

    Raises:
        BadInputError: An instrument is not among them.
    """
    asked = None if instruments is None else tuple(sorted(set(instruments)))
    if universe is None:
        listed = await desk.facts.symbols(snapshot, desk.lookups)
        _require_listed(asked or (), listed, snapshot)
        return ShownColumns(asked or listed, None, (asked,))
    members = await desk.facts.members(universe.id, period, desk.lookups)
    shown = shown_members(members, asked)
    membership = await desk.facts.membership_key(universe.id, period, desk.lookups)
    return ShownColumns(tuple(shown), shown, (asked, membership))


def _require_listed(
    symbols: Sequence[str], listed: Sequence[str], snapshot: SnapshotRecord
) -> None:
    if unknown := sorted(set(symbols) - set(listed)):
        raise BadInputError(
            f"The snapshot {snapshot.reference} lists no {', '.join(unknown)}; choose among what "
            f"it has, such as {', '.join(listed[:3])}.",
            "instruments",
        )


async def universe_of(
    reference: str | None, snapshot: SnapshotRecord, desk: Desk
) -> UniverseRecord | None:
    """The universe that an address names, if it names one.

    Raises:
        NotFoundError: There is none of the name.
        BadInputError: It is of another market than the snapshot.
    """
    if reference is None:
        return None
    found = await desk.lookups.resolve(EntityKind.UNIVERSE, reference, "universe")
    universe = cast(UniverseRecord, found)
    if universe.market_id != snapshot.market_id:
        raise BadInputError(
            f"The universe {universe.reference} is not of the market {snapshot.name}, whose data "
            "is kept under the key; name one that is.",
            "universe",
        )
    return universe
