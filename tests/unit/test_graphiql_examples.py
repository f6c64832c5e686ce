from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

EXAMPLES = sorted((Path(__file__).parents[2] / "web" / "examples").glob("*.graphql"))


def test_the_page_has_examples() -> None:
    assert [path.stem for path in EXAMPLES] == [
        "browse",
        "calculate",
        "evaluate",
        "lineage",
        "walk",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_one_query_that_says_what_it_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.operation is OperationType.QUERY
    assert operation.name
    assert operation.name.value == path.stem.capitalize()
    assert text.startswith("# ")
