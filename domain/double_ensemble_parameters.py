"""The parameters of a DoubleEnsemble model: Qlib's names, and LightGBM's for the trees."""

from types import MappingProxyType

from domain.lightgbm_parameters import LIGHTGBM_ELSEWHERE, LIGHTGBM_PARAMETERS
from domain.parameters import Parameter

_REPLACED = ("loss", "num_boost_round", "early_stopping_rounds")

OWN_PARAMETERS = (
    Parameter("loss", "mse", "What is minimised.", choices=("mse",), aliases=("objective",)),
    Parameter("num_models", 6, "How many models are trained one after the other.", 1, maximum=50),
    Parameter(
        "epochs",
        100,
        "How many trees each of them has at most.",
        minimum=1,
        maximum=10_000,
        aliases=("num_boost_round",),
    ),
    Parameter(
        "early_stopping_rounds",
        50,
        "Growing ends when the valid segment's loss has not fallen for so many trees; left out, "
        "all are grown.",
        minimum=1,
        maximum=10_000,
        may_be_absent=True,
    ),
    Parameter("enable_sr", True, "Weighs rows anew for each model but the first."),
    Parameter("enable_fs", True, "Chooses factors anew for each model but the first."),
    Parameter("alpha1", 1.0, "How much a row's loss by all models so far counts.", minimum=0),
    Parameter("alpha2", 1.0, "How much the path of its loss in the last one counts.", minimum=0),
    Parameter("bins_sr", 10, "Bins of rows that are weighed alike.", minimum=1, maximum=1000),
    Parameter(
        "decay",
        0.5,
        "How fast weights draw together from model to model. Qlib's workflows have 0.5; its class "
        "has none, and fails.",
        above=0,
        maximum=1,
    ),
)
"""Every parameter of its own and its default, which but for `decay` is Qlib's."""

DOUBLE_ENSEMBLE_PARAMETERS = (
    *OWN_PARAMETERS,
    *(one for one in LIGHTGBM_PARAMETERS if one.name not in _REPLACED),
)

DOUBLE_ENSEMBLE_ELSEWHERE = MappingProxyType(
    {
        "base_model": "Its models are LightGBM's trees. Leave base_model out.",
        "bins_fs": "Factors are sorted into 5 bins. Leave bins_fs out.",
        "sample_ratios": "Of the bins of factors 0.8, 0.7, 0.6, 0.5 and 0.4 are drawn. Leave "
        "sample_ratios out.",
        "sub_weights": "All models count alike. Leave sub_weights out.",
        **LIGHTGBM_ELSEWHERE,
    }
)
