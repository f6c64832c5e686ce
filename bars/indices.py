"""Symbols that name an index and not something one can trade."""

import re

_INDEX = re.compile(
    r"SH\.?000\d{3}|SZ\.?399\d{3}"  # as Qlib and Chinese vendors write them
    r"|000\d{3}\.(SH|SS|XSHG)|399\d{3}\.(SZ|XSHE)"
    r"|\^.+"  # as Yahoo does
)


def looks_like_index(symbol: str) -> bool:
    """Whether a symbol follows a convention for indices, such as SH000300, SZ399001 or ^GSPC."""
    return _INDEX.fullmatch(symbol) is not None
