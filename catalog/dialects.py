"""The few pieces of SQL that SQLite and PostgreSQL write differently, each under one name."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, String, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from domain.errors import BadInputError


class _Membership(FunctionElement[bool]):
    """Whether the first clause is an element of the second, a list written as JSON."""

    type = Boolean()

    def self_group(self, against: Any = None) -> "_Membership":
        """Stand as it is: SQLAlchemy would append `= 1` on SQLite, and no index would serve."""
        return self


class _Among(_Membership):
    """The list leads to the rows, through an index."""

    inherit_cache = True


class _Within(_Membership):
    """The rows are there already, and each is looked up in the list."""

    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} IN (SELECT value FROM json_each({values})))"


@compiles(_Within, "sqlite")
def _within_sqlite(element: _Within, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(clause, **options) for clause in element.clauses)
    # The plus keeps the index out: with two lists, every pair would be looked up in it.
    return f"(+{value} IN (SELECT value FROM json_each({values})))"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} = ANY (ARRAY({_elements(element, values)})))"


@compiles(_Within, "postgresql")
def _within_postgresql(element: _Within, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({value} IN ({_elements(element, values)}))"


def _elements(element: _Membership, values: str) -> str:
    kind = "TEXT" if _is_text(next(iter(element.clauses)).type) else "BIGINT"
    return f"SELECT CAST(value AS {kind}) FROM json_array_elements_text(CAST({values} AS JSON))"


def _is_text(kind: TypeEngine[Any]) -> bool:
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(plain, String)


class _InCodeOrder(FunctionElement[str]):
    """A text that compares by code points, whatever the database's language."""

    type = Text()
    inherit_cache = True


@compiles(_InCodeOrder, "sqlite")
def _code_order_sqlite(element: _InCodeOrder, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_InCodeOrder, "postgresql")
def _code_order_postgresql(element: _InCodeOrder, compiler: SQLCompiler, **options: Any) -> str:
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


class _Gathered(FunctionElement[str]):
    """All values of a group in one JSON list: one row to fetch in place of thousands."""

    type = Text()
    inherit_cache = True


@compiles(_Gathered, "sqlite")
def _gathered_sqlite(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(_Gathered, "postgresql")
def _gathered_postgresql(element: _Gathered, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(json_agg({compiler.process(element.clauses, **options)}) AS TEXT)"


def among(column: ColumnElement[Any], values: Iterable[int] | Iterable[str]) -> ColumnElement[bool]:
    """Whether `column` is one of `values`, of which there may be any number.

    The list is one parameter: the statement stays the same for 1 and for 100,000 values, so the
    database prepares it once.
    """
    return _Among(column, _json(values))


def within(
    column: ColumnElement[Any], values: Iterable[int] | Iterable[str]
) -> ColumnElement[bool]:
    """The same as `among`, for a condition beside one that finds the rows."""
    return _Within(column, _json(values))


def holds(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a column of JSON lists holds `text` as one of its elements."""
    return _Within(bindparam(None, text, type_=Text()), column)


def in_code_order(column: ColumnElement[Any]) -> ColumnElement[str]:
    """`column` as a text that sorts and compares by code points on every database."""
    return _InCodeOrder(column)


def gathered(column: ColumnElement[Any]) -> ColumnElement[str]:
    """The values of a group as the text of one JSON list; null or [] for an empty group."""
    return _Gathered(column)


def check_text(text: str, field: str) -> str:
    """Return `text` if a database can compare with it.

    Raises:
        BadInputError: It holds a zero character or half of a surrogate pair.
    """
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInputError(
            f"The text {text!r} holds a character that no text here can have; leave it out.", field
        )
    return text


def _json(values: Iterable[int] | Iterable[str]) -> BindParameter[str]:
    return bindparam(None, json.dumps(list(values)), type_=Text())
