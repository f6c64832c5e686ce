"""Keeps other people's pages away from a server that trusts whoever reaches it."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from server.refusals import RefusedError
from server.settings import Settings

_READING = ("GET", "HEAD")
_ASKING = ("content-type", "prefer", "cache-control", "authorization")
_FETCHING = ("range", "if-range", "if-match", "if-none-match")
_TELLING = ("etag", "accept-ranges", "content-range", "content-length", "content-disposition")
"""What pages of other origins may read of a file besides its bytes."""


def middleware(settings: Settings) -> list[Middleware]:
    """What every request passes through, outermost first."""
    guard = Middleware(
        Guard,
        allowed_hosts=settings.allowed_hosts,
        allowed_origins=settings.allowed_origins,
    )
    if not settings.allowed_origins:
        return [guard]
    sharing = Middleware(
        CORSMiddleware,
        allow_origins=settings.allowed_origins,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=[*_ASKING, *_FETCHING],
        expose_headers=["preference-applied", *_TELLING],
    )
    return [guard, sharing]


class Guard:
    """Refuses requests that a page of another site has had a browser send.

    A browser lets any page POST and open websockets anywhere, and says in `Origin` which page it
    was. A page whose name its owner points at this machine counts as the same origin, but the
    browser then says that name in `Host`.

    Args:
        app: What is guarded.
        allowed_hosts: Names that this server goes by besides those of loopback.
        allowed_origins: Origins besides its own whose pages may ask.
    """

    def __init__(
        self, app: ASGIApp, allowed_hosts: Sequence[str], allowed_origins: Sequence[str]
    ) -> None:
        self._app = app
        self._hosts = frozenset(allowed_hosts)
        self._origins = frozenset(map(normalize_origin, allowed_origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            self._require_known_host(Headers(scope=scope))
            if scope["type"] == "websocket" or scope["method"] not in _READING:
                self._require_known_origin(Headers(scope=scope))
        except RefusedError as refusal:
            await _refuse(refusal, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _require_known_host(self, headers: Headers) -> None:
        host = headers.get("host", "")
        name = _name(host)
        if name is None or not (_is_loopback(name) or name in self._hosts):
            raise RefusedError(
                403,
                "FOREIGN_HOST",
                f"This server does not go by the name {host!r}; use 127.0.0.1 or localhost, or add "
                "the name to QATLAS_ALLOWED_HOSTS.",
            )

    def _require_known_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        if origin is None or is_same_origin(origin, headers.get("host")):
            return
        if normalize_origin(origin) not in self._origins - {None}:
            raise RefusedError(
                403,
                "FOREIGN_ORIGIN",
                f"Pages of {origin} may not ask this server; add the origin to "
                "QATLAS_ALLOWED_ORIGINS if they should.",
            )


def _name(host: str) -> str | None:
    """The name in a `Host` header, without its port; None if there is none."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


async def _refuse(refusal: RefusedError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await refusal.response()(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.message[:120]})
