"""Files with values of factors, and what is read out of them."""

from dataclasses import dataclass
from datetime import date

from domain.arrays import DateArray
from domain.specs import JsonObject
from domain.work import StoredPanel


@dataclass(frozen=True, slots=True, eq=False)
class FactorFileWork:
    """Read the factors out of a file and keep their values, or refuse the file.

    Attributes:
        path: The file, in full.
        label: How sentences call it.
        market: Whose values they are.
        symbols: Its instruments, ascending.
        days: Its trading days, ascending, datetime64[D].
        name: What the factor is to be called, where there is only one; None as the file says.
        default_name: What the factor of a file is called that names none; None where one must.
        taken: Names that no imported factor may have.
        skip_unknown: Whether rows of instruments that the market does not have are left out.
    """

    path: str
    label: str
    market: str
    symbols: tuple[str, ...]
    days: DateArray
    name: str | None = None
    default_name: str | None = None
    taken: tuple[str, ...] = ()
    skip_unknown: bool = False


@dataclass(frozen=True, slots=True)
class FactorValues:
    """One factor that was read.

    Attributes:
        name: Its name.
        panel: Where its values are: every trading day from the first to the last that has one,
            and every instrument that has one; float32 where the file has that, else float64.
        start: The first day with a value.
        end: The last one.
        days: How many trading days lie between them, both included.
        instruments: How many instruments have a value.
        values: How many there are; infinite ones count.
        infinite: How many are infinite.
    """

    name: str
    panel: StoredPanel
    start: date
    end: date
    days: int
    instruments: int
    values: int
    infinite: int

    @property
    def coverage(self) -> float:
        """The share of its days and instruments that has a value."""
        return self.values / (self.days * self.instruments)


@dataclass(frozen=True, slots=True)
class FactorsRead:
    """What a file held.

    Attributes:
        rows: How many rows it has, without those that were left out.
        factors: In the order of the file.
        unknown: How many of its instruments the market does not have.
        unknown_examples: Some of them.
        rows_left_out: How many rows of theirs were left out.
    """

    rows: int
    factors: tuple[FactorValues, ...]
    unknown: int = 0
    unknown_examples: tuple[str, ...] = ()
    rows_left_out: int = 0

    @classmethod
    def of(cls, document: JsonObject) -> "FactorsRead":
        """What a file held, from the document of an outcome."""
        factors = tuple(
            FactorValues(
                **{
                    **one,
                    "panel": StoredPanel(**one["panel"]),
                    "start": date.fromisoformat(one["start"]),
                    "end": date.fromisoformat(one["end"]),
                }
            )
            for one in document["factors"]
        )
        examples = tuple(document["unknown_examples"])
        return cls(**{**document, "factors": factors, "unknown_examples": examples})
