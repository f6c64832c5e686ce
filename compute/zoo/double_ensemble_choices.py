"""What DoubleEnsemble does between two models: weighs rows and chooses factors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import lightgbm
import numpy as np
import pandas as pd

from compute.preparing.table import Values
from domain.arrays import FloatArray

_RATIOS = (0.8, 0.7, 0.6, 0.5, 0.4)
"""What is drawn of each bin of factors, the most useful first."""

_ENDS = 0.1
"""The share of rounds that are the beginning, and the end, of a row's path."""


class _SubModel(Protocol):
    @property
    def booster(self) -> lightgbm.Booster: ...

    @property
    def columns(self) -> tuple[int, ...]: ...

    def predict(self, features: Values) -> FloatArray: ...


def row_weights(
    booster: lightgbm.Booster,
    rows: Values,
    label: Values,
    losses: FloatArray,
    models: int,
    parameters: Mapping[str, Any],
) -> FloatArray:
    """Weigh rows for the next model: heavy are those of small loss that the last one learned.

    Args:
        booster: The last model.
        rows: What it saw, shape (rows, its columns).
        label: Shape (rows,).
        losses: Of all models together, shape (rows,).
        models: How many there are so far.
        parameters: `alpha1`, `alpha2`, `bins_sr` and `decay`.

    Source:
        qlib.contrib.model.double_ensemble, `sample_reweight`, with `retrieve_loss_curve`.
    """
    first, last = _ends_of_paths(booster, rows, label)
    beginning = first.rank(axis=0, pct=True).mean(axis=1)
    end = last.rank(axis=0, pct=True).mean(axis=1)
    share = (-pd.Series(losses)).rank(pct=True)
    value = parameters["alpha1"] * share + parameters["alpha2"] * (end / beginning).rank(pct=True)
    bins = pd.cut(value, parameters["bins_sr"])
    means = value.groupby(bins, observed=False).mean()
    weight_of = 1.0 / (parameters["decay"] ** models * means + 0.1)
    return np.asarray(weight_of.to_numpy()[bins.cat.codes.to_numpy()])


def _ends_of_paths(
    booster: lightgbm.Booster, rows: Values, label: Values
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each row's loss after the first and after the last rounds, shape (rows, rounds) both."""
    trees = booster.num_trees()
    part = max(int(trees * _ENDS), 1)
    kept = {*range(part), *range(trees - part, trees)}
    score = np.zeros(len(label))
    losses = {}
    for tree in range(trees):
        score += booster.predict(rows, start_iteration=tree, num_iteration=1)
        if tree in kept:
            losses[tree] = (label - score) ** 2
    first = pd.DataFrame({tree: losses[tree] for tree in range(part)})
    return first, pd.DataFrame({tree: losses[tree] for tree in range(trees - part, trees)})


def chosen_columns(
    models: Sequence[_SubModel],
    predicted: Sequence[FloatArray],
    features: Values,
    label: Values,
    losses: FloatArray,
    chance: np.random.RandomState,
    told: Callable[[int], None],
) -> np.ndarray[Any, Any]:
    """Draw columns for the next model, more of those without which losses rise.

    Args:
        models: All so far.
        predicted: What each predicts of `features`.
        features: Shape (rows, columns).
        label: Shape (rows,).
        losses: Of all models together, shape (rows,).
        chance: Shuffles a column at a time, then draws.
        told: Of the columns that are behind it.

    Returns:
        Columns, ascending.

    Source:
        qlib.contrib.model.double_ensemble, `feature_selection`.
    """
    readers = [_columns_read(one) for one in models]
    worth = np.zeros(features.shape[1])
    changed = features.copy()
    for column in range(features.shape[1]):
        told(column)
        changed[:, column] = chance.permutation(features[:, column])
        scores = np.zeros(len(label))
        for model, reads, before in zip(models, readers, predicted, strict=True):
            # A model that never splits by the column predicts what it did.
            scores += (model.predict(changed) if column in reads else before) / len(models)
        rise = pd.Series((label - scores) ** 2 - losses)
        worth[column] = rise.mean() / (rise.std(ddof=0) + 1e-7)
        changed[:, column] = features[:, column]
    return _drawn(worth, chance)


def _columns_read(model: _SubModel) -> set[int]:
    splits = model.booster.feature_importance("split", iteration=-1)
    return {column for column, count in zip(model.columns, splits, strict=True) if count}


def _drawn(worth: FloatArray, chance: np.random.RandomState) -> np.ndarray[Any, Any]:
    bins = pd.cut(pd.Series(worth), len(_RATIOS))
    found: list[int] = []
    for place, one in enumerate(sorted(bins.unique(), reverse=True)):
        columns = np.flatnonzero(bins == one)
        drawn = int(np.ceil(_RATIOS[place] * len(columns)))
        found += chance.choice(columns, size=drawn, replace=False).tolist()
    return np.array(sorted(found))
