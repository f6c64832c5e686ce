"""What cannot be the values of factors is refused with what is wrong, and nothing is kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from catalog.artifacts import LocalArtifacts
from domain.factor_files import FactorFileWork, FactorsRead
from intake.factor_files import read_factors
from intake.faults import ImportFileError

SYMBOLS = ("AAA", "BBB")
DAYS = np.arange("2020-01-06", "2020-01-11", dtype="datetime64[D]")


def long(**changes: object) -> pd.DataFrame:
    """Two instruments over the calendar, with one factor."""
    index = pd.MultiIndex.from_product([DAYS, SYMBOLS])
    made = pd.DataFrame({"date": index.get_level_values(0), "symbol": index.get_level_values(1)})
    made["size"] = np.arange(10.0)
    return made.assign(**changes)


def read(
    path: Path, name: str | None = None, taken: tuple[str, ...] = (), skip_unknown: bool = False
) -> FactorsRead:
    work = FactorFileWork(
        path=str(path),
        label="given",
        market="tiny",
        symbols=SYMBOLS,
        days=DAYS,
        name=name,
        taken=taken,
        skip_unknown=skip_unknown,
    )
    return FactorsRead.of(read_factors(work, LocalArtifacts(path.parent / "kept"), None).document)


def strangers() -> pd.DataFrame:
    return long().replace({"symbol": {"BBB": "NEW"}})


BAD: dict[str, tuple[Callable[[], pd.DataFrame], str]] = {
    "some unknown": (strangers, "1 of 2 instruments that the market tiny does not have, NEW"),
    "all unknown": (lambda: long(symbol="NEW"), "no instrument that the market tiny has: NEW"),
    "twice": (
        lambda: pd.concat([long(), long()[:1]]),
        "1 row for a day and instrument that",
    ),
    "no trading day": (
        lambda: pd.concat([long(), long()[:1].assign(date=np.datetime64("2020-01-11"))]),
        "1 day on which tiny does not trade, 2020-01-11",
    ),
    "time of day": (
        lambda: long(date=long()["date"] + pd.Timedelta(hours=15)),
        "has a time of day",
    ),
    "text": (lambda: long(size="x"), "no numbers for size"),
    "all NaN": (lambda: long(more=np.nan), "has not one value for more"),
    "a name with a blank": (
        lambda: long().rename(columns={"size": "my size"}),
        "'my size'; a name begins with a letter",
    ),
    "taken": (lambda: long(taken=1.0), "names taken, which is taken by a factor that is an expr"),
    "no dates": (lambda: long().drop(columns="date"), "has no dates among its columns"),
    "no values": (lambda: long().drop(columns="size"), "has no values beside"),
    "no rows": (lambda: long()[:0], "has no rows"),
    "a row without symbol": (lambda: long(symbol=[None, *["AAA"] * 9]), "no symbol in 1 row"),
    "another group": (
        lambda: pd.DataFrame(
            {("label", "LABEL0"): np.arange(10.0)},
            pd.MultiIndex.from_product([DAYS, SYMBOLS], names=["datetime", "instrument"]),
        ),
        "('label', 'LABEL0'); take two",
    ),
    "another index": (
        lambda: long().assign(run="r").set_index(["date", "symbol", "run"]),
        "has the index date, symbol, run",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_frame_is_refused_by_what_is_wrong_and_nothing_is_kept(
    fault: str, tmp_path: Path
) -> None:
    make, told = BAD[fault]
    make().to_parquet(tmp_path / "f.parquet")

    with pytest.raises(ImportFileError) as refusal:
        read(tmp_path / "f.parquet", taken=("taken",))

    assert told in str(refusal.value)
    assert str(refusal.value).startswith("given")
    assert not list((tmp_path / "kept").rglob("*.npy"))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    long(text="x", empty=np.nan, **{"a b": 1.0}).to_parquet(tmp_path / "f.parquet")

    with pytest.raises(ImportFileError, match=r"'a b'.*for text.*value for empty"):
        read(tmp_path / "f.parquet")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PAR1 and no more", "is no whole Parquet file"),
        (b"date,symbol,size\n2020-01-06,AAA,much\n", "row 2, column size: 'much' is no number"),
        (b"date,symbol,size\n2020-01-06,AAA\n", "has 2 cells and the header 3"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)

    with pytest.raises(ImportFileError) as refusal:
        read(tmp_path / "f")

    assert told in str(refusal.value)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    long().to_parquet(tmp_path / "f.parquet")
    content = (tmp_path / "f.parquet").read_bytes()
    (tmp_path / "f.parquet").write_bytes(content[: len(content) // 2])

    with pytest.raises(ImportFileError, match="is no whole Parquet file"):
        read(tmp_path / "f.parquet")


def test_one_name_cannot_name_two_factors(tmp_path: Path) -> None:
    long(more=1.0).to_parquet(tmp_path / "f.parquet")

    with pytest.raises(ImportFileError, match="holds 2 factors"):
        read(tmp_path / "f.parquet", name="mine")


def test_unknown_instruments_are_left_out_and_counted_if_that_is_wanted(tmp_path: Path) -> None:
    strangers().to_parquet(tmp_path / "f.parquet")

    found = read(tmp_path / "f.parquet", skip_unknown=True)

    assert (found.rows, found.unknown, found.rows_left_out) == (5, 1, 5)
    assert found.factors[0].instruments == 1


def test_infinite_values_are_kept_and_counted(tmp_path: Path) -> None:
    long(size=[np.inf, -np.inf, np.nan, *range(7)]).to_parquet(tmp_path / "f.parquet")

    [factor] = read(tmp_path / "f.parquet").factors

    assert (factor.infinite, factor.values, factor.coverage) == (2, 9, 0.9)


def test_one_factor_in_every_shape_is_one_and_the_same(tmp_path: Path) -> None:
    made = long(size=np.random.default_rng(1).normal(size=10))
    indexed = made.set_index(["date", "symbol"])
    indexed.rename_axis(["datetime", "instrument"]).to_parquet(tmp_path / "indexed.parquet")
    made.sample(frac=1, random_state=1).to_parquet(tmp_path / "long.parquet")
    made.to_csv(tmp_path / "long.csv", index=False)
    indexed["size"].unstack().to_parquet(tmp_path / "wide.parquet")
    indexed["size"].unstack().to_csv(tmp_path / "wide.csv")

    panels = {
        read(path, name="size").factors[0].panel
        for path in sorted(tmp_path.iterdir())
        if path.is_file()
    }

    assert len(panels) == 1
