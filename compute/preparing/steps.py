"""The steps by the names that Qlib gives them, run one after the other."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

from compute.preparing.cores import share_days, share_rows
from compute.preparing.cross_sections import fill_with_mean, score
from compute.preparing.fitting import FITTED, Fitted, fit, rescale
from compute.preparing.gaps import are_whole, fill, replace_infinities
from compute.preparing.ranks import rank, robust_score
from compute.preparing.squashing import squash
from compute.preparing.table import Table
from domain.period import Period
from domain.specs import Processor

Learned = tuple[Fitted | None, ...]
"""What each step has learned; None where a step learns nothing."""


def fit_steps(steps: Sequence[Processor], table: Table, train: Period) -> tuple[Table, Learned]:
    """Run steps in order; those that are fitted learn from the train segment, as it then is.

    Args:
        steps: Checked by `domain.processors`.
        table: Its arrays are changed in place. Steps that drop rows make new ones.
        train: The days that steps are fitted to.

    Returns:
        The rows that are left, and what was learned, for `apply_steps` on other rows.
    """
    learned: list[Fitted | None] = []
    for step in steps:
        fitted = None
        if step.kind in FITTED:
            fitted = fit(step.kind, table.between(train).group(_group(step)))
        table = _run(step, fitted, table)
        learned.append(fitted)
    return table, tuple(learned)


def apply_steps(steps: Sequence[Processor], learned: Learned, table: Table) -> Table:
    """Run steps with what they have learned from other rows.

    Args:
        steps: Those that were fitted.
        learned: What `fit_steps` returned for them.
        table: Whole days; its arrays are changed in place, as there.
    """
    for step, fitted in zip(steps, learned, strict=True):
        table = _run(step, fitted, table)
    return table


def _run(step: Processor, fitted: Fitted | None, table: Table) -> Table:
    if fitted is not None:
        is_clipped = bool(step.parameters.get("clip_outlier", False))
        rescale(table.group(_group(step)), fitted, is_clipped)
        return table
    if step.kind in ("DropnaLabel", "DropnaProcessor"):
        return table.where(are_whole(table.group(_group(step))))
    _IN_PLACE[step.kind](step, table)
    return table


def _group(step: Processor) -> str:
    """The columns that a step reads: `feature` or `label`."""
    if step.kind == "DropnaLabel":
        return "label"
    return str(step.parameters["fields_group"])


def _process_inf(_: Processor, table: Table) -> None:
    for group in ("feature", "label"):  # Qlib's goes through both
        values = table.group(group)
        share_days(values, table.starts, partial(replace_infinities, values))


def _tanh_process(_: Processor, table: Table) -> None:
    share_rows(table.features, partial(squash, names=table.names))


def _fillna(step: Processor, table: Table) -> None:
    value = cast(float, step.parameters["fill_value"])
    share_rows(table.group(_group(step)), lambda rows: fill(rows, value))


def _cs_z_score_norm(step: Processor, table: Table) -> None:
    scored = robust_score if step.parameters["method"] == "robust" else score
    values = table.group(_group(step))
    share_days(values, table.starts, partial(scored, values))


def _cs_rank_norm(step: Processor, table: Table) -> None:
    values = table.group(_group(step))
    share_days(values, table.starts, partial(rank, values))


def _csz_fillna(step: Processor, table: Table) -> None:
    values = table.group(_group(step))
    share_days(values, table.starts, partial(fill_with_mean, values))


_IN_PLACE: dict[str, Callable[[Processor, Table], None]] = {
    "ProcessInf": _process_inf,
    "TanhProcess": _tanh_process,
    "Fillna": _fillna,
    "CSZScoreNorm": _cs_z_score_norm,
    "CSRankNorm": _cs_rank_norm,
    "CSZFillna": _csz_fillna,
}
