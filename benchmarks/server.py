"""A real server in a folder of its own, with the sample market, asked over loopback."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

_QATLAS = Path(sys.executable).parent / "qatlas"
_LONGEST_SECONDS = 600


@dataclass(slots=True)
class Server:
    """A running server.

    Attributes:
        process: Its process.
        client: Keeps its connection, as a page does.
        first_answer_seconds: From the start of the process to the first answer.
    """

    process: subprocess.Popen[bytes]
    client: httpx.Client
    first_answer_seconds: float

    def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """One answer, whatever it says."""
        asked = {"query": query, "variables": variables}
        answer = self.client.post("/graphql", json=asked, headers=headers)
        return json.loads(answer.content)  # type: ignore[no-any-return]

    def compute(self, query: str, longest_seconds: float = _LONGEST_SECONDS) -> dict[str, Any]:
        """Ask until everything is computed.

        Raises:
            RuntimeError: It fails, or takes longer than that.
        """
        begun = time.monotonic()
        while True:
            answer = self.ask(query, Prefer="wait=60")
            codes = {error["extensions"].get("code") for error in answer.get("errors", [])}
            if not codes:
                return answer["data"]  # type: ignore[no-any-return]
            waits = codes <= {"COMPUTING", "TOO_MANY_COMPUTATIONS"}
            if not waits or time.monotonic() - begun > longest_seconds:
                raise RuntimeError(f"The server answered {answer['errors'][0]}")

    def resident_megabytes(self) -> float:
        """Memory of the server's own process; its workers are others."""
        return _kilobytes(Path(f"/proc/{self.process.pid}/status"), "VmRSS") / 1024

    def peak_worker_megabytes(self) -> float:
        """The most memory that any of the server's workers has had."""
        parents = dict(map(_parent, Path("/proc").glob("[0-9]*/status")))
        workers = [pid for pid in parents if self.process.pid in _ancestors(pid, parents)]
        return max(_kilobytes(Path(f"/proc/{pid}/status"), "VmHWM") for pid in workers) / 1024


def _parent(status: Path) -> tuple[int, int]:
    """A process and who started it; 0 where it has ended meanwhile."""
    try:
        return int(status.parent.name), _kilobytes(status, "PPid")
    except OSError:
        return int(status.parent.name), 0


def _ancestors(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    while pid := parents.get(pid, 0):
        yield pid


def _kilobytes(status: Path, name: str) -> int:
    """A number of a process's status, such as its memory; 0 where it has none."""
    lines = (line.split() for line in status.read_text().splitlines())
    return next((int(line[1]) for line in lines if line[0] == f"{name}:"), 0)


@contextmanager
def home() -> Iterator[Path]:
    """A folder with the sample market and the seeds."""
    with folder_with(["market", "sample"], ["seed"]) as folder:
        yield folder


@contextmanager
def folder_with(*commands: list[str]) -> Iterator[Path]:
    """A folder on which some commands were run."""
    with TemporaryDirectory(prefix="qatlas-bench-") as folder:
        environment = _environment(Path(folder), 0)
        for command in commands:
            subprocess.run(
                [_QATLAS, *command], env=environment, check=True, stdout=subprocess.DEVNULL
            )
        yield Path(folder)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server over a folder; it ends with the block."""
    port = _free_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [_QATLAS, "serve"], env=_environment(folder, port), stdout=subprocess.DEVNULL
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False)
    try:
        yield Server(process, client, _until_answer(client, process, begun))
    finally:
        client.close()
        process.terminate()
        process.wait(30)


def _until_answer(client: httpx.Client, process: subprocess.Popen[bytes], begun: float) -> float:
    while process.poll() is None:
        try:
            client.post("/graphql", json={"query": "{viewer{name}}"}).raise_for_status()
            return time.monotonic() - begun
        except httpx.ConnectError:
            time.sleep(0.01)
    raise RuntimeError(f"The server ended with {process.returncode} before it answered.")


def _environment(folder: Path, port: int) -> dict[str, str]:
    settings = {"QATLAS_HOME": str(folder), "QATLAS_LOG_LEVEL": "warning"}
    if port:
        settings["QATLAS_PORT"] = str(port)
    return {**os.environ, **settings}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
