"""Operations as they come over HTTP, read and checked before anything is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from server.negotiation import JSON, media_type_of
from server.refusals import RefusedError

MAX_REQUEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client asks to have executed."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any]


async def read_operation(request: Request) -> Operation:
    """Read the operation of a GET from its parameters, that of a POST from its body.

    Raises:
        RefusedError: There is none, or it is not well formed, too large or of another content type.
    """
    if request.method == "GET":
        return _operation(_parameters(request.query_params))
    _require_json(request)
    return _operation(_parsed(await _body(request), "The body"))


def _parameters(query: Mapping[str, str]) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(query)
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _parsed(parameters[name].encode(), f"The parameter {name}")
    return parameters


def _require_json(request: Request) -> None:
    media_type, parameters = media_type_of(request.headers.get("content-type"))
    if media_type != JSON:
        raise _unsupported(f"The content type is {media_type or 'missing'}; send {JSON}.")
    charset = parameters.get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8"):
        raise _unsupported(f"The charset is {charset}; send utf-8.")
    if (encoding := request.headers.get("content-encoding", "identity")) != "identity":
        raise _unsupported(f"The content encoding is {encoding}; send the body as it is.")


async def _body(request: Request) -> bytes:
    if int(request.headers.get("content-length", 0)) > MAX_REQUEST_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_REQUEST_BYTES:
                raise _too_large()
    except ClientDisconnect:
        raise RefusedError(400, "BAD_REQUEST", "The body ended before it was whole.") from None
    return bytes(body)


def _parsed(text: bytes, place: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _bad(f"{place} is no JSON: {error}.") from None


def _operation(given: object) -> Operation:
    if isinstance(given, list):
        raise _bad("Batches are not taken; send one operation per request.")
    if not isinstance(given, dict):
        raise _bad("The body is no JSON object; send one with the key query.")
    query = given.get("query")
    if not isinstance(query, str) or not query.strip():
        raise _bad("There is no query; give one as the string query.")
    name = given.get("operationName")
    if not isinstance(name, str | None):
        raise _bad("operationName is no string; give the name of an operation, or null.")
    return Operation(
        query, _object(given, "variables"), name or None, _object(given, "extensions") or {}
    )


def _object(given: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = given.get(name)
    if not isinstance(value, dict | None):
        raise _bad(f"{name} is no object; give a JSON object, or null.")
    return value


def _bad(message: str) -> RefusedError:
    return RefusedError(400, "BAD_REQUEST", message)


def _unsupported(message: str) -> RefusedError:
    return RefusedError(415, "UNSUPPORTED_MEDIA_TYPE", message, {"Accept-Post": JSON})


def _too_large() -> RefusedError:
    return RefusedError(
        413,
        "REQUEST_TOO_LARGE",
        f"The body is larger than {MAX_REQUEST_BYTES:,} bytes; ask for less at once.",
        {"Connection": "close"},
    )
