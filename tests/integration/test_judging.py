"""Judging a kept signal: the right days, names and closes meet, and emptiness has a reason."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute.judging import decay, evaluate
from compute.progress import ProgressReport, unheard
from domain.errors import EmptyDataError, SnapshotChangedError
from domain.period import Period
from domain.work import Bars, DecayWork, EvaluationWork, Spans, StoredPanel

DAYS = np.array(
    [
        day
        for day in np.arange("2021-01-01", "2021-06-01", dtype="datetime64[D]")
        if np.is_busday(day)
    ]
)
SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
PERIOD = Period(date(2021, 2, 1), date(2021, 3, 31))
ALWAYS: Spans = ((date(2020, 1, 1), None),)
MEMBERS: Mapping[str, Spans] = {
    "AAA": ALWAYS,
    "BBB": ALWAYS,
    "CCC": ALWAYS,
    "DDD": ((date(2021, 2, 10), date(2021, 3, 2)), (date(2021, 3, 20), None)),
    "FFF": ALWAYS,
}
HORIZON_DAYS = 3


def closes() -> np.ndarray:
    values = np.random.default_rng(11).uniform(10, 20, (len(DAYS), len(SYMBOLS)))
    values[30:33, 1] = np.nan
    return values.astype(np.float32)


def signals() -> np.ndarray:
    values = np.random.default_rng(12).normal(size=(len(DAYS), len(SYMBOLS)))
    values[25:28, 0] = np.nan
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("judging") / "market"
    bars = {symbol: {"close": closes()[:, column]} for column, symbol in enumerate(SYMBOLS)}
    write_market(path, DAYS, bars, {"all": {"AAA": (Span(date(2021, 1, 1)),)}})
    return path


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path)


def kept(store: LocalArtifacts, values: np.ndarray, rows: slice = slice(None)) -> StoredPanel:
    """A panel of all symbols but the last, in an order of its own, on some days."""
    order = [3, 0, 4, 2, 1]
    return StoredPanel(
        store.put_array(values[rows][:, order]),
        store.put_array(DAYS[rows]),
        store.put_array(np.array([SYMBOLS[column] for column in order])),
    )


def work_on(
    market: Path,
    signal: StoredPanel,
    period: Period = PERIOD,
    members: Mapping[str, Spans] = MEMBERS,
) -> EvaluationWork:
    bars = Bars(str(market), "us", stamp(market))
    return EvaluationWork(bars, signal, members, period, HORIZON_DAYS, 2)


def day_by_day(horizon_days: int) -> dict[np.datetime64, tuple[np.ndarray, np.ndarray]]:
    """Signals and returns of each day's comparable members, the plain way."""
    close, signal = closes(), signals()
    pairs = {}
    for row, day in enumerate(DAYS):
        if not PERIOD.start <= day.item() <= PERIOD.end:
            continue
        chosen = []
        for column, symbol in enumerate(SYMBOLS[:-1]):
            stays = MEMBERS.get(symbol, ())
            is_member = any(
                start <= day.item() and (end is None or day.item() <= end) for start, end in stays
            )
            later = close[row + 1 + horizon_days, column] / close[row + 1, column] - 1
            if is_member and np.isfinite(signal[row, column]) and np.isfinite(later):
                chosen.append((signal[row, column], later))
        pairs[day] = np.array([one[0] for one in chosen]), np.array([one[1] for one in chosen])
    return pairs


def daily(measure: Callable[..., Any], horizon_days: int) -> np.ndarray:
    """A correlation of SciPy's for each day, NaN below two pairs."""
    pairs = day_by_day(horizon_days).values()
    return np.array([measure(*pair).statistic if len(pair[0]) > 1 else np.nan for pair in pairs])


def test_the_daily_series_are_those_of_scipy(market: Path, store: LocalArtifacts) -> None:
    outcome = evaluate(work_on(market, kept(store, signals())), store, unheard)
    ic, rank_ic = daily(pearsonr, HORIZON_DAYS), daily(spearmanr, HORIZON_DAYS)
    dates = store.open_array(outcome.artifacts["dates"])
    assert dates.tolist() == [day.item() for day in day_by_day(HORIZON_DAYS)]
    kept_ic = store.open_array(outcome.artifacts["ic"])
    assert kept_ic == pytest.approx(ic, abs=1e-6, nan_ok=True)
    kept_rank_ic = store.open_array(outcome.artifacts["rank_ic"])
    assert kept_rank_ic == pytest.approx(rank_ic, abs=1e-12, nan_ok=True)
    assert outcome.document["ic"] == pytest.approx(np.nanmean(ic), abs=1e-6)
    assert outcome.document["rank_ic"] == pytest.approx(np.nanmean(rank_ic), abs=1e-12)
    assert outcome.document["days"] == np.isfinite(ic).sum() < len(dates)


def test_a_member_without_a_signal_counts_against_coverage(
    market: Path, store: LocalArtifacts
) -> None:
    document = evaluate(work_on(market, kept(store, signals())), store, unheard).document
    shares = []
    for row, day in enumerate(DAYS):
        if PERIOD.start <= day.item() <= PERIOD.end:
            present = [
                symbol
                for symbol, stays in MEMBERS.items()
                if any(start <= day.item() <= (end or date.max) for start, end in stays)
            ]
            finite = [
                symbol
                for symbol in present
                if symbol != "FFF" and np.isfinite(signals()[row, SYMBOLS.index(symbol)])
            ]
            shares.append(len(finite) / len(present))
    assert document["coverage"] == pytest.approx(np.mean(shares), abs=1e-12)


def test_a_signal_that_covers_the_period_only_is_judged_alike(
    market: Path, store: LocalArtifacts
) -> None:
    rows = Span(PERIOD.start, PERIOD.end).rows(DAYS)
    whole = evaluate(work_on(market, kept(store, signals())), store, unheard)
    part = evaluate(work_on(market, kept(store, signals(), rows)), store, unheard)
    assert part == whole


def test_the_document_is_plain_json(market: Path, store: LocalArtifacts) -> None:
    document = evaluate(work_on(market, kept(store, signals())), store, unheard).document
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [one["quantile"] for one in document["quantile_returns"]] == [1, 2]


def test_what_is_undefined_is_none(market: Path, store: LocalArtifacts) -> None:
    last = date(2021, 2, 1)
    outcome = evaluate(work_on(market, kept(store, signals()), Period(last, last)), store, unheard)
    assert outcome.document["days"] == 1
    assert outcome.document["icir"] is None
    assert outcome.document["autocorrelation"] is None


def test_decay_has_a_point_for_each_horizon_asked(market: Path, store: LocalArtifacts) -> None:
    judged = work_on(market, kept(store, signals()))
    horizons = (5, 1, 3)
    work = DecayWork(judged.bars, judged.signal, judged.members, judged.period, horizons)
    points = decay(work, store, unheard).document["decay"]
    assert [point["horizon_days"] for point in points] == list(horizons)
    for point in points:
        expected = np.nanmean(daily(spearmanr, point["horizon_days"]))
        assert point["rank_ic"] == pytest.approx(expected, abs=1e-12)
    alone = evaluate(judged, store, unheard).document
    assert points[2] == {"horizon_days": 3, "ic": alone["ic"], "rank_ic": alone["rank_ic"]}


def test_progress_is_told(market: Path, store: LocalArtifacts) -> None:
    reports: list[ProgressReport] = []
    evaluate(work_on(market, kept(store, signals())), store, reports.append)
    assert [report.phase for report in reports] == ["reading prices", "judging the signal"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"period": Period(date(2021, 1, 2), date(2021, 1, 3))}, "No trading day"),
        ({"period": Period(date(2031, 1, 1), date(2031, 2, 1))}, "2021-01-01 to 2021-05-31"),
        ({"period": Period(date(2021, 5, 28), date(2021, 5, 31))}, "closes 1 and 4 trading days"),
        ({"members": {}}, "no member from 2021-02-01 to 2021-03-31"),
        ({"members": {"AAA": ((date(2021, 4, 1), None),)}}, "no member"),
        ({"members": {"FFF": ALWAYS}}, "no value for any member"),
        ({"members": {"AAA": ALWAYS}}, "two members"),
    ],
    ids=["a weekend", "the future", "the end", "nobody", "later", "unknown", "one alone"],
)
def test_emptiness_has_a_reason(
    market: Path, store: LocalArtifacts, change: dict[str, object], reason: str
) -> None:
    work = work_on(market, kept(store, signals()), **change)  # type: ignore[arg-type]
    with pytest.raises(EmptyDataError, match=reason):
        evaluate(work, store, unheard)
    horizons = DecayWork(work.bars, work.signal, work.members, work.period, (HORIZON_DAYS,))
    with pytest.raises(EmptyDataError, match=reason):
        decay(horizons, store, unheard)


def test_a_signal_without_values_is_named(market: Path, store: LocalArtifacts) -> None:
    empty = np.full_like(signals(), np.nan)
    with pytest.raises(EmptyDataError, match="signal has no value"):
        evaluate(work_on(market, kept(store, empty)), store, unheard)


def test_a_signal_of_other_days_is_named(market: Path, store: LocalArtifacts) -> None:
    with pytest.raises(EmptyDataError, match="give a period that it covers"):
        evaluate(work_on(market, kept(store, signals(), slice(0, 5))), store, unheard)


def test_files_that_changed_are_not_judged_by(store: LocalArtifacts, tmp_path: Path) -> None:
    path = tmp_path / "changing"
    write_market(
        path, DAYS, {"AAA": {"close": closes()[:, 0]}}, {"all": {"AAA": (Span(date(2021, 1, 1)),)}}
    )
    work = work_on(path, kept(store, signals()))
    (path / "features" / "aaa" / "open.day.bin").write_bytes(b"\0" * 8)
    with pytest.raises(SnapshotChangedError):
        evaluate(work, store, unheard)
