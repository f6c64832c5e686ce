"""The endpoint keeps to the GraphQL over HTTP specification, and to terms of its own."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient, Response
from tiny_server import TinyServer

from server.negotiation import GRAPHQL, JSON
from server.operations import MAX_REQUEST_BYTES
from server.settings import Settings

pytestmark = pytest.mark.anyio

UNKNOWN_FIELD = "{ f31403dfe404bccbb0e835f2629c6a7 }"
NAMED_TYPE = "query Type($name: String!) { __type(name: $name) { name } }"
WRONG_OBJECTS: list[object] = ["string", 0, False, ["array"]]
WRONG_STRINGS: list[object] = [{"ob": "ject"}, 0, False, ["array"]]


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """A client of the tiny server that sends no header by itself."""
    async with TinyServer().client() as client:
        yield client


async def post(client: AsyncClient, body: object, accept: str | None = None) -> Response:
    """Send a body as JSON."""
    headers = {"Content-Type": JSON} | ({"Accept": accept} if accept else {})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post("/graphql", content=content, headers=headers)


async def ask(client: AsyncClient, query: str, **headers: str) -> Any:
    """The data of an answer without errors."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await client.post("/graphql", json={"query": query}, headers=named)
    assert "errors" not in response.json(), response.text
    return response.json()["data"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        (None, JSON),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
    ],
)
async def test_the_answer_has_the_type_that_was_asked_for(
    client: AsyncClient, accept: str | None, media_type: str
) -> None:
    response = await post(client, {"query": "{ __typename }"}, accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_text_is_utf_8_both_ways(client: AsyncClient) -> None:
    body = json.dumps({"query": '{ __type(name: "Übung🏃") { name } }'}, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8"}

    response = await client.post("/graphql", content=body.encode(), headers=headers)

    assert response.json() == {"data": {"__type": None}}


async def test_queries_are_answered_by_get(client: AsyncClient) -> None:
    parameters = {"query": NAMED_TYPE, "variables": '{"name": "Query"}', "operationName": "Type"}

    response = await client.get("/graphql", params=parameters)

    assert response.json() == {"data": {"__type": {"name": "Query"}}}


async def test_mutations_are_not_executed_by_get(client: AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { touch }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert "POST" in response.json()["errors"][0]["message"]


async def test_subscriptions_are_sent_to_the_websocket(client: AsyncClient) -> None:
    response = await post(client, {"query": "subscription { count(target: 1) }"})

    assert response.status_code == 400
    assert "graphql-transport-ws" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(client: AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_types_that_are_not_served_are_refused(client: AsyncClient) -> None:
    response = await post(client, {"query": "{ __typename }"}, "application/xml")

    assert response.status_code == 406


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": JSON, "Content-Encoding": "gzip"},
    ],
)
async def test_bodies_of_other_types_are_refused(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=b'{"query":"{touch}"}', headers=headers)

    assert response.status_code == 415
    assert response.json()["errors"][0]["message"].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{ "not a JSON',
        b"\xff",
        b"7",
        {"notquery": "{ __typename }"},
        {"query": ""},
        [{"query": "{ __typename }"}],
        *({"query": wrong} for wrong in WRONG_STRINGS),
        *({"query": "{ __typename }", "operationName": wrong} for wrong in WRONG_STRINGS),
        *({"query": "{ __typename }", "variables": wrong} for wrong in WRONG_OBJECTS),
        *({"query": "{ __typename }", "extensions": wrong} for wrong in WRONG_OBJECTS),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_requests_that_are_not_well_formed_are_refused(
    client: AsyncClient, body: object, accept: str
) -> None:
    response = await post(client, body, accept)

    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_null_parameters_are_the_same_as_none(
    client: AsyncClient, parameter: str, accept: str
) -> None:
    response = await post(client, {"query": "{ __typename }", parameter: None}, accept)

    assert response.json() == {"data": {"__typename": "Query"}}


async def test_unknown_extensions_are_passed_over(client: AsyncClient) -> None:
    response = await post(client, {"query": "{ __typename }", "extensions": {"some": "value"}})

    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": UNKNOWN_FIELD},
        {"query": NAMED_TYPE, "variables": {"name": None}},
        {"query": NAMED_TYPE},
        {"query": "{ __typename }", "operationName": "Other"},
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_what_cannot_be_executed_has_errors_and_no_data(
    client: AsyncClient, body: object, accept: str, status: int
) -> None:
    response = await post(client, body, accept)

    assert response.status_code == status
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize(
    ("query", "data"), [("{ broken __typename }", {"broken": None}), ("{ essential }", None)]
)
async def test_a_field_that_fails_leaves_a_good_status(
    client: AsyncClient, query: str, data: dict[str, Any] | None
) -> None:
    response = await post(client, {"query": query}, GRAPHQL)

    assert response.status_code == 200
    expected = {**data, "__typename": "Query"} if data else None
    assert response.json()["data"] == expected
    assert response.json()["errors"][0]["path"]


@pytest.mark.parametrize("said", ["honestly", "not at all"])
async def test_large_bodies_are_refused(client: AsyncClient, said: str) -> None:
    content = b'{"query": "{ __typename }"' + b" " * MAX_REQUEST_BYTES + b"}"

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    body = content if said == "honestly" else pieces()
    response = await client.post("/graphql", content=body, headers={"Content-Type": JSON})

    assert response.status_code == 413
    assert "1,000,000" in response.json()["errors"][0]["message"]


async def test_browsers_are_shown_the_page(client: AsyncClient) -> None:
    response = await client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})

    assert "<title>page</title>" in response.text
    assert "Accept" in response.headers["vary"]


async def test_missing_numbers_are_null(client: AsyncClient) -> None:
    assert await ask(client, "{ column }") == {"column": [1.5, None, None]}


@pytest.mark.parametrize(
    ("prefer", "least", "most", "applied"),
    [
        ("", 20, 30, None),
        ("wait=7", 5, 7, "wait=7"),
        ("wait=7, respond-async", 5, 7, "respond-async, wait=7"),
        ("respond-async", 0, 0, "respond-async"),
        ("wait=100000", 590, 600, "wait=600"),
    ],
)
async def test_headers_set_the_wait(
    client: AsyncClient, prefer: str, least: float, most: float, applied: str | None
) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ remaining }"}, headers={"Prefer": prefer}
    )

    assert least <= response.json()["data"]["remaining"] <= most
    assert response.headers.get("preference-applied") == applied
    assert response.headers["vary"] == "Prefer, Cache-Control, Accept"


async def test_the_setting_is_the_wait_of_who_says_nothing() -> None:
    async with TinyServer(Settings(wait_seconds=3)).client() as client:
        assert 2 <= (await ask(client, "{ remaining }"))["remaining"] <= 3


async def test_extensions_win_over_headers(client: AsyncClient) -> None:
    body = {"query": "{ remaining terms }", "extensions": {"wait": 2, "onlyIfCached": False}}
    headers = {"Prefer": "wait=500", "Cache-Control": "only-if-cached"}

    response = await client.post("/graphql", json=body, headers=headers)

    assert 1 <= response.json()["data"]["remaining"] <= 2
    assert response.json()["data"]["terms"] == ["somebody", "False", "False"]
    assert "preference-applied" not in response.headers


@pytest.mark.parametrize("extensions", [{"wait": -1}, {"wait": "soon"}, {"onlyIfCached": "yes"}])
async def test_extensions_that_make_no_sense_are_bad_input(
    client: AsyncClient, extensions: dict[str, object]
) -> None:
    response = await post(client, {"query": "{ remaining }", "extensions": extensions})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "extensions." in response.json()["errors"][0]["message"]


async def test_only_kept_answers_may_be_asked_for(client: AsyncClient) -> None:
    data = await ask(client, "{ terms }", cache_control="only-if-cached")

    assert data == {"terms": ["somebody", "True", "False"]}


async def test_get_only_reads(client: AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "{ terms }"})

    assert response.json()["data"] == {"terms": ["somebody", "False", "True"]}
