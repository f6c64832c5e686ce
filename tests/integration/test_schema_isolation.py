"""One field's trouble stays with it: the rows beside it and the other roots are as always."""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from schema_ground import Ground, small_ground
from sqlalchemy import update

from catalog.tables.markets import InstrumentRow
from domain.errors import EmptyDataError
from schema.schema import schema

pytestmark = pytest.mark.anyio

TYPES = schema._schema.type_map
QUERY = schema._schema.query_type
COMPUTING = {"snapshot", "maxPoints", "horizonDays", "names"}
"""Arguments of fields that compute, read an artifact or look up what a client wrote."""
PROMISED = {("Factor", "staleness"), ("Model", "staleness"), ("Backtest", "staleness")}
"""Fields that are never null."""
STEPS = {
    ("Query", "factors"): 'factors(first: 2, filter: { tags: ["chain"] })',
    ("Query", "models"): "models(first: 2)",
    ("Query", "backtests"): "backtests(first: 2)",
    ("Query", "instruments"): "instruments(first: 2)",
    ("Query", "runs"): "runs(first: 5)",
    ("Query", "calculate"): 'calculate(expressions: ["$close", "$open"], maxPoints: 8)',
    ("Instrument", "factorValues"): 'factorValues(factor: "f1", maxPoints: 8)',
    ("Instrument", "bars"): "bars(maxPoints: 8)",
    ("Factor", "values"): "values(maxPoints: 8)",
    ("Factor", "correlations"): 'correlations(with: ["f1", "f2"])',
    ("Calculation", "correlations"): 'correlations(with: ["f1", "f2"])',
    ("Backtest", "positions"): 'positions(on: "2011-03-01")',
}
"""How steps are written that need arguments, or many rows."""
WAYS = {
    "PredictionExtension": ("models(first: 2)", "nodes", "predictions(extend: true)", "extension"),
}
"""Ways to types that only some answers of a field have."""
FEW = {"versions", "node", "nodes", "entity", "memberships", "edges", "lineage"}
FEW |= {"markets", "snapshots", "universes", "factorSets", "Factor.staleness"}
"""Steps that a way to a type does not take, as they lead to fewer than two rows.

Pages are taken by their nodes, though.
"""


def computed() -> Iterator[tuple[str, str]]:
    """Types and fields that compute, or are objects or columns which may be missing."""
    for name, type_ in TYPES.items():
        if not isinstance(type_, GraphQLObjectType) or name.startswith("__") or type_ in _roots():
            continue
        for field, details in type_.fields.items():
            computes = bool(COMPUTING & details.args.keys())
            is_read = not _is_leaf(details) or get_named_type(details.type).name.endswith("Column")
            may_miss = not is_non_null_type(details.type) and is_read
            if (computes or may_miss) and (name, field) not in PROMISED and _way_to(name):
                yield name, field


def _roots() -> tuple[Any, ...]:
    return schema._schema.query_type, schema._schema.mutation_type


def _is_leaf(field: GraphQLField) -> bool:
    return is_leaf_type(get_named_type(field.type))


def _way_to(target: str) -> tuple[str, ...] | None:
    """The steps from the root to a type, through a list of at least two rows."""
    if target in WAYS:
        return WAYS[target]
    assert QUERY is not None
    seen = {(QUERY.name, False)}
    waiting: deque[tuple[str, bool, tuple[str, ...]]] = deque([(QUERY.name, False, ())])
    while waiting:
        name, is_many, way = waiting.popleft()
        if name == target and is_many:
            return way
        type_ = TYPES[name]
        for field, details in getattr(type_, "fields", {}).items():
            step = _step(name, field, details)
            after = get_named_type(details.type).name
            many = is_many or _is_list(details)
            if step is None or _is_leaf(details) or (after, many) in seen:
                continue
            seen.add((after, many))
            waiting.append((after, many, (*way, step)))
    return None


def _step(name: str, field: str, details: GraphQLField) -> str | None:
    if (name, field) in STEPS:
        return STEPS[name, field]
    is_nodes_of_connection = field == "nodes" and name.endswith("Connection")
    if {field, f"{name}.{field}"} & FEW and not is_nodes_of_connection:
        return None
    if any(is_required_argument(argument) for argument in details.args.values()):
        return None
    return field


def _is_list(field: GraphQLField) -> bool:
    type_ = field.type.of_type if is_non_null_type(field.type) else field.type
    return is_list_type(type_)


def question(name: str, field: str) -> str:
    """Asks for the field, beside another of its row, in two rows, beside another root."""
    details = TYPES[name].fields[field]
    asked = STEPS.get((name, field), field)
    selection = f"{_sibling(name, field)} {asked} {_inside(details)}"
    for step in reversed(_way_to(name) or ()):
        selection = f"{step} {{ __typename {selection} }}"
    return f"{{ viewer {{ name }} {selection} }}"


def _sibling(name: str, field: str) -> str:
    leaves = (other for other, one in TYPES[name].fields.items() if _is_leaf(one) and not one.args)
    return next((other for other in leaves if other != field), "__typename")


def _inside(field: GraphQLField) -> str:
    """The least that can be selected of a field."""
    type_ = get_named_type(field.type)
    if is_leaf_type(type_):
        return ""
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return "{ __typename }"


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two answers are not the same."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name in one:
            yield from differences(one[name], other[name], f"{path}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}.{place}")
    elif one != other:
        yield path


@pytest.fixture(scope="module")
async def ground(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, sample_directory: Path
) -> AsyncIterator[Ground]:
    """Two chains, computed, so that nothing but the trouble tells two answers apart."""
    folder = tmp_path_factory.mktemp("isolation")
    async with small_ground(sqlite_template, folder, sample_directory, 2) as ground:
        async with ground.database.begin() as session:
            await session.execute(update(InstrumentRow).values(sector="Letters"))
        for _ in range(2):
            for name, field in computed():
                await ground.data(question(name, field))
        for one in ("s1", "s2"):  # so that models rest on what is no longer the newest
            edit = f'name: "{one}", factors: ["f1", "f2"]'
            await ground.data(
                f"mutation {{ updateFactorSet(input: {{ {edit} }}) {{ __typename }} }}"
            )
        yield ground


def test_what_computes_is_found() -> None:
    found = set(computed())

    assert {
        ("Factor", "values"),
        ("Factor", "evaluation"),
        ("FactorSet", "matrix"),
        ("FactorSet", "leaderboard"),
        ("FactorRanking", "evaluation"),
        ("Factor", "correlations"),
        ("Calculation", "correlations"),
        ("FactorMatrix", "preview"),
        ("Model", "training"),
        ("Model", "featureImportance"),
        ("Model", "predictions"),
        ("Model", "evaluation"),
        ("Backtest", "risk"),
        ("Backtest", "report"),
        ("Backtest", "positions"),
        ("Backtest", "trades"),
        ("Backtest", "monthlyReturns"),
        ("Backtest", "sectorExposure"),
        ("Backtest", "sectorWeights"),
        ("BacktestRisk", "drawdowns"),
        ("Instrument", "bars"),
        ("Instrument", "factorValues"),
        ("Calculation", "series"),
        ("Calculation", "evaluation"),
        ("SignalEvaluation", "daily"),
        ("SignalEvaluation", "decay"),
        ("Series", "columns"),
        ("Series", "dates"),
    } <= found


@pytest.mark.parametrize(("name", "field"), list(computed()))
async def test_trouble_in_one_row_stays_in_it(
    ground: Ground, name: str, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = question(name, field)
    untroubled = await ground.data(query)
    details = TYPES[name].fields[field]
    resolve, asked = details.resolve, []

    def fails_in_the_second_row(source: Any, info: Any, **arguments: Any) -> Any:
        asked.append(".".join(str(step) for step in info.path.as_list()))
        if len(asked) == 2:
            raise EmptyDataError("There is no data here, on purpose.")
        return resolve(source, info, **arguments)

    monkeypatch.setattr(details, "resolve", fails_in_the_second_row)
    troubled = await ground.ask(query)

    assert len(asked) >= 2, query
    assert troubled.codes == {asked[1]: "NO_DATA"}
    assert set(differences(untroubled, troubled.data)) <= {asked[1]}
    assert troubled.data["viewer"] == {"name": "ada"}


async def test_trouble_at_one_root_stays_there(ground: Ground) -> None:
    reply = await ground.ask(
        '{ one: factor(name: "f1") { name } other: factor(name: "nope") { name } '
        'nodes(ids: ["nope", "_RkFDVE9SOjE5OTk5"]) { id } markets { name } }'
    )

    assert reply.data == {
        "one": {"name": "f1"},
        "other": None,
        "nodes": [None, None],
        "markets": [{"name": "sample"}],
    }
    assert reply.codes == {"other": "NOT_FOUND", "nodes.0": "BAD_INPUT", "nodes.1": "NOT_FOUND"}


async def test_a_computation_that_fails_takes_its_field_alone(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = """{ factors(first: 2, filter: { tags: ["chain"] }) { nodes {
        name status backtests { nodes { risk { sharpe } } } %s } } }"""
    await ground.data(query % "")
    failure = EmptyDataError("There is no data here, on purpose.")
    monkeypatch.setattr(ground.executor, "failure", failure)

    reply = await ground.ask(query % "evaluation(quantiles: 3) { ic }")

    nodes = reply.data["factors"]["nodes"]
    assert [(one["name"], one["evaluation"]) for one in nodes] == [("f1", None), ("f2", None)]
    assert all(one["backtests"]["nodes"][0]["risk"]["sharpe"] for one in nodes)
    assert set(reply.codes.values()) == {"NO_DATA"}
