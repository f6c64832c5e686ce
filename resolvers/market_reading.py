"""Reads and judges a directory, so that only data which Qlib can use is ever registered."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from bars.checks import judge
from bars.directory import MarketDirectory
from bars.fingerprint import fingerprint_directory
from bars.layout import upper_case
from bars.quality import CHECKS, QualityIssue, QualityReport
from bars.stamp import stamp
from domain.errors import BadInputError, CommandError, DataDirectoryError
from domain.regions import Region
from domain.severity import Severity

_NO_BENCHMARK = "MISSING_BENCHMARK"


class MarketRefusedError(CommandError):
    """A directory holds data that would make Qlib wrong without saying so.

    Args:
        path: The directory.
        report: Everything that was found, errors first.
    """

    code = "MARKET_REFUSED"

    def __init__(self, path: Path, report: QualityReport) -> None:
        super().__init__(f"{path} is refused, since Qlib would be wrong about it. {told(report)}")
        self.report = report


@dataclass(frozen=True, slots=True, eq=False)
class MarketReading:
    """A directory that was read whole, judged, and found usable.

    `stamp` is that of the files at the time, `fingerprint` that of the data in them.
    """

    directory: MarketDirectory
    region: Region
    benchmark: str | None
    report: QualityReport
    fingerprint: str
    stamp: str


def read_market(path: Path, region: Region, benchmark: str | None) -> MarketReading:
    """Read a market where it lies; takes about a second for 2.5 million rows.

    Args:
        path: A Qlib data directory. Links are followed, so that what is read stays what it is
            when a link is pointed elsewhere.
        region: Where its shares are listed.
        benchmark: Symbol of the index that backtests are held against. None is the region's usual
            one if the directory has it, and otherwise none.

    Raises:
        DataDirectoryError: A part is missing or cannot be read, or changed meanwhile.
        BadInputError: The directory lacks the benchmark that was named.
        MarketRefusedError: Qlib would read nothing of it or trade wrongly.
    """
    root = path.expanduser().resolve()
    try:
        return _read(root, region, benchmark)
    except OSError as error:
        raise DataDirectoryError(
            f"{error.filename or root} cannot be read: {error.strerror}."
        ) from error


def _read(root: Path, region: Region, benchmark: str | None) -> MarketReading:
    before = stamp(root)
    directory = MarketDirectory.open(root)
    chosen = _choose(directory, region, benchmark)
    report = judge(directory, chosen)
    _require_usable(directory, chosen, report)
    fingerprint = fingerprint_directory(directory)
    if stamp(root) != before:
        raise DataDirectoryError(
            f"The files in {root} changed while they were read; try again when nothing writes "
            "to them."
        )
    return MarketReading(directory, region, chosen, report, fingerprint, before)


def _choose(directory: MarketDirectory, region: Region, named: str | None) -> str | None:
    if named is not None:
        return upper_case(named)
    usual = region.usual_benchmark
    return usual if usual in directory.instruments else None


def _require_usable(
    directory: MarketDirectory, benchmark: str | None, report: QualityReport
) -> None:
    checks = [issue.check for issue in _errors(report)]
    if checks == [_NO_BENCHMARK] and benchmark not in directory.instruments:
        raise BadInputError(_unknown_benchmark(directory, str(benchmark)), "benchmark")
    if checks:
        raise MarketRefusedError(directory.path, report)
    if not directory.markets:
        raise DataDirectoryError(
            f"No universe of {directory.path} has a name that the catalogue takes; give a file in "
            "instruments a name of letters, digits, dots, dashes and underscores, such as all.txt."
        )


def _unknown_benchmark(directory: MarketDirectory, benchmark: str) -> str:
    near = get_close_matches(benchmark, directory.instruments, n=3)
    right = f"did you mean {' or '.join(near)}?" if near else "name one of its symbols, or none."
    return f"The benchmark {benchmark} has no bars in {directory.path}; {right}"


def _errors(report: QualityReport) -> list[QualityIssue]:
    return [issue for issue in report.issues if issue.severity is Severity.ERROR]


def told(report: QualityReport) -> str:
    """The errors of a report as sentences."""
    return " ".join(_sentence(issue) for issue in _errors(report))


def _sentence(issue: QualityIssue) -> str:
    example = issue.examples[0].rstrip(".")
    found = (
        f"once ({example})" if issue.count == 1 else f"{issue.count:,} times (such as {example})"
    )
    return f"{issue.check}, {found}: {CHECKS[issue.check][1]}"
