"""Files fetched over HTTP from a server without a socket."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import polars as pl
from asking_ground import Ground
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.routing import Route

from catalog.database import Database
from domain.downloads import read_download
from resolvers.export_files import ExportFiles
from resolvers.exports import Export, export_of
from server.downloads import Downloads
from server.guard import middleware
from server.settings import Settings

ORIGIN = "http://127.0.0.1:8000"
PLENTY = 2_000_000_000


class Fetcher:
    """A client of the files of a ground.

    Attributes:
        files: Where the server keeps them.
    """

    def __init__(self, ground: Ground, client: AsyncClient, files: ExportFiles) -> None:
        self.files = files
        self._ground = ground
        self._client = client

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return self._ground.folder / "exports"

    @property
    def names(self) -> list[str]:
        """The files that the server has."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    async def get(self, url: str, method: str = "GET", **headers: str) -> Response:
        """An answer, whatever it says."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self._client.request(method, url, headers=named)

    async def export(self, url: str) -> Export:
        """What a server takes an address for."""
        parts = urlsplit(url)
        kind, *rest = unquote(parts.path).removeprefix("/downloads/").split("/")
        download, format_ = read_download(kind, rest, parse_qsl(parts.query))
        return await export_of(download, format_, self._ground.inquiry().desk)

    async def frame(self, url: str) -> pl.DataFrame:
        """A file of Parquet."""
        response = await self.get(url)
        assert response.status_code == 200, response.text
        return pl.read_parquet(BytesIO(response.content))

    async def refusal(self, url: str, **headers: str) -> tuple[int, str, str]:
        """What is told instead of a file: status, code and sentence."""
        response = await self.get(url, **headers)
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        [error] = response.json()["errors"]
        return response.status_code, error["extensions"]["code"], error["message"]


@asynccontextmanager
async def small_ground(template: Path, folder: Path) -> AsyncIterator[Ground]:
    """The small market and what is defined on it, on SQLite."""
    shutil.copyfile(template, folder / "ground.db")
    database = Database(f"sqlite:///{folder / 'ground.db'}")
    ground = Ground(database, folder)
    await ground.import_data()
    await ground.define()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()
    await database.close()


@asynccontextmanager
async def fetching(
    ground: Ground, capacity: int = PLENTY, **settings: Any
) -> AsyncIterator[Fetcher]:
    """The files of a ground, for as long as the block goes on."""
    app = Starlette(
        routes=[Route("/downloads/{address:path}", Downloads())],
        middleware=middleware(Settings(**settings)),
    )
    app.state.services = ground.services
    files = ExportFiles(ground.folder / "exports", capacity, ground.runner.executor)
    app.state.export_files = files
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Fetcher(ground, client, files)
