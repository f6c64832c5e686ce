"""Names of entities, and the references by which clients point at them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BadInputError

NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")


class EntityKind(StrEnum):
    """The kinds of thing that are catalogued, versioned and placed in the lineage."""

    SNAPSHOT = "SNAPSHOT"
    UNIVERSE = "UNIVERSE"
    FACTOR = "FACTOR"
    FACTOR_SET = "FACTOR_SET"
    MODEL = "MODEL"
    BACKTEST = "BACKTEST"

    @property
    def noun(self) -> str:
        """The kind as it stands in a sentence."""
        return self.value.lower().replace("_", " ")


def check_name(name: str, field: str = "input.name") -> str:
    """Return `name` if it may name an entity.

    Raises:
        BadInputError: The name breaks the rule; the message states the rule.
    """
    if NAME_PATTERN.fullmatch(name):
        return name
    raise BadInputError(
        f"The name {name!r} is not allowed: begin with a letter and go on with at most 99 "
        "letters, digits, dots, dashes or underscores.",
        field,
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """What a client wrote to point at an entity: `[qualifier/]name[:version]`.

    The qualifier is a market for universes, `factor` or `model` for signals. A version left out
    means the latest.
    """

    name: str
    version: int | None = None
    qualifier: str | None = None

    def __str__(self) -> str:
        qualifier = f"{self.qualifier}/" if self.qualifier else ""
        version = f":{self.version}" if self.version is not None else ""
        return f"{qualifier}{self.name}{version}"


_REFERENCE = re.compile(
    rf"(?:(?P<qualifier>{NAME_PATTERN.pattern})/)?"
    rf"(?P<name>{NAME_PATTERN.pattern})(?::(?P<version>[1-9][0-9]{{0,8}}))?"
)


def parse_reference(text: str, field: str | None = None) -> Reference:
    """Read a reference by name. Ids are told apart before (see `domain.ids`).

    Raises:
        BadInputError: The text is not of the form `[qualifier/]name[:version]`.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise BadInputError(
            f"{text!r} is no reference: write a name, name:version, qualifier/name, or an id.",
            field,
        )
    version = match["version"]
    return Reference(match["name"], int(version) if version else None, match["qualifier"])


def parse_version(text: str, field: str | None = None) -> Reference:
    """Read `name[:version]`, a reference to what has names that are unique everywhere.

    Raises:
        BadInputError: The text is not of this form.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None or match["qualifier"]:
        raise BadInputError(f"{text!r} is no name: write a name, or name:version.", field)
    return parse_reference(text, field)
