"""Trained models as clients see them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import strawberry

from domain import period as words
from domain.arrays import FloatArray
from domain.artifacts import ArtifactStore
from domain.ids import result_id
from domain.records import ResultRecord
from resolvers.inquiry import Answer
from schema.context import Info
from schema.enums import SegmentName
from schema.periods import Segments
from schema.scalars import FloatColumn
from schema.series import Provenance


@strawberry.type(description="A metric round by round.")
class LearningCurve:
    """A learning curve."""

    segment: SegmentName = strawberry.field(description="Measured on which segment.")
    metric: str = strawberry.field(description="What is measured.")
    values: FloatColumn = strawberry.field(description="One number for each round.")


@strawberry.type(description="A part of a training.")
class TrainingPhase:
    """What a training was busy with, and for how long."""

    name: str = strawberry.field(description="What was done; training itself is the library's.")
    seconds: float = strawberry.field(description="How long it took.")


@strawberry.type(description="One of the trainings of a rolling model.")
class TrainingLeg:
    """A leg."""

    result: strawberry.Private[ResultRecord]
    told: strawberry.Private[Mapping[str, Any]]
    key: str = strawberry.field(
        description="Hash of everything that the leg means; models with an equal leg share it."
    )
    segments: Segments = strawberry.field(
        description="What it learned from, was stopped by and predicted."
    )
    best_iteration: int | None = strawberry.field(
        description="The best round on its valid segment, from 1; null of kinds without rounds."
    )
    train_rows: int = strawberry.field(description="Rows that it learned from.")
    valid_rows: int = strawberry.field(description="Rows that stopped its learning.")
    compute_seconds: float = strawberry.field(description="How long the worker took.")

    @classmethod
    def of(cls, result: ResultRecord, told: Mapping[str, Any]) -> "TrainingLeg":
        """A leg as clients see it."""
        periods = (_period(told[name]) for name in ("train", "valid", "test"))
        return cls(
            result=result,
            told=told,
            key=told["key"],
            segments=Segments.of(words.Segments(*periods)),
            best_iteration=told["best_iteration"],
            train_rows=told["train_rows"],
            valid_rows=told["valid_rows"],
            compute_seconds=told["seconds"],
        )

    @strawberry.field(description="The metric of each round.")
    def curve(self, info: Info) -> list[LearningCurve]:
        """The learning curves."""
        return _curves(self.told["curves"], self.result, info.context.services.store)


@strawberry.type(description="A model, trained; a rolling one leg by leg.")
class Training:
    """A training."""

    answer: strawberry.Private[Answer]
    id: strawberry.ID = strawberry.field(
        description="Equal for equal content, for caches; not a node."
    )
    best_iteration: int | None = strawberry.field(
        description=(
            "The best round on the valid segment, from 1; null of kinds without rounds, and of "
            "rolling models, whose legs have one each."
        )
    )
    train_rows: int = strawberry.field(
        description="Rows that it learned from; of a rolling model the sum over its legs."
    )
    valid_rows: int = strawberry.field(
        description="Rows that stopped its learning; of a rolling model the sum over its legs."
    )
    features: int = strawberry.field(description="How many factors it learned from.")
    warnings: list[str] = strawberry.field(
        description="What to know of what it learned, such as labels that look into test."
    )
    phases: list[TrainingPhase] = strawberry.field(
        description="Where its time went, in order; empty where that was not noted yet."
    )
    legs: list[TrainingLeg] = strawberry.field(
        description="The trainings of a rolling model by the days of test; empty of others."
    )
    provenance: Provenance = strawberry.field(description="How the model came to be.")

    @classmethod
    def of(cls, answer: Answer) -> "Training":
        """A training as clients see it."""
        document = answer.result.document
        return cls(
            answer=answer,
            id=strawberry.ID(result_id(answer.key, "training")),
            best_iteration=document["best_iteration"],
            train_rows=document["train_rows"],
            valid_rows=document["valid_rows"],
            features=document["features"],
            warnings=list(document.get("warnings", ())),
            phases=[TrainingPhase(**one) for one in document.get("phases", ())],
            legs=[TrainingLeg.of(answer.result, one) for one in document.get("legs", ())],
            provenance=Provenance.of(answer),
        )

    @strawberry.field(
        description="The metric of each round; empty of a rolling model, whose legs have their own."
    )
    def curve(self, info: Info) -> list[LearningCurve]:
        """The learning curves."""
        result = self.answer.result
        return _curves(result.document["curves"], result, info.context.services.store)


def _curves(
    told: Iterable[Mapping[str, Any]], result: ResultRecord, store: ArtifactStore
) -> list[LearningCurve]:
    """Learning curves, each a whole artifact or, where it says so, a part of one."""
    curves = []
    for one in told:
        values: FloatArray = store.open_array(result.artifacts[one["artifact"]])
        curves.append(
            LearningCurve(
                segment=SegmentName(one["segment"]),
                metric=one["metric"],
                values=FloatColumn(values[one.get("start") : one.get("stop")]),
            )
        )
    return curves


def _period(days: tuple[str, str]) -> words.Period:
    return words.Period(*map(date.fromisoformat, days))
