"""`qatlas market import` and `qatlas market append`: files become a market, or part of one."""

import argparse
import resource
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import perf_counter

from intake.progress import Bar, Lines, Progress
from resolvers.file_appends import append_files
from resolvers.file_imports import Imported, ImportRefusedError, Terms, import_files
from server.assembly import LOCAL_ADMIN
from server.commands.catalogue import with_catalogue
from server.commands.import_arguments import request_of
from server.commands.market import report_table, show
from server.settings import Settings


def import_market(settings: Settings, given: argparse.Namespace) -> None:
    """Make a market of files, and print what was found and what it took.

    Raises:
        QatlasError: The files cannot become a market; nothing is kept then.
    """
    request = request_of(given)
    terms = Terms(given.region, given.currency, given.strict, given.dry_run)
    home, begun = settings.home.absolute(), perf_counter()
    with _told_refusal(), closing(progress_here()) as progress:
        imported = with_catalogue(
            settings,
            lambda database: import_files(
                database, home, given.name, request, terms, LOCAL_ADMIN, progress
            ),
        )
    tell(imported, given.name, perf_counter() - begun)


def append_market(settings: Settings, given: argparse.Namespace) -> None:
    """Add what files hold to a market, and print what was found, changed and taken.

    Raises:
        QatlasError: The files cannot be added; the market stays as it is then.
    """
    request = request_of(given)
    home, begun = settings.home.absolute(), perf_counter()
    with _told_refusal(), closing(progress_here()) as progress:
        appended = with_catalogue(
            settings,
            lambda database: append_files(
                database,
                home,
                given.name,
                request,
                LOCAL_ADMIN,
                progress,
                allow_rewrite=given.allow_rewrite,
                is_strict=given.strict,
                is_dry=given.dry_run,
            ),
        )
    tell(appended.imported, given.name, perf_counter() - begun)
    if appended.rewriting.is_any:
        print(f"The past was rewritten: {appended.rewriting.sentence}.")


@contextmanager
def _told_refusal() -> Iterator[None]:
    """Print what was found before a refusal is told."""
    try:
        yield
    except ImportRefusedError as refusal:
        print(report_table(refusal.report))
        raise


def progress_here() -> Progress:
    """A bar where there is a terminal, plain lines elsewhere."""
    return Bar() if sys.stderr.isatty() else Lines()


def tell(imported: Imported, name: str, seconds: float) -> None:
    """Print what came of an import, and what it took."""
    if imported.adopted is not None:
        show(imported.adopted)
    else:
        print(report_table(imported.reading.report))
        print(f"{name} was not registered, since this was a dry run. {_would(imported)}")
    made = imported.made
    print(
        f"{made.rows:,} rows in {seconds:.1f} s, {made.rows / seconds:,.0f} a second; "
        f"{made.bars:,} became bars; {_peak_megabytes():,.0f} MB of memory at the most."
    )


def _would(imported: Imported) -> str:
    directory = imported.reading.directory
    days, names = directory.calendar, ", ".join(directory.markets)
    return (
        f"It would have {len(directory.instruments):,} instruments, {len(days):,} trading days "
        f"from {days[0]} to {days[-1]}, the fields {', '.join(directory.fields)} and the universes "
        f"{names}."
    )


def _peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024**2)
