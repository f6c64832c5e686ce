"""The canonical text of an expression: one way to write each tree."""

from domain.expression.tree import Call, Field, Grouping, Node, Number


def canonical(node: Node) -> str:
    """The tree as calls by operator name, without blanks.

    Whole numbers and floats keep their kind (`1` and `1.0` differ: Qlib computes with the
    one in integers where it can); a float is the shortest text that reads back as itself. Where
    no operator is beyond Qlib the text is valid for Qlib.
    """
    match node:
        case Field(name=name):
            return f"${name}"
        case Grouping(name=name):
            return name
        case Number(value=value):
            return repr(value)
        case Call(operator=operator, arguments=arguments):
            return f"{operator}({','.join(map(canonical, arguments))})"
