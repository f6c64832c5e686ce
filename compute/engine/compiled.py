"""How kernels are compiled: once per machine, without the interpreter lock, with exact floats."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def kernel(function: _Kernel) -> _Kernel:
    """Compile a function when it is first called, and keep the machine code on disk.

    Floating-point operations are never reordered or contracted, and dividing by zero gives an
    infinity or NaN as in C, so that a kernel has the bits of the library that it follows.
    """
    compiled = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, compiled)


def inlined(function: _Kernel) -> _Kernel:
    """Compile a function into each kernel that calls it."""
    made = numba.njit(inline="always", nogil=True, fastmath=False, error_model="numpy")(function)
    return cast(_Kernel, made)
