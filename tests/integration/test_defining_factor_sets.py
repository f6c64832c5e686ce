"""Factor sets are defined and edited: in order, none twice, none that looks ahead."""

from collections.abc import Sequence

import pytest
from defining_ground import define_factors, editor_on, faults_of, row_counts

from catalog.database import Database
from domain.definitions import (
    FactorDefinition,
    FactorRevision,
    FactorSetDefinition,
    FactorSetRevision,
)
from domain.errors import ConflictError, NameTakenError, NotFoundError
from domain.ids import NodeId, NodeKind
from domain.input_issues import InvalidInputError
from resolvers.defining.factor_sets import create_factor_set, update_factor_set
from resolvers.defining.factors import create_factor, update_factor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def catalogue(database: Database) -> Database:
    await define_factors(database)
    return database


async def refusal(database: Database, factors: Sequence[str]) -> dict[str, str]:
    """What is wrong with a set of factors, by path; nothing of it is kept."""
    before = await row_counts(database)
    with pytest.raises((InvalidInputError, NotFoundError)) as refused:
        await create_factor_set(
            FactorSetDefinition(name="new", factors=tuple(factors)), editor_on(database)
        )
    assert await row_counts(database) == before
    return faults_of(refused.value)


async def members(database: Database, factor_set: int) -> list[str]:
    """The names and versions of a set's factors."""
    factors = await editor_on(database).lookups.factors_of_set(factor_set)
    return [f"{factor.name}:{factor.version}" for factor in factors]


async def test_a_set_keeps_the_order_in_which_it_was_named(catalogue: Database) -> None:
    definition = FactorSetDefinition(name="new", factors=("reversal", "range:1"), tags=("daily",))
    made = await create_factor_set(definition, editor_on(catalogue))
    assert (made.version, made.size, made.created_by) == (1, 2, "ada")
    assert await members(catalogue, made.id) == ["reversal:1", "range:1"]


async def test_a_factor_may_be_named_by_its_id(catalogue: Database) -> None:
    factor = await create_factor(
        FactorDefinition(name="a", expression="$close"), editor_on(catalogue)
    )
    by_id = FactorSetDefinition(name="new", factors=(str(NodeId(NodeKind.FACTOR, factor.id)),))
    made = await create_factor_set(by_id, editor_on(catalogue))
    assert await members(catalogue, made.id) == ["a:1"]


async def test_an_empty_set_is_refused(catalogue: Database) -> None:
    found = await refusal(catalogue, [])
    assert "holds 1 to 2,000 factors" in found["input.factors"]


async def test_a_set_past_its_bound_is_refused(catalogue: Database) -> None:
    found = await refusal(catalogue, ["range"] * 2001)
    assert "2,001 are named" in found["input.factors"]


async def test_a_factor_that_is_not_there_is_not_found(catalogue: Database) -> None:
    found = await refusal(catalogue, ["range", "reversl"])
    assert list(found) == ["input.factors[1]"]
    assert "Near to it: reversal" in found["input.factors[1]"]


async def test_a_version_that_is_not_there_is_not_found(catalogue: Database) -> None:
    found = await refusal(catalogue, ["range:2"])
    assert "version 1 only" in found["input.factors[0]"]


async def test_a_factor_that_stands_twice_is_refused(catalogue: Database) -> None:
    found = await refusal(catalogue, ["range", "reversal", "range:1"])
    assert list(found) == ["input.factors[2]"]
    assert "at input.factors[0] already" in found["input.factors[2]"]


async def test_two_versions_of_a_factor_are_refused(catalogue: Database) -> None:
    await update_factor(FactorRevision(name="range", expression="$high"), editor_on(catalogue))
    found = await refusal(catalogue, ["range:1", "range:2"])
    assert "one version of it" in found["input.factors[1]"]


async def test_a_factor_that_looks_ahead_is_refused_by_name(catalogue: Database) -> None:
    found = await refusal(catalogue, ["range", "oracle"])
    assert list(found) == ["input.factors[1]"]
    assert "oracle:1 looks ahead" in found["input.factors[1]"]


async def test_what_is_no_factor_is_refused(catalogue: Database) -> None:
    found = await refusal(catalogue, [str(NodeId(NodeKind.MODEL, 1)), "sample/range", "a b"])
    assert "id of a model" in found["input.factors[0]"]
    assert list(found) == [f"input.factors[{place}]" for place in range(3)]


async def test_everything_wrong_is_told_at_once(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    definition = FactorSetDefinition(
        name="no good",
        factors=("nothing", "oracle", "range", "range"),
        description="\ud800",
        tags=("x" * 101,),
    )
    with pytest.raises(InvalidInputError) as refused:
        await create_factor_set(definition, editor_on(catalogue))
    assert list(faults_of(refused.value)) == [
        "input.name",
        "input.description",
        "input.tags",
        "input.factors[0]",
        "input.factors[1]",
        "input.factors[3]",
    ]
    assert await row_counts(catalogue) == before


async def test_a_taken_name_is_refused(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    with pytest.raises(NameTakenError, match="'pair' is taken"):
        await create_factor_set(
            FactorSetDefinition(name="pair", factors=("range",)), editor_on(catalogue)
        )
    assert await row_counts(catalogue) == before


async def test_an_edit_of_the_factors_makes_the_next_version(catalogue: Database) -> None:
    revision = FactorSetRevision(name="pair", factors=("range", "reversal"))
    made = await update_factor_set(revision, editor_on(catalogue))
    assert made.version == 2
    assert await members(catalogue, made.id) == ["range:1", "reversal:1"]


async def test_factors_that_an_edit_leaves_out_stay_in_their_versions(catalogue: Database) -> None:
    await update_factor(FactorRevision(name="range", expression="$high"), editor_on(catalogue))
    described = FactorSetRevision(name="pair", description="Two.")
    made = await update_factor_set(described, editor_on(catalogue))
    assert (made.version, made.description) == (2, "Two.")
    assert await members(catalogue, made.id) == ["reversal:1", "range:1"]


async def test_the_same_factors_are_the_version_that_is_there(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    same = FactorSetRevision(name="pair", factors=("reversal:1", "range"))
    assert (await update_factor_set(same, editor_on(catalogue))).version == 1
    assert await row_counts(catalogue) == before


async def test_a_wrong_edit_leaves_the_version_that_is_there(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    with pytest.raises(ConflictError):
        await update_factor_set(
            FactorSetRevision(name="pair", expected_version=2, factors=("range",)),
            editor_on(catalogue),
        )
    with pytest.raises(InvalidInputError):
        await update_factor_set(FactorSetRevision(name="pair", factors=()), editor_on(catalogue))
    with pytest.raises(NotFoundError):
        await update_factor_set(FactorSetRevision(name="trio"), editor_on(catalogue))
    assert await row_counts(catalogue) == before
