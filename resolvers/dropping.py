"""Markets and their snapshots are dropped, as long as nothing rests on them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bars.shelf import Shelf, shelf_of
from bars.shelf_removal import take_off_shelf
from catalog import dropping
from catalog.database import Database
from catalog.dropping import Going, Resting
from domain.errors import ConflictError
from domain.names import Reference, parse_version

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Files:
    """What became of a version's files.

    Attributes:
        directory: Where they lie, or lay.
        is_removed: Whether they are gone.
        reason: Why they are not.
    """

    directory: Path
    is_removed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What went.

    Attributes:
        market: Name of the market.
        is_whole: Whether it went with all of its snapshots.
        snapshots: Those that went, as `name:version`.
        universes: The versions of universes that went with them, as `market/name:version`.
        results: How many kept results were given up.
        newest: The version that is the market's newest now; None if none is left.
        files: What became of the files of each.
    """

    market: str
    is_whole: bool
    snapshots: tuple[str, ...]
    universes: tuple[str, ...]
    results: int
    newest: int | None
    files: tuple[Files, ...]


async def drop_market(
    database: Database, home: Path, text: str, *, with_results: bool = False
) -> Dropped:
    """Remove a market, or one snapshot of it, from the catalogue, and its files if they are ours.

    All of it goes in one transaction, or none; files follow when that is done. Those that were
    adopted stay where they are, and so do those that another snapshot reads.

    Args:
        database: The catalogue.
        home: The folder that imported markets are written below.
        text: The market, or `name:version` for one snapshot.
        with_results: Whether kept results that were computed from it are given up.

    Raises:
        BadInputError: The text is no reference to a market, or the version is its only one.
        NotFoundError: There is no such market or version.
        ConflictError: Something rests on it; the sentence says what.
        MarketBusyError: Another command is changing the market.
    """
    reference = parse_version(text)
    with Shelf(home, reference.name).claimed():
        return await _dropped(database, home, reference, with_results)


async def _dropped(
    database: Database, home: Path, reference: Reference, with_results: bool
) -> Dropped:
    async with database.begin() as session:
        going = await dropping.what_goes(session, reference)
        resting = await dropping.what_rests(session, going)
        if reasons := tuple(_reasons(resting, with_results)):
            raise ConflictError(f"{reference} cannot be dropped: {'; '.join(reasons)}.")
        await dropping.drop(session, going)
        newest = await dropping.newest_version(session, going.market)
        in_use = await dropping.directories_in_use(session)
    return Dropped(
        market=going.market.name,
        is_whole=going.is_whole,
        snapshots=tuple(f"{one.name}:{one.version}" for one in going.snapshots),
        universes=tuple(f"{one.market}/{one.name}:{one.version}" for one in going.universes),
        results=resting.results,
        newest=newest,
        files=await asyncio.to_thread(_remove_files, going, home, in_use),
    )


def _reasons(resting: Resting, with_results: bool) -> Iterator[str]:
    """Why it cannot be dropped, each as a clause."""
    users = ((resting.models, "model"), (resting.backtests, "backtest"))
    if using := " and ".join(_counted(names, noun) for names, noun in users if names):
        yield f"it has the universes of {using}"
    if not with_results and (resting.results or resting.headlines):
        kept = ((resting.results, "kept result"), (resting.headlines, "headline"))
        what = " and ".join(_number(count, noun) for count, noun in kept if count)
        of = f" of {_few(resting.computed)}" if resting.computed else ""
        yield f"{what}{of} come from it, and --with-results gives them up"
    if resting.runs:
        runs = _counted(tuple(map(str, resting.runs)), "run")
        verb = "is" if len(resting.runs) == 1 else "are"
        yield f"{runs} {verb} under way on it; wait until that is over"
    if resting.default_universe is not None:
        yield (
            f"{resting.default_universe} is the default universe; choose another by "
            "`qatlas universe default`"
        )


def _counted(names: Sequence[str], noun: str) -> str:
    return f"{_number(len(names), noun)} ({_few(names)})"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _remove_files(going: Going, home: Path, in_use: Sequence[str]) -> tuple[Files, ...]:
    shelf = shelf_of(home, going.market.name)
    directories = dict.fromkeys(Path(one.directory) for one in going.snapshots)
    return tuple(_remove(each, shelf, in_use) for each in directories)


def _remove(directory: Path, shelf: Path, in_use: Sequence[str]) -> Files:
    if any(Path(other).is_relative_to(directory) for other in in_use):
        return Files(directory, False, "another snapshot reads them")
    try:
        if take_off_shelf(shelf, directory):
            return Files(directory, True)
    except OSError as error:
        return Files(directory, False, f"{error.filename} cannot be removed: {error.strerror}")
    return Files(directory, False, "they were adopted where they lie")
