"""A model that goes on from another, from its mutation to its predictions, as a client asks."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from shutil import copyfile
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from asking_ground import ALL_DAYS, MEMBERS, SEGMENTS, Ground, bars_of

from catalog.database import Database
from domain.period import Period, Segments

pytestmark = pytest.mark.anyio

LATE = Segments(
    train=Period(date(2020, 4, 27), date(2020, 6, 12)),
    valid=Period(date(2020, 6, 15), date(2020, 7, 3)),
    test=Period(date(2020, 7, 6), date(2020, 7, 24)),
)
TUNE = """mutation { fineTuneModel(input: {
  name: "tuned", model: "trees", rounds: 4, segments: {
    train: {start: "2020-04-27", end: "2020-06-12"}
    valid: {start: "2020-06-15", end: "2020-07-03"}
    test: {start: "2020-07-06", end: "2020-07-24"} } }) {
  ... on Problem { message } ... on Model { id derivedFrom { id name } } } }"""
ASK = """{ model(name: "tuned") {
  training { bestIteration curve { segment values } }
  predictions { dates columns { name values } }
  lineage { edges { relation from to } } } }"""
PARAMETERS = {
    "objective": "mse",
    "verbosity": -1,
    "seed": 1,
    "num_leaves": 4,
    "min_data_in_leaf": 5,
    "deterministic": True,
    "force_col_wise": True,
}
"""Those of `trees` that LightGBM does not have by itself."""


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data(len(ALL_DAYS))
    await ground.define()
    yield ground
    await ground.runner.close()
    await database.close()


async def test_a_tuned_model_predicts_what_lightgbm_does_that_goes_on(ground: Ground) -> None:
    made = (await ground.data(TUNE))["fineTuneModel"]

    found = (await ground.data(ASK))["model"]

    rows = learnt_rows()
    base, _ = grown(rows, SEGMENTS, 5, None)
    tuned, curves = grown(rows, LATE, 4, base)
    assert made["derivedFrom"]["name"] == "trees"
    edge = {"relation": "BASE_OF", "from": made["derivedFrom"]["id"], "to": made["id"]}
    assert edge in found["lineage"]["edges"]
    training = found["training"]
    assert training["bestIteration"] == tuned.best_iteration > base.best_iteration
    told = {one["segment"]: one["values"] for one in training["curve"]}
    assert len(told["VALID"]) == 4
    for segment, values in curves.items():
        np.testing.assert_array_equal(told[segment.upper()], values["l2"])
    expected = predicted(tuned, rows)
    shown = {one["name"]: one["values"] for one in found["predictions"]["columns"]}
    assert [date.fromisoformat(day) for day in found["predictions"]["dates"]] == list(
        expected.index.date
    )
    np.testing.assert_array_equal(np.column_stack([shown[name] for name in MEMBERS]), expected)
    anew, _ = grown(rows, LATE, 4, None)
    assert np.abs(predicted(anew, rows) - expected).to_numpy().max() > 1e-3
    assert ground.executor.made["TrainingWork"] == 2  # the base, and what goes on from it


def learnt_rows() -> pd.DataFrame:
    """Factors and label of all days by day and member, as Qlib has them: in float32."""
    days = pd.DatetimeIndex(ALL_DAYS)
    columns = {symbol: bars_of(symbol, len(days)) for symbol in MEMBERS}

    def panel(name: str) -> pd.DataFrame:
        values = {symbol: np.float32(bars[name]) for symbol, bars in columns.items()}
        return pd.DataFrame(values, index=days)

    close, volume = panel("close"), panel("volume")
    label = close.shift(-2) / close.shift(-1) - 1
    scored = label.sub(label.mean(axis=1), axis=0).div(label.std(axis=1), axis=0)
    panels: dict[str, Any] = {
        "momentum": close / close.shift(3) - 1,
        "size": volume.rolling(5, min_periods=1).mean(),
        "label": scored,
    }
    return pd.DataFrame({name: one.stack(future_stack=True) for name, one in panels.items()})


def grown(
    rows: pd.DataFrame, segments: Segments, rounds: int, base: lightgbm.Booster | None
) -> tuple[lightgbm.Booster, dict[str, Any]]:
    """Trees on the rows of some segments, and the losses of each round."""
    data = {}
    for name in ("train", "valid"):
        part = rows.loc[slice_of(getattr(segments, name))]
        features = part[["momentum", "size"]].to_numpy(np.float32)
        data[name] = lightgbm.Dataset(features, part["label"].to_numpy(np.float32))
    curves: dict[str, Any] = {}
    booster = lightgbm.train(
        PARAMETERS,
        data["train"],
        rounds,
        valid_sets=list(data.values()),
        valid_names=list(data),
        init_model=base,
        callbacks=[
            lightgbm.early_stopping(50, verbose=False),
            lightgbm.record_evaluation(curves),
        ],
    )
    return booster, curves


def predicted(booster: lightgbm.Booster, rows: pd.DataFrame) -> pd.DataFrame:
    """What trees say of the later test segment, by day and member."""
    part = rows.loc[slice_of(LATE.test)]
    features = part[["momentum", "size"]].to_numpy(np.float32)
    return pd.Series(booster.predict(features), part.index).unstack()[list(MEMBERS)]


def slice_of(period: Period) -> slice:
    return slice(pd.Timestamp(period.start), pd.Timestamp(period.end))
