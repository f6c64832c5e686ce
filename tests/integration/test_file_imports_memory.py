"""However many rows there are, memory is bounded."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROWS, INSTRUMENTS = 1_200_000, 600


def test_a_large_file_takes_a_bounded_amount_of_memory(tmp_path: Path) -> None:
    days = np.arange("2014-01-01", "2023-12-31", dtype="datetime64[D]")
    days = days[np.is_busday(days)][: ROWS // INSTRUMENTS]
    with (tmp_path / "all.csv").open("w") as file:
        file.write("date,symbol,open,high,low,close,volume,factor\n")
        for number, day in enumerate(days):
            bar = f"{10 + number % 7},{20 + number % 7},9,{11 + number % 7},{1000 + number},1"
            file.writelines(f"{day},S{name},{bar}\n" for name in range(INSTRUMENTS))
    command = [sys.executable, "-m", "server.cli", "market", "import", "big", str(tmp_path)]

    done = subprocess.run(
        [*command, "--region", "us", "--dry-run"],
        env={"QATLAS_HOME": str(tmp_path / "home"), "PATH": "", "PYTHONPATH": ":".join(sys.path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    told = re.search(r"1,200,000 rows .* ([\d,]+) MB of memory at the most", done.stdout)
    assert told is not None
    # More rows take hardly more: it is what is worked on at a time, and what PyArrow holds.
    assert int(told[1].replace(",", "")) < 1000
