"""Models that go on from others. Nothing is trained by it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from catalog import defining
from compute.zoo.modules import CONTINUED
from domain.definitions import FineTuning, ModelRevision, stated
from domain.names import EntityKind
from domain.period import Segments
from domain.records import ModelRecord, UniverseRecord
from domain.specs import ModelSpec, Rolling
from resolvers.bases import bases_of
from resolvers.defining.editing import Editor
from resolvers.defining.faults import Faults
from resolvers.defining.grounds import ground_of
from resolvers.defining.segments import check_purge_days, read_segments

MAX_ROUNDS = 100_000
_OF_THE_BASE = {
    "parameters": "parameters",
    "seed": "seed",
    "factor_set": "factorSet",
    "universe": "universe",
    "label": "label",
    "processors": "processors",
}
"""What a model has from the one that it continues, and its name in the input."""


async def fine_tune_model(definition: FineTuning, editor: Editor) -> ModelRecord:
    """Write a new model that continues another.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        NameTakenError: Only the name is, since a model has it.
        NotFoundError: Only the model that is to be continued is, since there is none.
    """
    faults = Faults()
    await editor.check_new(EntityKind.MODEL, definition, faults)
    spec = faults.settle(await _spec(definition, editor, faults))
    write = partial(
        defining.create_model,
        name=definition.name,
        spec=spec,
        description=definition.description,
        tags=definition.tags,
        author=editor.author,
    )
    return await editor.write(ModelRecord, write)


def check_edit(revision: ModelRevision, latest: ModelRecord, faults: Faults) -> None:
    """Gather what an edit of a fine-tuned model may not change."""
    if latest.spec.derived_from_id is None:
        return
    if isinstance(revision.edit.rolling, Rolling):
        faults.add(
            f"{latest.name} is fine-tuned and goes on from its base once, so it cannot be trained "
            "in legs; leave rolling out, or make a new model of it.",
            "input.rolling",
        )
    for part in stated(revision.edit):
        if (name := _OF_THE_BASE.get(part)) is not None:
            faults.add(
                f"{latest.name} is fine-tuned and has the {name} of its base; leave {name} out, "
                "or fine-tune another model.",
                f"input.{name}",
            )


def check_continued(segments: Segments, bases: Sequence[ModelRecord], faults: Faults) -> None:
    """Gather a test segment with days that a base has learned from or was stopped by."""
    if not bases:
        return
    latest = max(bases, key=lambda base: base.spec.segments.valid.end)
    known = latest.spec.segments.valid.end
    if segments.test.start <= known:
        faults.add(
            f"The test segment begins on {segments.test.start}, and {latest.name}:"
            f"{latest.version}, which is continued, has learned until {known}, so the model would "
            "be judged on what it knows; begin test on a later day.",
            "input.segments.test.start",
        )


async def _spec(definition: FineTuning, editor: Editor, faults: Faults) -> ModelSpec | None:
    if not 1 <= definition.rounds <= MAX_ROUNDS:
        message = f"rounds is {definition.rounds}; give 1 to {MAX_ROUNDS}."
        faults.add(message, "input.rounds")
    found = await faults.look_up(
        editor.lookups.resolve(EntityKind.MODEL, definition.model, "input.model")
    )
    if found is None:
        return None
    base = cast(ModelRecord, found)
    if base.spec.kind not in CONTINUED:
        faults.add(
            f"{base.name} is a model of kind {base.spec.kind}, which does not go on from what it "
            f"has learned; these do: {', '.join(CONTINUED)}.",
            "input.model",
        )
    if base.spec.rolling is not None:
        faults.add(
            f"{base.name} is trained in legs, so there is no one model to go on from; fine-tune a "
            "model without rolling.",
            "input.model",
        )
    universe = cast(UniverseRecord, await editor.lookups.entity(base.spec.universe_id))
    ground = await ground_of(universe, editor.desk)
    segments = await read_segments(definition.segments, ground, editor.desk, faults)
    if segments is None:
        return None
    check_continued(segments, [base, *await bases_of(base, editor.lookups)], faults)
    check_purge_days(base.spec.purge_days, segments, ground, faults, "input.segments")
    return replace(
        base.spec,
        segments=segments,
        rolling=None,
        derived_from_id=base.id,
        rounds=definition.rounds,
    )
