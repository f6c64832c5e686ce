"""Parameters that clients set by name: their types, ranges and defaults, and how they are read."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from domain.input_issues import InputIssue, InvalidInputError

Value = bool | int | float | str
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. The type of its default is its own.

    `minimum` and `maximum` belong to the range, `above` does not. `choices` are the texts that a
    text may be. `aliases` are other names by which it is known. One that `may_be_absent` has no
    value where it is left out, and its default is an example only.
    """

    name: str
    default: Value
    description: str
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    may_be_absent: bool = False

    def read(self, raw: object) -> Value | None:
        """The value as this parameter's type, or None where it does not fit."""
        value = _READERS[type(self.default)](raw)
        if value is None or (self.choices and value not in self.choices):
            return None
        return value if isinstance(value, (bool, str)) or self._holds(value) else None

    @property
    def wanted(self) -> str:
        """What would be right, as it stands in a sentence after "give"."""
        if self.choices:
            return " or ".join(self.choices)
        return f"{_NOUNS[type(self.default)]} {' and '.join(self._bounds())}".rstrip()

    def schema(self) -> dict[str, Any]:
        """The parameter in JSON Schema."""
        limits = {
            "default": None if self.may_be_absent else self.default,
            "enum": list(self.choices) or None,
            "minimum": self.minimum,
            "exclusiveMinimum": self.above,
            "maximum": self.maximum,
        }
        return {
            "type": _SCHEMA_TYPES[type(self.default)],
            "description": self.description,
        } | {word: limit for word, limit in limits.items() if limit is not None}

    def _holds(self, value: float) -> bool:
        return (
            (self.minimum is None or value >= self.minimum)
            and (self.above is None or value > self.above)
            and (self.maximum is None or value <= self.maximum)
        )

    def _bounds(self) -> list[str]:
        bounds = (("at least", self.minimum), ("above", self.above), ("at most", self.maximum))
        return [f"{word} {bound:,}" for word, bound in bounds if bound is not None]


def check_parameters(
    table: Sequence[Parameter],
    raw: object | None,
    field: str,
    elsewhere: Mapping[str, str] = _NONE,
) -> dict[str, Value]:
    """Read what a client set, and fill in the defaults of what it left out.

    Args:
        table: All parameters there are.
        raw: A JSON object of values by name or alias; None is an empty one.
        field: The path of the input, such as `input.parameters`.
        elsewhere: Sentences for names that are no parameters here for a reason.

    Returns:
        The value of every parameter that has one under its name, in the table's order.

    Raises:
        InvalidInputError: Names are unknown or given twice, or values do not fit; it tells all.
    """
    values, issues = read_parameters(table, raw, field, elsewhere)
    if issues:
        raise InvalidInputError.of(issues)
    return values


def read_parameters(
    table: Sequence[Parameter],
    raw: object | None,
    field: str,
    elsewhere: Mapping[str, str] = _NONE,
) -> tuple[dict[str, Value], list[InputIssue]]:
    """Read as `check_parameters` does, and return the issues in place of raising them."""
    given = {} if raw is None else raw
    if not isinstance(given, Mapping):
        return {}, [InputIssue(f"{field} is {shown_value(raw)}; give an object of names.", field)]
    known = {name: one for one in table for name in (one.name, *one.aliases)}
    found: dict[str, Value] = {}
    called: dict[str, str] = {}
    issues: list[InputIssue] = []
    for name, value in given.items():
        path = f"{field}.{name}"
        one = known.get(name)
        if one is None:
            issues.append(InputIssue(elsewhere.get(name) or _unknown(name, known), path))
        elif one.name in found:
            twice = f"{name} is {called[one.name]} by another name; give one of the two."
            issues.append(InputIssue(twice, path))
        elif (read := one.read(value)) is None:
            issues.append(InputIssue(f"{name} is {shown_value(value)}; give {one.wanted}.", path))
        else:
            found[one.name] = read
            called[one.name] = name
    values = {
        one.name: found.get(one.name, one.default)
        for one in table
        if one.name in found or not one.may_be_absent
    }
    return values, issues


def parameter_schema(table: Sequence[Parameter]) -> dict[str, Any]:
    """The object of all parameters in JSON Schema, for forms."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: one.schema() for one in table},
    }


def near_matches(name: str, names: Sequence[str]) -> str:
    """A sentence that names what is spelt like `name`, or else all there is."""
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are {', '.join(names)}."


def shown_value(raw: object) -> str:
    """A value as a sentence shows it: as JSON has it, and no longer than 60 characters."""
    text = _AS_JSON[raw] if raw is None or isinstance(raw, bool) else repr(raw)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unknown(name: str, known: Mapping[str, Parameter]) -> str:
    near = get_close_matches(str(name).lower(), list(known), n=3, cutoff=0.6)
    names = list(dict.fromkeys(one.name for one in known.values()))
    hint = f"Did you mean {' or '.join(near)}?" if near else near_matches(str(name), names)
    return f"{shown_value(name)} is no parameter here. {hint}"


def _boolean(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _integer(raw: object) -> int | None:
    number = _number(raw)
    return int(number) if number is not None and number.is_integer() else None


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


_AS_JSON = {None: "null", True: "true", False: "false"}
_READERS = {bool: _boolean, int: _integer, float: _number, str: _text}
_NOUNS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_SCHEMA_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
