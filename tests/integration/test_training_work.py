"""Training as workers do it: stock Qlib's rows, model and predictions, and refusals by name."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bars.directory import MarketDirectory
from bars.stamp import stamp
from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import ProgressReport, unheard
from compute.qlib_factor_sets import alpha158
from domain.errors import BadInputError, EmptyDataError, QatlasError
from domain.expression import parse
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.severity import Severity
from domain.specs import ModelKind, Processors
from domain.work import Bars, Outcome, TrainingWork

SCRIPT = Path(__file__).with_name("plain_qlib_training.py")
SEGMENTS = Segments(
    Period(date(2005, 1, 3), date(2007, 12, 31)),
    Period(date(2008, 1, 1), date(2008, 12, 31)),
    Period(date(2009, 1, 1), date(2010, 6, 30)),
)
FEWER_DAYS = Segments(
    Period(date(2007, 1, 3), date(2008, 6, 30)),
    Period(date(2008, 7, 1), date(2008, 12, 31)),
    Period(date(2009, 1, 1), date(2009, 6, 30)),
)
"""Qlib goes through each day alone."""
PARAMETERS = {
    "learning_rate": 0.05,
    "num_leaves": 15,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.5,
}
SEED = 11
LABEL = "Sub(Div(Ref($close,-2),Ref($close,-1)),1)"
UNSCALED = check_processors({"learn": [{"kind": "DropnaLabel"}]})
FEW = (("MOMENTUM", "Div($close,Ref($close,5))"), ("RANGE", "Div(Sub($high,$low),$close)"))


@pytest.fixture(autouse=True)
def qlib_elsewhere() -> None:
    """Other tests put Qlib on their own directories."""
    qlib_session._standing.clear()


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


def bars_of(directory: Path) -> Bars:
    return Bars(str(directory), "us", stamp(directory))


@pytest.fixture
def sample_work(sample_directory: Path) -> TrainingWork:
    """Two factors of the sample market; tests put in what they are about."""
    members = MarketDirectory.open(sample_directory).markets["us5"]
    return TrainingWork(
        bars=bars_of(sample_directory),
        kind=ModelKind.LIGHTGBM,
        parameters=PARAMETERS,
        seed=SEED,
        features=FEW,
        label=LABEL,
        members={name: tuple((s.start, s.end) for s in spans) for name, spans in members.items()},
        segments=SEGMENTS,
        processors=UNSCALED,
    )


@pytest.fixture
def train(store: LocalArtifacts) -> Callable[[TrainingWork], Outcome]:
    from compute.training import train

    return lambda work: train(work, store, unheard)


def as_qlib(processors: Processors) -> dict[str, list[dict[str, Any]]]:
    return {
        f"{name}_processors": [
            {"class": step.kind, "kwargs": dict(step.parameters)} for step in steps
        ]
        for name, steps in (("infer", processors.infer), ("learn", processors.learn))
    }


def as_text(segments: Segments) -> dict[str, tuple[str, str]]:
    return {
        name: (str(getattr(segments, name).start), str(getattr(segments, name).end))
        for name in ("train", "valid", "test")
    }


def run_plain_qlib(work: TrainingWork, folder: Path) -> dict[str, np.ndarray]:
    settings = {
        "directory": work.bars.directory,
        "market": "us5",
        "segments": as_text(work.segments),
        "model": PARAMETERS | {"seed": SEED, "deterministic": True, "force_col_wise": True},
    }
    (folder / "settings.json").write_text(json.dumps(settings | as_qlib(work.processors)))
    subprocess.run(
        [sys.executable, str(SCRIPT), "settings.json", "found.npz"],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
    )
    return dict(np.load(folder / "found.npz"))


NORMALISED = check_processors(
    {
        "infer": [{"kind": "RobustZScoreNorm"}, {"kind": "Fillna"}],
        "learn": [{"kind": "DropnaLabel"}, {"kind": "CSRankNorm"}],
    }
)
STANDARDISED = check_processors(
    {
        "infer": [{"kind": "ZScoreNorm"}, {"kind": "CSZScoreNorm"}],
        "learn": [
            {"kind": "DropnaLabel"},
            {"kind": "CSZScoreNorm", "parameters": {"method": "robust"}},
        ],
    }
)


@pytest.mark.parametrize(
    "processors",
    [Processors(), NORMALISED, STANDARDISED],
    ids=["default", "normalised", "standardised"],
)
def test_alpha158_is_learned_as_a_plain_qlib_script_learns_it(
    processors: Processors,
    sample_work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
    store: LocalArtifacts,
    tmp_path: Path,
) -> None:
    features = tuple((name, parse(text).canonical) for name, text in alpha158())
    work = replace(sample_work, features=features, processors=processors, segments=FEWER_DAYS)

    ours = train(work)
    qlibs = run_plain_qlib(work, tmp_path)

    values, dates, symbols = (
        store.open_array(ours.artifacts[name]) for name in ("values", "dates", "symbols")
    )
    panel = pd.DataFrame(values, dates, symbols)
    predicted = 0
    for name in ("train", "valid", "test"):
        rows = dates.searchsorted(qlibs[f"{name}_dates"])
        columns = panel.columns.get_indexer(qlibs[f"{name}_symbols"])
        np.testing.assert_array_equal(values[rows, columns], qlibs[f"{name}_values"])
        predicted += len(rows)
    assert predicted == np.isfinite(values).sum() == ours.document["predicted_rows"]
    assert np.nanstd(values) > 0
    curve = store.open_array(ours.artifacts["curve:valid"])  # one thread sums losses otherwise
    np.testing.assert_allclose(curve, qlibs["curve"], rtol=1e-12)
    assert ours.document["best_iteration"] == qlibs["best"] < len(qlibs["curve"])


def test_what_is_kept_tells_the_model_apart(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome], store: LocalArtifacts
) -> None:
    import lightgbm

    found = train(sample_work)

    booster = lightgbm.Booster(model_str=store.open_text(found.artifacts["model"]))
    document = found.document
    assert booster.num_trees() == document["best_iteration"]
    gains = dict(zip(("MOMENTUM", "RANGE"), booster.feature_importance("gain"), strict=True))
    assert {one["name"]: one["gain"] for one in document["importance"]} == gains
    assert [one["gain"] for one in document["importance"]] == sorted(gains.values(), reverse=True)
    assert (document["features"], document["metric"]) == (2, "l2")
    assert document["curves"] == [
        {"segment": "TRAIN", "metric": "l2", "artifact": "curve:train"},
        {"segment": "VALID", "metric": "l2", "artifact": "curve:valid"},
    ]
    assert len(store.open_array(found.artifacts["curve:train"])) >= document["best_iteration"]
    assert json.loads(json.dumps(document)) == document
    assert found.bytes == sum(map(store.size_of, set(found.artifacts.values())))


def test_what_steps_were_fitted_to_is_kept_with_the_model(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome], store: LocalArtifacts
) -> None:
    asked = {
        "infer": [{"kind": "Fillna"}, {"kind": "RobustZScoreNorm"}],
        "learn": [{"kind": "DropnaLabel"}, {"kind": "ZScoreNorm"}],
    }

    found = train(replace(sample_work, processors=check_processors(asked)))

    assert found.document["fitted"] == [
        {"list": "infer", "place": 1, "kind": "RobustZScoreNorm", "artifact": "fitted:0"},
        {"list": "learn", "place": 1, "kind": "ZScoreNorm", "artifact": "fitted:1"},
    ]
    of_features, of_label = (store.open_array(found.artifacts[f"fitted:{n}"]) for n in (0, 1))
    assert (of_features.shape, of_label.shape) == ((2, 2), (2, 1))
    assert of_features.dtype == of_label.dtype == np.float32
    assert 0 < of_label[1, 0] < 0.1  # what daily returns spread by


def test_predictions_are_a_panel_of_the_days_and_members_of_all_segments(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome], store: LocalArtifacts
) -> None:
    spans = {"AAPL": ((date(2000, 1, 1), None),), "IBM": ((date(2004, 1, 1), date(2009, 3, 31)),)}
    gap = replace(SEGMENTS, valid=Period(date(2008, 3, 3), date(2008, 12, 31)))

    found = train(replace(sample_work, members=spans | {"FB": ((date(2012, 5, 18), None),)}))
    gapped = train(replace(sample_work, segments=gap))

    values, dates, symbols = (
        store.open_array(found.artifacts[name]) for name in ("values", "dates", "symbols")
    )
    assert symbols.tolist() == ["AAPL", "IBM"]
    assert (str(dates[0]), str(dates[-1])) == ("2005-01-03", "2010-06-30")
    assert values.dtype == np.float64
    assert not np.isfinite(values[dates > np.datetime64("2009-03-31"), 1]).any()
    assert np.isfinite(values[:, 0]).all()
    days = store.open_array(gapped.artifacts["dates"])
    between = (days >= np.datetime64("2008-01-01")) & (days < np.datetime64("2008-03-03"))
    assert between.any()
    assert np.isnan(store.open_array(gapped.artifacts["values"])[between]).all()


def test_a_seed_gives_one_model_and_another_seed_another(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    first, again, other = (
        train(replace(sample_work, seed=seed)).artifacts["values"] for seed in (1, 1, 2)
    )

    assert first == again != other


def test_a_factor_without_any_value_stands_beside_others(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    lacking = (("EMPTY", "Div($turnover,$close)"), *FEW)

    found = train(replace(sample_work, features=lacking))

    splits = {one["name"]: one["splits"] for one in found.document["importance"]}
    assert splits["EMPTY"] == 0 < splits["MOMENTUM"]


def test_one_expression_under_two_names_is_two_features(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    twice = (*FEW, ("AGAIN", FEW[0][1]))

    assert train(replace(sample_work, features=twice)).document["features"] == 3


def test_a_label_of_zero_and_one_is_learned_with_its_own_loss(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome], store: LocalArtifacts
) -> None:
    work = replace(
        sample_work,
        label="Gt(Ref($close,-2),Ref($close,-1))",
        parameters={"loss": "binary"},
    )

    found = train(work)

    values = store.open_array(found.artifacts["values"])
    assert found.document["metric"] == "binary_logloss"
    assert 0 < np.nanmin(values) < np.nanmax(values) < 1


def test_progress_is_told(sample_work: TrainingWork, store: LocalArtifacts) -> None:
    from compute.training import train

    told: list[ProgressReport] = []
    train(sample_work, store, told.append)

    phases = list(dict.fromkeys(report.phase for report in told))
    assert phases == ["factor values", "preparing data", "training", "predicting"]
    rounds = [report.done for report in told if report.phase == "training"]
    assert rounds[:2] == [0, 20]
    assert rounds == sorted(rounds)


def test_nothing_is_left_behind_in_the_working_directory(
    sample_work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    train(sample_work)

    assert list((tmp_path / "here").iterdir()) == []


Change = dict[str, Any]
WITHOUT_DAYS = replace(SEGMENTS, valid=Period(date(2008, 1, 5), date(2008, 1, 6)))
BEFORE_FB = replace(SEGMENTS, test=Period(date(2012, 6, 1), date(2012, 12, 31)))
FB_ONLY: Change = {"FB": ((date(2012, 5, 18), None),)}
NO_LABEL_DROPPED = check_processors({"learn": []})


@pytest.mark.parametrize(
    ("change", "error", "field", "said"),
    [
        ({"segments": WITHOUT_DAYS}, EmptyDataError, "segments.valid", "no trading day"),
        (
            {"members": FB_ONLY, "segments": BEFORE_FB},
            EmptyDataError,
            "universe",
            "no member in the train segment",
        ),
        (
            {"members": {"GONE": ((date(2000, 1, 1), None),)}},
            EmptyDataError,
            "universe",
            "any bar",
        ),
        (
            {"features": (("A", "$turnover"), ("B", "Ref($turnover,1)"))},
            EmptyDataError,
            "segments.train",
            "No factor has any value",
        ),
        ({"label": "Ref($turnover,-1)"}, EmptyDataError, "label", "label has no value"),
        (
            {"label": "Sub(Ref($close,-1),Ref($close,-1))"},
            BadInputError,
            "label",
            "0 in every row",
        ),
        (
            {
                "processors": NO_LABEL_DROPPED,
                "label": "Ref(If(Gt($open,$close),$close,$turnover),-1)",
            },
            BadInputError,
            "processors.learn",
            "have no label",
        ),
        (
            {"label": "Div(Ref($close,-1),If(Gt($open,$close),1,0))"},
            BadInputError,
            "label",
            "infinite in",
        ),
        (
            {"parameters": {"loss": "binary"}},
            BadInputError,
            "parameters.loss",
            "0 or 1",
        ),
        (
            {"parameters": {"min_data_in_leaf": 100_000}},
            BadInputError,
            "parameters",
            "nothing to split by",
        ),
        ({"parameters": {"leaves": 3}}, BadInputError, "parameters.leaves", "num_leaves"),
        ({"features": (("A", "$close / $open"),)}, BadInputError, None, "canonical"),
        ({"label": "__import__('os')"}, QatlasError, None, "there are no strings"),
    ],
)
def test_what_cannot_be_learned_is_refused_by_name(
    change: Change,
    error: type[QatlasError],
    field: str | None,
    said: str,
    sample_work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
) -> None:
    with pytest.raises(error, match=re.escape(said)) as caught:
        train(replace(sample_work, **change))

    assert caught.value.field == (field and f"input.{field}")


def test_a_label_that_a_step_makes_missing_is_refused(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    alone = {"AAPL": ((date(2000, 1, 1), None),)}

    with pytest.raises(BadInputError, match="cross-section has one name") as caught:
        train(replace(sample_work, members=alone, processors=Processors()))

    assert caught.value.field == "input.processors.learn"


def test_a_market_without_the_vwap_is_learned_from(
    train: Callable[[TrainingWork], Outcome], sample_work: TrainingWork, tmp_path: Path
) -> None:
    chance = np.random.default_rng(2)
    days = np.arange("2019-01-01", "2022-01-01", dtype="datetime64[D]")
    calendar = days[np.is_busday(days)]
    closes = np.exp(chance.normal(0, 0.02, (len(calendar), 4)).cumsum(axis=0))
    symbols = ["AA", "BB", "CC", "DD"]
    bars = {
        name: {
            "close": closes[:, column],
            "high": closes[:, column] * 1.01,
            "low": closes[:, column],
        }
        for column, name in enumerate(symbols)
    }
    spans = {name: (Span(date(2019, 1, 1)),) for name in symbols}
    write_market(tmp_path / "market", calendar, bars, {"all4": spans})
    segments = Segments(
        Period(date(2019, 1, 1), date(2020, 6, 30)),
        Period(date(2020, 7, 1), date(2020, 12, 31)),
        Period(date(2021, 1, 1), date(2021, 12, 31)),
    )
    work = replace(
        sample_work,
        bars=bars_of(tmp_path / "market"),
        members={name: ((date(2019, 1, 1), None),) for name in symbols},
        features=(("VWAP0", "Div($vwap,$close)"), FEW[0]),
        segments=segments,
    )

    assert train(work).document["predicted_rows"] == 4 * len(calendar)


def test_a_purged_model_is_one_whose_segments_end_earlier(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome], store: LocalArtifacts
) -> None:
    earlier = Segments(
        Period(date(2005, 1, 3), date(2007, 12, 27)),
        Period(date(2008, 1, 1), date(2008, 12, 29)),
        SEGMENTS.test,
    )
    purged = train(replace(sample_work, purge_days=2))
    apart = train(replace(sample_work, segments=earlier))
    whole = train(sample_work)
    test = store.open_array(purged.artifacts["dates"]) >= np.datetime64(SEGMENTS.test.start)
    assert purged.artifacts["model"] == apart.artifacts["model"] != whole.artifacts["model"]
    assert purged.artifacts["dates"] == whole.artifacts["dates"]
    predicted = [store.open_array(one.artifacts["values"])[test] for one in (purged, apart)]
    np.testing.assert_array_equal(*predicted)
    assert purged.document["warnings"] == apart.document["warnings"] == []


def test_labels_that_look_into_the_next_segment_are_warned_of(
    sample_work: TrainingWork, store: LocalArtifacts
) -> None:
    from compute.training import train

    heard: list[ProgressReport] = []
    outcome = train(sample_work, store, heard.append)
    told = [one.message for one in heard if one.level is Severity.WARNING]
    assert outcome.document["warnings"] == [one for one in told if one and "purgeDays: 2" in one]
    assert len(outcome.document["warnings"]) == 1


def test_a_factor_without_values_and_days_without_members_are_warned_of(
    sample_work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    nothing = ("NOTHING", parse("($close-$close)/($close-$close)").canonical)
    late = dict.fromkeys(sample_work.members, ((date(2005, 6, 1), None),))
    work = replace(sample_work, features=(*sample_work.features, nothing), members=late)

    missing, empty = train(replace(work, purge_days=2)).document["warnings"]

    assert missing == (
        "NOTHING has no value at all in train, valid and test, where the model does without."
    )
    assert re.search(r"no member on 1\d\d of the \d+ days of train, the first 2005-01-03", empty)
