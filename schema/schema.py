"""The schema, put together."""

import strawberry
from graphql import GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig

from schema.backtests import Backtest
from schema.errors import TellingSchema
from schema.factor_sets import FactorSet
from schema.factors import Factor
from schema.instruments import Instrument
from schema.markets import Market
from schema.models import Model
from schema.mutations import Mutation
from schema.preparation import Prepare
from schema.roots.data import DataRoots
from schema.roots.research import ResearchRoots
from schema.roots.tools import ToolRoots
from schema.runs import Run
from schema.scalars import SCALARS
from schema.snapshots import Snapshot
from schema.universes import Universe

ENTITIES = (Snapshot, Universe, Factor, FactorSet, Model, Backtest)
NODES = (Instrument, Market, Run)


@strawberry.type(description="What can be read. A field that computes does so when it is asked.")
class Query(DataRoots, ResearchRoots, ToolRoots):
    """The root of reading."""


def _without_null_defaults(built: GraphQLSchema) -> None:
    """Write `first: Int` where Python needs a default and the contract has none."""
    for type_ in built.type_map.values():
        for field in getattr(type_, "fields", {}).values():
            for argument in getattr(field, "args", {}).values():
                if argument.default_value is None:
                    argument.default_value = Undefined
            if getattr(field, "default_value", Undefined) is None:
                field.default_value = Undefined


def build() -> TellingSchema:
    """The schema that the server answers by."""
    built = TellingSchema(
        query=Query,
        mutation=Mutation,
        types=[*ENTITIES, *NODES],
        extensions=[Prepare],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    _without_null_defaults(built._schema)
    return built


schema = build()
