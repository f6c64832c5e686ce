"""Checking tells all that is wrong or noteworthy, and never raises."""

import pytest

from domain.expression import STANDARD_FIELDS, Severity, check

MARKET = STANDARD_FIELDS - {"vwap"}


def remarks(text: str, known: frozenset[str] | None = MARKET) -> list[tuple[Severity, int, int]]:
    return [(each.severity, each.start, each.end) for each in check(text, known)[1]]


def test_what_is_right_has_no_problems() -> None:
    expression, problems = check("$close/$open", MARKET)

    assert expression is not None
    assert problems == ()


def test_a_standard_field_that_the_market_lacks_is_a_warning() -> None:
    expression, (problem,) = check("$close/$vwap", MARKET)

    assert expression is not None
    assert (problem.severity, problem.start, problem.end) == (Severity.WARNING, 7, 12)
    assert "The market has no $vwap: the field is NaN on every day." in problem.message


def test_any_other_field_that_the_market_lacks_is_an_error_with_the_nearest_name() -> None:
    expression, (problem,) = check("$open/$clsoe", MARKET)

    assert expression is None
    assert (problem.severity, problem.start, problem.end) == (Severity.ERROR, 5 + 1, 12)
    assert problem.message == "The market has no field '$clsoe'. Did you mean $close?"


def test_a_field_near_nothing_is_told_all_there_are() -> None:
    _, (problem,) = check("$zzz", {"close", "open"})

    assert problem.message == "The market has no field '$zzz'. It has $close, $open."


def test_a_field_of_the_market_beyond_the_standard_ones_is_known() -> None:
    assert remarks("$turnover", MARKET | {"turnover"}) == []


def test_a_sector_written_as_a_field_is_told_its_word() -> None:
    _, (problem,) = check("CSNeutralize($close,$sector)", MARKET)

    assert (problem.severity, problem.start, problem.end) == (Severity.ERROR, 20, 27)
    assert "no dollar sign: CSNeutralize(x, sector)" in problem.message


def test_sectors_that_nobody_has_are_an_error_at_each_place_that_reads_them() -> None:
    text = "CSNeutralize($close,sector)/CSNeutralize($open,$volume)"
    expression, (problem,) = check(text, MARKET, has_sectors=False)

    assert expression is None
    assert (problem.severity, text[problem.start : problem.end]) == (Severity.ERROR, "sector")
    assert "--sectors" in problem.message
    assert check(text, MARKET)[1] == ()


def test_what_an_abbreviation_reads_is_checked_where_it_was_written() -> None:
    assert remarks("1+Adv(20)", frozenset({"close"})) == [(Severity.WARNING, 2, 9)]


def test_without_a_market_every_field_is_taken() -> None:
    assert remarks("$anything", None) == []


def test_all_problems_are_told_in_the_order_of_the_text() -> None:
    assert remarks("Meen($a,5)+Mean($close,-1)*$vwap-Ref($close)") == [
        (Severity.ERROR, 0, 4),
        (Severity.ERROR, 5, 7),
        (Severity.ERROR, 23, 25),
        (Severity.WARNING, 27, 32),
        (Severity.ERROR, 33, 44),
    ]


def test_looking_ahead_is_a_warning_at_the_furthest_reference() -> None:
    expression, (problem,) = check("Ref($close,-1)/Ref($close,-3)", MARKET)

    assert expression is not None
    assert expression.looks_ahead
    assert (problem.severity, problem.start, problem.end) == (Severity.WARNING, 15, 29)
    assert "looks 3 trading days ahead" in problem.message


def test_a_reference_ahead_that_is_taken_back_is_no_look_ahead() -> None:
    assert remarks("Ref(Ref($close,-2),2)") == []


def test_adding_truth_values_is_a_warning() -> None:
    assert remarks("Mean(($close>$open)+($close>$low),5)") == [(Severity.WARNING, 5, 33)]


def test_a_text_full_of_mistakes_gets_a_bounded_answer() -> None:
    text = "+".join(["(" + "+".join(["Q($q)"] * 30) + ")"] * 20)

    expression, problems = check(text, MARKET)

    assert expression is None
    assert len(problems) == 100


def test_an_error_is_not_crowded_out_by_warnings() -> None:
    vwaps = "(" + "+".join(["$vwap"] * 50) + ")"

    expression, problems = check(f"{vwaps}+{vwaps}+{vwaps}+Ref($close)", MARKET)

    assert expression is None
    assert len(problems) == 100
    assert problems[-1].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        ("Mean($close,60)", "Mean($close,61)"),
        ("Ref($close,59)", "Ref($close,60)"),
        ("Ref($close,-59)", "Ref($close,-60)"),
        ("Delta($close,59)", "Delta($close,60)"),
        ("Adv(60)", "Adv(61)"),
        ("Mean($close,0)", "Quantile($close,61,0.5)"),
        ("EMA($close,500)", "Corr($close,$open,61)"),
        ("Mean(Ref($close,59),60)", "$open+TsArgMax($close,61)"),
    ],
)
def test_an_operator_that_spans_more_days_than_there_are_is_an_error(
    fits: str, exceeds: str
) -> None:
    assert check(fits, MARKET, days=60)[0] is not None
    assert check(exceeds, MARKET)[0] is not None
    expression, (problem,) = check(exceeds, MARKET, days=60)

    assert expression is None
    assert problem.severity is Severity.ERROR
    assert "spans 61 trading days here, and the market has 60" in problem.message
