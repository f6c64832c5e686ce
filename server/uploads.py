"""Files of factors that clients send: written to the disk as they come, read by a worker."""

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from hmac import compare_digest
from pathlib import Path
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from compute.progress import unheard
from domain.errors import QatlasError
from domain.factor_files import FactorFileWork, FactorValues
from domain.ids import NodeId, NodeKind
from domain.names import check_name
from domain.work import Outcome
from resolvers.importing_factors import FactorImport, ImportedFactors, Written, import_factors
from resolvers.services import Services
from schema.errors import INTERNAL
from server.assembly import LOCAL_ADMIN
from server.home import Home
from server.negotiation import media_type_of
from server.refusals import RefusedError
from server.settings import Settings

logger = logging.getLogger(__name__)
UPLOADS = "/uploads/factors"
_SUFFIXES = {"application/vnd.apache.parquet": ".parquet", "text/csv": ".csv"}
"""By media type. A page of another site cannot have a browser send either unasked."""
_FLAGS = {"true": True, "false": False}
_PARAMETERS = ("market", "name", "set", "skipUnknown")
_STATUSES = {
    "IMPORT_FILE": 422,
    "NOT_FOUND": 404,
    "NAME_TAKEN": 409,
    "DATA_DIRECTORY": 409,
    "SNAPSHOT_CHANGED": 409,
    "WORKER_LOST": 503,
}
"""By the code of an error; any other is 400."""


class Uploads:
    """Imports the factors of a file that is the body of a POST by whoever has the token.

    Args:
        settings: Who may send a file, how large it may be, and where it lies meanwhile.
    """

    def __init__(self, settings: Settings) -> None:
        self._token = settings.upload_token
        self._most = settings.upload_bytes
        self._folder = Home(settings.home).uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except RefusedError as refusal:
            response = refusal.response()
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method != "POST":
            message = f"{request.method} is not served here; send a file by POST."
            raise RefusedError(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
        self._require_token(request)
        suffix = _suffix(request)
        try:
            wanted = _wanted(request.query_params)
        except QatlasError as error:
            raise RefusedError(400, error.code, error.message) from None
        path = await asyncio.to_thread(self._begin, suffix)
        try:
            await self._write(request, path)
            imported = await _imported(request, path, wanted)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        is_new = any(one.is_new for one in imported.factors)
        return JSONResponse(_document(imported), 201 if is_new else 200)

    def _require_token(self, request: Request) -> None:
        if self._token is None:
            raise RefusedError(
                403,
                "UPLOADS_OFF",
                "This server takes no uploads; set QATLAS_UPLOAD_TOKEN where it starts, or import "
                "the file there by `qatlas factor import`.",
                {"Connection": "close"},
            )
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        expected = self._token.get_secret_value().encode()
        # Bytes, since a header may hold what a comparison of texts would fail on.
        is_right = compare_digest(sent.strip().encode(), expected)
        if scheme.lower() != "bearer" or not is_right:
            raise RefusedError(
                401,
                "UNAUTHENTICATED",
                f"The upload has {'a wrong' if sent else 'no'} token; send the server's "
                "QATLAS_UPLOAD_TOKEN as `Authorization: Bearer …`.",
                {"WWW-Authenticate": "Bearer", "Connection": "close"},
            )

    def _begin(self, suffix: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(suffix=suffix, dir=self._folder, delete=False) as file:
            return Path(file.name)

    async def _write(self, request: Request, path: Path) -> None:
        """Write the body to the disk, a little in memory at a time."""
        told = request.headers.get("content-length", "0")
        if told.isdecimal() and int(told) > self._most:
            raise self._too_large()
        size = 0
        with path.open("wb") as file, suppress(ClientDisconnect):
            async for chunk in request.stream():
                size += len(chunk)
                if size > self._most:
                    raise self._too_large()
                await asyncio.to_thread(file.write, chunk)
            return
        raise RefusedError(400, "BAD_REQUEST", "The body ended before it was whole.")

    def _too_large(self) -> RefusedError:
        return RefusedError(
            413,
            "REQUEST_TOO_LARGE",
            f"The file is larger than {self._most:,} bytes; send fewer factors at once, raise "
            "QATLAS_UPLOAD_BYTES, or import it by `qatlas factor import`.",
            {"Connection": "close"},
        )


def _suffix(request: Request) -> str:
    media_type, _ = media_type_of(request.headers.get("content-type"))
    encoding = request.headers.get("content-encoding", "identity")
    if media_type not in _SUFFIXES or encoding != "identity":
        takes = " or ".join(_SUFFIXES)
        raise RefusedError(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"The content type is {media_type or 'missing'}; send the file itself as {takes}, "
            "with no content encoding.",
            {"Accept-Post": ", ".join(_SUFFIXES)},
        )
    return _SUFFIXES[media_type]


def _wanted(given: Mapping[str, str]) -> FactorImport:
    """What is to be imported; its file is not there yet.

    Raises:
        BadInputError: A name breaks its rule.
    """
    if strange := sorted(set(given) - set(_PARAMETERS)):
        raise RefusedError(
            400, "BAD_REQUEST", f"There is no {strange[0]!r} here; give {', '.join(_PARAMETERS)}."
        )
    skips = given.get("skipUnknown", "false")
    if skips not in _FLAGS:
        raise RefusedError(400, "BAD_REQUEST", f"skipUnknown is {skips!r}; give true or false.")
    for parameter in ("name", "set"):
        if parameter in given:
            check_name(given[parameter], parameter)
    return FactorImport(
        path=Path(),
        label="The uploaded file",
        market=given.get("market"),
        name=given.get("name"),
        skip_unknown=_FLAGS[skips],
        factor_set=given.get("set"),
    )


async def _imported(request: Request, path: Path, wanted: FactorImport) -> ImportedFactors:
    services: Services = request.app.state.services

    async def read(work: FactorFileWork) -> Outcome:
        executor = services.runner.executor
        return await executor.run(work, key=f"upload-{uuid4().hex}", report=unheard)

    try:
        return await import_factors(
            services.database, replace(wanted, path=path), read, LOCAL_ADMIN
        )
    except QatlasError as error:
        raise RefusedError(_STATUSES.get(error.code, 400), error.code, error.message) from None
    except Exception:
        logger.exception("An error that nobody foresaw, at %s", request.url.path)
        message = "Something went wrong here; the server's log says what."
        raise RefusedError(500, INTERNAL, message) from None


def _document(imported: ImportedFactors) -> dict[str, object]:
    """What came of an import, as JSON."""
    read, factor_set = imported.read, imported.factor_set
    return {
        "snapshot": imported.snapshot.reference,
        "rows": read.rows,
        "factors": [
            _version(NodeKind.FACTOR, one) | _covered(values)
            for one, values in zip(imported.factors, read.factors, strict=True)
        ],
        "factorSet": _version(NodeKind.FACTOR_SET, factor_set) if factor_set else None,
        "unknownInstruments": {
            "count": read.unknown,
            "examples": list(read.unknown_examples),
            "rowsLeftOut": read.rows_left_out,
        },
    }


def _version(kind: NodeKind, written: Written) -> dict[str, object]:
    record = written.record
    return {
        "id": str(NodeId(kind, record.id)),
        "name": record.name,
        "version": record.version,
        "isNew": written.is_new,
    }


def _covered(values: FactorValues) -> dict[str, object]:
    return {
        "start": values.start.isoformat(),
        "end": values.end.isoformat(),
        "days": values.days,
        "instruments": values.instruments,
        "values": values.values,
        "infinite": values.infinite,
        "coverage": values.coverage,
    }
