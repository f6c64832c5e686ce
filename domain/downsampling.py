"""How a long series is thinned for a screen."""

from enum import StrEnum


class Downsampling(StrEnum):
    """Which rows of a long series are shown.

    M4 keeps the first, last, lowest and highest of each stretch; MINMAXLTTB keeps the rows
    that shape the line most; NONE keeps all.
    """

    NONE = "NONE"
    M4 = "M4"
    MINMAXLTTB = "MINMAXLTTB"
