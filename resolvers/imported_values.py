"""Where the values of an imported factor come from: nowhere else than where they were put."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple

from domain.errors import ArtifactMissingError, BadInputError, ImportedValuesLostError
from domain.keys import content_key
from domain.period import Period
from domain.records import SnapshotRecord
from domain.runs import RunKind
from domain.stored_panels import ImportedValues
from domain.work import ImportedWork, Work
from resolvers.questions import Ensure, Purpose, Question, bars_of

IMPORTED_ENGINE = "imported"
"""What stands for the versions where nothing is computed."""


def imported_question(
    imported: ImportedValues, snapshot: SnapshotRecord, purpose: Purpose
) -> Question:
    """All values that were imported; to answer it, a worker looks whether they are whole.

    Raises:
        BadInputError: They are of another market.
    """
    require_market(imported, snapshot)

    async def prepare(_ensure: Ensure) -> Work:
        return ImportedWork(bars_of(snapshot), imported.factor, imported.panel)

    return Question(
        key=content_key("imported panel", imported.panel),
        kind=RunKind.FACTOR_VALUES,
        snapshot=snapshot,
        universe=None,
        engine=IMPORTED_ENGINE,
        prepare=prepare,
        purpose=Purpose(purpose.entity_id),
    )


def imported_key(imported: ImportedValues, over: object, period: Period) -> str:
    """The key of imported values over members, or for one symbol; it has no bars in it."""
    return content_key("imported values", [imported.panel, over, period])


def require_market(imported: ImportedValues, snapshot: SnapshotRecord) -> None:
    """Check that values are of a snapshot's market.

    Raises:
        BadInputError: They are of another.
    """
    if imported.market != snapshot.name:
        raise BadInputError(
            f"The factor {imported.factor} was imported for the market {imported.market} and has "
            f"no values on {snapshot.name}; choose a universe of {imported.market}."
        )


@contextmanager
def told_losses(imported: ImportedValues | None) -> Iterator[None]:
    """Let the loss of a file be told as what it is to an imported factor; None is none.

    Raises:
        ImportedValuesLostError: A file is gone or damaged.
    """
    try:
        yield
    except (ArtifactMissingError, ValueError, EOFError) as error:  # NumPy's, of half a file
        if imported is None:
            raise
        reason = f"of the artifacts {', '.join(astuple(imported.panel))} one is gone or damaged"
        raise ImportedValuesLostError(imported.factor, reason) from error
