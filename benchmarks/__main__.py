"""Runs the benchmarks named, or all, and prints one table."""

import sys
from collections.abc import Callable, Iterator

from benchmarks import (
    backtests,
    downloads,
    encoding,
    engine,
    importing,
    judging,
    processors,
    reference_run,
    serving,
)
from benchmarks.figures import Figure, write

BENCHMARKS: dict[str, Callable[[], Iterator[Figure]]] = {
    "serving": serving.figures,
    "encoding": encoding.figures,
    "importing": importing.figures,
    "downloads": downloads.figures,
    "processors": processors.figures,
    "engine": engine.figures,
    "judging": judging.figures,
    "backtests": backtests.figures,
    "reference": reference_run.figures,
}


def main(names: list[str]) -> int:
    """Measure, print, and keep."""
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
        return 1
    measured = []
    for name in names or BENCHMARKS:
        for figure in BENCHMARKS[name]():
            print(f"{figure.metric}: {figure.ours:.4g} {figure.unit}, {figure.verdict}", flush=True)
            measured.append(figure)
    print(f"\n{write(measured)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
