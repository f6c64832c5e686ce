"""Works that wait for a worker, put together where one plan computes several of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from compute.progress import ProgressReport, Report
from domain.exports import ExportWork
from domain.factor_files import FactorFileWork
from domain.work import Outcome, PanelsTogether, PanelsWork, Work

AnyWork = Work | ExportWork | FactorFileWork
"""Whatever a worker can be sent."""

MOST_TOGETHER = 64
"""Works that one worker does together: the first answer comes with the last."""

GATHERING_SECONDS = 0.02
"""How long nobody must have come before a group goes on its way, if there is a worker for it."""


@dataclass(slots=True, eq=False)
class Computation:
    """A key that is being computed, and who waits for it."""

    work: AnyWork
    key: str
    end: asyncio.Future[Outcome]
    listeners: list[Report] = field(default_factory=list)

    async def wait(self, report: Report) -> Outcome:
        """Its outcome. Whoever is cancelled leaves it to the others."""
        self.listeners.append(report)
        try:
            return await asyncio.shield(self.end)
        finally:
            self.listeners.remove(report)

    def tell(self, report: ProgressReport) -> None:
        """Let all who wait hear how far it is."""
        for listener in self.listeners:
            listener(report)

    def settle(self, end: Outcome | Exception) -> None:
        """Let all who wait have what became of it."""
        if self.end.done():
            return
        if isinstance(end, Exception):
            self.end.set_exception(end)
            self.end.exception()  # looked at, for the case that nobody waits any more
        else:
            self.end.set_result(end)


@dataclass(slots=True, eq=False)
class Group:
    """Computations that one worker does at once: panels of one ground, or one of another sort."""

    computations: list[Computation]

    def takes(self, work: AnyWork) -> bool:
        """Whether a work can be done together with these."""
        first = self.computations[0].work
        return (
            isinstance(work, PanelsWork)
            and isinstance(first, PanelsWork)
            and len(self.computations) < MOST_TOGETHER
            and _ground_of(work) == _ground_of(first)
        )

    async def gather(self) -> None:
        """Wait until nobody has come for a moment."""
        known = 0
        while self.takes(self.computations[0].work) and known < len(self.computations):
            known = len(self.computations)
            await asyncio.sleep(GATHERING_SECONDS)


class Gathering:
    """The groups that wait for a worker, and can be joined until they have one."""

    def __init__(self) -> None:
        self._open: list[Group] = []

    def join(self, computation: Computation) -> Group | None:
        """Put a computation into a group that waits; if there is none for it, into a new one.

        Returns:
            The group if it is new, so that somebody must send it.
        """
        for group in self._open:
            if group.takes(computation.work):
                group.computations.append(computation)
                return None
        group = Group([computation])
        self._open.append(group)
        return group

    def close(self, group: Group) -> list[Computation]:
        """Let nobody join a group any more; returns those of it that are still waited for."""
        if group in self._open:
            self._open.remove(group)
        for one in group.computations:
            if not one.listeners:
                one.end.cancel()
        return [one for one in group.computations if one.listeners]


def _ground_of(work: PanelsWork) -> tuple[object, ...]:
    """All of a work but its expressions."""
    return work.bars, work.symbols, work.peers, work.engine


def work_of(computations: Sequence[Computation]) -> AnyWork | PanelsTogether:
    """What a worker is sent for some computations of one group."""
    if len(computations) == 1:
        return computations[0].work
    works = [one.work for one in computations if isinstance(one.work, PanelsWork)]
    return PanelsTogether(tuple(works))
