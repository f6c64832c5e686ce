"""Imported bars are bit by bit what the sources say, however they are packed and ordered."""

import gzip
import io
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from import_ground import Market, make

import intake.spill
from bars.bins import read_bins
from bars.directory import MarketDirectory


def packaged(package: str, file: str) -> Path:
    return Path(str(distribution(package).locate_file(file)))


STOCKS = packaged("bokeh-sampledata", "bokeh_sampledata/_data/stocks.csv.gz")
INDEX = packaged("great-tables", "great_tables/data/04-sp500.csv")


def test_the_sample_market_s_sources_give_its_bins(sample_directory: Path, tmp_path: Path) -> None:
    sample = MarketDirectory.open(sample_directory)

    market = make(tmp_path / "made", [STOCKS], benchmark="spx", benchmark_file=INDEX)

    made = market.directory
    assert list(made.instruments) == list(sample.instruments)
    np.testing.assert_array_equal(made.calendar, sample.calendar)
    shares = [symbol for symbol in sample.instruments if symbol != "SPX"]
    for field in sample.fields:
        symbols = shares if field == "vwap" else [*shares, "SPX"]
        ours, theirs = (read_bins(one, field, symbols) for one in (made, sample))
        np.testing.assert_array_equal(ours.view(np.uint32), theirs.view(np.uint32), field)
    assert made.markets["all"] == sample.markets["us5"]


@pytest.fixture(scope="module")
def stocknet(stocknet_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Market:
    """The 88 shares, imported."""
    target = tmp_path_factory.mktemp("stocknet") / "made"
    table = stocknet_directory / "StockTable"
    return make(target, [stocknet_directory / "price" / "raw"], descriptions=table)


@pytest.fixture(scope="module")
def frames(stocknet_directory: Path) -> dict[str, pd.DataFrame]:
    """The same files, read by pandas."""
    folder = stocknet_directory / "price" / "raw"
    files = sorted(folder.glob("*.csv"))
    return {file.stem: pd.read_csv(file, na_values=["null"]) for file in files}


def reference(frame: pd.DataFrame) -> pd.DataFrame:
    """What Qlib needs, by pandas, in double precision."""
    frame = frame.rename(columns=str.lower).dropna()
    frame = frame[frame["volume"] > 0].set_index("date").sort_index()
    factor = frame["adj close"] / frame["close"]
    bars = frame[["open", "high", "low", "close"]].mul(factor, axis=0)
    bars["vwap"] = (frame["high"] + frame["low"] + frame["close"]) / 3 * factor
    bars["volume"] = frame["volume"] / factor
    bars["factor"] = factor
    kept = bars["close"].astype("float32").astype("float64")
    bars["change"] = kept / kept.shift(1) - 1
    return bars


def test_stocknet_is_counted(stocknet: Market, frames: dict[str, pd.DataFrame]) -> None:
    assert stocknet.made.rows == 108_592 == sum(map(len, frames.values()))
    assert stocknet.made.bars == 108_592 - 3 - 111
    assert stocknet.found == {"NULL_VALUES": 3 * 6, "SUSPENDED_DAYS": 111}
    assert len(stocknet.made.companies) == 88
    assert stocknet.made.companies["XOM"].name == "Exxon Mobil Corporation"


def test_stocknet_is_what_pandas_makes_of_it(
    stocknet: Market, frames: dict[str, pd.DataFrame]
) -> None:
    days = np.datetime_as_string(stocknet.directory.calendar)
    assert stocknet.symbols == sorted(frames)
    for symbol, frame in frames.items():
        expected = reference(frame).reindex(days)
        for field in ("open", "high", "low", "close", "vwap", "volume", "factor", "change"):
            ours = read_bins(stocknet.directory, field, [symbol])[:, 0]
            theirs = expected[field].to_numpy()
            np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), f"{symbol} {field}")
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def test_stock_qlib_reads_what_was_imported(stocknet: Market) -> None:
    program = (
        "import sys, numpy, qlib\n"
        "from qlib.data import D\n"
        "from pathlib import Path\n"
        "from bars.bins import read_bins\n"
        "from bars.directory import MarketDirectory\n"
        "path = sys.argv[1]\n"
        "ours = MarketDirectory.open(Path(path))\n"
        "qlib.init(provider_uri=path, region='us', kernels=1, logging_level=40)\n"
        "symbols = list(ours.instruments)\n"
        "frame = D.features(symbols, ['$' + field for field in ours.fields])\n"
        "for field in ours.fields:\n"
        "    wide = frame['$' + field].unstack(level='instrument')\n"
        "    wide = wide.reindex(index=ours.calendar, columns=symbols).to_numpy()\n"
        "    numpy.testing.assert_array_equal(wide, read_bins(ours, field, symbols))\n"
        "print(len(D.list_instruments(D.instruments('all'), as_list=True)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(stocknet.directory.path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "88"


@pytest.fixture
def long(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Twelve of the shares below each other."""
    chosen = list(frames.items())[:12]
    return pd.concat([frame.assign(Ticker=symbol) for symbol, frame in chosen])


def test_the_same_data_is_the_same_in_whatever_form(long: pd.DataFrame, tmp_path: Path) -> None:
    text = long.to_csv(index=False)
    typed = long.assign(Date=pd.to_datetime(long["Date"]))
    table = pa.Table.from_pandas(typed, preserve_index=False)
    decimals = pa.array(long["Close"].round(6).astype(str).replace("nan", None)).cast(
        pa.decimal128(18, 6)
    )
    zoned = typed["Date"].dt.tz_localize("America/New_York")
    forms = {
        "plain.csv": text.encode(),
        "windows.csv": text.replace("\n", "\r\n").encode(),
        "marked.csv": b"\xef\xbb\xbf" + text.encode(),
        "tabs.tsv": long.to_csv(index=False, sep="\t").encode(),
        "packed.csv.gz": gzip.compress(text.encode()),
        "shuffled.csv": long.sample(frac=1, random_state=1).to_csv(index=False).encode(),
        "upper.csv": long.rename(columns=str.upper).to_csv(index=False).encode(),
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "folder.zip", "w") as archive:
        for symbol, frame in long.groupby("Ticker"):
            content = io.StringIO(frame.drop(columns="Ticker").to_csv(index=False))
            archive.writestr(f"bars/{symbol}.csv", content.getvalue())
    pq.write_table(table, tmp_path / "plain.parquet", row_group_size=1000)
    typed.set_index(["Date", "Ticker"]).to_parquet(tmp_path / "index.parquet")
    typed.assign(Date=zoned).to_parquet(tmp_path / "zoned.parquet")
    place = table.schema.get_field_index("Close")
    odd = table.set_column(place, "Close", decimals)
    place = odd.schema.get_field_index("Ticker")
    words = odd["Ticker"].cast(pa.large_string())
    pq.write_table(odd.set_column(place, "Ticker", words), tmp_path / "large.parquet")
    coded = table["Ticker"].dictionary_encode()
    pq.write_table(table.set_column(place, "Ticker", coded), tmp_path / "coded.parquet")
    (tmp_path / "split").mkdir()
    for number, part in enumerate(np.array_split(np.arange(len(long)), 5)):
        long.iloc[part].to_csv(tmp_path / "split" / f"{number}.csv", index=False)

    paths = sorted(path for path in tmp_path.iterdir())
    made = {path.name: make(tmp_path / f"m-{path.name}", [path]).fingerprint for path in paths}

    assert len(made) == 14
    assert len(set(made.values())) == 1, made


def test_several_buckets_make_the_same_market(
    long: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long.sample(frac=1, random_state=2).to_csv(tmp_path / "long.csv", index=False)
    whole = make(tmp_path / "whole", [tmp_path / "long.csv"])
    monkeypatch.setattr(intake.spill, "BUCKET_ROWS", 2_000)
    monkeypatch.setattr(intake.spill, "HELD_BYTES", 200_000)

    parted = make(tmp_path / "parted", [tmp_path / "long.csv"])

    assert len(list((tmp_path / "parted" / "scratch" / "shares").iterdir())) > 5
    assert parted.fingerprint == whole.fingerprint
    assert parted.found == whole.found
