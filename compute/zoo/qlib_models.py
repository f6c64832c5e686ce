"""Imports one of Qlib's modules of models, without all the others."""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_PACKAGE = "qlib.contrib.model"


def qlib_model(name: str) -> Any:
    """Import a module such as `gbdt`.

    Qlib's package imports all libraries of models that are there, CatBoost and torch among them:
    three seconds and hundreds of megabytes that most models need not. A package of the same name
    and place that imports nothing stands for it, unless it has been imported already.
    """
    if _PACKAGE not in sys.modules:
        spec = find_spec(_PACKAGE)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        empty = ModuleType(_PACKAGE)
        empty.__path__ = list(spec.submodule_search_locations)
        empty.__spec__ = spec
        sys.modules[_PACKAGE] = empty
    return import_module(f"{_PACKAGE}.{name}")


class NoRecorder:
    """Stands where Qlib's models log their curve: to a server, or with git into `./mlruns`."""

    def log_metrics(self, **_: object) -> None:
        """The curve is taken from the model itself."""

    def get_recorder(self) -> "NoRecorder":
        """Itself, so that what is logged to it goes nowhere either."""
        return self
