"""Files over plain HTTP: whole, in parts, or not at all where the client has them already."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from domain.downloads import read_download
from domain.errors import QatlasError
from resolvers.desk import Desk
from resolvers.export_files import ExportFiles
from resolvers.exports import Export, export_of
from resolvers.services import Services
from schema.errors import INTERNAL
from schema.lookups import CatalogLookups
from server.byte_ranges import asked_range, names_etag
from server.refusals import RefusedError

logger = logging.getLogger(__name__)
_CHUNK_BYTES = 1 << 20
_CACHING = "private, no-cache"
"""Kept by the client alone, which asks each time whether it still holds: a new version of what
writes files writes others of the same numbers."""
_STATUSES = {
    "NOT_FOUND": 404,
    "NO_DATA": 404,
    "ARTIFACT_MISSING": 404,
    "DATA_DIRECTORY": 409,
    "SNAPSHOT_CHANGED": 409,
    "WORKER_LOST": 503,
}
"""By the code of an error; any other is 400."""


class Downloads:
    """Everything below `/downloads`, by addresses that say themselves what they ask for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await _respond(request)
        except RefusedError as refusal:
            response = refusal.response()
        await response(scope, receive, send)


class FilePart(StreamingResponse):
    """Some bytes of an open file, a little in memory at a time; closes it.

    Args:
        file: The file.
        start: The first byte.
        stop: The one after the last.
        status: The HTTP status.
        headers: The headers, the length and type of the content among them.
    """

    def __init__(
        self, file: BinaryIO, start: int, stop: int, status: int, headers: dict[str, str]
    ) -> None:
        super().__init__(_chunks(file, start, stop), status, headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes, until the client goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _respond(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        message = f"{request.method} is not served here; fetch files by GET."
        raise RefusedError(405, "METHOD_NOT_ALLOWED", message, {"Allow": "GET, HEAD"})
    try:
        export = await _export(request)
        etag = f'"{export.digest}"'
        if (kept := _conditional(request, etag)) is not None:
            return kept
        files: ExportFiles = request.app.state.export_files
        file = await files.open(export)
    except QatlasError as error:
        raise RefusedError(_STATUSES.get(error.code, 400), error.code, error.message) from None
    except RefusedError:
        raise
    except Exception:
        logger.exception("An error that nobody foresaw, at %s", request.url.path)
        message = "Something went wrong here; the server's log says what."
        raise RefusedError(500, INTERNAL, message) from None
    try:
        return _told(request, export, etag, file)
    except BaseException:
        file.close()
        raise


async def _export(request: Request) -> Export:
    """What is asked for."""
    services: Services = request.app.state.services
    kind, *parts = request.path_params["address"].split("/")
    download, format_ = read_download(kind, parts, request.query_params.multi_items())
    desk = Desk(services.facts, CatalogLookups(services.database))
    return await export_of(download, format_, desk)


def _conditional(request: Request, etag: str) -> Response | None:
    """The answer to a client that has the file already; None for others.

    Raises:
        RefusedError: 412, the client wants another file than the one that there is.
    """
    headers = request.headers
    if "if-match" in headers and not names_etag(headers["if-match"], etag, weakly=False):
        raise RefusedError(
            412,
            "PRECONDITION_FAILED",
            "The file is another one than If-Match names; fetch it anew from its beginning.",
        )
    if names_etag(headers.get("if-none-match"), etag, weakly=True):
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": _CACHING})
    return None


def _told(request: Request, export: Export, etag: str, file: BinaryIO) -> Response:
    """A file, or the part of it that is asked for."""
    size = os.fstat(file.fileno()).st_size
    headers = {
        "ETag": etag,
        "Cache-Control": _CACHING,
        "Accept-Ranges": "bytes",
        "Content-Type": export.format.media_type,
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
    }
    if request.method == "HEAD":
        file.close()
        return Response(headers=headers | {"Content-Length": str(size)})
    asked = request.headers
    part = asked_range(asked.get("range"), asked.get("if-range"), etag, size)
    start, stop = part or (0, size)
    headers["Content-Length"] = str(stop - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return FilePart(file, start, stop, 200 if part is None else 206, headers)


async def _chunks(file: BinaryIO, start: int, stop: int) -> AsyncIterator[bytes]:
    while start < stop:
        length = min(_CHUNK_BYTES, stop - start)
        chunk = await asyncio.to_thread(os.pread, file.fileno(), length, start)
        if not chunk:
            raise RuntimeError(f"A file ends {stop - start} bytes before it should.")
        start += len(chunk)
        yield chunk
