"""Rows that models of any kind are trained on in tests, and Qlib's own models on the same rows."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from preparing_ground import frame_of, table_of_days

from compute.preparing.prepared import Prepared
from compute.preparing.table import Table
from compute.zoo.qlib_models import NoRecorder, qlib_model
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.specs import ModelKind

WITHOUT_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
KINDS = [
    pytest.param(kind, marks=[WITHOUT_TORCH] if kind in RECURRENT_KINDS else [])
    for kind in ModelKind
]
SEED = 5

NAMES = tuple(f"F{place}" for place in range(12))
"""Twelve factors, which are two series of six days to a network."""

QUICK: Mapping[ModelKind, Mapping[str, Any]] = {
    ModelKind.LIGHTGBM: {"num_boost_round": 8, "bagging_fraction": 0.5, "bagging_freq": 1},
    ModelKind.XGBOOST: {"num_boost_round": 8, "subsample": 0.5, "max_depth": 3},
    ModelKind.CATBOOST: {"num_boost_round": 8, "depth": 3},
    ModelKind.LINEAR: {"estimator": "ridge", "alpha": 2.0},
    ModelKind.DOUBLE_ENSEMBLE: {"num_models": 3, "epochs": 6, "num_leaves": 7},
    ModelKind.LSTM: {"d_feat": 2, "hidden_size": 4, "batch_size": 200, "n_epochs": 3},
    ModelKind.GRU: {"d_feat": 2, "hidden_size": 4, "batch_size": 200, "n_epochs": 3},
}
"""Few rounds of each kind."""


def rows(days: int, seed: int, missing: float = 0.0) -> Table:
    """Days of 20 members, whose label some of the factors say something about."""
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(days, 20, len(NAMES)))
    label = 0.3 * features[..., 0] + 0.2 * features[..., 1] * features[..., 2]
    label += chance.normal(size=label.shape)
    features[chance.random(features.shape) < missing] = np.nan
    return table_of_days(np.concatenate([features, label[..., np.newaxis]], axis=2))


def prepared(missing: float = 0.0) -> Prepared:
    """Rows to learn from and to predict."""
    every, train, valid = (rows(*of, missing) for of in ((12, 1), (41, 2), (13, 3)))
    return Prepared(every, train, valid, (), ())


class QlibRows:
    """A `DatasetH` whose frames are there."""

    segments = ("train", "valid", "test")

    def __init__(self, given: Prepared) -> None:
        self._frames = {
            "train": frame_of(given.train),
            "valid": frame_of(given.valid),
            "test": frame_of(given.every),
        }

    def prepare(self, asked: str | Sequence[str], col_set: Any = None, **_: object) -> Any:
        """The frame of a segment, or those of several."""
        if not isinstance(asked, str):
            return [self._frames[name] for name in asked]
        frame = self._frames[asked]
        return frame[col_set] if isinstance(col_set, str) else frame


def qlibs_predictions(
    kind: ModelKind, given: Prepared, parameters: Mapping[str, Any], seed: int
) -> np.ndarray:
    """What Qlib's own class predicts of all rows, given the same rows and parameters."""
    values = dict(parameters)
    dataset = QlibRows(given)
    model, arguments = _qlibs_model(kind, values, seed)
    model.fit(dataset, **arguments)
    found: pd.Series = model.predict(dataset, segment="test")
    return found.to_numpy()


def _qlibs_model(kind: ModelKind, values: dict[str, Any], seed: int) -> tuple[Any, dict[str, Any]]:
    boosting = ("num_boost_round", "early_stopping_rounds")
    match kind:
        case ModelKind.LIGHTGBM:
            gbdt = qlib_model("gbdt")
            gbdt.R = NoRecorder()
            return gbdt.LGBModel(**values, seed=seed), {}
        case ModelKind.XGBOOST:
            rounds = {name: values.pop(name) for name in boosting}
            del values["save_best"]
            return qlib_model("xgboost").XGBModel(**values, seed=seed), rounds
        case ModelKind.CATBOOST:
            rounds = {name: values.pop(name) for name in boosting}
            catboost = qlib_model("catboost_model").CatBoostModel
            return catboost(**values, random_seed=seed, allow_writing_files=False), rounds
        case ModelKind.LINEAR:
            return qlib_model("linear").LinearModel(**values), {}
        case ModelKind.DOUBLE_ENSEMBLE:
            np.random.seed(seed)
            return _ordered_ensemble()(**values, seed=seed, verbosity=-1), {}
    module = qlib_model(f"pytorch_{kind.lower()}")
    module.R = NoRecorder()
    module.get_or_create_path = lambda path: path
    network = getattr(module, kind)(**values, seed=seed, GPU=-1)
    return network, {"save_path": BytesIO()}


def _ordered_ensemble() -> Any:
    """Qlib's class, with chosen factors in the order of their columns and not of their hashes."""
    ensemble = qlib_model("double_ensemble").DEnsembleModel

    class Ordered(ensemble):  # type: ignore[misc, valid-type]
        def feature_selection(self, df_train: pd.DataFrame, loss_values: pd.Series) -> pd.Index:
            chosen = set(super().feature_selection(df_train, loss_values))
            return pd.Index([name for name in df_train["feature"].columns if name in chosen])

    return Ordered
