"""Runs as clients see them."""

from datetime import datetime
from typing import Annotated, cast

import strawberry

from catalog import runs
from domain.errors import BadInputError
from domain.ids import NodeId, NodeKind
from domain.records import RunEventRecord, RunRecord
from schema.context import Info
from schema.entities import Entity, Node, entity_of
from schema.enums import RunKind, RunState, Severity

MAX_EVENTS = 1000


@strawberry.type(description="How far a computation is.")
class Progress:
    """Progress within a phase."""

    phase: str = strawberry.field(description="What it is busy with.")
    done: int = strawberry.field(description="Steps of the phase behind it.")
    total: int | None = strawberry.field(description="Steps of the phase, where known.")

    @strawberry.field(description="The share that is done, 0 to 1, where known.")
    def fraction(self) -> float | None:
        """Done over total."""
        return min(1.0, self.done / self.total) if self.total else None


@strawberry.type(description="Why a run failed.")
class RunError:
    """An error of a run."""

    code: str = strawberry.field(description="For programs.")
    message: str = strawberry.field(description="For people.")


@strawberry.type(description="Something that happened during a run.")
class RunEvent:
    """An event of a run."""

    sequence: int = strawberry.field(description="Counts from 1 within the run.")
    at: datetime = strawberry.field(description="When.")
    level: Severity = strawberry.field(description="How much it weighs.")
    message: str = strawberry.field(description="What, as a sentence.")
    progress: Progress | None = strawberry.field(description="How far it was.")
    state: RunState = strawberry.field(description="The state of the run then.")

    @classmethod
    def of(cls, record: RunEventRecord) -> "RunEvent":
        """An event as clients see it."""
        return cls(
            sequence=record.sequence,
            at=record.at,
            level=Severity(record.level),
            message=record.message,
            progress=Progress(phase=record.phase, done=record.done or 0, total=record.total)
            if record.phase
            else None,
            state=RunState(record.state),
        )


@strawberry.type(
    description=(
        "One computation of one result: queued, watched, kept as the record of what was done."
    )
)
class Run(Node):
    """A run."""

    record: strawberry.Private[RunRecord]
    kind: RunKind = strawberry.field(description="What it computes.")
    state: RunState = strawberry.field(description="Where it stands.")
    key: str = strawberry.field(description="The key of the result that it computes.")
    queued_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a worker took it up.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    attempt: int = strawberry.field(description="From 1; above, workers died before.")
    progress: Progress = strawberry.field(description="How far it is.")
    error: RunError | None = strawberry.field(description="Why it failed.")
    requested_by: str = strawberry.field(description="Who asked first.")

    @classmethod
    def of(cls, record: RunRecord) -> "Run":
        """A run as clients see it."""
        return cls(
            record=record,
            kind=RunKind(record.kind),
            state=RunState(record.state),
            key=record.key,
            queued_at=record.queued_at,
            started_at=record.started_at,
            finished_at=record.finished_at,
            attempt=record.attempt,
            progress=Progress(phase=record.phase, done=record.done, total=record.total),
            error=RunError(code=record.error_code, message=record.error_message or "")
            if record.error_code
            else None,
            requested_by=record.requested_by,
        )

    def node_id(self) -> NodeId:
        """Which row of the catalogue this is."""
        return NodeId(NodeKind.RUN, self.record.id)

    @strawberry.field(description="What it computes for; null for an unsaved expression.")
    async def entity(self, info: Info) -> Entity | None:
        """The entity it computes for."""
        if self.record.entity_id is None:
            return None
        found = await info.context.loaders.entity(self.record.entity_id)
        return cast(Entity, entity_of(found))

    @strawberry.field(description="What happened, in order.")
    async def events(
        self,
        info: Info,
        after_sequence: Annotated[
            int, strawberry.argument(description="Only those behind this one.")
        ] = 0,
        first: Annotated[int, strawberry.argument(description="How many, to 1,000.")] = 100,
    ) -> list[RunEvent]:
        """The events of the run."""
        if not 0 <= first <= MAX_EVENTS:
            raise BadInputError(f"first is {first}; give 0 to {MAX_EVENTS}.", "first")
        events = await info.context.loaders.load(
            runs.events_of, self.record.id, after_sequence, first
        )
        return [RunEvent.of(event) for event in events or ()]
