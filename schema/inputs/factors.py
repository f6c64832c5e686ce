"""Factors as clients write them."""

import strawberry

from domain.definitions import FactorDefinition, FactorRevision
from schema.inputs.naming import Definition, Revision
from schema.scalars import EntityRef


@strawberry.input(description="A new factor.")
class CreateFactorInput(Definition):
    """A factor."""

    expression: str = strawberry.field(description="In the expression language; see `operators`.")
    universe: EntityRef | None = strawberry.field(
        default=None,
        description="Whose market's fields may be read; the default universe if left out.",
    )

    def definition(self) -> FactorDefinition:
        """The factor as it was written."""
        return FactorDefinition(
            name=self.name,
            expression=self.expression,
            universe=self.universe,
            description=self.description,
            tags=tuple(self.tags or ()),
        )


@strawberry.input(description="An edit of a factor, which makes its next version.")
class UpdateFactorInput(Revision):
    """An edit of a factor."""

    expression: str | None = strawberry.field(
        default=None, description="In the expression language; stays as it is if left out."
    )
    universe: EntityRef | None = strawberry.field(
        default=None,
        description="Whose market's fields may be read; the default universe if left out.",
    )

    def revision(self) -> FactorRevision:
        """The edit as it was written."""
        return FactorRevision(
            name=self.name,
            expected_version=self.expected_version,
            expression=self.expression,
            universe=self.universe,
            description=self.description,
        )
