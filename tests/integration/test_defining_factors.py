"""Factors are defined and edited, and what is wrong with one is told whole."""

import asyncio
from pathlib import Path

import pytest
from defining_ground import (
    define_factors,
    editor_on,
    faults_of,
    register_sample,
    register_small,
    row_counts,
)

from catalog.database import Database
from catalog.naming import set_archived
from catalog.reading import tags_of
from domain.definitions import FactorDefinition, FactorRevision
from domain.errors import ConflictError, NameTakenError, NotFoundError
from domain.expression import InvalidExpressionError
from domain.input_issues import InvalidInputError
from resolvers.defining.factors import create_factor, update_factor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def catalogue(database: Database, sample_directory: Path) -> Database:
    await register_sample(database, sample_directory)
    return database


async def refusal(database: Database, definition: FactorDefinition) -> dict[str, str]:
    """What is wrong with a definition, by path; nothing of it is kept."""
    before = await row_counts(database)
    with pytest.raises((InvalidInputError, InvalidExpressionError, NotFoundError)) as refused:
        await create_factor(definition, editor_on(database))
    assert await row_counts(database) == before
    return faults_of(refused.value)


async def test_a_factor_is_kept_as_written_and_as_read(catalogue: Database) -> None:
    definition = FactorDefinition(
        name="momentum",
        expression="$close / Ref($close, 20) - 1",
        description="A month's return.",
        tags=("price", "price", "monthly"),
    )
    factor = await create_factor(definition, editor_on(catalogue))
    assert (factor.name, factor.version, factor.created_by) == ("momentum", 1, "ada")
    assert factor.description == "A month's return."
    assert factor.spec.expression == "$close / Ref($close, 20) - 1"
    assert factor.spec.canonical == "Sub(Div($close,Ref($close,20)),1)"
    assert (factor.spec.input_fields, factor.spec.lookback_days) == (("close",), 20)
    async with catalogue.read() as session:
        assert (await tags_of(session, [factor.name_id]))[factor.name_id] == ("monthly", "price")


async def test_a_factor_that_looks_ahead_is_flagged(catalogue: Database) -> None:
    definition = FactorDefinition(name="oracle", expression="Ref($close,-2)/$close")
    factor = await create_factor(definition, editor_on(catalogue))
    assert factor.spec.looks_ahead


async def test_before_any_market_standard_fields_are_known(database: Database) -> None:
    await create_factor(FactorDefinition(name="a", expression="$vwap"), editor_on(database))
    found = await refusal(database, FactorDefinition(name="b", expression="$pe"))
    assert "no field '$pe'" in found["input.expression"]


async def test_a_factor_may_be_written_for_another_market(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    found = await refusal(catalogue, FactorDefinition(name="value", expression="1/$pe"))
    assert "no field '$pe'" in found["input.expression"]
    there = FactorDefinition(name="value", expression="1/$pe", universe="small/both")
    assert (await create_factor(there, editor_on(catalogue))).spec.input_fields == ("pe",)


async def test_a_standard_field_that_the_market_lacks_is_taken(
    database: Database, tmp_path: Path
) -> None:
    await register_small(database, tmp_path / "small")
    factor = FactorDefinition(name="a", expression="$close/$vwap")
    assert (await create_factor(factor, editor_on(database))).version == 1


WRONG_EXPRESSIONS = [
    ("$close +", 8, 8, "Expected a field"),
    ("Meen($close, 5)", 0, 4, "Did you mean Mean?"),
    ("$close/$clsoe", 7, 13, "Did you mean $close?"),
    ("Mean($close, 6000)", 13, 17, "from 1 to 5000"),
    ("__import__('os')", 11, 15, "there are no strings"),
]


async def test_a_wrong_expression_is_refused_with_its_place(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    for expression, start, end, words in WRONG_EXPRESSIONS:
        definition = FactorDefinition(name="wrong", expression=expression)
        with pytest.raises(InvalidExpressionError) as refused:
            await create_factor(definition, editor_on(catalogue))
        assert (refused.value.start, refused.value.end) == (start, end)
        assert refused.value.field == "input.expression"
        assert words in refused.value.message
    assert await row_counts(catalogue) == before


async def test_what_the_market_has_too_little_of_is_refused(
    database: Database, tmp_path: Path
) -> None:
    await register_small(database, tmp_path / "small")
    for text, words in (
        ("Ref($close, 4999)", "Ref spans 5,000 trading days here, and the market has"),
        ("CSNeutralize($close, sector)", "No member of the universe has a sector"),
    ):
        found = await refusal(database, FactorDefinition(name="a", expression=text))
        assert words in found["input.expression"]


async def test_an_unknown_universe_is_not_found(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    definition = FactorDefinition(name="a", expression="$close", universe="us6")
    with pytest.raises(NotFoundError, match="sample/us5") as refused:
        await create_factor(definition, editor_on(catalogue))
    assert refused.value.field == "input.universe"
    assert await row_counts(catalogue) == before


async def test_a_taken_name_is_refused_with_what_has_it(catalogue: Database) -> None:
    first = await create_factor(
        FactorDefinition(name="a", expression="$close"), editor_on(catalogue)
    )
    before = await row_counts(catalogue)
    for archived in (False, True):
        async with catalogue.begin() as session:
            await set_archived(session, first.name_id, archived)
        with pytest.raises(NameTakenError) as refused:
            await create_factor(
                FactorDefinition(name="a", expression="$open"), editor_on(catalogue)
            )
        assert (refused.value.entity_id, refused.value.field) == (first.id, "input.name")
        assert ("archived" in refused.value.message) is archived
    assert await row_counts(catalogue) == before


async def test_of_two_who_take_a_name_at_once_one_gets_it(catalogue: Database) -> None:
    definitions = [FactorDefinition(name="a", expression=text) for text in ("$close", "$open")]
    outcomes = await asyncio.gather(
        *(create_factor(definition, editor_on(catalogue)) for definition in definitions),
        return_exceptions=True,
    )
    assert sorted(isinstance(outcome, NameTakenError) for outcome in outcomes) == [False, True]


async def test_everything_wrong_is_told_at_once(catalogue: Database) -> None:
    definition = FactorDefinition(
        name="1st",
        expression="$close +",
        universe="us6",
        description="zero \x00",
        tags=("fine", " "),
    )
    found = await refusal(catalogue, definition)
    assert list(found) == [
        "input.name",
        "input.description",
        "input.tags",
        "input.universe",
        "input.expression",
    ]
    assert "begin with a letter" in found["input.name"]


async def test_a_taken_name_is_told_with_the_rest(catalogue: Database) -> None:
    await create_factor(FactorDefinition(name="a", expression="$close"), editor_on(catalogue))
    found = await refusal(catalogue, FactorDefinition(name="a", expression="$close +"))
    assert list(found) == ["input.name", "input.expression"]


async def test_an_ambiguous_universe_is_an_issue(
    catalogue: Database, sample_directory: Path
) -> None:
    await register_sample(catalogue, sample_directory, "copy")
    found = await refusal(
        catalogue, FactorDefinition(name="a", expression="$close", universe="us5")
    )
    assert "write copy/us5 or sample/us5" in found["input.universe"]


async def test_an_edit_makes_the_next_version(catalogue: Database) -> None:
    await define_factors(catalogue)
    revision = FactorRevision(name="range", expected_version=1, expression="$high-$low")
    factor = await update_factor(revision, editor_on(catalogue))
    assert (factor.version, factor.spec.canonical) == (2, "Sub($high,$low)")


async def test_an_edit_that_changes_nothing_is_the_version_that_is_there(
    catalogue: Database,
) -> None:
    await define_factors(catalogue)
    before = await row_counts(catalogue)
    same = FactorRevision(name="range", expression="Div( $high , $low )")
    assert (await update_factor(same, editor_on(catalogue))).version == 1
    assert (await update_factor(FactorRevision(name="range"), editor_on(catalogue))).version == 1
    assert await row_counts(catalogue) == before


async def test_what_an_edit_leaves_out_stays(catalogue: Database) -> None:
    await define_factors(catalogue)
    described = FactorRevision(name="range", description="High over low.")
    factor = await update_factor(described, editor_on(catalogue))
    assert (factor.version, factor.spec.canonical) == (2, "Div($high,$low)")
    other = FactorRevision(name="range", expression="$high-$low")
    assert (await update_factor(other, editor_on(catalogue))).description == "High over low."


async def test_an_edit_of_an_older_version_is_a_conflict(catalogue: Database) -> None:
    await define_factors(catalogue)
    await update_factor(FactorRevision(name="range", expression="$high"), editor_on(catalogue))
    before = await row_counts(catalogue)
    late = FactorRevision(name="range", expected_version=1, expression="$low")
    with pytest.raises(ConflictError, match="version 2 is the latest") as refused:
        await update_factor(late, editor_on(catalogue))
    assert refused.value.field == "input.expectedVersion"
    assert await row_counts(catalogue) == before


async def test_edits_that_race_make_one_version_each(catalogue: Database) -> None:
    await define_factors(catalogue)
    edits = [FactorRevision(name="range", expression=f"Ref($high,{n})/$low") for n in range(1, 5)]
    made = await asyncio.gather(*(update_factor(edit, editor_on(catalogue)) for edit in edits))
    assert sorted(factor.version for factor in made) == [2, 3, 4, 5]


async def test_edits_that_race_lose_nothing_of_each_other(catalogue: Database) -> None:
    await define_factors(catalogue)
    one = FactorRevision(name="range", expression="$high-$low")
    other = FactorRevision(name="range", description="A day's range.")
    made = await asyncio.gather(*(update_factor(e, editor_on(catalogue)) for e in (one, other)))
    newest = max(made, key=lambda factor: factor.version)
    assert newest.version == 3
    assert (newest.spec.canonical, newest.description) == ("Sub($high,$low)", "A day's range.")


async def test_an_edit_of_nothing_is_not_found(catalogue: Database) -> None:
    await define_factors(catalogue)
    with pytest.raises(NotFoundError, match="reversal") as refused:
        await update_factor(FactorRevision(name="reversl"), editor_on(catalogue))
    assert refused.value.field == "input.name"


async def test_a_wrong_edit_leaves_the_version_that_is_there(catalogue: Database) -> None:
    await define_factors(catalogue)
    before = await row_counts(catalogue)
    with pytest.raises(InvalidExpressionError) as refused:
        await update_factor(FactorRevision(name="range", expression="$high/"), editor_on(catalogue))
    assert refused.value.field == "input.expression"
    assert await row_counts(catalogue) == before
