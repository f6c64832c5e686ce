"""Qlib's expressions, built from our own reading of a text and never by evaluating it."""

from functools import lru_cache
from typing import Any

from qlib.data.base import Feature
from qlib.data.data import LocalExpressionProvider
from qlib.data.ops import Operators

from domain.errors import BadInputError
from domain.expression import OPERATORS, parse
from domain.expression.tree import Call, Field, Grouping, Node, Number


class ParsedExpressionProvider(LocalExpressionProvider):  # type: ignore[misc]
    """Computes expressions as Qlib does; what is no expression of our language is refused."""

    def get_expression_instance(self, field: object) -> Any:
        """Qlib's expression of a text.

        Raises:
            InvalidExpressionError: The text is no expression of the language.
            BadInputError: It has an operator that Qlib lacks.
        """
        return _built(str(field))


@lru_cache(maxsize=4096)
def _built(text: str) -> Any:
    return _object(parse(text).tree)


def _object(node: Node) -> Any:
    match node:
        case Field(name=name):
            return Feature(name)
        case Number(value=value):
            return value
        case Grouping(name=name):
            raise BadInputError(f"Qlib knows no grouping such as {name}.")
        case Call(operator=name, arguments=arguments):
            if not OPERATORS[name].is_qlibs:
                raise BadInputError(f"Qlib has no operator {name}.")
            return getattr(Operators, name)(*map(_object, arguments))
