"""The factor sets that come with Qlib, in its words and its order.

Qlib is imported when they are asked for and not before.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

NamedExpressions = tuple[tuple[str, str], ...]
"""Names and expressions, in order."""

ALPHA20 = (
    "RESI5",
    "WVMA5",
    "RSQR5",
    "KLEN",
    "RSQR10",
    "CORR5",
    "CORD5",
    "CORR10",
    "ROC60",
    "RESI10",
    "VSTD5",
    "RSQR60",
    "CORR60",
    "WVMA60",
    "STD5",
    "RSQR20",
    "CORD60",
    "CORD10",
    "CORR20",
    "KLOW",
)
"""The factors of Alpha158 that RD-Agent sets out from, in its order."""


def alpha158() -> NamedExpressions:
    """The 158 factors of Qlib's handler Alpha158.

    They are 9 of the day's bar, 4 prices over the close, and 29 kinds over windows of 5, 10, 20,
    30 and 60 days. VWAP0 has no value where a market lacks the vwap.

    Source:
        `Alpha158DL.get_feature_config`, with the defaults that the handler states, too.
    """
    from qlib.contrib.data.loader import Alpha158DL

    return _named(*Alpha158DL.get_feature_config())


def alpha360() -> NamedExpressions:
    """The 360 factors of Qlib's handler Alpha360.

    They are close, open, high, low and vwap over today's close, and volume over today's, of today
    and the 59 trading days before. VWAP0 to VWAP59 have no value where a market lacks the vwap.

    Source:
        `Alpha360DL.get_feature_config`.
    """
    from qlib.contrib.data.loader import Alpha360DL

    return _named(*Alpha360DL.get_feature_config())


def read_factor_sets() -> tuple[NamedExpressions, NamedExpressions]:
    """Alpha158 and Alpha360, read in a process of its own.

    Qlib takes much memory and stays in the process that imports it, which may be a server's.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(_both).result()


def _both() -> tuple[NamedExpressions, NamedExpressions]:
    return alpha158(), alpha360()


def _named(expressions: list[str], names: list[str]) -> NamedExpressions:
    return tuple(zip(names, expressions, strict=True))
