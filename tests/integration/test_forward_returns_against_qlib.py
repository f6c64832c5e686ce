"""Forward returns are Qlib's label, bit for bit."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import qlib
from qlib.data import D
from qlib.data.cache import H

from compute.analysis.returns import forward_returns

Closes = npt.NDArray[np.float32]


def _write_directory(root: Path, close: Closes, starts: list[int]) -> tuple[list[str], list[str]]:
    """A Qlib directory with one bin for each column, begun at its first row."""
    days = [day.strftime("%Y-%m-%d") for day in pd.bdate_range("2020-01-01", periods=len(close))]
    names = [f"SH60{number:04d}" for number in range(close.shape[1])]
    for kind in ("calendars", "instruments"):
        (root / kind).mkdir(parents=True)
    (root / "calendars/day.txt").write_text("\n".join(days) + "\n")
    (root / "instruments/all.txt").write_text(
        "".join(
            f"{name}\t{days[start]}\t{days[-1]}\n"
            for name, start in zip(names, starts, strict=True)
        )
    )
    for name, start, values in zip(names, starts, close.T, strict=True):
        folder = root / "features" / name.lower()
        folder.mkdir(parents=True)
        np.concatenate([[start], values[start:]]).astype("<f4").tofile(folder / "close.day.bin")
    return names, days


def _qlib_labels(directory: Path, names: list[str], horizon_days: int) -> pd.Series:
    qlib.init(
        provider_uri=str(directory),
        region="cn",
        kernels=1,
        expression_cache=None,
        dataset_cache=None,
    )
    H.clear()
    label = f"Ref($close,-{1 + horizon_days})/Ref($close,-1)-1"
    values = D.features(names, [label], freq="day")[label]
    H.clear()
    return values


def _assert_same_bits(ours: Closes, theirs: pd.Series, names: list[str], days: list[str]) -> None:
    """Equal on every row that Qlib has: those from a name's first bar to its last."""
    assert ours.dtype == theirs.dtype == np.float32
    assert theirs.count() > 500
    for name, column in zip(names, ours.T, strict=True):
        labels = theirs.loc[name]
        rows = pd.DatetimeIndex(days).get_indexer(labels.index)
        expected = labels.to_numpy()
        np.testing.assert_array_equal(np.isnan(column[rows]), np.isnan(expected))
        there = ~np.isnan(expected)
        bits = column[rows][there].view(np.int32)
        np.testing.assert_array_equal(bits, expected[there].view(np.int32))
        # Elsewhere only the day before the first bar has a return: Qlib has no row to hold it.
        elsewhere = np.setdiff1d(np.flatnonzero(~np.isnan(column)), rows)
        assert elsewhere.tolist() in ([], [rows[0] - 1])


@pytest.mark.parametrize("horizon_days", [1, 2, 20])
def test_forward_returns_are_qlibs_label_bit_for_bit(tmp_path: Path, horizon_days: int) -> None:
    random = np.random.default_rng(31)
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.03, size=(150, 8)), axis=0))
    close[random.random(close.shape) < 0.08] = np.nan
    starts = [0, 0, 0, 5, 17, 60, 100, 1]
    for column, start in enumerate(starts):
        close[:start, column] = np.nan
    panel = close.astype(np.float32)
    names, days = _write_directory(tmp_path / "market", panel, starts)

    theirs = _qlib_labels(tmp_path / "market", names, horizon_days)

    _assert_same_bits(forward_returns(panel, horizon_days), theirs, names, days)


def test_forward_returns_of_csi300_are_qlibs_label_bit_for_bit(csi300_directory: Path) -> None:
    names = sorted(path.name.upper() for path in (csi300_directory / "features").iterdir())[5:25]
    days = (csi300_directory / "calendars/day.txt").read_text().split()
    close = np.full((len(days), len(names)), np.nan, dtype=np.float32)
    for column, name in enumerate(names):
        bin_file = csi300_directory / "features" / name.lower() / "close.day.bin"
        start, *values = np.fromfile(bin_file, dtype="<f4")
        close[int(start) : int(start) + len(values), column] = values

    theirs = _qlib_labels(csi300_directory, names, 1)

    _assert_same_bits(forward_returns(close, 1), theirs, names, days)
