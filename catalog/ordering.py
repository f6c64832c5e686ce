"""Orders of lists, and the cursors that point between their entries."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, TypeDecorator, and_, false, or_
from sqlalchemy.types import TypeEngine

from catalog.dialects import check_text
from domain.errors import BadInputError

_LARGEST_INTEGER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column to sort by; missing values come last in either direction."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    def clause(self, backward: bool) -> ColumnElement[Any]:
        """The column as it stands in ORDER BY, turned round for a walk from the end."""
        turned = self.column.desc() if self.descending != backward else self.column.asc()
        if not self.nullable:
            return turned
        return turned.nulls_first() if backward else turned.nulls_last()

    def beyond(self, value: Any, backward: bool) -> ColumnElement[bool]:
        """Whether an entry comes after `value` in the direction of the walk."""
        if value is None:
            return self.column.is_not(None) if backward else false()
        down = self.descending != backward
        further: ColumnElement[bool] = self.column < value if down else self.column > value
        if self.nullable and not backward:
            return or_(further, self.column.is_(None))
        return further

    def level(self, value: Any) -> ColumnElement[bool]:
        """Whether an entry ties with `value`."""
        return self.column.is_(None) if value is None else self.column == value

    def read(self, value: Any) -> Any:
        """Return the value that a cursor holds.

        Raises:
            ValueError: It is not of the column's kind.
        """
        if value is None and self.nullable:
            return None
        kind = _value_type(self.column.type)
        if kind is datetime and isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        if kind is float and type(value) in (int, float):
            return float(value)
        if kind is int and type(value) is int and abs(value) <= _LARGEST_INTEGER:
            return value
        if kind is str and isinstance(value, str):
            return check_text(value, "cursor")
        raise ValueError(value)


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted. The last key is unique, so that every entry has one place."""

    name: str
    keys: tuple[SortKey, ...]

    def clauses(self, backward: bool = False) -> list[ColumnElement[Any]]:
        """What stands in ORDER BY."""
        return [key.clause(backward) for key in self.keys]

    def columns(self) -> list[ColumnElement[Any]]:
        """The values that cursors are made of, to be selected beside the entry."""
        return [key.column.label(f"sort_{place}") for place, key in enumerate(self.keys)]

    def beyond(self, cursor: str, field: str, backward: bool = False) -> ColumnElement[bool]:
        """Whether an entry comes after the cursor in the direction of the walk.

        Raises:
            BadInputError: The cursor is broken or was made by another order.
        """
        alternatives: list[ColumnElement[bool]] = []
        level: list[ColumnElement[bool]] = []
        for key, value in zip(self.keys, self._values(cursor, field), strict=True):
            alternatives.append(and_(*level, key.beyond(value, backward)))
            level.append(key.level(value))
        return or_(*alternatives)

    def cursor(self, row: Row[Any]) -> str:
        """The cursor of an entry whose row has `columns`."""
        values = [row._mapping[f"sort_{place}"] for place in range(len(self.keys))]
        plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
        text = json.dumps([self.name, *plain], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _values(self, cursor: str, field: str) -> list[Any]:
        try:
            name, *values = _decoded(cursor)
            if name == self.name:
                return [key.read(value) for key, value in zip(self.keys, values, strict=True)]
        except (BadInputError, binascii.Error, ValueError, OverflowError, RecursionError):
            raise BadInputError(
                f"{field} {cursor[:60]!r} is not a cursor; give one that this list returned.", field
            ) from None
        raise BadInputError(
            f"{field} {cursor[:60]!r} was made for another list or another order; "
            "begin again without it, or ask in the order that it came from.",
            field,
        )


def _value_type(kind: TypeEngine[Any]) -> type[Any]:
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return plain.python_type


def _decoded(cursor: str) -> list[Any]:
    padded = cursor + "=" * (-len(cursor) % 4)
    values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(values, list) or not values:
        raise ValueError(cursor)
    return values
