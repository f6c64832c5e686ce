"""What a computation asks of others before a worker takes it up."""

from collections.abc import Awaitable, Callable

from compute.progress import STARTED, ProgressReport, Report
from domain.records import ResultRecord
from resolvers.questions import Question


class Groundwork:
    """An `Ensure` of one run, which is under way from the first report on.

    Args:
        ensure: Gives the kept answer to a question.
        at_once: How many questions are worth asking at the same time.
        report: Writes down how far the run is.
    """

    def __init__(
        self,
        ensure: Callable[[Question], Awaitable[ResultRecord]],
        at_once: int,
        report: Report,
    ) -> None:
        self.at_once = at_once
        self._ensure = ensure
        self._report = report
        self._has_begun = False

    async def __call__(self, question: Question) -> ResultRecord:
        """The kept answer."""
        return await self._ensure(question)

    def report(self, report: ProgressReport) -> None:
        """Tell how far it is with what is asked of others."""
        if not self._has_begun:
            self._has_begun = True
            self._report(ProgressReport(STARTED))
        self._report(report)

    def hear(self, report: ProgressReport) -> None:
        """Take the report of a worker; what is under way does not begin a second time."""
        begins_again = report.phase == STARTED and report.attempt == 1
        if not (self._has_begun and begins_again):
            self._report(report)
