"""Checks that a model which was kept is the model which was trained."""

import numpy as np

from compute.preparing.prepared import Prepared
from compute.preparing.table import Values
from compute.zoo.trained import Predictor

_SAMPLE_ROWS = 100


def sample_of(prepared: Prepared) -> Values:
    """The rows by which two models are compared: the last ones."""
    return prepared.every.features[-_SAMPLE_ROWS:]


def require_same(kept: Predictor, trained: Predictor, rows: Values) -> None:
    """Check that two models predict the same rows to the last bit.

    Raises:
        RuntimeError: They do not.
    """
    if not np.array_equal(kept.predict(rows), trained.predict(rows), equal_nan=True):
        name = type(trained).__name__
        raise RuntimeError(f"{name} predicts other values once it is kept and read again")
