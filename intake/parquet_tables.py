"""Parquet: read row group by row group by pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from intake.faults import ImportFileError
from intake.headers import ColumnPlan, Renamings, field_of, plan_columns
from intake.sources import Source
from intake.tables import Batch, batches_of

_ROWS = 1 << 17


def read_parquet(
    source: Source, renamings: Renamings
) -> tuple[Iterator[Batch], tuple[str, ...], tuple[str, ...]]:
    """Open a file; returns its batches of bounded size, the columns left out, and all columns.

    Raises:
        ImportFileError: The file is not whole, is no table of dates and closes, or a column of
            numbers holds something else.
    """
    with told_whole(source.name):
        file = pq.ParquetFile(
            pa.BufferReader(source.open().read()) if source.member else source.path
        )
        schema = file.schema_arrow
    plan = plan_columns(source.name, schema.names, renamings)
    fields = _fields(source, schema, plan)
    ignored = tuple(name for name in plan.others if name not in fields)
    return _batches(source, file, plan, fields), ignored, tuple(schema.names)


def _batches(
    source: Source, file: pq.ParquetFile, plan: ColumnPlan, fields: dict[str, str]
) -> Iterator[Batch]:
    keys = [plan.date] if plan.symbol is None else [plan.symbol, plan.date]
    with told_whole(source.name):
        tables = file.iter_batches(_ROWS, columns=[*keys, *fields], use_threads=False)
        yield from batches_of(tables, plan, fields)


def _fields(source: Source, schema: pa.Schema, plan: ColumnPlan) -> dict[str, str]:
    fields = dict(plan.fields)
    for name in fields:
        if not _is_numeric(schema.field(name).type):
            raise ImportFileError(
                source.name,
                f"holds {schema.field(name).type} and no numbers; convert it, or leave it out by "
                f"--map '{name}='",
                column=name,
            )
    for name in plan.others:
        field = field_of(name) if _is_numeric(schema.field(name).type) else None
        if field is not None and field in fields.values():
            raise ImportFileError(
                source.name, f"has two columns for {field}; leave one out by --map '{name}='"
            )
        if field is not None:
            fields[name] = field
    return fields


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


@contextmanager
def told_whole(file: str) -> Iterator[None]:
    """Let a file that is not whole be told as such.

    Raises:
        ImportFileError: Arrow cannot read on.
    """
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ImportFileError(file, f"is no whole Parquet file: {reason}") from error
