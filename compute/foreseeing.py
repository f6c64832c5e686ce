"""What a worker reads of a market before the work on it comes."""

from collections.abc import Iterable

from domain.artifacts import ArtifactStore
from domain.work import Bars


def read_ahead(bars: Bars, fields: Iterable[str], store: ArtifactStore) -> None:
    """Open a market and read some of its fields, as work on it would do first.

    Raises:
        DataDirectoryError, SnapshotChangedError, StorageError: As work on it would.
    """
    from compute.open_market import open_panels

    open_panels(bars, store).panels(fields, ())
