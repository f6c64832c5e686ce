"""Operations over websockets state their terms one by one."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from tiny_server import TinyServer

from server.settings import Settings


@pytest.fixture
def socket() -> Iterator[WebSocketTestSession]:
    """A websocket on which the handshake is done."""
    client = TestClient(TinyServer(Settings()).app())
    with client.websocket_connect(
        "ws://127.0.0.1:8000/graphql", ["graphql-transport-ws"]
    ) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield socket


def ask(socket: WebSocketTestSession, query: str, **extensions: object) -> list[dict[str, Any]]:
    """Everything that is said about one operation."""
    payload = {"query": query, "extensions": extensions}
    socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
    messages = [socket.receive_json()]
    while messages[-1]["type"] == "next":
        messages.append(socket.receive_json())
    return messages


def remaining(messages: list[dict[str, Any]]) -> float:
    """What the query for the remaining wait was answered."""
    assert [message["type"] for message in messages] == ["next", "complete"]
    seconds: float = messages[0]["payload"]["data"]["remaining"]
    return seconds


def test_each_operation_has_terms_of_its_own(socket: WebSocketTestSession) -> None:
    assert 20 <= remaining(ask(socket, "{ remaining }")) <= 30
    assert 50 <= remaining(ask(socket, "{ remaining }", wait=60)) <= 60
    assert remaining(ask(socket, "{ remaining }", wait=0)) == 0

    terms = ask(socket, "{ terms }", onlyIfCached=True)[0]["payload"]["data"]["terms"]
    assert terms == ["somebody", "True", "False"]


def test_a_subscription_has_terms_too(socket: WebSocketTestSession) -> None:
    messages = ask(socket, "subscription { count(target: 2) }", wait=5)

    assert [message["type"] for message in messages] == ["next", "next", "complete"]
    assert all(message["payload"]["data"]["count"] <= 5 for message in messages[:2])


def test_terms_that_make_no_sense_are_bad_input(socket: WebSocketTestSession) -> None:
    (message,) = ask(socket, "{ remaining }", wait="soon")

    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == "BAD_INPUT"
    assert 20 <= remaining(ask(socket, "{ remaining }")) <= 30


def test_missing_numbers_are_null(socket: WebSocketTestSession) -> None:
    answer = ask(socket, "{ column }")[0]["payload"]["data"]

    assert answer == {"column": [1.5, None, None]}


@pytest.mark.parametrize(
    "message",
    [
        [],
        "subscribe",
        {},
        {"type": "other"},
        {"type": "subscribe"},
        {"type": "subscribe", "id": "1", "payload": []},
        {"type": "subscribe", "id": "1", "payload": {"query": 7}},
        {"type": "subscribe", "id": "1", "payload": {"query": "{ remaining }", "extensions": "x"}},
    ],
)
def test_what_is_not_of_the_protocol_ends_the_connection(
    socket: WebSocketTestSession, message: object
) -> None:
    socket.send_json(message)

    with pytest.raises(WebSocketDisconnect) as ended:
        socket.receive_json()
    assert ended.value.code == 4400
