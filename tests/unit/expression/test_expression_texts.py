"""What a text means: its canonical form, its fields, and when two texts are one expression."""

import pickle

import pytest

from domain.expression import parse


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("$close", "$close"),
        (" $close\n", "$close"),
        ("$Close", "$close"),
        ("$close-1", "Sub($close,1)"),
        ("$close - -1", "Sub($close,-1)"),
        ("$close/$open-1.0", "Sub(Div($close,$open),1.0)"),
        ("$a+$b*$c", "Add($a,Mul($b,$c))"),
        ("($a+$b)*$c", "Mul(Add($a,$b),$c)"),
        ("$a-$b-$c", "Sub(Sub($a,$b),$c)"),
        ("$a/$b*$c", "Mul(Div($a,$b),$c)"),
        ("$a-($b-$c)", "Sub($a,Sub($b,$c))"),
        ("2*$a", "Mul(2,$a)"),
        ("Mean( $close , 5 )", "Mean($close,5)"),
        ("Ref ($close, -2)", "Ref($close,-2)"),
        ("$a>$b", "Gt($a,$b)"),
        ("1<=$a", "Le(1,$a)"),
        ("$a+1 != $b", "Ne(Add($a,1),$b)"),
        ("($a==$b)<$c", "Lt(Eq($a,$b),$c)"),
        ("($a>$b)|($c<$d)&($a>=1)", "Or(Gt($a,$b),And(Lt($c,$d),Ge($a,1)))"),
        ("If($a>$b, 1, 0.5)", "If(Gt($a,$b),1,0.5)"),
        ("Corr($close, Log($volume+1), 5)", "Corr($close,Log(Add($volume,1)),5)"),
        ("Quantile($close,5,0.8)", "Quantile($close,5,0.8)"),
        ("$5min_close", "$5min_close"),
        ("CSNeutralize( $close , sector )", "CSNeutralize($close,sector)"),
        ("CSNeutralize($a, (sector))", "CSNeutralize($a,sector)"),
        ("CSNeutralize($a, Log($b))", "CSNeutralize($a,Log($b))"),
        ("Adv(20)", "Mean(Mul($close,$volume),20)"),
        ("CSRank(Adv(4*5)/$a)", "CSRank(Div(Mean(Mul($close,$volume),20),$a))"),
    ],
)
def test_a_text_has_one_canonical_form(text: str, canonical: str) -> None:
    assert parse(text).canonical == canonical
    assert parse(canonical).canonical == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("-$a", "Sub(0,$a)"),
        ("-$a*2", "Mul(Sub(0,$a),2)"),
        ("--$a", "Sub(0,Sub(0,$a))"),
        ("-2*$a", "Mul(-2,$a)"),
        ("-(2)*$a", "Mul(-2,$a)"),
        ("--2*$a", "Mul(2,$a)"),
        ("-0.0*$a", "Mul(-0.0,$a)"),
        ("-0*$a", "Mul(0,$a)"),
        ("$a*-0.5", "Mul($a,-0.5)"),
    ],
)
def test_a_minus_sign_joins_numbers_and_subtracts_the_rest_from_zero(
    text: str, canonical: str
) -> None:
    assert parse(text).canonical == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("$a+1e-12", "Add($a,1e-12)"),
        ("$a+0.000000000001", "Add($a,1e-12)"),
        ("$a+1", "Add($a,1)"),
        ("$a+1.", "Add($a,1.0)"),
        ("$a+1.0", "Add($a,1.0)"),
        ("$a+.5", "Add($a,0.5)"),
        ("$a+1E3", "Add($a,1000.0)"),
        ("$a+1e22", "Add($a,1e+22)"),
        ("$a+9007199254740992", "Add($a,9007199254740992)"),
    ],
)
def test_a_number_has_one_form_and_keeps_its_kind(text: str, canonical: str) -> None:
    assert parse(text).canonical == canonical


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1+2*$a", "Add(1,Mul(2,$a))"),
        ("(1+2)*$a", "Mul(3,$a)"),
        ("2*3*$a", "Mul(6,$a)"),
        ("$a*2*3", "Mul(Mul($a,2),3)"),
        ("1/4*$a", "Mul(0.25,$a)"),
        ("6/2*$a", "Mul(3.0,$a)"),
        ("1-2+$a", "Add(-1,$a)"),
        ("$a+(1-0.5)", "Add($a,0.5)"),
        ("Mean($a,2+3)", "Mean($a,5)"),
    ],
)
def test_two_numbers_make_one_as_in_python(text: str, canonical: str) -> None:
    assert parse(text).canonical == canonical


def test_expressions_are_equal_when_their_canonical_texts_are() -> None:
    written, named = parse("$close / $open - 1"), parse("Sub(Div($close,$open),1)")

    assert written == named
    assert len({written, named, parse("$close/$open-1.0")}) == 2
    assert (written.text, named.text) == ("$close / $open - 1", "Sub(Div($close,$open),1)")


def test_fields_are_sorted_and_named_once() -> None:
    assert parse("$open+Mean($close,5)/$open-$HIGH").fields == ("close", "high", "open")


@pytest.mark.parametrize(
    ("text", "is_cross_sectional", "needs_sectors", "beyond_qlib"),
    [
        ("Mean($close,5)", False, False, ()),
        ("Adv(20)/$sector", False, False, ()),
        ("DecayLinear($close,5)", False, False, ("DecayLinear",)),
        ("Mean(CSRank($close),5)", True, False, ("CSRank",)),
        ("CSNeutralize($close,$sector)", True, False, ("CSNeutralize",)),
        ("-CSScale(CSNeutralize($close,sector))", True, True, ("CSNeutralize", "CSScale")),
    ],
)
def test_an_expression_knows_what_its_values_depend_on(
    text: str, is_cross_sectional: bool, needs_sectors: bool, beyond_qlib: tuple[str, ...]
) -> None:
    expression = parse(text)

    assert expression.is_cross_sectional is is_cross_sectional
    assert expression.needs_sectors is needs_sectors
    assert expression.beyond_qlib == beyond_qlib


def test_an_expression_travels_between_processes() -> None:
    expression = parse("Mean($close,5)")

    arrived = pickle.loads(pickle.dumps(expression))  # noqa: S301

    assert arrived == expression
    assert arrived.lookback_days == 4


def test_an_expression_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        parse("$close").canonical = "$open"  # type: ignore[misc]
