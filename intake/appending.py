"""Adds days and instruments to a market: what is new is written, what stays is shared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bars.directory import MarketDirectory
from bars.persisting import persist
from bars.universes import Days, Members, Span
from bars.writing import write_texts
from domain.errors import EmptyDataError
from intake.growing import GrowingVersion, Target
from intake.instruments import instruments_of
from intake.making import MadeMarket, described, nothing_left, require_universe_names, universes_of
from intake.memberships import EVERYBODY, everybody
from intake.portions import Made
from intake.progress import Progress
from intake.request import ImportRequest
from intake.requested import Reading, read_request
from intake.rewriting import RewriteError, Rewriting
from intake.trading_days import calendar_of, read_calendar_file


@dataclass(frozen=True, slots=True)
class Appended:
    """What came of an append.

    Attributes:
        made: What was made.
        rewriting: What changed of the past.
        shares_bins: Whether the bins are those of the version before.
    """

    made: MadeMarket
    rewriting: Rewriting
    shares_bins: bool


def append_market(
    request: ImportRequest,
    before: MarketDirectory,
    target: Target,
    progress: Progress,
    *,
    allow_rewrite: bool,
) -> Appended:
    """Read files and write what a market is with them.

    Rows of the files stand for those that the market has of the same instrument and day; what the
    files say nothing of stays as it is. Open memberships stay open.

    Args:
        request: What to read.
        before: The market's newest version.
        target: Where to write.
        progress: Told how far it is.
        allow_rewrite: Whether days that the market has already may change.

    Raises:
        ImportFileError: A file is not what it should be; the sentence says where.
        EmptyDataError: No row became a bar.
        RewriteError: Days that the market has already would change.
        OSError: The disk is full, or fails.
    """
    require_universe_names(request.universes)
    reading = read_request(request, target.scratch, progress)
    try:
        calendar, made = _calendar(reading, before.calendar), Made()
        version = GrowingVersion(before, calendar, target)
        for one in instruments_of(reading, calendar, made, progress):
            version.add(one)
    finally:
        reading.close()
    if not version.extents:
        raise EmptyDataError(nothing_left(reading, made.findings))
    if version.rewriting.is_any and not allow_rewrite:
        raise RewriteError(
            f"{_capital(version.rewriting.sentence)}; give --allow-rewrite if that is right."
        )
    shares_bins = version.finish()
    universes = {**_carried(version), **universes_of(request, calendar)}
    symbols = {*before.instruments, *version.extents}
    companies = described(request, symbols, made.findings)
    estimated = {*before.estimated, *(("vwap",) if made.estimated else ())}
    write_texts(target.market, calendar, universes, tuple(estimated))
    persist(target.market)
    issues = made.findings.issues()
    market = MadeMarket(request.benchmark, companies, issues, reading.rows, made.bars)
    return Appended(market, version.rewriting, shares_bins)


def _carried(version: GrowingVersion) -> Mapping[str, Members]:
    """The universes of the version before; that of all with what was added."""
    before, calendar = version.before, version.calendar
    known = before.markets.get(EVERYBODY, {})
    extents = {
        symbol: (version.place(listing.first), version.place(listing.last))
        for symbol, listing in before.instruments.items()
        if symbol in known and listing.first <= listing.last
    } | {symbol: rows for symbol, rows in version.extents.items() if symbol not in version.indices}
    spans = everybody(extents, calendar)
    grown = {symbol: _grown(known.get(symbol, ()), span) for symbol, [span] in spans.items()}
    return {**before.markets, EVERYBODY: {**known, **grown}}


def _grown(before: tuple[Span, ...], whole: Span) -> tuple[Span, ...]:
    """Spans as they were, the last one to the end of what there is now."""
    if not before:
        return (whole,)
    return (*before[:-1], Span(min(before[-1].start, whole.start), whole.end))


def _calendar(reading: Reading, before: Days) -> Days:
    request = reading.request
    if request.calendar is not None:
        days = read_calendar_file(request.calendar, request.form.date_format, request.today)
    elif len(reading.shares.dates):
        days = calendar_of(reading.shares)
    else:
        raise EmptyDataError(nothing_left(reading, Made().findings))
    return np.union1d(before, days)


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
