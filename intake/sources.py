"""The files that an import reads: found in folders and archives, and known by their content."""

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import BinaryIO, cast

from intake.faults import ImportFileError

_SUFFIXES = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".gz": "gzip",
    ".zip": "zip",
    ".parquet": "Parquet",
    ".pq": "Parquet",
}
_MAGIC = {b"PAR1": "Parquet", b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
_READABLE = (
    ".csv, .tsv, .txt, .parquet and .pq, the first three also as .gz, and any of them in .zip"
)


class Packing(Enum):
    """How the bytes of a source are packed."""

    PLAIN = "plain"
    GZIP = "gzip"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Source:
    """One table: a file, or one inside an archive.

    Attributes:
        path: The file.
        member: Its name inside the archive; None for a file by itself.
        packing: How its bytes are packed.
        is_parquet: Whether it is Parquet; CSV otherwise.
        size: Bytes of it, unpacked as far as that is known.
    """

    path: Path
    member: str | None
    packing: Packing
    is_parquet: bool
    size: int

    @property
    def name(self) -> str:
        """How it is called in sentences."""
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        """Its file name without endings: the symbol, where there is no column for it."""
        name = Path(self.member).name if self.member else self.path.name
        for suffix in (".gz", *_SUFFIXES):
            if name.lower().endswith(suffix):
                name = name[: -len(suffix)]
        return name

    def open(self) -> BinaryIO:
        """Its bytes, unpacked but for gzip.

        Raises:
            ImportFileError: It cannot be read.
        """
        try:
            if self.member is None:
                return self.path.open("rb")
            return cast(BinaryIO, zipfile.ZipFile(self.path).open(self.member))
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ImportFileError(self.name, f"cannot be read: {_reason(error)}") from error


def find_sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Find every table in files and folders, in the order given and by name within a folder.

    Raises:
        ImportFileError: A path is not there, a folder has nothing readable, or a file holds
            something else than its name says.
    """
    found: list[Source] = []
    for path in paths:
        expanded = path.expanduser()
        if expanded.is_dir():
            found += _in_folder(expanded)
        elif expanded.is_file():
            found += _in_file(expanded)
        else:
            raise ImportFileError(str(path), "is not there; give a file or a folder that is")
    return tuple(found)


def _in_folder(folder: Path) -> list[Source]:
    files = sorted(_below(folder))
    readable = [parts for parts in files if _has_known_name(parts[-1]) and not _is_hidden(parts)]
    if not readable:
        names = (parts[-1] for parts in files[:3])
        others = f", only {', '.join(names)}" if files else ""
        raise ImportFileError(
            str(folder), f"holds no file that can be read{others}; files end in {_READABLE}"
        )
    return [source for parts in readable for source in _in_file(folder.joinpath(*parts))]


def _below(folder: Path) -> Iterator[tuple[str, ...]]:
    """The parts of the path of each file, from the folder on."""
    for path, _, names in os.walk(folder):
        above = Path(path).relative_to(folder).parts
        yield from ((*above, name) for name in names if os.path.isfile(f"{path}/{name}"))  # noqa: PTH113


def _has_known_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _SUFFIXES  # noqa: PTH122


def _is_hidden(parts: Iterable[str]) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _in_file(file: Path) -> list[Source]:
    try:
        head, size = _begun(file)
    except OSError as error:
        raise ImportFileError(str(file), f"cannot be read: {error.strerror}") from error
    if not head:
        raise ImportFileError(str(file), "is empty; leave it out, or put the right file there")
    holds = _held(head)
    _require_honest(file, holds)
    if holds == "zip":
        return list(_in_archive(file))
    packing = Packing.GZIP if holds == "gzip" else Packing.PLAIN
    return [Source(file, None, packing, holds == "Parquet", size)]


def _begun(file: Path) -> tuple[bytes, int]:
    """The first bytes of a file, and how many there are."""
    handle = os.open(file, os.O_RDONLY)
    try:
        return os.read(handle, 4), os.fstat(handle).st_size
    finally:
        os.close(handle)


def _held(head: bytes) -> str:
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "CSV")


def _require_honest(file: Path, holds: str) -> None:
    named = _SUFFIXES.get(file.suffix.lower())
    if named is not None and named != holds:
        what = "neither" if holds == "CSV" else holds
        found = f"holds {what}" if holds != "CSV" else f"is no {named}"
        raise ImportFileError(
            str(file), f"is named {file.suffix} but {found}; give it its right name or content"
        )


def _in_archive(file: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = sorted(archive.infolist(), key=lambda one: one.filename)
    except zipfile.BadZipFile as error:
        raise ImportFileError(str(file), f"is no whole zip archive: {_reason(error)}") from error
    tables = [one for one in members if _is_table(one)]
    if not tables:
        raise ImportFileError(str(file), f"holds no table; files in it end in {_READABLE}")
    for one in tables:
        lower = one.filename.lower()
        if one.file_size == 0:
            raise ImportFileError(f"{file}!{one.filename}", "is empty; leave it out of the archive")
        is_parquet = lower.endswith((".parquet", ".pq"))
        yield Source(
            path=file,
            member=one.filename,
            packing=Packing.GZIP if lower.endswith(".gz") else Packing.PLAIN,
            is_parquet=is_parquet,
            size=one.file_size,
        )


def _is_table(member: zipfile.ZipInfo) -> bool:
    path = Path(member.filename)
    suffix = path.suffix.lower()
    is_hidden = _is_hidden(path.parts)
    return not member.is_dir() and not is_hidden and suffix in _SUFFIXES and suffix != ".zip"


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
