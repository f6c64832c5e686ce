"""Pages of other sites, which a browser lets send requests anywhere, are kept away."""

import pytest
from httpx import Response
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from tiny_server import TinyServer

from server.settings import Settings

pytestmark = pytest.mark.anyio

HOST = "127.0.0.1:8000"
PROTOCOL = ["graphql-transport-ws"]


async def send(settings: Settings, method: str = "POST", **headers: str) -> Response:
    """Send a request that would be answered if it came from the server's own page."""
    async with TinyServer(settings).client() as client:
        query = {"query": "{ __typename }"}
        if method == "GET":
            return await client.get("/graphql", params=query, headers=headers)
        return await client.request(method, "/graphql", json=query, headers=headers)


@pytest.mark.parametrize("origin", [f"http://{HOST}", f"https://{HOST}"])
async def test_the_servers_own_page_may_ask(origin: str) -> None:
    assert (await send(Settings(), Origin=origin)).status_code == 200


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://127.0.0.1:9000", "http://localhost:8000", "null", "x"],
)
async def test_pages_of_other_origins_may_not(method: str, origin: str) -> None:
    response = await send(Settings(), method, Origin=origin)

    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FOREIGN_ORIGIN"
    assert origin in response.json()["errors"][0]["message"]


async def test_an_origin_of_the_settings_may_ask_and_read() -> None:
    settings = Settings(allowed_origins="https://lab.example.org")  # type: ignore[arg-type]

    response = await send(settings, Origin="https://lab.example.org")

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "https://lab.example.org"
    assert (await send(settings, Origin="https://other.example.org")).status_code == 403


async def test_an_origin_of_the_settings_may_ask_what_it_may() -> None:
    settings = Settings(allowed_origins="https://lab.example.org")  # type: ignore[arg-type]
    wished = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, prefer, authorization",
    }

    response = await send(settings, "OPTIONS", Origin="https://lab.example.org", **wished)

    assert response.status_code == 200
    assert "prefer" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1:8000", "[::1]:8000", "127.1.2.3"]
)
async def test_loopback_has_many_names(host: str) -> None:
    assert (await send(Settings(), "GET", Host=host)).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.5", "", "[::"]
)
async def test_a_name_that_was_pointed_here_is_refused(host: str) -> None:
    response = await send(Settings(), "GET", Host=host)

    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FOREIGN_HOST"


async def test_a_host_of_the_settings_is_answered() -> None:
    settings = Settings(allowed_hosts="qatlas.example.org")  # type: ignore[arg-type]

    assert (await send(settings, "GET", Host="qatlas.example.org:80")).status_code == 200


def browser(settings: Settings | None = None) -> TestClient:
    """Something that opens websockets."""
    return TestClient(TinyServer(settings or Settings()).app())


def test_websockets_of_other_origins_are_refused_with_a_sentence() -> None:
    headers = {"Origin": "https://evil.example"}

    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        browser().websocket_connect(f"ws://{HOST}/graphql", PROTOCOL, headers=headers),
    ):
        pass

    assert refused.value.status_code == 403
    assert "evil.example" in refused.value.json()["errors"][0]["message"]


def test_the_older_websocket_protocol_is_not_spoken() -> None:
    with (
        pytest.raises(WebSocketDisconnect) as ended,
        browser().websocket_connect(f"ws://{HOST}/graphql", ["graphql-ws"]) as socket,
    ):
        socket.receive_json()

    assert ended.value.code == 4406
