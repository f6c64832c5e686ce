"""Judges a market: finds what would make Qlib wrong without saying so."""

from collections.abc import Iterator

import numpy as np

from bars.bar_checks import Floats, InstrumentBars, check_bars, check_prices
from bars.binfile import read_extent
from bars.bins import fill_column
from bars.directory import MarketDirectory
from bars.directory_checks import check_calendar, check_names, check_universes
from bars.history_checks import HistoryChecks
from bars.indices import looks_like_index
from bars.layout import bin_path
from bars.quality import Findings, QualityReport
from domain.errors import DataDirectoryError


def judge(directory: MarketDirectory, benchmark: str | None) -> QualityReport:
    """Look at everything there is in a market.

    Args:
        directory: The market.
        benchmark: Symbol of the index that backtests are held against; None for none.

    Returns:
        What was found. With errors, Qlib would read nothing or trade wrongly.
    """
    findings = Findings()
    check_names(directory, findings)
    check_calendar(directory, findings)
    check_universes(directory, benchmark, findings)
    rows = _check_instruments(directory, benchmark, findings)
    _check_benchmark(directory, benchmark, findings)
    for field in directory.estimated:
        findings.add("VWAP_ESTIMATED" if field == "vwap" else "FIELDS_ESTIMATED", [field])
    return QualityReport(sum(rows), sum(count > 0 for count in rows), findings.issues())


def _check_instruments(
    directory: MarketDirectory, benchmark: str | None, findings: Findings
) -> list[int]:
    """Check every instrument; returns on how many days each has a close."""
    rows, traded = [], np.zeros(len(directory.calendar), dtype=np.bool_)
    histories = HistoryChecks.over(directory.calendar)
    for symbol in directory.instruments:
        bars = _bars(directory, symbol, findings)
        rows.append(int(bars.closes.sum()))
        if symbol == benchmark or looks_like_index(symbol):
            check_prices(bars, findings)
        else:
            check_bars(bars, findings)
            histories.add(bars, findings)
            traded |= bars.closes
    histories.report(findings)
    if traded.any():
        findings.add("EMPTY_DAYS", map(str, directory.calendar[~traded]))
    else:
        findings.add("MISSING_CLOSE", [str(directory.path)])
    return rows


def _check_benchmark(directory: MarketDirectory, benchmark: str | None, findings: Findings) -> None:
    if benchmark is None:
        findings.add("NO_BENCHMARK", ["backtests are held against no index"])
        return
    closes = _bars(directory, benchmark, Findings()).closes
    if closes.any():
        missing = directory.calendar[~closes]
        findings.add("BENCHMARK_GAPS", (f"{benchmark} {day}" for day in missing))
    else:
        findings.add("MISSING_BENCHMARK", [benchmark])


def _bars(directory: MarketDirectory, symbol: str, findings: Findings) -> InstrumentBars:
    """Read an instrument; a bin that cannot be read is a finding and has no values."""
    listing = directory.instruments.get(symbol)
    fields = listing.fields if listing else ()
    columns = {field: _column(directory, field, symbol, findings) for field in fields}
    return InstrumentBars(symbol, directory.calendar, columns)


def _column(directory: MarketDirectory, field: str, symbol: str, findings: Findings) -> Floats:
    days = len(directory.calendar)
    column = np.full(days, np.nan, dtype=np.float32)
    findings.add("BIN_SIZE", _bin_fault(directory, field, symbol))
    try:
        fill_column(directory, field, symbol, slice(0, days), column)
    except DataDirectoryError:
        column.fill(np.nan)
    return column


def _bin_fault(directory: MarketDirectory, field: str, symbol: str) -> Iterator[str]:
    listing = directory.instruments[symbol]
    if field not in listing.bins:
        return
    path = bin_path(directory.path, listing.folder, field)
    try:
        extent = read_extent(path, directory.bins_end)
    except DataDirectoryError as error:
        yield error.message
        return
    if extent.stop > directory.bins_end:
        rows = f"bins have rows 0 to {directory.bins_end - 1} here"
        yield f"{path} ends at row {extent.stop - 1}; {rows}."
