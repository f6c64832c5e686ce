"""`qatlas market show`: what a market consists of."""

from resolvers.market_overview import MarketOverview, look_at_market
from server.commands.catalogue import with_catalogue
from server.commands.market import report_table
from server.settings import Settings
from server.tables import table

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def show(settings: Settings, market: str) -> None:
    """Print all that is known of a market.

    Raises:
        BadInputError: The text is no name, with or without a version.
        NotFoundError: There is no such market or version.
    """
    found = with_catalogue(settings, lambda database: look_at_market(database, market))
    label = f"{found.market.name}:{found.shown.version}"
    parts = (
        facts_table(found),
        snapshots_table(found),
        f"{label} has the universes\n{universes_table(found)}",
        sectors_table(found),
        f"The checks of {label}: {report_table(found.report)}",
    )
    print("\n\n".join(parts))


def facts_table(found: MarketOverview) -> str:
    """The market itself, in one row."""
    market = found.market
    row = (
        market.name,
        market.region,
        market.currency or "unknown",
        market.benchmark or "none",
        market.default_universe or "none",
    )
    return table(("market", "region", "currency", "benchmark", "default universe"), [row])


def snapshots_table(found: MarketOverview) -> str:
    """The snapshots, the newest first."""
    header = ("version", "from", "to", "days", "instruments", "size", "created")
    rows = [
        (
            str(one.version),
            str(one.first_date),
            str(one.last_date),
            f"{one.trading_days:,}",
            f"{found.listed[one.id]:,}",
            size(found.sizes[one.id]),
            f"{one.created_at:%Y-%m-%d %H:%M}",
            ", ".join(one.fields),
            one.directory,
        )
        for one in found.snapshots
    ]
    return table((*header, "fields", "directory"), rows)


def universes_table(found: MarketOverview) -> str:
    """The universes that the snapshot prices."""
    rows = [
        (one.name, str(one.version), *(f"{count:,}" for count in found.members[one.id]))
        for one in found.universes
    ]
    return table(("universe", "version", "members ever", "on the last day"), rows)


def sectors_table(found: MarketOverview) -> str:
    """The sectors, by name."""
    if not found.sectors:
        return "No instrument has a sector."
    rows = [(name, f"{count:,}") for name, count in found.sectors.items()]
    return table(("sector", "instruments"), rows)


def size(count: int | None) -> str:
    """A number of bytes as people read it; what is missing is said to be."""
    if count is None:
        return "not there"
    figure, unit = float(count), _UNITS[0]
    for unit in _UNITS:
        if figure < 1000 or unit == _UNITS[-1]:
            break
        figure /= 1000
    return f"{count} {unit}" if unit == _UNITS[0] else f"{figure:.1f} {unit}"
