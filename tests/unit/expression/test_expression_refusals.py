"""What is no expression is refused at its place, and the refusal says what was expected."""

import pytest

from domain.errors import QatlasError
from domain.expression import InvalidExpressionError, parse


def refusal_of(text: str) -> InvalidExpressionError:
    with pytest.raises(InvalidExpressionError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("", 0, 0, "Expected a field such as $close"),
        ("  ", 2, 2, "found the end of the text"),
        ("$close $open", 7, 12, "Expected an operator such as + or the end"),
        ("$close)", 6, 7, "or the end of the text, found ')'"),
        ("($close", 7, 7, "or a closing bracket, found the end"),
        ("Mean($close", 11, 11, "Expected a comma"),
        ("Mean($close,", 12, 12, "Expected a field"),
        ("Mean($close,5,)", 14, 15, "Expected a field"),
        ("$close+", 7, 7, "Expected a field"),
        ("+$close", 0, 1, "Expected a field"),
        ("1<$close<2", 8, 9, "do not chain"),
        ("$a==$b!=$c", 6, 8, "do not chain"),
        ("$close > 1 & $open > 2", 19, 20, "each comparison needs its brackets"),
        ("close", 0, 5, "a field is written $close"),
        ("CSNeutralize($a,Sector)", 16, 22, "CSNeutralize(x, sector)"),
        ("CSNeutralize($a,industry)", 16, 24, "CSNeutralize(x, sector)"),
        ("CSNeutralize($a,IndClass.sector)", 16, 24, "CSNeutralize(x, sector)"),
        ("CSNeutralize($a,country)", 16, 23, "a field is written $country"),
        ("Mean", 0, 4, "Mean(x, N)"),
        ("$close.values", 6, 7, "no attributes"),
        ("$close[0]", 6, 7, "Ref(x, N)"),
        ("$close@5min", 6, 7, "the trading day"),
        ("Mask($close,'x')", 12, 15, "no strings"),
        ('"', 0, 1, "no strings"),
        ("$close**2", 6, 8, "Power(x, y)"),
        ("$close^2", 6, 7, "Power(x, y)"),
        ("$close%2", 6, 7, "no remainder"),
        ("$close//2", 6, 8, "no whole division"),
        ("$a and $b", 3, 6, "write &"),
        ("$a or $b", 3, 5, "write |"),
        ("not $a", 0, 3, "write Not(x)"),
        ("~($a>1)", 0, 1, "write Not(x)"),
        ("!($a>1)", 0, 1, "write Not(x)"),
        ("$a = $b", 3, 4, "equality is =="),
        ("Mean($close, N=5)", 13, 14, "arguments have no names"),
        ("Mean($close, 5=5)", 14, 15, "arguments have no names"),
        ("$$roewa_q", 0, 9, "point-in-time"),
        ("$ close", 0, 1, "straight after the dollar sign"),
        ("$", 0, 1, "straight after the dollar sign"),
        ("nan*$close", 0, 3, "finite"),
        ("$close+inf", 7, 10, "finite"),
        ("$close>True", 7, 11, "write a comparison"),
        ("lambda: $close", 0, 6, "Expected a field"),
        ("$close # note", 7, 8, "Expected an operator"),
        ("$close;$open", 6, 7, "Expected an operator"),
        ("__import__('os')", 11, 15, "no strings"),
        ("((H).clear)()", 2, 3, "Expected a field"),
        ("＄close", 0, 1, "FULLWIDTH DOLLAR SIGN is not ASCII; write $"),
        ("$close+５", 7, 8, "FULLWIDTH DIGIT FIVE is not ASCII; write 5"),
        ("$close+٣", 7, 8, "ARABIC-INDIC DIGIT THREE is not ASCII"),
        ("$clоse", 3, 4, "CYRILLIC SMALL LETTER O"),
        ("Mean（$close,5)", 0, 4, "Expected a field"),
        ("$close\x00", 6, 7, "Expected an operator"),
        ("\ud800", 0, 1, "U+D800 is not ASCII"),
    ],
)
def test_a_text_off_the_grammar_is_refused_at_its_place(
    text: str, start: int, end: int, words: str
) -> None:
    error = refusal_of(text)

    assert (error.start, error.end) == (start, end)
    assert words in error.message
    assert error.message.isascii()


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("$a+1_000", 3, 8, "no number"),
        ("$a+1..2", 3, 7, "no number"),
        ("$a+1.2.3", 3, 8, "no number"),
        ("$a+0x10", 3, 7, "no number"),
        ("$a+1j", 3, 5, "no number"),
        ("$a+1e", 3, 5, "no number"),
        ("$a+007", 3, 6, "leading zeros"),
        ("$a+1e400", 3, 8, "not a finite number"),
        ("$a+9007199254740993", 3, 19, "write it as a float"),
        ("$a+" + "9" * 5000, 3, 5003, "write it as a float"),
        ("$a+" + "9" * 5000 + ".0", 3, 5005, "not a finite number"),
        ("1/0+$a", 0, 3, "divides by zero"),
        ("$a*(1/(1-1.0))", 4, 13, "divides by zero"),
        ("1e308*10*$a", 0, 8, "not a finite number"),
        ("9007199254740992*2*$a", 0, 18, "2**53"),
        ("1+2", 0, 3, "only a number"),
        ("-5", 0, 2, "only a number"),
    ],
)
def test_a_number_is_finite_and_exact(text: str, start: int, end: int, words: str) -> None:
    error = refusal_of(text)

    assert (error.start, error.end) == (start, end)
    assert words in error.message


@pytest.mark.parametrize(
    ("text", "start", "end", "words"),
    [
        ("Meen($close,5)", 0, 4, "Did you mean Mean?"),
        ("mean($close,5)", 0, 4, "case-sensitive. Did you mean Mean?"),
        ("1+(Correl($a,$b,5))", 3, 9, "There is no operator 'Correl'"),
        ("Qwxyz($close)", 0, 5, "There is no operator"),
        ("P($close)", 0, 1, "point-in-time statements"),
        ("Rolling($close,5)", 0, 7, "Mean(x, N)"),
        ("Feature($close)", 0, 7, "a field is written $close"),
        ("Mask($close,$open)", 0, 4, "no strings"),
        ("Mean()", 0, 6, "takes 2 arguments, not 0"),
        ("Abs($a,$b)", 0, 10, "Abs(x) takes 1 argument, not 2"),
        ("Mean(5,5)", 5, 6, "an expression with a field as x, not the number 5"),
        ("Corr($close,1,5)", 12, 13, "as y"),
        ("If(1,$a,$b)", 3, 4, "as condition"),
        ("Add(1,2)", 0, 8, "at least one field"),
        ("1<2", 0, 3, "at least one field"),
        ("And($a>1,1)", 9, 10, "as y"),
        ("CSRank(5)", 7, 8, "as x"),
        ("CSNeutralize($a,5)", 16, 17, "or the word sector, as by"),
        ("SignedPower(2,$a)", 12, 13, "as x"),
        ("Adv()", 0, 5, "Adv(N) takes 1 argument, not 0"),
        ("sector", 0, 6, "only the word sector"),
        ("-sector", 1, 7, "a field is written $sector"),
        ("$a+sector", 3, 9, "not the word sector, which has its place in CSNeutralize(x, sector)"),
        ("CSRank(sector)", 7, 13, "CSRank takes an expression as x, not the word sector"),
        ("Mean($a,sector)", 8, 14, "Mean takes a literal number as N, not the word sector"),
        ("CSNeutralize(sector,sector)", 13, 19, "as x, not the word sector"),
    ],
)
def test_a_call_names_an_operator_and_gives_what_it_takes(
    text: str, start: int, end: int, words: str
) -> None:
    error = refusal_of(text)

    assert (error.start, error.end) == (start, end)
    assert words in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mean($close,$open)", "a literal number as N"),
        ("Mean($close,-1)", "only Ref looks ahead"),
        ("Mean($close,5001)", "from 1 to 5000"),
        ("Mean($close,5.0)", "a whole N"),
        ("Mean($close,0.0)", "a whole N"),
        ("Mean($close,1.0)", "a whole N"),
        ("Mean($close,0.0001)", "0.0002"),
        ("EMA($close,-0.5)", "a whole N"),
        ("EMA($close,2.5)", "a whole N"),
        ("Std($close,0.5)", "only Mean and EMA"),
        ("Std($close,1)", "from 2"),
        ("Skew($close,2)", "from 3"),
        ("Kurt($close,3)", "from 4"),
        ("Slope($close,1)", "from 2"),
        ("Corr($close,$open,0)", "from 2"),
        ("Cov($close,$open,1)", "from 2"),
        ("Delta($close,-2)", "only Ref looks ahead"),
        ("Delta($close,0.5)", "only Mean and EMA"),
        ("Ref($close,0.5)", "from -5000 to 5000"),
        ("Ref($close,2.0)", "from -5000 to 5000"),
        ("Ref($close,-5001)", "from -5000 to 5000"),
        ("Quantile($close,5,1.5)", "a q from 0 to 1"),
        ("Quantile($close,5,-0.1)", "a q from 0 to 1"),
        ("Quantile($close,5,$open)", "a literal number as q"),
        ("Quantile($close,-5,0.5)", "a whole N"),
        ("CSWinsorize($close,0.5)", "a q from 0 to below 0.5"),
        ("CSWinsorize($close,-0.1)", "a q from 0 to below 0.5"),
        ("CSWinsorize($close,$open)", "a literal number as q"),
        ("TsArgMax($close,0)", "from 1 to 5000, not 0"),
        ("DecayLinear($close,-5)", "only Ref looks ahead"),
        ("Adv(-5)", "Adv takes a whole N"),
        ("Adv(0.5)", "only Mean and EMA"),
        ("Adv($close)", "Adv takes a literal number as N"),
    ],
)
def test_windows_and_levels_stay_within_what_qlib_computes(text: str, words: str) -> None:
    assert words in refusal_of(text).message


@pytest.mark.parametrize(
    "text",
    [
        "Mean($a,0)",
        "Mean($a,5000)",
        "Mean($a,0.0002)",
        "EMA($a,0.999)",
        "Ref($a,0)",
        "Ref($a,-5000)",
        "Delta($a,0)",
        "Skew($a,3)",
        "Kurt($a,4)",
        "Skew($a,0)",
        "Std($a,2)",
        "Quantile($a,5,0)",
        "Quantile($a,5,1)",
        "Quantile($a,0,1.0)",
        "CSWinsorize($a,0)",
        "CSWinsorize($a,0.49)",
        "DecayLinear($a,0)",
        "TsArgMin($a,1)",
    ],
)
def test_windows_and_levels_include_their_bounds(text: str) -> None:
    assert parse(text).canonical == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$a & $b", "each comparison in brackets"),
        ("($a>1) & $b", "truth values"),
        ("Not($a)", "truth values"),
        ("Or(If($a>1,1,0),$a>1)", "truth values"),
        ("Not(Ref($a>1,1))", "without gaps"),
        ("($a>1)-($b>1)", "not two truth values"),
        ("($a>1)/($b>1)", "not two truth values"),
        ("Delta($a>1,5)", "not truth values"),
        ("Ref($a>1,1)*2", "If(condition, 1, 0)"),
        ("Abs(Ref($a>1,1))", "If(condition, 1, 0)"),
        ("If($a>1,Ref($a>1,1),0)", "If(condition, 1, 0)"),
        ("Ref(Ref($a>1,1),0)", "without gaps"),
        ("Power($a>1,-1)", "literal exponent"),
        ("Power(2,$a>1)", "literal exponent"),
        ("Power(If($a>1,2,1),If($a>1,2,1))", "literal exponent"),
        ("SignedPower(Ref($a>1,1),2)", "If(condition, 1, 0)"),
        ("CSRank($a)&($b>1)", "truth values"),
    ],
)
def test_kinds_that_qlib_cannot_combine_are_refused(text: str, words: str) -> None:
    assert words in refusal_of(text).message


@pytest.mark.parametrize(
    "text",
    [
        "-($a>1)",
        "($a>1)-1",
        "($a>1)*$b",
        "Power($a>1,2)",
        "Power(If($a>1,2,1),2.0)",
        "Power(2,$a)",
        "Ref($a>1,1)&($a>1)",
        "Ref($a>1,0)&Not($a>1)",
        "Mean(Ref($a>1,1),5)",
        "Ref($a>1,1)>0",
        "If(Ref($a>1,1),$a,$b)",
        "If($a,$a>1,$b>1)|($a>2)",
        "Delta(If($a>1,1,0),5)",
        "Not(($a>1)+($b>1))",
        "SignedPower($a>1,-1)-SignedPower(If($a>1,2,1),$b>1)",
        "CSRank($a>1)-CSRank(Ref($b>1,1))",
        "CSNeutralize(Ref($a>1,1),Ref($b>1,1))-DecayLinear($a>1,5)",
    ],
)
def test_kinds_that_qlib_combines_are_taken(text: str) -> None:
    assert parse(text).fields


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("(" * 10_000, 64, "Brackets nest at most 64 deep"),
        ("(" * 65 + "$a" + ")" * 65, 64, "Brackets nest at most 64 deep"),
        ("Abs(" * 1_900 + "$a" + ")" * 1_900, 259, "Brackets nest at most 64 deep"),
        ("-" * 9_000 + "$a", 8_936, "Operators nest at most 64 deep"),
        ("$a" + "+$a" * 3_000, 0, "Operators nest at most 64 deep"),
        ("$a" + " " * 10_000, 10_000, "at most 10,000"),
    ],
)
def test_size_and_depth_are_bounded(text: str, start: int, words: str) -> None:
    error = refusal_of(text)

    assert error.start == start
    assert start <= error.end <= len(text)
    assert words in error.message


def balanced(levels: int, leaf: str) -> str:
    return leaf if levels == 0 else f"({balanced(levels - 1, leaf)}+{balanced(levels - 1, leaf)})"


def test_the_bounds_themselves_are_taken() -> None:
    assert parse("Abs(" * 63 + "$a" + ")" * 63).canonical.count("Abs") == 63
    assert parse("(" * 64 + "$a" + ")" * 64).canonical == "$a"
    assert parse("$a" + "+$a" * 63).canonical.count("Add") == 63
    assert parse("$a".ljust(10_000)).canonical == "$a"
    assert parse(balanced(9, "$a")).canonical.count("$a") == 512


def test_an_expression_has_at_most_2000_nodes() -> None:
    assert "at most 2,000 fields" in refusal_of(balanced(10, "$a")).message


def test_a_canonical_form_that_would_be_too_long_to_read_is_refused() -> None:
    text = balanced(9, "$a234567890123")

    assert len(text) < 10_000
    assert "The canonical form" in refusal_of(text).message


def test_the_error_is_one_of_ours_and_holds_every_problem() -> None:
    error = refusal_of("Meen($a,5)+Ref($b)")

    assert isinstance(error, QatlasError)
    assert error.code == "INVALID_EXPRESSION"
    assert error.message.startswith("At character 0: There is no operator 'Meen'")
    assert error.message.endswith("(and 1 more)")
    assert [(problem.start, problem.end) for problem in error.problems] == [(0, 4), (11, 18)]
