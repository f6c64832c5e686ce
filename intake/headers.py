"""Which column of a file is what: names that vendors use, and names that the user gives."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bars.layout import FIELD
from domain.errors import BadInputError
from intake.faults import ImportFileError

SYMBOL, DATE = "symbol", "date"
ADJUSTED_CLOSE = "adj_close"
"""Not a field of bars: prices are adjusted by its ratio to the close."""

_ALIASES: Mapping[str, tuple[str, ...]] = {
    SYMBOL: ("symbol", "ticker", "code", "instrument", "tic", "ric", "secid"),
    DATE: ("date", "datetime", "timestamp", "trade_date", "tradedate", "day", "time"),
    "open": ("open", "open_price", "o"),
    "high": ("high", "high_price", "h"),
    "low": ("low", "low_price", "l"),
    "close": ("close", "close_price", "last", "c"),
    "volume": ("volume", "vol", "v"),
    "vwap": ("vwap", "average_price"),
    "factor": ("factor", "adj_factor", "adjustment_factor"),
    "change": ("change",),
    ADJUSTED_CLOSE: ("adj_close", "adjclose", "adjusted_close", "adjusted", "close_adj"),
}
_WEAK_ALIASES: Mapping[str, tuple[str, ...]] = {SYMBOL: ("ts_code", "security", "name")}
"""Names that mean a symbol where no other column does, the likeliest first."""
_OURS = frozenset(_ALIASES)
_KNOWN = {alias: ours for ours, aliases in _ALIASES.items() for alias in aliases}
_RENAMING = re.compile(r"(?P<theirs>.+)=(?P<ours>\w*)(?:(?P<sign>[*/])(?P<number>[0-9.eE+-]+))?")
_ROW_NUMBERS = re.compile(r"Unnamed: \d+|__index_level_\d+__")


@dataclass(frozen=True, slots=True)
class Renaming:
    """What the user says of a column: its name here, or none to leave it out, and its unit."""

    ours: str
    scale: float = 1.0


Renamings = Mapping[str, Renaming]
"""By the column's name in the files, in lower case."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What the columns of one file are.

    Attributes:
        symbol: The column of symbols; None where the file's name is the symbol.
        date: The column of dates.
        fields: Our field by the name of the column.
        scales: What values are multiplied by, by our field, where the user said so.
        others: Columns of which only their type can tell whether they are fields.
    """

    symbol: str | None
    date: str
    fields: Mapping[str, str]
    scales: Mapping[str, float]
    others: tuple[str, ...]


def parse_renamings(texts: Iterable[str]) -> Renamings:
    """Read what `--map` was given: `theirs=ours`, `theirs=ours/100`, `theirs=` to leave it out.

    Raises:
        BadInputError: A text is not of that form, or a column is named twice.
    """
    renamings: dict[str, Renaming] = {}
    for text in texts:
        match = _RENAMING.fullmatch(text.strip())
        number = _number(match["number"]) if match and match["number"] else 1.0
        if match is None or not number:
            raise BadInputError(
                f"{text!r} does not say what a column is; write theirs=ours, theirs=ours/100 "
                "where their unit is another, or theirs= to leave it out.",
                "map",
            )
        theirs, ours = match["theirs"].strip().lower(), match["ours"].lower()
        if ours and not FIELD.fullmatch(ours):
            raise BadInputError(f"{ours!r} cannot be the name of a field.", "map")
        if theirs in renamings:
            raise BadInputError(f"The column {theirs!r} is mapped twice; map it once.", "map")
        renamings[theirs] = Renaming(ours, 1 / number if match["sign"] == "/" else number)
    return renamings


def require_used(renamings: Renamings, columns: Collection[str]) -> None:
    """Check that each column that the user says something of is in some file.

    Args:
        renamings: What the user says.
        columns: The columns of all files, in lower case.

    Raises:
        BadInputError: No file has one of them.
    """
    for theirs in renamings:
        if theirs not in columns:
            there = ", ".join(sorted(filter(None, columns))[:12])
            raise BadInputError(
                f"No file has the column {theirs!r} that --map names; there are {there}.", "map"
            )


def plan_columns(file: str, names: Iterable[str], renamings: Renamings) -> ColumnPlan:
    """Say what each column of a file is.

    Raises:
        ImportFileError: There is no column of dates or closes, or two columns are one field.
    """
    listed = [name for name in names if name]
    _require_distinct(file, listed)
    meanings, others = _meanings(listed, renamings)
    _promote(meanings, others)
    _require_single(file, meanings)
    columns = {ours: theirs for theirs, ours in meanings.items()}
    if DATE not in columns:
        raise ImportFileError(file, _missing("date", listed), 1)
    if "close" not in columns:
        raise ImportFileError(file, _missing("close", listed), 1)
    given = ((ours, renamings.get(theirs.strip().lower())) for theirs, ours in meanings.items())
    return ColumnPlan(
        symbol=columns.pop(SYMBOL, None),
        date=columns.pop(DATE),
        fields={theirs: ours for ours, theirs in columns.items()},
        scales={ours: one.scale for ours, one in given if one is not None and one.scale != 1.0},
        others=tuple(others),
    )


def key_of(column: str) -> str | None:
    """Whether a column is one of symbols or of dates by its name; None for any other."""
    meaning = _KNOWN.get(_plain(column))
    return meaning if meaning in (SYMBOL, DATE) else None


def field_of(column: str) -> str | None:
    """The field that a column which has no name of ours becomes; None where it can be none.

    That in which pandas numbered the rows is none.
    """
    if _ROW_NUMBERS.fullmatch(column):
        return None
    name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
    return name if FIELD.fullmatch(name) and name not in _OURS else None


def _meanings(names: list[str], renamings: Renamings) -> tuple[dict[str, str], list[str]]:
    meanings: dict[str, str] = {}
    others: list[str] = []
    for name in names:
        given = renamings.get(name.strip().lower())
        known = given.ours if given is not None else _KNOWN.get(_plain(name))
        if known:
            meanings[name] = known
        elif known is None:
            others.append(name)
    return meanings, others


def _promote(meanings: dict[str, str], others: list[str]) -> None:
    """Let a column that is a symbol only for want of a better one be it."""
    for ours, aliases in _WEAK_ALIASES.items():
        found = sorted(
            (name for name in others if _plain(name) in aliases),
            key=lambda name: aliases.index(_plain(name)),
        )
        if ours not in meanings.values() and found:
            meanings[found[0]] = ours
            others.remove(found[0])


def _plain(name: str) -> str:
    return re.sub(r"[\s.\-]+", "_", name.strip().strip("<>$*").lower())


def _require_distinct(file: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ImportFileError(
            file, f"has {len(names)} columns, and {', '.join(twice)} is there twice", 1
        )


def _require_single(file: str, meanings: Mapping[str, str]) -> None:
    for ours in dict.fromkeys(meanings.values()):
        theirs = [name for name, meaning in meanings.items() if meaning == ours]
        if len(theirs) > 1:
            raise ImportFileError(
                file,
                f"has {len(theirs)} columns for {ours}, {' and '.join(theirs)}; leave one out by "
                f"--map '{theirs[-1]}='",
                1,
            )


def _missing(ours: str, names: list[str]) -> str:
    return (
        f"has no column of {ours}s among {', '.join(names[:12]) or 'none'}; name it "
        f"{' or '.join(_ALIASES[ours][:2])}, or say which it is by --map theirs={ours}"
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
