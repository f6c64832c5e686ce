"""The guide to data tells every check as it is."""

import re
from pathlib import Path

from bars.quality import CHECKS

GUIDE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_the_guide_lists_every_check_with_its_severity_and_meaning() -> None:
    table = re.search(r"<!-- checks.*?-->\n(.*?)<!-- end of checks -->", GUIDE, re.DOTALL)
    assert table is not None
    header, _, *rows = table[1].splitlines()
    assert header == "| check | severity | what it means |"
    assert rows == [
        f"| `{check}` | {severity.value} | {meaning} |"
        for check, (severity, meaning) in CHECKS.items()
    ]
