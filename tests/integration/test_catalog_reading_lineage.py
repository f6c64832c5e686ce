"""The lineage holds exact degrees, whatever the shape of the graph."""

from collections import Counter, deque
from random import Random

import pytest
from catalog_builder import CatalogBuilder, counted_statements

from catalog.database import Database
from catalog.lineage import walk
from domain.errors import BadInputError, NotFoundError
from domain.names import EntityKind
from domain.walks import LineageDirection, LineageNode, LineageWalk

pytestmark = pytest.mark.anyio

UP, DOWN, BOTH = LineageDirection.UPSTREAM, LineageDirection.DOWNSTREAM, LineageDirection.BOTH
Edges = list[tuple[int, int]]


async def graph(database: Database, names: str, *edges: str) -> dict[str, int]:
    """Factors of one letter each (capitals are models) and edges such as `ab`."""
    async with database.begin() as session:
        build = CatalogBuilder(session)
        rows = {
            name: await build.entity("MODEL" if name.isupper() else "FACTOR", name)
            for name in names
        }
        await build.edges(*((rows[edge[0]], rows[edge[1]]) for edge in edges))
    return rows


def degrees(found: LineageWalk, rows: dict[str, int]) -> dict[str, int]:
    """Degrees by name, in the order of the nodes."""
    names = {row: name for name, row in rows.items()}
    return {names[node.entity_id]: node.degree for node in found.nodes}


async def test_the_degree_is_the_shortest_distance(database: Database) -> None:
    rows = await graph(database, "abcde", "ab", "bc", "cd", "ad", "de")
    async with database.read() as session:
        found = await walk(session, rows["a"], DOWN, 10)
    assert degrees(found, rows) == {"a": 0, "b": 1, "d": 1, "c": 2, "e": 2}
    assert [node.direction for node in found.nodes] == [BOTH, DOWN, DOWN, DOWN, DOWN]
    assert len(found.edges) == 5
    assert not found.is_partial
    assert {node.hidden_neighbours for node in found.nodes} == {0}


async def test_the_depth_is_a_number_of_steps(database: Database) -> None:
    rows = await graph(database, "abcd", "ab", "bc", "cd")
    async with database.read() as session:
        for depth in range(5):
            found = await walk(session, rows["a"], DOWN, depth)
            assert len(found.nodes) == min(depth, 3) + 1
        beyond = await walk(session, rows["a"], DOWN, 1)
    assert [node.hidden_neighbours for node in beyond.nodes] == [0, 1]
    assert not beyond.is_partial


async def test_both_directions_never_turn(database: Database) -> None:
    rows = await graph(database, "abcxy", "ab", "bc", "xb", "xy")
    async with database.read() as session:
        found = await walk(session, rows["b"], BOTH, 5)
    assert degrees(found, rows) == {"b": 0, "a": 1, "c": 1, "x": 1}
    by_row = {node.entity_id: node for node in found.nodes}
    assert [by_row[rows[name]].direction for name in "baxc"] == [BOTH, UP, UP, DOWN]
    assert by_row[rows["x"]].hidden_neighbours == 1  # y


async def test_a_cycle_ends(database: Database) -> None:
    rows = await graph(database, "abc", "ab", "bc", "ca", "aa")
    async with database.read() as session:
        down = await walk(session, rows["a"], DOWN, 100)
        both = await walk(session, rows["a"], BOTH, 100)
    assert degrees(down, rows) == {"a": 0, "b": 1, "c": 2}
    assert degrees(both, rows) == {"a": 0, "b": 1, "c": 1}
    assert {node.direction for node in both.nodes} == {BOTH}
    assert {node.hidden_neighbours for node in both.nodes} == {0}


async def test_kinds_filter_what_is_shown_not_what_is_walked(database: Database) -> None:
    rows = await graph(database, "aBcD", "aB", "Bc", "cD", "aD")
    async with database.read() as session:
        found = await walk(session, rows["a"], DOWN, 5, kinds=[EntityKind.FACTOR])
        models = await walk(session, rows["a"], DOWN, 5, kinds=[EntityKind.MODEL])
        nothing = await walk(session, rows["a"], DOWN, 5, kinds=[])
    assert degrees(found, rows) == {"a": 0, "c": 2}
    assert found.counts_by_kind == {EntityKind.FACTOR: 2}
    assert found.edges == ()
    assert [node.hidden_neighbours for node in found.nodes] == [2, 2]
    assert degrees(models, rows) == {"a": 0, "B": 1, "D": 1}
    assert models.counts_by_kind == {EntityKind.FACTOR: 1, EntityKind.MODEL: 2}
    assert degrees(nothing, rows) == {"a": 0}


async def test_the_limit_cuts_by_degree_then_name(database: Database) -> None:
    rows = await graph(database, "adcbzyX", "ad", "ac", "ab", "dz", "cy", "bX")
    async with database.read() as session:
        for limit, names in ((0, "a"), (2, "abc"), (4, "abcdX"), (5, "abcdXy"), (6, "abcdXyz")):
            found = await walk(session, rows["a"], DOWN, 9, limit=limit)
            assert "".join(degrees(found, rows)) == names
            assert found.is_partial == (limit < 6)
            assert found.counts_by_kind == {EntityKind.FACTOR: 6, EntityKind.MODEL: 1}
        cut = await walk(session, rows["a"], DOWN, 9, limit=2)
    assert [node.hidden_neighbours for node in cut.nodes] == [1, 1, 1]
    assert len(cut.edges) == 2


async def test_two_relations_between_two_make_one_neighbour(database: Database) -> None:
    rows = await graph(database, "ab", "ab")
    async with database.begin() as session:
        await CatalogBuilder(session).edges((rows["a"], rows["b"]), relation="BASE_OF")
    async with database.read() as session:
        alone = await walk(session, rows["a"], UP, 3)
        found = await walk(session, rows["a"], DOWN, 3)
    assert alone.nodes == (LineageNode(rows["a"], 0, BOTH, 1),)
    assert [edge.relation for edge in found.edges] == ["BASE_OF", "INPUT_OF"]


async def test_what_cannot_be_walked_is_refused(database: Database) -> None:
    rows = await graph(database, "a")
    async with database.read() as session:
        with pytest.raises(BadInputError, match="maxDepth is -1; give 0 or more"):
            await walk(session, rows["a"], max_depth=-1)
        with pytest.raises(BadInputError, match="limit is -1; give 0 or more"):
            await walk(session, rows["a"], limit=-1)
        with pytest.raises(NotFoundError):
            await walk(session, 10**17)


def shortest(edges: Edges, root: int, depth: int) -> dict[int, int]:
    """Distances by the book: a queue, and each node once."""
    after: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
    found, queue = {root: 0}, deque([root])
    while queue:
        here = queue.popleft()
        if found[here] < depth:
            for there in after.get(here, []):
                if there not in found:
                    found[there] = found[here] + 1
                    queue.append(there)
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_a_walk_agrees_with_a_search_by_the_book(database: Database, seed: int) -> None:
    chance = Random(seed)
    async with database.begin() as session:
        build = CatalogBuilder(session)
        rows = [await build.entity("FACTOR", f"F{number}") for number in range(80)]
        pairs = {(chance.choice(rows), chance.choice(rows)) for _ in range(130)}  # with cycles
        await build.edges(*pairs)
    edges = sorted(pairs)
    async with database.read() as session:
        for root in rows[:4]:
            found = await walk(session, root, DOWN, 4)
            expected = shortest(edges, root, 4)
            assert {node.entity_id: node.degree for node in found.nodes} == expected
            kept = [edge for edge in edges if expected.keys() >= set(edge)]
            assert [(edge.source_id, edge.target_id) for edge in found.edges] == kept
            hidden = Counter(
                here
                for here, there in {*edges, *((b, a) for a, b in edges)}
                if here in expected and there not in expected
            )
            for node in found.nodes:
                assert node.hidden_neighbours == hidden[node.entity_id]
            upward = await walk(session, root, UP, 4)
            backwards = [(target, source) for source, target in edges]
            assert {node.entity_id: node.degree for node in upward.nodes} == shortest(
                backwards, root, 4
            )


async def test_the_statements_grow_with_the_depth_only(database: Database) -> None:
    async with database.begin() as session:
        build = CatalogBuilder(session)
        root = await build.entity("FACTOR", "root")
        small = await build.entity("FACTOR", "small")
        leaves = [await build.entity("FACTOR", f"F{number}") for number in range(60)]
        await build.edges((small, leaves[0]), *((root, leaf) for leaf in leaves))
    async with database.read() as session:
        with counted_statements(database) as few:
            await walk(session, small, DOWN, 3)
        with counted_statements(database) as many:
            await walk(session, root, DOWN, 3)
    assert len(few) == len(many) == 6  # two levels, kinds, names, edges, neighbours
