"""The page of models says what the code does."""

import re
from pathlib import Path

from compute.zoo.modules import TORCH
from domain.model_parameters import PARAMETER_TABLES
from domain.specs import ModelKind

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()


def test_every_kind_has_its_row() -> None:
    assert re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE) == [
        kind.value for kind in ModelKind
    ]


def test_every_parameter_is_listed_with_its_default() -> None:
    section = PAGE.partition("<!-- parameters -->\n")[2].partition("<!-- end of parameters -->")[0]

    assert section == parameter_lists()


def test_it_names_what_is_to_be_installed() -> None:
    assert f"`pip install {TORCH}`" in PAGE


def parameter_lists() -> str:
    """What stands in the page; `python tests/architecture/test_model_document.py` prints it."""
    lists: dict[str, list[str]] = {}
    for kind, table in PARAMETER_TABLES.items():
        shown = ", ".join(
            f"`{one.name}` {'left out' if one.may_be_absent else _shown(one.default)}"
            for one in table.parameters
        )
        lists.setdefault(shown, []).append(f"`{kind}`")
    return "".join(f"- {' and '.join(kinds)}: {shown}.\n" for shown, kinds in lists.items())


def _shown(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else f"{default}"


if __name__ == "__main__":
    print(parameter_lists(), end="")
