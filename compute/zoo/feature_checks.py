"""What must hold of features for kinds of models that cannot take any number."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from compute.preparing.prepared import Prepared
from compute.preparing.table import Table, Values
from compute.progress import ProgressReport, Report
from compute.zoo.qlib_rows import Rows
from domain.errors import BadInputError
from domain.severity import Severity

_BLOCK_ROWS = 50_000
_FILL = "name RobustZScoreNorm and Fillna, or Fillna alone, under input.processors.infer"
_SHOWN = 5


def require_no_infinity(prepared: Prepared, names: Sequence[str], kind: str) -> None:
    """Check that no feature is infinite in any row.

    Raises:
        BadInputError: Some are; it names the factors.
    """
    found = np.zeros(len(names), bool)
    for block in _blocks(prepared.every.features):
        found |= np.isinf(block).any(axis=0)
    if found.any():
        raise BadInputError(
            f"{kind} takes no infinite values, and {_named(names, found)} has some; name "
            "ProcessInf under input.processors.infer, or mend the factor.",
            "input.processors.infer",
        )


def require_some_values(prepared: Prepared, names: Sequence[str], kind: str) -> None:
    """Check that every feature has a value in some row of the train segment.

    Raises:
        BadInputError: Some have none; it names the factors.
    """
    empty = np.ones(len(names), bool)
    for block in _blocks(prepared.train.features):
        empty &= np.isnan(block).all(axis=0)
    if empty.any():
        raise BadInputError(
            f"{kind} takes no missing values, and {_named(names, empty)} has none but missing "
            f"ones in the train segment; leave it out of the factor set, or {_FILL}.",
            "input.processors.infer",
        )


def complete_rows(table: Table, segment: str, kind: str, report: Report) -> Rows:
    """The rows of a segment without a missing feature; what is left out is told as a warning.

    Raises:
        BadInputError: None is left.
    """
    kept = complete(table.features)
    missing = int((~kept).sum())
    if missing == len(table):
        raise BadInputError(
            f"{kind} takes no missing values, and each of the {missing:,} rows of the {segment} "
            f"segment has one; {_FILL}.",
            "input.processors.infer",
        )
    if not missing:
        return Rows.of(table)
    message = (
        f"{missing:,} of {len(table):,} rows of the {segment} segment lack a factor's value and "
        f"are left out, since {kind} takes none that are missing; to have them in, {_FILL}."
    )
    report(ProgressReport("training", level=Severity.WARNING, message=message))
    return Rows(table.features[kept], table.label[kept])


def complete(features: Values) -> npt.NDArray[np.bool_]:
    """Which rows have all values, shape (rows,)."""
    found = [~np.isnan(block).any(axis=1) for block in _blocks(features)]
    return np.concatenate(found) if found else np.zeros(0, bool)


def _blocks(features: Values) -> Iterator[Values]:
    """A few rows at a time, whose marks take little memory."""
    return (features[at : at + _BLOCK_ROWS] for at in range(0, len(features), _BLOCK_ROWS))


def _named(names: Sequence[str], marked: npt.NDArray[np.bool_]) -> str:
    found = [name for name, is_one in zip(names, marked, strict=True) if is_one]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{', '.join(found[:_SHOWN])}{more}"
