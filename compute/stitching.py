"""Puts the legs of a rolling model together."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from compute.outcomes import outcome
from compute.progress import PhaseClock, ProgressReport, Report
from domain.artifacts import ArtifactStore
from domain.period import Period
from domain.severity import Severity
from domain.work import Outcome, StitchingWork, TrainedLeg

_TOTALS = ("train_rows", "valid_rows", "predicted_rows")


def stitch(work: StitchingWork, store: ArtifactStore, report: Report) -> Outcome:
    """Put together what the legs of a rolling model predicted out of sample.

    Returns:
        The document is that of `compute.training.train` with these differences: `train_rows`,
        `valid_rows` and `predicted_rows` are the sums over legs, and so are the seconds of
        `phases`; `importance` has each factor's mean gain and the splits of all legs; `warnings`
        has each sentence once; `best_iteration` and `metric` are None, `curves` and `fitted`
        empty, since each leg has its own. `legs` lists, by the days of test, `key`, `train`,
        `valid` and `test` (first and last day), `best_iteration`, `metric`, `train_rows`,
        `valid_rows`, `predicted_rows`, `seconds`, and `curves` (segment, metric, artifact, and the
        place `start` to `stop` of the leg's rounds in it).
        The artifacts are the predictions as `values`, float64 (days, instruments), NaN where there
        is none, `dates`, datetime64[D], the days of test, and `symbols`, fixed-width text, those
        with a prediction; and `curve:train` and `curve:valid`, float64, the rounds of one leg
        after those of another.
    """
    report = clock = PhaseClock("stitching", report)
    warnings = list(dict.fromkeys(one for leg in work.legs for one in leg.document["warnings"]))
    for warning in warnings:
        report(ProgressReport("stitching", level=Severity.WARNING, message=warning))
    report(ProgressReport("stitching"))
    artifacts = _kept_panel(work.legs, store)
    legs, curves = _legs(work.legs, store)
    document = {
        "best_iteration": None,
        "metric": None,
        **{name: sum(leg.document[name] for leg in work.legs) for name in _TOTALS},
        "features": work.legs[0].document["features"],
        "importance": _importance([leg.document["importance"] for leg in work.legs]),
        "curves": [],
        "fitted": [],
        "warnings": warnings,
        "legs": legs,
        "phases": _phases([*(leg.document["phases"] for leg in work.legs), clock.phases()]),
    }
    return outcome(document, artifacts | curves, store)


def _kept_panel(legs: Sequence[TrainedLeg], store: ArtifactStore) -> dict[str, str]:
    """Keep what each leg predicted on the days of its test segment as one panel."""
    parts = []
    for leg in legs:
        dates = store.open_array(leg.panel.dates)
        rows = _rows(dates, leg.segments.test)
        values = np.asarray(store.open_array(leg.panel.values)[rows])
        has_any = ~np.isnan(values).all(axis=0)
        symbols = np.asarray(store.open_array(leg.panel.symbols))
        parts.append((dates[rows], symbols[has_any], values[:, has_any]))
    days = np.concatenate([dates for dates, _, _ in parts])
    every = np.unique(np.concatenate([symbols for _, symbols, _ in parts]))
    whole = np.full((len(days), len(every)), np.nan)
    first = 0
    for dates, symbols, values in parts:
        whole[first : first + len(dates), np.searchsorted(every, symbols)] = values
        first += len(dates)
    return {
        "values": store.put_array(whole),
        "dates": store.put_array(days),
        "symbols": store.put_array(every),
    }


def _rows(dates: np.ndarray[Any, Any], period: Period) -> slice:
    first = np.searchsorted(dates, np.datetime64(period.start))
    stop = np.searchsorted(dates, np.datetime64(period.end), side="right")
    return slice(int(first), int(stop))


def _legs(
    legs: Sequence[TrainedLeg], store: ArtifactStore
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """What is told of each leg, and the curves of all, one artifact for each name."""
    rounds: dict[str, list[np.ndarray[Any, Any]]] = {}
    told = []
    for leg in legs:
        curves = []
        for one in leg.document["curves"]:
            known = rounds.setdefault(one["artifact"], [])
            known.append(np.asarray(store.open_array(leg.curves[one["artifact"]])))
            stop = sum(map(len, known))
            curves.append(dict(one) | {"start": stop - len(known[-1]), "stop": stop})
        told.append(_leg(leg) | {"curves": curves})
    return told, {name: store.put_array(np.concatenate(all_)) for name, all_ in rounds.items()}


def _leg(leg: TrainedLeg) -> dict[str, object]:
    periods = {name: getattr(leg.segments, name) for name in ("train", "valid", "test")}
    return {
        "key": leg.key,
        **{name: [str(one.start), str(one.end)] for name, one in periods.items()},
        **{name: leg.document[name] for name in ("best_iteration", "metric", *_TOTALS)},
        "seconds": leg.seconds,
    }


def _importance(legs: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, object]]:
    """Each factor's mean gain and its splits in all legs, the largest gain first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for leg in legs:
        for one in leg:
            found.setdefault(one["name"], []).append(one)
    gains = {name: sum(one["gain"] for one in every) / len(legs) for name, every in found.items()}
    return [
        {"name": name, "gain": gains[name], "splits": _splits(found[name])}
        for name in sorted(found, key=lambda name: -gains[name])
    ]


def _splits(legs: Sequence[Mapping[str, Any]]) -> int | None:
    known = [one["splits"] for one in legs if one["splits"] is not None]
    return sum(known) if known else None


def _phases(each: Iterable[Iterable[Mapping[str, Any]]]) -> list[dict[str, object]]:
    """The time of each phase in all legs, in the order in which they first came."""
    seconds: dict[str, float] = {}
    for phase in chain.from_iterable(each):
        seconds[phase["name"]] = seconds.get(phase["name"], 0.0) + phase["seconds"]
    return [{"name": name, "seconds": spent} for name, spent in seconds.items()]
