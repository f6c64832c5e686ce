"""An imported factor stands wherever an expression can."""

from collections.abc import AsyncIterator
from dataclasses import astuple
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
from asking_ground import (
    ALL_DAYS,
    DAYS,
    INDEX,
    MEMBERS,
    Ground,
    backtest_spec,
    bars_of,
    model_spec,
    write_days,
)
from imported_ground import bring, frame, parquet

from catalog.database import Database
from catalog.defining import create_backtest, create_factor_set, create_model
from compute.rdagent_frames import write_imported
from domain.errors import NameTakenError
from domain.records import FactorRecord
from domain.regions import Region
from resolvers.importing import register_market
from resolvers.market_reading import read_market

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    await ground.runner.close()
    await database.close()


def table_of(series: Any) -> pd.DataFrame:
    columns = {column["name"]: column["values"] for column in series["columns"]}
    return pd.DataFrame(columns, index=series["dates"], dtype=float)


def wide(made: pd.DataFrame, name: str) -> pd.DataFrame:
    values = made["feature", name].unstack()
    return values.set_axis(values.index.strftime("%Y-%m-%d")).rename_axis(None, axis=1)


async def test_its_values_are_those_of_the_file(ground: Ground, tmp_path: Path) -> None:
    made = frame("sent")
    await bring(ground, parquet(tmp_path, made))

    found = await ground.data(
        '{ factor(name: "sent") { origin expression canonicalExpression inputFields lookbackDays'
        " isCrossSectional importedValues { market start end instruments }"
        " values { dates columns { name values } downloadUrl } }"
        ' instrument(symbol: "CCC") { factorValues(factor: "sent") { dates columns { values } } }'
        " factors(filter: {origin: IMPORTED}) { nodes { name } } }"
    )

    factor = found["factor"]
    assert [factor["origin"], factor["expression"], factor["canonicalExpression"]] == [
        "IMPORTED",
        None,
        None,
    ]
    assert factor["importedValues"]["instruments"] == len(MEMBERS)
    assert factor["importedValues"]["start"] == str(ALL_DAYS[5])
    expected = wide(made, "sent")
    pd.testing.assert_frame_equal(table_of(factor["values"]), expected, check_names=False)
    alone = found["instrument"]["factorValues"]["columns"][0]["values"]
    np.testing.assert_array_equal(np.array(alone, dtype=float), expected["CCC"].to_numpy())
    assert found["factors"]["nodes"] == [{"name": "sent"}]


async def test_its_evaluation_is_that_of_the_frame_in_pandas(
    ground: Ground, tmp_path: Path
) -> None:
    made = frame("sent")
    await bring(ground, parquet(tmp_path, made))
    close = pd.DataFrame(
        {one: bars_of(one, DAYS)["close"].astype(np.float32) for one in MEMBERS},
        index=ALL_DAYS[:DAYS].astype(str),
    )
    returns = close.shift(-2) / close.shift(-1) - 1
    signal = wide(made, "sent")
    daily = signal.corrwith(returns.loc[signal.index], axis=1)

    found = await ground.data('{ factor(name: "sent") { evaluation { ic coverage } } }')

    factor = found["factor"]
    assert factor["evaluation"]["ic"] == pytest.approx(daily.mean(), rel=1e-5)
    assert factor["evaluation"]["coverage"] == pytest.approx(
        signal.notna().to_numpy().sum() / (DAYS * len(MEMBERS))
    )

    again = await ground.data(
        '{ factor(name: "sent") { status staleness { isStale } headline { ic isCurrent } } }'
    )
    assert again["factor"] == {
        "status": "CURRENT",
        "staleness": {"isStale": False},
        "headline": {"ic": factor["evaluation"]["ic"], "isCurrent": True},
    }


async def test_a_day_more_of_data_leaves_its_past_current(ground: Ground, tmp_path: Path) -> None:
    await bring(ground, parquet(tmp_path, frame("sent")))
    asked = f'values(start: "{ALL_DAYS[10]}", end: "{ALL_DAYS[20]}")'
    query = f'{{ factor(name: "sent") {{ {asked} {{ sourceCount }} }} }}'
    await ground.data(query)
    made = ground.executor.made.total()

    await ground.import_data(days=DAYS + 1)
    ground.restart()
    await ground.data(query)

    assert ground.executor.made.total() == made


async def test_a_set_holds_it_beside_an_expression_for_matrix_model_and_backtest(
    ground: Ground, tmp_path: Path
) -> None:
    made = frame("sent")
    imported = await bring(ground, parquet(tmp_path, made))
    sent = imported.factors[0].record.id
    inquiry = ground.inquiry()
    universe = await inquiry.lookups.default_universe()
    momentum = await inquiry.lookups.resolve("signal", "momentum")
    async with ground.database.begin() as session:
        mixed = await create_factor_set(session, "mixed", [momentum.id, sent], author="ada")
        await create_factor_set(session, "alone", [sent], author="ada")
        model = await create_model(session, "m", model_spec(mixed, universe.id), author="ada")
        for name, signal in (("on-m", model), ("on-sent", sent)):
            spec = backtest_spec(signal, universe.id)
            await create_backtest(session, name, spec, author="ada")

    found = await ground.data(
        '{ mixed: factorSet(name: "mixed") { matrix { downloadUrl } }'
        ' alone: factorSet(name: "alone") { matrix { downloadUrl } }'
        ' model(name: "m") { featureImportance { factor { name } } }'
        ' b: backtest(name: "on-m") { risk { turnover } }'
        ' c: backtest(name: "on-sent") { risk { turnover }'
        " lineage(direction: UPSTREAM) { nodes { entity { name } } } } }"
    )
    assert {one["factor"]["name"] for one in found["model"]["featureImportance"]} == {
        "momentum",
        "sent",
    }
    assert found["b"]["risk"]["turnover"] > 0
    assert found["c"]["risk"]["turnover"] > 0
    assert "sent" in {one["entity"]["name"] for one in found["c"]["lineage"]["nodes"]}
    expected = made["feature", "sent"].astype(np.float32)
    for name, column in (("mixed", 1), ("alone", 0)):
        kept = await _matrix_of(ground, found[name]["matrix"]["downloadUrl"])
        values = kept.iloc[:, column].reindex(expected.index)
        np.testing.assert_array_equal(values.to_numpy(), expected.to_numpy())
        assert len(kept) == DAYS * len(MEMBERS)


async def _matrix_of(ground: Ground, address: str) -> pd.DataFrame:
    key = address.split("/")[3].split("?")[0].split(".")[0]
    result = await ground.inquiry().lookups.result(key)
    assert result is not None
    arrays = {name: ground.store.open_array(one) for name, one in result.artifacts.items()}
    index = pd.MultiIndex.from_arrays(
        [arrays["dates"].astype("datetime64[ns]"), arrays["symbols"][arrays["places"]]]
    )
    return pd.DataFrame(arrays["values"], index)


async def test_the_same_values_make_no_version_and_others_make_the_next(
    ground: Ground, tmp_path: Path
) -> None:
    first = await bring(ground, parquet(tmp_path, frame("sent", "other")), factor_set="both-in")
    wider = frame("sent", "other").reset_index().assign(more=1.0)
    wider.columns = ["date", "symbol", "sent", "other", "more"]
    again = await bring(ground, parquet(tmp_path, wider), factor_set="both-in")
    changed = await bring(ground, parquet(tmp_path, frame("sent", seed=4)))

    assert [one.is_new for one in first.factors] == [True, True]
    assert [one.is_new for one in again.factors] == [False, False, True]
    assert first.factor_set
    assert again.factor_set
    assert [first.factor_set.record.version, again.factor_set.record.version] == [1, 2]
    assert [changed.factors[0].record.version, changed.factors[0].is_new] == [2, True]


@pytest.mark.parametrize("harm", ["gone", "damaged", "half"])
async def test_a_file_that_is_lost_is_told_by_the_factors_name_and_mended_by_importing_again(
    harm: str, ground: Ground, tmp_path: Path
) -> None:
    path = parquet(tmp_path, frame("sent"))
    record = (await bring(ground, path)).factors[0].record
    assert isinstance(record, FactorRecord)
    assert record.spec.imported is not None
    digest = astuple(record.spec.imported.panel)[0]
    file = ground.store.root / digest[:2] / f"{digest}.npy"
    content = file.read_bytes()
    harmed = {"damaged": content[:-8] + b"harmed!!", "half": content[: len(content) // 2]}
    file.unlink()
    if harm in harmed:
        file.write_bytes(harmed[harm])
    query = '{ factor(name: "sent") { values { sourceCount } } }'

    reply = await ground.ask(query)

    assert reply.codes == {"factor.values": "IMPORTED_VALUES_LOST"}
    assert "sent" in reply.errors[0].message
    await bring(ground, path)
    assert not (await ground.ask(query)).errors


async def test_it_takes_no_expression_and_an_expression_takes_no_import(
    ground: Ground, tmp_path: Path
) -> None:
    await bring(ground, parquet(tmp_path, frame("sent")))

    found = await ground.data(
        'mutation { updateFactor(input: {name: "sent", expression: "$close"}) '
        "{ ... on InvalidInput { issues { message } } } }"
    )

    assert "was imported" in found["updateFactor"]["issues"][0]["message"]


async def test_imported_factors_go_out_as_they_came(ground: Ground, tmp_path: Path) -> None:
    made = frame("sent", "other")
    made["feature", "single"] = made["feature", "other"].astype(np.float32)
    made.iloc[3, 1] = np.inf
    imported = await bring(ground, parquet(tmp_path, made))
    panels = [(one.name, one.panel) for one in imported.read.factors]

    write_imported(tmp_path / "out.parquet", panels, ground.store)

    back = pd.read_parquet(tmp_path / "out.parquet")
    pd.testing.assert_frame_equal(back, made, check_exact=True)


async def test_it_has_no_values_on_another_market(ground: Ground, tmp_path: Path) -> None:
    record = (await bring(ground, parquet(tmp_path, frame("sent")))).factors[0].record
    write_days(tmp_path / "elsewhere", DAYS, ())
    reading = read_market(tmp_path / "elsewhere", Region.US, INDEX)
    await register_market(ground.database, "elsewhere", reading, "ada")
    async with ground.database.begin() as session:
        await create_factor_set(session, "sent-alone", [record.id], author="ada")
    segments = '{start: "2020-02-03", end: "2020-02-28"}'

    asked = await ground.ask(
        '{ factor(name: "sent") { values(universe: "elsewhere/five") { sourceCount } } }'
    )
    defined = await ground.data(
        'mutation { createModel(input: {name: "m", factorSet: "sent-alone", '
        f'universe: "elsewhere/five", segments: {{train: {segments}, valid: {segments}, '
        f"test: {segments}}}}}) {{ ... on InvalidInput {{ issues {{ message field }} }} }} }}"
    )

    assert asked.codes == {"factor.values": "BAD_INPUT"}
    assert "imported for the market tiny" in asked.errors[0].message
    issues = {one["field"]: one["message"] for one in defined["createModel"]["issues"]}
    assert "imported for the market tiny" in issues["input.factorSet"]


async def test_a_set_of_expressions_is_not_replaced_by_an_import(
    ground: Ground, tmp_path: Path
) -> None:
    path = parquet(tmp_path, frame("sent"))
    asked = "{ factorSets { nodes { name version } } factors { nodes { name } } }"
    before = await ground.data(asked)
    expressions = before["factorSets"]["nodes"][0]["name"]

    with pytest.raises(NameTakenError, match="holds expressions"):
        await bring(ground, path, factor_set=expressions)
    assert await ground.data(asked) == before

    assert (await bring(ground, path, factor_set="ours")).factor_set is not None
    again = await bring(ground, parquet(tmp_path, frame("sent", seed=4)), factor_set="ours")
    assert again.factor_set is not None
    assert again.factor_set.record.version == 2
