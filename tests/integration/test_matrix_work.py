"""Factor sets over universes: stock Qlib's rows and bits, in order, a little at a time."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute.matrix import compute_matrix
from compute.panels import compute_panels
from compute.progress import ProgressReport, unheard
from domain.errors import BadInputError, EmptyDataError, SnapshotChangedError
from domain.expression import parse
from domain.period import Period
from domain.work import Bars, MatrixWork, Outcome, PanelsWork

PLAIN_QLIB = Path(__file__).parent / "works" / "plain_qlib_matrix.py"
DAYS = np.arange("2020-01-01", "2020-07-01", dtype="datetime64[D]")
PERIOD = Period(date(2020, 2, 10), date(2020, 5, 31))
FEATURES = tuple(
    (f"f{place}", parse(text).canonical)
    for place, text in enumerate(
        (
            "$close",
            "EMA($close,12)-EMA($close,26)",
            "Mean($volume,0)",
            "Corr($close,Log($volume+1),10)",
            "$close/($close-$close)",
            "Std($close,60)",
        )
    )
)
MEMBERS = {
    "AAA": ((date(2020, 1, 1), None),),
    "BACK": ((date(2020, 1, 5), date(2020, 3, 1)), (date(2020, 4, 20), None)),
    "GONE": ((date(2020, 1, 1), None),),
    "LATE": ((date(2020, 1, 1), None),),
    "LEFT": ((date(2020, 1, 1), date(2020, 2, 20)),),
}
"""Members of the universe; STRANGER has bars and is none, and GONE is one and has none."""


def random_bars(seed: int, rows: slice) -> dict[str, np.ndarray]:
    """Prices and volumes on some days, with a hole."""
    chance = np.random.default_rng(seed)
    fields = {name: chance.uniform(5, 9, len(DAYS)) for name in ("open", "high", "low", "close")}
    fields["volume"] = chance.uniform(0, 1e6, len(DAYS))
    for values in fields.values():
        outside = np.ones(len(DAYS), dtype=bool)
        outside[rows] = False
        values[outside] = np.nan
        values[60:64] = np.nan
    return fields


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shares that come late, end early, leave, return, and have no bars at all."""
    rows = {"AAA": slice(0, None), "BACK": slice(0, 150), "LATE": slice(70, None)}
    rows |= {"LEFT": slice(0, None), "STRANGER": slice(0, None)}
    bars = {symbol: random_bars(seed, held) for seed, (symbol, held) in enumerate(rows.items())}
    spans = {
        "some": {symbol: tuple(Span(*span) for span in MEMBERS[symbol]) for symbol in MEMBERS},
        "all": dict.fromkeys(rows, (Span(date(2020, 1, 1)),)),
    }
    path = tmp_path_factory.mktemp("matrix") / "market"
    write_market(path, DAYS, bars, spans)
    return path


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, in which nothing may be left."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    assert not list(folder.iterdir())


@pytest.fixture
def work(market: Path) -> MatrixWork:
    return MatrixWork(Bars(str(market), "us", stamp(market)), FEATURES, MEMBERS, PERIOD)


def rows_of(outcome: Outcome, store: LocalArtifacts) -> dict[str, np.ndarray[Any, Any]]:
    """A matrix as stock Qlib's script tells one."""
    found = {name: store.open_array(digest) for name, digest in outcome.artifacts.items()}
    return {
        "values": found["values"],
        "dates": found["dates"],
        "symbols": found["symbols"][found["places"]],
    }


@pytest.fixture(scope="module")
def plain(market: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What stock Qlib says, in a process of its own."""
    folder = tmp_path_factory.mktemp("plain")
    question = {
        "directory": str(market),
        "universe": "some",
        "expressions": [expression for _, expression in FEATURES],
        "start": str(PERIOD.start),
        "end": str(PERIOD.end),
    }
    (folder / "question.json").write_text(json.dumps(question))
    command = [sys.executable, str(PLAIN_QLIB), "question.json", "answer.npz"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return dict(np.load(folder / "answer.npz"))


def test_rows_and_values_are_those_of_stock_qlib_bit_for_bit(
    work: MatrixWork, store: LocalArtifacts, plain: dict[str, Any]
) -> None:
    outcome = compute_matrix(work, store, unheard)
    ours = rows_of(outcome, store)

    assert set(plain["symbols"]) == {"AAA", "BACK", "LATE", "LEFT"}
    assert np.isinf(plain["values"]).any()
    assert np.isnan(plain["values"]).any()
    assert ours["dates"].tolist() == plain["dates"].tolist()
    assert ours["symbols"].tolist() == plain["symbols"].tolist()
    assert ours["values"].dtype == np.float32
    missing = np.isnan(plain["values"])
    assert np.array_equal(np.isnan(ours["values"]), missing)
    ours_, theirs = ours["values"][~missing], plain["values"][~missing]
    assert np.array_equal(ours_.view(np.uint32), theirs.view(np.uint32))
    assert outcome.document["rows"] == len(missing)
    assert outcome.document["features"] == [list(feature) for feature in FEATURES]


def test_a_column_is_the_panel_of_its_factor(work: MatrixWork, store: LocalArtifacts) -> None:
    rows = rows_of(compute_matrix(work, store, unheard), store)
    symbols = tuple(MEMBERS)
    for place, (_, expression) in enumerate(FEATURES):
        made = compute_panels(PanelsWork(work.bars, (expression,), symbols), store, unheard)
        panel = store.open_array(made.artifacts["values"])
        days = np.searchsorted(DAYS, rows["dates"])
        columns = [symbols.index(symbol) for symbol in rows["symbols"]]
        assert np.array_equal(panel[days, columns], rows["values"][:, place], equal_nan=True)


def test_how_the_work_is_cut_does_not_show(
    work: MatrixWork, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compute_matrix(work, store, unheard).artifacts
    monkeypatch.setattr("compute.engine.panel_evaluation.LANES", 2)
    monkeypatch.setattr("compute.member_rows._AT_ONCE", 4)
    reports: list[ProgressReport] = []

    assert compute_matrix(work, store, reports.append).artifacts == whole
    done = [report.done for report in reports]
    assert done == sorted(set(done))
    assert reports[-1].done == reports[-1].total == 2 * len(MEMBERS)


def test_a_universe_without_bars_in_the_period_is_told(
    work: MatrixWork, store: LocalArtifacts
) -> None:
    gone = replace(work, members={"GONE": MEMBERS["GONE"]})

    with pytest.raises(EmptyDataError, match="No member of the universe has any bar"):
        compute_matrix(gone, store, unheard)


def test_only_what_was_parsed_reaches_qlib(work: MatrixWork, store: LocalArtifacts) -> None:
    strange = replace(work, features=(("f", "$close+1"),))

    with pytest.raises(BadInputError, match="canonical"):
        compute_matrix(strange, store, unheard)


def test_files_that_changed_are_refused(work: MatrixWork, store: LocalArtifacts) -> None:
    other = replace(work, bars=replace(work.bars, stamp="0" * 32))

    with pytest.raises(SnapshotChangedError):
        compute_matrix(other, store, unheard)
