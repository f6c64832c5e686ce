"""Which media type an answer takes, by RFC 9110 `Accept`."""

from dataclasses import dataclass

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an `Accept` header."""

    kind: str
    subkind: str
    quality: float

    def takes(self, media_type: str) -> bool:
        kind, _, subkind = media_type.partition("/")
        return self.kind in ("*", kind) and self.subkind in ("*", subkind)

    @property
    def is_exact(self) -> bool:
        return self.subkind != "*"


def preferred(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Return the media type of `offered` that the client likes best; None if it takes none.

    Among those it likes the same, one that it names comes before one that a wildcard lets in,
    one named earlier before one named later, and then the order of `offered` decides. Without an
    `Accept` header the first offered one is taken.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = list(map(_range, accept.split(",")))
    liked = [(_liking(media_type, ranges), media_type) for media_type in offered]
    best = max(liked, key=lambda one: one[0])
    return best[1] if best[0][0] > 0 else None


def media_type_of(header: str | None) -> tuple[str, dict[str, str]]:
    """A media type in lower case, and its parameters."""
    first, *rest = (header or "").split(";")
    pairs = (part.partition("=") for part in rest)
    parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    return first.strip().lower(), parameters


def _range(text: str) -> _Range:
    media_type, parameters = media_type_of(text)
    kind, _, subkind = media_type.partition("/")
    try:
        quality = float(parameters.get("q", 1.0))
    except ValueError:
        quality = 1.0
    return _Range(kind, subkind or "*", quality)


def _liking(media_type: str, ranges: list[_Range]) -> tuple[float, bool, int]:
    """How much a client likes a type: by the most exact range that takes it."""
    taking = [(one.is_exact, one.kind != "*", -place, one) for place, one in enumerate(ranges)]
    taking = [one for one in taking if one[3].takes(media_type)]
    if not taking:
        return (0.0, False, 0)
    exact, _, place, best = max(taking, key=lambda one: one[:3])
    return (best.quality, exact, place if exact else 0)
