"""The root of writing. Nothing here computes: what is defined is computed when it is asked."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar, cast

import strawberry

from domain.errors import QatlasError
from domain.records import AnyEntity
from resolvers.defining.backtests import create_backtest, update_backtest
from resolvers.defining.editing import Editor
from resolvers.defining.factor_sets import create_factor_set, update_factor_set
from resolvers.defining.factors import create_factor, update_factor
from resolvers.defining.fine_tuning import fine_tune_model
from resolvers.defining.marking import archive_entity, tag_entity
from resolvers.defining.models import create_model, update_model
from schema.backtests import Backtest
from schema.context import Info
from schema.entities import Entity, entity_of
from schema.factor_sets import FactorSet
from schema.factors import Factor
from schema.inputs.backtests import CreateBacktestInput, UpdateBacktestInput
from schema.inputs.factor_sets import CreateFactorSetInput, UpdateFactorSetInput
from schema.inputs.factors import CreateFactorInput, UpdateFactorInput
from schema.inputs.models import CreateModelInput, FineTuneModelInput, UpdateModelInput
from schema.lookups import CatalogLookups
from schema.models import Model
from schema.problems import (
    Conflict,
    InvalidExpression,
    InvalidInput,
    NameTaken,
    NotFound,
    problem_of,
)
from schema.snapshots import Snapshot
from schema.universes import Universe

Kind = TypeVar("Kind", bound=Entity)

CreateFactorResult = Annotated[
    Factor | InvalidExpression | InvalidInput | NameTaken | NotFound | Conflict,
    strawberry.union("CreateFactorResult", description="A factor, or what is wrong."),
]
CreateFactorSetResult = Annotated[
    FactorSet | InvalidInput | NameTaken | NotFound | Conflict,
    strawberry.union("CreateFactorSetResult", description="A factor set, or what is wrong."),
]
CreateModelResult = Annotated[
    Model | InvalidInput | InvalidExpression | NameTaken | NotFound | Conflict,
    strawberry.union("CreateModelResult", description="A model, or what is wrong."),
]
CreateBacktestResult = Annotated[
    Backtest | InvalidInput | NameTaken | NotFound | Conflict,
    strawberry.union("CreateBacktestResult", description="A backtest, or what is wrong."),
]
TagEntityResult = Annotated[
    Snapshot | Universe | Factor | FactorSet | Model | Backtest | InvalidInput | NotFound,
    strawberry.union("TagEntityResult", description="What was marked, or what is wrong."),
]

_NEW = strawberry.argument(name="input", description="What is to be made.")
_EDIT = strawberry.argument(name="input", description="What is to be another.")
_MARKED = strawberry.argument(name="id", description="The id of any version of it.")


@strawberry.type(
    description=(
        "What can be written. An edit of a definition makes the next version, or finds the one "
        "that is there if nothing changes; an edit of tags or archival leaves versions as they are."
    )
)
class Mutation:
    """The root of writing."""

    @strawberry.mutation(description="Defines a factor. One that looks ahead is flagged.")
    async def create_factor(
        self, info: Info, given: Annotated[CreateFactorInput, _NEW]
    ) -> CreateFactorResult:
        """A new factor."""
        return await _written(Factor, info, create_factor, given.definition())

    @strawberry.mutation(description="Edits a factor; sets and backtests keep what they use.")
    async def update_factor(
        self, info: Info, given: Annotated[UpdateFactorInput, _EDIT]
    ) -> CreateFactorResult:
        """The next version of a factor."""
        return await _written(Factor, info, update_factor, given.revision())

    @strawberry.mutation(description="Edits a factor set; models keep the version they use.")
    async def update_factor_set(
        self, info: Info, given: Annotated[UpdateFactorSetInput, _EDIT]
    ) -> CreateFactorSetResult:
        """The next version of a factor set."""
        return await _written(FactorSet, info, update_factor_set, given.revision())

    @strawberry.mutation(description="Edits a model; backtests keep the version they use.")
    async def update_model(
        self, info: Info, given: Annotated[UpdateModelInput, _EDIT]
    ) -> CreateModelResult:
        """The next version of a model."""
        return await _written(Model, info, update_model, given.revision())

    @strawberry.mutation(description="Edits a backtest.")
    async def update_backtest(
        self, info: Info, given: Annotated[UpdateBacktestInput, _EDIT]
    ) -> CreateBacktestResult:
        """The next version of a backtest."""
        return await _written(Backtest, info, update_backtest, given.revision())

    @strawberry.mutation(description="Defines a factor set.")
    async def create_factor_set(
        self, info: Info, given: Annotated[CreateFactorSetInput, _NEW]
    ) -> CreateFactorSetResult:
        """A new factor set."""
        return await _written(FactorSet, info, create_factor_set, given.definition())

    @strawberry.mutation(description="Defines a model. Asking for something of it trains it.")
    async def create_model(
        self, info: Info, given: Annotated[CreateModelInput, _NEW]
    ) -> CreateModelResult:
        """A new model."""
        return await _written(Model, info, create_model, given.definition())

    @strawberry.mutation(
        description="Defines a model that goes on from another. Asking for something trains it."
    )
    async def fine_tune_model(
        self, info: Info, given: Annotated[FineTuneModelInput, _NEW]
    ) -> CreateModelResult:
        """A new model from another."""
        return await _written(Model, info, fine_tune_model, given.definition())

    @strawberry.mutation(description="Defines a backtest. Asking for something of it computes it.")
    async def create_backtest(
        self, info: Info, given: Annotated[CreateBacktestInput, _NEW]
    ) -> CreateBacktestResult:
        """A new backtest."""
        return await _written(Backtest, info, create_backtest, given.definition())

    @strawberry.mutation(description="Puts tags on the name of an entity and takes others off.")
    async def tag_entity(
        self,
        info: Info,
        entity: Annotated[strawberry.ID, _MARKED],
        add: Annotated[
            Sequence[str], strawberry.argument(description="Tags to put on, 1 to 100 characters.")
        ] = (),
        remove: Annotated[
            Sequence[str],
            strawberry.argument(description="Tags to take off, but those to put on."),
        ] = (),
    ) -> TagEntityResult:
        """Other tags."""
        marked = await _written(Entity, info, tag_entity, entity, add, remove)
        return cast(TagEntityResult, marked)

    @strawberry.mutation(
        description="Archives the name of an entity, so that lists leave it out, or takes it back."
    )
    async def archive_entity(
        self,
        info: Info,
        entity: Annotated[strawberry.ID, _MARKED],
        archived: Annotated[
            bool, strawberry.argument(description="Whether it is to be archived.")
        ] = True,
    ) -> TagEntityResult:
        """In the archive, or out of it."""
        marked = await _written(Entity, info, archive_entity, entity, archived)
        return cast(TagEntityResult, marked)


async def _written(
    kind: type[Kind], info: Info, write: Callable[..., Awaitable[AnyEntity]], *given: Any
) -> Kind | Any:
    """What a use case wrote of what was given, or the problem in its place.

    What earlier fields of the operation have read is forgotten before and after.
    """
    context = info.context
    _forget(info)
    editor = Editor(context.services.database, context.desk, context.asking.requested_by)
    try:
        written = entity_of(await write(*given, editor))
    except QatlasError as error:
        return await problem_of(error, info)
    finally:
        _forget(info)
    assert isinstance(written, kind)
    return written


def _forget(info: Info) -> None:
    info.context.loaders = CatalogLookups(info.context.services.database)
