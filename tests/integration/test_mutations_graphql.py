"""Mutations as clients send them: what they return, what they refuse, and that nothing computes."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from defining_ground import LAST_DAY, define_factors, register_sample, register_small, row_counts

from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from compute.executor import Report
from domain.work import Outcome, Work
from resolvers.asking import Asking
from resolvers.facts import Facts
from resolvers.running import Runner
from resolvers.services import Limits, Services
from schema.context import Context
from schema.schema import schema

pytestmark = pytest.mark.anyio

PROBLEM = """
    __typename
    ... on Problem { message field }
    ... on InvalidInput { issues { message field } }
    ... on NameTaken { existing { __typename name version } }
"""
PLACE = "... on InvalidExpression { start end }"
FACTOR = f"""mutation($input: CreateFactorInput!) {{ made: createFactor(input: $input) {{
    {PROBLEM} {PLACE}
    ... on Factor {{
        name version createdBy tags description expression canonicalExpression looksAhead
    }}
}} }}"""
FACTOR_SET = f"""mutation($input: CreateFactorSetInput!) {{
    made: createFactorSet(input: $input) {{
        {PROBLEM} ... on FactorSet {{ name version factors {{ nodes {{ name }} }} }}
    }}
}}"""
MODEL_FIELDS = """... on Model {
    name version kind parameters seed label processors
    factorSet { name version } universe { name }
    segments { train { start end } valid { start end } test { start end } }
}"""
MODEL = f"""mutation($input: CreateModelInput!) {{
    made: createModel(input: $input) {{ {PROBLEM} {PLACE} {MODEL_FIELDS} }}
}}"""
BACKTEST_FIELDS = """... on Backtest {
    name version benchmark account universe { name } period { start end }
    signal { __typename ... on Model { name } ... on Factor { name } }
    strategy { kind topk nDrop parameters }
    exchange { dealPrice openCost closeCost minCost limitThreshold tradeUnit }
}"""
BACKTEST = f"""mutation($input: CreateBacktestInput!) {{
    made: createBacktest(input: $input) {{ {PROBLEM} {BACKTEST_FIELDS} }}
}}"""
EDIT_BACKTEST = f"""mutation($input: UpdateBacktestInput!) {{
    made: updateBacktest(input: $input) {{ {PROBLEM} {BACKTEST_FIELDS} }}
}}"""

SEGMENTS = {
    "train": {"start": "2005-01-03", "end": "2008-12-31"},
    "valid": {"start": "2009-01-02", "end": "2009-12-31"},
    "test": {"start": "2010-01-04", "end": str(LAST_DAY)},
}
TREES = {"name": "trees", "factorSet": "pair", "segments": SEGMENTS}


class IdleExecutor:
    """Workers that nobody may ask anything: to define is not to compute."""

    workers = 1

    async def run(self, work: Work, *, key: str, report: Report) -> Outcome:
        """Compute nothing."""
        raise AssertionError(f"nothing should compute, and {work} was asked for")

    async def close(self) -> None:
        """There is nothing to close."""


class Client:
    """Sends one operation after the other, each with a context of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def send(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        context = Context(self.services, Asking("ada", deadline=0.0))
        answer = await schema.execute(document, variables, context_value=context)
        assert answer.errors is None
        assert answer.data is not None
        return answer.data

    async def make(self, document: str, **given: Any) -> dict[str, Any]:
        """What became of one input."""
        made: dict[str, Any] = (await self.send(document, input=given))["made"]
        return made


@pytest.fixture
async def client(
    database: Database, sample_directory: Path, tmp_path: Path
) -> AsyncIterator[Client]:
    await register_sample(database, sample_directory)
    await define_factors(database)
    store = LocalArtifacts(tmp_path / "artifacts")
    runner = Runner(database, store, IdleExecutor(), "this-server")
    yield Client(Services(database, store, Facts(), runner, Limits()))
    await runner.close()


async def test_research_is_defined_from_a_factor_to_a_backtest(client: Client) -> None:
    factor = await client.make(
        FACTOR,
        name="momentum",
        expression="$close/Ref($close, 20)-1",
        description="A month's return.",
        tags=["price"],
    )
    assert factor == {
        "__typename": "Factor",
        "name": "momentum",
        "version": 1,
        "createdBy": "ada",
        "tags": ["price"],
        "description": "A month's return.",
        "expression": "$close/Ref($close, 20)-1",
        "canonicalExpression": "Sub(Div($close,Ref($close,20)),1)",
        "looksAhead": False,
    }
    factor_set = await client.make(
        FACTOR_SET, name="trio", factors=["momentum", "range", "reversal"]
    )
    names = [node["name"] for node in factor_set["factors"]["nodes"]]
    assert names == ["momentum", "range", "reversal"]
    model = await client.make(
        MODEL, name="trees", factorSet="trio", segments=SEGMENTS, parameters={"num_leaves": 7}
    )
    assert (model["kind"], model["seed"], model["segments"]) == ("LIGHTGBM", 0, SEGMENTS)
    assert (model["parameters"]["num_leaves"], model["parameters"]["max_depth"]) == (7, -1)
    assert (model["factorSet"], model["universe"]) == (
        {"name": "trio", "version": 1},
        {"name": "us5"},
    )
    backtest = await client.make(BACKTEST, name="trading", signal="trees")
    assert backtest["signal"] == {"__typename": "Model", "name": "trees"}
    assert backtest["period"] == {"start": "2010-01-04", "end": "2013-02-28"}
    assert (backtest["benchmark"], backtest["account"]) == ("SPX", 1e8)
    assert (backtest["strategy"]["topk"], backtest["strategy"]["nDrop"]) == (1, 1)
    assert backtest["exchange"] == {
        "dealPrice": "CLOSE",
        "openCost": 0.0005,
        "closeCost": 0.0015,
        "minCost": 5.0,
        "limitThreshold": None,
        "tradeUnit": None,
    }
    runs = await client.send("{ runs { totalCount } }")
    assert runs == {"runs": {"totalCount": 0}}


async def test_parameters_may_be_written_in_the_document_itself(client: Client) -> None:
    document = f"""mutation {{ made: createModel(input: {{
        name: "trees", factorSet: "pair", parameters: {{num_leaves: 5}}, segments: {{
            train: {{start: "2005-01-03", end: "2008-12-31"}}
            valid: {{start: "2009-01-02", end: "2009-12-31"}}
            test: {{start: "2010-01-04", end: "2012-12-31"}}
        }}
    }}) {{ {PROBLEM} {MODEL_FIELDS} }} }}"""
    made = (await client.send(document))["made"]
    assert (made["__typename"], made["parameters"]["num_leaves"]) == ("Model", 5)


async def test_null_and_left_out_are_told_apart_where_null_says_something(
    client: Client, tmp_path: Path
) -> None:
    await register_small(client.services.database, tmp_path / "small")
    there = {"signal": "range", "universe": "both"}
    left_out = await client.make(BACKTEST, name="a", **there, exchange={"minCost": 1})
    rules = left_out["exchange"]
    assert (rules["minCost"], rules["limitThreshold"], rules["tradeUnit"]) == (1.0, 0.095, 100)
    null = await client.make(
        BACKTEST, name="b", **there, exchange={"limitThreshold": None, "tradeUnit": None}
    )
    assert (null["exchange"]["limitThreshold"], null["exchange"]["tradeUnit"]) == (None, None)
    none = await client.make(BACKTEST, name="c", signal="range", benchmark=None)
    own = await client.make(BACKTEST, name="d", signal="range", description=None, account=None)
    assert (none["benchmark"], own["benchmark"], own["account"]) == (None, "SPX", 1e8)


async def test_an_edit_of_a_backtest_keeps_what_it_leaves_out(client: Client) -> None:
    await client.make(MODEL, **TREES)
    first = await client.make(
        BACKTEST, name="b", signal="trees", exchange={"limitThreshold": 0.2}, benchmark="IBM"
    )
    second = await client.make(EDIT_BACKTEST, name="b", expectedVersion=1, strategy={"topk": 3})
    assert second == first | {"version": 2, "strategy": first["strategy"] | {"topk": 3}}
    third = await client.make(EDIT_BACKTEST, name="b", benchmark=None)
    assert third == second | {"version": 3, "benchmark": None}
    again = await client.make(EDIT_BACKTEST, name="b", benchmark=None)
    assert again == third


async def test_every_definition_can_be_edited(client: Client) -> None:
    await client.make(MODEL, **TREES)
    data = await client.send(
        """mutation {
            factor: updateFactor(input: {name: "range", expression: "$high - $low"}) {
                ... on Factor { version canonicalExpression }
            }
            factorSet: updateFactorSet(input: {name: "pair", factors: ["range"]}) {
                ... on FactorSet { version factors { nodes { name version } } }
            }
            model: updateModel(input: {name: "trees", factorSet: "pair", seed: 7}) {
                ... on Model { version seed factorSet { version factors { totalCount } } }
            }
        }"""
    )
    assert data == {
        "factor": {"version": 2, "canonicalExpression": "Sub($high,$low)"},
        "factorSet": {"version": 2, "factors": {"nodes": [{"name": "range", "version": 2}]}},
        "model": {
            "version": 2,
            "seed": 7,
            "factorSet": {"version": 2, "factors": {"totalCount": 1}},
        },
    }


async def test_every_problem_has_its_type(client: Client) -> None:
    before = await row_counts(client.services.database)
    taken = await client.make(FACTOR, name="range", expression="$close")
    assert taken["__typename"] == "NameTaken"
    assert taken["existing"] == {"__typename": "Factor", "name": "range", "version": 1}
    wrong = await client.make(FACTOR, name="a", expression="$close/$opne")
    assert (wrong["__typename"], wrong["field"]) == ("InvalidExpression", "input.expression")
    assert (wrong["start"], wrong["end"]) == (7, 12)
    missing = await client.make(FACTOR_SET, name="a", factors=["range", "none"])
    assert (missing["__typename"], missing["field"]) == ("NotFound", "input.factors[1]")
    ahead = await client.make(FACTOR_SET, name="a", factors=["oracle"])
    assert (ahead["__typename"], ahead["field"]) == ("InvalidInput", "input.factors[0]")
    assert "oracle" in ahead["message"]
    conflict = (
        await client.send(
            f"""mutation {{ made: updateFactor(input: {{name: "range", expectedVersion: 2}}) {{
                {PROBLEM}
            }} }}"""
        )
    )["made"]
    assert (conflict["__typename"], conflict["field"]) == ("Conflict", "input.expectedVersion")
    label = await client.make(MODEL, **TREES, label="$clsoe")
    assert (label["__typename"], label["field"]) == ("InvalidExpression", "input.label")
    assert await row_counts(client.services.database) == before


async def test_all_issues_come_at_once(client: Client) -> None:
    before = await row_counts(client.services.database)
    late = SEGMENTS | {"test": {"start": "2009-06-01", "end": "2020-01-01"}}
    made = await client.make(
        MODEL,
        name="1",
        factorSet="none",
        segments=late,
        seed=-1,
        label="$close",
        parameters={"leaves": 1},
    )
    assert (made["__typename"], made["field"]) == ("InvalidInput", None)
    assert [issue["field"] for issue in made["issues"]] == [
        "input.name",
        "input.factorSet",
        "input.label",
        "input.segments.test.start",
        "input.segments.test.end",
        "input.parameters.leaves",
        "input.seed",
    ]
    assert all(issue["message"] in made["message"] for issue in made["issues"])
    await client.make(MODEL, **TREES)
    trading = await client.make(
        BACKTEST,
        name="b",
        signal="trees",
        period={"start": "2009-01-02", "end": str(LAST_DAY)},
        strategy={"topk": 9, "nDrop": 10},
        exchange={"openCost": -1},
        benchmark="SPY",
        account=0,
    )
    assert [issue["field"] for issue in trading["issues"]] == [
        "input.period.end",
        "input.period.start",
        "input.strategy.nDrop",
        "input.strategy.topk",
        "input.exchange.openCost",
        "input.account",
        "input.benchmark",
    ]
    after = await row_counts(client.services.database)
    assert after[1] == before[1] + 1  # the model that was right


async def test_marks_are_read_back_in_the_same_operation(client: Client) -> None:
    found = await client.send('{ factor(name: "range") { id tags archivedAt } }')
    factor = found["factor"]["id"]
    data = await client.send(
        """mutation($id: ID!) {
            first: tagEntity(id: $id, add: ["a", "b"]) { ... on Factor { tags } }
            second: tagEntity(id: $id, add: ["c"], remove: ["a"]) { ... on Factor { tags } }
            away: archiveEntity(id: $id) { ... on Factor { version archivedAt } }
            back: archiveEntity(id: $id, archived: false) { ... on Factor { archivedAt } }
            wrong: tagEntity(id: "range", add: [""]) {
                ... on InvalidInput { issues { field } }
            }
            missing: archiveEntity(id: "_RkFDVE9SOjk5OTk5") { __typename }
        }""",
        id=factor,
    )
    assert data["first"] == {"tags": ["a", "b"]}
    assert data["second"] == {"tags": ["b", "c"]}
    assert data["away"]["version"] == 1
    assert data["away"]["archivedAt"] is not None
    assert data["back"] == {"archivedAt": None}
    assert data["wrong"] == {"issues": [{"field": "id"}, {"field": "add"}]}
    assert data["missing"] == {"__typename": "NotFound"}


async def test_later_fields_see_what_earlier_ones_wrote(client: Client) -> None:
    data = await client.send(
        """mutation {
            none: createFactorSet(input: {name: "later", factors: ["late"]}) { __typename }
            late: createFactor(input: {name: "late", expression: "$close"}) {
                ... on Factor { versions { version } }
            }
            set: createFactorSet(input: {name: "later", factors: ["late"]}) {
                ... on FactorSet { factors { nodes { name } } }
            }
            next: updateFactor(input: {name: "late", expression: "$open"}) {
                ... on Factor { isLatest versions { version } }
            }
        }"""
    )
    assert data == {
        "none": {"__typename": "NotFound"},
        "late": {"versions": [{"version": 1}]},
        "set": {"factors": {"nodes": [{"name": "late"}]}},
        "next": {"isLatest": True, "versions": [{"version": 2}, {"version": 1}]},
    }


async def test_what_no_client_can_mend_is_an_error_and_no_problem(
    client: Client, tmp_path: Path
) -> None:
    await register_small(client.services.database, tmp_path / "small")
    rmtree(tmp_path / "small")
    context = Context(client.services, Asking("ada", deadline=0.0))
    given = {"name": "b", "signal": "range", "universe": "both"}
    answer = await schema.execute(BACKTEST, {"input": given}, context_value=context)
    assert answer.errors is not None
    assert [(error.extensions or {})["code"] for error in answer.errors] == ["DATA_DIRECTORY"]


def test_everything_of_the_inputs_is_described() -> None:
    types = schema._schema.type_map
    names = [name for name in types if name.endswith("Input") or name.endswith("Result")]
    assert len(names) > 12
    for name in names:
        assert types[name].description, name
        for field_name, field in getattr(types[name], "fields", {}).items():
            assert field.description, f"{name}.{field_name}"
    for name, field in types["Mutation"].fields.items():  # type: ignore[attr-defined]
        assert field.description, name
        assert all(argument.description for argument in field.args.values()), name
