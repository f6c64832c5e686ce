"""How kernels are compiled: once per machine, without the interpreter lock, with exact floats."""

import shutil
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])
_SOURCES = Path(__file__).parents[1]
_ENGINE = Path(__file__).parent.name
_COMPILED = Path(__file__).parent / "__pycache__"
_COMPLETE = "complete"


def kernel(function: _Kernel) -> _Kernel:
    """Compile a function when it is first called, and keep the machine code on disk.

    Floating-point operations are never reordered or contracted, and dividing by zero gives an
    infinity or NaN as in C, so that a kernel has the bits of the library that it follows.
    """
    folder = kernels_folder(_package(function.__module__))
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, compiled)


def inlined(function: _Kernel) -> _Kernel:
    """Compile a function into each kernel that calls it."""
    made = numba.njit(inline="always", nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, made)


@cache
def kernels_folder(package: str) -> Path:
    """Where the machine code of a part of `compute` is kept: a folder for each state of it.

    Numba looks at the module of a kernel alone, and would go on with the machine code of before
    when a function changes that another module compiles into it. Kernels are built from those of
    their own package, of the engine and of modules beside them, so that is what a folder's name
    hashes.
    """
    digest = blake2b(digest_size=8)
    for source in sorted(_SOURCES.rglob("*.py")):
        text = source.read_bytes()
        inside = source.relative_to(_SOURCES)
        is_read = len(inside.parts) == 1 or inside.parts[0] in (package, _ENGINE)
        has_kernels = b"engine.compiled import" in text or source.parent.name == "kernels"
        if is_read and has_kernels:
            digest.update(f"{inside}\0".encode() + text)
    return _COMPILED / f"kernels-{package}-{digest.hexdigest()}"


def forget_older_kernels() -> None:
    """Remove the machine code of other states of the sources."""
    current = _current_folders()
    for folder in _COMPILED.glob("kernels-*"):
        if folder not in current:
            shutil.rmtree(folder, ignore_errors=True)


def note_that_all_are_compiled() -> None:
    """Leave a mark that loading any kernel takes moments."""
    for folder in _current_folders():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _COMPLETE).touch()


def are_all_compiled() -> bool:
    """Whether loading any kernel takes moments, and not a minute for all of them."""
    return all((folder / _COMPLETE).exists() for folder in _current_folders())


def _current_folders() -> set[Path]:
    return {kernels_folder(source.name) for source in _SOURCES.iterdir() if source.is_dir()}


def _package(module: str) -> str:
    """The part of `compute` that a module belongs to; the engine, if it stands outside of it."""
    names = module.split(".")
    is_within = names[0] == _SOURCES.name and (_SOURCES / names[1]).is_dir()
    return names[1] if is_within else _ENGINE
