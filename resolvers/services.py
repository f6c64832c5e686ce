"""What every use case is given: the database, the artifacts, the workers and the limits."""

from dataclasses import dataclass

from catalog.database import Database
from domain.artifacts import ArtifactStore
from resolvers.facts import Facts
from resolvers.running import Runner


@dataclass(frozen=True, slots=True)
class Limits:
    """What one operation may take.

    Attributes:
        wait_seconds: How long it waits for computations unless it says otherwise.
        max_wait_seconds: The longest it may ask to wait.
        max_starts: How many computations it may start.
        max_inline_numbers: How many numbers a series may have inline.
    """

    wait_seconds: float = 30.0
    max_wait_seconds: float = 600.0
    max_starts: int = 16
    max_inline_numbers: int = 200_000


@dataclass(frozen=True, slots=True)
class Services:
    """One server's services, shared by all its requests."""

    database: Database
    store: ArtifactStore
    facts: Facts
    runner: Runner
    limits: Limits
