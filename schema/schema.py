"""The schema, put together."""

from typing import Any

import strawberry
from graphql import GraphQLSchema, Undefined
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig

from schema import enums  # noqa: F401  (describes what the types below use)
from schema.backtests import Backtest
from schema.errors import TellErrors
from schema.factor_sets import FactorSet
from schema.factors import Factor
from schema.instruments import Instrument
from schema.markets import Market
from schema.models import Model
from schema.mutations import Mutation
from schema.roots.data import DataRoots
from schema.roots.research import ResearchRoots
from schema.roots.tools import ToolRoots
from schema.runs import Run
from schema.scalars import SCALARS
from schema.snapshots import Snapshot
from schema.universes import Universe

MAX_DEPTH = 20
MAX_ALIASES = 100
MAX_TOKENS = 5_000
CACHED_OPERATIONS = 500
ENTITIES = (Snapshot, Universe, Factor, FactorSet, Model, Backtest)
NODES = (Instrument, Market, Run)


@strawberry.type(description="What can be read. A field that computes does so when it is asked.")
class Query(DataRoots, ResearchRoots, ToolRoots):
    """The root of reading."""


# The rules are made once: made anew for each request they would be other rules each time, and
# what was found valid before would be validated again.
_RULES = [
    rule
    for limiter in (QueryDepthLimiter(MAX_DEPTH), MaxAliasesLimiter(MAX_ALIASES))
    for rule in limiter.validation_rules
]


def _extensions() -> list[Any]:
    return [
        TellErrors,
        lambda: MaxTokensLimiter(MAX_TOKENS),
        lambda: AddValidationRules(_RULES),
        lambda: ParserCache(CACHED_OPERATIONS),
        lambda: ValidationCache(CACHED_OPERATIONS),
    ]


def _without_null_defaults(built: GraphQLSchema) -> None:
    """Write `first: Int` where Python needs a default and the contract has none."""
    for type_ in built.type_map.values():
        for field in getattr(type_, "fields", {}).values():
            for argument in getattr(field, "args", {}).values():
                if argument.default_value is None:
                    argument.default_value = Undefined
            if getattr(field, "default_value", Undefined) is None:
                field.default_value = Undefined


def build() -> strawberry.Schema:
    """The schema that the server answers by."""
    built = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[*ENTITIES, *NODES],
        extensions=_extensions(),
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    _without_null_defaults(built._schema)
    return built


schema = build()
