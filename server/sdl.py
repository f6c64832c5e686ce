"""Writes the schema that clients see as text: `python -m server.sdl schema/schema.graphql`."""

import sys
from pathlib import Path

from schema.schema import schema


def main(path: str) -> None:
    """Write the SDL, described as in the code."""
    Path(path).write_text(f"{schema.as_str()}\n")


if __name__ == "__main__":
    main(sys.argv[1])
