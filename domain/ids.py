"""Opaque ids. They begin with a character that no name may, so the two never collide."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import BadInputError
from domain.names import EntityKind

_MARK = "_"
_PLAIN = re.compile(r"([A-Za-z_]+):([1-9][0-9]{0,17})")


class NodeKind(StrEnum):
    """Everything that `Query.node` can find."""

    SNAPSHOT = "SNAPSHOT"
    UNIVERSE = "UNIVERSE"
    FACTOR = "FACTOR"
    FACTOR_SET = "FACTOR_SET"
    MODEL = "MODEL"
    BACKTEST = "BACKTEST"
    INSTRUMENT = "INSTRUMENT"
    MARKET = "MARKET"
    RUN = "RUN"

    @property
    def entity_kind(self) -> EntityKind | None:
        """The kind of entity, or None for nodes that are not versioned."""
        return EntityKind(self.value) if self.value in EntityKind.__members__ else None


@dataclass(frozen=True, slots=True)
class NodeId:
    """One row of the catalogue, as clients see it."""

    kind: NodeKind
    row: int

    def __str__(self) -> str:
        plain = f"{self.kind}:{self.row}".encode()
        return _MARK + base64.urlsafe_b64encode(plain).decode().rstrip("=")


def is_id(text: str) -> bool:
    """Whether a reference is meant as an id rather than a name."""
    return text.startswith(_MARK)


def parse_id(text: str, field: str | None = None) -> NodeId:
    """Read an id that this catalogue gave out.

    Raises:
        BadInputError: The text is not an id of ours.
    """
    try:
        padded = text[1:] + "=" * (-len(text[1:]) % 4)
        plain = _PLAIN.fullmatch(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
        if not is_id(text) or plain is None:
            raise ValueError(text)
        parsed = NodeId(NodeKind(plain[1]), int(plain[2]))
    except (binascii.Error, ValueError):
        raise BadInputError(
            f"{text!r} is not an id of this catalogue; use one that a query returned.", field
        ) from None
    return parsed


def result_id(key: str, *arguments: object) -> str:
    """An id for a result that is not a node: equal for equal key and arguments only."""
    text = "\x1f".join([key, *(repr(argument) for argument in arguments)])
    return _MARK + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
