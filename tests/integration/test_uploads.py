"""Factors are uploaded: from whom they may be, how large, and what comes of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest
from asking_ground import Ground
from httpx import ASGITransport, AsyncClient, Response
from imported_ground import frame, parquet
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route

from catalog.database import Database
from server.guard import middleware
from server.settings import Settings
from server.uploads import UPLOADS, Uploads

pytestmark = pytest.mark.anyio

PARQUET = "application/vnd.apache.parquet"
TOKEN = "a-token.of~many+letters/0="
MOST = 100_000


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    yield ground
    await ground.runner.close()
    await database.close()


async def send(
    ground: Ground,
    content: bytes | AsyncIterator[bytes],
    query: str = "",
    kind: str = PARQUET,
    token: str | None = TOKEN,
    **headers: str,
) -> Response:
    """Upload a file to a server that has the token, or none."""
    settings = Settings(
        home=ground.folder / "home",
        upload_bytes=MOST,
        upload_token=SecretStr(token) if token else None,
    )
    headers = {"content-type": kind, "authorization": f"Bearer {TOKEN}"} | headers
    sent = [(name, value.encode()) for name, value in headers.items()]
    app = Starlette(routes=[Route(UPLOADS, Uploads(settings))], middleware=middleware(settings))
    app.state.services = ground.services
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as client:
        response = await client.post(f"{UPLOADS}{query}", content=content, headers=sent)
    assert not list((ground.folder / "home").rglob("*.*"))  # what was sent is gone again
    return response


def code(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["extensions"]["code"]


async def test_an_upload_is_read_by_a_worker_and_makes_factors_and_a_set(
    ground: Ground, tmp_path: Path
) -> None:
    content = parquet(tmp_path, frame("sent", "other")).read_bytes()

    first = await send(ground, content, "?market=tiny&set=both-in")
    again = await send(ground, content, "?market=tiny&set=both-in")

    assert (first.status_code, again.status_code) == (201, 200)
    assert [one["name"] for one in first.json()["factors"]] == ["sent", "other"]
    assert first.json()["factorSet"]["version"] == again.json()["factorSet"]["version"] == 1
    assert ground.executor.made["FactorFileWork"] == 2
    found = await ground.data('{ factorSet(name: "both-in") { factors { totalCount } } }')
    assert found["factorSet"]["factors"]["totalCount"] == 2


async def test_csv_is_taken_too_and_a_wide_one_needs_a_name(ground: Ground) -> None:
    wide = b"date,AAA,BBB\n2020-01-02,1,2\n2020-01-03,2,1\n"

    nameless = await send(ground, wide, kind="text/csv")
    named = await send(ground, wide, "?name=sent", "text/csv; charset=utf-8")

    assert code(nameless) == (422, "IMPORT_FILE")
    assert "give the factor's name" in nameless.text
    assert named.json()["factors"][0]["name"] == "sent"


async def test_what_is_too_large_is_refused_told_or_not(ground: Ground) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(MOST // 2)

    told = await send(ground, bytes(MOST + 1))
    untold = await send(ground, pieces())

    assert code(told) == code(untold) == (413, "REQUEST_TOO_LARGE")
    assert f"{MOST:,}" in told.text


async def unread() -> AsyncIterator[bytes]:
    """A body that must not be read."""
    raise AssertionError("The body was read.")
    yield b""


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer é"],
)
async def test_nobody_uploads_without_the_token(authorization: str, ground: Ground) -> None:
    refused = await send(ground, unread(), authorization=authorization)

    assert code(refused) == (401, "UNAUTHENTICATED")
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "QATLAS_UPLOAD_TOKEN" in refused.text
    assert TOKEN not in refused.text


async def test_a_server_without_a_token_takes_nothing(ground: Ground) -> None:
    refused = await send(ground, unread(), token=None)

    assert code(refused) == (403, "UPLOADS_OFF")
    assert "QATLAS_UPLOAD_TOKEN" in refused.text
    assert "qatlas factor import" in refused.text


@pytest.mark.parametrize("kind", ["multipart/form-data", "text/plain", "application/json"])
async def test_what_a_page_can_send_unasked_is_no_upload(kind: str, ground: Ground) -> None:
    assert code(await send(ground, b"x", kind=kind)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_page_of_another_site_uploads_nothing(ground: Ground) -> None:
    refused = await send(ground, b"x", origin="https://elsewhere.example.org")

    assert code(refused) == (403, "FOREIGN_ORIGIN")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?market=nowhere", (404, "NOT_FOUND")),
        ("?name=1st", (400, "BAD_INPUT")),
        ("?strange=1", (400, "BAD_REQUEST")),
        ("?skipUnknown=maybe", (400, "BAD_REQUEST")),
        ("", (422, "IMPORT_FILE")),
    ],
)
async def test_a_bad_upload_leaves_nothing(
    query: str, expected: tuple[int, str], ground: Ground
) -> None:
    assert code(await send(ground, b"PAR1 and no more", query)) == expected
    found = await ground.data("{ factors(filter: {origin: IMPORTED}) { totalCount } }")
    assert found["factors"]["totalCount"] == 0
