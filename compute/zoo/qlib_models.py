"""Imports one of Qlib's modules of models, without all that comes with it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_PACKAGE = "qlib.contrib.model"
_WORKFLOW = "qlib.workflow"


def qlib_model(name: str) -> Any:
    """Import a module such as `gbdt`.

    Qlib's package imports all libraries of models that are there, CatBoost and torch among them:
    three seconds and hundreds of megabytes that most models need not. A package of the same name
    and place that imports nothing stands for it, unless it has been imported already. Qlib says
    nothing below an error, as where it is initialised.
    """
    if _PACKAGE not in sys.modules:
        spec = find_spec(_PACKAGE)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        empty = ModuleType(_PACKAGE)
        empty.__path__ = list(spec.submodule_search_locations)
        empty.__spec__ = spec
        sys.modules[_PACKAGE] = empty
    from qlib.config import C

    C["logging_level"] = logging.ERROR
    with _without_workflow():
        return import_module(f"{_PACKAGE}.{name}")


@contextmanager
def _without_workflow() -> Iterator[None]:
    """Spare the import of Qlib's recorders, and of MLflow with them, which takes most of a second.

    Afterwards they can be imported as ever, by those who initialise Qlib.
    """
    if _WORKFLOW in sys.modules:
        yield
        return
    stand_in: Any = ModuleType(_WORKFLOW)
    stand_in.R = NoRecorder()
    sys.modules[_WORKFLOW] = stand_in
    try:
        yield
    finally:
        del sys.modules[_WORKFLOW]


class NoRecorder:
    """Stands where Qlib's models log their curve: to a server, or with git into `./mlruns`."""

    def log_metrics(self, **_: object) -> None:
        """The curve is taken from the model itself."""

    def get_recorder(self) -> "NoRecorder":
        """Itself, so that what is logged to it goes nowhere either."""
        return self
