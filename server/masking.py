"""Addresses as they may be shown: without what opens the door."""

import re

# Up to the last @, so that a password with an @ or a slash in it is hidden whole.
_LOGIN = re.compile(r"^([\w+.-]+://[^:/@]*):.*@")
_QUERY = re.compile(r"((?:password|token)=)[^&]*", re.IGNORECASE)


def masked_url(url: str) -> str:
    """Return an address with `***` in place of its password."""
    return _QUERY.sub(r"\1***", _LOGIN.sub(r"\1:***@", url))
