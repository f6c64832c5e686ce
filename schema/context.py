"""What resolvers of one operation share: services, terms, and loaders of their own."""

from dataclasses import dataclass, field

from strawberry.types import Info as StrawberryInfo

from resolvers.asking import Asking
from resolvers.desk import Desk
from resolvers.inquiry import Inquiry
from resolvers.services import Services
from schema.lookups import CatalogLookups


@dataclass(slots=True)
class Context:
    """One operation's context.

    Attributes:
        services: What the server offers.
        asking: The terms of this operation.
        loaders: Batched reads, remembered for this operation only.
    """

    services: Services
    asking: Asking
    loaders: CatalogLookups = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = CatalogLookups(self.services.database)

    @property
    def inquiry(self) -> Inquiry:
        """What this operation asks with."""
        return Inquiry(self.services, self.asking, self.loaders)

    @property
    def desk(self) -> Desk:
        """What questions are worked out with."""
        return Desk(self.services.facts, self.loaders)


Info = StrawberryInfo[Context, None]
