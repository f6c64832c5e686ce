"""The parameters of an XGBoost model: those people set, under the names XGBoost gives them."""

from types import MappingProxyType

from domain.parameters import Parameter

XGBOOST_PARAMETERS = (
    Parameter(
        "objective",
        "reg:squarederror",
        "What is minimised: reg:squarederror for labels that are numbers, binary:logistic for "
        "labels that are 0 or 1.",
        choices=("reg:squarederror", "binary:logistic"),
        aliases=("loss",),
    ),
    Parameter(
        "num_boost_round",
        1000,
        "How many trees are grown at most.",
        minimum=1,
        maximum=100_000,
        aliases=("n_estimators",),
    ),
    Parameter(
        "early_stopping_rounds",
        50,
        "Growing ends when the valid segment's loss has not fallen for so many trees.",
        minimum=1,
        maximum=100_000,
    ),
    Parameter(
        "save_best",
        False,
        "Keeps the trees up to the best round. Qlib's model predicts with those that came after "
        "it as well.",
    ),
    Parameter(
        "eta", 0.3, "How much each tree counts.", above=0, maximum=1, aliases=("learning_rate",)
    ),
    Parameter("max_depth", 6, "Depth of one tree at most; 0 has no limit.", 0, maximum=60),
    Parameter("max_leaves", 0, "Leaves of one tree at most; 0 has no limit.", 0, maximum=131_072),
    Parameter(
        "grow_policy",
        "depthwise",
        "Splits next what is nearest to the root, or what lowers the loss most.",
        choices=("depthwise", "lossguide"),
    ),
    Parameter(
        "min_child_weight",
        1.0,
        "Sum of the loss's second derivatives that a leaf must have.",
        minimum=0,
    ),
    Parameter("gamma", 0.0, "Gain that a split must have.", minimum=0, aliases=("min_split_loss",)),
    Parameter("max_delta_step", 0.0, "Value of a leaf at most; 0 has no limit.", minimum=0),
    Parameter("subsample", 1.0, "Share of the rows that each tree sees.", above=0, maximum=1),
    Parameter(
        "colsample_bytree", 1.0, "Share of the factors that each tree sees.", above=0, maximum=1
    ),
    Parameter(
        "colsample_bylevel",
        1.0,
        "Share of a tree's factors that each of its levels sees.",
        above=0,
        maximum=1,
    ),
    Parameter(
        "colsample_bynode",
        1.0,
        "Share of a level's factors that each of its splits sees.",
        above=0,
        maximum=1,
    ),
    Parameter(
        "alpha",
        0.0,
        "Penalty on the absolute values of leaves.",
        minimum=0,
        aliases=("reg_alpha",),
    ),
    Parameter(
        "lambda",
        1.0,
        "Penalty on the squared values of leaves.",
        minimum=0,
        aliases=("reg_lambda",),
    ),
    Parameter("max_bin", 256, "Bins that a factor's values are sorted into.", 2, maximum=65_535),
)
"""Every parameter and its default: Qlib's for the rounds, XGBoost's for the others."""

_THREADS = "The server chooses how many threads train; they do not change the model. Leave {} out."
_SEED = "The seed of a model stands beside its parameters: give it as input.seed, not as {}."
XGBOOST_ELSEWHERE = MappingProxyType(
    {name: _THREADS.format(name) for name in ("nthread", "n_jobs")}
    | {name: _SEED.format(name) for name in ("seed", "random_state")}
    | {
        "eval_metric": "The learning curve is that of the objective. Leave eval_metric out.",
        "verbosity": "What goes on in a training is told by its run. Leave verbosity out.",
        "tree_method": "Trees are grown from histograms. Leave tree_method out.",
        "booster": "Trees are what grows (gbtree). Leave booster out.",
        "device": "Models are trained on the processor. Leave device out.",
    }
)
