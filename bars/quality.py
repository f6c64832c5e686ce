"""What was found about the quality of a market's data, and every check there is."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from domain.severity import Severity

MAX_EXAMPLES = 5

CHECKS: dict[str, tuple[Severity, str]] = {
    "UPPER_CASE_FOLDERS": (
        Severity.ERROR,
        "Qlib reads folders in lower case only, and answers with nothing and no error.",
    ),
    "UPPER_CASE_BINS": (Severity.ERROR, "Qlib reads bins in lower case only."),
    "BIN_SIZE": (
        Severity.ERROR,
        "The bin is short or odd-sized, or its days are not in the calendar or in the tail, too.",
    ),
    "SYMBOL_TWICE": (
        Severity.ERROR,
        "Two folders stand for one symbol, and only one of them would be read.",
    ),
    "MISSING_CLOSE": (Severity.ERROR, "No instrument has a close."),
    "CHANGE_IN_PERCENT": (
        Severity.ERROR,
        "Price limits take the change as a fraction; in percent they stop nearly all trading.",
    ),
    "MISSING_BENCHMARK": (Severity.ERROR, "The benchmark that was named has no close."),
    "ROWS_WITHOUT_KEY": (
        Severity.ERROR,
        "A row of a file has no symbol or no date; it was left out.",
    ),
    "CONFLICTING_ROWS": (
        Severity.ERROR,
        "Rows of one instrument and day differ, so all of them were left out.",
    ),
    "IMPOSSIBLE_VALUES": (
        Severity.ERROR,
        "A price is 0 or below, a volume negative or a number infinite; the row was left out.",
    ),
    "LOW_ABOVE_HIGH": (Severity.ERROR, "The low is above the high; the row was left out."),
    "BARS_OUT_OF_RANGE": (
        Severity.ERROR,
        "The open or close is outside low and high; the row was left out.",
    ),
    "ROWS_ON_WEEKENDS": (
        Severity.ERROR,
        "A row is of a Saturday or Sunday on which hardly anything traded; it was left out.",
    ),
    "ROWS_OFF_CALENDAR": (
        Severity.ERROR,
        "A row is of a day that the given calendar does not have; it was left out.",
    ),
    "BENCHMARK_GAPS": (
        Severity.WARNING,
        "The benchmark has no close on a trading day; Qlib takes its return to be 0.",
    ),
    "MISSING_PRICES": (Severity.WARNING, "An open, high, low, close or volume is not there."),
    "PRICE_GAPS": (
        Severity.WARNING,
        "Some of a day's open, high, low, close and volume are there and others not: a short bin?",
    ),
    "MISSING_VWAP": (
        Severity.WARNING,
        "Factors of the vwap have no value: one of Alpha158, 60 of Alpha360, 43 of alpha101.",
    ),
    "MISSING_FACTOR": (
        Severity.WARNING,
        "Without the adjustment factor, trade units are off for every instrument.",
    ),
    "FACTOR_GAPS": (
        Severity.WARNING,
        "One day with a close and no factor turns trade units off for every instrument.",
    ),
    "MISSING_CHANGE": (Severity.WARNING, "Without the change, price limits are off."),
    "CHANGE_GAPS": (Severity.WARNING, "Price limits are off on a day without a change."),
    "CHANGE_MISMATCH": (
        Severity.WARNING,
        "The change is not that from the last close to this one, neither as fraction nor percent.",
    ),
    "INDEX_IN_UNIVERSE": (
        Severity.WARNING,
        "A member is an index: it takes part in every ranking and can be bought.",
    ),
    "EMPTY_UNIVERSE": (Severity.WARNING, "The universe has no member."),
    "UNIVERSE_NAME": (
        Severity.WARNING,
        "The file's name is not one for a universe, which is then left out.",
    ),
    "MISSING_BINS": (Severity.WARNING, "A member has no bars at all."),
    "MEMBERSHIP_OUTSIDE_DATA": (Severity.WARNING, "No day of the membership has a bar."),
    "CALENDAR_WEEKENDS": (Severity.WARNING, "A trading day is a Saturday or Sunday."),
    "CALENDAR_GAPS": (Severity.WARNING, "More than 18 days pass without a trading day."),
    "EMPTY_DAYS": (Severity.WARNING, "No instrument has a close on a trading day."),
    "INFINITE_VALUES": (
        Severity.WARNING,
        "One infinite value leaves Slope, Rsquare and Resi without a value ever after.",
    ),
    "NON_POSITIVE_PRICES": (Severity.WARNING, "A price is 0 or below."),
    "PRICES_OUT_OF_RANGE": (
        Severity.WARNING,
        "An open, close or vwap is outside the day's low and high.",
    ),
    "ZERO_VOLUME_BARS": (
        Severity.WARNING,
        "A day without trading has a bar; Qlib takes a day for suspended if it has no close.",
    ),
    "DUPLICATE_ROWS": (Severity.WARNING, "A row is there again, the same; it was taken once."),
    "NULL_VALUES": (
        Severity.WARNING,
        "A value is missing; without a close, a row was left out.",
    ),
    "SYMBOLS_DIFFER_BY_CASE": (
        Severity.WARNING,
        "Symbols that differ only by case were taken for one, since Qlib cannot tell them apart.",
    ),
    "EMPTY_TABLES": (Severity.WARNING, "A file has a header and no rows."),
    "UNADJUSTED": (
        Severity.WARNING,
        "There is no adjusted close or factor, so prices were taken as they are: splits show.",
    ),
    "MISSED_SPLITS": (
        Severity.WARNING,
        "A move overnight looks like a split: the adjustment misses it, or only begins there.",
    ),
    "PRICE_JUMPS": (
        Severity.WARNING,
        "The close moved by more than 50 %; one false return outweighs years of true ones.",
    ),
    "PRICE_SPIKES": (
        Severity.WARNING,
        "The close moved by more than 20 % and was back at the next bar, as after a bad print.",
    ),
    "MARKET_SPIKES": (
        Severity.WARNING,
        "A fifth of the shares moved by more than 5 % the same way and were back at the next bar.",
    ),
    "STALE_PRICES": (
        Severity.WARNING,
        "Ten or more bars in a row have the same close; their returns are 0.",
    ),
    "NO_NAME_ENDS": (
        Severity.WARNING,
        "In three years or more no share was delisted: only survivors look to be there.",
    ),
    "SUSPENDED_DAYS": (
        Severity.INFO,
        "Nothing was traded, so the day has no bar, which is how Qlib knows a suspension.",
    ),
    "COLUMNS_LEFT_OUT": (
        Severity.INFO,
        "A column holds nothing that can be a field and was left out.",
    ),
    "UNKNOWN_SYMBOLS": (
        Severity.INFO,
        "The file of sectors and names tells of a symbol without bars.",
    ),
    "ENDS_EARLY": (
        Severity.INFO,
        "The last bar is more than 20 trading days old: a share delisted, or bars missing.",
    ),
    "BAR_GAPS": (
        Severity.INFO,
        "A day between an instrument's first and last has no bar: Qlib takes it for suspended.",
    ),
    "UNLISTED": (Severity.INFO, "An instrument has bars and is in no universe."),
    "NO_BENCHMARK": (Severity.INFO, "No benchmark was named."),
    "FIELDS_ESTIMATED": (Severity.INFO, "A field was estimated and not observed."),
    "VWAP_ESTIMATED": (Severity.INFO, "The vwap was estimated from prices and not observed."),
}
"""Every check by name, gravest first: how much it matters, and what Qlib makes of it."""

ROW_CHECKS = frozenset(
    {
        "ROWS_WITHOUT_KEY",
        "CONFLICTING_ROWS",
        "IMPOSSIBLE_VALUES",
        "LOW_ABOVE_HIGH",
        "BARS_OUT_OF_RANGE",
        "ROWS_ON_WEEKENDS",
        "ROWS_OFF_CALENDAR",
        "DUPLICATE_ROWS",
        "NULL_VALUES",
        "SYMBOLS_DIFFER_BY_CASE",
        "EMPTY_TABLES",
        "UNADJUSTED",
        "SUSPENDED_DAYS",
        "COLUMNS_LEFT_OUT",
        "UNKNOWN_SYMBOLS",
    }
)
"""Those that only the files of an import can tell, since the rows are not in the market."""


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """One thing that is not as Qlib needs it: how often, and where to look first."""

    check: str
    severity: Severity
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What a market has and what is wrong with it.

    `rows` counts days of instruments with a close, `instruments` those with any; an index counts
    like the rest. Issues come gravest first.
    """

    rows: int
    instruments: int
    issues: tuple[QualityIssue, ...]

    def joined(self, others: Iterable[QualityIssue]) -> "QualityReport":
        """The report with what else was found."""
        order = list(CHECKS)
        issues = sorted([*self.issues, *others], key=lambda issue: order.index(issue.check))
        return replace(self, issues=tuple(issues))

    @property
    def has_errors(self) -> bool:
        """Whether Qlib would read nothing or trade wrongly, so that adoption is refused."""
        return any(issue.severity is Severity.ERROR for issue in self.issues)


@dataclass(slots=True)
class Findings:
    """Counts what checks find and keeps the first examples of each."""

    _found: dict[tuple[str, str], tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, check: str, examples: Iterable[str], group: str = "") -> None:
        """Count each example as one finding; findings of different groups are issues apart."""
        found = list(examples)
        if found:
            self.count(check, len(found), found[:MAX_EXAMPLES], group)

    def count(self, check: str, count: int, examples: list[str], group: str = "") -> None:
        """Count so many findings, of which a few are shown."""
        before, shown = self._found.get((check, group), (0, []))
        kept = [*shown, *examples][:MAX_EXAMPLES]
        self._found[check, group] = (before + count, kept)

    def issues(self) -> tuple[QualityIssue, ...]:
        """All that was found, gravest first."""
        order = list(CHECKS)
        found = sorted(self._found.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
        return tuple(
            QualityIssue(check, CHECKS[check][0], count, tuple(examples))
            for (check, _), (count, examples) in found
        )
