"""Whatever is typed is either read, in a form that reads as itself, or refused at a place.

The examples of the tests here add up to 10,000.
"""

from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.expression import OPERATORS, STANDARD_FIELDS, InvalidExpressionError, check, parse
from domain.expression.operators import BY_SYMBOL, WITHHELD, Parameter, Role

many = settings(
    max_examples=2_500,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def holds_its_promise(text: str) -> None:
    try:
        expression = parse(text)
    except InvalidExpressionError as refused:
        for problem in refused.problems:
            assert 0 <= problem.start <= problem.end <= len(text)
            assert problem.message.isascii()
        assert check(text)[0] is None
    else:
        again = parse(expression.canonical)
        assert again.canonical == expression.canonical
        assert again == expression
        assert again.fields == expression.fields
        assert again.reach == expression.reach


@many
@given(st.text(st.characters(), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    holds_its_promise(text)


pieces = st.sampled_from(
    [
        *OPERATORS,
        *(f"{name}(" for name in OPERATORS),
        *BY_SYMBOL,
        *WITHHELD,
        *("$close", "$open", "$Vwap", "$", "$$", "(", ")", ",", "-", " ", "\n", "**", "//", "="),
        *("0", "1", "5", "-2", "0.5", "1e-12", "1e308", "1.5e3", "007", "9" * 17, ".", "e", "_"),
        *(
            "sector",
            "Sector",
            "'",
            '"',
            "~",
            "%",
            "and",
            "not",
            "nan",
            "N=5",
            "（",
            "５",
            "é",
            "\ud800",
            "\x00",
        ),
    ]
)


@many
@given(st.lists(pieces, max_size=40).map("".join))
def test_any_jumble_of_the_language_is_read_or_refused(text: str) -> None:
    holds_its_promise(text)


fields = st.sampled_from(sorted(STANDARD_FIELDS)).map("${}".format)
numbers = st.one_of(
    st.integers(-(2**53), 2**53).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1e-12", "2", "0.5", "-1", "1.", ".25", "0"]),
)
literals = {
    Role.WINDOW: st.integers(4, 5_000).map(str),
    Role.LAG: st.integers(-5_000, 5_000).map(str),
    Role.SPAN: st.one_of(st.integers(0, 5_000).map(str), st.floats(0.001, 0.999).map(repr)),
    Role.LEVEL: st.floats(0, 1).map(repr),
    Role.TAIL: st.floats(0, 0.5, exclude_max=True).map(repr),
}


CALLED = (
    *("Mean", "EMA", "Ref", "Quantile", "Corr", "Delta"),
    *("CSRank", "CSWinsorize", "CSNeutralize", "Adv", "DecayLinear", "SignedPower"),
)


@cache
def numeric(depth: int) -> st.SearchStrategy[str]:
    """Expressions that give numbers."""
    if depth == 0:
        return fields
    inner = numeric(depth - 1)
    blanks = st.sampled_from(["", " "])
    infix = st.tuples(inner, blanks, st.sampled_from("+-*/"), st.one_of(inner, numbers))
    return st.one_of(
        fields,
        inner.map("({})".format),
        inner.map("-{}".format),
        infix.map(lambda parts: "({}{}{}{})".format(*parts)),
        *(call_of(name, depth) for name in CALLED),
        st.tuples(truth(depth - 1), inner, inner).map(lambda parts: "If({},{},{})".format(*parts)),
    )


@cache
def truth(depth: int) -> st.SearchStrategy[str]:
    """Expressions that give truth values."""
    inner = numeric(max(depth - 1, 0))
    sign = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
    compared = st.tuples(inner, sign, st.one_of(inner, numbers)).map("".join)
    if depth <= 0:
        return compared
    joined = st.tuples(truth(depth - 1), st.sampled_from("&|"), truth(depth - 1))
    return st.one_of(
        compared,
        truth(depth - 1).map("Not({})".format),
        joined.map(lambda parts: "({}){}({})".format(*parts)),
    )


def call_of(name: str, depth: int) -> st.SearchStrategy[str]:
    """Calls of one operator with arguments that it takes."""
    arguments = (argument_of(parameter, depth) for parameter in OPERATORS[name].parameters)
    return st.tuples(*arguments).map(lambda given: f"{name}({','.join(given)})")


def argument_of(parameter: Parameter, depth: int) -> st.SearchStrategy[str]:
    if parameter.role is Role.BY:
        return st.one_of(st.just("sector"), numeric(depth - 1))
    return literals[parameter.role] if parameter.role in literals else numeric(depth - 1)


@many
@given(st.one_of(numeric(4), truth(3)))
def test_every_expression_of_the_grammar_is_read(text: str) -> None:
    assert parse(text).fields
    holds_its_promise(text)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Valid text with one stretch taken out, doubled or overwritten."""
    text = draw(numeric(3))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 4)))
    return text[:start] + draw(st.one_of(st.just(text[start:end] * 2), pieces)) + text[end:]


@many
@given(damaged())
def test_every_expression_with_a_mistake_is_read_or_refused(text: str) -> None:
    holds_its_promise(text)
