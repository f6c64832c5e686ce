"""One table of operators feeds the parser, the help and the guide."""

import subprocess
import sys
from pathlib import Path

import pytest

from domain.expression import OPERATORS, InvalidExpressionError, check, parse
from domain.expression.limits import MAX_DEPTH, MAX_LENGTH, MAX_NODES, MAX_WINDOW
from domain.expression.operators import BY_SYMBOL, operator_table

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "expressions.md"


def test_an_operator_says_how_it_is_called() -> None:
    quantile = OPERATORS["Quantile"]

    assert (quantile.signature, quantile.arity) == ("Quantile(x, N, q)", 3)
    assert all(name == operator.name for name, operator in OPERATORS.items())
    assert all(operator.description.endswith(".") for operator in OPERATORS.values())


@pytest.mark.parametrize("symbol", sorted(BY_SYMBOL))
def test_every_symbol_is_its_operator(symbol: str) -> None:
    text = f"($a>1){symbol}($b>1)" if symbol in "&|" else f"$a{symbol}$b"

    assert parse(text).canonical.startswith(f"{BY_SYMBOL[symbol].name}(")


def test_the_guide_shows_the_table() -> None:
    guide = GUIDE.read_text()
    shown = guide.split("<!-- operators:begin -->")[1].split("<!-- operators:end -->")[0]

    assert shown.strip() == operator_table()


def test_the_command_that_the_guide_names_prints_the_table() -> None:
    command = [sys.executable, "-m", "domain.expression"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == operator_table()


def test_the_examples_of_the_guide_are_expressions() -> None:
    examples = [line for line in GUIDE.read_text().splitlines() if line.startswith("    ")]

    assert len(examples) >= 4
    for example in examples:
        assert check(example)[0] is not None, example


@pytest.mark.parametrize("bound", [MAX_LENGTH, MAX_DEPTH, MAX_NODES, MAX_WINDOW])
def test_the_guide_states_the_bounds(bound: int) -> None:
    bounds = GUIDE.read_text().split("## Bounds")[1].split("##")[0]

    assert f"| {bound:,} " in bounds


def test_what_the_guide_refuses_is_refused() -> None:
    sentence = GUIDE.read_text().split("Not part of the language:")[1].split("\n")[0]
    symbols = [word for word in sentence.split("`")[1::2] if not word[0].isupper()]

    assert len(symbols) == 8
    for symbol in symbols:
        with pytest.raises(InvalidExpressionError):
            parse(f"$a{symbol}$b")
