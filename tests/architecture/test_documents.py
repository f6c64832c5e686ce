"""What the documents say is what the code does."""

import inspect
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from domain import errors
from domain.strategy_parameters import STRATEGY_PARAMETERS
from server.cli import parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
COMMAND = re.compile(r"(?:^|`|\s)(?:\.venv/bin/)?qatlas ([a-z][^`|\n]*)")
OURS = {"domain", "bars", "catalog", "compute", "resolvers", "schema"}
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def written() -> list[tuple[str, str]]:
    """Every command line in code, and where it stands."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text()
        code = re.findall(r"```\w*\n(.*?)```|`(qatlas [^`]*)`", text, re.DOTALL)
        for line in "\n".join(map("".join, code)).splitlines():
            found += [(document.name, command) for command in COMMAND.findall(line)]
    return found


@pytest.mark.parametrize("command", sorted({command for _, command in written()}))
def test_commands_in_documents_are_commands(command: str) -> None:
    if command.split()[-1] == "…":
        pytest.skip("stands for several commands")

    parser().parse_args(shlex.split(command))


def test_every_command_is_documented() -> None:
    documented = {" ".join(re.findall(r"^[a-z ]+", command)).strip() for _, command in written()}

    assert {" ".join(words) for words in commands()} <= documented


def commands() -> list[tuple[str, ...]]:
    """The words of every command."""
    found: list[tuple[str, ...]] = []
    for noun, of_noun in choices(parser()).items():
        verbs = choices(of_noun)
        found += [(noun, verb) for verb in verbs] if verbs else [(noun,)]
    return found


def choices(given: object) -> dict[str, object]:
    """The commands below a parser."""
    for action in given._actions:  # type: ignore[attr-defined]
        if isinstance(action.choices, dict):
            return action.choices
    return {}


def test_every_target_is_documented() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)

    assert "demo" in targets
    assert [name for name in targets if name != "help" and f"`make {name}`" not in COMMANDS] == []


def test_targets_in_documents_are_targets() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:`|^    |^)make ([a-z]+)", document.read_text(), re.MULTILINE)
    }

    assert {target for target in named if f"\n{target}:" not in makefile} == set()


def test_the_api_document_lists_every_error_as_it_is() -> None:
    import_module("schema.schema")  # brings in all that answers
    rows = {
        kind.code: f"| `{kind.code}` | {(inspect.getdoc(kind) or '').splitlines()[0]} |"
        for kind in reversed(list(_told(errors.QatlasError)))
    }

    lines = (ROOT / "docs" / "api.md").read_text().splitlines()
    listed = [line for line in lines if line in rows.values()]

    assert len(rows) > 10
    assert sorted(listed) == sorted(rows.values())


def test_the_api_document_lists_every_refusal_with_its_status() -> None:
    refused = re.compile(r'RefusedError\(\s*(\d+),\s*"([A-Z_]+)"')
    sources = (path.read_text() for path in (ROOT / "server").glob("*.py"))
    told = {pair for source in sources for pair in refused.findall(source)}
    document = (ROOT / "docs" / "api.md").read_text()
    listed = {
        (status, code) for code, status in re.findall(r"^\| `(\w+)` \| (\d+) \|", document, re.M)
    }

    assert len(told) > 8
    assert told - {("400", "BAD_INPUT")} <= listed


def _told(kind: type[errors.QatlasError]) -> Iterator[type[errors.QatlasError]]:
    """Every kind of error that an answer may carry; commands have others, and show no codes."""
    for child in kind.__subclasses__():
        if child is errors.CommandError:
            continue
        if child.__module__.split(".")[0] in OURS:
            yield child
        yield from _told(child)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [document.parent / link for link in LINK.findall(document.read_text())]

    missing = {str(path.resolve().relative_to(ROOT)) for path in targets if not path.exists()}

    assert missing == set()


@pytest.mark.parametrize("verb", ["import", "append"])
def test_every_option_of_bringing_files_is_explained(verb: str) -> None:
    command = choices(choices(parser())["market"])[verb]
    options = {name for action in command._actions for name in action.option_strings}  # type: ignore[attr-defined]

    text = (ROOT / "docs" / "data.md").read_text()

    assert len(options) > 10
    assert {name for name in options - {"-h", "--help"} if name not in text} == set()


def test_the_parameters_of_strategies_are_those_in_the_table() -> None:
    table = (ROOT / "docs" / "backtests.md").read_text().split("## Parameters")[1]
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("| `")]
    found = [[cell.strip() for cell in row] for row in rows]

    def shown(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    assert found == [
        [f"`{one.name}`", shown(one.default), one.description] for one in STRATEGY_PARAMETERS
    ]
