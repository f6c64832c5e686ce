"""Leaf values: whole columns at once, references, days and moments."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NewType

import numpy as np
import strawberry
from graphql import GraphQLError
from numpy.typing import NDArray

FloatColumn = NewType("FloatColumn", object)
DateColumn = NewType("DateColumn", object)
StringColumn = NewType("StringColumn", object)
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


def _strings(column: NDArray[np.str_]) -> object:
    return column.tolist()


def _day(value: object) -> date:
    try:
        return date.fromisoformat(_text(value))
    except ValueError:
        raise GraphQLError(f"{value!r} is no day; write one as 2024-01-31.") from None


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        raise GraphQLError(
            f"{value!r} is no moment; write one as 2024-01-31T12:00:00+00:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"{value!r} stands where a string is wanted; put it in quotes.")
    return value


SCALARS: dict[object, Any] = {
    date: strawberry.scalar(
        name="Date",
        description="A day as ISO 8601 writes it, such as 2024-01-31.",
        serialize=date.isoformat,
        parse_value=_day,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment as ISO 8601 writes it, such as 2024-01-31T12:00:00+00:00; in UTC where it "
            "names no time zone."
        ),
        serialize=datetime.isoformat,
        parse_value=_moment,
    ),
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
    StringColumn: strawberry.scalar(
        name="StringColumn", description="Strings of one column as one leaf.", serialize=_strings
    ),
    EntityRef: strawberry.scalar(
        name="EntityRef",
        description=(
            "Names an entity where the field already says its kind: its id, its name (the latest "
            "version), `name:3` (that version), or for universes `market/name` where two markets "
            "share a name. For a signal, `factor/name` or `model/name` where both exist."
        ),
        serialize=str,
        parse_value=_text,
    ),
}
