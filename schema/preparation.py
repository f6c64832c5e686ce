"""Operations parsed and checked once, however often they come."""

from collections.abc import Iterator
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from strawberry.extensions import SchemaExtension

from schema.sizes import MAX_TOKENS, SizeRule

RULES = (*specified_rules, SizeRule)
REMEMBERED = 500
LONGEST_REMEMBERED = 20_000
"""Characters; a longer text is parsed each time, so that memory has a bound."""


class Prepare(SchemaExtension):
    """Parses and validates; texts of usual length that came lately are known already."""

    def on_parse(self) -> Iterator[None]:
        """Give the parsed document."""
        context = self.execution_context
        if context.query:
            is_usual = len(context.query) <= LONGEST_REMEMBERED
            read = parsed if is_usual else _parse
            context.graphql_document = read(context.query)
        yield

    def on_validate(self) -> Iterator[None]:
        """Give what is wrong with it."""
        context = self.execution_context
        if context.query and context.graphql_document:
            schema = context.schema._schema
            is_usual = len(context.query) <= LONGEST_REMEMBERED
            context.pre_execution_errors = (
                list(faults(schema, context.query))
                if is_usual
                else validate(schema, context.graphql_document, RULES)
            )
        yield


@lru_cache(maxsize=REMEMBERED)
def parsed(query: str) -> DocumentNode:
    """The document of a text.

    Raises:
        GraphQLSyntaxError: It is none, or one that is too long or nested too deep to be read.
    """
    return _parse(query)


@lru_cache(maxsize=REMEMBERED)
def faults(schema: GraphQLSchema, query: str) -> tuple[GraphQLError, ...]:
    """What is wrong with a text that can be parsed."""
    return tuple(validate(schema, parsed(query), RULES))


def _parse(query: str) -> DocumentNode:
    return parse(query, max_tokens=MAX_TOKENS)
