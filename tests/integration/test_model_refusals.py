"""What kinds of models cannot learn from is refused, with what would mend it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zoo_ground import NAMES, QUICK, SEED, WITHOUT_TORCH, prepared

from catalog.artifacts import LocalArtifacts
from compute.preparing.prepared import Prepared
from compute.progress import ProgressReport
from compute.zoo import modules
from compute.zoo.kinds import fit
from compute.zoo.trained import Trained
from domain.errors import BadInputError, KindUnavailableError
from domain.model_parameters import check_model_parameters
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.severity import Severity
from domain.specs import ModelKind

pytestmark = pytest.mark.usefixtures("one_torch_thread")

Train = Callable[..., Trained]
NO_INFINITY = [ModelKind.XGBOOST, ModelKind.LINEAR, ModelKind.LSTM, ModelKind.GRU]
NO_MISSING = NO_INFINITY[1:]


def changed(given: Prepared, column: int, value: float, rows: slice = slice(None)) -> Prepared:
    """The same rows, but some of a factor's values in the train segment others."""
    features = given.train.features.copy()
    features[rows, column] = value
    return replace(given, train=replace(given.train, features=features), every=given.every)


@WITHOUT_TORCH
@pytest.mark.parametrize("kind", NO_INFINITY)
def test_an_infinite_factor_is_refused_by_name(kind: ModelKind, train: Train) -> None:
    rows = prepared()
    rows.every.features[3, 4] = np.inf

    with pytest.raises(BadInputError, match=r"F4 has some; name ProcessInf"):
        train(kind, rows)


@WITHOUT_TORCH
@pytest.mark.parametrize("kind", NO_MISSING)
def test_a_factor_without_values_is_refused_with_what_fills_it(
    kind: ModelKind, train: Train
) -> None:
    with pytest.raises(BadInputError, match=r"F7 has none.* RobustZScoreNorm and Fillna") as told:
        train(kind, changed(prepared(), 7, np.nan))

    assert told.value.field == "input.processors.infer"


@WITHOUT_TORCH
@pytest.mark.parametrize("kind", NO_MISSING)
def test_rows_that_lack_a_value_are_left_out_and_told(
    kind: ModelKind, model_store: LocalArtifacts
) -> None:
    told: list[ProgressReport] = []
    checked = check_model_parameters(kind, QUICK[kind])
    rows = changed(prepared(), 7, np.nan, slice(0, 30))

    trained = fit(kind, rows, NAMES, checked, SEED, told.append, store=model_store)

    (warning,) = [one.message for one in told if one.level is Severity.WARNING]
    assert warning is not None
    assert warning.startswith("30 of 820 rows of the train segment lack")
    rows.every.features[2, 3] = np.nan
    missing = np.isnan(trained.predict(rows.every.features))
    assert missing.nonzero()[0].tolist() == [2]


@WITHOUT_TORCH
@pytest.mark.parametrize("kind", RECURRENT_KINDS)
@pytest.mark.parametrize(
    ("parameters", "field", "said"),
    [
        ({"batch_size": 300}, "batch_size", "valid segment has only 260 rows"),
        ({"batch_size": 1000}, "batch_size", "train segment has only 820 rows"),
        ({"d_feat": 5}, "d_feat", "12 factors are no multiple"),
        ({"optimizer": "gd", "lr": 10.0, "n_epochs": 50}, "lr", "lower lr"),
    ],
)
def test_a_network_that_cannot_learn_is_refused(
    kind: ModelKind, parameters: dict[str, Any], field: str, said: str, train: Train
) -> None:
    rows = prepared()
    if field == "lr":
        rows.train.label[:] = 1e30

    with pytest.raises(BadInputError, match=said) as told:
        train(kind, rows, **parameters)

    assert told.value.field == f"input.parameters.{field}"


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (ModelKind.LIGHTGBM, {"min_data_in_leaf": 10_000}),
        (ModelKind.DOUBLE_ENSEMBLE, {"min_data_in_leaf": 10_000}),
        (ModelKind.XGBOOST, {"gamma": 1e6}),
        (ModelKind.LINEAR, {"estimator": "lasso", "alpha": 100}),
    ],
)
def test_a_model_that_would_say_the_same_of_all_is_refused(
    kind: ModelKind, parameters: dict[str, Any], train: Train
) -> None:
    with pytest.raises(BadInputError, match="every prediction would be the same"):
        train(kind, **parameters)


@pytest.mark.parametrize("kind", RECURRENT_KINDS)
def test_without_torch_a_kind_says_how_to_install_it(
    kind: ModelKind, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules, "find_spec", lambda _: None)

    with pytest.raises(KindUnavailableError, match=re.escape(f"pip install {modules.TORCH}")):
        train(kind)

    assert modules.why_unavailable(ModelKind.LINEAR) is None


def test_what_is_to_be_installed_is_the_projects_extra() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()

    assert f'torch = ["{modules.TORCH}"]' in project
