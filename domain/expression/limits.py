"""The bounds of the expression language, all in one place."""

from typing import Final

MAX_LENGTH: Final = 10_000
"""Characters of a text, as written and in canonical form."""

MAX_DEPTH: Final = 64
"""Levels of an expression's tree; also levels of brackets."""

MAX_NODES: Final = 2_000
"""Fields, numbers and operators of one expression."""

MAX_WINDOW: Final = 5_000
"""Trading days that one operator spans, back or ahead."""

MIN_FRACTION: Final = 1 / MAX_WINDOW
"""Smallest weight of an exponential mean. Qlib's own warm-up overflows near zero."""

MAX_WHOLE: Final = 2**53
"""Largest whole number: every one up to here is exact as a float too."""

MAX_PROBLEMS: Final = 100
"""Problems told about one text."""
