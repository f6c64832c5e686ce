"""The parameters of a CatBoost model: those people set, under the names CatBoost gives them."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.input_issues import InputIssue
from domain.parameters import Parameter, Value

CATBOOST_PARAMETERS = (
    Parameter(
        "loss",
        "RMSE",
        "What is minimised: RMSE for labels that are numbers, Logloss for labels that are 0 or 1.",
        choices=("RMSE", "Logloss"),
        aliases=("loss_function", "objective"),
    ),
    Parameter(
        "num_boost_round",
        1000,
        "How many trees are grown at most.",
        minimum=1,
        maximum=100_000,
        aliases=("iterations", "n_estimators", "num_trees"),
    ),
    Parameter(
        "early_stopping_rounds",
        50,
        "Growing ends when the valid segment's loss has not fallen for so many trees.",
        minimum=1,
        maximum=100_000,
        aliases=("od_wait",),
    ),
    Parameter(
        "learning_rate",
        0.1,
        "How much each tree counts; left out, CatBoost chooses it by rows and rounds.",
        above=0,
        maximum=1,
        aliases=("eta",),
        may_be_absent=True,
    ),
    Parameter("depth", 6, "Depth of one tree.", 1, maximum=16, aliases=("max_depth",)),
    Parameter(
        "grow_policy",
        "SymmetricTree",
        "Splits a whole level by one threshold, each leaf of a level by its own (Depthwise), or "
        "the leaf that lowers the loss most (Lossguide).",
        choices=("SymmetricTree", "Depthwise", "Lossguide"),
    ),
    Parameter(
        "max_leaves",
        31,
        "Leaves of one tree at most, where it grows by Lossguide.",
        minimum=2,
        maximum=65_536,
        aliases=("num_leaves",),
        may_be_absent=True,
    ),
    Parameter(
        "min_data_in_leaf",
        1,
        "Rows that a leaf must have, where trees grow by Depthwise or Lossguide.",
        minimum=1,
        maximum=10_000_000,
        aliases=("min_child_samples",),
    ),
    Parameter(
        "l2_leaf_reg",
        3.0,
        "Penalty on the squared values of leaves.",
        minimum=0,
        aliases=("reg_lambda",),
    ),
    Parameter("random_strength", 1.0, "Chance in the scores of splits.", minimum=0),
    Parameter(
        "bootstrap_type",
        "MVS",
        "How rows are drawn: by their gradients (MVS), by equal chance (Bernoulli), by random "
        "weights (Bayesian), or not at all (No).",
        choices=("MVS", "Bernoulli", "Bayesian", "No"),
    ),
    Parameter(
        "subsample",
        0.8,
        "Share of the rows that trees see, where they are drawn by MVS or Bernoulli.",
        above=0,
        maximum=1,
        may_be_absent=True,
    ),
    Parameter(
        "bagging_temperature",
        1.0,
        "How far the random weights of Bayesian lie apart.",
        minimum=0,
        may_be_absent=True,
    ),
    Parameter(
        "rsm",
        1.0,
        "Share of the factors that each split sees.",
        above=0,
        maximum=1,
        aliases=("colsample_bylevel",),
    ),
    Parameter(
        "border_count",
        254,
        "Thresholds between which a factor's values are sorted.",
        minimum=1,
        maximum=65_535,
        aliases=("max_bin",),
    ),
)
"""Every parameter and its default: Qlib's for the first three, CatBoost's for the others."""

_THREADS = "The server chooses how many threads train; they do not change the model. Leave {} out."
_SEED = "The seed of a model stands beside its parameters: give it as input.seed, not as {}."
CATBOOST_ELSEWHERE = MappingProxyType(
    {"thread_count": _THREADS.format("thread_count")}
    | {name: _SEED.format(name) for name in ("random_seed", "random_state", "seed")}
    | {
        "task_type": "Models are trained on the processor. Leave task_type out.",
        "eval_metric": "The learning curve is that of the loss. Leave eval_metric out.",
        "verbose": "What goes on in a training is told by its run. Leave verbose out.",
        "train_dir": "A training writes no files of its own. Leave train_dir out.",
    }
)

_ONLY = (
    ("max_leaves", "grow_policy", ("Lossguide",)),
    ("subsample", "bootstrap_type", ("MVS", "Bernoulli")),
    ("bagging_temperature", "bootstrap_type", ("Bayesian",)),
)


def catboost_issues(values: Mapping[str, Value], field: str) -> list[InputIssue]:
    """What does not go together."""
    return [
        InputIssue(
            f"{name} is for a {by} of {' or '.join(fitting)}, and this one is {values[by]}; leave "
            "it out or change the other.",
            f"{field}.{name}",
        )
        for name, by, fitting in _ONLY
        if name in values and values[by] not in fitting
    ]
