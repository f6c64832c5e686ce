"""Where things lie in a Qlib data directory, and which names fit there."""

import re
from pathlib import Path

CALENDAR = "calendars/day.txt"
INSTRUMENTS = "instruments"
FEATURES = "features"
MARKER = "qatlas.json"
BIN_SUFFIX = ".day.bin"

FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of fields: those that `$name` can say in an expression, in lower case."""

SYMBOL = re.compile(r"[^\s./\\\x00-\x1f][^\s/\\\x00-\x1f]{0,63}")
"""Symbols: no separators and no leading dot, so that none can lead out of the directory."""

MARKET = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
"""Names of universes, as the catalogue takes them."""

_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_DEVICE_PREFIX = "_qlib_"


def folder_of(symbol: str) -> str:
    """The folder under `features` that Qlib reads for a symbol.

    Qlib reads lower-case folders only, and puts `_qlib_` before what Windows takes for a device.
    """
    name = symbol.lower()
    return _DEVICE_PREFIX + name if _DEVICE.fullmatch(name) else name


def symbol_of(folder: str) -> str:
    """The symbol whose bins lie in a folder: the inverse of `folder_of`."""
    bare = folder.removeprefix(_DEVICE_PREFIX)
    return (bare if _DEVICE.fullmatch(bare) else folder).upper()


def bin_path(root: Path, symbol: str, field: str) -> Path:
    """Where the values of one field of one instrument lie."""
    return root / FEATURES / folder_of(symbol) / f"{field}{BIN_SUFFIX}"
