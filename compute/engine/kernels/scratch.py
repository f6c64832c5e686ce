"""Scratch memory of kernels: how narrow it may be, and where its cache lines begin."""

from typing import Any

import numpy as np
import numpy.typing as npt

from compute.engine.compiled import kernel

CACHE_LINE = 64


@kernel
def fits_float32(x: npt.NDArray[np.float64]) -> bool:
    """Tell whether every value of a tile is a float32 that was widened, as raw fields are.

    Comparing float32 takes half the time, and has the same outcome.
    """
    changed = 0
    flat = x.ravel()
    for i in range(len(flat)):
        changed += np.float64(np.float32(flat[i])) != flat[i] and flat[i] == flat[i]
    return changed == 0


@kernel
def aligned(size: int, dtype: Any) -> npt.NDArray[Any]:
    """Make an array, its contents undefined, that begins where a cache line does.

    A vector as long as a line takes twice the time when it lies across two.
    """
    raw = np.empty(size + CACHE_LINE, dtype)
    skipped = (-np.int64(raw.ctypes.data)) % CACHE_LINE // raw.itemsize
    return raw[skipped : skipped + size]
