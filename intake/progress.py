"""Tells people how far an import is: a bar at a terminal, plain lines elsewhere."""

import os
import sys
from threading import Event
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

_LINES = 10
"""Of one phase, at most, where there is no terminal."""
_COLUMNS = 80


class Progress(Protocol):
    """Who is told how far an import is."""

    def step(self, phase: str, done: int, total: int) -> None:
        """So many of the steps of a phase are done."""

    def close(self) -> None:
        """Nothing more is told, and what others write begins a line of its own."""


class Silence:
    """Tells nobody."""

    def step(self, phase: str, done: int, total: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Lines:
    """Writes a line at the start of each phase and a few times while it goes on.

    Args:
        stream: Where to write.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._told: tuple[str, int] | None = None

    def step(self, phase: str, done: int, total: int) -> None:
        """Write a line if there is news."""
        share = _LINES * done // total if total else _LINES
        if self._told != (phase, share):
            self._told = (phase, share)
            print(f"{phase}: {done:,} of {total:,}", file=self._stream, flush=True)

    def close(self) -> None:
        """Do nothing, since every line is whole."""


class Bar:
    """Draws a bar for each phase.

    Args:
        stream: A terminal.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._phase = ""
        self._bar: tqdm[object] | None = None

    def step(self, phase: str, done: int, total: int) -> None:
        """Move the bar."""
        from tqdm import tqdm

        if self._bar is None or phase != self._phase:
            self.close()
            self._phase = phase
            columns = _columns(self._stream)
            self._bar = tqdm(total=total, desc=phase, file=self._stream, ncols=columns)
        self._bar.update(done - self._bar.n)
        if done == total:
            self.close()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _columns(terminal: TextIO) -> int:
    """How wide a bar may be; some terminals, above all of containers, say that they have none."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _COLUMNS
    except OSError:
        return _COLUMNS


class StoppedError(Exception):
    """Nobody waits for the work any more."""


class Stoppable:
    """Ends the work that it is told of, at its next step, once somebody stops it.

    Args:
        progress: Who is told until then.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._is_stopped = Event()

    def stop(self) -> None:
        """Let the next step end the work."""
        self._is_stopped.set()

    def step(self, phase: str, done: int, total: int) -> None:
        """Pass a step on.

        Raises:
            StoppedError: Somebody stopped the work.
        """
        if self._is_stopped.is_set():
            raise StoppedError
        self._progress.step(phase, done, total)

    def close(self) -> None:
        """Pass it on."""
        self._progress.close()
