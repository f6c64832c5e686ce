"""What goes wrong is told by a code and a sentence; what is a bug is not told at all."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query
from schema_ground import Ground, small_ground

from domain.errors import ComputationFailedError, ComputingError, QatlasError
from domain.ids import NodeId, NodeKind
from resolvers.asking import Asking
from schema import preparation
from schema.context import Context
from schema.errors import told
from schema.preparation import REMEMBERED, faults, parsed
from schema.schema import schema
from schema.sizes import MAX_ALIASES, MAX_DEPTH, MAX_TOKENS, TOO_COMPLEX

pytestmark = pytest.mark.anyio

EXAMPLES = sorted((Path(__file__).parents[2] / "web" / "examples").glob("*.graphql"))


@pytest.fixture
async def ground(
    sqlite_template: Path, tmp_path: Path, sample_directory: Path
) -> AsyncIterator[Ground]:
    """One chain from a factor to a backtest."""
    async with small_ground(sqlite_template, tmp_path, sample_directory) as ground:
        yield ground


def every_error() -> list[type[QatlasError]]:
    found, waiting = [], [QatlasError]
    while waiting:
        found.append(one := waiting.pop())
        waiting += one.__subclasses__()
    return found


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_each_of_our_errors_tells_its_code(kind: type[QatlasError]) -> None:
    error = kind.__new__(kind)
    error.message, error.field = "A sentence.", "input.name"
    if isinstance(error, ComputingError | ComputationFailedError):
        error.run_id = 7
    source = GraphQLError("?", path=["factor"], original_error=error)

    formatted = told(source).formatted

    assert formatted["message"] == "A sentence."
    assert formatted["path"] == ["factor"]
    assert formatted["extensions"]["code"] == kind.code
    assert formatted["extensions"]["field"] == "input.name"
    if isinstance(error, ComputingError | ComputationFailedError):
        assert formatted["extensions"]["runId"] == str(NodeId(NodeKind.RUN, 7))


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ('{ factor(name: "nope") { name } }', "factor", "NOT_FOUND"),
        ('{ factor(name: "a b") { name } }', "factor", "BAD_INPUT"),
        ('{ factor(name: "f1", version: 9) { name } }', "factor", "NOT_FOUND"),
        ('{ market(name: "nope") { name } }', "market", "NOT_FOUND"),
        ('{ instrument(symbol: "NOPE") { symbol } }', "instrument", "NOT_FOUND"),
        ('{ node(id: "nope") { id } }', "node", "BAD_INPUT"),
        ('{ run(id: "_RkFDVE9SOjE") { id } }', "run", "BAD_INPUT"),
        ("{ calculate(expressions: []) { id } }", "calculate", "BAD_INPUT"),
        (
            '{ calculate(expressions: ["$close"], end: "1999-01-01") { id } }',
            "calculate",
            "BAD_INPUT",
        ),
        (
            '{ factor(name: "f1") { values(maxPoints: 3) { id } } }',
            "factor.values",
            "BAD_INPUT",
        ),
        (
            '{ factor(name: "f1") { values(method: NONE, maxPoints: 100) { id } } }',
            "factor.values",
            "BAD_INPUT",
        ),
        (
            '{ factor(name: "f1") { evaluation(quantiles: 0) { ic } } }',
            "factor.evaluation",
            "BAD_INPUT",
        ),
        (
            '{ factor(name: "f1") { values(instruments: ["NOPE"]) { id } } }',
            "factor.values",
            "BAD_INPUT",
        ),
        (
            '{ factor(name: "f1") { values { columns(names: ["NOPE"]) { name } } } }',
            "factor.values.columns",
            "BAD_INPUT",
        ),
        (
            '{ model(name: "m1") { featureImportance(first: 5000) { gain } } }',
            "model.featureImportance",
            "BAD_INPUT",
        ),
        (
            '{ backtest(name: "b1") { positions(on: "2011-01-01") { totalCount } } }',
            "backtest.positions",
            "BAD_INPUT",
        ),
        (
            '{ backtest(name: "b1") { trades(first: 1, last: 1) { totalCount } } }',
            "backtest.trades",
            "BAD_INPUT",
        ),
        (
            '{ backtest(name: "b1") { trades(symbol: "NOPE") { totalCount } } }',
            "backtest.trades",
            "BAD_INPUT",
        ),
        (
            '{ backtest(name: "b1") { trades(after: "nope") { totalCount } } }',
            "backtest.trades",
            "BAD_INPUT",
        ),
    ],
)
async def test_what_a_client_gets_wrong_is_told_where_it_is(
    ground: Ground, query: str, path: str, code: str
) -> None:
    reply = await ground.ask(query)

    assert reply.codes == {path: code}
    assert all(error.message.endswith(".") for error in reply.errors)


@pytest.mark.parametrize("lists", ["factors", "models", "backtests", "snapshots", "runs"])
async def test_pages_are_asked_from_one_end(ground: Ground, lists: str) -> None:
    for arguments in ("first: 1, last: 1", "first: 501", "last: -1", 'after: "nope"'):
        reply = await ground.ask(f"{{ {lists}({arguments}) {{ totalCount }} }}")
        assert list(reply.codes.values()) == ["BAD_INPUT"], arguments
        assert reply.data is None


async def test_what_is_not_there_yet_carries_its_run(ground: Ground) -> None:
    reply = await ground.ask('{ factor(name: "f1") { name evaluation { ic } } }', wait=0.0)

    assert reply.data == {"factor": {"name": "f1", "evaluation": None}}
    [error] = reply.errors
    assert error.extensions is not None
    assert error.extensions["code"] == "COMPUTING"
    run = await ground.data(
        "query Run($id: ID!) { run(id: $id) { kind } }", id=error.extensions["runId"]
    )
    assert run["run"]["kind"] == "EVALUATION"


async def test_only_what_is_kept_is_taken(ground: Ground) -> None:
    query = '{ factor(name: "f1") { evaluation { ic } } }'

    assert (await ground.ask(query, only_if_cached=True)).codes == {
        "factor.evaluation": "NOT_COMPUTED"
    }
    await ground.data(query)
    assert not (await ground.ask(query, only_if_cached=True)).errors


async def test_a_bug_is_masked_and_logged(
    ground: Ground, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = '{ factor(name: "f1") { name values { id } } }'
    await ground.data(query)

    def broken(_digest: str) -> Any:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(ground.store, "open_array", broken)

    with caplog.at_level(logging.ERROR):
        reply = await ground.ask(query)

    assert reply.data == {"factor": {"name": "f1", "values": None}}
    assert reply.codes == {"factor.values": "INTERNAL"}
    assert "1234" not in str([error.formatted for error in reply.errors])
    assert "factor.values" in caplog.text
    assert "1234" in caplog.text


async def test_what_we_say_ourselves_is_not_logged(
    ground: Ground, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await ground.ask('{ factor(name: "nope") { name } }')
        await ground.ask("{ nope }")

    assert caplog.text == ""


async def test_errors_are_told_alike_when_answers_are_streamed(ground: Ground) -> None:
    """Websockets take answers one by one, before an operation is over."""
    context = Context(ground.services, Asking("ada", float("inf")))
    stream = await schema.stream('{ factor(name: "nope") { name } }', context_value=context)

    [result] = [one async for one in stream]

    told_alike = {"code": "NOT_FOUND", "field": "name"}
    assert [error.extensions for error in result.errors] == [told_alike]


async def test_graphql_itself_speaks_as_always(ground: Ground) -> None:
    reply = await ground.ask("{ factor { nope } }")

    messages = [error.message for error in reply.errors]
    assert "Cannot query field 'nope' on type 'Factor'." in messages[0]
    assert all(not error.extensions for error in reply.errors)


@pytest.mark.parametrize(
    ("literal", "variable", "sentence"),
    [
        ('"31.01.2024"', "31.01.2024", "is no day; write one as 2024-01-31."),
        ('"2024-02-30"', "2024-02-30", "is no day; write one as 2024-01-31."),
        ("20240131", 20240131, "stands where a string is wanted; put it in quotes."),
    ],
)
async def test_a_day_is_written_as_a_day(
    ground: Ground, literal: str, variable: Any, sentence: str
) -> None:
    members = 'universe(name: "us5") {{ members(on: {}) {{ totalCount }} }}'

    as_literal = await ground.ask("{" + members.format(literal) + "}")
    as_variable = await ground.ask(
        "query Q($on: Date) {" + members.format("$on") + "}", {"on": variable}
    )

    for reply in (as_literal, as_variable):
        assert reply.data is None
        assert sentence in reply.errors[0].message
        assert not reply.errors[0].extensions


def nested(depth: int) -> str:
    """A query that nests so many fields."""
    steps = ["versions" if step else 'factor(name: "f1")' for step in range(depth - 1)]
    return "{" + "{".join(steps) + "{ name }" + "}" * (depth - 1)


async def test_depth_has_a_limit(ground: Ground) -> None:
    assert not (await ground.ask(nested(MAX_DEPTH))).errors
    [error] = (await ground.ask(nested(MAX_DEPTH + 1))).errors
    assert error.extensions == {"code": TOO_COMPLEX}
    assert f"{MAX_DEPTH + 1} deep" in error.message


async def test_aliases_have_a_limit(ground: Ground) -> None:
    def aliased(count: int) -> str:
        return "{" + " ".join(f"a{one}: __typename" for one in range(count)) + "}"

    assert not (await ground.ask(aliased(MAX_ALIASES))).errors
    [error] = (await ground.ask(aliased(MAX_ALIASES + 1))).errors
    assert error.extensions == {"code": TOO_COMPLEX}
    assert f"{MAX_ALIASES + 1} aliases" in error.message


async def test_tokens_have_a_limit(ground: Ground) -> None:
    [error] = (await ground.ask("{" + "__typename " * MAX_TOKENS + "}")).errors

    assert f"more than {MAX_TOKENS} tokens" in error.message


async def test_braces_without_end_are_refused(ground: Ground) -> None:
    [error] = (await ground.ask("{a" * 1000)).errors

    assert "nested too deeply" in error.message


async def test_fragments_count_where_they_stand(ground: Ground) -> None:
    fragment = "fragment F on Query { " + " ".join(f"a{one}: __typename" for one in range(60)) + "}"

    [error] = (await ground.ask("{ ...F b: viewer { name } ...F } " + fragment)).errors

    assert "121 aliases" in error.message


async def test_fragments_of_fragments_are_measured_in_a_moment(ground: Ground) -> None:
    """Each spreads the next twice; followed one by one they would be a quintillion."""
    chain = " ".join(
        f"fragment F{one} on Query {{ ...F{one + 1} ...F{one + 1} }}" for one in range(60)
    )
    last = "fragment F60 on Query { __typename }"

    assert not (await ground.ask("{ ...F0 } " + chain + last)).errors


async def test_fragments_in_a_circle_are_refused(ground: Ground) -> None:
    circle = "fragment A on Query { ...B } fragment B on Query { ...A }"

    assert "Cannot spread fragment" in (await ground.ask("{ ...A } " + circle)).errors[0].message


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_valid_and_within_limits(example: Path) -> None:
    assert faults(schema._schema, example.read_text()) == ()


def test_the_page_may_introspect() -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    assert faults(schema._schema, query) == ()


async def test_an_operation_is_parsed_and_checked_once(ground: Ground) -> None:
    query = "{ viewer { name } } # once"
    await ground.ask(query)
    before = parsed.cache_info(), faults.cache_info()

    for _ in range(3):
        await ground.ask(query)

    after = parsed.cache_info(), faults.cache_info()
    assert [one.misses for one in after] == [one.misses for one in before]
    assert [one.hits - other.hits for one, other in zip(after, before, strict=True)] == [3, 3]


async def test_long_texts_are_not_remembered(ground: Ground) -> None:
    before = parsed.cache_info()
    comment = "#" + "x" * preparation.LONGEST_REMEMBERED + "\n"

    reply = await ground.ask(comment + "{ viewer { name } }")

    assert reply.data == {"viewer": {"name": "ada"}}
    assert (await ground.ask(comment + "{ nope }")).errors
    assert parsed.cache_info() == before
    assert before.maxsize == REMEMBERED
