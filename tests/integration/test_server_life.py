"""A server from its start to its end."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from live_server import ROOT, LiveServer, live_server
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MOST_MEGABYTES = 150


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server runs on."""
    return tmp_path_factory.mktemp("life") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[LiveServer]:
    """A server of an empty catalogue."""
    with live_server(home, "serve") as server:
        yield server


def test_it_is_small_before_the_first_computation(server: LiveServer) -> None:
    response = httpx.post(f"{server.url}/graphql", json={"query": "{ markets { name } }"})

    assert response.json() == {"data": {"markets": []}}
    assert server.resident_megabytes < MOST_MEGABYTES


def test_it_says_that_it_lives_and_is_ready(server: LiveServer) -> None:
    assert httpx.get(f"{server.url}/health").json() == {"status": "ok"}
    assert httpx.get(f"{server.url}/ready").json() == {"status": "ready"}


def test_the_root_leads_to_graphql(server: LiveServer) -> None:
    response = httpx.get(server.url)

    assert response.status_code in (302, 307)
    assert response.headers["location"] == "/graphql"


def test_a_browser_is_shown_a_page_that_asks_nobody_else(server: LiveServer) -> None:
    response = httpx.get(f"{server.url}/graphql", headers=BROWSER)

    if not (ROOT / "web" / "dist" / "index.html").is_file():
        assert response.status_code == 503
        assert "make setup" in response.text
        return
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in response.headers["content-security-policy"]
    script = next(part for part in response.text.split('"') if part.endswith(".js"))
    asset = httpx.get(f"{server.url}{script}")
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/../index.html", "/assets/%2e%2e/index.html", "/other"])
def test_nothing_else_is_served(server: LiveServer, path: str) -> None:
    with socket.create_connection(server.url.removeprefix("http://").split(":")) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())

        assert connection.recv(100).startswith(b"HTTP/1.1 404")


def test_websockets_are_answered_and_foreign_ones_are_not(server: LiveServer) -> None:
    url = f"{server.url.replace('http', 'ws')}/graphql"
    with connect(url, subprotocols=["graphql-transport-ws"], origin=server.url) as socket:  # type: ignore[list-item,arg-type]
        socket.send('{"type": "connection_init"}')
        assert socket.recv() == '{"type":"connection_ack"}'

    with (
        pytest.raises(InvalidStatus) as refused,
        connect(url, subprotocols=["graphql-transport-ws"], origin="http://evil.example"),  # type: ignore[list-item,arg-type]
    ):
        pass
    assert refused.value.response.status_code == 403
    assert b"evil.example" in refused.value.response.body


def test_a_database_that_lost_its_tables_is_not_ready(tmp_path: Path) -> None:
    with live_server(tmp_path / "home", "serve") as server:
        with sqlite3.connect(tmp_path / "home" / "qatlas.db") as connection:
            connection.execute("DELETE FROM alembic_version")

        response = httpx.get(f"{server.url}/ready")

    assert response.status_code == 503
    assert "migrate" in response.json()["reason"]


def test_a_second_server_of_one_folder_is_refused(server: LiveServer, home: Path) -> None:
    second = attempt(home, "0")

    assert second.returncode == 1
    assert f"qatlas: Another server at {server.url} runs on the folder" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_port_in_use_is_named(server: LiveServer, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]

    second = attempt(tmp_path / "other", port)

    assert second.returncode == 1
    assert f"qatlas: Port {port} on 127.0.0.1 cannot be had" in second.stderr
    assert second.stderr.count("\n") == 1


def test_it_ends_when_it_is_told_to_and_can_be_started_again(tmp_path: Path) -> None:
    for _ in range(2):
        with live_server(tmp_path / "home", "serve") as server:
            assert server.stop() == 0
        assert "Traceback" not in server.output.read_text()


def attempt(home: Path, port: str) -> subprocess.CompletedProcess[str]:
    """Try to serve a folder on a port."""
    environment = {**os.environ, "QATLAS_HOME": str(home), "QATLAS_PORT": port}
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
