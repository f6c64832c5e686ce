"""Which bytes of a file a request asks for, and on which conditions (RFC 9110)."""

import re

from server.refusals import RefusedError

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


def names_etag(header: str | None, etag: str, *, weakly: bool) -> bool:
    """Whether a list of ETags has this one, or is `*`.

    Args:
        header: What `If-Match` or `If-None-Match` says; None where it is missing.
        etag: Ours, strong, in its quotes.
        weakly: Whether one marked as weak counts, too.
    """
    if header is None:
        return False
    named = [one.strip() for one in header.split(",")]
    if weakly:
        named = [one.removeprefix("W/") for one in named]
    return etag in named or named == ["*"]


def asked_range(
    header: str | None, condition: str | None, etag: str, size: int
) -> tuple[int, int] | None:
    """The first byte that is asked for and the one after the last; None for the whole file.

    A range that makes no sense is passed over, as RFC 9110 asks, and several in one request are
    answered with the whole file, as it allows.

    Args:
        header: What `Range` says.
        condition: What `If-Range` says; a date is never that of our file, which has none.
        etag: Ours, strong, in its quotes.
        size: Bytes of the file.

    Raises:
        RefusedError: 416, the range lies behind the end of the file.
    """
    if header is None or (condition is not None and condition.strip() != etag):
        return None
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), size if not last else min(size, int(last) + 1)
        if last and int(last) < start:
            return None
    if start >= size:
        raise RefusedError(
            416,
            "RANGE_NOT_SATISFIABLE",
            f"The file has {size:,} bytes, and the range begins behind its end.",
            {"Content-Range": f"bytes */{size}"},
        )
    return start, stop
