"""Makes a market of files: everything but its place and its name in the catalogue."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bars.bin_writing import Bins, bins_of, write_bins
from bars.persisting import persist
from bars.quality import Findings, QualityIssue
from bars.universes import Days, Members
from bars.writing import write_texts
from domain.errors import BadInputError, EmptyDataError
from domain.imports import Company
from domain.names import check_name
from intake.ahead import ahead
from intake.descriptions import read_descriptions
from intake.faults import ImportFileError
from intake.memberships import EVERYBODY, everybody, read_members
from intake.portions import Made, Portion, portions_of
from intake.progress import Progress
from intake.request import ImportRequest
from intake.requested import Reading, read_request
from intake.trading_days import calendar_of, read_calendar_file

Extents = dict[str, tuple[int, int]]
"""First and last calendar row with a bar, by symbol."""


@dataclass(frozen=True, slots=True)
class MadeMarket:
    """What was made of a request.

    Attributes:
        benchmark: Symbol of the benchmark; None where none was named.
        companies: What is known of symbols.
        issues: What was wrong with the files, gravest first.
        rows: How many rows were read.
        bars: How many of them became bars.
    """

    benchmark: str | None
    companies: Mapping[str, Company]
    issues: tuple[QualityIssue, ...]
    rows: int
    bars: int


def make_market(
    request: ImportRequest, market: Path, features: Path, scratch: Path, progress: Progress
) -> MadeMarket:
    """Read files and write a Qlib data directory.

    Args:
        request: What to read.
        market: The folder to write the calendar and the universes to; it is made.
        features: The folder to write bins to; it is made.
        scratch: An empty folder for what does not fit into memory.
        progress: Told how far it is.

    Raises:
        ImportFileError: A file is not what it should be; the sentence says where.
        EmptyDataError: No row became a bar.
        BadInputError: A universe's name is none, or a column that is renamed is in no file.
        OSError: The disk is full, or fails.
    """
    require_universe_names(request.universes)
    reading = read_request(request, scratch, progress)
    try:
        calendar, made = _calendar(reading), Made()
        market.mkdir(parents=True)
        features.mkdir(parents=True)
        extents = _write_all(features, reading, calendar, made, progress)
    finally:
        reading.close()
    if not extents:
        raise EmptyDataError(nothing_left(reading, made.findings))
    if reading.index is not None and reading.benchmark not in made.indices:
        raise ImportFileError(
            str(request.benchmark_file),
            f"has no row that became a bar{_found(made.findings)}; look at its dates and closes",
        )
    require_benchmark(reading.benchmark, {*extents, *made.indices})
    universes = {EVERYBODY: everybody(extents, calendar), **universes_of(request, calendar)}
    descriptions = described(request, {*extents, *made.indices}, made.findings)
    write_texts(market, calendar, universes, ("vwap",) if made.estimated else ())
    persist(market, features)
    return MadeMarket(
        reading.benchmark, descriptions, made.findings.issues(), reading.rows, made.bars
    )


def _write_all(
    features: Path, reading: Reading, calendar: Days, made: Made, progress: Progress
) -> Extents:
    """Write the bins of all instruments; returns where shares have bars."""
    extents = Extents()
    total, done = len(reading.shares.symbols), 0
    with closing(ahead(_packed(reading, calendar, made))) as packed:
        for portion, bins in packed:
            firsts = portion.rows[portion.starts[:-1]].tolist()
            lasts = portion.rows[portion.starts[1:] - 1].tolist()
            extents |= dict(zip(portion.symbols, zip(firsts, lasts, strict=True), strict=True))
            for symbol, its in zip(portion.symbols, bins, strict=True):
                progress.step("writing", min(done, total), total)
                write_bins(features, symbol, its)
                done += 1
    progress.step("writing", total, total)
    for symbol in made.indices:
        del extents[symbol]
    return extents


def _packed(
    reading: Reading, calendar: Days, made: Made
) -> Iterator[tuple[Portion, Sequence[Bins]]]:
    for portion in portions_of(reading, calendar, made):
        yield portion, bins_of(portion.starts, portion.rows, portion.columns)


def require_universe_names(universes: Collection[str]) -> None:
    """Check the names of universes that have files.

    Raises:
        BadInputError: One is no name, or is that of the universe of all.
    """
    for name in universes:
        check_name(name, "universe")
        if name == EVERYBODY:
            raise BadInputError(
                f"The universe {EVERYBODY} is made of all instruments; give yours another name.",
                "universe",
            )


def require_benchmark(benchmark: str | None, symbols: Collection[str]) -> None:
    """Check that a benchmark that was named has bars.

    Raises:
        BadInputError: It has none.
    """
    if benchmark is not None and benchmark not in symbols:
        near = get_close_matches(benchmark, symbols, n=3)
        hint = f"did you mean {' or '.join(near)}? Else " if near else ""
        raise BadInputError(
            f"The benchmark {benchmark} has no bars in the files; {hint}give its bars by "
            "--benchmark-file.",
            "benchmark",
        )


def universes_of(request: ImportRequest, calendar: Days) -> Mapping[str, Members]:
    """The universes that a request gives files for."""
    return {
        name: read_members(path, calendar, request.form.date_format, request.today)
        for name, path in request.universes.items()
    }


def described(
    request: ImportRequest, symbols: Collection[str], findings: Findings
) -> Mapping[str, Company]:
    """What the request's file of sectors and names says; symbols without bars are counted."""
    if request.descriptions is None:
        return {}
    found = read_descriptions(request.descriptions, symbols)
    findings.add("UNKNOWN_SYMBOLS", sorted(found.keys() - set(symbols)))
    return found


def nothing_left(reading: Reading, findings: Findings) -> str:
    """Why no row became a bar."""
    return (
        f"None of {reading.rows:,} rows became a bar of a share{_found(findings)}; look at the "
        "files, or at --map and --calendar."
    )


def _found(findings: Findings) -> str:
    told = (
        f"{issue.check} {issue.count:,}, such as {issue.examples[0]}" for issue in findings.issues()
    )
    counted = "; ".join(told)
    return f" ({counted})" if counted else ""


def _calendar(reading: Reading) -> Days:
    request = reading.request
    if request.calendar is not None:
        return read_calendar_file(request.calendar, request.form.date_format, request.today)
    if not len(reading.shares.dates):
        findings = Findings()
        findings.add("EMPTY_TABLES", reading.shares.empty)
        raise EmptyDataError(nothing_left(reading, findings))
    return calendar_of(reading.shares)
