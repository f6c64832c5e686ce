"""RD-Agent's factors come in by a command, go out by another, and are the same."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from server.cli import main

SYMBOLS = ["AAPL", "IBM", "MSFT"]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample_directory: Path) -> Path:
    """A workspace of RD-Agent's, beside a catalogue with the sample market."""
    monkeypatch.setenv("QATLAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QATLAS_DATABASE_URL", raising=False)
    assert main(["market", "adopt", "sample", str(sample_directory), "--region", "us"]) == 0
    days = (sample_directory / "calendars" / "day.txt").read_text().split()[100:130]
    index = pd.MultiIndex.from_product(
        [pd.DatetimeIndex(np.array(days, dtype="datetime64[ns]")), SYMBOLS],
        names=["datetime", "instrument"],
    )
    values = np.random.default_rng(5).normal(size=(len(index), 2))
    columns = pd.MultiIndex.from_product([["feature"], ["MOM20", "VOL5"]])
    made = pd.DataFrame(values, index, columns)
    made.iloc[::7, 1] = np.nan
    workspace = tmp_path / "workspace" / "7f3a"
    workspace.mkdir(parents=True)
    made.to_parquet(workspace / "combined_factors_df.parquet")
    said = {"MOM20": {"hypothesis": "Trends go on.", "reason": "Slow news."}, "OLD": "Gone."}
    (workspace / "hypotheses.json").write_text(json.dumps(said))
    return workspace


def test_a_round_trip_is_bit_for_bit(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rdagent", "import", str(folder.parent)]) == 0
    said = capsys.readouterr().out
    out = folder / "out.parquet"
    assert main(["rdagent", "export", "rdagent", str(out)]) == 0

    made = pd.read_parquet(folder / "combined_factors_df.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(out), made, check_exact=True)
    assert "Imported 2 factors for the market sample" in said
    assert "The factor set rdagent:1 holds them now." in said
    assert "WARNING: hypotheses of factors that the file does not have: OLD." in said
    assert "Without a hypothesis: VOL5." in said
    assert "Wrote 2 factors of rdagent:1" in capsys.readouterr().out

    assert main(["rdagent", "import", str(folder)]) == 0
    assert "Imported 0 factors" in (said := capsys.readouterr().out)
    assert "2 are there already" in said


def test_a_universe_has_rows_for_its_members_alone(folder: Path) -> None:
    assert main(["rdagent", "import", str(folder), "--set", "sent"]) == 0
    out = folder / "out.parquet"

    assert main(["rdagent", "export", "sent", str(out), "--universe", "sample/us5"]) == 0

    made = pd.read_parquet(folder / "combined_factors_df.parquet").astype(np.float32)
    back = pd.read_parquet(out)
    shared = made.index.intersection(back.index)
    assert len(back) > len(made) == len(shared)
    pd.testing.assert_frame_equal(back.loc[made.index], made, check_index_type=False)


def test_hypotheses_of_another_shape_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "hypotheses.json").write_text('{"MOM20": {"idea": "x"}}')

    assert main(["rdagent", "import", str(folder)]) == 1

    said = capsys.readouterr().err
    assert "'MOM20'" in said
    assert "hypothesis, reason, description, formulation" in said


@pytest.mark.usefixtures("folder")
def test_a_folder_without_combined_factors_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    assert main(["rdagent", "import", str(empty)]) == 1
    assert "There is no combined_factors_df.parquet" in capsys.readouterr().err


def test_one_factor_is_named_and_described(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = pd.read_parquet(folder / "combined_factors_df.parquet")["feature"]["MOM20"]
    made.unstack().to_csv(tmp_path / "wide.csv")

    bare = ["factor", "import", str(tmp_path / "wide.csv"), "--description", "Of twenty days"]
    assert main(bare) == 1
    assert "--name" in capsys.readouterr().err
    assert main([*bare, "--name", "Momentum"]) == 0
    assert "Momentum  1        new" in capsys.readouterr().out
