"""What workers give Qlib to compute with: stock Qlib's series, from bins and from tails alike."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tailed_market import gaps_at_the_border, write_with_tail

from bars.directory import MarketDirectory
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import unheard
from compute.qlib_session import qlib_on
from domain.expression import parse
from domain.period import Period
from domain.specs import DealPrice, ExchangeSpec, StrategySpec
from domain.work import BacktestWork, Bars, PanelsWork, StoredPanel

DAYS = np.busday_offset(np.datetime64("2020-01-01"), np.arange(60), roll="forward")
EXPRESSIONS = tuple(
    parse(text).canonical
    for text in (
        "$close",
        "$vwap",
        "Ref($close,2)",
        "Ref($close,-2)/Ref($close,-1)-1",
        "EMA($close,5)",
        "Mean($volume,4)/$volume",
        "Std($change,6)",
        "If($close>Ref($close,1),$volume,0-$volume)",
        "If($vwap>0,$close,$open)",
        "Corr($close,Log($volume+1),5)",
        "Corr($vwap,$close,5)",
        "IdxMax($high,7)",
        "Slope($close,5)",
        "Rank($vwap,5)",
        "Sum(($close>$open)&($volume>0),5)",
        "Count($vwap>1,3)",
    )
)

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def qlib_elsewhere() -> Iterator[None]:
    """Other tests put Qlib on their own directories."""
    qlib_session._standing.clear()
    yield
    qlib_session._standing.clear()


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


def spans_around(first: int, last: int, days: int) -> Iterator[tuple[int, int]]:
    """Rows that begin and end before, within and after those of a bin, both included."""
    rows = sorted({0, first - 3, first, first + 5, last - 1, last, last + 4, days - 1, days + 3})
    known = [row for row in rows if row >= 0]
    return ((start, end) for start in known for end in known)


def assert_same_series(ours: pd.Series, theirs: pd.Series) -> None:
    assert ours.dtype == theirs.dtype == np.float32
    assert ours.index.equals(theirs.index)
    bits, their_bits = (series.to_numpy().view(np.uint32) for series in (ours, theirs))
    np.testing.assert_array_equal(bits, their_bits)


def assert_reads_as_stock_qlib(plain: Path, ours: Path, symbols: list[str]) -> int:
    """Compare all fields of some symbols, and return how many series that were."""
    import qlib
    from qlib.data.data import LocalFeatureProvider

    from compute.qlib_gaps import BarsFeatureProvider

    qlib.init(provider_uri=str(plain), region="us", kernels=1, logging_level=40)
    stock, reader = LocalFeatureProvider(), BarsFeatureProvider(MarketDirectory.open(ours))
    directory, compared = MarketDirectory.open(plain), 0
    for symbol in symbols:
        listing = directory.instruments[symbol]
        for field in listing.fields:
            for start, end in spans_around(listing.first, listing.last, len(directory.calendar)):
                asked = (symbol, f"${field}", start, end, "day")
                assert_same_series(reader.feature(*asked), stock.feature(*asked))
                compared += 1
    return compared


def test_series_of_the_sample_market_are_stock_qlibs(sample_directory: Path) -> None:
    symbols = list(MarketDirectory.open(sample_directory).instruments)

    assert assert_reads_as_stock_qlib(sample_directory, sample_directory, symbols) > 1000


def test_series_of_csi_300_are_stock_qlibs(csi300_directory: Path) -> None:
    symbols = list(MarketDirectory.open(csi300_directory).instruments)[::150]

    assert assert_reads_as_stock_qlib(csi300_directory, csi300_directory, symbols) > 1000


def all_bars() -> dict[str, dict[str, np.ndarray]]:
    """Shares with gaps where a tail begins, and one that a plain Qlib reads under its code."""
    bars = {}
    for number, symbol in enumerate(("AAA", "BBB", "IDX")):
        chance = np.random.default_rng(number)
        close = 20 * np.cumprod(1 + chance.normal(0, 0.02, len(DAYS)))
        bars[symbol] = {
            "open": close * chance.uniform(0.99, 1.01, len(DAYS)),
            "high": close * 1.02,
            "low": close * 0.98,
            "close": close,
            "vwap": close * 0.999,
            "volume": chance.uniform(1e6, 2e6, len(DAYS)),
            "factor": np.full(len(DAYS), 0.5),
            "change": np.append(np.nan, close[1:] / close[:-1] - 1),
        }
    gaps_at_the_border(bars)
    return bars


ALWAYS = (Span(date(2020, 1, 1)),)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bars = all_bars()
    path = tmp_path_factory.mktemp("plain") / "market"
    write_market(path, DAYS, bars, {"all": dict.fromkeys(bars, ALWAYS)})
    return path


@pytest.fixture(params=[1, 5, 11, len(DAYS)])
def tailed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    bars, days = all_bars(), request.param
    markets = {"all": dict.fromkeys(bars, ALWAYS)}
    return write_with_tail(tmp_path / "tailed", DAYS, bars, markets, days)


def test_series_of_a_tail_are_stock_qlibs_of_plain_bins(plain: Path, tailed: Path) -> None:
    assert assert_reads_as_stock_qlib(plain, tailed, ["AAA", "BEGINS", "ENDS", "GAP", "SHORT"]) > 99


def panels(path: Path, store: LocalArtifacts) -> np.ndarray:
    """Shape (expressions, days, instruments)."""
    from compute.panels import compute_panels

    symbols = tuple(MarketDirectory.open(path).instruments)
    work = PanelsWork(Bars(str(path), "us", stamp(path)), EXPRESSIONS, symbols)
    kept = compute_panels(work, store, unheard).document["panels"]
    return np.array([store.open_array(kept[text]["values"]) for text in EXPRESSIONS])


def test_factor_values_are_the_same_with_a_tail(
    plain: Path, tailed: Path, store: LocalArtifacts
) -> None:
    expected = panels(plain, store)

    assert np.isfinite(expected).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(panels(tailed, store), expected)


def features(path: Path, start: int, end: int, store: LocalArtifacts) -> pd.DataFrame:
    from qlib.data import D

    qlib_on(Bars(str(path), "us", stamp(path)), store)
    symbols = list(MarketDirectory.open(path).instruments)
    first, last = (pd.Timestamp(DAYS[row]) for row in (start, end))
    return D.features(symbols, list(EXPRESSIONS), first, last)


@pytest.mark.parametrize(("start", "end"), [(0, 30), (45, 59), (52, 57), (59, 59)])
def test_qlib_answers_the_same_in_any_period(
    plain: Path, tailed: Path, start: int, end: int, store: LocalArtifacts
) -> None:
    pd.testing.assert_frame_equal(
        features(tailed, start, end, store), features(plain, start, end, store), check_exact=True
    )


def traded(path: Path, store: LocalArtifacts) -> dict[str, np.ndarray]:
    from compute.backtesting import backtest

    names = ["AAA", "BBB", "BEGINS", "GAP", "LOST/FIELD", "SHORT"]
    scores = np.random.default_rng(4).normal(size=(len(DAYS), len(names)))
    digests = (store.put_array(array) for array in (scores, DAYS, np.array(names)))
    work = BacktestWork(
        bars=Bars(str(path), "us", stamp(path)),
        signal=StoredPanel(*digests),
        members=dict.fromkeys(names, ((date(2020, 1, 1), None),)),
        signal_period=Period(date(2020, 1, 1), date(2020, 12, 31)),
        period=Period(date(2020, 1, 6), DAYS[-2].item()),
        benchmark="IDX",
        account=1e6,
        strategy=StrategySpec(3, 1),
        exchange=ExchangeSpec(DealPrice.VWAP, 0.0005, 0.0015, 5.0, 0.095, 100),
    )
    found = backtest(work, store, unheard)
    return {name: np.asarray(store.open_array(kept)) for name, kept in found.artifacts.items()}


def test_a_backtest_is_the_same_with_a_tail(
    plain: Path, tailed: Path, store: LocalArtifacts
) -> None:
    expected, found = traded(plain, store), traded(tailed, store)

    assert set(expected["trades:symbol"]) >= {"LOST/FIELD", "GAP", "BEGINS"}
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)
