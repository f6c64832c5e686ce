"""Models as clients write them."""

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from domain.definitions import (
    LEFT_OUT,
    FineTuning,
    LeftOut,
    ModelDefinition,
    ModelEdit,
    ModelParts,
    ModelRevision,
)
from domain.specs import ModelKind, Rolling
from schema.inputs.naming import Definition, Revision
from schema.inputs.periods import RollingInput, SegmentsInput
from schema.scalars import EntityRef

_KEPT = "Stays as it is if left out."


@strawberry.input(description="A new model. It is trained when something of it is first asked.")
class CreateModelInput(Definition):
    """A model."""

    kind: ModelKind = strawberry.field(
        default=ModelKind.LIGHTGBM, description="What is trained; see `modelKinds`."
    )
    parameters: JSON | None = strawberry.field(
        default=None,
        description="An object of parameters of the kind; defaults for those left out.",
    )
    seed: int | None = strawberry.field(default=None, description="0 or more; 0 if left out.")
    factor_set: EntityRef = strawberry.field(description="What it learns from.")
    universe: EntityRef | None = strawberry.field(
        default=None, description="Whose members it learns from; the default one if left out."
    )
    label: str | None = strawberry.field(
        default=None,
        description=(
            "What it predicts, an expression that looks ahead; "
            "Ref($close,-2)/Ref($close,-1)-1 if left out."
        ),
    )
    segments: SegmentsInput = strawberry.field(
        description="Train, valid and test, in this order, without a day in common."
    )
    processors: JSON | None = strawberry.field(
        default=None,
        description=(
            'How features and labels are prepared: {"infer": [...], "learn": [...]}, each step as '
            '{"kind": ..., "parameters": {...}} by Qlib\'s names. Left out, nothing under infer, '
            "DropnaLabel and CSZScoreNorm of the label under learn."
        ),
    )
    purge_days: int | None = strawberry.field(
        default=None,
        description=(
            "How many trading days at the end of train and valid are not learned from, since their "
            "labels look into the next segment: the days that the label looks ahead are right. 0 "
            "if left out, as in Qlib."
        ),
    )
    rolling: RollingInput | None = strawberry.field(
        default=None, description="Trains it anew, leg by leg; once if left out."
    )

    def definition(self) -> ModelDefinition:
        """The model as it was written."""
        parts = ModelParts(
            kind=self.kind,
            parameters=self.parameters,
            seed=self.seed,
            factor_set=self.factor_set,
            universe=self.universe,
            label=self.label,
            segments=self.segments.given(),
            processors=self.processors,
            purge_days=self.purge_days,
            rolling=self.rolling.given() if self.rolling else None,
        )
        return ModelDefinition(
            name=self.name,
            parts=parts,
            description=self.description,
            tags=tuple(self.tags or ()),
        )


@strawberry.input(
    description="A new model that goes on from what another has learned, and has its definition."
)
class FineTuneModelInput(Definition):
    """A model that continues another."""

    model: EntityRef = strawberry.field(
        description="What it goes on from; LIGHTGBM and XGBOOST can."
    )
    segments: SegmentsInput = strawberry.field(
        description="Its own; test begins after the valid segment of `model`."
    )
    rounds: int = strawberry.field(
        default=10, description="How many rounds more at most, 1 to 100,000."
    )

    def definition(self) -> FineTuning:
        """The model as it was written."""
        return FineTuning(
            name=self.name,
            model=self.model,
            segments=self.segments.given(),
            rounds=self.rounds,
            description=self.description,
            tags=tuple(self.tags or ()),
        )


@strawberry.input(description="An edit of a model, which makes its next version.")
class UpdateModelInput(Revision):
    """An edit of a model."""

    parameters: JSON | None = strawberry.field(
        default=None, description="All parameters that are no defaults; they stay if left out."
    )
    seed: int | None = strawberry.field(default=None, description=_KEPT)
    factor_set: EntityRef | None = strawberry.field(
        default=None,
        description="A bare name is its latest version; the version used stays if left out.",
    )
    universe: EntityRef | None = strawberry.field(
        default=None,
        description="A bare name is its latest version; the version used stays if left out.",
    )
    label: str | None = strawberry.field(default=None, description=_KEPT)
    segments: SegmentsInput | None = strawberry.field(default=None, description=_KEPT)
    processors: JSON | None = strawberry.field(default=None, description=_KEPT)
    purge_days: int | None = strawberry.field(default=None, description=_KEPT)
    rolling: RollingInput | None = strawberry.field(
        default=UNSET, description="Stays as it is if left out; null trains it once."
    )

    def revision(self) -> ModelRevision:
        """The edit as it was written."""
        edit = ModelEdit(
            parameters=self.parameters,
            seed=self.seed,
            factor_set=self.factor_set,
            universe=self.universe,
            label=self.label,
            segments=self.segments.given() if self.segments else None,
            processors=self.processors,
            purge_days=self.purge_days,
            rolling=_rolling(self.rolling),
        )
        return ModelRevision(
            name=self.name,
            expected_version=self.expected_version,
            edit=edit,
            description=self.description,
        )


def _rolling(given: RollingInput | None) -> Rolling | LeftOut | None:
    if given is UNSET:
        return LEFT_OUT
    return given.given() if given is not None else None
