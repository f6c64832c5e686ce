"""Kept models are continued by new rounds, on the factors that they know."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from zoo_ground import NAMES, QUICK, SEED, prepared

from catalog.artifacts import LocalArtifacts
from compute.progress import unheard
from compute.zoo.kinds import CONTINUED, fit, load
from compute.zoo.trained import Trained
from domain.errors import BadInputError
from domain.model_parameters import check_model_parameters
from domain.specs import ModelKind

pytestmark = pytest.mark.usefixtures("one_torch_thread")

Train = Callable[..., Trained]


@pytest.mark.parametrize("kind", CONTINUED)
def test_a_kept_model_is_continued_by_new_rounds(
    kind: ModelKind, train: Train, model_store: LocalArtifacts
) -> None:
    base = train(kind)
    kept = base.keep(model_store)
    rows = prepared(missing=0.1)  # other rows than it has learned from

    more = train(kind, rows, base=kept, num_boost_round=3)

    assert len(more.curves["valid"]) == 3
    assert more.best_iteration is not None
    assert more.best_iteration > 3
    fresh = train(kind, rows, num_boost_round=3)
    assert more.curves["train"][0] < fresh.curves["train"][0]
    found = load(kind, more.keep(model_store), model_store).predict(rows.every.features)
    assert not np.array_equal(found, base.predict(rows.every.features), equal_nan=True)


def test_a_model_of_other_factors_is_not_continued(
    train: Train, model_store: LocalArtifacts
) -> None:
    rows = prepared()
    parts = {
        name: replace(table, features=table.features[:, :6].copy())
        for name, table in (("every", rows.every), ("train", rows.train), ("valid", rows.valid))
    }
    few = replace(rows, **parts)
    for kind in CONTINUED:
        checked = check_model_parameters(kind, QUICK[kind])
        kept = train(kind).keep(model_store)
        with pytest.raises(BadInputError, match="12 factors, and there are 6"):
            fit(kind, few, NAMES[:6], checked, SEED, unheard, base=kept, store=model_store)


def test_other_kinds_refuse_to_be_continued(train: Train, model_store: LocalArtifacts) -> None:
    kept = train(ModelKind.LINEAR).keep(model_store)

    with pytest.raises(ValueError, match="does not go on"):
        train(ModelKind.LINEAR, base=kept)
