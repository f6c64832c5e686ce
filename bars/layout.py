"""Where things lie in a Qlib data directory, and which names fit there."""

import re
from functools import lru_cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import unquote_to_bytes

CALENDAR = "calendars/day.txt"
INSTRUMENTS = "instruments"
FEATURES = "features"
TAIL = "tail"
MARKER = "qatlas.json"
BIN_SUFFIX = ".day.bin"

FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}")
"""Names of fields: those that `$name` can say in an expression, in lower case."""

SYMBOL = re.compile(r"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,64}(?<!\s)")
"""Symbols: what can be printed on one line, without white space at either end."""

MARKET = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
"""Names of universes, as the catalogue takes them."""

MOST_FOLDER_BYTES = 200

_REMEMBERED = 1 << 16
"""Names stand in many universes and versions, and making them takes longer than looking them up."""

_TO_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
_TO_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_ENCODED = re.compile(r"[a-z0-9_.^=&+%-]+")
_UNSAFE = re.compile(r"\A\.|[^a-z0-9_.^=&+-]")
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_DEVICE_PREFIX = "_qlib_"


def upper_case(text: str) -> str:
    """A symbol as it is known: ASCII letters in upper case, all else as it is.

    Other letters may become several, or have no way back.
    """
    return text.translate(_TO_UPPER)


def lower_case(text: str) -> str:
    """Text with its ASCII letters in lower case, and all else as it is."""
    return text.translate(_TO_LOWER)


def symbol_fault(symbol: str) -> str | None:
    """Why no bars can be written under a symbol, as a sentence; None where they can."""
    if not SYMBOL.fullmatch(symbol):
        return (
            f"{symbol!r} is not a symbol; a symbol has 1 to 64 characters that can be printed on "
            "one line, without white space at either end."
        )
    if len(folder_of(symbol)) > MOST_FOLDER_BYTES:
        return (
            f"{symbol!r} is too long for the name of a folder, where each character outside ASCII "
            f"takes 6 to 12 of the {MOST_FOLDER_BYTES} bytes; give a shorter symbol."
        )
    return None


@lru_cache(_REMEMBERED)
def folder_of(symbol: str) -> str:
    """The folder under `features` in which a symbol's bins are written.

    Distinct symbols have distinct folders, which are lower-case ASCII as Qlib reads it and lead
    nowhere: ASCII letters in lower case, and percent signs before the UTF-8 bytes of whatever is
    not one of `a-z 0-9 _ . ^ = & + -`, and of a dot at the beginning. Qlib puts `_qlib_` before
    what Windows takes for a device; a symbol that begins so by itself has its `_` encoded.
    """
    name = _UNSAFE.sub(_percent, lower_case(symbol))
    if _DEVICE.fullmatch(name):
        return _DEVICE_PREFIX + name
    return f"%5f{name[1:]}" if _without_prefix(name) != name else name


@lru_cache(_REMEMBERED)
def symbol_of(folder: str) -> str:
    """The symbol whose bins lie in a folder: the inverse of `folder_of`.

    A name that `folder_of` gives to nothing, as others may have made it, is taken as it is.
    """
    return _decoded(folder) or upper_case(folder)


def code_of(symbol: str) -> str:
    """What stands for a symbol in `instruments/*.txt`, and what stock Qlib is asked for."""
    return upper_case(_without_prefix(folder_of(symbol)))


@lru_cache(_REMEMBERED)
def symbol_of_code(code: str) -> str:
    """The symbol that a code stands for: the inverse of `code_of`.

    A name that `code_of` gives to nothing, as others may have written it, is taken as it is.
    """
    folder = lower_case(code)
    symbol = _decoded(_DEVICE_PREFIX + folder if _DEVICE.fullmatch(folder) else folder)
    return symbol if symbol and code_of(symbol) == upper_case(code) else upper_case(code)


def bin_path(root: Path, folder: str, field: str) -> str:
    """Where the values of one field of one instrument lie, given the instrument's folder.

    A text, since a market has thousands of bins and making paths takes longer than reading them.
    """
    return f"{root}/{FEATURES}/{folder}/{field}{BIN_SUFFIX}"


def _decoded(folder: str) -> str | None:
    """The symbol whose folder this is; None where it is no symbol's."""
    if not _ENCODED.fullmatch(folder):
        return None
    try:
        symbol = upper_case(unquote_to_bytes(_without_prefix(folder)).decode())
    except UnicodeDecodeError:
        return None
    return symbol if SYMBOL.fullmatch(symbol) and folder_of(symbol) == folder else None


def _without_prefix(name: str) -> str:
    """A device's name without what Qlib puts before it; any other name as it is."""
    bare = name.removeprefix(_DEVICE_PREFIX)
    return bare if _DEVICE.fullmatch(bare) else name


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02x}" for byte in match[0].encode())
