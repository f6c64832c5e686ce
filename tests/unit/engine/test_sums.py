"""Rolling sums, means and counts have pandas' bits."""

import numpy as np
import pandas as pd
import pytest
from lanes import nasty_tile, require_same_bits

from compute.engine.kernels import sums

KERNELS = {"sum": sums.total, "mean": sums.mean, "count": sums.count}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("window", [1, 2, 3, 5, 20, 60, 500, 0])
@pytest.mark.parametrize("name", KERNELS)
def test_a_window_is_pandas_own(name: str, window: int, seed: int) -> None:
    tile = nasty_tile(seed=seed)
    out = np.empty_like(tile)

    KERNELS[name](tile, window, out)

    frame = pd.DataFrame(tile)
    windows = frame.rolling(window, min_periods=1) if window else frame.expanding(min_periods=1)
    require_same_bits(out, getattr(windows, name)().to_numpy())


def test_a_count_takes_an_infinity_for_a_value() -> None:
    tile = np.array([[np.inf], [np.nan], [-np.inf]])
    out = np.empty_like(tile)

    sums.count(tile, 2, out)

    np.testing.assert_array_equal(out, [[1], [1], [1]])
