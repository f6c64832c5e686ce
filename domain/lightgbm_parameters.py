"""The parameters of a LightGBM model: those people set, under the names LightGBM gives them."""

from types import MappingProxyType

from domain.parameters import Parameter, Value, check_parameters, parameter_schema


def _own_seed(name: str, unseeded: int, drawn: str) -> Parameter:
    return Parameter(
        name,
        unseeded,
        f"Where the {drawn} are drawn from; left out, it follows from the model's seed. "
        f"LightGBM without any seed has {unseeded}.",
        minimum=0,
        maximum=2**31 - 1,
        may_be_absent=True,
    )


LIGHTGBM_PARAMETERS = (
    Parameter(
        "loss",
        "mse",
        "What is minimised: mse for labels that are numbers, binary for labels that are 0 or 1.",
        choices=("mse", "binary"),
        aliases=("objective",),
    ),
    Parameter(
        "num_boost_round",
        1000,
        "How many trees are grown at most.",
        minimum=1,
        maximum=100_000,
        aliases=("num_iterations", "n_estimators", "num_trees", "num_rounds"),
    ),
    Parameter(
        "early_stopping_rounds",
        50,
        "Growing ends when the valid segment's loss has not fallen for so many trees.",
        minimum=1,
        maximum=100_000,
        aliases=("early_stopping_round",),
    ),
    Parameter(
        "learning_rate",
        0.1,
        "How much each tree counts.",
        above=0,
        maximum=1,
        aliases=("eta", "shrinkage_rate"),
    ),
    Parameter(
        "num_leaves",
        31,
        "Leaves of one tree at most.",
        minimum=2,
        maximum=131_072,
        aliases=("num_leaf", "max_leaves", "max_leaf_nodes"),
    ),
    Parameter("max_depth", -1, "Depth of one tree at most; -1 has no limit.", -1, maximum=1000),
    Parameter(
        "min_data_in_leaf",
        20,
        "Rows that a leaf must have.",
        minimum=0,
        maximum=10_000_000,
        aliases=("min_child_samples", "min_data_per_leaf", "min_data", "min_samples_leaf"),
    ),
    Parameter(
        "min_sum_hessian_in_leaf",
        1e-3,
        "Sum of the loss's second derivatives that a leaf must have.",
        minimum=0,
        aliases=("min_child_weight", "min_sum_hessian", "min_sum_hessian_per_leaf", "min_hessian"),
    ),
    Parameter(
        "min_gain_to_split",
        0.0,
        "Gain that a split must have.",
        minimum=0,
        aliases=("min_split_gain",),
    ),
    Parameter(
        "feature_fraction",
        1.0,
        "Share of the factors that each tree sees.",
        above=0,
        maximum=1,
        aliases=("colsample_bytree", "sub_feature"),
    ),
    Parameter(
        "feature_fraction_bynode",
        1.0,
        "Share of a tree's factors that each of its splits sees.",
        above=0,
        maximum=1,
        aliases=("colsample_bynode", "sub_feature_bynode"),
    ),
    Parameter(
        "bagging_fraction",
        1.0,
        "Share of the rows that trees see; without bagging_freq it has no effect.",
        above=0,
        maximum=1,
        aliases=("subsample", "sub_row", "bagging"),
    ),
    Parameter(
        "bagging_freq",
        0,
        "Rows are drawn anew every so many trees; 0 shows all rows to all trees.",
        minimum=0,
        maximum=100_000,
        aliases=("subsample_freq",),
    ),
    Parameter(
        "lambda_l1",
        0.0,
        "Penalty on the absolute values of leaves.",
        minimum=0,
        aliases=("reg_alpha", "l1_regularization"),
    ),
    Parameter(
        "lambda_l2",
        0.0,
        "Penalty on the squared values of leaves.",
        minimum=0,
        aliases=("reg_lambda", "lambda", "l2_regularization"),
    ),
    Parameter("max_bin", 255, "Bins that a factor's values are sorted into.", 2, maximum=65_535),
    Parameter("min_data_in_bin", 3, "Rows that a bin must have.", 1, maximum=1_000_000),
    Parameter("path_smooth", 0.0, "Draws leaves with few rows towards their parents.", 0),
    Parameter("extra_trees", False, "Tries one random threshold for each factor and split."),
    _own_seed("data_random_seed", 1, "rows that bins are made of"),
    _own_seed("feature_fraction_seed", 2, "factors that trees see"),
    _own_seed("bagging_seed", 3, "rows that trees see"),
    _own_seed("extra_seed", 6, "thresholds of extra_trees"),
    Parameter("deterministic", True, "Gives the same model with any number of threads."),
    Parameter("force_col_wise", True, "Sums histograms by factor, not by what was faster once."),
)
"""Every parameter and its default: Qlib's for the first three, LightGBM's for the others, except
that a model can be repeated unless somebody wants otherwise (`deterministic`, `force_col_wise`).
The seeds of single draws go before the model's seed, so a model trained elsewhere without one can
be repeated, too."""

LIGHTGBM_PARAMETER_SCHEMA = parameter_schema(LIGHTGBM_PARAMETERS)

_THREADS = "The server chooses how many threads train; they do not change the model. Leave {} out."
_SEED = "The seed of a model stands beside its parameters: give it as input.seed, not as {}."
LIGHTGBM_ELSEWHERE = MappingProxyType(
    {name: _THREADS.format(name) for name in ("num_threads", "num_thread", "nthread", "n_jobs")}
    | {name: _SEED.format(name) for name in ("seed", "random_seed", "random_state")}
    | {
        "force_row_wise": "Histograms are summed by factor, or with force_col_wise false in the "
        "way that LightGBM finds faster. Leave force_row_wise out.",
        "verbosity": "What LightGBM says while it trains is told by the run. Leave verbosity out.",
        "verbose": "What LightGBM says while it trains is told by the run. Leave verbose out.",
        "metric": "The learning curve is that of the loss. Leave metric out.",
    }
)


def check_lightgbm_parameters(
    raw: object | None, field: str = "input.parameters"
) -> dict[str, Value]:
    """Read a client's parameters; the names that scikit-learn and Qlib's examples use, too.

    Returns:
        Every parameter with its value, so that equal models are equal whatever was left out.

    Raises:
        InvalidInputError: Names are unknown or values out of range; it tells all of them.
    """
    return check_parameters(LIGHTGBM_PARAMETERS, raw, field, LIGHTGBM_ELSEWHERE)
