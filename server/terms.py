"""What an operation says about waiting: RFC 7240 `Prefer`, RFC 9111 `Cache-Control`, extensions."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import BadInputError
from resolvers.services import Limits

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PREFERENCE = re.compile(
    rf'\s*(?P<name>{_TOKEN})\s*(?:=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>{_TOKEN}))?)?'
    rf'(?:\s*;\s*(?:{_TOKEN}(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|{_TOKEN})?)?)?)*\s*(?:,|$)'
)


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
    position = 0
    while position < len(header):
        if found := _PREFERENCE.match(header, position):
            quoted, plain = found["quoted"], found["plain"]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or ""
            yield found["name"].lower(), value
            position = found.end()
        else:
            comma = header.find(",", position)
            position = len(header) if comma < 0 else comma + 1


def _seconds(wait: object, most: float) -> float:
    is_number = isinstance(wait, int | float) and not isinstance(wait, bool)
    if not is_number or not math.isfinite(wait) or not 0 <= wait <= most:  # type: ignore[arg-type,operator]
        raise BadInputError(
            f"extensions.wait is {wait!r}; give a number of seconds from 0 to {most:g}.",
            "extensions.wait",
        )
    return float(wait)  # type: ignore[arg-type]
