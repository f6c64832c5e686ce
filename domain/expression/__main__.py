"""Print the table of operators that stands in docs/expressions.md."""

from domain.expression.operators import operator_table

print(operator_table())
