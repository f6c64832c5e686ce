"""Many factors judged in one pass have the bits of each judged alone."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from asking_ground import ALL_DAYS, MEMBERS, write_days

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import judging_many, member_values
from compute.judging import decay, evaluate
from compute.judging_many import correlate, decay_many, evaluate_many
from compute.panels import compute_panels
from compute.progress import unheard
from domain.errors import EmptyDataError
from domain.period import Period
from domain.stored_panels import Feature, StoredPanel
from domain.work import (
    Bars,
    CorrelationsWork,
    DecaysWork,
    DecayWork,
    EvaluationsWork,
    EvaluationWork,
    JudgedSignal,
    PanelsWork,
    Peers,
    Spans,
)

PERIOD = Period(date(2020, 3, 2), date(2020, 5, 29))
ALWAYS: Spans = ((date(2020, 1, 1), None),)
STAYS: Mapping[str, Spans] = dict.fromkeys(MEMBERS, ALWAYS) | {
    "BBB": ((date(2020, 1, 1), date(2020, 3, 20)), (date(2020, 4, 10), None))
}
PEERS = Peers(STAYS, {})
EXPRESSIONS = (
    "Div($close,Ref($close,3))",
    "Sub(0,Div($close,Ref($close,3)))",
    "CSRank(Mean($volume,5))",
    "Corr($close,$volume,10)",
    "Gt($close,50)",
)


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Bars:
    path = tmp_path_factory.mktemp("many") / "market"
    write_days(path, 130, ())
    return Bars(str(path), "us", stamp(path))


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path)


def judged(*features: Feature) -> tuple[JudgedSignal, ...]:
    return tuple(
        JudgedSignal(f"f{place}", feature, f"key{place}", f"refused{place}")
        for place, feature in enumerate(features)
    )


def work_on(bars: Bars, *features: Feature) -> EvaluationsWork:
    return EvaluationsWork(bars, judged(*features), STAYS, PERIOD, 2, 3, PEERS)


def decays_on(bars: Bars, horizons: tuple[int, ...], *features: Feature) -> DecaysWork:
    return DecaysWork(bars, judged(*features), STAYS, PERIOD, horizons, PEERS)


def alone(bars: Bars, feature: Feature, store: LocalArtifacts) -> StoredPanel:
    """The factor's own panel."""
    if isinstance(feature, StoredPanel):
        return feature
    panels = PanelsWork(bars, (feature,), tuple(sorted(STAYS)), PEERS)
    artifacts = compute_panels(panels, store, unheard).artifacts
    return StoredPanel(artifacts["values"], artifacts["dates"], artifacts["symbols"])


def imported(store: LocalArtifacts) -> StoredPanel:
    values = np.random.default_rng(5).normal(size=(60, 4))
    values[::9, 1] = np.nan
    return StoredPanel(
        store.put_array(values),
        store.put_array(ALL_DAYS[30:90].astype("datetime64[D]")),
        store.put_array(np.array(MEMBERS[:4])),
    )


@pytest.mark.parametrize("cells", [member_values._CELLS, 1])
def test_each_is_judged_as_it_is_alone(
    bars: Bars, store: LocalArtifacts, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_values, "_CELLS", cells)  # one factor at a time
    features = (*EXPRESSIONS, imported(store), EXPRESSIONS[0])

    parts = evaluate_many(work_on(bars, *features), store, unheard).parts

    assert len(parts) == len(features)
    for place, feature in enumerate(features):
        panel = alone(bars, feature, store)
        work = EvaluationWork(bars, panel, STAYS, PERIOD, 2, 3)
        expected = evaluate(work, store, unheard)
        found = parts[f"key{place}"]
        assert found.document == expected.document
        assert found.artifacts == expected.artifacts
        assert found.bytes == expected.bytes


def test_what_one_lacks_takes_nothing_from_the_others(bars: Bars, store: LocalArtifacts) -> None:
    lost = StoredPanel(*("0" * 32,) * 3)
    features = (
        EXPRESSIONS[0],
        "Mul($volume,0)",
        "Log(Sub(0,$close))",
        "CSNeutralize($close,sector)",
        lost,
    )

    outcome = evaluate_many(work_on(bars, *features), store, unheard)

    codes = {key: part.document.get("code") for key, part in outcome.parts.items()}
    assert codes == {
        "key0": None,
        "refused1": "NO_DATA",
        "refused2": "NO_DATA",
        "refused3": "BAD_INPUT",
        "refused4": "IMPORTED_VALUES_LOST",
    }
    assert "signals differ" in outcome.parts["refused1"].document["message"]
    assert "no value for any member" in outcome.parts["refused2"].document["message"]
    assert {**outcome.document, "shadow": None} == {"evaluated": 1, "refused": 4, "shadow": None}


@pytest.mark.parametrize("returns", [judging_many._RETURNS, 1])
def test_each_decays_as_it_does_alone(
    bars: Bars, store: LocalArtifacts, returns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging_many, "_RETURNS", returns)  # one horizon at a time
    features = (*EXPRESSIONS, imported(store))
    horizons = (5, 1, 60, 200)

    parts = decay_many(decays_on(bars, horizons, *features), store, unheard).parts

    assert set(parts) == {f"key{place}" for place in range(len(features))}
    for place, feature in enumerate(features):
        panel = alone(bars, feature, store)
        expected = decay(DecayWork(bars, panel, STAYS, PERIOD, horizons), store, unheard)
        assert parts[f"key{place}"].document == expected.document
        points = expected.document["decay"]
        assert [one["horizon_days"] for one in points] == list(horizons)
        assert [one["ic"] is None for one in points] == [False, False, False, True]


def test_a_decay_is_pandas_own(bars: Bars, store: LocalArtifacts) -> None:
    horizons = (1, 7)

    parts = decay_many(decays_on(bars, horizons, *EXPRESSIONS[:3]), store, unheard).parts

    close = whole_frame(alone(bars, "$close", store), store)
    for place, feature in enumerate(EXPRESSIONS[:3]):
        signal = frame_of(alone(bars, feature, store), store)
        for point in parts[f"key{place}"].document["decay"]:
            later = close.shift(-1 - point["horizon_days"]) / close.shift(-1) - 1
            for figure, method in (("ic", "pearson"), ("rank_ic", "spearman")):
                daily = signal.corrwith(later, axis=1, method=method)
                assert point[figure] == pytest.approx(daily.mean(), abs=1e-6)


def test_what_has_no_decay_takes_none_from_the_others(bars: Bars, store: LocalArtifacts) -> None:
    features = (EXPRESSIONS[0], "Mul($volume,0)", "Log(Sub(0,$close))")

    outcome = decay_many(decays_on(bars, (1, 5), *features), store, unheard)

    codes = {key: part.document.get("code") for key, part in outcome.parts.items()}
    assert codes == {"key0": None, "refused1": "NO_DATA", "refused2": "NO_DATA"}
    panel = alone(bars, features[1], store)
    with pytest.raises(EmptyDataError) as told:
        decay(DecayWork(bars, panel, STAYS, PERIOD, (1, 5)), store, unheard)
    assert outcome.parts["refused1"].document["message"] == told.value.message
    assert {**outcome.document, "shadow": None} == {"evaluated": 1, "refused": 2, "shadow": None}


def test_a_period_without_members_is_refused_as_a_whole(bars: Bars, store: LocalArtifacts) -> None:
    work = EvaluationsWork(bars, judged("$close"), {}, PERIOD, 1, 5)

    with pytest.raises(EmptyDataError, match="no member from 2020-03-02"):
        evaluate_many(work, store, unheard)


def whole_frame(panel: StoredPanel, store: LocalArtifacts) -> pd.DataFrame:
    """A panel in double precision."""
    values, dates, symbols = (store.open_array(one) for one in astuple(panel))
    return pd.DataFrame(np.array(values, dtype=np.float64), dates.tolist(), symbols.tolist())


def frame_of(panel: StoredPanel, store: LocalArtifacts) -> pd.DataFrame:
    """A panel where its instruments are members in the period."""
    frame = whole_frame(panel, store)
    for symbol in frame:
        inside = np.array(
            [
                PERIOD.start <= day <= PERIOD.end
                and any(start <= day <= (end or day) for start, end in STAYS[symbol])
                for day in frame.index
            ]
        )
        frame.loc[~inside, symbol] = np.nan
    return frame.replace([np.inf, -np.inf], np.nan)


def test_correlations_are_pandas_own(bars: Bars, store: LocalArtifacts) -> None:
    base, *others = judged(*EXPRESSIONS[:4], imported(store), "CSNeutralize($close,sector)")
    work = CorrelationsWork(bars, base, (base, *others), STAYS, PERIOD, PEERS)

    found = correlate(work, store, unheard).document["correlations"]

    own = frame_of(alone(bars, base.feature, store), store)
    for other in others[:-1]:
        theirs = frame_of(alone(bars, other.feature, store), store).reindex(columns=own.columns)
        daily = own.corrwith(theirs.reindex(own.index), axis=1).dropna()
        assert found[other.key]["mean"] == pytest.approx(daily.mean(), abs=1e-9)
        assert found[other.key]["max_abs"] == pytest.approx(daily.abs().max(), abs=1e-9)
        assert found[other.key]["days"] == len(daily)
    assert found["key0"]["mean"] == pytest.approx(1.0)
    assert found["key1"]["mean"] == pytest.approx(-1.0)
    assert (found["key5"]["days"], found["key5"]["mean"]) == (0, None)
    assert "needs sectors" in found["key5"]["problem"]
