"""Writes files that go out, whole or not at all. Only workers load what writes them."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from bars.persisting import persist_one
from compute.export_tables import ExportTable, Keyed, export_table
from compute.progress import ProgressReport, Report
from domain.artifacts import ArtifactStore
from domain.exports import ColumnNote, ExportFormat, ExportWork
from domain.work import Outcome

DATE, SYMBOL = "date", "symbol"
PHASE = "writing a file"
UNFINISHED = ".unfinished"
ABOUT = b"qatlas"
"""The key of what a file says of itself."""

_CELLS_AT_ONCE = 4_000_000
"""Numbers of one row group, and so about what is in memory at a time."""

Batches = Iterator[pa.RecordBatch]


def export(work: ExportWork, store: ArtifactStore, report: Report) -> Outcome:
    """Write a table to a file.

    Columns are `date` (date32), `symbol` (text) where rows have one, and numbers as they are
    kept; NaN is null, or empty in CSV. Row groups and batches have about 4 million numbers.

    Returns:
        An outcome without document or artifacts; its bytes are those of the file.

    Raises:
        QatlasError: As `export_table`.
    """
    table = export_table(work.source, store)
    schema = _schema(table, work)
    target = Path(work.target)
    with _whole(target) as unfinished:
        _WRITERS[work.format](unfinished, schema, _batches(table, schema, report))
        table.ends()
    return Outcome({}, {}, target.stat().st_size, 0.0)


def _schema(table: ExportTable, work: ExportWork) -> pa.Schema:
    keys = [pa.field(DATE, pa.date32())]
    if table.symbols is not None:
        keys.append(pa.field(SYMBOL, pa.string()))
    number = pa.from_numpy_dtype(table.dtype)
    names = _free(table.names, [key.name for key in keys])
    notes = work.notes * len(names) if len(work.notes) == 1 else work.notes
    noted = dict(zip(names, notes, strict=True))
    columns = [pa.field(name, number, metadata=_told(note)) for name, note in noted.items()]
    about = {**work.about, "units": {name: note.unit for name, note in noted.items()}}
    text = json.dumps(about, ensure_ascii=False)
    return pa.schema([*keys, *columns], metadata={ABOUT: text.encode()})


def _free(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Names for columns; one that is taken gets an underscore, or as many as it needs."""
    free = []
    for name in names:
        longer = (name + "_" * more for more in count(1))
        free.append(next(one for one in longer if one not in names) if name in taken else name)
    return free


def _told(note: ColumnNote) -> dict[str, str]:
    expression = {} if note.expression is None else {"expression": note.expression}
    return {"unit": note.unit} | expression


def _batches(table: ExportTable, schema: pa.Schema, report: Report) -> Batches:
    size = max(1, _CELLS_AT_ONCE // max(1, len(table.names)))
    for first in range(0, table.rows, size):
        report(ProgressReport(PHASE, first, table.rows))
        rows = table.read(first, min(first + size, table.rows))
        yield pa.record_batch(_columns(rows, table.symbols), schema=schema)
    report(ProgressReport(PHASE, table.rows, table.rows))


def _columns(rows: Keyed, symbols: tuple[str, ...] | None) -> list[pa.Array]:
    columns = [pa.array(rows.dates)]
    if symbols is not None:
        of_rows = pa.DictionaryArray.from_arrays(pa.array(rows.places), pa.array(symbols))
        columns.append(of_rows.dictionary_decode())
    # From pandas' point of view NaN is what is missing, and so it becomes null.
    return columns + [pa.array(column, from_pandas=True) for column in rows.values.T.copy()]


def _write_parquet(path: Path, schema: pa.Schema, batches: Batches) -> None:
    repeated = [SYMBOL] if SYMBOL in schema.names else False
    with parquet.ParquetWriter(path, schema, use_dictionary=repeated) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=batch.num_rows)


def _write_csv(path: Path, schema: pa.Schema, batches: Batches) -> None:
    with arrow_csv.CSVWriter(path, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _write_arrow(path: Path, schema: pa.Schema, batches: Batches) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


_WRITERS: dict[ExportFormat, Callable[[Path, pa.Schema, Batches], None]] = {
    ExportFormat.PARQUET: _write_parquet,
    ExportFormat.CSV: _write_csv,
    ExportFormat.ARROW: _write_arrow,
}


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside `target` that takes its name once it is written."""
    handle, name = tempfile.mkstemp(UNFINISHED, f"{target.name}-", target.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        persist_one(unfinished)
        unfinished.chmod(0o644)
        unfinished.rename(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
