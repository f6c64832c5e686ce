"""Addresses of files that go out. Each says by itself what is in the file, and is read again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any, ClassVar
from urllib.parse import quote

from domain.errors import BadInputError, NotFoundError
from domain.exports import ExportFormat, parse_format

ROOT = "/downloads"
_KEY = re.compile(r"[0-9a-f]{32}")
_READABLE = "/:"
"""What a query may hold as it is, so that references stay readable."""


@dataclass(frozen=True, slots=True)
class Download:
    """Something that can be fetched. Its fields are the parts of its address."""

    kind: ClassVar[str]
    path: ClassVar[tuple[str, ...]] = ("key",)
    """The fields that stand in the path; the others stand in the query where they are given."""

    @property
    def url(self) -> str:
        """Where it is fetched, relative to the origin of the server."""
        parts = [quote(getattr(self, name), safe=":") for name in self.path]
        query = "&".join(
            f"{_singular(name)}={quote(text, safe=_READABLE)}"
            for name in _names(type(self))
            if name not in self.path
            for text in _texts(getattr(self, name))
        )
        return "/".join([ROOT, self.kind, *parts]) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class ValuesDownload(Download):
    """Values of a factor or expression.

    Attributes:
        key: Of the result.
        factor: The factor, as `name:version`; None where nobody saved the expression.
        universe: Whose members are shown while they are, as `market/name:version`; None shows
            instruments on all days.
        start: The first day; None for the snapshot's.
        end: The last day; None for the snapshot's.
        instruments: Only these; None for all.
    """

    kind: ClassVar[str] = "values"

    key: str
    factor: str | None = None
    universe: str | None = None
    start: date | None = None
    end: date | None = None
    instruments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class PredictionsDownload(Download):
    """What a model predicted for the members of its universe; attributes as of values."""

    kind: ClassVar[str] = "predictions"

    key: str
    start: date | None = None
    end: date | None = None
    instruments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ReportDownload(Download):
    """What a backtest did day by day."""

    kind: ClassVar[str] = "report"

    key: str


@dataclass(frozen=True, slots=True)
class MatrixDownload(Download):
    """A factor set's values over a universe."""

    kind: ClassVar[str] = "matrix"

    key: str


@dataclass(frozen=True, slots=True)
class BarsDownload(Download):
    """Bars of an instrument, of a snapshot named as `market:version`; None is all there are."""

    kind: ClassVar[str] = "bars"
    # A symbol may be `..` or have slashes, of which clients make something else in a path.
    path: ClassVar[tuple[str, ...]] = ("snapshot",)

    snapshot: str
    symbol: str
    start: date | None = None
    end: date | None = None
    fields: tuple[str, ...] | None = None


_KINDS: dict[str, type[Download]] = {
    kind.kind: kind
    for kind in (
        ValuesDownload,
        PredictionsDownload,
        ReportDownload,
        MatrixDownload,
        BarsDownload,
    )
}


def read_download(
    kind: str, parts: Sequence[str], query: Iterable[tuple[str, str]]
) -> tuple[Download, ExportFormat]:
    """What an address asks for, and in which format; Parquet unless it says so.

    Args:
        kind: The first part of the path below `ROOT`.
        parts: The parts that follow.
        query: The parameters.

    Raises:
        NotFoundError: Nothing is fetched at such a path.
        BadInputError: A part or a parameter is not what stands there.
    """
    wanted = _KINDS.get(kind)
    if wanted is None or len(parts) != len(wanted.path):
        raise NotFoundError(
            f"Nothing is fetched at such an address; {ROOT} has {', '.join(_KINDS)}, each "
            "followed by what downloadUrl says."
        )
    given = _gathered(wanted, query)
    format_ = parse_format(_only(given.pop("format", ["parquet"]), "format"))
    given |= {name: [part] for name, part in zip(wanted.path, parts, strict=True)}
    for field in fields(wanted):
        if field.default is MISSING and field.name not in given:
            raise BadInputError(
                f"An address of {wanted.kind} says which {field.name} is meant; add "
                f"{field.name}=… to it.",
                field.name,
            )
    return wanted(**{name: _read(name, texts) for name, texts in given.items()}), format_


def _gathered(wanted: type[Download], query: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The parameters of an address by field."""
    known = {_singular(name): name for name in _names(wanted) if name not in wanted.path}
    known["format"] = "format"
    given: dict[str, list[str]] = {}
    for parameter, text in query:
        if parameter not in known:
            raise BadInputError(
                f"An address of {wanted.kind} has no parameter {parameter!r}; it takes "
                f"{', '.join(known)}.",
                parameter,
            )
        given.setdefault(known[parameter], []).append(text)
    return given


def _read(name: str, texts: list[str]) -> Any:
    """The value of a field."""
    if name in ("instruments", "fields"):
        return tuple(texts)
    text = _only(texts, name)
    if name in ("start", "end"):
        return _day(text, name)
    if name == "key" and not _KEY.fullmatch(text):
        raise BadInputError(
            f"{text!r} is no key of a result; one has 32 hexadecimal digits, as in downloadUrl.",
            name,
        )
    return text


def _only(texts: Sequence[str], name: str) -> str:
    if len(texts) != 1:
        raise BadInputError(f"{name} is given {len(texts)} times; give it once.", name)
    return texts[0]


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInputError(f"{text!r} is no day; write one as 2024-01-31.", name) from None
    return day


def _texts(value: object) -> tuple[str, ...]:
    """A field's value as parameters."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (str(value),)


def _names(download: type[Download]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(download))


def _singular(name: str) -> str:
    """The parameter of a field; one that takes several is given several times."""
    return {"instruments": "instrument", "fields": "field"}.get(name, name)
