"""How many days back and ahead the value of a day reads."""

import pytest

from domain.expression import parse


@pytest.mark.parametrize(
    ("text", "lookback", "lookahead"),
    [
        ("$close", 0, 0),
        ("$close/$open-1", 0, 0),
        ("Ref($close,5)", 5, 0),
        ("Delta($close,5)", 5, 0),
        ("Mean($close,5)", 4, 0),
        ("Mean($close,1)", 0, 0),
        ("WMA($close,5)", 4, 0),
        ("Quantile($close,5,0.5)", 4, 0),
        ("Slope($close,60)", 59, 0),
        ("Corr(Ref($close,3),$volume,10)", 12, 0),
        ("Cov($close,Mean($volume,20),10)", 28, 0),
        ("Mean(Ref($close,3),5)", 7, 0),
        ("Delta(Mean($close,5),5)", 9, 0),
        ("If($close>Ref($close,7),Mean($close,3),0)", 7, 0),
        ("$close+Ref($close,2)*Ref($close,9)", 9, 0),
        ("Ref($close,-2)/Ref($close,-1)-1", 0, 2),
        ("Ref($close,-2)/$close", 0, 2),
        ("Ref(Mean($close,20),-5)", 14, 5),
        ("Mean(Ref($close,-5),3)", 0, 5),
        ("Ref(Ref($close,-1),1)", 0, 0),
        ("Ref(Ref($close,-2)*2,1)", 0, 1),
        ("Ref(Ref($close,3),-1)", 2, 0),
        ("EMA($close,20)", None, 0),
        ("EMA($close,0.1)", None, 0),
        ("Mean($close,0.5)", None, 0),
        ("Mean($close,0)", None, 0),
        ("Delta($close,0)", None, 0),
        ("Ref($close,0)", None, 0),
        ("Ref(Ref($close,-3),0)", None, 3),
        ("Mean(EMA($close,5),5)", None, 0),
        ("EMA(Ref($close,-1),5)", None, 1),
        ("Ref(Mean($close,0),-4)", None, 4),
        ("CSRank(Mean($close,5))", 4, 0),
        ("Mean(CSRank($close),5)", 4, 0),
        ("CSNeutralize(Ref($close,3),Mean($open,9))", 8, 0),
        ("Ref(CSNeutralize(Ref($close,3),sector),-1)", 2, 0),
        ("CSRank(Ref($close,-2)/$close)", 0, 2),
        ("DecayLinear(TsArgMax($close,5),3)", 6, 0),
        ("Product($close,0)", None, 0),
        ("Adv(20)", 19, 0),
        ("SignedPower(Delta($close,2),0.5)", 2, 0),
    ],
)
def test_reach_counts_the_days_that_are_read(
    text: str, lookback: int | None, lookahead: int
) -> None:
    expression = parse(text)

    assert expression.lookback_days == lookback
    assert expression.lookahead_days == lookahead
    assert expression.looks_ahead is (lookahead > 0)
