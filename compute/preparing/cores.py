"""Rows shared among the cores of the machine; what each core does to its rows is the same."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np

from compute.preparing.table import Values
from domain.arrays import RowArray

_Found = TypeVar("_Found")
_LEAST_CELLS = 200_000
"""Of which a share is made, since starting a thread takes as long as some of them."""


def cores_for(cells: int) -> int:
    """How many cores are worth using for so many numbers."""
    return max(1, min(len(os.sched_getaffinity(0)), cells // _LEAST_CELLS))


def share_rows(values: Values, work: Callable[[Values], None]) -> None:
    """Do to all rows, in pieces, what does not look from one row at another.

    Args:
        values: Shape (rows, columns).
        work: Is given some of the rows, as a view. It has to let go of the interpreter's lock.
    """
    share(len(values), cores_for(values.size), lambda first, last: work(values[first:last]))


def share_days(values: Values, starts: RowArray, work: Callable[[RowArray], None]) -> None:
    """Do to all days, in pieces, what does not look from one day at another.

    Args:
        values: Shape (rows, columns).
        starts: Where each day's rows start, and the end.
        work: Is given the starts of some days, and the end of the last; otherwise as above.
    """
    cores = cores_for(values.size)
    bounds = np.linspace(0, starts[-1], cores + 1)
    cuts = [0, *np.searchsorted(starts, bounds[1:-1]).tolist(), len(starts) - 1]
    _run(cuts, lambda first, last: work(starts[first : last + 1]))


def share(count: int, cores: int, work: Callable[[int, int], _Found]) -> list[_Found]:
    """Do something with the numbers from 0 to before `count`.

    Args:
        count: How many there are.
        cores: Into how many pieces they are cut.
        work: Is given the first number of a piece, and the end of it.

    Returns:
        What came of each piece that is not empty, in order.
    """
    return _run([count * place // cores for place in range(cores + 1)], work)


def _run(cuts: Iterable[int], work: Callable[[int, int], _Found]) -> list[_Found]:
    pieces = [(first, last) for first, last in pairwise(cuts) if first < last]
    if len(pieces) < 2:
        return [work(*piece) for piece in pieces]
    with ThreadPoolExecutor(len(pieces) - 1) as threads:
        others = [threads.submit(work, *piece) for piece in pieces[1:]]
        return [work(*pieces[0]), *(one.result() for one in others)]
