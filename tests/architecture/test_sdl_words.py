"""The schema as it is written down: every word described, nothing that clients trip over."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
)

SDL = Path(__file__).parents[2] / "schema" / "schema.graphql"
BUILT_IN = ("String", "Int", "Float", "Boolean", "ID")


@pytest.fixture(scope="module")
def written() -> GraphQLSchema:
    """The schema as it was committed."""
    return build_schema(SDL.read_text())


def words(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that has a name, and its description."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        yield name, type_.description
        if isinstance(type_, GraphQLEnumType):
            for value, details in type_.values.items():
                yield f"{name}.{value}", details.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, details in type_.fields.items():
                yield f"{name}.{field}", details.description
                for argument, described in getattr(details, "args", {}).items():
                    yield f"{name}.{field}({argument}:)", described.description


def test_everything_is_described(written: GraphQLSchema) -> None:
    found = list(words(written))

    assert len(found) > 500
    assert [name for name, description in found if not description] == []


def test_descriptions_are_sentences(written: GraphQLSchema) -> None:
    ends = (".", ":", "…")

    assert [
        name for name, text in words(written) if text and not text.rstrip().endswith(ends)
    ] == []


@pytest.mark.parametrize("name", ["Node", "Entity", "Signal"])
def test_members_agree_on_the_types_of_their_fields(written: GraphQLSchema, name: str) -> None:
    """Else a query that asks two members for one field could not be answered."""
    asked = written.type_map[name]
    assert isinstance(asked, GraphQLInterfaceType | GraphQLUnionType)
    members = written.get_possible_types(asked)
    assert len(members) >= 2

    conflicts = {
        (frozenset((one.name, other.name)), field)
        for one, other in combinations(members, 2)
        for field in one.fields.keys() & other.fields.keys()
        if shape(one.fields[field].type) != shape(other.fields[field].type)
    }

    assert conflicts <= {(frozenset(("Model", "Run")), "kind")}


def shape(type_: GraphQLOutputType) -> str:
    """What an answer looks like: objects of any type look alike until their fields are chosen."""
    leaf = get_named_type(type_)
    return str(type_) if is_leaf_type(leaf) else str(type_).replace(leaf.name, "{}")
