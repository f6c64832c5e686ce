"""Factor sets as clients write them."""

import strawberry

from domain.definitions import FactorSetDefinition, FactorSetRevision
from schema.inputs.naming import Definition, Revision
from schema.scalars import EntityRef


@strawberry.input(description="A new factor set.")
class CreateFactorSetInput(Definition):
    """A factor set."""

    factors: list[EntityRef] = strawberry.field(
        description="1 to 2,000 factors in their order, none twice and none that looks ahead."
    )

    def definition(self) -> FactorSetDefinition:
        """The factor set as it was written."""
        return FactorSetDefinition(
            name=self.name,
            factors=tuple(self.factors),
            description=self.description,
            tags=tuple(self.tags or ()),
        )


@strawberry.input(description="An edit of a factor set, which makes its next version.")
class UpdateFactorSetInput(Revision):
    """An edit of a factor set."""

    factors: list[EntityRef] | None = strawberry.field(
        default=None,
        description="All factors that it is to hold, in order; they stay if left out.",
    )

    def revision(self) -> FactorSetRevision:
        """The edit as it was written."""
        return FactorSetRevision(
            name=self.name,
            expected_version=self.expected_version,
            factors=None if self.factors is None else tuple(self.factors),
            description=self.description,
        )
