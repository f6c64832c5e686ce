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
_COMPILED = Path(__file__).parent / "__pycache__"


def kernel(function: _Kernel) -> _Kernel:
    """Compile a function when it is first called, and keep the machine code on disk.

    Floating-point operations are never reordered or contracted, and dividing by zero gives an
    infinity or NaN as in C, so that a kernel has the bits of the library that it follows.
    """
    numba.config.CACHE_DIR = str(kernels_folder())  # type: ignore[attr-defined]
    compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, compiled)


def inlined(function: _Kernel) -> _Kernel:
    """Compile a function into each kernel that calls it."""
    made = numba.njit(inline="always", nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, made)


@cache
def kernels_folder() -> Path:
    """Where machine code is kept: a folder for each state of the modules that hold kernels.

    Numba looks at the module of a kernel alone, and would go on with the machine code of before
    when a function changes that another module compiles into it.
    """
    digest = blake2b(digest_size=8)
    for source in sorted(_SOURCES.rglob("*.py")):
        text = source.read_bytes()
        if b"engine.compiled import" in text or source.parent.name == "kernels":
            digest.update(f"{source.relative_to(_SOURCES)}\0".encode() + text)
    return _COMPILED / f"kernels-{digest.hexdigest()}"


def forget_older_kernels() -> None:
    """Remove the machine code of other states of the sources."""
    for folder in _COMPILED.glob("kernels-*"):
        if folder != kernels_folder():
            shutil.rmtree(folder, ignore_errors=True)
