"""What symbols stand for: names of companies and sectors, from a file beside the bars."""

from collections.abc import Collection, Mapping
from pathlib import Path

from domain.imports import Company
from intake.faults import ImportFileError
from intake.lists import find_columns, read_cells
from intake.reading import plain_symbol

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "ticker", "code", "instrument"),
    "name": ("name", "company", "company_name", "security", "full_name"),
    "sector": ("sector", "gics_sector", "industry", "sector_name"),
}
MAX_SECTOR = 100


def read_descriptions(path: Path, symbols: Collection[str]) -> Mapping[str, Company]:
    """Read names and sectors.

    A dollar sign before a symbol, as people write it among other words, is passed over where
    there is no instrument of that name.

    Args:
        path: A table with a column of symbols and one of sectors, names or both.
        symbols: The instruments there are.

    Raises:
        ImportFileError: A column or a symbol is missing, a symbol is there twice, or a sector is
            too long.
    """
    header, *lines = read_cells(path)
    columns = find_columns(header, _COLUMNS)
    if "symbol" not in columns or len(columns) < 2:
        raise ImportFileError(
            str(path),
            f"has the columns {', '.join(header.texts)}; give it a column symbol, and sector, "
            "name or both",
            header.row,
        )
    described: dict[str, Company] = {}
    for line in lines:
        symbol = plain_symbol(line.cell(columns["symbol"]))
        if not symbol:
            raise ImportFileError(line.file, "has no symbol", line.row)
        if symbol not in symbols and symbol.startswith("$"):
            symbol = symbol[1:]
        name, sector = (
            line.cell(columns[one]) or None if one in columns else None
            for one in ("name", "sector")
        )
        if symbol in described:
            raise ImportFileError(line.file, f"describes {symbol} a second time", line.row)
        if sector and len(sector) > MAX_SECTOR:
            raise ImportFileError(
                line.file, f"names a sector of {len(sector)} letters; {MAX_SECTOR} fit", line.row
            )
        described[symbol] = Company(name, sector)
    return described
