"""Models are defined and edited: resolved, checked and completed, and never trained by it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from defining_ground import (
    SEGMENTS,
    define_factors,
    define_model,
    editor_on,
    faults_of,
    register_sample,
    register_small,
    row_counts,
)

from catalog.database import Database
from catalog.defining import create_factor_set as write_factor_set
from domain.definitions import (
    FactorDefinition,
    FactorSetDefinition,
    FactorSetRevision,
    GivenPeriod,
    GivenSegments,
    ModelDefinition,
    ModelEdit,
    ModelParts,
    ModelRevision,
)
from domain.errors import ConflictError, NameTakenError, NotFoundError
from domain.expression import InvalidExpressionError
from domain.input_issues import InvalidInputError
from domain.names import EntityKind
from domain.period import Period
from domain.specs import ModelKind
from resolvers.defining.factor_sets import create_factor_set, update_factor_set
from resolvers.defining.factors import create_factor
from resolvers.defining.models import create_model, update_model

pytestmark = pytest.mark.anyio

PARTS = ModelParts(factor_set="pair", segments=SEGMENTS)


@pytest.fixture
async def catalogue(database: Database, sample_directory: Path) -> Database:
    await register_sample(database, sample_directory)
    await define_factors(database)
    return database


def segments(**days: tuple[str, str]) -> GivenSegments:
    """The usual segments, but some of them others."""
    given = {
        name: GivenPeriod(date.fromisoformat(start), date.fromisoformat(end))
        for name, (start, end) in days.items()
    }
    return replace(SEGMENTS, **given)


async def refusal(database: Database, **parts: Any) -> dict[str, str]:
    """What is wrong with a model of these parts, by path; nothing of it is kept."""
    before = await row_counts(database)
    definition = ModelDefinition(name="new", parts=replace(PARTS, **parts))
    refusals = (InvalidInputError, InvalidExpressionError, NotFoundError)
    with pytest.raises(refusals) as refused:
        await create_model(definition, editor_on(database))
    assert await row_counts(database) == before
    return faults_of(refused.value)


async def test_what_is_left_out_is_resolved_and_kept(catalogue: Database) -> None:
    model = await create_model(ModelDefinition(name="new", parts=PARTS), editor_on(catalogue))
    lookups = editor_on(catalogue).lookups
    spec = model.spec
    assert (model.version, model.created_by, spec.kind, spec.seed) == (
        1,
        "ada",
        ModelKind.LIGHTGBM,
        0,
    )
    assert spec.universe_id == (await lookups.default_universe()).id
    assert (await lookups.entity(spec.factor_set_id)).name == "pair"
    assert spec.label == "Sub(Div(Ref($close,-2),Ref($close,-1)),1)"
    assert spec.segments.test == Period(date(2010, 1, 4), date(2013, 3, 1))
    assert (spec.parameters["num_leaves"], spec.parameters["deterministic"]) == (31, True)
    assert [step.kind for step in spec.processors.learn] == ["DropnaLabel", "CSZScoreNorm"]


async def test_what_is_given_is_kept(catalogue: Database) -> None:
    parts = replace(
        PARTS,
        factor_set="pair:1",
        universe="sample/us5:1",
        parameters={"num_leaves": 7, "eta": 0.5},
        seed=2**31 - 1,
        label="Ref($open, -3)/Ref($open, -1) - 1",
        processors={"infer": [{"kind": "CSRankNorm"}]},
    )
    definition = ModelDefinition(name="new", parts=parts, description="Small.", tags=("tree",))
    model = await create_model(definition, editor_on(catalogue))
    assert (model.spec.parameters["num_leaves"], model.spec.parameters["learning_rate"]) == (7, 0.5)
    assert (model.spec.seed, model.description) == (2**31 - 1, "Small.")
    assert model.spec.label == "Sub(Div(Ref($open,-3),Ref($open,-1)),1)"
    assert [step.kind for step in model.spec.processors.infer] == ["CSRankNorm"]


BAD_SEGMENTS = [
    ({"train": ("1999-12-01", "2008-12-31")}, "train.start", "2000-03-01 to 2013-03-01"),
    ({"test": ("2010-01-04", "2013-03-02")}, "test.end", "2000-03-01 to 2013-03-01"),
    ({"valid": ("2009-12-31", "2009-01-02")}, "valid.end", "before it begins on 2009-12-31"),
    ({"valid": ("2009-01-03", "2009-01-04")}, "valid", "no trading day"),
    ({"valid": ("2008-12-31", "2009-12-31")}, "valid.start", "train segment ends on 2008-12-31"),
    ({"test": ("2009-12-01", "2013-03-01")}, "test.start", "valid segment ends on 2009-12-31"),
]


async def test_a_wrong_segment_is_refused_at_its_path(catalogue: Database) -> None:
    for changed, path, words in BAD_SEGMENTS:
        found = await refusal(catalogue, segments=segments(**changed))
        assert list(found) == [f"input.segments.{path}"]
        assert words in found[f"input.segments.{path}"]


async def test_segments_that_run_backwards_are_refused(catalogue: Database) -> None:
    backwards = GivenSegments(SEGMENTS.test, SEGMENTS.valid, SEGMENTS.train)
    found = await refusal(catalogue, segments=backwards)
    assert list(found) == ["input.segments.valid.start", "input.segments.test.start"]


async def test_a_label_that_reads_no_later_day_is_refused(catalogue: Database) -> None:
    found = await refusal(catalogue, label="$close/Ref($close,1)-1")
    assert "nothing to predict" in found["input.label"]
    assert "Ref($close,-2)/Ref($close,-1)-1" in found["input.label"]


async def test_a_label_that_is_no_expression_is_refused_with_its_place(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    definition = ModelDefinition(name="new", parts=replace(PARTS, label="Ref($clsoe,-1)"))
    with pytest.raises(InvalidExpressionError) as refused:
        await create_model(definition, editor_on(catalogue))
    assert (refused.value.start, refused.value.end) == (4, 10)
    assert refused.value.field == "input.label"
    assert await row_counts(catalogue) == before


WRONG_PARTS: list[tuple[dict[str, Any], str, str]] = [
    ({"factor_set": "pear"}, "input.factorSet", "Near to it: pair"),
    ({"factor_set": "pair:2"}, "input.factorSet", "version 1 only"),
    ({"universe": "us6"}, "input.universe", "sample/us5"),
    ({"seed": -1}, "input.seed", "from 0 to 2147483647"),
    ({"seed": 2**31}, "input.seed", "from 0 to 2147483647"),
    ({"parameters": {"num_leafs": 3}}, "input.parameters.num_leafs", "num_leaves"),
    ({"parameters": {"num_leaves": 1}}, "input.parameters.num_leaves", "at least 2"),
    ({"parameters": [1]}, "input.parameters", "object"),
    ({"purge_days": -1}, "input.purgeDays", "give 0 to 250"),
    ({"purge_days": 251}, "input.purgeDays", "give 0 to 250"),
    ({"processors": {"infer": [{"kind": "Nope"}]}}, "input.processors.infer[0].kind", "Nope"),
]


async def test_a_wrong_part_is_refused_at_its_path(catalogue: Database) -> None:
    for parts, path, words in WRONG_PARTS:
        found = await refusal(catalogue, **parts)
        assert list(found) == [path]
        assert words in found[path]


async def test_days_that_would_leave_nothing_to_learn_are_refused(catalogue: Database) -> None:
    short = segments(valid=("2009-01-02", "2009-01-16"))
    found = await refusal(catalogue, segments=short, purge_days=11)
    assert "the valid segment has 11 trading days" in found["input.purgeDays"]


async def test_dropped_days_are_kept_and_stay_with_the_next_version(catalogue: Database) -> None:
    definition = ModelDefinition(name="new", parts=replace(PARTS, purge_days=2))
    first = await create_model(definition, editor_on(catalogue))
    other = ModelRevision(name="new", edit=ModelEdit(seed=3))
    second = await update_model(other, editor_on(catalogue))
    none = ModelRevision(name="new", edit=ModelEdit(purge_days=0))
    third = await update_model(none, editor_on(catalogue))
    assert [model.spec.purge_days for model in (first, second, third)] == [2, 2, 0]
    assert third.version == 3


async def test_factors_that_look_ahead_are_refused_by_name(catalogue: Database) -> None:
    oracle = await editor_on(catalogue).lookups.resolve(EntityKind.FACTOR, "oracle")
    async with catalogue.begin() as session:  # sets are checked too, so this one is written past it
        await write_factor_set(session, "leaky", [oracle.id], author="ada")
    found = await refusal(catalogue, factor_set="leaky")
    assert "look ahead, oracle," in found["input.factorSet"]


async def test_factors_that_the_market_cannot_answer_are_refused_by_name(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    value = FactorDefinition(name="value", expression="1/$pe", universe="both")
    await create_factor(value, editor_on(catalogue))
    both = FactorSetDefinition(name="both", factors=("range", "value"))
    await create_factor_set(both, editor_on(catalogue))
    found = await refusal(catalogue, factor_set="both")
    assert "value reads $pe, which the market sample does not have" in found["input.factorSet"]


async def test_a_segment_without_members_is_refused(catalogue: Database, tmp_path: Path) -> None:
    await register_small(catalogue, tmp_path / "small")
    early = segments(
        train=("2024-01-01", "2024-01-10"),
        valid=("2024-01-11", "2024-01-21"),
        test=("2024-01-22", "2024-01-29"),
    )
    found = await refusal(catalogue, universe="late", segments=early)
    assert list(found) == ["input.segments.train"]
    assert "universe late has no members" in found["input.segments.train"]


async def test_without_a_market_there_is_no_universe(database: Database) -> None:
    await define_factors(database)
    found = await refusal(database)
    assert "No market has been imported" in found["input.universe"]


async def test_everything_wrong_is_told_at_once(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    parts = ModelParts(
        factor_set="pear",
        segments=segments(train=("1990-01-01", "2008-12-31"), test=("2010-01-04", "2030-01-01")),
        parameters={"num_leaves": 0, "nope": 1},
        seed=-5,
        label="$close +",
        processors={"other": []},
    )
    definition = ModelDefinition(name="-", parts=parts, description="\x00", tags=("",))
    with pytest.raises(InvalidInputError) as refused:
        await create_model(definition, editor_on(catalogue))
    assert list(faults_of(refused.value)) == [
        "input.name",
        "input.description",
        "input.tags",
        "input.factorSet",
        "input.label",
        "input.segments.train.start",
        "input.segments.test.end",
        "input.parameters.num_leaves",
        "input.parameters.nope",
        "input.processors.other",
        "input.seed",
    ]
    assert await row_counts(catalogue) == before


async def test_with_an_unknown_universe_the_rest_is_told_too(catalogue: Database) -> None:
    backwards = segments(valid=("2008-01-02", "2008-02-01"))
    found = await refusal(catalogue, universe="us6", seed=-1, segments=backwards)
    assert list(found) == ["input.universe", "input.segments.valid.start", "input.seed"]


async def test_a_taken_name_is_refused(catalogue: Database) -> None:
    await define_model(catalogue)
    before = await row_counts(catalogue)
    with pytest.raises(NameTakenError):
        await create_model(ModelDefinition(name="trees", parts=PARTS), editor_on(catalogue))
    assert await row_counts(catalogue) == before


async def test_an_edit_of_one_part_leaves_the_others(catalogue: Database) -> None:
    await define_model(catalogue)
    moved = FactorSetRevision(name="pair", factors=("range",))
    await update_factor_set(moved, editor_on(catalogue))
    first = await update_model(ModelRevision(name="trees"), editor_on(catalogue))
    revision = ModelRevision(name="trees", expected_version=1, edit=ModelEdit(seed=3))
    model = await update_model(revision, editor_on(catalogue))
    assert model.version == 2
    assert model.spec == replace(first.spec, seed=3)


async def test_a_bare_name_in_an_edit_is_the_latest_version(catalogue: Database) -> None:
    await define_model(catalogue)
    moved = await update_factor_set(
        FactorSetRevision(name="pair", factors=("range",)), editor_on(catalogue)
    )
    revision = ModelRevision(name="trees", edit=ModelEdit(factor_set="pair"))
    model = await update_model(revision, editor_on(catalogue))
    assert (model.version, model.spec.factor_set_id) == (2, moved.id)


async def test_an_edit_that_changes_nothing_is_the_version_that_is_there(
    catalogue: Database,
) -> None:
    await define_model(catalogue)
    before = await row_counts(catalogue)
    for edit in (
        ModelEdit(),
        ModelEdit(label="Ref( $close, -2 ) / Ref( $close, -1 ) - 1"),
        ModelEdit(parameters={"num_leaves": 31.0}),
        ModelEdit(processors={}),
        ModelEdit(segments=SEGMENTS, universe="us5", seed=0),
    ):
        same = await update_model(ModelRevision(name="trees", edit=edit), editor_on(catalogue))
        assert same.version == 1
    assert await row_counts(catalogue) == before


async def test_a_wrong_edit_leaves_the_version_that_is_there(catalogue: Database) -> None:
    await define_model(catalogue)
    before = await row_counts(catalogue)
    wrong = ModelEdit(segments=segments(test=("2010-01-04", "2020-01-01")), seed=-1)
    with pytest.raises(InvalidInputError) as refused:
        await update_model(ModelRevision(name="trees", edit=wrong), editor_on(catalogue))
    assert list(faults_of(refused.value)) == ["input.segments.test.end", "input.seed"]
    with pytest.raises(ConflictError):
        await update_model(ModelRevision(name="trees", expected_version=2), editor_on(catalogue))
    with pytest.raises(NotFoundError):
        await update_model(ModelRevision(name="shrubs"), editor_on(catalogue))
    assert await row_counts(catalogue) == before
