"""What somebody asks to have imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from intake.reading import Form


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Files, and what the user says of them.

    Attributes:
        paths: Files and folders with bars.
        form: How they are to be understood.
        is_adjusted: Whether prices and volumes are adjusted already.
        calendar: A file of trading days; None for the days on which anything was traded.
        universes: A file of members by name of universe.
        descriptions: A file of sectors and companies' names.
        benchmark: Symbol of the index that backtests are held against.
        benchmark_file: Its bars, if they are not among the others.
        today: No date may lie after it.
    """

    paths: tuple[Path, ...]
    form: Form = field(default_factory=Form)
    is_adjusted: bool = False
    calendar: Path | None = None
    universes: Mapping[str, Path] = field(default_factory=dict)
    descriptions: Path | None = None
    benchmark: str | None = None
    benchmark_file: Path | None = None
    today: date = field(default_factory=date.today)
