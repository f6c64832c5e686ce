"""Leaf values: whole columns at once, references, and plain JSON."""

from collections.abc import Sequence
from typing import Any, NewType

import numpy as np
import strawberry
from numpy.typing import NDArray

FloatColumn = NewType("FloatColumn", object)
DateColumn = NewType("DateColumn", object)
EntityRef = NewType("EntityRef", str)


def _floats(column: NDArray[Any] | Sequence[float | None]) -> object:
    # The encoder writes arrays as they are, with null for NaN; infinity is null for us, too.
    values = np.asarray(column, dtype=None if isinstance(column, np.ndarray) else np.float64)
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, np.array(np.nan, values.dtype))
    return np.ascontiguousarray(values)


def _dates(column: NDArray[np.datetime64]) -> object:
    return np.datetime_as_string(column, unit="D").tolist()


SCALARS: dict[object, Any] = {
    FloatColumn: strawberry.scalar(
        name="FloatColumn",
        description=(
            "Numbers of one column as one leaf; null marks a missing value "
            "(NaN and infinity become null)."
        ),
        serialize=_floats,
    ),
    DateColumn: strawberry.scalar(
        name="DateColumn", description="ISO dates of one column as one leaf.", serialize=_dates
    ),
    EntityRef: strawberry.scalar(
        name="EntityRef",
        description=(
            "Names an entity where the field already says its kind: its id, its name (the latest "
            "version), `name:3` (that version), or for universes `market/name` where two markets "
            "share a name. For a signal, `factor/name` or `model/name` where both exist."
        ),
        serialize=str,
        parse_value=str,
    ),
}
