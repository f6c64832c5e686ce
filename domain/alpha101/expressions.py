"""The 101 alphas of Kakushadze's paper as expressions of the language.

Source:
    Z. Kakushadze, "101 Formulaic Alphas", 2015, arXiv:1601.00991, appendix A. Where its formulas
    leave a choice, docs/alpha101.md says which was made.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TEXT = """
alpha001 = CSRank(TsArgMax(SignedPower(If($close/Ref($close, 1) - 1 < 0, Std($close/Ref($close, 1)
    - 1, 20), $close), 2), 5)) - 0.5
alpha002 = -1*Corr(CSRank(Delta(Log($volume), 2)), CSRank(($close - $open)/$open), 6)
alpha003 = -1*Corr(CSRank($open), CSRank($volume), 10)
alpha004 = -1*Rank(CSRank($low), 9)
alpha005 = CSRank($open - Sum($vwap, 10)/10)*(-1*Abs(CSRank($close - $vwap)))
alpha006 = -1*Corr($open, $volume, 10)
alpha007 = If(Adv(20) < $volume, -1*Rank(Abs(Delta($close, 7)), 60)*Sign(Delta($close, 7)), -1)
alpha008 = -1*CSRank(Sum($open, 5)*Sum($close/Ref($close, 1) - 1, 5) - Ref(Sum($open,
    5)*Sum($close/Ref($close, 1) - 1, 5), 10))
alpha009 = If(0 < Min(Delta($close, 1), 5), Delta($close, 1), If(Max(Delta($close, 1), 5) < 0,
    Delta($close, 1), -1*Delta($close, 1)))
alpha010 = CSRank(If(0 < Min(Delta($close, 1), 4), Delta($close, 1), If(Max(Delta($close, 1), 4) <
    0, Delta($close, 1), -1*Delta($close, 1))))
alpha011 = (CSRank(Max($vwap - $close, 3)) + CSRank(Min($vwap - $close, 3)))*CSRank(Delta($volume,
    3))
alpha012 = Sign(Delta($volume, 1))*(-1*Delta($close, 1))
alpha013 = -1*CSRank(Cov(CSRank($close), CSRank($volume), 5))
alpha014 = -1*CSRank(Delta($close/Ref($close, 1) - 1, 3))*Corr($open, $volume, 10)
alpha015 = -1*Sum(CSRank(Corr(CSRank($high), CSRank($volume), 3)), 3)
alpha016 = -1*CSRank(Cov(CSRank($high), CSRank($volume), 5))
alpha017 = -1*CSRank(Rank($close, 10))*CSRank(Delta(Delta($close, 1),
    1))*CSRank(Rank($volume/Adv(20), 5))
alpha018 = -1*CSRank(Std(Abs($close - $open), 5) + ($close - $open) + Corr($close, $open, 10))
alpha019 = -1*Sign($close - Ref($close, 7) + Delta($close, 7))*(1 + CSRank(1 +
    Sum($close/Ref($close, 1) - 1, 250)))
alpha020 = -1*CSRank($open - Ref($high, 1))*CSRank($open - Ref($close, 1))*CSRank($open -
    Ref($low, 1))
alpha021 = If(Sum($close, 8)/8 + Std($close, 8) < Sum($close, 2)/2, -1, If(Sum($close, 2)/2 <
    Sum($close, 8)/8 - Std($close, 8), 1, If((1 < $volume/Adv(20))|($volume/Adv(20) == 1), 1,
    -1)))
alpha022 = -1*(Delta(Corr($high, $volume, 5), 5)*CSRank(Std($close, 20)))
alpha023 = If(Sum($high, 20)/20 < $high, -1*Delta($high, 2), 0)
alpha024 = If((Delta(Sum($close, 100)/100, 100)/Ref($close, 100) < 0.05)|(Delta(Sum($close,
    100)/100, 100)/Ref($close, 100) == 0.05), -1*($close - Min($close, 100)), -1*Delta($close, 3))
alpha025 = CSRank(-1*($close/Ref($close, 1) - 1)*Adv(20)*$vwap*($high - $close))
alpha026 = -1*Max(Corr(Rank($volume, 5), Rank($high, 5), 5), 3)
alpha027 = If(0.5 < CSRank(Sum(Corr(CSRank($volume), CSRank($vwap), 6), 2)/2), -1, 1)
alpha028 = CSScale(Corr(Adv(20), $low, 5) + ($high + $low)/2 - $close)
alpha029 = Min(Product(CSRank(CSRank(CSScale(Log(Sum(Min(CSRank(CSRank(-1*CSRank(Delta($close - 1,
    5)))), 2), 1))))), 1), 5) + Rank(Ref(-1*($close/Ref($close, 1) - 1), 6), 5)
alpha030 = (1.0 - CSRank(Sign($close - Ref($close, 1)) + Sign(Ref($close, 1) - Ref($close, 2)) +
    Sign(Ref($close, 2) - Ref($close, 3))))*Sum($volume, 5)/Sum($volume, 20)
alpha031 = CSRank(CSRank(CSRank(DecayLinear(-1*CSRank(CSRank(Delta($close, 10))), 10)))) +
    CSRank(-1*Delta($close, 3)) + Sign(CSScale(Corr(Adv(20), $low, 12)))
alpha032 = CSScale(Sum($close, 7)/7 - $close) + 20*CSScale(Corr($vwap, Ref($close, 5), 230))
alpha033 = CSRank(-1*(1 - $open/$close))
alpha034 = CSRank(1 - CSRank(Std($close/Ref($close, 1) - 1, 2)/Std($close/Ref($close, 1) - 1, 5))
    + (1 - CSRank(Delta($close, 1))))
alpha035 = Rank($volume, 32)*(1 - Rank($close + $high - $low, 16))*(1 - Rank($close/Ref($close, 1)
    - 1, 32))
alpha036 = 2.21*CSRank(Corr($close - $open, Ref($volume, 1), 15)) + 0.7*CSRank($open - $close) +
    0.73*CSRank(Rank(Ref(-1*($close/Ref($close, 1) - 1), 6), 5)) + CSRank(Abs(Corr($vwap,
    Adv(20), 6))) + 0.6*CSRank((Sum($close, 200)/200 - $open)*($close - $open))
alpha037 = CSRank(Corr(Ref($open - $close, 1), $close, 200)) + CSRank($open - $close)
alpha038 = -1*CSRank(Rank($close, 10))*CSRank($close/$open)
alpha039 = -1*CSRank(Delta($close, 7)*(1 - CSRank(DecayLinear($volume/Adv(20), 9))))*(1 +
    CSRank(Sum($close/Ref($close, 1) - 1, 250)))
alpha040 = -1*CSRank(Std($high, 10))*Corr($high, $volume, 10)
alpha041 = Power($high*$low, 0.5) - $vwap
alpha042 = CSRank($vwap - $close)/CSRank($vwap + $close)
alpha043 = Rank($volume/Adv(20), 20)*Rank(-1*Delta($close, 7), 8)
alpha044 = -1*Corr($high, CSRank($volume), 5)
alpha045 = -1*(CSRank(Sum(Ref($close, 5), 20)/20)*Corr($close, $volume, 2)*CSRank(Corr(Sum($close,
    5), Sum($close, 20), 2)))
alpha046 = If(0.25 < (Ref($close, 20) - Ref($close, 10))/10 - (Ref($close, 10) - $close)/10, -1,
    If((Ref($close, 20) - Ref($close, 10))/10 - (Ref($close, 10) - $close)/10 < 0, 1, -1*($close
    - Ref($close, 1))))
alpha047 = CSRank(1/$close)*$volume/Adv(20)*($high*CSRank($high - $close)/(Sum($high, 5)/5)) -
    CSRank($vwap - Ref($vwap, 5))
alpha048 = CSNeutralize(Corr(Delta($close, 1), Delta(Ref($close, 1), 1), 250)*Delta($close,
    1)/$close, sector)/Sum(Power(Delta($close, 1)/Ref($close, 1), 2), 250)
alpha049 = If((Ref($close, 20) - Ref($close, 10))/10 - (Ref($close, 10) - $close)/10 < -0.1, 1,
    -1*($close - Ref($close, 1)))
alpha050 = -1*Max(CSRank(Corr(CSRank($volume), CSRank($vwap), 5)), 5)
alpha051 = If((Ref($close, 20) - Ref($close, 10))/10 - (Ref($close, 10) - $close)/10 < -0.05, 1,
    -1*($close - Ref($close, 1)))
alpha052 = (-1*Min($low, 5) + Ref(Min($low, 5), 5))*CSRank((Sum($close/Ref($close, 1) - 1, 240) -
    Sum($close/Ref($close, 1) - 1, 20))/220)*Rank($volume, 5)
alpha053 = -1*Delta(($close - $low - ($high - $close))/($close - $low), 9)
alpha054 = -1*(($low - $close)*Power($open, 5))/(($low - $high)*Power($close, 5))
alpha055 = -1*Corr(CSRank(($close - Min($low, 12))/(Max($high, 12) - Min($low, 12))),
    CSRank($volume), 6)
alpha056 = -1*(CSRank(Sum($close/Ref($close, 1) - 1, 10)/Sum(Sum($close/Ref($close, 1) - 1, 2),
    3))*CSRank(($close/Ref($close, 1) - 1)*$market_cap))
alpha057 = -1*(($close - $vwap)/DecayLinear(CSRank(TsArgMax($close, 30)), 2))
alpha058 = -1*Rank(DecayLinear(Corr(CSNeutralize($vwap, sector), $volume, 3), 7), 5)
alpha059 = -1*Rank(DecayLinear(Corr(CSNeutralize($vwap*0.728317 + $vwap*(1 - 0.728317), sector),
    $volume, 4), 16), 8)
alpha060 = -1*(2*CSScale(CSRank(($close - $low - ($high - $close))/($high - $low)*$volume)) -
    CSScale(CSRank(TsArgMax($close, 10))))
alpha061 = If(CSRank($vwap - Min($vwap, 16)) < CSRank(Corr($vwap, Adv(180), 17)), 1, 0)
alpha062 = If(CSRank(Corr($vwap, Sum(Adv(20), 22), 9)) < CSRank(If(CSRank($open) + CSRank($open) <
    CSRank(($high + $low)/2) + CSRank($high), 1, 0)), 1, 0)*-1
alpha063 = (CSRank(DecayLinear(Delta(CSNeutralize($close, sector), 2), 8)) -
    CSRank(DecayLinear(Corr($vwap*0.318108 + $open*(1 - 0.318108), Sum(Adv(180), 37), 13),
    12)))*-1
alpha064 = If(CSRank(Corr(Sum($open*0.178404 + $low*(1 - 0.178404), 12), Sum(Adv(120), 12), 16)) <
    CSRank(Delta(($high + $low)/2*0.178404 + $vwap*(1 - 0.178404), 3)), 1, 0)*-1
alpha065 = If(CSRank(Corr($open*0.00817205 + $vwap*(1 - 0.00817205), Sum(Adv(60), 8), 6)) <
    CSRank($open - Min($open, 13)), 1, 0)*-1
alpha066 = (CSRank(DecayLinear(Delta($vwap, 3), 7)) + Rank(DecayLinear(($low*0.96633 + $low*(1 -
    0.96633) - $vwap)/($open - ($high + $low)/2), 11), 6))*-1
alpha067 = Power(CSRank($high - Min($high, 2)), CSRank(Corr(CSNeutralize($vwap, sector),
    CSNeutralize(Adv(20), sector), 6)))*-1
alpha068 = If(Rank(Corr(CSRank($high), CSRank(Adv(15)), 8), 13) < CSRank(Delta($close*0.518371 +
    $low*(1 - 0.518371), 1)), 1, 0)*-1
alpha069 = Power(CSRank(Max(Delta(CSNeutralize($vwap, sector), 2), 4)), Rank(Corr($close*0.490655
    + $vwap*(1 - 0.490655), Adv(20), 4), 9))*-1
alpha070 = Power(CSRank(Delta($vwap, 1)), Rank(Corr(CSNeutralize($close, sector), Adv(50), 17),
    17))*-1
alpha071 = Greater(Rank(DecayLinear(Corr(Rank($close, 3), Rank(Adv(180), 12), 18), 4), 15),
    Rank(DecayLinear(Power(CSRank($low + $open - ($vwap + $vwap)), 2), 16), 4))
alpha072 = CSRank(DecayLinear(Corr(($high + $low)/2, Adv(40), 8),
    10))/CSRank(DecayLinear(Corr(Rank($vwap, 3), Rank($volume, 18), 6), 2))
alpha073 = Greater(CSRank(DecayLinear(Delta($vwap, 4), 2)), Rank(DecayLinear(Delta($open*0.147155
    + $low*(1 - 0.147155), 2)/($open*0.147155 + $low*(1 - 0.147155))*-1, 3), 16))*-1
alpha074 = If(CSRank(Corr($close, Sum(Adv(30), 37), 15)) < CSRank(Corr(CSRank($high*0.0261661 +
    $vwap*(1 - 0.0261661)), CSRank($volume), 11)), 1, 0)*-1
alpha075 = If(CSRank(Corr($vwap, $volume, 4)) < CSRank(Corr(CSRank($low), CSRank(Adv(50)), 12)),
    1, 0)
alpha076 = Greater(CSRank(DecayLinear(Delta($vwap, 1), 11)),
    Rank(DecayLinear(Rank(Corr(CSNeutralize($low, sector), Adv(81), 8), 19), 17), 19))*-1
alpha077 = Less(CSRank(DecayLinear(($high + $low)/2 + $high - ($vwap + $high), 20)),
    CSRank(DecayLinear(Corr(($high + $low)/2, Adv(40), 3), 5)))
alpha078 = Power(CSRank(Corr(Sum($low*0.352233 + $vwap*(1 - 0.352233), 19), Sum(Adv(40), 19), 6)),
    CSRank(Corr(CSRank($vwap), CSRank($volume), 5)))
alpha079 = If(CSRank(Delta(CSNeutralize($close*0.60733 + $open*(1 - 0.60733), sector), 1)) <
    CSRank(Corr(Rank($vwap, 3), Rank(Adv(150), 9), 14)), 1, 0)
alpha080 = Power(CSRank(Sign(Delta(CSNeutralize($open*0.868128 + $high*(1 - 0.868128), sector),
    4))), Rank(Corr($high, Adv(10), 5), 5))*-1
alpha081 = If(CSRank(Log(Product(CSRank(Power(CSRank(Corr($vwap, Sum(Adv(10), 49), 8)), 4)), 14)))
    < CSRank(Corr(CSRank($vwap), CSRank($volume), 5)), 1, 0)*-1
alpha082 = Less(CSRank(DecayLinear(Delta($open, 1), 14)),
    Rank(DecayLinear(Corr(CSNeutralize($volume, sector), $open*0.634196 + $open*(1 - 0.634196),
    17), 6), 13))*-1
alpha083 = CSRank(Ref(($high - $low)/(Sum($close, 5)/5), 2))*CSRank(CSRank($volume))/(($high -
    $low)/(Sum($close, 5)/5)/($vwap - $close))
alpha084 = SignedPower(Rank($vwap - Max($vwap, 15), 20), Delta($close, 4))
alpha085 = Power(CSRank(Corr($high*0.876703 + $close*(1 - 0.876703), Adv(30), 9)),
    CSRank(Corr(Rank(($high + $low)/2, 3), Rank($volume, 10), 7)))
alpha086 = If(Rank(Corr($close, Sum(Adv(20), 14), 6), 20) < CSRank($open + $close - ($vwap +
    $open)), 1, 0)*-1
alpha087 = Greater(CSRank(DecayLinear(Delta($close*0.369701 + $vwap*(1 - 0.369701), 1), 2)),
    Rank(DecayLinear(Abs(Corr(CSNeutralize(Adv(81), sector), $close, 13)), 4), 14))*-1
alpha088 = Less(CSRank(DecayLinear(CSRank($open) + CSRank($low) - (CSRank($high) +
    CSRank($close)), 8)), Rank(DecayLinear(Corr(Rank($close, 8), Rank(Adv(60), 20), 8), 6), 2))
alpha089 = Rank(DecayLinear(Corr($low*0.967285 + $low*(1 - 0.967285), Adv(10), 6), 5), 3) -
    Rank(DecayLinear(Delta(CSNeutralize($vwap, sector), 3), 10), 15)
alpha090 = Power(CSRank($close - Max($close, 4)), Rank(Corr(CSNeutralize(Adv(40), sector), $low,
    5), 3))*-1
alpha091 = (Rank(DecayLinear(DecayLinear(Corr(CSNeutralize($close, sector), $volume, 9), 16), 3),
    4) - CSRank(DecayLinear(Corr($vwap, Adv(30), 4), 2)))*-1
alpha092 = Less(Rank(DecayLinear(If(($high + $low)/2 + $close < $low + $open, 1, 0), 14), 18),
    Rank(DecayLinear(Corr(CSRank($low), CSRank(Adv(30)), 7), 6), 6))
alpha093 = Rank(DecayLinear(Corr(CSNeutralize($vwap, sector), Adv(81), 17), 19),
    7)/CSRank(DecayLinear(Delta($close*0.524434 + $vwap*(1 - 0.524434), 2), 16))
alpha094 = Power(CSRank($vwap - Min($vwap, 11)), Rank(Corr(Rank($vwap, 19), Rank(Adv(60), 4), 18),
    2))*-1
alpha095 = If(CSRank($open - Min($open, 12)) < Rank(Power(CSRank(Corr(Sum(($high + $low)/2, 19),
    Sum(Adv(40), 19), 12)), 5), 11), 1, 0)
alpha096 = Greater(Rank(DecayLinear(Corr(CSRank($vwap), CSRank($volume), 3), 4), 8),
    Rank(DecayLinear(TsArgMax(Corr(Rank($close, 7), Rank(Adv(60), 4), 3), 12), 14), 13))*-1
alpha097 = (CSRank(DecayLinear(Delta(CSNeutralize($low*0.721001 + $vwap*(1 - 0.721001), sector),
    3), 20)) - Rank(DecayLinear(Rank(Corr(Rank($low, 7), Rank(Adv(60), 17), 4), 18), 15), 6))*-1
alpha098 = CSRank(DecayLinear(Corr($vwap, Sum(Adv(5), 26), 4), 7)) -
    CSRank(DecayLinear(Rank(TsArgMin(Corr(CSRank($open), CSRank(Adv(15)), 20), 8), 6), 8))
alpha099 = If(CSRank(Corr(Sum(($high + $low)/2, 19), Sum(Adv(60), 19), 8)) < CSRank(Corr($low,
    $volume, 6)), 1, 0)*-1
alpha100 = -1*((1.5*CSScale(CSNeutralize(CSNeutralize(CSRank(($close - $low - ($high -
    $close))/($high - $low)*$volume), sector), sector)) - CSScale(CSNeutralize(Corr($close,
    CSRank(Adv(20)), 5) - CSRank(TsArgMin($close, 30)), sector)))*($volume/Adv(20)))
alpha101 = ($close - $open)/($high - $low + 0.001)
"""

_ENTRY = re.compile(r"^(alpha\d{3}) = (.*(?:\n    .*)*)", re.MULTILINE)

ALPHA101: Final[Mapping[str, str]] = MappingProxyType(
    {name: " ".join(text.split()) for name, text in _ENTRY.findall(_TEXT)}
)
"""Expressions by name, `alpha001` to `alpha101`."""
