"""A kept model predicts the days of newer data, and says what the data changed of earlier ones."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from typing import Any, cast

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from asking_ground import ALL_DAYS, DAYS, INDEX, MEMBERS, SEGMENTS, Ground, bars_of, model_spec
from downloading import fetching

from bars.universes import Span
from bars.writing import write_market
from catalog.database import Database
from catalog.defining import create_model
from domain.names import EntityKind
from domain.processors import check_processors
from domain.regions import Region
from domain.specs import Rolling
from resolvers.importing import Adopted, register_market
from resolvers.market_reading import read_market

pytestmark = pytest.mark.anyio

LATER = 6
"""Days that the second snapshot has more than the first."""

HOW = """provenance { key fromCache isCurrent snapshot { version } trainedOn { version } }
    extension { firstNewDate newDays comparedDays comparedCells changedCells appearedCells
        lostCells largestChange largestChangeDate largestChangeInstrument { symbol } }"""
SERIES = "dates columns { name values } downloadUrl " + HOW
FIRST, END = (
    int(np.searchsorted(ALL_DAYS, np.datetime64(day)))
    for day in (SEGMENTS.test.start, SEGMENTS.test.end)
)
"""Rows of the test segment's first and last day."""

UNCHANGED = {
    "comparedDays": END + 1 - FIRST,
    "comparedCells": (END + 1 - FIRST) * len(MEMBERS),
    "changedCells": 0,
    "appearedCells": 0,
    "lostCells": 0,
    "largestChange": 0.0,
    "largestChangeDate": None,
    "largestChangeInstrument": None,
}


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    # Nothing of this depends on the database.
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()
    await database.close()


async def predicted(
    ground: Ground, arguments: str = "extend: true", model: str = "trees"
) -> dict[str, Any]:
    """What a model predicts."""
    given = f"({arguments})" if arguments else ""
    query = f'{{ model(name: "{model}") {{ predictions{given} {{ {SERIES} }} }} }}'
    return cast(dict[str, Any], (await ground.data(query))["model"]["predictions"])


def frame(series: Mapping[str, Any]) -> pd.DataFrame:
    """A series as days by symbols."""
    columns = {one["name"]: one["values"] for one in series["columns"]}
    return pd.DataFrame(columns, index=np.array(series["dates"], "M8[D]"), dtype=float)


def features(days: int, changes: tuple[tuple[str, str, int], ...] = ()) -> dict[str, np.ndarray]:
    """Momentum and size of each member by pandas, float32 (days, 2)."""
    found = {}
    for symbol in MEMBERS:
        bars = bars_of(symbol, days, changes)
        close, volume = (pd.Series(bars[name].astype("f4")) for name in ("close", "volume"))
        momentum = close / close.shift(3) - np.float32(1)
        size = volume.rolling(5, min_periods=1).mean()
        found[symbol] = np.column_stack([momentum, size]).astype(np.float32)
    return found


async def kept_trees(ground: Ground, model: str = "trees") -> lightgbm.Booster:
    """The trees as LightGBM itself reads them."""
    inquiry = ground.inquiry()
    record = await inquiry.lookups.resolve(EntityKind.MODEL, model)
    universe = await inquiry.lookups.default_universe()
    kept = await inquiry.lookups.standing(record.id, universe.name_id)
    assert kept is not None
    return lightgbm.Booster(model_str=ground.store.open_text(kept.artifacts["model"]))


def scores(trees: lightgbm.Booster, rows: Mapping[str, np.ndarray], first: int) -> pd.DataFrame:
    """What trees say of each day from `first` on."""
    found = {symbol: trees.predict(values[first:]) for symbol, values in rows.items()}
    days = ALL_DAYS[first : first + len(next(iter(found.values())))]
    return pd.DataFrame(found, index=days)


async def test_later_days_are_what_the_kept_trees_say_of_them(ground: Ground) -> None:
    before = await predicted(ground, "")
    await ground.import_data(DAYS + LATER)
    ground.restart()
    found = await predicted(ground)

    expected = scores(await kept_trees(ground), features(DAYS + LATER), FIRST)
    pd.testing.assert_frame_equal(frame(found), expected, check_exact=True, check_freq=False)
    shared = frame(found).loc[: np.datetime64(SEGMENTS.test.end)]
    pd.testing.assert_frame_equal(shared, frame(before), check_exact=True)
    assert found["extension"] == {
        "firstNewDate": str(ALL_DAYS[END + 1]),
        "newDays": DAYS + LATER - END - 1,
        **UNCHANGED,
    }
    assert found["provenance"]["snapshot"] == {"version": 2}
    assert found["provenance"]["trainedOn"] == {"version": 1}
    assert ground.executor.made == {"TrainingWork": 1, "PredictionWork": 1}
    assert (before["extension"], before["provenance"]["trainedOn"]) == (None, None)


async def test_it_is_computed_once_and_is_todays_until_there_is_newer_data(ground: Ground) -> None:
    await predicted(ground, "")
    await ground.import_data(DAYS + 1)
    first = await predicted(ground)
    ground.restart()
    again = await predicted(ground, f'extend: true, start: "{ALL_DAYS[DAYS]}"')
    await ground.import_data(DAYS + 2)
    old = await predicted(ground, 'extend: true, snapshot: "tiny:2"')
    newest = await predicted(ground)

    assert again["dates"] == [str(ALL_DAYS[DAYS])]
    assert again["extension"] == first["extension"]
    provenances = [one["provenance"] for one in (first, again, old, newest)]
    assert [one["fromCache"] for one in provenances] == [False, True, True, False]
    assert [one["isCurrent"] for one in provenances] == [True, True, False, True]
    assert [one["snapshot"]["version"] for one in provenances] == [2, 2, 2, 3]
    assert {one["trainedOn"]["version"] for one in provenances} == {1}
    assert ground.executor.made == {"TrainingWork": 1, "PredictionWork": 2}
    days = len(first["dates"])
    assert frame(newest).iloc[:days].equals(frame(first))


async def test_only_bars_that_it_reads_change_its_key(ground: Ground) -> None:
    first = (await predicted(ground))["provenance"]
    await ground.import_data(changes=[("AAA", "close", 10), ("AAA", "high", FIRST)])
    same = (await predicted(ground))["provenance"]
    await ground.import_data(changes=[("AAA", "close", FIRST - 3)])
    other = (await predicted(ground))["provenance"]

    assert (same["key"], same["isCurrent"]) == (first["key"], True)
    assert (same["fromCache"], same["snapshot"]) == (True, {"version": 1})
    assert other["key"] != first["key"]
    assert (other["snapshot"], other["trainedOn"]) == ({"version": 3}, {"version": 1})


async def test_without_a_training_one_is_made_on_the_data_asked_for(ground: Ground) -> None:
    found = await predicted(ground)

    assert found["provenance"]["trainedOn"] == found["provenance"]["snapshot"] == {"version": 1}
    assert found["extension"]["changedCells"] == 0
    assert found["dates"][-1] == str(ALL_DAYS[DAYS - 1])
    trees = await kept_trees(ground)  # it stands for the model
    assert frame(found).equals(scores(trees, features(DAYS), FIRST))


async def test_a_training_on_a_snapshot_that_was_named_is_extended_too(ground: Ground) -> None:
    await ground.import_data(DAYS + 1, changes=[("AAA", "close", 40)])
    await predicted(ground, 'snapshot: "tiny:1"')
    found = await predicted(ground)
    await predicted(ground, "")
    retrained = await predicted(ground)

    assert found["provenance"]["trainedOn"] == {"version": 1}
    assert retrained["provenance"]["trainedOn"] == {"version": 2}
    assert retrained["extension"]["changedCells"] == 0


async def test_a_rewritten_past_is_told_with_day_instrument_and_size(ground: Ground) -> None:
    changes = tuple(("CCC", "close", row) for row in range(FIRST, END + 1) if row % 6 < 3)
    await predicted(ground, "")
    await ground.import_data(DAYS + 1, changes=changes)
    found = await predicted(ground)

    trees = await kept_trees(ground)
    before = scores(trees, features(END + 1), FIRST)
    after = scores(trees, features(END + 1, changes), FIRST)
    sizes = (after - before).abs()
    day, symbol = sizes.stack().idxmax()
    assert symbol == "CCC"
    assert found["extension"] == UNCHANGED | {
        "firstNewDate": str(ALL_DAYS[END + 1]),
        "newDays": DAYS - END,
        "changedCells": (sizes > 0).to_numpy().sum(),
        "largestChange": sizes.to_numpy().max(),
        "largestChangeDate": str(day)[:10],
        "largestChangeInstrument": {"symbol": "CCC"},
    }
    assert found["extension"]["changedCells"] > 0
    shared = frame(found).loc[: np.datetime64(SEGMENTS.test.end)]
    pd.testing.assert_frame_equal(shared, after, check_exact=True, check_freq=False)


async def test_steps_stay_fitted_to_what_they_were_fitted_to(ground: Ground) -> None:
    robust = check_processors({"infer": [{"kind": "Fillna"}, {"kind": "RobustZScoreNorm"}]})
    await define(ground, "scaled", processors=robust)
    await predicted(ground, "", "scaled")
    inside = [(symbol, "volume", row) for symbol in MEMBERS for row in range(20, 60)]
    await ground.import_data(DAYS + 1, changes=inside)  # of the train segment
    found = await predicted(ground, model="scaled")

    first, last = (
        int(np.searchsorted(ALL_DAYS, np.datetime64(day)))
        for day in (SEGMENTS.train.start, SEGMENTS.train.end)
    )
    train = slice(first, last + 1)
    learned = np.concatenate([np.nan_to_num(rows[train]) for rows in features(DAYS).values()])
    centre = np.median(learned, axis=0)
    scale = (np.median(np.abs(learned - centre), axis=0) + 1e-12) * 1.4826
    scaled = {
        symbol: np.clip((np.nan_to_num(rows) - centre) / scale, -3, 3)
        for symbol, rows in features(DAYS + 1, tuple(inside)).items()
    }
    expected = scores(await kept_trees(ground, "scaled"), scaled, FIRST)
    pd.testing.assert_frame_equal(frame(found), expected, check_exact=True, check_freq=False)


async def test_later_days_have_the_members_of_then(ground: Ground) -> None:
    await predicted(ground, "")
    turn = DAYS + 2
    first, left, joined = (cast(date, ALL_DAYS[row].item()) for row in (0, turn - 1, turn))
    spans = {symbol: (Span(first),) for symbol in MEMBERS}
    spans |= {"EEE": (Span(first, left),), "FFF": (Span(joined),)}
    await register(ground, DAYS + 4, spans)
    found = await predicted(ground)

    there = frame(found).notna()
    assert there.columns.tolist() == [*MEMBERS, "FFF"]
    assert there.index[there["EEE"]].max() == ALL_DAYS[turn - 1]
    assert there.index[there["FFF"]].to_list() == [*map(pd.Timestamp, ALL_DAYS[turn : turn + 2])]
    assert found["extension"].items() >= UNCHANGED.items()


async def test_rows_that_newer_data_has_in_the_test_segment_are_told(ground: Ground) -> None:
    gone = slice(END - 5, END + 4)
    await register(ground, END + 3, halted={"DDD": gone})
    before = await predicted(ground, "")
    await register(ground, DAYS, halted={"DDD": gone})  # so that rows go on through the gap
    found = await predicted(ground)

    assert frame(before)["DDD"].isna().sum() == 6
    assert frame(found)["DDD"].notna().all()
    told = {"appearedCells": 6, "comparedCells": UNCHANGED["comparedCells"] - 6}
    assert found["extension"].items() >= (UNCHANGED | told).items()


REFUSED = {
    "segment: TRAIN": ("segment", "TRAIN is asked for"),
    "segment: VALID": ("segment", "VALID is asked for"),
    'snapshot: "tiny:1"': ("snapshot", "trees:1 was trained on tiny:2, and tiny:1 is older"),
    'snapshot: "other:1"': ("snapshot", "of the market other"),
    f'start: "{SEGMENTS.valid.end}"': ("start", "lies outside what trees can predict on tiny:2"),
    f'end: "{ALL_DAYS[DAYS + 1]}"': ("end", "lies outside what trees can predict on tiny:2"),
}


async def test_what_cannot_be_extended_is_refused_by_name(ground: Ground) -> None:
    await ground.import_data(changes=[("AAA", "close", 40)])
    await predicted(ground, "")
    await register(ground, DAYS, market="other")
    await define(ground, "anew", rolling=Rolling(20, 10))
    until = cast(date, ALL_DAYS[DAYS - 1].item())
    segments = replace(SEGMENTS, test=replace(SEGMENTS.test, end=until))
    await define(ground, "over", segments=segments)

    for arguments, (field, sentence) in REFUSED.items():
        await refused(ground, "trees", f"extend: true, {arguments}", field, sentence)
    await refused(ground, "anew", "extend: true", "extend", "trained anew as days pass")
    await refused(ground, "over", "extend: true", "extend", f"no trading day after {until}")
    assert ground.executor.made == {"TrainingWork": 1}


async def test_days_of_nobody_and_of_nothing_are_told(ground: Ground) -> None:
    await predicted(ground, "")
    first, last = (cast(date, ALL_DAYS[row].item()) for row in (0, END))
    await register(ground, DAYS, {symbol: (Span(first, last),) for symbol in MEMBERS})
    nobody = await refusal(ground, "trees", "extend: true")
    gone = dict.fromkeys(MEMBERS, slice(END + 1, None))
    await register(ground, DAYS + 1, halted=gone)
    nothing = await refusal(ground, "trees", "extend: true")

    assert nobody[:2] == nothing[:2] == ("NO_DATA", "extend")
    days = f"from {ALL_DAYS[END + 1]} to "
    assert f"has no member {days}{ALL_DAYS[DAYS - 1]}" in nobody[2]
    assert f"has any bar {days}{ALL_DAYS[DAYS]}" in nothing[2]


@pytest.mark.parametrize("format_", ["parquet", "csv", "arrow"])
async def test_an_extended_series_goes_out_with_the_numbers_that_are_shown(
    ground: Ground, format_: str
) -> None:
    await predicted(ground, "")
    await ground.import_data(DAYS + 1)
    shown = await predicted(ground, 'extend: true, instruments: ["BBB", "EEE"]')
    async with fetching(ground) as files:
        response = await files.get(f"{shown['downloadUrl']}&format={format_}")

    read: Any = {"parquet": pl.read_parquet, "csv": pl.read_csv, "arrow": pl.read_ipc}[format_]
    found = read(BytesIO(response.content))
    assert found.columns == ["date", "BBB", "EEE"]
    assert found["date"].cast(pl.String).to_list() == shown["dates"]
    assert shown["dates"][-1] == str(ALL_DAYS[DAYS])
    for column in shown["columns"]:
        assert found[column["name"]].to_list() == column["values"]
    if format_ == "parquet":
        about = pq.read_schema(BytesIO(response.content)).metadata[b"qatlas"]
        assert b'"trainedOn":"tiny:1"' in about.replace(b'": "', b'":"')
        assert b'"snapshot":"tiny:2"' in about.replace(b'": "', b'":"')


async def define(ground: Ground, name: str, **changes: Any) -> None:
    """Another model on the same factors."""
    lookups = ground.inquiry().lookups
    both = await lookups.resolve(EntityKind.FACTOR_SET, "both")
    universe = await lookups.default_universe()
    spec = replace(model_spec(both.id, universe.id), **changes)
    async with ground.database.begin() as session:
        await create_model(session, name, spec, author="ada")


async def register(
    ground: Ground,
    days: int,
    spans: Mapping[str, tuple[Span, ...]] | None = None,
    halted: Mapping[str, slice] | None = None,
    market: str = "tiny",
) -> Adopted:
    """The next snapshot, with members and missing bars as told."""
    ground.imports += 1
    target = ground.folder / f"data{ground.imports}"
    first = cast(date, ALL_DAYS[0].item())
    spans = spans or {symbol: (Span(first),) for symbol in MEMBERS}
    bars = {symbol: bars_of(symbol, days) for symbol in (*spans, INDEX)}
    for symbol, rows in (halted or {}).items():
        for values in bars[symbol].values():
            values[rows] = np.nan
    write_market(target, ALL_DAYS[:days], bars, {"five": spans})
    reading = read_market(target, Region.US, INDEX)
    return await register_market(ground.database, market, reading, "ada")


async def refusal(ground: Ground, model: str, arguments: str) -> tuple[str, str, str]:
    """Code, field and sentence of an error."""
    query = f'{{ model(name: "{model}") {{ predictions({arguments}) {{ dates }} }} }}'
    [error] = (await ground.ask(query)).errors
    extensions = error.extensions or {}
    return extensions["code"], extensions["field"], error.message


async def refused(ground: Ground, model: str, arguments: str, field: str, sentence: str) -> None:
    """It is an argument that is at fault."""
    code, named, message = await refusal(ground, model, arguments)
    assert (code, named) == ("BAD_INPUT", field), message
    assert sentence in message
