"""A real `qatlas` server in a process of its own, reached over HTTP."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
ANNOUNCED = re.compile(r"Open (http://\S+)/graphql")
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class LiveServer:
    """One server that answers."""

    process: subprocess.Popen[bytes]
    url: str
    output: Path

    @property
    def resident_megabytes(self) -> float:
        """Memory that the web process has in use."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def live_server(home: Path, *command: str, **settings: str) -> Iterator[LiveServer]:
    """Run a command that serves, on a free port, until the end of the block.

    Args:
        home: The folder that it serves.
        command: What follows `qatlas`.
        settings: Further settings by their names without the prefix.
    """
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("QATLAS_")
    }
    given = {
        "HOME": str(home),
        "PORT": "0",
        **{name.upper(): text for name, text in settings.items()},
    }
    environment |= {f"QATLAS_{name}": text for name, text in given.items()}
    output = home.parent / f"{home.name}.log"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", *command],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield LiveServer(process, _address(process, output), output)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    """Where a server is, once it says so and is ready."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = ANNOUNCED.search(output.read_text())
        if found and httpx.get(f"{found[1]}/ready").status_code == 200:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"The server did not come up:\n{output.read_text()}")
