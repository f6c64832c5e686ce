"""Models of every kind predict later days as they were kept, as workers do it."""

from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from asking_ground import ALL_DAYS, DAYS, MEMBERS, SEGMENTS, write_days
from zoo_ground import QUICK

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import ProgressReport, unheard
from domain.errors import ArtifactMissingError, EmptyDataError
from domain.period import Period
from domain.processors import check_processors
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.severity import Severity
from domain.specs import ModelKind, Processors
from domain.stored_panels import StoredPanel
from domain.work import Bars, Outcome, Peers, PredictionWork, TrainingWork

WITHOUT_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
KINDS = [
    pytest.param(kind, marks=[WITHOUT_TORCH] if kind in RECURRENT_KINDS else [])
    for kind in ModelKind
]
MULTIPLIED = (ModelKind.LINEAR, *RECURRENT_KINDS)
"""Kinds whose last bits may depend on how many rows are predicted together."""

FACTORS = (
    ("MOMENTUM", "Div($close,Ref($close,5))"),
    ("RANGE", "Div($open,Mean($close,10))"),
    ("VOLUME", "Div($volume,Mean($volume,10))"),
    ("PLACE", "CSRank(Sub($close,Ref($close,1)))"),
)
LABEL = "Sub(Div(Ref($close,-2),Ref($close,-1)),1)"
SCALED = check_processors({"infer": [{"kind": "RobustZScoreNorm"}, {"kind": "CSZFillna"}]})
END = int(np.searchsorted(ALL_DAYS, np.datetime64(SEGMENTS.test.end)))
"""The row of the test segment's last day."""

FIRST, LAST = (cast(date, ALL_DAYS[row].item()) for row in (END + 1, DAYS - 1))
ALWAYS = {symbol: ((cast(date, ALL_DAYS[0].item()), None),) for symbol in MEMBERS}


@dataclass
class Worker:
    """Trains on days up to the test segment's end, and predicts on more of them."""

    store: LocalArtifacts
    older: Bars
    newer: Bars

    def training(self, **changes: Any) -> TrainingWork:
        """A training of trees unless told otherwise."""
        work = TrainingWork(
            bars=self.older,
            kind=ModelKind.LIGHTGBM,
            parameters=QUICK[ModelKind.LIGHTGBM],
            seed=3,
            features=FACTORS,
            label=LABEL,
            members=ALWAYS,
            segments=SEGMENTS,
            processors=SCALED,
            peers=Peers(ALWAYS, {}),
        )
        return replace(work, **changes)

    def train(self, work: TrainingWork) -> Outcome:
        """What a worker makes of a training."""
        from compute.training import train

        return train(work, self.store, unheard)

    def predict(
        self,
        work: TrainingWork,
        trained: Outcome,
        told: list[ProgressReport] | None = None,
        **changes: Any,
    ) -> Outcome:
        """What it makes of the days after a training."""
        from compute.predicting import predict_later

        asked = PredictionWork(
            bars=self.newer,
            kind=work.kind,
            trained=trained.artifacts,
            trained_on="tiny:1",
            features=work.features,
            label=work.label,
            members=work.members,
            infer=work.processors.infer,
            test=work.segments.test,
            later=Period(FIRST, LAST),
            peers=work.peers,
        )
        report = unheard if told is None else told.append
        return predict_later(replace(asked, **changes), self.store, report)

    def panel(self, found: Outcome, first: date) -> np.ndarray:
        """The predictions from a day on."""
        dates = self.store.open_array(found.artifacts["dates"])
        return self.store.open_array(found.artifacts["values"])[dates >= np.datetime64(first)]


@pytest.fixture(autouse=True)
def alone() -> None:
    """Other tests put Qlib on their own directories; networks this small want one thread."""
    qlib_session._standing.clear()
    if find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    folder = tmp_path_factory.mktemp("later")
    older, newer = (
        _written(folder / name, days) for name, days in (("older", END + 1), ("newer", DAYS))
    )
    return Worker(LocalArtifacts(folder / "artifacts"), older, newer)


def _written(target: Path, days: int) -> Bars:
    write_days(target, days, ())
    return Bars(str(target), "us", stamp(target))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kept_model_predicts_what_a_longer_test_segment_would_have(
    worker: Worker, kind: ModelKind
) -> None:
    parameters = QUICK[kind] | ({"batch_size": 20} if kind in RECURRENT_KINDS else {})
    work = worker.training(kind=kind, parameters=parameters)
    until = replace(SEGMENTS, test=Period(SEGMENTS.test.start, LAST))

    trained = worker.train(work)
    found = worker.predict(work, trained)
    longer = worker.train(replace(work, bars=worker.newer, segments=until))

    tested = END + 1 - int(np.searchsorted(ALL_DAYS, np.datetime64(SEGMENTS.test.start)))
    assert found.document["compared_cells"] == tested * len(MEMBERS)
    assert found.document["changed_cells"] == 0
    ours, theirs = (worker.panel(one, FIRST) for one in (found, longer))
    assert ours.shape == (DAYS - END - 1, len(MEMBERS))
    assert found.document["new_predictions"] == np.isfinite(ours).sum() == ours.size
    assert np.std(ours) > 0
    np.testing.assert_allclose(ours, theirs, rtol=1e-5 if kind in MULTIPLIED else 0)


@pytest.mark.parametrize("kind", [ModelKind.LINEAR, ModelKind.LIGHTGBM])
def test_a_day_is_predicted_alike_however_many_follow(worker: Worker, kind: ModelKind) -> None:
    work = worker.training(kind=kind, parameters=QUICK[kind])
    trained = worker.train(work)
    middle = cast(date, ALL_DAYS[END + 3].item())

    few, all_ = (
        worker.panel(worker.predict(work, trained, later=Period(FIRST, last)), FIRST)
        for last in (middle, LAST)
    )

    assert len(few) == 3
    np.testing.assert_array_equal(few, all_[:3])


def test_a_factor_that_ends_with_the_test_segment_is_told(worker: Worker) -> None:
    days, symbols = ALL_DAYS[: END + 1], np.array(MEMBERS)
    values = np.random.default_rng(1).normal(size=(len(days), len(symbols)))
    panel = StoredPanel(*(worker.store.put_array(one) for one in (values, days, symbols)))
    work = worker.training(features=(*FACTORS[:2], ("MOOD", panel)))
    told: list[ProgressReport] = []

    found = worker.predict(work, worker.train(work), told)

    sentence = (
        f"No value of MOOD is known from {FIRST} to {LAST}, the days after the test segment; the "
        "model was trained with them."
    )
    assert found.document["warnings"] == [sentence]
    assert [one.message for one in told if one.level is Severity.WARNING] == [sentence]
    only = worker.training(features=(("MOOD", panel),))
    with pytest.raises(EmptyDataError, match="No factor has any value from"):
        worker.predict(only, worker.train(only))


def test_a_kind_that_leaves_rows_out_says_what_would_fill_them(worker: Worker) -> None:
    days, symbols = ALL_DAYS[: END + 1], np.array(MEMBERS)
    values = np.random.default_rng(1).normal(size=(len(days), len(symbols)))
    panel = StoredPanel(*(worker.store.put_array(one) for one in (values, days, symbols)))
    work = worker.training(
        kind=ModelKind.LINEAR,
        parameters=QUICK[ModelKind.LINEAR],
        features=(*FACTORS[:2], ("MOOD", panel)),
        processors=Processors(),
    )

    with pytest.raises(EmptyDataError, match=r"can predict no row.*name Fillna") as told:
        worker.predict(work, worker.train(work))

    assert told.value.field == "extend"


def test_a_model_that_is_gone_is_told(worker: Worker) -> None:
    work = worker.training()
    trained = worker.train(work)
    lost = replace(trained, artifacts={**trained.artifacts, "model": "0" * 32})

    with pytest.raises(ArtifactMissingError):
        worker.predict(work, lost)


def test_a_progress_of_its_own_is_told(worker: Worker) -> None:
    work = worker.training()
    told: list[ProgressReport] = []

    found = worker.predict(work, worker.train(work), told)

    phases = list(dict.fromkeys(one.phase for one in told))
    assert phases == ["factor values", "preparing data", "predicting"]
    assert [one["name"] for one in found.document["phases"]] == ["opening the market", *phases]
