"""Rolling models are defined, edited and refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from defining_ground import SEGMENTS, define_factors, editor_on, faults_of, register_sample

from catalog.database import Database
from domain.definitions import (
    BacktestDefinition,
    BacktestParts,
    FineTuning,
    GivenPeriod,
    ModelDefinition,
    ModelEdit,
    ModelParts,
    ModelRevision,
)
from domain.input_issues import InvalidInputError
from domain.period import Period
from domain.records import ModelRecord
from domain.specs import Rolling
from resolvers.defining.backtests import create_backtest
from resolvers.defining.fine_tuning import fine_tune_model
from resolvers.defining.models import create_model, update_model

pytestmark = pytest.mark.anyio

ROLLING = Rolling(60, 120, 500)
PARTS = ModelParts(factor_set="pair", segments=SEGMENTS, rolling=ROLLING)


@pytest.fixture
async def catalogue(database: Database, sample_directory: Path) -> Database:
    await register_sample(database, sample_directory)
    await define_factors(database)
    return database


async def create(database: Database, name: str = "new", **parts: Any) -> ModelRecord:
    definition = ModelDefinition(name=name, parts=replace(PARTS, **parts))
    return await create_model(definition, editor_on(database))


async def update(database: Database, **edit: Any) -> ModelRecord:
    return await update_model(
        ModelRevision(name="new", edit=ModelEdit(**edit)), editor_on(database)
    )


async def refusal(database: Database, **parts: Any) -> dict[str, str]:
    """What is wrong with a model of these parts, by path."""
    with pytest.raises(InvalidInputError) as refused:
        await create(database, **parts)
    return faults_of(refused.value)


async def test_segments_are_kept_as_the_first_leg_has_them(catalogue: Database) -> None:
    model = await create(catalogue)
    assert model.spec.rolling == ROLLING
    kept = model.spec.segments
    assert kept.train.start == SEGMENTS.train.start
    assert kept.test == Period(SEGMENTS.test.start, SEGMENTS.test.end)
    calendar = await editor_on(catalogue).desk.facts.calendar(
        await editor_on(catalogue).lookups.latest_snapshot(1)
    )
    rows = calendar.rows(kept.valid)
    assert rows.stop - rows.start == 120
    assert calendar.day(rows.stop) == kept.test.start == date(2010, 1, 4)
    assert calendar.day(rows.start - 1) == kept.train.end

    other = replace(SEGMENTS, valid=GivenPeriod(date(2009, 6, 1), date(2009, 9, 30)))
    twin = await create(catalogue, "twin", segments=other)
    assert twin.spec == model.spec


async def test_an_edit_keeps_the_schedule_or_changes_it_or_takes_it_away(
    catalogue: Database,
) -> None:
    first = await create(catalogue)
    same = await update(catalogue, rolling=ROLLING)
    assert same.version == 1
    seeded = await update(catalogue, seed=3)
    assert seeded.spec == replace(first.spec, seed=3)
    growing = await update(catalogue, rolling=Rolling(60, 20))
    assert growing.spec.rolling == Rolling(60, 20)
    assert growing.spec.segments.valid != first.spec.segments.valid
    plain = await update(catalogue, rolling=None)
    assert (plain.version, plain.spec.rolling) == (4, None)
    assert plain.spec.segments == growing.spec.segments


WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"rolling": Rolling(0, -1, 0)},
        {
            "input.rolling.stepDays": "stepDays is 0; give 1 trading day or more.",
            "input.rolling.validDays": "validDays is -1; give 1 trading day or more.",
            "input.rolling.trainDays": "trainDays is 0; give 1 trading day or more, or leave it",
        },
    ),
    (
        {"rolling": Rolling(1, 20)},
        {"input.rolling.stepDays": "stepDays 1 makes 795 legs of the 795 trading days of test"},
    ),
    (
        {"rolling": Rolling(20, 260, 1000)},
        {"input.segments.train.start": "begin train on 2004-12-31 or earlier, begin test on"},
    ),
    (
        {"rolling": Rolling(20, 5, 10), "purge_days": 10},
        {
            "input.rolling.validDays": "purgeDays is 10 and validDays is 5, so none would be left",
            "input.rolling.trainDays": "purgeDays is 10 and trainDays is 10, so none would be left",
        },
    ),
    (
        {"rolling": Rolling(20, 1252), "purge_days": 11},
        {"input.segments.train.start": "begin train earlier, or purge fewer"},
    ),
    ({"rolling": Rolling(20, 300), "purge_days": 251}, {"input.purgeDays": "give 0 to 250"}),
]


async def test_a_schedule_that_does_not_fit_is_refused_at_its_path(catalogue: Database) -> None:
    for parts, expected in WRONG:
        found = await refusal(catalogue, **parts)
        assert found.keys() == expected.keys()
        for path, words in expected.items():
            assert words in found[path]


async def test_the_rest_that_is_wrong_is_told_with_it(catalogue: Database) -> None:
    found = await refusal(catalogue, rolling=Rolling(0, 5), seed=-1, universe="us6")
    assert set(found) == {"input.rolling.stepDays", "input.seed", "input.universe"}


async def test_a_rolling_model_is_not_gone_on_from(catalogue: Database) -> None:
    await create(catalogue)
    later = replace(SEGMENTS, test=GivenPeriod(date(2010, 1, 4), date(2012, 3, 1)))
    tuning = FineTuning(name="tuned", model="new", segments=later, rounds=3)
    with pytest.raises(InvalidInputError) as refused:
        await fine_tune_model(tuning, editor_on(catalogue))
    assert faults_of(refused.value) == {
        "input.model": "new is trained in legs, so there is no one model to go on from; fine-tune "
        "a model without rolling."
    }
    await create(catalogue, "plain", rolling=None)
    await fine_tune_model(replace(tuning, model="plain"), editor_on(catalogue))
    edit = ModelRevision(name="tuned", edit=ModelEdit(rolling=ROLLING))
    with pytest.raises(InvalidInputError) as refused:
        await update_model(edit, editor_on(catalogue))
    assert "tuned is fine-tuned" in faults_of(refused.value)["input.rolling"]
    none = ModelRevision(name="tuned", edit=ModelEdit(rolling=None))
    assert (await update_model(none, editor_on(catalogue))).version == 1


async def test_a_rolling_model_is_not_traded_in_sample(catalogue: Database) -> None:
    await create(catalogue)
    for period in (None, GivenPeriod(date(2009, 6, 1), date(2011, 3, 1))):
        parts = BacktestParts(signal="new", period=period, allow_in_sample=True)
        with pytest.raises(InvalidInputError) as refused:
            await create_backtest(
                BacktestDefinition(name="seen", parts=parts), editor_on(catalogue)
            )
        assert "leave allowInSample out" in faults_of(refused.value)["input.allowInSample"]
    early = BacktestParts(signal="new", period=GivenPeriod(date(2009, 6, 1), date(2011, 3, 1)))
    with pytest.raises(InvalidInputError) as refused:
        await create_backtest(BacktestDefinition(name="seen", parts=early), editor_on(catalogue))
    assert "or set allowInSample" not in faults_of(refused.value)["input.period.start"]
