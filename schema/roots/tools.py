"""Roots that belong to no one kind: nodes, runs, expressions, the server."""

import asyncio
from typing import Annotated, cast

import strawberry

from catalog import listing
from catalog.paging import PageRequest
from domain.errors import BadInputError
from domain.expression import OPERATORS
from domain.ids import NodeKind, parse_id
from resolvers.expressions import read_expression
from resolvers.series import Thinning
from resolvers.studies import StudyArguments
from schema.about import About, ModelKindInfo, Viewer, about, model_kinds, viewer
from schema.arguments import (
    EndArgument,
    InstrumentsArgument,
    MaxPointsArgument,
    MethodArgument,
    SnapshotArgument,
    StartArgument,
    UniverseArgument,
)
from schema.calculation import Calculation, ExpressionCheck, Operator, Shown, calculations
from schema.connections import After, Before, Connection, First, Last
from schema.context import Info
from schema.entities import Node
from schema.enums import Downsampling
from schema.filters import RunFilter
from schema.listing import run_query
from schema.nodes import node_of
from schema.paging import listed
from schema.runs import Run

MAX_EXPRESSIONS = 50
MAX_IDS = 500


@strawberry.type
class ToolRoots:
    """Roots that belong to no one kind."""

    @strawberry.field(description="What an id names.")
    async def node(
        self,
        info: Info,
        wanted: Annotated[strawberry.ID, strawberry.argument(name="id", description="An id.")],
    ) -> Node | None:
        """One node."""
        return await node_of(wanted, info)

    @strawberry.field(
        description=(
            "What ids name, in their order; one that names nothing is null, with an error at its "
            "place."
        )
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Up to 500 ids.")],
    ) -> list[Node | None]:
        """Many nodes.

        Raises:
            BadInputError: There are too many.
        """
        if len(ids) > MAX_IDS:
            raise BadInputError(f"There are {len(ids)} ids; give at most {MAX_IDS}.", "ids")
        found = await asyncio.gather(*(node_of(one, info) for one in ids), return_exceptions=True)
        return cast(list[Node | None], found)  # an exception in a list is the error of its place

    @strawberry.field(description="A run by id.")
    async def run(
        self,
        info: Info,
        wanted: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")],
    ) -> Run | None:
        """One run.

        Raises:
            BadInputError: The id is of something else.
        """
        if parse_id(wanted, "id").kind is not NodeKind.RUN:
            raise BadInputError(
                f"{wanted!r} is not the id of a run; COMPUTING errors carry one.", "id"
            )
        return cast(Run, await node_of(wanted, info))

    @strawberry.field(description="Runs, the newest first.")
    async def runs(
        self,
        info: Info,
        where: Annotated[
            RunFilter | None, strawberry.argument(name="filter", description="Which of them.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Run]:
        """All runs."""
        page = PageRequest.of(first, after, last, before)
        query = run_query(where)
        return await listed(
            listing.list_runs, listing.count_runs, query, page, info=info, convert=Run.of
        )

    @strawberry.field(
        description=(
            "Computes expressions without saving them: one series each, a column per instrument."
        )
    )
    async def calculate(
        self,
        info: Info,
        expressions: Annotated[list[str], strawberry.argument(description="Up to 50 expressions.")],
        snapshot: SnapshotArgument = None,
        universe: UniverseArgument = None,
        start: StartArgument = None,
        end: EndArgument = None,
        instruments: InstrumentsArgument = None,
        max_points: MaxPointsArgument = None,
        method: MethodArgument = Downsampling.MINMAXLTTB,
    ) -> list[Calculation] | None:
        """Expressions, computed when their values are asked for.

        Raises:
            BadInputError: There are too many expressions, or an argument is out of range.
        """
        if not 1 <= len(expressions) <= MAX_EXPRESSIONS:
            raise BadInputError(
                f"There are {len(expressions)} expressions; give 1 to {MAX_EXPRESSIONS}.",
                "expressions",
            )
        arguments = StudyArguments(snapshot, universe, start, end)
        shown = Shown(instruments, Thinning(max_points, method))
        return await calculations(expressions, arguments, shown, info)

    @strawberry.field(description="Reads an expression without computing it.")
    async def check_expression(
        self,
        info: Info,
        expression: Annotated[str, strawberry.argument(description="The text to read.")],
        universe: UniverseArgument = None,
    ) -> ExpressionCheck:
        """What reading an expression says of it."""
        read, problems = await read_expression(expression, universe, info.context.inquiry)
        return ExpressionCheck.of(read, problems)

    @strawberry.field(description="The expression language, for completion and help.")
    def operators(self) -> list[Operator]:
        """All operators."""
        return [
            Operator(
                name=one.name,
                signature=one.signature,
                arity=one.arity,
                group=one.group,
                description=one.description,
                is_cross_sectional=one.is_cross_sectional,
            )
            for one in OPERATORS.values()
        ]

    @strawberry.field(description="The server.")
    async def about(self, info: Info) -> About:
        """The server."""
        return await about(info)

    @strawberry.field(description="Who is looking.")
    def viewer(self, info: Info) -> Viewer:
        """Who is looking."""
        return viewer(info)

    @strawberry.field(
        description=(
            "What can be trained here, with the parameters each kind takes (JSON Schema, "
            "for forms)."
        )
    )
    def model_kinds(self) -> list[ModelKindInfo]:
        """What can be trained here."""
        return model_kinds()
