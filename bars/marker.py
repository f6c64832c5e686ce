"""The note beside the data that says which fields were estimated and not observed."""

import json
from collections.abc import Sequence
from pathlib import Path

from bars.layout import FIELD, MARKER
from domain.errors import DataDirectoryError


def read_estimated(root: Path) -> tuple[str, ...]:
    """The fields that were estimated, ascending; none where there is no note.

    Raises:
        DataDirectoryError: The note is not `{"estimated": ["field", ...]}`.
    """
    path = root / MARKER
    if not path.is_file():
        return ()
    try:
        fields = json.loads(path.read_bytes())["estimated"]
        if isinstance(fields, list) and all(FIELD.fullmatch(field) for field in fields):
            return tuple(sorted(set(fields)))
    except (ValueError, KeyError, TypeError):
        pass
    raise DataDirectoryError(f'{path} should read {{"estimated": ["field", ...]}}.')


def marker_text(estimated: Sequence[str]) -> str:
    """The note for these fields."""
    return json.dumps({"estimated": sorted(estimated)}) + "\n"
