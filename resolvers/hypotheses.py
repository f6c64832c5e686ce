"""What RD-Agent thought of factors, read from JSON and told as their descriptions."""

import json
from collections.abc import Mapping
from pathlib import Path

from domain.errors import BadInputError

_PARTS = ("hypothesis", "reason", "description", "formulation")
MAX_BYTES = 10_000_000


def read_hypotheses(path: Path) -> Mapping[str, str]:
    """Read a JSON object: the name of a factor, and a text or an object of texts.

    Such an object has some of `hypothesis`, `reason`, `description` and `formulation`, each of
    which becomes a paragraph.

    Raises:
        BadInputError: The file cannot be read, or holds something else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInputError(f"{path} has more than {MAX_BYTES:,} bytes; hypotheses are short.")
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"{path} is no JSON in UTF-8: {error}.") from error
    if not isinstance(found, dict):
        raise BadInputError(f"{path} holds no object; write names of factors with their texts.")
    return {name: _described(path, name, said) for name, said in found.items()}


def _described(path: Path, name: str, said: object) -> str:
    if isinstance(said, str):
        return said
    if isinstance(said, dict) and all(isinstance(text, str) for text in said.values()):
        strange = sorted(set(said) - set(_PARTS))
        if said and not strange:
            texts = ((part, said[part]) for part in _PARTS if part in said)
            return "\n\n".join(f"{part.capitalize()}: {text}" for part, text in texts)
    raise BadInputError(
        f"{path} says of {name!r} neither a text nor an object of texts; write one of "
        f"{', '.join(_PARTS)}, or several."
    )
