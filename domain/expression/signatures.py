"""What is said of an operator: how it is written, what it takes, and which days it reads."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Role(Enum):
    """What an argument may be."""

    SERIES = auto()
    """An expression with a field in it."""
    VALUE = auto()
    """An expression or a number; not every argument of a call may be a number."""
    WINDOW = auto()
    """A literal number of trading days, today included; 0 is the whole past."""
    LAG = auto()
    """A literal number of trading days; negative ones look ahead."""
    SPAN = auto()
    """A literal number of trading days, or a weight between 0 and 1."""
    LEVEL = auto()
    """A literal number from 0 to 1."""
    TAIL = auto()
    """A literal number from 0 to below 0.5."""
    BY = auto()
    """An expression with a field in it, or the bare word `sector`."""


class Memory(Enum):
    """Which days an operator reads of what it is given."""

    TODAY = auto()
    WINDOW = auto()
    """The last N, or all of them where N is 0 or a weight."""
    BOTH_ENDS = auto()
    """Today and N days ago, or the first day where N is 0."""
    LAG = auto()
    """N days ago alone, or the first day where N is 0."""
    EVERYTHING = auto()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an operator; `smallest` and `takes_zero` bound a window."""

    name: str
    role: Role
    smallest: int = 1
    takes_zero: bool = True


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: how it is written, what it takes and what it gives.

    Attributes:
        is_cross_sectional: Whether a value depends on the other instruments of its day.
        is_qlibs: Whether Qlib registers it under this name, too.
    """

    name: str
    group: str
    parameters: tuple[Parameter, ...]
    description: str
    memory: Memory = Memory.TODAY
    symbol: str | None = None
    is_cross_sectional: bool = False
    is_qlibs: bool = True

    @property
    def arity(self) -> int:
        """How many arguments it takes, always exactly so many."""
        return len(self.parameters)

    @property
    def signature(self) -> str:
        """How it is called, such as `Mean(x, N)`."""
        return f"{self.name}({', '.join(parameter.name for parameter in self.parameters)})"


ARITHMETIC: Final = "Arithmetic"
COMPARISON: Final = "Comparison"
LOGIC: Final = "Logic"
SHIFT: Final = "Shift"
ROLLING: Final = "Rolling"
REGRESSION: Final = "Rolling regression on time"
PAIR: Final = "Rolling pair"
CROSS_SECTION: Final = "Cross-section"
