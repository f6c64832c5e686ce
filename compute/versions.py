"""Names the versions that a result depends on, without importing what computes it."""

import ast
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import machine

from numpy._core._multiarray_umath import __cpu_features__  # type: ignore[import-not-found]

from compute.performing import PERFORMERS
from compute.zoo.modules import LIBRARIES, MODULES
from domain.exports import ExportWork
from domain.runs import RunKind
from domain.specs import ModelKind
from domain.work import (
    BacktestWork,
    CorrelationsWork,
    DecaysWork,
    DecayWork,
    EvaluationsWork,
    EvaluationWork,
    MatrixWork,
    PanelsWork,
    PredictionWork,
    StitchingWork,
    TrainingWork,
)

_ROOT = Path(__file__).parents[1]
_COMPUTING = ("compute", "bars")
"""The packages whose code makes numbers; `domain` only has the words for them."""

_WORKS: dict[RunKind, tuple[type, ...]] = {
    RunKind.FACTOR_VALUES: (PanelsWork,),
    RunKind.EVALUATION: (
        PanelsWork,
        EvaluationWork,
        DecayWork,
        EvaluationsWork,
        DecaysWork,
        CorrelationsWork,
    ),
    RunKind.TRAINING: (TrainingWork, StitchingWork),
    RunKind.PREDICTION: (PredictionWork,),
    RunKind.BACKTEST: (PanelsWork, BacktestWork),
}
_LIBRARIES = {"qlib": "pyqlib", "pandas": "pandas", "numpy": "numpy", "numba": "numba"}
_CPU_CLASSES = ("X86_V2", "X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR", "NEON", "ASIMD", "SVE")
"""As NumPy names them; the last that a machine has is its class."""


@cache
def engine(kind: RunKind, model: ModelKind | None = None) -> str:
    """The versions that matter for results of a kind, as `qlib 0.9.7, … on X86_V3 · 3f2a91c0`.

    Behind `on` stands the class of the processor: NumPy's logarithms and powers have other last
    bits on another. Equal engines compute equal numbers. The digits sum up our own code: that of
    the modules which compute the kind and of all that they import, without comments and
    docstrings. The code and libraries behind factor values count for what is derived from them,
    too.

    Args:
        kind: Of the results.
        model: Which kind of model is trained or predicts: its library and code count as well, and
            those of other kinds do not. None where no model is.
    """
    if model is None:
        return _named(_LIBRARIES, modules(kind), cpu_class())
    code = {*modules(kind), *_reached(MODULES[model])}
    return _named({**_LIBRARIES, **LIBRARIES[model]}, tuple(sorted(code)), cpu_class())


@cache
def matrix_engine() -> str:
    """The versions that matter for factor sets computed as a whole; as `engine`."""
    return _named(_LIBRARIES, reached(MatrixWork), cpu_class())


@cache
def cpu_class() -> str:
    """The class of this machine's processor. Workers elsewhere should be of the same."""
    found = (name for name in reversed(_CPU_CLASSES) if __cpu_features__.get(name))
    return next(found, machine())


def engines() -> tuple[str, ...]:
    """The engines of all kinds, for what rests on results of several."""
    return tuple(engine(kind) for kind in _WORKS)


@cache
def writer() -> str:
    """The versions that matter for the bytes of files that go out."""
    return _named({"pyarrow": "pyarrow"}, reached(ExportWork))


def modules(kind: RunKind) -> tuple[str, ...]:
    """Our own modules whose code makes results of a kind, ascending."""
    return reached(*_WORKS[kind])


def reached(*works: type) -> tuple[str, ...]:
    """Our own modules that perform some types of work and that these import, ascending."""
    return _reached(*(PERFORMERS[work].partition(":")[0] for work in works))


def _reached(*names: str) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and (path := _path(name)):
            found.add(name)
            waiting += _imports(path)
    return tuple(sorted(found))


def _named(libraries: Mapping[str, str], names: tuple[str, ...], cpu: str = "") -> str:
    versions = ", ".join(f"{name} {_version(package)}" for name, package in libraries.items())
    return f"{versions}{f' on {cpu}' if cpu else ''} · {_digest(names)}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # optional, and where it is missing nothing is computed by it
        return "missing"


def _digest(names: tuple[str, ...]) -> str:
    digest = blake2b(digest_size=4)
    for name in names:
        if path := _path(name):
            digest.update(f"{name}\0{_code(path)}\0".encode())
    return digest.hexdigest()


def _path(module: str) -> Path | None:
    """The file of a module of ours that computes; None where the name is none."""
    if module.partition(".")[0] not in _COMPUTING:
        return None
    place = _ROOT.joinpath(*module.split("."))
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


@cache
def _imports(path: Path) -> tuple[str, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


@cache
def _code(path: Path) -> str:
    """The text of a module as the interpreter takes it, without what is only for people."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_remark(one)]
    return ast.unparse(tree)


def _is_remark(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
