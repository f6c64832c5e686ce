"""Alpha101 is whole, and each factor says what it needs."""

import re
from pathlib import Path

import pytest

from domain.alpha101.descriptions import DESCRIPTIONS
from domain.alpha101.expressions import ALPHA101
from domain.expression import STANDARD_FIELDS, check, parse
from domain.names import check_name

GUIDE = (Path(__file__).parents[2] / "docs" / "alpha101.md").read_text()
NAMES = [f"alpha{number:03d}" for number in range(1, 102)]
READ = {name: parse(text) for name, text in ALPHA101.items()}


def told(row: str) -> list[str]:
    """The factors that stand in a row of the guide."""
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| {row}"))
    return [f"alpha{number}" for number in re.findall(r"\b[01]\d\d\b", line)]


def test_there_are_101_and_no_two_are_one() -> None:
    assert list(ALPHA101) == list(DESCRIPTIONS) == NAMES
    assert len(set(READ.values())) == 101


@pytest.mark.parametrize("name", NAMES)
def test_a_factor_can_be_catalogued(name: str) -> None:
    expression, problems = check(ALPHA101[name], STANDARD_FIELDS | {"market_cap"})

    assert check_name(name) == name
    assert expression is not None
    assert problems == ()
    assert not expression.looks_ahead
    assert expression.lookback_days is not None
    assert expression.lookback_days <= 251
    assert "\n" not in expression.text


def test_factors_are_described_in_words_of_their_own() -> None:
    sentences = set(DESCRIPTIONS.values())

    assert len(sentences) == 101
    assert all(sentence.endswith(".") and len(sentence) < 100 for sentence in sentences)


def test_the_guide_tells_which_need_sectors_and_market_value() -> None:
    assert told("sectors of the instruments") == [
        name for name in NAMES if READ[name].needs_sectors
    ]
    assert told("`$market_cap`") == [name for name in NAMES if "market_cap" in READ[name].fields]


def test_the_guide_counts_those_that_compare_nobody_and_those_that_read_the_vwap() -> None:
    alone = sum(not expression.is_cross_sectional for expression in READ.values())
    priced = sum("vwap" in expression.fields for expression in READ.values())

    assert f"All but {alone} compare" in GUIDE
    assert f"| `$vwap` | {priced} of them" in GUIDE


def test_the_guide_tells_which_take_the_smaller_or_larger_of_two() -> None:
    choosing = [name for name in NAMES if re.search(r"\b(Less|Greater)\(", ALPHA101[name])]

    assert told("min(x, y), max(x, y)") == choosing
