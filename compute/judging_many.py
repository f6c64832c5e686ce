"""Judges many factors at once: their values come from one plan, and no panel is kept."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter
from typing import TypeVar

from bars.bins import read_bins
from compute.analysis.correlation import correlation_figures, daily_correlation
from compute.analysis.evaluation import Yardstick, judge, yardstick
from compute.analysis.quantiles import require_quantiles
from compute.judging import kept_evaluation, nothing_to_compare, require_values
from compute.member_values import MemberValues, Valued
from compute.outcomes import finite, outcome
from compute.progress import ProgressReport, Report
from domain.arrays import Array
from domain.artifacts import ArtifactStore
from domain.errors import QatlasError
from domain.work import CorrelationsWork, EvaluationsWork, JudgedSignal, Outcome

T = TypeVar("T")


def evaluate_many(work: EvaluationsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Judge factors by the returns that followed them, all in one pass.

    Values are those of each factor's own panel, and figures those of `judging.evaluate`, to the
    last bit.

    Returns:
        `evaluated` and `refused` in the document count the factors. The parts have an evaluation
        as `judging.evaluate` makes it under the key of each factor, or `code` and `message` of
        what is wrong with it under its refusal key.

    Raises:
        BadInputError: The horizon or the number of quantiles is out of range.
        EmptyDataError: The period has no trading day, or no member.
        SnapshotChangedError: The files are not those that were registered.
    """
    require_quantiles(work.quantiles)
    begun = perf_counter()
    report(ProgressReport("reading prices"))
    values = MemberValues.over(work, work.signals, store)
    by, dates = measured_by(values, work.horizon_days), values.dates

    def evaluated(valued: Valued) -> tuple[str, Outcome]:
        signal, found = valued
        try:
            figures = judge(_present(found, work), by, work.quantiles)
            if not figures.days:
                raise nothing_to_compare(work.period, work.horizon_days)
        except QatlasError as error:
            told = {"code": error.code, "message": error.message}
            return signal.refusal_key, outcome(told, {}, store)
        return signal.key, kept_evaluation(figures, dates, store)

    parts = dict(_each(evaluated, values, work.signals, report))
    seconds = (perf_counter() - begun) / max(1, len(parts))
    count = sum(signal.key in parts for signal in work.signals)
    told = {"evaluated": count, "refused": len(work.signals) - count}
    # What the parts keep is named here, too: where a file of theirs is lost, this is not whole.
    files = {
        f"{key}:{name}": one for key, part in parts.items() for name, one in part.artifacts.items()
    }
    return Outcome(
        document={**told, **values.ground.shadowed},
        artifacts=files,
        bytes=0,  # counted with the parts
        seconds=0.0,
        parts={key: replace(part, seconds=seconds) for key, part in parts.items()},
    )


def correlate(work: CorrelationsWork, store: ArtifactStore, report: Report) -> Outcome:
    """Correlate a factor with others day by day, over the members that have both values.

    Returns:
        `correlations` in the document tells by key `mean`, `max_abs` (None where undefined) and
        `days`, and `problem`: None, or why the other factor has no values.

    Raises:
        BadInputError: The factor itself cannot be computed.
        EmptyDataError: It has no value for any member, or there is no trading day or no member.
        SnapshotChangedError: The files are not those that were registered.
    """
    signals = (work.signal, *work.others)
    values = MemberValues.over(work, signals, store)
    ((_, found),) = [one for batch in values.values([work.signal], report) for one in batch]
    base = _present(found, work)

    def correlated(valued: Valued) -> tuple[str, dict[str, object]]:
        signal, other = valued
        if isinstance(other, QatlasError):
            return signal.key, _uncorrelated(other)
        figures = correlation_figures(daily_correlation(base, other, values.sections))
        plain = {"mean": finite(figures.mean), "max_abs": finite(figures.max_abs)}
        return signal.key, {**plain, "days": figures.days, "problem": None}

    told = {"correlations": dict(_each(correlated, values, work.others, report))}
    return outcome({**told, **values.ground.shadowed}, {}, store)


def measured_by(values: MemberValues, horizon_days: int) -> Yardstick:
    """What signals of these members are judged by over one horizon."""
    market, rows = values.ground.market.directory, values.rows
    reach = slice(rows.start, min(rows.stop + 1 + horizon_days, len(market.calendar)))
    close = read_bins(market, "close", values.ground.symbols, reach)
    return yardstick(values.sections, close, horizon_days)


def _present(found: Array | QatlasError, work: EvaluationsWork | CorrelationsWork) -> Array:
    """The values, if there are any.

    Raises:
        QatlasError: There are none, with the reason.
    """
    if isinstance(found, QatlasError):
        raise found
    require_values(found, work.period)
    return found


def _uncorrelated(error: QatlasError) -> dict[str, object]:
    return {"mean": None, "max_abs": None, "days": 0, "problem": error.message}


def _each(
    make: Callable[[Valued], T],
    values: MemberValues,
    signals: Sequence[JudgedSignal],
    report: Report,
) -> Iterator[T]:
    """What is made of each signal's values, on as many threads as there are cores."""
    done = 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for batch in values.values(signals, report):
            yield from pool.map(make, batch)
            done += len(batch)
            report(ProgressReport("judging the signals", done, len(signals)))
