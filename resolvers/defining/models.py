"""Models are defined and edited. Nothing is trained by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from catalog import defining
from compute.zoo.modules import why_unavailable
from domain.definitions import (
    GivenPeriod,
    GivenSegments,
    ModelDefinition,
    ModelParts,
    ModelRevision,
    stated,
)
from domain.ids import NodeId, NodeKind
from domain.model_parameters import check_model_parameters
from domain.names import EntityKind
from domain.parameters import Value
from domain.period import Segments
from domain.processors import check_processors
from domain.records import FactorSetRecord, ModelRecord
from domain.recurrent_parameters import RECURRENT_KINDS, shape_fault
from domain.specs import ModelKind, ModelSpec, Processor, Processors
from domain.trading_defaults import DEFAULT_LABEL
from resolvers.bases import bases_of
from resolvers.defining.editing import Editor, check_revision, revise
from resolvers.defining.expressions import read_label
from resolvers.defining.faults import Faults
from resolvers.defining.fine_tuning import check_continued, check_edit
from resolvers.defining.grounds import (
    Ground,
    field_issues,
    find_ground,
    named,
)
from resolvers.defining.rolling import roll
from resolvers.defining.segments import check_purge_days, read_segments
from resolvers.desk import Desk

MAX_SEED = 2**31 - 1


async def create_model(definition: ModelDefinition, editor: Editor) -> ModelRecord:
    """Write a new model.

    Raises:
        InvalidInputError: Things are wrong with the input; it tells all of them.
        InvalidExpressionError: Only the label is wrong.
        NameTakenError: Only the name is, since a model has it.
        NotFoundError: Only a reference is, since it points at nothing.
    """
    faults = Faults()
    await editor.check_new(EntityKind.MODEL, definition, faults)
    spec = faults.settle(await _spec(definition.parts, editor.desk, faults))
    write = partial(
        defining.create_model,
        name=definition.name,
        spec=spec,
        description=definition.description,
        tags=definition.tags,
        author=editor.author,
    )
    return await editor.write(ModelRecord, write)


async def update_model(revision: ModelRevision, editor: Editor) -> ModelRecord:
    """Write a model's next version; the one that is there if nothing changes.

    All of the next version is checked, against today's data, and not only what is edited.

    Raises:
        InvalidInputError: Things are wrong with it; it tells all of them.
        InvalidExpressionError: Only the label is wrong.
        NotFoundError: No model has the name, or only a reference is wrong.
        ConflictError: The latest version is not the one that was expected.
    """

    async def rewrite(latest: ModelRecord) -> ModelRecord:
        faults = Faults()
        check_revision(revision, faults)
        check_edit(revision, latest, faults)
        found = await _spec(_edited(revision, latest), editor.desk, faults)
        if found is not None:
            found = replace(
                found, derived_from_id=latest.spec.derived_from_id, rounds=latest.spec.rounds
            )
            bases = await bases_of(latest, editor.lookups)
            check_continued(found.segments, bases, faults)
        spec = faults.settle(found)
        write = partial(
            defining.update_model,
            name=latest.name,
            spec=spec,
            description=revision.description,
            expected_version=latest.version,
            author=editor.author,
        )
        return await editor.write(ModelRecord, write)

    return await revise(EntityKind.MODEL, revision, editor, rewrite)


def _edited(revision: ModelRevision, latest: ModelRecord) -> ModelParts:
    """The latest version with the edit in it."""
    spec = latest.spec
    pinned = ModelParts(
        kind=spec.kind,
        parameters=spec.parameters,
        seed=spec.seed,
        factor_set=str(NodeId(NodeKind.FACTOR_SET, spec.factor_set_id)),
        universe=str(NodeId(NodeKind.UNIVERSE, spec.universe_id)),
        label=spec.label,
        segments=_given(spec.segments),
        processors=_document(spec.processors),
        purge_days=spec.purge_days,
        rolling=spec.rolling,
    )
    return replace(pinned, **stated(revision.edit))


def _given(segments: Segments) -> GivenSegments:
    periods = (segments.train, segments.valid, segments.test)
    return GivenSegments(*(GivenPeriod(period.start, period.end) for period in periods))


def _document(processors: Processors) -> dict[str, object]:
    def steps(processors: Sequence[Processor]) -> list[dict[str, object]]:
        return [{"kind": step.kind, "parameters": step.parameters} for step in processors]

    return {"infer": steps(processors.infer), "learn": steps(processors.learn)}


async def _spec(parts: ModelParts, desk: Desk, faults: Faults) -> ModelSpec | None:
    found = await faults.look_up(
        desk.lookups.resolve(EntityKind.FACTOR_SET, parts.factor_set, "input.factorSet")
    )
    factor_set = cast(FactorSetRecord | None, found)
    ground = await faults.look_up(find_ground(parts.universe, desk))
    if factor_set is not None:
        await _check_factors(factor_set, ground, desk, faults)
    known = ground.snapshot.fields if ground else None
    days = ground.snapshot.trading_days if ground else None
    text = DEFAULT_LABEL if parts.label is None else parts.label
    label = faults.attempt(read_label, text, known, days)
    segments = await read_segments(parts.segments, ground, desk, faults)
    parameters = _parameters(parts, faults)
    if factor_set is not None and parameters is not None:
        await _check_shape(parts.kind, parameters, factor_set, desk, faults)
    processors = faults.attempt(check_processors, parts.processors)
    seed = _seed(parts.seed, faults)
    segments, purge_days = _learnt(parts, segments, ground, faults)
    if not (factor_set and ground and label and segments and processors) or parameters is None:
        return None
    return ModelSpec(
        kind=parts.kind,
        parameters=parameters,
        seed=seed,
        factor_set_id=factor_set.id,
        universe_id=ground.universe.id,
        label=label,
        segments=segments,
        processors=processors,
        purge_days=purge_days,
        rolling=parts.rolling,
    )


def _learnt(
    parts: ModelParts, segments: Segments | None, ground: Ground | None, faults: Faults
) -> tuple[Segments | None, int]:
    """The segments and how many days at their ends are dropped, checked leg by leg if it rolls."""
    given = parts.purge_days or 0
    if parts.rolling is None:
        return segments, check_purge_days(given, segments, ground, faults)
    check_purge_days(given, None, None, faults)
    return roll(parts.rolling, segments, given, ground, faults), given


def _parameters(parts: ModelParts, faults: Faults) -> dict[str, Value] | None:
    if reason := why_unavailable(parts.kind):
        faults.add(reason, "input.kind")
    return faults.attempt(check_model_parameters, parts.kind, parts.parameters)


async def _check_shape(
    kind: ModelKind,
    parameters: Mapping[str, Value],
    factor_set: FactorSetRecord,
    desk: Desk,
    faults: Faults,
) -> None:
    """Check that the factors are what a network of the kind can be laid over."""
    if kind in RECURRENT_KINDS:
        factors = await desk.facts.factors(factor_set.id, desk.lookups)
        if fault := shape_fault(len(factors), int(parameters["d_feat"])):
            faults.add(fault, "input.parameters.d_feat")


async def _check_factors(
    factor_set: FactorSetRecord, ground: Ground | None, desk: Desk, faults: Faults
) -> None:
    factors = await desk.facts.factors(factor_set.id, desk.lookups)
    if ahead := [factor.name for factor in factors if factor.spec.looks_ahead]:
        faults.add(
            f"{factor_set.name}:{factor_set.version} holds factors that look ahead, "
            f"{named(ahead)}, so the model would learn from the future; choose a factor set "
            "without them.",
            "input.factorSet",
        )
    if ground is not None:
        faults.extend(field_issues(factors, "input.factorSet", ground))


def _seed(given: int | None, faults: Faults) -> int:
    if given is None:
        return 0
    if not 0 <= given <= MAX_SEED:
        faults.add(f"The seed is {given}; give a whole number from 0 to {MAX_SEED}.", "input.seed")
    return given
