"""CSV: delimiter, header and types found out, then read in blocks by pyarrow."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

from intake.cells import NULLS, find_fault
from intake.faults import ImportFileError
from intake.headers import ColumnPlan, Renamings, field_of, plan_columns
from intake.sources import Packing, Source
from intake.tables import Batch, Reading, batches_of

_HEAD_BYTES = 1 << 16
SMALL_BYTES = 8 << 20
"""Of files that are read whole."""
_BLOCK_BYTES = 2 << 20
_DELIMITERS = ",\t;|"
_WORDS = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True, slots=True)
class Layout:
    """What the head of a CSV file tells: its delimiter, its columns, and what they are.

    `fields` says which columns are which fields, `ignored` which are neither that nor keys.
    `blank_lines` stand above the header, `is_quoted` says whether line ends may be in cells, and
    `has_rows` whether there is anything below the header.
    """

    delimiter: str
    names: tuple[str, ...]
    plan: ColumnPlan
    fields: Mapping[str, str]
    ignored: tuple[str, ...]
    blank_lines: int = 0
    is_quoted: bool = False
    has_rows: bool = True


def read_layout(
    source: Source,
    renamings: Renamings,
    reading: Reading,
    known: dict[tuple[str, ...], Layout],
) -> Layout:
    """Find out what a file's columns are; files with equal headers have equal layouts.

    Args:
        source: The file.
        renamings: What the user says of columns.
        reading: How numbers are written.
        known: The layouts found so far, by header; this one is put there.

    Raises:
        ImportFileError: The file is no table of dates and closes, or is not whole.
    """
    head = head_of(source)
    delimiter, names = header_of(source, head)
    if (found := known.get((delimiter, *names))) is None:
        plan = plan_columns(source.name, names, renamings)
        fields, ignored = _told_apart(source, head, delimiter, plan, reading)
        found = known[delimiter, *names] = Layout(delimiter, names, plan, fields, ignored)
    return replace(
        found,
        blank_lines=len(head.splitlines()) - len(head.lstrip(b"\r\n").splitlines()),
        is_quoted=b'"' in head,
        has_rows=len(head) == _HEAD_BYTES or len(head.strip(b"\r\n").splitlines()) > 1,
    )


def read_csv(source: Source, layout: Layout, reading: Reading) -> Iterator[Batch]:
    """Read a file in batches of bounded size.

    Raises:
        ImportFileError: A cell is not what its column holds, a row has too many or too few cells,
            or the file is not whole.
    """
    if not layout.has_rows:
        return
    row = layout.blank_lines + 2
    try:
        blocks = _blocks(source, layout, reading)
        for batch in batches_of(blocks, layout.plan, layout.fields, row):
            yield batch
            row += len(batch)
    except (pa.ArrowInvalid, pa.ArrowException, OSError, EOFError, zlib.error) as error:
        numbers = frozenset(layout.fields)
        with unpacked(source) as stream:
            raise find_fault(
                source.name, stream, layout.delimiter, numbers, reading.decimal, row, str(error)
            ) from error


def unpacked(source: Source) -> BinaryIO:
    """The bytes of a source, unpacked in Python."""
    stream = source.open()
    return cast(BinaryIO, gzip.open(stream)) if source.packing is Packing.GZIP else stream


def _blocks(source: Source, layout: Layout, reading: Reading) -> Iterator[pa.RecordBatch]:
    is_small = source.packing is Packing.PLAIN and source.size <= SMALL_BYTES
    with source.open() as file:
        stream: object = pa.BufferReader(file.read()) if is_small else file
        if source.packing is Packing.GZIP:
            stream = pa.CompressedInputStream(file, "gzip")
        yield from parsed(stream, source.size if is_small else _BLOCK_BYTES, layout, reading)


def parsed(
    stream: object, block_bytes: int, layout: Layout, reading: Reading
) -> Iterator[pa.RecordBatch]:
    """Read the bytes of a table as Arrow does, its keys as texts and its fields as float64.

    Args:
        stream: What Arrow reads bytes from.
        block_bytes: How many of them it reads at a time.
        layout: What the columns are.
        reading: How numbers are written.

    Raises:
        ArrowException: A cell is not what its column holds, or a row has not as many as others.
    """
    plan = layout.plan
    keys = [plan.date] if plan.symbol is None else [plan.symbol, plan.date]
    convert = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(keys, _WORDS) | {name: pa.float64() for name in layout.fields},
        include_columns=[*keys, *layout.fields],
        null_values=NULLS,
        decimal_point=reading.decimal,
    )
    # A blank line is a row without values, so that rows are counted as people count them.
    parse = pa_csv.ParseOptions(
        delimiter=layout.delimiter,
        newlines_in_values=layout.is_quoted,
        ignore_empty_lines=False,
    )
    read = pa_csv.ReadOptions(
        block_size=max(1 << 16, block_bytes + 1), use_threads=False, skip_rows=layout.blank_lines
    )
    yield from pa_csv.open_csv(stream, read, parse, convert)


def head_of(source: Source) -> bytes:
    """The first bytes of a file, unpacked, without a mark of their order.

    Raises:
        ImportFileError: It is empty, no UTF-8 text, or cannot be unpacked.
    """
    try:
        with unpacked(source) as stream:
            head = stream.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportFileError(
            source.name, f"cannot be unpacked: {error}; it is not whole"
        ) from error
    if not head.strip():
        raise ImportFileError(source.name, "is empty; leave it out, or put the right file there")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head:
        raise ImportFileError(source.name, "is no UTF-8 text; save it as CSV in UTF-8")
    return head.removeprefix(b"\xef\xbb\xbf")


def header_of(source: Source, head: bytes) -> tuple[str, tuple[str, ...]]:
    """The delimiter of a file, and the names in its first row.

    Raises:
        ImportFileError: The first row holds values, or is no UTF-8 text.
    """
    line = head.lstrip(b"\r\n").splitlines()[0]
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise ImportFileError(
            source.name, "is no UTF-8 text; save it as CSV in UTF-8", 1
        ) from error
    delimiter = max(_DELIMITERS, key=text.count)
    names = tuple(next(csv.reader([text], delimiter=delimiter)))
    if any(_is_number(name) for name in names):
        raise ImportFileError(source.name, "holds values; the first row names the columns", 1)
    return delimiter, names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _told_apart(
    source: Source, head: bytes, delimiter: str, plan: ColumnPlan, reading: Reading
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The columns that are fields, and those that cannot be, since they hold no numbers."""
    fields, ignored = dict(plan.fields), []
    numeric = _numeric(head, delimiter, plan.others, reading) if plan.others else frozenset()
    for name in plan.others:
        field = field_of(name) if name in numeric else None
        if field is None:
            ignored.append(name)
        elif field in fields.values():
            raise ImportFileError(
                source.name, f"has two columns for {field}; leave one out by --map '{name}='", 1
            )
        else:
            fields[name] = field
    return fields, tuple(ignored)


def _whole_rows(head: bytes) -> bytes:
    """All rows but the last; a line end within quotes ends none."""
    end = head.rfind(b"\n")
    while end > 0 and head.count(b'"', 0, end) % 2:
        end = head.rfind(b"\n", 0, end)
    return head[: end + 1]


def _numeric(head: bytes, delimiter: str, names: Sequence[str], reading: Reading) -> frozenset[str]:
    """Which of some columns hold nothing but numbers, as far as the head of the file goes."""
    whole = _whole_rows(head) if len(head) == _HEAD_BYTES else head + b"\n"
    convert = pa_csv.ConvertOptions(
        include_columns=list(names),
        null_values=NULLS,
        strings_can_be_null=True,
        decimal_point=reading.decimal,
    )
    try:
        table = pa_csv.read_csv(
            BytesIO(whole),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=convert,
        )
    except pa.ArrowInvalid:
        return frozenset(names)  # the fault is found, and told, when the rows are read
    return frozenset(
        field.name
        for field in table.schema
        if pa.types.is_integer(field.type)
        or pa.types.is_floating(field.type)
        or pa.types.is_null(field.type)
    )
