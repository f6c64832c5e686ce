"""All rows that a request is about."""

from dataclasses import dataclass
from pathlib import Path

from intake.faults import ImportFileError
from intake.headers import require_used
from intake.progress import Progress
from intake.reading import Tables, plain_symbol, read_tables
from intake.request import ImportRequest
from intake.sources import find_sources


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Rows of the shares, and of a benchmark with a file of its own.

    Attributes:
        request: What was asked for.
        shares: The rows of the paths.
        index: The rows of the benchmark's own file.
        benchmark: Symbol of the benchmark; None where none is named.
    """

    request: ImportRequest
    shares: Tables
    index: Tables | None
    benchmark: str | None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.shares.spill.rows + (self.index.spill.rows if self.index else 0)

    def close(self) -> None:
        """Let go of what does not fit into memory."""
        self.shares.spill.close()
        if self.index is not None:
            self.index.spill.close()


def read_request(request: ImportRequest, folder: Path, progress: Progress) -> Reading:
    """Read all files of a request.

    Args:
        request: What to read.
        folder: An empty folder for what does not fit into memory.
        progress: Told of each file.

    Raises:
        ImportFileError: A file is not what it should be.
        BadInputError: A column that the request renames is in no file.
    """
    shares = _read(request, request.paths, folder / "shares", progress)
    if request.benchmark_file is None:
        require_used(request.form.renamings, shares.columns)
        named = request.benchmark
        return Reading(request, shares, None, plain_symbol(named) if named else None)
    index = _read(request, (request.benchmark_file,), folder / "index", progress)
    require_used(request.form.renamings, shares.columns | index.columns)
    symbols = index.symbols.texts
    if len(symbols) != 1:
        raise ImportFileError(
            str(request.benchmark_file), f"has {len(symbols)} symbols; a benchmark is one"
        )
    symbol = plain_symbol(request.benchmark or symbols[0])
    index.symbols.texts[0] = symbol
    if symbol in shares.symbols.texts:
        raise ImportFileError(
            str(request.benchmark_file),
            f"is of {symbol}, and the other files have it, too; leave one out",
        )
    return Reading(request, shares, index, symbol)


def _read(
    request: ImportRequest, paths: tuple[Path, ...], folder: Path, progress: Progress
) -> Tables:
    folder.mkdir(parents=True)
    return read_tables(find_sources(paths), request.form, folder, request.today, progress)
