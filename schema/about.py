"""The server, who is looking, and what can be trained."""

from functools import cache
from importlib.metadata import version
from typing import cast

import strawberry
from strawberry.scalars import JSON

from catalog import results
from compute.zoo.modules import why_unavailable
from domain.model_parameters import parameter_schema_of
from schema.context import Info
from schema.enums import ModelKind, Role


@strawberry.type(description="The server: its versions, its workers, what it has kept.")
class About:
    """The server."""

    version: str = strawberry.field(description="Of Qatlas.")
    qlib_version: str = strawberry.field(description="Of Qlib.")
    database: str = strawberry.field(description="sqlite or postgresql.")
    workers: int = strawberry.field(description="How many computations run at a time.")
    cache_bytes: float = strawberry.field(description="Size of what is kept.")
    cache_hits: int = strawberry.field(
        description="Questions answered from what was kept, since the server started."
    )
    cache_misses: int = strawberry.field(
        description="Questions that had to be computed, since the server started."
    )
    shadow_checks: int = strawberry.field(
        description="Series that Qlib computed a second time, since the server started."
    )
    shadow_differences: int = strawberry.field(
        description="How many of these differ from what the factor engine computed."
    )


@strawberry.type(description="Who is looking.")
class Viewer:
    """A viewer."""

    id: strawberry.ID = strawberry.field(description="Opaque.")
    name: str = strawberry.field(description="The name under which changes are recorded.")
    role: Role = strawberry.field(description="What they may do.")


@strawberry.type(description="What can be trained here.")
class ModelKindInfo:
    """A kind of model."""

    kind: ModelKind = strawberry.field(description="The kind.")
    is_available: bool = strawberry.field(description="Whether it can be trained here.")
    reason: str | None = strawberry.field(description="Why not.")
    parameter_schema: JSON = strawberry.field(
        description="Its parameters as JSON Schema, for forms."
    )


async def about(info: Info) -> About:
    """The server."""
    context = info.context
    runner = context.services.runner
    return About(
        version=_version("qatlas"),
        qlib_version=_version("pyqlib"),
        database=context.services.database.dialect,
        workers=runner.workers,
        cache_bytes=float(await context.loaders.read(results.bytes_kept)),
        cache_hits=runner.hits,
        cache_misses=runner.misses,
        shadow_checks=runner.shadow_checks,
        shadow_differences=runner.shadow_differences,
    )


@cache
def _version(distribution: str) -> str:
    return version(distribution)


def viewer(info: Info) -> Viewer:
    """Who is looking: on loopback, whoever sits at the machine."""
    name = info.context.asking.requested_by
    return Viewer(id=strawberry.ID(f"_viewer-{name}"), name=name, role=Role.ADMIN)


def model_kinds() -> list[ModelKindInfo]:
    """What can be trained here."""
    return [_model_kind(kind) for kind in ModelKind]


def _model_kind(kind: ModelKind) -> ModelKindInfo:
    reason = why_unavailable(kind)
    return ModelKindInfo(
        kind=kind,
        is_available=reason is None,
        reason=reason,
        parameter_schema=cast(JSON, parameter_schema_of(kind)),
    )
