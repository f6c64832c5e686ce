"""Digests of what an instrument's values are made of: where they are equal, nothing changed."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from compute.engine.panel_evaluation import FieldPanel

DIGEST_BYTES = 16
_AT_ONCE = 64

HistoryDigests = npt.NDArray[np.uint8]
"""Shape (instruments, 16 bytes for each field)."""


def history_digests(panel: FieldPanel, have_bars: Sequence[bool]) -> HistoryDigests:
    """Digests of each instrument's history of a field: its rows, and the bytes of its values.

    Args:
        panel: The field, over the whole calendar.
        have_bars: Which instruments have bars of it; the others are NaN on the rows of their
            other fields, and Qlib itself tells them from those whose bars are NaN.

    Returns:
        Shape (instruments, 16). Days count from the calendar's first, and are no part of it.
    """
    ends = np.stack([panel.spans.first, panel.spans.stop, have_bars], axis=1).astype("<i8")
    found = np.empty((len(ends), DIGEST_BYTES), dtype=np.uint8)

    def look(begin: int) -> None:
        some = slice(begin, begin + _AT_ONCE)
        columns = np.ascontiguousarray(panel.values[:, some].T, dtype="<f4")
        for place, (values, (first, stop, has)) in enumerate(
            zip(columns, ends[some], strict=True), begin
        ):
            digest = blake2b(np.array([first, stop, has]).tobytes(), digest_size=DIGEST_BYTES)
            digest.update(values[first:stop])
            found[place] = np.frombuffer(digest.digest(), np.uint8)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        list(threads.map(look, range(0, len(ends), _AT_ONCE)))
    return found
