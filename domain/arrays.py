"""The arrays that numbers travel in."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""Any array."""

FloatArray: TypeAlias = npt.NDArray[np.float64]
"""Statistics: one number a day, or a matrix of them."""

FloatPanel: TypeAlias = npt.NDArray[np.floating[Any]]
"""Values of shape (days, instruments); NaN where there is none."""

BoolPanel: TypeAlias = npt.NDArray[np.bool_]
"""Answers of shape (days, instruments)."""

IntPanel: TypeAlias = npt.NDArray[np.int32]
"""Places or quantiles of shape (days, instruments)."""

RowArray: TypeAlias = npt.NDArray[np.int64]
"""Positions of rows."""

DateArray: TypeAlias = npt.NDArray[np.datetime64]
"""Days, as datetime64[D]."""
