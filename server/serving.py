"""Serves one folder on one port until it is told to end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
import uvloop

from domain.errors import QatlasError
from server.app import create_app
from server.home import Home
from server.logs import write_logs
from server.operations import MAX_REQUEST_BYTES
from server.settings import Settings

Step = Callable[[str], Awaitable[None]]
_GRACE_SECONDS = 5


class PortError(QatlasError):
    """The server cannot listen where it is told to."""

    code = "PORT"


def serve(settings: Settings, before: Callable[[], Awaitable[None]], after: Step) -> None:
    """Serve in the foreground until a signal ends it.

    Args:
        settings: What to serve, and where.
        before: What has to be done first; nobody else serves the folder meanwhile.
        after: What to do once the server answers at the address that it is given.

    Raises:
        HomeError: Another server serves the folder.
        PortError: The port cannot be had.
    """
    with Home(settings.home).claimed() as claim, listening(settings) as listener:
        address = f"http://{_place(settings.host, listener)}"
        claim.announce(address)
        with suppress(KeyboardInterrupt):  # how one is ended in the foreground
            uvloop.run(_serve(settings, listener, before, lambda: after(address)))


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket at the address of the settings; nobody is heard on it yet.

    Raises:
        PortError: The address is in use, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise PortError(
                f"Port {settings.port} on {settings.host} cannot be had ({error.strerror}); stop "
                "what uses it, or choose another by QATLAS_PORT."
            ) from None
        yield listener


async def _serve(
    settings: Settings,
    listener: socket.socket,
    before: Callable[[], Awaitable[None]],
    after: Callable[[], Awaitable[None]],
) -> None:
    await before()
    write_logs(settings.log_level)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=settings.log_level == "debug",
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=MAX_REQUEST_BYTES,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config, after)
    await server.serve([listener])


class _Server(uvicorn.Server):
    """A server that has something to do as soon as it answers."""

    def __init__(self, config: uvicorn.Config, after: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._after = after
        self._doing: asyncio.Future[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and then to do what there is to do."""
        await super().startup(sockets)
        if self.started:
            self._doing = asyncio.ensure_future(self._after())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Give up what is still being done, and end."""
        if self._doing is not None:
            self._doing.cancel()
        await super().shutdown(sockets)


def _place(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
