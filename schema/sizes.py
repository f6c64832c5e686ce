"""How large an operation may be, told before anything of it is executed."""

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

MAX_DEPTH = 20
MAX_ALIASES = 100
MAX_TOKENS = 3_000
TOO_COMPLEX = "TOO_COMPLEX"


@dataclass(frozen=True, slots=True)
class Size:
    """How deep fields lie within one another, and how many have an alias."""

    depth: int = 0
    aliases: int = 0

    def beside(self, other: "Size") -> "Size":
        """The size of two selections in one set."""
        return Size(max(self.depth, other.depth), self.aliases + other.aliases)


class SizeRule(ValidationRule):
    """Refuses operations that nest too deep or have too many aliases.

    Each fragment is measured once, so that fragments of fragments cannot make measuring slow.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, Size] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Measure one operation."""
        size = self._of_set(node.selection_set)
        if size.depth > MAX_DEPTH:
            self._refuse(
                f"The operation nests fields {size.depth} deep and {MAX_DEPTH} is the most; "
                "ask for what lies deeper in an operation of its own.",
                node,
            )
        if size.aliases > MAX_ALIASES:
            self._refuse(
                f"The operation has {size.aliases} aliases and {MAX_ALIASES} is the most; "
                "use lists, or several operations.",
                node,
            )

    def _of_set(self, selections: SelectionSetNode | None) -> Size:
        size = Size()
        for selection in selections.selections if selections else ():
            size = size.beside(self._of_selection(selection))
        return size

    def _of_selection(self, selection: Any) -> Size:
        if isinstance(selection, FragmentSpreadNode):
            return self._of_fragment(selection.name.value)
        inner = self._of_set(selection.selection_set)
        if isinstance(selection, FieldNode):
            return Size(inner.depth + 1, inner.aliases + (selection.alias is not None))
        return inner

    def _of_fragment(self, name: str) -> Size:
        if name not in self._fragments:
            self._fragments[name] = Size()  # what a cycle adds; another rule refuses it
            fragment = self.context.get_fragment(name)
            self._fragments[name] = self._of_set(fragment.selection_set if fragment else None)
        return self._fragments[name]

    def _refuse(self, message: str, node: OperationDefinitionNode) -> None:
        self.report_error(GraphQLError(message, node, extensions={"code": TOO_COMPLEX}))
