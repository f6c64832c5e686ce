"""`qatlas market drop`: a market, or one of its snapshots, goes."""

from collections.abc import Iterator

from resolvers.dropping import Dropped, Files, drop_market
from server.commands.catalogue import with_catalogue
from server.settings import Settings


def drop(settings: Settings, market: str, *, with_results: bool) -> None:
    """Drop a market or a snapshot and print what went.

    Raises:
        BadInputError: The text is no name, with or without a version, or the version is the only.
        NotFoundError: There is no such market or version.
        ConflictError: Something rests on it.
    """
    home = settings.home.absolute()
    dropped = with_catalogue(
        settings, lambda database: drop_market(database, home, market, with_results=with_results)
    )
    print("\n".join(lines(dropped)))


def lines(dropped: Dropped) -> Iterator[str]:
    """What went, a line for each sort of thing."""
    if dropped.is_whole:
        yield f"The market {dropped.market} is dropped."
    yield f"Dropped snapshots: {', '.join(dropped.snapshots)}."
    if dropped.universes:
        yield f"Dropped universes: {', '.join(dropped.universes)}."
    if dropped.results:
        yield f"Given up: {dropped.results:,} kept result{'s' if dropped.results > 1 else ''}."
    for files in dropped.files:
        yield files_line(files)
    if dropped.newest is not None:
        yield f"{dropped.market}:{dropped.newest} is the newest snapshot now."


def files_line(files: Files) -> str:
    """What became of a version's files."""
    if files.is_removed:
        return f"The files in {files.directory} are removed."
    return f"The files in {files.directory} are left alone: {files.reason}."
