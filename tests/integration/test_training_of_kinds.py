"""A model of any kind goes from its factors to what is kept of it, as workers take it there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from zoo_ground import KINDS, QUICK

from bars.directory import MarketDirectory
from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from compute import qlib_session
from compute.progress import unheard
from compute.zoo import modules
from compute.zoo.kinds import load
from domain.errors import BadInputError, KindUnavailableError
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.specs import ModelKind
from domain.work import Bars, Outcome, TrainingWork

SEGMENTS = Segments(
    Period(date(2006, 1, 3), date(2006, 12, 29)),
    Period(date(2007, 1, 3), date(2007, 6, 29)),
    Period(date(2007, 7, 2), date(2007, 9, 28)),
)
FACTORS = (
    ("MOMENTUM", "Div($close,Ref($close,5))"),
    ("RANGE", "Div(Sub($high,$low),$close)"),
)
LABEL = "Sub(Div(Ref($close,-2),Ref($close,-1)),1)"
SCALED = check_processors({"infer": [{"kind": "RobustZScoreNorm"}, {"kind": "Fillna"}]})
EMPTY = ("EMPTY", "Div($turnover,$close)")


@pytest.fixture(autouse=True)
def alone() -> None:
    """Other tests put Qlib on their own directories; networks this small want one thread."""
    qlib_session._standing.clear()
    if find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


@pytest.fixture
def store(tmp_path: Path) -> LocalArtifacts:
    return LocalArtifacts(tmp_path / "artifacts")


@pytest.fixture
def work(sample_directory: Path) -> TrainingWork:
    """Two factors of the sample market."""
    members = MarketDirectory.open(sample_directory).markets["us5"]
    return TrainingWork(
        bars=Bars(str(sample_directory), "us", stamp(sample_directory)),
        kind=ModelKind.LINEAR,
        parameters={},
        seed=3,
        features=FACTORS,
        label=LABEL,
        members={name: tuple((s.start, s.end) for s in spans) for name, spans in members.items()},
        segments=SEGMENTS,
        processors=SCALED,
    )


@pytest.fixture
def train(store: LocalArtifacts) -> Callable[[TrainingWork], Outcome]:
    from compute.training import train

    return lambda work: train(work, store, unheard)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_worker_keeps_of_a_model_predicts_what_it_predicted(
    kind: ModelKind,
    work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
    store: LocalArtifacts,
) -> None:
    asked = replace(work, kind=kind, parameters=QUICK[kind])

    found = train(asked)

    values = store.open_array(found.artifacts["values"])
    assert np.isfinite(values).sum() == found.document["predicted_rows"] > 1000
    assert np.nanstd(values) > 0
    assert train(asked).artifacts == found.artifacts
    kept = load(kind, found.artifacts, store)
    rows = np.zeros((1, len(FACTORS)), np.float32)  # factors as usual as can be
    assert np.nanmin(values) <= kept.predict(rows)[0] <= np.nanmax(values)
    curves = {one["segment"]: one["artifact"] for one in found.document["curves"]}
    assert set(curves) == (set() if kind is ModelKind.LINEAR else {"TRAIN", "VALID"})
    assert all(np.isfinite(store.open_array(found.artifacts[one])).all() for one in curves.values())


def test_an_empty_factor_is_refused_by_name_unless_it_is_filled(
    work: TrainingWork, train: Callable[[TrainingWork], Outcome]
) -> None:
    lacking = replace(work, features=(*FACTORS, EMPTY))

    assert train(lacking).document["features"] == 3
    with pytest.raises(BadInputError, match="EMPTY has none but missing"):
        train(replace(lacking, processors=check_processors(None)))


def test_a_worker_without_torch_says_what_to_install(
    work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modules, "find_spec", lambda _: None)

    with pytest.raises(KindUnavailableError, match="pip install torch") as told:
        train(replace(work, kind=ModelKind.LSTM, parameters=QUICK[ModelKind.LSTM]))

    assert told.value.code == "KIND_UNAVAILABLE"


@pytest.mark.parametrize(
    ("kind", "loss", "field"),
    [
        (ModelKind.XGBOOST, {"objective": "binary:logistic"}, "objective"),
        (ModelKind.CATBOOST, {"loss": "Logloss"}, "loss"),
    ],
)
def test_a_loss_of_classes_wants_labels_of_zero_and_one(
    kind: ModelKind,
    loss: dict[str, str],
    field: str,
    work: TrainingWork,
    train: Callable[[TrainingWork], Outcome],
) -> None:
    asked = replace(work, kind=kind, parameters=QUICK[kind] | loss)

    with pytest.raises(BadInputError, match="labels that are 0 or 1") as told:
        train(asked)

    assert told.value.field == f"input.parameters.{field}"
    classes = replace(
        asked,
        label="Gt(Ref($close,-2),Ref($close,-1))",
        processors=check_processors({"learn": [{"kind": "DropnaLabel"}]}),
    )
    assert "log" in train(classes).document["metric"].lower()
