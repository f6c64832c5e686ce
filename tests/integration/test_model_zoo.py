"""Each kind of model is Qlib's, the same each time, and the same once it is kept and read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zoo_ground import KINDS, NAMES, QUICK, SEED, prepared, qlibs_predictions

from catalog.artifacts import LocalArtifacts
from compute.zoo.kinds import load
from compute.zoo.trained import Trained
from domain.errors import ArtifactDamagedError
from domain.model_parameters import check_model_parameters
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.specs import ModelKind

pytestmark = pytest.mark.usefixtures("one_torch_thread")

Train = Callable[..., Trained]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_predicts_what_qlibs_own_class_predicts(kind: ModelKind, train: Train) -> None:
    rows = prepared()
    parameters = check_model_parameters(kind, QUICK[kind])

    expected = qlibs_predictions(kind, prepared(), parameters, SEED)
    found = train(kind, rows).predict(rows.every.features)

    assert np.std(found) > 0.01
    if kind is ModelKind.LINEAR:  # float32 products are added up in another order by columns
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "parameters",
    [
        {"estimator": "ols", "alpha": 0, "fit_intercept": True},
        {"estimator": "ols", "alpha": 0, "include_valid": True},
        {"estimator": "nnls", "alpha": 0, "fit_intercept": True},
        {"estimator": "lasso", "alpha": 0.01},
    ],
)
def test_linear_models_are_qlibs_whatever_the_estimator(
    parameters: dict[str, Any], train: Train
) -> None:
    rows = prepared(missing=0.01)
    checked = check_model_parameters(ModelKind.LINEAR, parameters)

    found = train(ModelKind.LINEAR, rows, **parameters).predict(rows.every.features)

    expected = qlibs_predictions(ModelKind.LINEAR, prepared(missing=0.01), checked, SEED)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert 0 < np.isnan(found).sum() < len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_two_trainings_are_one_model_bit_for_bit(
    kind: ModelKind, train: Train, model_store: LocalArtifacts
) -> None:
    first = train(kind).keep(model_store)
    np.random.random(3)

    assert train(kind).keep(model_store) == first
    if kind is not ModelKind.LINEAR:
        assert train(kind, seed=SEED + 1).keep(model_store) != first


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_again_predicts_the_same(
    kind: ModelKind, train: Train, model_store: LocalArtifacts
) -> None:
    rows = prepared().every.features
    trained = train(kind)

    kept = trained.keep(model_store)

    assert next(iter(kept)) == "model"
    found = load(kind, kept, model_store).predict(rows)
    np.testing.assert_array_equal(found, trained.predict(rows))
    assert (found.dtype, found.shape) == (np.float64, (len(rows),))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_model_that_somebody_changed_is_refused(
    kind: ModelKind, train: Train, model_store: LocalArtifacts
) -> None:
    kept = train(kind).keep(model_store)
    digest = list(kept.values())[-1]
    (path,) = (model_store.root / digest[:2]).glob(f"{digest}.*")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(ArtifactDamagedError):
        load(kind, kept, model_store)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_tells_of_its_learning(kind: ModelKind, train: Train) -> None:
    trained = train(kind)

    has_rounds = kind is not ModelKind.LINEAR
    assert set(trained.curves) == ({"train", "valid"} if has_rounds else set())
    assert (trained.metric is not None) == has_rounds
    gains = [one.gain for one in trained.importance]
    assert sorted(gains, reverse=True) == gains
    if kind in RECURRENT_KINDS:
        assert gains == []
    else:
        assert trained.importance[0].name == "F0"
        assert sorted(one.name for one in trained.importance) == sorted(NAMES)
    if trained.best_iteration is not None and kind is not ModelKind.DOUBLE_ENSEMBLE:
        valid = trained.curves["valid"]
        assert trained.best_iteration == int(np.argmin(valid)) + 1
        assert min(valid) < valid[0]


def test_a_model_that_is_read_as_another_is_not_kept(
    train: Train, model_store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = train(ModelKind.LINEAR), train(ModelKind.LINEAR, alpha=500.0)
    monkeypatch.setattr(type(one.predictor), "load", lambda *_: other.predictor)

    with pytest.raises(RuntimeError, match="LinearPredictor predicts other values"):
        one.keep(model_store)


def test_only_the_best_trees_are_kept_where_that_is_asked(train: Train) -> None:
    asked = {"num_boost_round": 40, "eta": 0.9, "early_stopping_rounds": 5}
    best, all_trees = (train(ModelKind.XGBOOST, save_best=one, **asked) for one in (True, False))
    rows = prepared().every.features

    assert best.best_iteration == all_trees.best_iteration
    assert not np.array_equal(best.predict(rows), all_trees.predict(rows))


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_writes_no_files_and_prints_nothing(
    kind: ModelKind,
    train: Train,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    train(kind)

    assert list((tmp_path / "here").iterdir()) == []
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("kind", KINDS)
def test_learning_leaves_the_rows_as_they_are(kind: ModelKind, train: Train) -> None:
    rows, same = prepared(), prepared()
    options = {"fit_intercept": True} if kind is ModelKind.LINEAR else {}

    train(kind, rows, **options)

    for name in ("every", "train", "valid"):
        ours, theirs = getattr(rows, name), getattr(same, name)
        np.testing.assert_array_equal(ours.features, theirs.features)
        np.testing.assert_array_equal(ours.label, theirs.label)
