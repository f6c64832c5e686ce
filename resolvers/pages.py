"""Pages of lists that are read whole from a kept result, which never changes."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from catalog.paging import PageRequest, Slice
from domain.errors import BadInputError

T = TypeVar("T")


def page_of_list(items: Sequence[T], page: PageRequest, name: str) -> Slice[T]:
    """One page of a list.

    Args:
        items: The whole list, in its order.
        page: Which part.
        name: Names the list; a cursor of one list is refused by others.

    Raises:
        BadInputError: A cursor is broken or of another list.
    """
    start = 0 if page.after is None else _place(page.after, name, len(items), "after") + 1
    stop = len(items) if page.before is None else _place(page.before, name, len(items), "before")
    window = range(start, max(start, stop))
    size = min(page.size, len(window))
    shown = window[len(window) - size :] if page.backward else window[:size]
    return Slice(
        items=tuple(items[place] for place in shown),
        cursors=tuple(_cursor(place, name) for place in shown),
        has_next_page=shown.stop < len(items),
        has_previous_page=shown.start > 0,
    )


def _cursor(place: int, name: str) -> str:
    return base64.urlsafe_b64encode(f"{name}:{place}".encode()).decode().rstrip("=")


def _place(cursor: str, name: str, length: int, field: str) -> int:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        list_name, _, place = text.rpartition(":")
        if list_name != name or not 0 <= int(place) < length:
            raise ValueError(text)
    except (binascii.Error, ValueError):
        raise BadInputError(
            f"{cursor!r} is no cursor of this list; use one that this field returned.", field
        ) from None
    return int(place)
