"""Each kind of model is Qlib's, the same each time, and the same once it is kept and read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zoo_ground import NAMES, QUICK, prepared, qlibs_predictions

from catalog.artifacts import LocalArtifacts
from compute.preparing.prepared import Prepared
from compute.progress import ProgressReport, unheard
from compute.zoo import modules
from compute.zoo.kinds import CONTINUED, fit, load
from compute.zoo.trained import Trained
from domain.errors import ArtifactDamagedError, BadInputError, KindUnavailableError
from domain.model_parameters import check_model_parameters
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.severity import Severity
from domain.specs import ModelKind

WITHOUT_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
KINDS = [
    pytest.param(kind, marks=[WITHOUT_TORCH] if kind in RECURRENT_KINDS else [])
    for kind in ModelKind
]
SEED = 5
Train = Callable[..., Trained]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small take longer with several, above all beside others."""
    if find_spec("torch") is None:
        yield
        return
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def train(store: LocalArtifacts) -> Train:
    def train(
        kind: ModelKind,
        given: Prepared | None = None,
        seed: int = SEED,
        base: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> Trained:
        checked = check_model_parameters(kind, QUICK[kind] | parameters)
        rows = given or prepared()
        return fit(kind, rows, NAMES, checked, seed, unheard, base=base, store=store)

    return train


def changed(given: Prepared, column: int, value: float, rows: slice = slice(None)) -> Prepared:
    """The same rows, but some of a factor's values in the train segment others."""
    features = given.train.features.copy()
    features[rows, column] = value
    return replace(given, train=replace(given.train, features=features), every=given.every)


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
    kind: ModelKind, train: Train, store: LocalArtifacts
) -> None:
    first = train(kind).keep(store)
    np.random.random(3)

    assert train(kind).keep(store) == first
    if kind is not ModelKind.LINEAR:
        assert train(kind, seed=SEED + 1).keep(store) != first


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_again_predicts_the_same(
    kind: ModelKind, train: Train, store: LocalArtifacts
) -> None:
    rows = prepared().every.features
    trained = train(kind)

    kept = trained.keep(store)

    assert next(iter(kept)) == "model"
    found = load(kind, kept, store).predict(rows)
    np.testing.assert_array_equal(found, trained.predict(rows))
    assert (found.dtype, found.shape) == (np.float64, (len(rows),))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_model_that_somebody_changed_is_refused(
    kind: ModelKind, train: Train, store: LocalArtifacts
) -> None:
    kept = train(kind).keep(store)
    digest = list(kept.values())[-1]
    (path,) = (store.root / digest[:2]).glob(f"{digest}.*")
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    with pytest.raises(ArtifactDamagedError):
        load(kind, kept, store)


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


@pytest.mark.parametrize("kind", CONTINUED)
def test_a_kept_model_is_continued_by_new_rounds(
    kind: ModelKind, train: Train, store: LocalArtifacts
) -> None:
    base = train(kind)
    kept = base.keep(store)
    rows = prepared(missing=0.1)  # other rows than it has learned from

    more = train(kind, rows, base=kept, num_boost_round=3)

    assert len(more.curves["valid"]) == 3
    assert more.best_iteration is not None
    assert more.best_iteration > 3
    fresh = train(kind, rows, num_boost_round=3)
    assert more.curves["train"][0] < fresh.curves["train"][0]
    found = load(kind, more.keep(store), store).predict(rows.every.features)
    assert not np.array_equal(found, base.predict(rows.every.features), equal_nan=True)


def test_a_model_of_other_factors_is_not_continued(train: Train, store: LocalArtifacts) -> None:
    rows = prepared()
    parts = {
        name: replace(table, features=table.features[:, :6].copy())
        for name, table in (("every", rows.every), ("train", rows.train), ("valid", rows.valid))
    }
    few = replace(rows, **parts)
    for kind in CONTINUED:
        checked = check_model_parameters(kind, QUICK[kind])
        kept = train(kind).keep(store)
        with pytest.raises(BadInputError, match="12 factors, and there are 6"):
            fit(kind, few, NAMES[:6], checked, SEED, unheard, base=kept, store=store)


def test_other_kinds_refuse_to_be_continued(train: Train, store: LocalArtifacts) -> None:
    kept = train(ModelKind.LINEAR).keep(store)

    with pytest.raises(ValueError, match="does not go on"):
        train(ModelKind.LINEAR, base=kept)


def test_only_the_best_trees_are_kept_where_that_is_asked(train: Train) -> None:
    asked = {"num_boost_round": 40, "eta": 0.9, "early_stopping_rounds": 5}
    best, all_trees = (train(ModelKind.XGBOOST, save_best=one, **asked) for one in (True, False))
    rows = prepared().every.features

    assert best.best_iteration == all_trees.best_iteration
    assert not np.array_equal(best.predict(rows), all_trees.predict(rows))


NO_INFINITY = [ModelKind.XGBOOST, ModelKind.LINEAR, ModelKind.LSTM, ModelKind.GRU]
NO_MISSING = NO_INFINITY[1:]


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
    kind: ModelKind, store: LocalArtifacts
) -> None:
    told: list[ProgressReport] = []
    checked = check_model_parameters(kind, QUICK[kind])
    rows = changed(prepared(), 7, np.nan, slice(0, 30))

    trained = fit(kind, rows, NAMES, checked, SEED, told.append, store=store)

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
