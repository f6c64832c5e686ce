"""What is lacking of a model's data without keeping it from being learned from."""

from collections.abc import Mapping

import numpy as np

from bars.universes import Days
from compute.members import member_mask
from compute.preparing.table import Table
from domain.period import Segments
from domain.work import Spans

_SEGMENTS = ("train", "valid", "test")
_FEW = 1_000
"""Rows that are looked at first; a column with a value there needs no further look."""


def missing_factor_warnings(table: Table, learnt: Segments) -> list[str]:
    """Sentences about factors without any value in a segment; nothing if each has some."""
    lacking: dict[str, list[str]] = {}
    for segment in _SEGMENTS:
        for name in _valueless(table.between(getattr(learnt, segment))):
            lacking.setdefault(name, []).append(segment)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, segments in lacking.items():
        alike.setdefault(tuple(segments), []).append(name)
    return [
        f"{_listed(names)} {'has' if len(names) == 1 else 'have'} no value at all in "
        f"{', '.join(segments[:-1])}{' and ' if segments[1:] else ''}{segments[-1]}, where the "
        "model does without."
        for segments, names in alike.items()
    ]


def missing_member_warnings(
    learnt: Segments, members: Mapping[str, Spans], calendar: Days
) -> list[str]:
    """Sentences about days on which the universe is empty; nothing if there are none."""
    warnings = []
    for segment in _SEGMENTS:
        period = getattr(learnt, segment)
        first, last = np.datetime64(period.start), np.datetime64(period.end)
        days = calendar[(calendar >= first) & (calendar <= last)]
        empty = days[~member_mask(members, list(members), days).any(axis=1)]
        if len(empty):
            warnings.append(
                f"The universe has no member on {len(empty):,} of the {len(days):,} days of "
                f"{segment}, the first {empty[0]} and the last {empty[-1]}."
            )
    return warnings


def _valueless(part: Table) -> list[str]:
    columns = np.flatnonzero(np.isnan(part.features[:_FEW]).all(axis=0))
    return [part.names[one] for one in columns if np.isnan(part.features[:, one]).all()]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
