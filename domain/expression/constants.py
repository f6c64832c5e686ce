"""Numbers: how they are read, and what two of them make."""

import math
import operator
from collections.abc import Callable, Mapping

from domain.expression.limits import MAX_WHOLE
from domain.expression.problems import quoted

Constant = int | float

_ARITHMETIC: Mapping[str, Callable[[Constant, Constant], Constant]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def read(text: str) -> Constant:
    """The number that a literal stands for, an `int` where it has no point and no exponent.

    Raises:
        ValueError: Why the literal is refused, as a sentence.
    """
    if not text.isdigit():
        return _checked(float(text), quoted(text))
    if text[0] == "0" and len(text) > 1:
        raise ValueError(f"A whole number has no leading zeros: {quoted(text)}.")
    if len(text) > len(str(MAX_WHOLE)):
        raise ValueError(_too_large(quoted(text)))
    return _checked(int(text), quoted(text))


def can_fold(symbol: str) -> bool:
    """Whether the symbol between two numbers makes one number."""
    return symbol in _ARITHMETIC


def fold(symbol: str, left: Constant, right: Constant) -> Constant:
    """What Python's arithmetic makes of two numbers, as Qlib would.

    Raises:
        ValueError: The result is no finite number or too large, as a sentence.
    """
    shown = f"{left!r}{symbol}{right!r}"
    try:
        return _checked(_ARITHMETIC[symbol](left, right), shown)
    except ZeroDivisionError:
        raise ValueError(f"{shown} divides by zero.") from None


def _checked(value: Constant, shown: str) -> Constant:
    if isinstance(value, int):
        if abs(value) > MAX_WHOLE:
            raise ValueError(_too_large(shown))
    elif not math.isfinite(value):
        raise ValueError(f"{shown} is not a finite number; the largest is about 1.8e308.")
    return value


def _too_large(shown: str) -> str:
    return f"The whole number {shown} is beyond {MAX_WHOLE} (2**53); write it as a float, 1e16."
