"""What a server writes to stderr."""

import logging
import sys

_CHATTY = ("alembic", "distributed", "uvicorn")


def write_logs(level: str) -> None:
    """Write messages from `level` on; of libraries that tell their every step, only warnings.

    Args:
        level: A level by its lower-case name; `debug` has libraries tell everything, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    if level != "debug":
        handler.addFilter(_is_worth_telling)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=level.upper(), format=form, handlers=[handler])


def _is_worth_telling(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY
