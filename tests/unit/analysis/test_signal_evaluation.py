"""What an evaluation looks at, and what it leaves undefined."""

import numpy as np
import numpy.typing as npt
import pytest

from compute.analysis.evaluation import SignalEvaluationFigures, coverage, decay, evaluate
from compute.analysis.ranks import ordered
from compute.analysis.sections import Sections
from domain.errors import BadInputError

Panel = npt.NDArray[np.float32]
Panels = tuple[Panel, Panel, npt.NDArray[np.bool_]]


def _panels(days: int = 30, names: int = 12, seed: int = 5) -> Panels:
    random = np.random.default_rng(seed)
    signal = random.normal(size=(days, names)).astype(np.float32)
    steps = random.normal(0, 0.02, size=(days, names))
    close = np.exp(np.cumsum(steps, axis=0)).astype(np.float32)
    return signal, close, np.ones((days, names), dtype=bool)


def _numbers(figures: SignalEvaluationFigures) -> list[float]:
    return [
        figures.ic,
        figures.icir,
        figures.rank_ic,
        figures.rank_icir,
        figures.days,
        figures.coverage,
        figures.autocorrelation,
        figures.turnover,
        figures.long_short_return,
        *(quantile.mean_return for quantile in figures.quantile_returns),
        *figures.daily_ic,
        *figures.daily_rank_ic,
    ]


def test_signals_and_members_outside_the_period_are_not_looked_at() -> None:
    signal, close, members = _panels()
    period = slice(10, 20)
    expected = _numbers(evaluate(signal, close, members, 2, 3, period))

    signal[:10], signal[20:] = np.nan, 7.0
    members[:10], members[20:] = False, False

    found = _numbers(evaluate(signal, close, members, 2, 3, period))
    np.testing.assert_array_equal(found, expected)


def test_the_last_days_of_a_period_use_the_closes_behind_it() -> None:
    signal, close, members = _panels()

    whole = evaluate(signal, close, members, 2, 3)
    part = evaluate(signal, close, members, 2, 3, slice(10, 20))

    assert part.days == 10
    np.testing.assert_array_equal(part.daily_ic, whole.daily_ic[10:20])
    # The panel's own last 1 + 2 days have no return.
    assert whole.days == 27


def test_names_that_are_never_members_change_nothing() -> None:
    signal, close, members = _panels()
    members[:, 3] = False

    kept = np.arange(12) != 3

    np.testing.assert_array_equal(
        _numbers(evaluate(signal, close, members, 1, 3)),
        _numbers(evaluate(signal[:, kept], close[:, kept], members[:, kept], 1, 3)),
    )


@pytest.mark.parametrize("period", [slice(4, 4), slice(25, 10), slice(90, 99)])
def test_an_empty_period_has_no_figures(period: slice) -> None:
    figures = evaluate(*_panels(), 1, 3, period)

    assert figures.days == 0
    assert figures.daily_ic.shape == (0,)
    assert np.isnan([figures.ic, figures.icir, figures.coverage, figures.turnover]).all()
    assert [quantile.count for quantile in figures.quantile_returns] == [0, 0, 0]


def test_a_universe_without_members_has_no_figures() -> None:
    signal, close, members = _panels()

    figures = evaluate(signal, close, np.zeros_like(members), 1, 5)

    assert figures.daily_rank_ic.shape == (30,)
    assert np.isnan([figures.rank_ic, figures.coverage, figures.autocorrelation]).all()
    assert decay(signal, close, np.zeros_like(members), [1])[0].horizon_days == 1


def test_ics_that_never_differ_have_no_information_ratio() -> None:
    # Two names, always in the right order: every IC is 1 and their spread is rounding alone.
    close = np.cumprod(np.tile([[1.001, 1.013]], (30, 1)), axis=0).astype(np.float32)
    signal = np.tile(np.array([[0.1, 0.7]], dtype=np.float32), (30, 1))

    figures = evaluate(signal, close, np.ones_like(signal, dtype=bool), 1, 2)

    assert figures.ic == pytest.approx(1.0)
    assert np.isnan(figures.icir)
    assert np.isnan(figures.rank_icir)


def test_decay_is_the_ic_of_each_horizon_in_the_order_asked() -> None:
    signal, close, members = _panels()

    figures = decay(signal, close, members, [5, 1], slice(3, 25))

    assert [figure.horizon_days for figure in figures] == [5, 1]
    for figure in figures:
        alone = evaluate(signal, close, members, figure.horizon_days, 3, slice(3, 25))
        assert (figure.ic, figure.rank_ic) == (alone.ic, alone.rank_ic)


def test_coverage_counts_days_with_members_alike() -> None:
    signal = np.array([[1.0, np.nan], [np.inf, 2.0], [3.0, 3.0], [1.0, 1.0]])
    members = np.array([[True, True], [True, False], [False, False], [True, True]])

    # One of two, none of one, a day without members, two of two.
    sections = Sections.of(members)
    assert coverage(ordered(sections.taken(signal), sections), sections) == pytest.approx(0.5)


def test_bad_arguments_are_refused() -> None:
    signal, close, members = _panels()
    with pytest.raises(BadInputError, match="horizon of 0 days"):
        evaluate(signal, close, members, 0, 5)
    with pytest.raises(BadInputError, match="0 quantiles"):
        evaluate(signal, close, members, 1, 0)
    with pytest.raises(BadInputError, match="horizon of -1 days"):
        decay(signal, close, members, [1, -1])
    with pytest.raises(ValueError, match="must be equal"):
        evaluate(signal, close[:-1], members, 1, 5)
    with pytest.raises(ValueError, match="has a step"):
        evaluate(signal, close, members, 1, 5, slice(0, 10, 2))
