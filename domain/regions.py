"""The regions whose markets can be registered, by the names that Qlib gives them."""

import re
from enum import StrEnum

from domain.errors import BadInputError

_CURRENCY = re.compile(r"[A-Z]{3}")


class Region(StrEnum):
    """Decides the rules of trading, the currency and the usual benchmark."""

    CN = "cn"
    US = "us"

    @property
    def currency(self) -> str:
        """What prices are in unless a market says otherwise."""
        return "CNY" if self is Region.CN else "USD"

    @property
    def usual_benchmark(self) -> str | None:
        """The index that Qlib holds backtests against unless told otherwise.

        It names one for China only, SH000300, and takes it in every region; so there is none here
        for the others.
        """
        return "SH000300" if self is Region.CN else None


def parse_region(text: str, field: str | None = "region") -> Region:
    """Read a region.

    Raises:
        BadInputError: It is none that is known.
    """
    try:
        return Region(text)
    except ValueError:
        known = " and ".join(region.value for region in Region)
        raise BadInputError(f"There is no region {text!r}; {known} are known.", field) from None


def check_currency(text: str, field: str | None = "currency") -> str:
    """Return `text` if it may be the code of a currency.

    Raises:
        BadInputError: It is not three capital letters.
    """
    if _CURRENCY.fullmatch(text):
        return text
    raise BadInputError(
        f"{text!r} is no code of a currency; write three capital letters, such as USD.", field
    )
