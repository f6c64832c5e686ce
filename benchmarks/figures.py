"""One measured figure, and the table of them."""

import json
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """Ours beside a target, and beside a peer where there is one; smaller is better.

    Attributes:
        metric: What was measured.
        unit: Of `ours`, `peer` and `target`.
        ours: What we took.
        target: What we mean to take at most; None where there is no target yet.
        peer: What the peer took in the same run, doing the same, its result found equal before.
        peer_name: Who the peer is.
        note: How it was measured, in a few words.
    """

    metric: str
    unit: str
    ours: float
    target: float | None = None
    peer: float | None = None
    peer_name: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the peer takes what we take."""
        return None if self.peer is None else self.peer / self.ours

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return "-"
        return "pass" if self.ours <= self.target else "short"


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that is not below `share` of them, the share from 0 to 1."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(samples: Sequence[float]) -> float:
    """The middle sample."""
    return statistics.median(samples)


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    head = "| metric | ours | peer | ratio | target | verdict | how |"
    return "\n".join([head, "|---" * 7 + "|", *(_row(figure) for figure in figures)])


def write(figures: Sequence[Figure]) -> str:
    """Write the figures as JSON and Markdown, and return the table.

    Everything measured in one run goes into one pair of files, `latest` and a dated one.
    """
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    machine = f"{platform.machine()}, Python {platform.python_version()}, {sys.platform}"
    rows = [asdict(one) | {"ratio": one.ratio, "verdict": one.verdict} for one in figures]
    document = json.dumps({"at": now.isoformat(), "machine": machine, "figures": rows}, indent=2)
    (RESULTS / f"{now:%Y%m%dT%H%M%S}.json").write_text(document + "\n")
    text = table(figures)
    page = f"# Latest figures\n\nMeasured {now:%Y-%m-%d} on {machine} by `make bench`.\n\n{text}\n"
    (RESULTS / "latest.md").write_text(page)
    return text


def _row(figure: Figure) -> str:
    peer = "-" if figure.peer is None else f"{figure.peer:.4g} ({figure.peer_name})"
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.1f}x"
    target = "-" if figure.target is None else f"{figure.target:g}"
    return (
        f"| {figure.metric} ({figure.unit}) | {figure.ours:.4g} | {peer} | {ratio} | {target} "
        f"| {figure.verdict} | {figure.note} |"
    )
