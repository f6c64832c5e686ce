"""Reads factors out of a file: everything is judged before anything is kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bars.layout import upper_case
from domain.arrays import Array, RowArray
from domain.artifacts import ArtifactStore
from domain.factor_files import FactorFileWork, FactorsRead, FactorValues
from domain.keys import canonical_json
from domain.names import NAME_PATTERN
from domain.specs import JsonObject
from domain.work import Outcome, StoredPanel
from intake.factor_tables import FactorTable, Values, is_numeric, open_factors
from intake.faults import ImportFileError

MAX_FACTORS = 2000
_NAMED = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Where the rows of a file lie on a market.

    Attributes:
        days: Rows of the calendar, by row of the file.
        columns: Places of the market's symbols.
        taken: Which rows of the file these are; None for all.
        unknown: Symbols that the market does not have.
        left_out: How many rows they have.
    """

    days: RowArray
    columns: RowArray
    taken: npt.NDArray[np.bool_] | None = None
    unknown: tuple[str, ...] = ()
    left_out: int = 0

    def of(self, values: Values) -> Values:
        """The values of these rows."""
        return values if self.taken is None else values[self.taken]


def read_factors(work: FactorFileWork, store: ArtifactStore, _report: object) -> Outcome:
    """Read all factors of a file, and keep their values.

    Values are kept in the precision that they have, float32 or float64; whole numbers and
    decimals become float64. Infinite values are kept as they are, as Qlib's loaders keep them.

    Returns:
        The document is a `FactorsRead` as plain JSON. There are no artifacts: the panels that it
        names are in the store, and it is for the catalogue to say whose they are.

    Raises:
        ImportFileError: The file cannot be read, or holds what cannot be the values of factors of
            this market; the sentence tells all that is wrong, and nothing is kept.
    """
    try:
        table = open_factors(Path(work.path), work.name, work.default_name)
        rows = _rows(table, work)
        _require_factors(table, rows, work)
        factors = tuple(_keep(name, table, rows, work, store) for name in table.kinds)
    except ImportFileError as error:
        raise _labelled(error, work) from None
    read = FactorsRead(
        len(rows.days), factors, len(rows.unknown), rows.unknown[:_NAMED], rows.left_out
    )
    document: JsonObject = json.loads(canonical_json(read))
    return Outcome(document, {}, 0, 0.0)


def _rows(table: FactorTable, work: FactorFileWork) -> _Rows:
    """Where each row lies.

    Raises:
        ImportFileError: Instruments or days are not the market's, or a cell comes twice.
    """
    places = {symbol: place for place, symbol in enumerate(work.symbols)}
    of_symbol = np.array(
        [places.get(one, places.get(upper_case(one.strip()), -1)) for one in table.symbols],
        dtype=np.int64,
    )
    used = np.unique(table.places)
    unknown = tuple(table.symbols[place] for place in used if of_symbol[place] < 0)
    columns = of_symbol[table.places]
    days = np.searchsorted(work.days, table.days)
    days[days == len(work.days)] = 0
    rows = _Rows(days, columns, unknown=unknown)
    strange = np.unique(table.days[work.days[days] != table.days])
    faults = [*_unknown_faults(table, rows, len(used), work), *_day_faults(strange, work)]
    if unknown and len(unknown) < len(used) and work.skip_unknown:
        known = columns >= 0
        rows = replace(
            rows,
            days=days[known],
            columns=columns[known],
            taken=known,
            left_out=int(len(known) - known.sum()),
        )
    if not faults:
        faults += _repeated(rows, work)
    _require_none(faults, table.file)
    return rows


def _unknown_faults(
    table: FactorTable, rows: _Rows, count: int, work: FactorFileWork
) -> Iterator[str]:
    unknown, market = rows.unknown, work.market
    if not unknown:
        return
    named = _listed(unknown)
    if len(unknown) == count:
        taken = (
            ", its columns, which are taken for instruments since there is none of symbols"
            if table.is_wide
            else ""
        )
        yield (
            f"has no instrument that the market {market} has: {named}{taken}; write symbols as "
            f"the market has them, such as {_listed(work.symbols, 3)}, or give --market, which "
            "is market with an upload"
        )
    elif not work.skip_unknown:
        yield (
            f"has {len(unknown):,} of {count:,} instruments that the market {market} does not "
            f"have, {named}; leave them out of the file, or give --skip-unknown, "
            "which is skipUnknown=true with an upload"
        )


def _day_faults(strange: npt.NDArray[np.datetime64], work: FactorFileWork) -> Iterator[str]:
    if len(strange):
        yield (
            f"has {_counted(len(strange), 'day')} on which {work.market} does not trade, "
            f"{_listed([str(day) for day in strange])}; its newest snapshot has trading days from "
            f"{work.days[0]} to {work.days[-1]}, so leave those out, or import newer bars first"
        )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _repeated(rows: _Rows, work: FactorFileWork) -> list[str]:
    """The fault of cells that come more than once."""
    cells = rows.days * len(work.symbols) + rows.columns
    last = np.full(len(work.days) * len(work.symbols), -1, dtype=np.int64)
    last[cells] = np.arange(len(cells))
    again = np.flatnonzero(last[cells] != np.arange(len(cells)))
    if not len(again):
        return []
    row = again[0]
    return [
        f"has {_counted(len(again), 'row')} for a day and instrument that there is a row for "
        f"already, such as {work.days[rows.days[row]]} of {work.symbols[rows.columns[row]]}; leave "
        "one of each"
    ]


def _require_factors(table: FactorTable, rows: _Rows, work: FactorFileWork) -> None:
    """Check that each factor has a name that it may have, and numbers.

    Raises:
        ImportFileError: They have not; nothing is kept.
    """
    faults = list(_name_faults(list(table.kinds), work))
    texts = [name for name, kind in table.kinds.items() if not is_numeric(kind)]
    if texts:
        kinds = sorted({str(table.kinds[name]) for name in texts})
        faults.append(
            f"holds {' and '.join(kinds)} and no numbers for {_listed(texts)}; convert the values, "
            "or leave the columns out"
        )
    numbers = [name for name in table.kinds if name not in texts]
    empty = [name for name in numbers if np.isnan(rows.of(table.read(name))).all()]
    if empty:
        faults.append(
            f"has not one value for {_listed(empty)}; leave {'it' if len(empty) == 1 else 'them'} "
            "out"
        )
    _require_none(faults, table.file)


def _name_faults(names: Sequence[str], work: FactorFileWork) -> Iterator[str]:
    if len(names) > MAX_FACTORS:
        yield f"holds {len(names):,} factors, and {MAX_FACTORS:,} is the most; split it"
    if bad := [name for name in names if not NAME_PATTERN.fullmatch(name)]:
        yield (
            f"names factors {_listed([repr(name) for name in bad])}; a name begins with a letter "
            "and goes on with at most 99 letters, digits, dots, dashes or underscores, as in "
            f"{_mended(bad[0])!r}"
        )
    if taken := [name for name in names if name in set(work.taken)]:
        is_one = len(taken) == 1
        yield (
            f"names {_listed(taken)}, which {'is' if is_one else 'are'} taken by "
            f"{'a factor that is an expression' if is_one else 'factors that are expressions'}; "
            "an import makes no version of one, so give other names"
        )


def _mended(name: str) -> str:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
    plain = plain.strip("_") or "factor"
    return (plain if plain[0].isalpha() else f"f{plain}")[:100]


def _keep(
    name: str, table: FactorTable, rows: _Rows, work: FactorFileWork, store: ArtifactStore
) -> FactorValues:
    values = rows.of(table.read(name))
    has = ~np.isnan(values)
    values, days, columns = values[has], rows.days[has], rows.columns[has]
    first, last = int(days.min()), int(days.max())
    held, of_column = np.unique(columns, return_inverse=True)
    shape = last - first + 1, len(held)
    draw = partial(_draw, values, days - first, of_column)
    panel = StoredPanel(
        # Written anew even if it is there: so an import mends what was damaged.
        values=store.draw_array(shape, values.dtype.newbyteorder("<").str, draw),
        dates=_drawn(work.days[first : last + 1], store),
        symbols=_drawn(np.array([work.symbols[place] for place in held]), store),
    )
    return FactorValues(
        name=name,
        panel=panel,
        start=work.days[first].item(),
        end=work.days[last].item(),
        days=shape[0],
        instruments=shape[1],
        values=len(values),
        infinite=int(np.isinf(values).sum()),
    )


def _draw(values: Values, days: RowArray, columns: RowArray, panel: Array) -> None:
    panel[...] = np.nan
    panel[days, columns] = values


def _drawn(array: Array, store: ArtifactStore) -> str:
    def draw(place: Array) -> None:
        place[...] = array

    return store.draw_array(array.shape, array.dtype.str, draw)


def _listed(texts: Sequence[str], most: int = _NAMED) -> str:
    more = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {more:,} more" if more > 0 else "")


def _require_none(faults: Sequence[str], file: str) -> None:
    if faults:
        raise ImportFileError(file, "; it ".join(faults))


def _labelled(error: ImportFileError, work: FactorFileWork) -> ImportFileError:
    """The same error about a file that people know by another name."""
    _, fault, row, column = error.args
    return ImportFileError(work.label, fault, row, column)
