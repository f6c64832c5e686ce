"""What clients set by name is typed, ranged, completed, and refused all at once."""

import math
import pickle
import re

import numpy as np
import pytest

from domain.input_issues import InvalidInputError
from domain.lightgbm_parameters import (
    LIGHTGBM_PARAMETER_SCHEMA,
    LIGHTGBM_PARAMETERS,
    check_lightgbm_parameters,
)
from domain.strategy_parameters import check_holdings, check_strategy_parameters, qlib_parameters

QLIB_BENCHMARK = {
    "loss": "mse",
    "colsample_bytree": 0.8879,
    "learning_rate": 0.2,
    "subsample": 0.8789,
    "lambda_l1": 205.6999,
    "lambda_l2": 580.9768,
    "max_depth": 8,
    "num_leaves": 210,
}


def issues_of(raw: object) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        check_lightgbm_parameters(raw)
    return {issue.field: issue.message for issue in caught.value.issues}


def test_what_is_left_out_is_stated_in_full() -> None:
    values = check_lightgbm_parameters(None)

    assert list(values) == [one.name for one in LIGHTGBM_PARAMETERS if not one.may_be_absent]
    assert (values["num_boost_round"], values["early_stopping_rounds"]) == (1000, 50)
    assert (values["loss"], values["deterministic"], values["force_col_wise"]) == (
        "mse",
        True,
        True,
    )


def test_checked_parameters_pass_the_check_unchanged() -> None:
    values = check_lightgbm_parameters(QLIB_BENCHMARK)

    assert check_lightgbm_parameters(values) == values


def test_names_of_qlibs_benchmark_are_those_of_lightgbm() -> None:
    values = check_lightgbm_parameters(QLIB_BENCHMARK)

    assert (values["feature_fraction"], values["bagging_fraction"]) == (0.8879, 0.8789)
    assert "subsample" not in values


def test_our_defaults_are_those_of_lightgbm() -> None:
    import lightgbm

    data = lightgbm.Dataset(np.arange(100.0).reshape(-1, 1), np.arange(100.0))
    text = lightgbm.train({"verbosity": -1}, data, 1).model_to_string()
    used = dict(re.findall(r"^\[(\w+): (.*)\]$", text, re.MULTILINE))
    ours = {one.name: one.default for one in LIGHTGBM_PARAMETERS}
    chosen = {"loss", "num_boost_round", "early_stopping_rounds", "deterministic", "force_col_wise"}

    assert ours.keys() - used.keys() == {"loss", "num_boost_round", "early_stopping_rounds"}
    assert {name: float(used[name]) for name in ours if name not in chosen} == {
        name: float(value) for name, value in ours.items() if name not in chosen
    }


def test_a_model_trained_without_any_seed_can_be_repeated() -> None:
    import lightgbm

    rng = np.random.default_rng(3)
    features, label = rng.normal(size=(400, 12)), rng.normal(size=400)
    drawing = {"feature_fraction": 0.4, "bagging_fraction": 0.5, "bagging_freq": 1, "verbosity": -1}
    own = {one.name: one.default for one in LIGHTGBM_PARAMETERS if one.may_be_absent}

    def predicted(seeds: dict[str, object]) -> list[float]:
        booster = lightgbm.train(drawing | seeds, lightgbm.Dataset(features, label), 5)
        return list(booster.predict(features))

    assert predicted({"seed": 0} | own) == predicted({})
    assert predicted({"seed": 0}) != predicted({})


def test_every_issue_is_told_at_once_with_its_path() -> None:
    issues = issues_of({"learning_rat": 0.1, "num_leaves": 1, "max_depth": "deep"})

    assert list(issues) == [
        "input.parameters.learning_rat",
        "input.parameters.num_leaves",
        "input.parameters.max_depth",
    ]
    assert "learning_rate" in issues["input.parameters.learning_rat"]
    assert "at least 2 and at most 131,072" in issues["input.parameters.num_leaves"]


def test_a_name_like_no_other_is_told_all_names() -> None:
    (message,) = issues_of({"zzzz": 1}).values()

    assert all(one.name in message for one in LIGHTGBM_PARAMETERS)


@pytest.mark.parametrize("value", [True, math.nan, math.inf, "0.1", None, 0, -1, 1.5, [0.1]])
def test_a_learning_rate_that_is_none_is_refused(value: object) -> None:
    assert list(issues_of({"learning_rate": value})) == ["input.parameters.learning_rate"]


@pytest.mark.parametrize("value", [True, 3.5, "31", 10**400])
def test_leaves_that_are_no_whole_number_are_refused(value: object) -> None:
    assert list(issues_of({"num_leaves": value})) == ["input.parameters.num_leaves"]


def test_equal_numbers_are_equal_parameters() -> None:
    whole = check_lightgbm_parameters({"num_leaves": 31.0, "lambda_l1": 2})

    assert type(whole["num_leaves"]) is int
    assert type(whole["lambda_l1"]) is float


def test_one_parameter_under_two_names_is_refused() -> None:
    issues = issues_of({"subsample": 0.5, "bagging_fraction": 0.5})

    assert list(issues) == ["input.parameters.bagging_fraction"]


@pytest.mark.parametrize(
    ("name", "said"), [("num_threads", "threads"), ("seed", "input.seed"), ("verbose", "run")]
)
def test_what_is_set_elsewhere_is_told_where(name: str, said: str) -> None:
    assert said in issues_of({name: 1})[f"input.parameters.{name}"]


@pytest.mark.parametrize("raw", [[], "loss", 3])
def test_parameters_are_an_object(raw: object) -> None:
    assert list(issues_of(raw)) == ["input.parameters"]


def test_the_issues_travel_between_processes() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_lightgbm_parameters({"a": 1, "b": 2})

    arrived = pickle.loads(pickle.dumps(caught.value))  # noqa: S301

    assert arrived.issues == caught.value.issues
    assert (str(arrived), arrived.field) == (str(caught.value), None)


def test_the_schema_describes_every_parameter_for_forms() -> None:
    properties = LIGHTGBM_PARAMETER_SCHEMA["properties"]

    assert list(properties) == [one.name for one in LIGHTGBM_PARAMETERS]
    assert properties["learning_rate"] == {
        "type": "number",
        "default": 0.1,
        "description": "How much each tree counts.",
        "exclusiveMinimum": 0,
        "maximum": 1,
    }
    assert properties["loss"]["enum"] == ["mse", "binary"]
    assert properties["deterministic"]["type"] == "boolean"


def test_a_strategy_has_qlibs_own_defaults() -> None:
    import inspect

    from qlib.contrib.strategy.signal_strategy import BaseSignalStrategy, TopkDropoutStrategy

    known = inspect.signature(BaseSignalStrategy).parameters | (
        inspect.signature(TopkDropoutStrategy).parameters
    )

    values = qlib_parameters({})

    assert values == {name: known[name].default for name in values}


@pytest.mark.parametrize("name", ["method_sell", "method_buy"])
def test_names_are_drawn_at_random_with_a_seed_and_by_qlib_alone(name: str) -> None:
    assert check_strategy_parameters({name: "random", "seed": 7})["seed"] == 7
    assert "seed" not in check_strategy_parameters({name: "random"})
    with pytest.raises(InvalidInputError, match=r"strict_topk is true, .* only that one draws"):
        check_strategy_parameters({name: "random", "strict_topk": True})


def test_a_seed_without_draws_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="seed is 7, and nothing is drawn at random"):
        check_strategy_parameters({"seed": 7})


def test_topk_is_no_parameter_of_the_strategy() -> None:
    with pytest.raises(InvalidInputError, match=r"input\.strategy\.topk"):
        check_strategy_parameters({"topk": 5})


@pytest.mark.parametrize(
    ("topk", "n_drop", "field"), [(0, 1, "topk"), (5, 0, "nDrop"), (5, 6, "nDrop")]
)
def test_holdings_that_make_no_sense_are_refused(topk: int, n_drop: int, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_holdings(topk, n_drop)

    assert caught.value.field == f"input.strategy.{field}"


def test_all_holdings_may_be_replaced() -> None:
    check_holdings(5, 5)


def test_a_parameter_by_two_of_its_names_is_refused_by_the_names_that_were_given() -> None:
    assert issues_of({"eta": 0.2, "learning_rate": 0.3}) == {
        "input.parameters.learning_rate": (
            "learning_rate is eta by another name; give one of the two."
        )
    }


def test_values_are_shown_as_json_has_them() -> None:
    issues = issues_of({"num_leaves": True, "max_depth": None})
    assert issues["input.parameters.num_leaves"].startswith("num_leaves is true; give a whole")
    assert issues["input.parameters.max_depth"].startswith("max_depth is null; give a whole")
