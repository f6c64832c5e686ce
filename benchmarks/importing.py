"""An import of 600,000 rows: beside Qlib's way, and as a command."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import qlib_way
from benchmarks.figures import Figure, median
from benchmarks.vendor_files import write_files

INSTRUMENTS, DAYS = 512, 1230
_RUNS = 3
_QATLAS = Path(sys.executable).parent / "qatlas"
_PEAK = re.compile(r"([\d,]+) MB of memory at the most")


def figures() -> Iterator[Figure]:
    """Rows a second beside Qlib's way, then time and memory of the whole command."""
    with TemporaryDirectory(prefix="qatlas-bench-") as name:
        folder = Path(name)
        rows = write_files(folder / "files", INSTRUMENTS, DAYS)
        _require_equal(folder)
        ours, peer = _paired(folder)
        yield Figure(
            metric=f"files to bins, {rows:,} rows in {INSTRUMENTS} CSV files",
            unit="s",
            ours=ours,
            peer=peer,
            target=peer / 10,
            peer_name="pandas, file by file",
            note=f"{rows / ours:,.0f} rows a second; median of {_RUNS}, in turn; bins equal",
        )
        seconds, megabytes = _command(folder)
        note = "read, written, judged, fingerprinted, registered; a process of its own"
        yield Figure("qatlas market import of them", "s", seconds, 10, note=note)
        yield Figure("peak memory of that", "MB", megabytes, 1000, note="as the command prints it")


def _paired(folder: Path) -> tuple[float, float]:
    """Seconds of ours and of the peer, each the median of several runs in turn."""
    pairs = [
        (_timed(_ours, folder, f"o{run}"), _timed(_peers, folder, f"p{run}"))
        for run in range(_RUNS)
    ]
    ours, peer = zip(*pairs, strict=True)
    return median(ours), median(peer)


def _timed(work: Callable[[Path, str], object], folder: Path, name: str) -> float:
    os.sync()  # what was written before is not to be waited for here
    begun = time.perf_counter()
    work(folder, name)
    return time.perf_counter() - begun


def _ours(folder: Path, name: str) -> Path:
    from intake.making import make_market
    from intake.progress import Silence
    from intake.request import ImportRequest

    target, scratch = folder / name, folder / f"{name}-scratch"
    scratch.mkdir()
    request = ImportRequest((folder / "files",))
    make_market(request, target, target / "features", scratch, Silence())
    return target


def _peers(folder: Path, name: str) -> Path:
    qlib_way.dump(folder / "files", folder / name)
    return folder / name


def _require_equal(folder: Path) -> None:
    """Check that both make the same bins, before either is timed.

    Raises:
        AssertionError: One differs.
    """
    ours, peers = _ours(folder, "ours") / "features", _peers(folder, "peers") / "features"
    names = [
        sorted(str(file.relative_to(root)) for file in root.rglob("*.bin"))
        for root in (ours, peers)
    ]
    assert names[0] == names[1]
    for name in names[0]:
        one, other = (np.fromfile(root / name, "<f4") for root in (ours, peers))
        np.testing.assert_array_equal(_stripped(one), _stripped(other), err_msg=name)


def _stripped(content: np.ndarray) -> np.ndarray:
    """A bin without days at its ends that have no value, which Qlib's way writes out."""
    there = np.flatnonzero(~np.isnan(content[1:]))
    first, last = int(there[0]), int(there[-1])
    return np.concatenate([[content[0] + first], content[1 + first : 2 + last]])


def _command(folder: Path) -> tuple[float, float]:
    environment = {**os.environ, "QATLAS_HOME": str(folder / "home")}
    os.sync()
    begun = time.perf_counter()
    done = subprocess.run(
        [_QATLAS, "market", "import", "vendor", folder / "files", "--region", "us"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - begun
    peak = _PEAK.search(done.stdout)
    assert peak is not None
    return seconds, float(peak[1].replace(",", ""))
