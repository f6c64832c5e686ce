"""Tags and archival belong to a name, whichever of its versions is pointed at."""

import pytest
from defining_ground import define_factors, editor_on, faults_of, row_counts

from catalog.database import Database
from catalog.reading import tags_of
from domain.definitions import FactorRevision
from domain.errors import NotFoundError
from domain.ids import NodeId, NodeKind
from domain.input_issues import InvalidInputError
from domain.names import EntityKind
from domain.records import AnyEntity
from resolvers.defining.factors import update_factor
from resolvers.defining.marking import archive_entity, tag_entity

pytestmark = pytest.mark.anyio


@pytest.fixture
async def catalogue(database: Database) -> Database:
    await define_factors(database)
    return database


async def range_factor(database: Database) -> AnyEntity:
    return await editor_on(database).lookups.resolve(EntityKind.FACTOR, "range:1")


def id_of(record: AnyEntity) -> str:
    return str(NodeId(NodeKind(record.kind.value), record.id))


async def test_tags_come_and_go_with_the_name(catalogue: Database) -> None:
    first = await range_factor(catalogue)
    await update_factor(FactorRevision(name="range", expression="$high"), editor_on(catalogue))
    tagged = await tag_entity(id_of(first), ["b", "a"], [], editor_on(catalogue))
    assert (tagged.id, tagged.version) == (first.id, 1)
    await tag_entity(id_of(first), ["c", "a"], ["b", "a", "never"], editor_on(catalogue))
    async with catalogue.read() as session:
        assert (await tags_of(session, [first.name_id]))[first.name_id] == ("a", "c")


async def test_archival_keeps_its_first_moment_and_can_be_undone(catalogue: Database) -> None:
    factor = id_of(await range_factor(catalogue))
    archived = await archive_entity(factor, True, editor_on(catalogue))
    again = await archive_entity(factor, True, editor_on(catalogue))
    assert archived.archived_at is not None
    assert again.archived_at == archived.archived_at
    assert (await archive_entity(factor, False, editor_on(catalogue))).archived_at is None


async def test_a_set_and_its_factors_are_archived_apart(catalogue: Database) -> None:
    pair = await editor_on(catalogue).lookups.resolve(EntityKind.FACTOR_SET, "pair")
    await archive_entity(id_of(pair), True, editor_on(catalogue))
    assert (await range_factor(catalogue)).archived_at is None


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ("range", "not an id"),
        ("_range", "not an id"),
        (str(NodeId(NodeKind.INSTRUMENT, 1)), "id of an instrument"),
        (str(NodeId(NodeKind.RUN, 1)), "id of a run"),
    ],
)
async def test_what_is_no_entity_is_refused(catalogue: Database, entity: str, words: str) -> None:
    for refused_by in (
        tag_entity(entity, ["a"], [], editor_on(catalogue)),
        archive_entity(entity, True, editor_on(catalogue)),
    ):
        with pytest.raises(InvalidInputError) as refused:
            await refused_by
        assert list(faults_of(refused.value)) == ["id"]
        assert words in refused.value.message


async def test_an_id_of_nothing_is_not_found(catalogue: Database) -> None:
    factor = await range_factor(catalogue)
    for missing in (NodeId(NodeKind.FACTOR, 10**12), NodeId(NodeKind.MODEL, factor.id)):
        with pytest.raises(NotFoundError) as refused:
            await tag_entity(str(missing), ["a"], [], editor_on(catalogue))
        assert refused.value.field == "id"
        with pytest.raises(NotFoundError):
            await archive_entity(str(missing), True, editor_on(catalogue))


async def test_wrong_tags_are_refused_with_the_id(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    with pytest.raises(InvalidInputError) as refused:
        await tag_entity("range", ["fine", ""], [], editor_on(catalogue))
    assert list(faults_of(refused.value)) == ["id", "add"]
    assert await row_counts(catalogue) == before
