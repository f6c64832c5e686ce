"""Forward returns: which closes they use and where they are missing."""

import numpy as np
import pytest

from compute.analysis.returns import forward_returns
from domain.errors import BadInputError


def test_a_return_runs_from_the_next_close_over_the_horizon() -> None:
    close = np.array([[9.0], [1.0], [2.0], [5.0], [8.0]], dtype=np.float32)

    returns = forward_returns(close, 2)

    assert returns.dtype == np.float32
    np.testing.assert_array_equal(returns[:, 0], [4.0, 3.0, np.nan, np.nan, np.nan])


def test_a_missing_close_leaves_only_the_returns_that_need_it_missing() -> None:
    close = np.array([[1.0], [2.0], [np.nan], [4.0], [5.0], [10.0]], dtype=np.float32)

    returns = forward_returns(close, 1)[:, 0]

    np.testing.assert_array_equal(returns, [np.nan, np.nan, 0.25, 1.0, np.nan, np.nan])


@pytest.mark.parametrize("days", [0, 1, 3, 4])
def test_a_panel_shorter_than_the_horizon_has_no_returns(days: int) -> None:
    returns = forward_returns(np.ones((days, 2), dtype=np.float32), 3)

    assert returns.shape == (days, 2)
    assert np.isnan(returns).all()


@pytest.mark.parametrize("horizon", [0, -2])
def test_a_horizon_that_does_not_lie_ahead_is_refused(horizon: int) -> None:
    with pytest.raises(BadInputError, match="give 1 or more"):
        forward_returns(np.ones((5, 2), dtype=np.float32), horizon)
