"""Factor values: stock Qlib's bits, whole history, and sense where data has gaps."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bars.directory import MarketDirectory
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute.panels import compute_panels
from compute.progress import ProgressReport, unheard
from compute.qlib_factor_sets import alpha158
from domain.errors import BadInputError, EmptyDataError, SnapshotChangedError
from domain.expression import InvalidExpressionError, parse
from domain.work import Bars, PanelsWork

PLAIN_QLIB = Path(__file__).parent / "works" / "plain_qlib.py"
DAYS = np.arange("2020-01-01", "2020-07-01", dtype="datetime64[D]")
SYMBOLS = ("AAA", "BBB", "CON", "GONE", "LATE")
EXPRESSIONS = tuple(
    parse(text).canonical
    for text in (
        "$close",
        "Ref($close,-2)/Ref($close,-1)-1",
        "Corr($close,Log($volume+1),10)",
        "If($close>Ref($close,1),$volume,0-$volume)",
        "IdxMax($high,20)/20",
        "EMA($close,12)-EMA($close,26)",
        "Rank($volume,15)",
        "Sum(($close>$open)&($volume>0),5)",
        "Resi($close,10)/$close",
        "Std($change,20)",
    )
)
FACTORS = tuple(parse(text).canonical for _, text in alpha158())


def random_bars(columns: int) -> dict[str, np.ndarray]:
    """Prices and volumes with holes, in which no field begins before another."""
    chance = np.random.default_rng(columns)
    fields = {name: chance.uniform(5, 9, len(DAYS)) for name in ("open", "high", "low", "close")}
    fields |= {"volume": chance.uniform(0, 1e6, len(DAYS)), "change": chance.normal(size=len(DAYS))}
    for values in fields.values():
        values[60:64] = np.nan
    fields["close"][90:95] = fields["close"][90]
    return fields


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market with holes, a late listing, an instrument without bars, and no vwap."""
    bars = {symbol: random_bars(number) for number, symbol in enumerate(("AAA", "BBB", "CON"))}
    bars["LATE"] = random_bars(9)
    for values in bars["LATE"].values():
        values[:100] = np.nan
    spans = {"all": {symbol: (Span(date(2020, 1, 1)),) for symbol in SYMBOLS}}
    path = tmp_path_factory.mktemp("panels") / "market"
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


def work_on(path: Path, expressions: tuple[str, ...], symbols: tuple[str, ...]) -> PanelsWork:
    return PanelsWork(Bars(str(path), "us", stamp(path)), expressions, symbols)


def panels_of(work: PanelsWork, store: LocalArtifacts) -> np.ndarray:
    """Shape (expressions, days, instruments)."""
    panels = compute_panels(work, store, unheard).document["panels"]
    return np.array([store.open_array(panels[text]["values"]) for text in work.expressions])


def same_bits(ours: np.ndarray, theirs: np.ndarray) -> bool:
    missing = np.isnan(theirs)
    return bool(
        np.array_equal(np.isnan(ours), missing)
        and np.array_equal(ours[~missing].view(np.uint32), theirs[~missing].view(np.uint32))
    )


@pytest.fixture(scope="module")
def plain_answers(
    market: Path, sample_directory: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[np.ndarray]:
    """Stock Qlib on the market with holes and on the sample market, in a process of its own."""
    folder = tmp_path_factory.mktemp("plain")
    symbols = list(MarketDirectory.open(sample_directory).instruments)
    questions = [
        {"directory": str(market), "symbols": SYMBOLS, "expressions": EXPRESSIONS},
        {"directory": str(sample_directory), "symbols": symbols, "expressions": FACTORS},
    ]
    (folder / "questions.json").write_text(json.dumps(questions))
    command = [sys.executable, str(PLAIN_QLIB), str(folder / "questions.json"), str(folder)]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return [np.load(folder / f"{number}.npy") for number in range(len(questions))]


def test_values_are_those_of_stock_qlib_bit_for_bit(
    market: Path, store: LocalArtifacts, plain_answers: list[np.ndarray]
) -> None:
    ours = panels_of(work_on(market, EXPRESSIONS, SYMBOLS), store)
    assert ours.dtype == np.float32
    assert np.isfinite(ours).any(axis=(1, 2)).all()
    assert same_bits(ours, plain_answers[0])


def test_alpha158_of_the_sample_market_is_stock_qlibs_bit_for_bit(
    sample_directory: Path, store: LocalArtifacts, plain_answers: list[np.ndarray]
) -> None:
    symbols = tuple(MarketDirectory.open(sample_directory).instruments)
    assert same_bits(
        panels_of(work_on(sample_directory, FACTORS, symbols), store), plain_answers[1]
    )


def test_how_the_work_is_cut_does_not_show(
    market: Path, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = work_on(market, EXPRESSIONS, SYMBOLS)
    whole = compute_panels(work, store, unheard)
    monkeypatch.setattr("compute.panels._PANEL_CELLS", 3 * len(DAYS) * len(SYMBOLS))
    monkeypatch.setattr("compute.engine.panel_evaluation.LANES", 2)
    reports: list[ProgressReport] = []
    assert compute_panels(work, store, reports.append).document == whole.document
    done = [report.done for report in reports]
    assert done == sorted(set(done))
    assert reports[-1].done == reports[-1].total


def test_dates_and_symbols_go_with_the_values(market: Path, store: LocalArtifacts) -> None:
    outcome = compute_panels(work_on(market, ("$close",), SYMBOLS), store, unheard)
    assert outcome.document["panels"]["$close"] == outcome.artifacts
    assert store.open_array(outcome.artifacts["dates"]).tolist() == DAYS.tolist()
    assert store.open_array(outcome.artifacts["symbols"]).tolist() == list(SYMBOLS)
    assert outcome.bytes == sum(map(store.size_of, outcome.artifacts.values()))


def test_an_instrument_without_bars_has_no_values(market: Path, store: LocalArtifacts) -> None:
    expressions = ("$close", parse("If($vwap>0,1,2)").canonical)
    close, constant = panels_of(work_on(market, expressions, SYMBOLS), store)
    gone, late = SYMBOLS.index("GONE"), SYMBOLS.index("LATE")
    for panel in (close, constant):
        assert np.isnan(panel[:, gone]).all()
        assert np.isnan(panel[:100, late]).all()
        assert np.isfinite(panel[100:, late]).any()


MISSING = tuple(
    parse(text).canonical
    for text in (
        "$vwap",
        "$vwap/$close",
        "If($vwap>1,$close,$open)",
        "If($close>6,$vwap,$open)",
        "Corr($vwap,$close,5)",
        "Count($vwap>1,3)",
        "($vwap>1)|($close>6)",
        "$close>=$vwap",
        "Slope($vwap,5)",
        "EMA($vwap,5)",
        "Greater($vwap,$close)",
    )
)


def test_a_field_that_is_missing_is_a_column_of_nan(
    market: Path, store: LocalArtifacts, tmp_path: Path
) -> None:
    symbols = ("AAA", "BBB", "LATE")
    listings = MarketDirectory.open(market).instruments
    filled = tmp_path / "filled"
    bars = {symbol: random_bars(number) for number, symbol in enumerate(("AAA", "BBB"))}
    bars["LATE"] = random_bars(9)
    for values in bars["LATE"].values():
        values[:100] = np.nan
    write_market(filled, DAYS, bars, {"all": {"AAA": (Span(date(2020, 1, 1)),)}})
    for symbol in symbols:
        first, last = listings[symbol].first, listings[symbol].last
        column = np.concatenate([[first], np.full(last - first + 1, np.nan)]).astype("<f4")
        column.tofile(filled / "features" / symbol.lower() / "vwap.day.bin")
    ours = panels_of(work_on(market, MISSING, symbols), store)
    assert same_bits(ours, panels_of(work_on(filled, MISSING, symbols), store))
    assert np.isnan(ours[0]).all()


def test_fields_that_begin_on_different_days_meet_by_day(
    store: LocalArtifacts, tmp_path: Path
) -> None:
    chance = np.random.default_rng(5)
    close, change = chance.uniform(1, 3, (2, len(DAYS)))
    change -= 2
    change[:3] = np.nan
    close[-3:] = np.nan
    path = tmp_path / "shifted"
    bars = {"AAA": {"close": close, "change": change}}
    write_market(path, DAYS, bars, {"all": {"AAA": (Span(date(2020, 1, 1)),)}})
    expressions = tuple(
        parse(text).canonical
        for text in ("If($change>0,$close,2)", "$change>$close", "Corr($change,$close,5)")
    )
    chosen, greater, correlation = panels_of(work_on(path, expressions, ("AAA",)), store)[:, :, 0]
    close, change = close.astype(np.float32), change.astype(np.float32)
    assert np.array_equal(chosen, np.where(change > 0, close, 2), equal_nan=True)
    assert np.array_equal(greater, (change > close).astype(np.float32))
    for row in (10, 50, len(DAYS) - 4):
        window = slice(row - 4, row + 1)
        expected = np.corrcoef(change[window], close[window])[0, 1]
        assert correlation[row] == pytest.approx(expected, rel=1e-5)
    assert np.isnan(correlation[:4]).all()


@pytest.mark.parametrize("text", ["$close + 1", "(($close))", "-$close"])
def test_only_canonical_text_is_computed(market: Path, store: LocalArtifacts, text: str) -> None:
    with pytest.raises(BadInputError, match="canonical"):
        compute_panels(work_on(market, (text,), SYMBOLS), store, unheard)


def test_a_cross_section_asks_for_a_universe(market: Path, store: LocalArtifacts) -> None:
    with pytest.raises(BadInputError, match="name one"):
        compute_panels(work_on(market, ("CSRank($close)",), SYMBOLS), store, unheard)


def test_no_code_is_run(market: Path, store: LocalArtifacts, empty_folder: Path) -> None:
    attack = "((__import__)('pathlib').Path('owned').touch())"
    with pytest.raises(InvalidExpressionError):
        compute_panels(work_on(market, (attack,), SYMBOLS), store, unheard)
    assert not list(empty_folder.iterdir())


def test_what_cannot_be_a_symbol_is_refused(market: Path, store: LocalArtifacts) -> None:
    with pytest.raises(BadInputError, match="symbol"):
        compute_panels(work_on(market, ("$close",), ("A\tB",)), store, unheard)


def test_no_symbol_leads_out_of_the_directory(store: LocalArtifacts, tmp_path: Path) -> None:
    spans = {"all": {"AAA": (Span(date(2020, 1, 1)),)}}
    for name in ("inside", "outside"):
        write_market(tmp_path / name, DAYS, {"AAA": random_bars(1)}, spans)
    symbols = ("../../OUTSIDE/FEATURES/AAA", "../AAA", "./AAA", "AAA", f"{tmp_path}/outside"[:64])
    values = panels_of(work_on(tmp_path / "inside", ("$close",), symbols), store)[0]
    assert np.isfinite(values).any(axis=0).tolist() == [False, False, False, True, False]


def test_a_snapshot_without_instruments_has_no_values(market: Path, store: LocalArtifacts) -> None:
    with pytest.raises(EmptyDataError, match="no instruments"):
        compute_panels(work_on(market, ("$close",), ()), store, unheard)


def test_files_that_changed_are_not_computed_from(store: LocalArtifacts, tmp_path: Path) -> None:
    path = tmp_path / "changing"
    spans = {"all": {"AAA": (Span(date(2020, 1, 1)),)}}
    write_market(path, DAYS, {"AAA": random_bars(1)}, spans)
    work = work_on(path, ("$close",), ("AAA",))
    first = panels_of(work, store)
    column = path / "features" / "aaa" / "close.day.bin"
    changed = np.fromfile(column, "<f4")
    changed[1:] += 1
    changed.tofile(column)
    with pytest.raises(SnapshotChangedError, match="register the directory"):
        compute_panels(work, store, unheard)
    again = panels_of(work_on(path, ("$close",), ("AAA",)), store)
    assert np.array_equal(again, first + 1, equal_nan=True)


def test_one_process_serves_one_directory_after_the_other(
    market: Path, sample_directory: Path, store: LocalArtifacts
) -> None:
    first = panels_of(work_on(market, ("Mean($close,5)",), SYMBOLS), store)
    sample = panels_of(work_on(sample_directory, ("Mean($close,5)",), ("AAPL",)), store)
    assert sample.shape[1] != first.shape[1]
    again = panels_of(work_on(market, ("Mean($close,5)",), SYMBOLS), store)
    assert np.array_equal(again, first, equal_nan=True)
