"""Models that go on from others: what they learn, what they are defined as, what is refused."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import numpy as np
import pytest
from defining_ground import define_factors, define_model, editor_on, faults_of, register_sample

from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from compute import qlib_session
from compute.preparing.prepared import Prepared
from compute.progress import unheard
from domain.definitions import (
    FineTuning,
    GivenPeriod,
    GivenSegments,
    ModelEdit,
    ModelRevision,
)
from domain.errors import NotFoundError
from domain.input_issues import InvalidInputError
from domain.lightgbm_parameters import check_lightgbm_parameters
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.records import ModelRecord
from domain.specs import ModelKind
from domain.work import Bars, TrainingWork
from resolvers.asking import Asking
from resolvers.defining import fine_tuning
from resolvers.defining.fine_tuning import fine_tune_model
from resolvers.defining.models import update_model
from resolvers.facts import Facts
from resolvers.running import Runner
from resolvers.services import Limits, Services
from resolvers.standing import stale_causes
from resolvers.trainings import training_question
from schema.context import Context
from schema.schema import schema

pytestmark = pytest.mark.anyio


def period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


EARLY = Segments(
    period("2003-01-02", "2004-12-31"),
    period("2005-01-03", "2005-12-30"),
    period("2006-01-03", "2006-06-30"),
)
LATE = Segments(
    period("2006-01-03", "2007-06-29"),
    period("2007-07-02", "2007-12-31"),
    period("2008-01-02", "2008-06-30"),
)
GIVEN = GivenSegments(
    train=GivenPeriod(date(2009, 1, 2), date(2009, 12, 31)),
    valid=GivenPeriod(date(2010, 1, 4), date(2010, 12, 31)),
    test=GivenPeriod(date(2011, 1, 3), date(2013, 3, 1)),
)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Prepared]:
    """The rows of each training, as they are learned from."""
    from compute import training

    qlib_session._standing.clear()
    rows: list[Prepared] = []
    prepare = training.prepare

    def noted(*given: Any) -> Prepared:
        rows.append(prepare(*given))
        return rows[-1]

    monkeypatch.setattr(training, "prepare", noted)
    return rows


def work_of(kind: ModelKind, parameters: dict[str, Any], directory: Path) -> TrainingWork:
    members = MarketDirectory.open(directory).markets["us5"]
    steps = {
        "infer": [{"kind": "Fillna"}, {"kind": "RobustZScoreNorm"}],
        "learn": [{"kind": "DropnaLabel"}, {"kind": "CSZScoreNorm"}],
    }
    return TrainingWork(
        bars=Bars(str(directory), "us", stamp(directory)),
        kind=kind,
        parameters=parameters,
        seed=5,
        features=(("A", "Div($close,Ref($close,5))"), ("B", "Div(Sub($high,$low),$close)")),
        label="Sub(Div(Ref($close,-2),Ref($close,-1)),1)",
        members={name: tuple((s.start, s.end) for s in spans) for name, spans in members.items()},
        segments=EARLY,
        processors=check_processors(steps),
    )


def test_it_learns_what_lightgbm_learns_on_the_rows_as_the_base_scaled_them(
    sample_directory: Path, tmp_path: Path, seen: list[Prepared]
) -> None:
    import lightgbm

    from compute.training import train

    store = LocalArtifacts(tmp_path / "artifacts")
    parameters = {"num_leaves": 7, "num_boost_round": 8, "learning_rate": 0.05}
    work = work_of(ModelKind.LIGHTGBM, parameters, sample_directory)
    base = train(work, store, unheard)
    tuned = train(replace(work, segments=LATE, base=base.artifacts, rounds=4), store, unheard)
    anew = train(replace(work, segments=LATE), store, unheard)

    scaled = [store.open_array(found.artifacts["fitted:0"]) for found in (base, tuned, anew)]
    np.testing.assert_array_equal(scaled[0], scaled[1])
    assert (scaled[0] != scaled[2]).any()
    rows = seen[1]
    checked = check_lightgbm_parameters(parameters)
    kept = ("num_leaves", "learning_rate", "deterministic", "force_col_wise")
    plain = lightgbm.train(
        {"objective": "mse", "verbosity": -1, "seed": 5} | {name: checked[name] for name in kept},
        lightgbm.Dataset(rows.train.features, label=rows.train.label),
        4,
        valid_sets=[lightgbm.Dataset(rows.valid.features, label=rows.valid.label)],
        callbacks=[lightgbm.early_stopping(50, verbose=False)],
        init_model=lightgbm.Booster(model_str=store.open_text(base.artifacts["model"])),
    )
    kept_trees = lightgbm.Booster(model_str=store.open_text(tuned.artifacts["model"]))
    features = rows.every.features
    np.testing.assert_array_equal(kept_trees.predict(features), plain.predict(features))
    assert tuned.document["best_iteration"] == plain.best_iteration == kept_trees.num_trees()
    assert kept_trees.num_trees() > base.document["best_iteration"]
    assert len(store.open_array(tuned.artifacts["curve:valid"])) == 4


def test_xgboost_goes_on_as_xgboost_does(
    sample_directory: Path, tmp_path: Path, seen: list[Prepared]
) -> None:
    import xgboost

    from compute.training import train

    store = LocalArtifacts(tmp_path / "artifacts")
    parameters = {"max_depth": 3, "num_boost_round": 8, "eta": 0.05}
    work = work_of(ModelKind.XGBOOST, parameters, sample_directory)
    base = train(work, store, unheard)
    tuned = train(replace(work, segments=LATE, base=base.artifacts, rounds=4), store, unheard)

    rows = seen[1]
    plain = xgboost.train(
        {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.05, "seed": 5},
        xgboost.DMatrix(rows.train.features, rows.train.label),
        4,
        xgb_model=xgboost.Booster(
            model_file=bytearray(store.open_text(base.artifacts["model"]).encode())
        ),
    )
    kept = xgboost.Booster(model_file=bytearray(store.open_text(tuned.artifacts["model"]).encode()))
    assert kept.num_boosted_rounds() == 12
    features = xgboost.DMatrix(rows.every.features)
    np.testing.assert_array_equal(kept.predict(features), plain.predict(features))


@pytest.fixture
async def catalogue(database: Database, sample_directory: Path) -> Database:
    await register_sample(database, sample_directory)
    await define_factors(database)
    await define_model(database)
    return database


async def tune(database: Database, **other: Any) -> ModelRecord:
    given = {"name": "tuned", "model": "trees", "segments": GIVEN, "rounds": 3}
    return await fine_tune_model(FineTuning(**given | other), editor_on(database))


async def test_it_has_the_base_s_definition_and_its_own_segments(catalogue: Database) -> None:
    tuned = await tune(catalogue)
    assert tuned.spec.derived_from_id is not None
    base = await editor_on(catalogue).lookups.entity(tuned.spec.derived_from_id)
    assert isinstance(base, ModelRecord)
    assert base.name == "trees"
    assert tuned.spec.segments.train == Period(date(2009, 1, 2), date(2009, 12, 31))
    own = {"segments": tuned.spec.segments, "derived_from_id": base.id, "rounds": 3}
    assert tuned.spec == replace(base.spec, **own)


async def test_what_cannot_be_continued_so_is_refused_at_its_path(
    catalogue: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = replace(GIVEN, valid=GivenPeriod(date(2009, 7, 1), date(2009, 9, 30)))
    seen = replace(seen, train=GivenPeriod(date(2009, 1, 2), date(2009, 6, 30)))
    seen = replace(seen, test=GivenPeriod(date(2009, 12, 31), date(2010, 6, 30)))
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"rounds": 0}, "input.rounds", "1 to 100000"),
        ({"rounds": 100_001}, "input.rounds", "1 to 100000"),
        ({"segments": seen}, "input.segments.test.start", "trees:1, which is continued"),
        ({"model": "shrubs"}, "input.model", "shrubs"),
    ]
    for other, path, words in wrong:
        with pytest.raises((InvalidInputError, NotFoundError)) as refused:
            await tune(catalogue, **other)
        assert words in faults_of(refused.value)[path]
    monkeypatch.setattr(fine_tuning, "CONTINUED", ("OTHER",))
    with pytest.raises(InvalidInputError) as refused:
        await tune(catalogue)
    assert "these do: OTHER" in faults_of(refused.value)["input.model"]


async def test_an_edit_keeps_base_and_rounds_and_leaves_the_rest_to_the_base(
    catalogue: Database,
) -> None:
    tuned = await tune(catalogue)
    shorter = replace(GIVEN, test=GivenPeriod(date(2011, 1, 3), date(2012, 3, 1)))
    edit = ModelRevision(name="tuned", edit=ModelEdit(segments=shorter))
    edited = await update_model(edit, editor_on(catalogue))
    kept = (edited.version, edited.spec.derived_from_id, edited.spec.rounds)
    assert kept == (2, tuned.spec.derived_from_id, 3)
    others = ModelEdit(seed=3, label="Ref($close,-3)/$close-1", parameters={"num_leaves": 3})
    with pytest.raises(InvalidInputError) as refused:
        await update_model(ModelRevision(name="tuned", edit=others), editor_on(catalogue))
    assert set(faults_of(refused.value)) == {"input.seed", "input.label", "input.parameters"}


async def test_its_key_follows_the_base_and_its_newer_versions_are_told(
    catalogue: Database,
) -> None:
    tuned = await tune(catalogue)
    more = await tune(catalogue, name="more", rounds=4)
    await update_model(ModelRevision(name="trees", edit=ModelEdit(seed=9)), editor_on(catalogue))
    other = await tune(catalogue, name="other", model="trees:2")
    desk = editor_on(catalogue).desk
    causes = await stale_causes(tuned, None, desk)
    assert any("tuned uses model trees:1; version 2 exists" in cause.message for cause in causes)
    universe = await desk.lookups.default_universe()
    snapshot = await desk.lookups.latest_snapshot(universe.market_id)
    questions = [await training_question(one, snapshot, desk) for one in (tuned, more, other)]
    assert len({one.key for one in questions}) == 3
    asked = []

    async def ensure(question: Any) -> Any:
        asked.append(question.purpose.entity_id)
        return SimpleNamespace(artifacts={"model": "digest"})

    work = await questions[0].prepare(ensure)
    assert isinstance(work, TrainingWork)
    assert (work.base, work.rounds) == ({"model": "digest"}, 3)
    assert asked == [tuned.spec.derived_from_id]


async def test_clients_see_where_it_comes_from(catalogue: Database, tmp_path: Path) -> None:
    store = LocalArtifacts(tmp_path / "artifacts")
    runner = Runner(catalogue, store, AsyncMock(), "this-server")
    services = Services(catalogue, store, Facts(), runner, Limits())
    days = {
        name: {"start": str(getattr(GIVEN, name).start), "end": str(getattr(GIVEN, name).end)}
        for name in ("train", "valid", "test")
    }
    document = """mutation($input: FineTuneModelInput!) { fineTuneModel(input: $input) {
        ... on Problem { message }
        ... on Model { id rounds derivedFrom { id name rounds derivedFrom { name } }
            lineage { edges { relation from to } } }
    } }"""
    given = {"name": "tuned", "model": "trees", "segments": days}
    context = Context(services, Asking("ada", deadline=0.0))
    answer = await schema.execute(document, {"input": given}, context_value=context)
    await runner.close()
    assert answer.errors is None
    assert answer.data is not None
    made = answer.data["fineTuneModel"]
    assert made["rounds"] == 10
    base = made["derivedFrom"]
    assert (base["name"], base["rounds"], base["derivedFrom"]) == ("trees", None, None)
    edge = {"relation": "BASE_OF", "from": base["id"], "to": made["id"]}
    assert edge in made["lineage"]["edges"]
