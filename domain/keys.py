"""Keys of results: a hash of everything that a result means, so nothing is ever invalidated."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum


def canonical_json(value: object) -> str:
    """Write a value so that equal values have equal text: sorted keys, no spaces, no NaN."""
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )


def content_key(kind: str, value: object) -> str:
    """The key of what `value` describes: 32 hexadecimal digits.

    Args:
        kind: What sort of thing it is; equal values of two sorts have different keys.
        value: Dataclasses, mappings, sequences, dates, enums, numbers and strings.
    """
    text = f"{kind}\x1f{canonical_json(value)}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_plain(item) for item in value]
        return sorted(items, key=str) if isinstance(value, (set, frozenset)) else items
    return value
