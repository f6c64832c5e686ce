"""What the numbers of a column are counted in, as files say it."""

FRACTION = "fraction"
"""0.01 is 1 %."""

_PRICES = ("open", "high", "low", "close", "vwap")
_MONEY = ("amount", "money")


def money_unit(currency: str | None) -> str:
    """Money, by its currency where that is known."""
    return currency or "currency of the market"


def bar_unit(field: str, currency: str | None) -> str:
    """The unit of a field of bars as Qlib has them: prices and volumes are adjusted."""
    if field in _PRICES:
        return f"{money_unit(currency)} per share, adjusted"
    if field in _MONEY:
        return money_unit(currency)
    fixed = {"volume": "shares, adjusted", "change": FRACTION, "factor": "adjusted over raw price"}
    return fixed.get(field, "as imported")
