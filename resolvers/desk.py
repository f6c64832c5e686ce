"""What questions are worked out with."""

from dataclasses import dataclass

from resolvers.facts import Facts
from resolvers.lookups import Lookups


@dataclass(frozen=True, slots=True)
class Desk:
    """What questions are worked out with."""

    facts: Facts
    lookups: Lookups
