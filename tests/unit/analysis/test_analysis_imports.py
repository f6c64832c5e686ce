"""What figures and thinning need to be imported: the web process does both."""

import subprocess
import sys
from pathlib import Path

HEAVY = {"qlib", "pandas", "scipy", "lightgbm", "numba", "distributed", "pyarrow"}
PROGRAM = """
import sys
import compute.analysis.report, compute.downsampling
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_figures_and_thinning_need_numpy_alone() -> None:
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(found.stdout.split())
    assert "numpy" in loaded
    assert not HEAVY & loaded
