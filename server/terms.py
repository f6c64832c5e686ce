"""What an operation says about waiting: RFC 7240 `Prefer`, RFC 9111 `Cache-Control`, extensions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import BadInputError
from resolvers.services import Limits

_MOST_CHARACTERS = 1000
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PART = re.compile(rf'(?:[^,"]|{_QUOTED}|")+')
_PREFERENCE = re.compile(rf"({_TOKEN})\s*(?:=\s*({_QUOTED}|{_TOKEN})?)?\s*(?:;.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long one operation waits and whether it may start anything.

    Attributes:
        wait_seconds: Seconds from its arrival after which COMPUTING is the answer.
        only_if_cached: Whether only kept answers are taken.
        applied: The preferences of the request that were followed, as RFC 7240 spells them.
    """

    wait_seconds: float
    only_if_cached: bool = False
    applied: tuple[str, ...] = ()


def terms_of_headers(prefer: str, cache_control: str, limits: Limits) -> Terms:
    """Read the headers. What they hold that is not understood is passed over, as the RFCs ask.

    Args:
        prefer: All `Prefer` headers, joined by commas.
        cache_control: All `Cache-Control` headers, joined by commas.
        limits: The server's own wait, and the longest it grants.
    """
    only_if_cached = "only-if-cached" in dict(preferences(cache_control))
    wait, applied = limits.wait_seconds, list[str]()
    wished = preferences_by_name(prefer)
    if "respond-async" in wished:
        wait = 0.0
        applied.append("respond-async")
    if re.fullmatch(r"[0-9]{1,9}", wished.get("wait", "")):
        wait = min(float(wished["wait"]), limits.max_wait_seconds)
        applied.append(f"wait={wait:g}")
    return Terms(wait, only_if_cached, tuple(applied))


def terms_of_extensions(extensions: Mapping[str, Any], terms: Terms, limits: Limits) -> Terms:
    """Let a request's `extensions` win over its headers.

    Raises:
        BadInputError: `wait` or `onlyIfCached` is of the wrong type or out of range.
    """
    if (wait := extensions.get("wait")) is not None:
        terms = replace(terms, wait_seconds=_seconds(wait, limits.max_wait_seconds), applied=())
    if (only := extensions.get("onlyIfCached")) is not None:
        if not isinstance(only, bool):
            raise BadInputError(
                f"extensions.onlyIfCached is {only!r}; give true or false.",
                "extensions.onlyIfCached",
            )
        terms = replace(terms, only_if_cached=only)
    return terms


def preferences_by_name(header: str) -> dict[str, str]:
    """Preferences by their lower-case names; of one that is said twice the first counts."""
    return dict(reversed(list(preferences(header))))


def preferences(header: str) -> Iterator[tuple[str, str]]:
    """Take a header apart into names, in lower case, and values, without parameters.

    A part that is not well formed is passed over.
    """
    for part in _PART.findall(header[:_MOST_CHARACTERS]):
        if found := _PREFERENCE.fullmatch(part.strip()):
            name, value = found.groups(default="")
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            yield name.lower(), value


def _seconds(wait: object, most: float) -> float:
    if isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait <= most:
        return float(wait)
    raise BadInputError(
        f"extensions.wait is {wait!r}; give a number of seconds from 0 to {most:g}.",
        "extensions.wait",
    )
