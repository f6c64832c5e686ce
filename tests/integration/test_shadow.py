"""Qlib looks over the engine's shoulder, as much as it is told to."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from asking_ground import MEMBERS, write_days

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute.engine import windows
from compute.panels import compute_panels
from compute.progress import unheard
from compute.shadow import SHARE_VARIABLE, STRICT_VARIABLE
from domain.errors import EngineDiffersError
from domain.work import Bars, Outcome, PanelsWork

EXPRESSIONS = ("Mean($close,5)", "Div(Ref($close,-2),$close)", "TsArgMax($close,5)")


@pytest.fixture
def market(tmp_path: Path) -> Path:
    write_days(tmp_path / "market", 60, ())
    return tmp_path / "market"


def computed(market: Path, store: Path) -> Outcome:
    work = PanelsWork(Bars(str(market), "us", stamp(market)), EXPRESSIONS, MEMBERS)
    return compute_panels(work, LocalArtifacts(store), unheard)


def test_all_that_qlib_has_is_compared(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    monkeypatch.setenv(STRICT_VARIABLE, "true")
    shadow = computed(market, tmp_path / "kept").document["shadow"]
    assert shadow == {"checked": 2 * len(MEMBERS), "different": 0}


def test_a_share_is_compared_and_none_where_nobody_asks(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "0.5")
    checked = computed(market, tmp_path / "kept").document["shadow"]["checked"]
    assert 0 < checked < 2 * len(MEMBERS)
    monkeypatch.delenv(SHARE_VARIABLE)
    assert "shadow" not in computed(market, tmp_path / "kept").document


@pytest.fixture
def wrong_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mean that is off by a hundred-thousandth on one day of one instrument."""
    right = windows._PLAIN["Mean"]

    def mean(x: npt.NDArray[np.float64], window: int, out: npt.NDArray[np.float64]) -> None:
        right(x, window, out)
        out[30, 2] *= 1 + 1e-5

    monkeypatch.setattr(windows, "_PLAIN", {**windows._PLAIN, "Mean": mean})


@pytest.mark.usefixtures("wrong_mean")
def test_a_difference_is_counted(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    monkeypatch.delenv(STRICT_VARIABLE, raising=False)
    shadow = computed(market, tmp_path / "kept").document["shadow"]
    assert shadow["different"] == 1
    assert shadow["example"] == "Mean($close,5) of CCC"


@pytest.mark.usefixtures("wrong_mean")
def test_a_difference_fails_the_computation_where_that_is_wanted(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    monkeypatch.setenv(STRICT_VARIABLE, "true")
    with pytest.raises(EngineDiffersError, match=r"Mean\(\$close,5\) of CCC"):
        computed(market, tmp_path / "kept")
