"""The parameters of every kind of model are typed, ranged and those of its library."""

import inspect
import json
from typing import Any

import numpy as np
import pytest

from compute.zoo.qlib_models import qlib_model
from domain.double_ensemble_parameters import OWN_PARAMETERS
from domain.input_issues import InvalidInputError
from domain.model_parameters import (
    PARAMETER_TABLES,
    check_model_parameters,
    loss_of,
    parameter_schema_of,
)
from domain.recurrent_parameters import RECURRENT_KINDS, RECURRENT_PARAMETERS
from domain.specs import ModelKind
from domain.xgboost_parameters import XGBOOST_PARAMETERS


def issues_of(kind: ModelKind, raw: object) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        check_model_parameters(kind, raw)
    return {str(issue.field): issue.message for issue in caught.value.issues}


@pytest.mark.parametrize("kind", ModelKind)
def test_every_kind_states_what_is_left_out_and_takes_it_again(kind: ModelKind) -> None:
    values = check_model_parameters(kind, None)

    stated = [one.name for one in PARAMETER_TABLES[kind].parameters if not one.may_be_absent]
    assert list(values) == stated
    assert check_model_parameters(kind, values) == values
    assert list(parameter_schema_of(kind)["properties"]) == [
        one.name for one in PARAMETER_TABLES[kind].parameters
    ]
    assert json.loads(json.dumps(parameter_schema_of(kind))) == parameter_schema_of(kind)


@pytest.mark.parametrize("kind", ModelKind)
def test_every_kind_refuses_unknown_names_and_other_types_by_name(kind: ModelKind) -> None:
    first = PARAMETER_TABLES[kind].parameters[1].name

    issues = issues_of(kind, {"zzzz": 1, first: [1]})

    assert list(issues) == ["input.parameters.zzzz", f"input.parameters.{first}"]
    assert f"{first} is [1]; give" in issues[f"input.parameters.{first}"]


@pytest.mark.parametrize("kind", ModelKind)
def test_names_mean_one_parameter_each(kind: ModelKind) -> None:
    table = PARAMETER_TABLES[kind]
    names = [name for one in table.parameters for name in (one.name, *one.aliases)]

    assert len(set(names)) == len(names)
    assert not set(names) & set(table.elsewhere)


OUT_OF_RANGE = [
    (ModelKind.XGBOOST, {"eta": 0}),
    (ModelKind.XGBOOST, {"subsample": 1.1}),
    (ModelKind.XGBOOST, {"max_depth": -1}),
    (ModelKind.XGBOOST, {"objective": "rank:ndcg"}),
    (ModelKind.CATBOOST, {"depth": 17}),
    (ModelKind.CATBOOST, {"loss": "MAE"}),
    (ModelKind.LINEAR, {"estimator": "huber"}),
    (ModelKind.LINEAR, {"alpha": -1}),
    (ModelKind.DOUBLE_ENSEMBLE, {"decay": 0}),
    (ModelKind.DOUBLE_ENSEMBLE, {"num_leaves": 1}),
    (ModelKind.LSTM, {"dropout": 1}),
    (ModelKind.GRU, {"optimizer": "lbfgs"}),
]


@pytest.mark.parametrize(("kind", "raw"), OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused(kind: ModelKind, raw: dict[str, Any]) -> None:
    assert list(issues_of(kind, raw)) == [f"input.parameters.{name}" for name in raw]


@pytest.mark.parametrize(
    ("kind", "raw", "field", "said"),
    [
        (ModelKind.LINEAR, {"alpha": 0.5}, "alpha", "ridge and lasso"),
        (ModelKind.CATBOOST, {"num_leaves": 50}, "max_leaves", "Lossguide"),
        (ModelKind.CATBOOST, {"bootstrap_type": "No", "subsample": 0.5}, "subsample", "Bernoulli"),
        (ModelKind.CATBOOST, {"bagging_temperature": 2}, "bagging_temperature", "Bayesian"),
    ],
)
def test_what_does_not_go_together_is_refused(
    kind: ModelKind, raw: dict[str, Any], field: str, said: str
) -> None:
    assert said in issues_of(kind, raw)[f"input.parameters.{field}"]


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        (ModelKind.XGBOOST, "nthread", "threads"),
        (ModelKind.CATBOOST, "random_seed", "input.seed"),
        (ModelKind.DOUBLE_ENSEMBLE, "sample_ratios", "0.8, 0.7"),
        (ModelKind.DOUBLE_ENSEMBLE, "num_threads", "threads"),
        (ModelKind.GRU, "GPU", "processor"),
    ],
)
def test_what_is_set_elsewhere_says_where(kind: ModelKind, name: str, said: str) -> None:
    assert said in issues_of(kind, {name: 1})[f"input.parameters.{name}"]


def defaults_of(function: Any) -> dict[str, Any]:
    return {name: one.default for name, one in inspect.signature(function).parameters.items()}


def test_linear_defaults_are_qlibs() -> None:
    known = defaults_of(qlib_model("linear").LinearModel)

    assert check_model_parameters(ModelKind.LINEAR, None) == known


def test_double_ensembles_own_defaults_are_qlibs_but_for_decay() -> None:
    known = defaults_of(qlib_model("double_ensemble").DEnsembleModel)
    ours = {one.name: None if one.may_be_absent else one.default for one in OWN_PARAMETERS}

    assert known["decay"] is None
    assert ours == {name: known[name] for name in ours} | {"decay": 0.5}


@pytest.mark.parametrize("kind", RECURRENT_KINDS)
def test_defaults_of_networks_are_qlibs(kind: ModelKind) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    known = defaults_of(getattr(qlib_model(f"pytorch_{kind.lower()}"), kind))

    assert {one.name: one.default for one in RECURRENT_PARAMETERS} == {
        one.name: known[one.name] for one in RECURRENT_PARAMETERS
    }


def test_xgboosts_defaults_are_its_own() -> None:
    import xgboost

    data = xgboost.DMatrix(np.arange(20.0).reshape(-1, 1), np.arange(20.0))
    learner = json.loads(xgboost.train({}, data, 1).save_config())["learner"]
    used = learner["gradient_booster"]["tree_train_param"] | learner["learner_train_param"]
    rounds = {"num_boost_round", "early_stopping_rounds", "save_best"}

    ours = {one.name: one.default for one in XGBOOST_PARAMETERS if one.name not in rounds}

    assert ours.keys() <= used.keys()
    for name, value in ours.items():
        text = used[name]
        assert value == text if isinstance(value, str) else np.float32(value) == np.float32(text)
    fit = defaults_of(qlib_model("xgboost").XGBModel.fit)
    values = check_model_parameters(ModelKind.XGBOOST, None)
    assert all(values[name] == fit[name] for name in rounds - {"save_best"})


def test_catboosts_defaults_are_its_own() -> None:
    import catboost

    chance = np.random.default_rng(0)
    features = chance.normal(size=(50, 3))
    model = catboost.CatBoost({"iterations": 2, "verbose": False, "allow_writing_files": False})
    model.fit(features, features[:, 0])
    used = model.get_all_params()

    ours = check_model_parameters(ModelKind.CATBOOST, None)

    shared = ours.keys() - {"loss", "num_boost_round", "early_stopping_rounds"}
    assert {name: ours[name] for name in shared} == {name: used[name] for name in shared}
    assert used["loss_function"] == ours["loss"]


def test_the_loss_of_a_kind_is_known() -> None:
    losses = {kind: loss_of(kind, check_model_parameters(kind, None)) for kind in ModelKind}

    assert losses[ModelKind.XGBOOST] == ("objective", "reg:squarederror")
    assert losses[ModelKind.LINEAR] == ("", "mse")
    assert losses[ModelKind.CATBOOST] == ("loss", "RMSE")
