"""Stock Qlib computes what expressions mean, bit for bit, and only what the language takes."""

import inspect
import logging
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from domain.expression import OPERATORS, STANDARD_FIELDS, InvalidExpressionError, Operator, parse
from domain.expression.operators import WITHHELD, Role

Values = npt.NDArray[np.float32]
DAYS = 150
QLIBS = {name: operator for name, operator in OPERATORS.items() if operator.is_qlibs}
FIRST_DAYS = {"aaa": 0, "bbb": 40}


def synthetic_bars() -> dict[tuple[str, str], Values]:
    """Bars with a gap, days without trade, and days that close where they open."""
    chance = np.random.default_rng(11)
    bars = {}
    for code, field in product(FIRST_DAYS, sorted(STANDARD_FIELDS)):
        scale = 1e6 if field == "volume" else 1.0
        values = scale * (10 + chance.normal(0, 0.3, DAYS).cumsum())
        values[90:93] = np.nan
        bars[code, field] = values.astype(np.float32)
    for code in FIRST_DAYS:
        bars[code, "close"][::9] = bars[code, "open"][::9]
        bars[code, "volume"][60::31] = 0
    return bars


class TinyMarket:
    """A Qlib data directory that stock Qlib reads in this process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        days = np.busday_offset("2020-01-01", np.arange(DAYS), roll="forward").astype(str)
        self._span = (days[0], days[-1])
        (directory / "calendars").mkdir(parents=True)
        (directory / "calendars" / "day.txt").write_text("\n".join(days) + "\n")
        (directory / "instruments").mkdir()
        lines = [f"{code.upper()}\t{days[0]}\t{days[-1]}\n" for code in FIRST_DAYS]
        (directory / "instruments" / "all.txt").write_text("".join(lines))
        self.bars = synthetic_bars()
        self.write(self.bars)

    def write(self, bars: dict[tuple[str, str], Values]) -> None:
        for (code, field), values in bars.items():
            first = FIRST_DAYS[code]
            path = self._directory / "features" / code / f"{field}.day.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.concatenate([[first], values[first:]]).astype("<f4").tofile(path)

    def values(self, text: str, code: str) -> Values:
        """What Qlib computes from the text as it stands, over the whole calendar."""
        from qlib.data.cache import H
        from qlib.data.data import ExpressionD

        H.clear()
        series = ExpressionD.expression(code.upper(), text, *self._span)
        values = np.full(DAYS, np.nan, np.float32)
        values[series.index.to_numpy()] = series.to_numpy(np.float32)
        return values

    def bits(self, text: str) -> bytes:
        """The values for all instruments; NaN is one thing whatever its sign and payload."""
        both = np.concatenate([self.values(text, code) for code in FIRST_DAYS])
        both[np.isnan(both)] = np.nan
        return both.tobytes()


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TinyMarket]:
    import qlib
    from qlib.data.cache import H

    directory = tmp_path_factory.mktemp("expressions")
    tiny = TinyMarket(directory / "market")
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.chdir(directory)
        qlib.init(
            provider_uri=str(directory / "market"),
            region="us",
            kernels=1,
            expression_cache=None,
            dataset_cache=None,
            logging_level=logging.CRITICAL,
        )
        yield tiny
    H.clear()


@pytest.mark.usefixtures("market")
def test_what_is_beyond_qlib_is_not_registered_there() -> None:
    from qlib.data.ops import Operators

    assert len(QLIBS) < len(OPERATORS)
    assert not (set(OPERATORS) - set(QLIBS)) & set(Operators._ops)


@pytest.mark.usefixtures("market")
def test_the_table_has_the_operators_that_qlib_registers() -> None:
    from qlib.data.ops import Operators

    assert set(QLIBS) | set(WITHHELD) == set(Operators._ops)
    assert not set(OPERATORS) & set(WITHHELD)
    for name, operator in QLIBS.items():
        assert operator.arity == len(inspect.signature(getattr(Operators, name)).parameters), name


@pytest.mark.parametrize(
    "text",
    [
        "$close",
        "$Close/$OPEN",
        "$close-1",
        "1-$close",
        "2*$close",
        "2.0/$close",
        "1/3*$close",
        "2*3*$close-1/7",
        "$close*2*3",
        "$volume+1e-12",
        "$volume*9007199254740992",
        "$close+1E+3-.5",
        "$close-$open-$low",
        "$close-($open-$low)",
        "$close/$open*$low",
        "$open+$close*$high/$low-2",
        "-1*$close",
        "$close*-0.0",
        "$close>$open",
        "1<$close",
        "10>=$close",
        "$close==$open",
        "10!=$close",
        "$close+1>$open*2-10",
        "($close>$open)*2",
        "($close>$open)*2.0",
        "($close>$open)+($close>$low)",
        "1+($close>10)",
        "($close>$open)|($close<$low)&($open>=10)",
        "(($close>$open)|($close<$low))&($open>=10)",
        "Not($close>$open)&(Ref($close>$open,1)|($low>10))",
        "Mean ($close, 5)/$close",
        "Mean($close, 0.3)",
        "Mean($close, 0)",
        "EMA($close/$open-1, 0.1)",
        "Ref($close, -2)/Ref($close, -1)-1",
        "Ref($close, 0)-$close",
        "Mean($close>Ref($close, 1), 5)-Mean($close<Ref($close, 1), 5)",
        "If($close>$open, 1, 0)",
        "If($close>$open, $close, -1.5)*$volume",
        "Sum(Greater($close-Ref($close, 1), 0), 5)/(Sum(Abs($close-Ref($close, 1)), 5)+1e-12)",
        "Corr($close/Ref($close,1), Log($volume/Ref($volume, 1)+1), 5)",
        "Power($close, 2)-Power(2, $close)+Power($close>10, 2)",
        "Log($volume)/Log($volume+1)",
        "Quantile($close, 20, 0.8)/$close",
        "Mean(Log($close>$open), 5)",
        "(2*$high-$open-$close)/$open",
        "($close-Min($low, 5))/(Max($high, 5)-Min($low, 5)+1e-12)",
    ],
)
def test_a_text_and_its_canonical_form_are_the_same_bits(market: TinyMarket, text: str) -> None:
    assert market.bits(parse(text).canonical) == market.bits(text)


def test_the_mean_money_traded_is_qlibs_mean_of_it(market: TinyMarket) -> None:
    assert market.bits(parse("Adv(20)").canonical) == market.bits("Mean($close*$volume,20)")


def test_a_minus_sign_is_a_subtraction_from_zero(market: TinyMarket) -> None:
    assert market.bits(parse("-$close*2").canonical) == market.bits("(0-$close)*2")


@pytest.mark.parametrize("name", sorted(QLIBS))
def test_every_operator_gives_values(market: TinyMarket, name: str) -> None:
    values = market.values(parse(sample(QLIBS[name])).canonical, "aaa")

    assert np.isfinite(values[-30:]).any()


def sample(operator: Operator, window: int = 7, x: str = "$close", y: str = "$open") -> str:
    """A call of the operator on fields, or on comparisons where it takes truth values."""
    if operator.name in ("And", "Or", "Not"):
        x, y = f"Gt({x},10)", f"Gt({y},10)"
    given = {"x": x, "y": y, "condition": "Gt($low,10)", "N": str(window), "q": "0.3"}
    return f"{operator.name}({','.join(given[each.name] for each in operator.parameters)})"


OPERANDS = (
    "$close",
    "Mean($open,3)",
    "Gt($close,$open)",
    "If(Gt($close,$open),2,-1)",
    "Ref(Gt($close,$open),2)",
    "2",
    "-1",
    "0.5",
)


def combinations(operator: Operator) -> Iterator[str]:
    """Calls of the operator on every combination of kinds, with the windows that matter."""
    choices = []
    for parameter in operator.parameters:
        if parameter.role in (Role.SERIES, Role.VALUE):
            choices.append(OPERANDS)
        else:
            choices.append(("0.3",) if parameter.role is Role.LEVEL else ("0", "5", "200"))
    for arguments in product(*choices):
        yield f"{operator.name}({','.join(arguments)})"


def taken(text: str) -> bool:
    try:
        parse(text)
    except InvalidExpressionError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(QLIBS))
def test_qlib_computes_whatever_kinds_are_taken(market: TinyMarket, name: str) -> None:
    texts = [text for text in combinations(QLIBS[name]) if taken(text)]

    assert texts
    for text in texts:
        market.values(text, "aaa")
        market.values(parse(f"Mean({text},2)+({text}==1)").canonical, "bbb")


@pytest.mark.parametrize(
    "text",
    [
        "Sub(Gt($close,1),Gt($open,1))",
        "Div(Gt($close,1),Gt($open,1))",
        "And($close,$open)",
        "Not($close)",
        "Not(Ref(Gt($close,1),1))",
        "Delta(Gt($close,1),0)",
        "Power(Gt($close,1),-1)",
        "Log(Ref(Gt($close,1),1))",
        "Add(1,2)",
        "Corr($close,1,5)",
        "Corr($close,$open,0)",
        "Cov($close,$open,0)",
        "Skew($close,2)",
        "Mean($close,5.0)",
        "If(1,$close,$open)",
    ],
)
def test_what_qlib_cannot_compute_is_refused(market: TinyMarket, text: str) -> None:
    assert not taken(text)
    with pytest.raises(Exception, match=r"."):
        market.values(text, "aaa")


def qlib_factors(loader: str) -> list[str]:
    from qlib.contrib.data import loader as loaders

    texts, names = getattr(loaders, loader).get_feature_config()
    assert len(texts) == len(names)
    return list(texts)


def test_alpha158_is_the_same_bits_in_canonical_form(market: TinyMarket) -> None:
    texts = qlib_factors("Alpha158DL")

    assert len(texts) > 150
    for text in texts:
        assert market.bits(parse(text).canonical) == market.bits(text), text


def test_alpha360_is_the_same_bits_in_canonical_form(market: TinyMarket) -> None:
    texts = qlib_factors("Alpha360DL")

    assert len({parse(text).canonical for text in texts}) == 360
    for text in texts[::13]:
        assert market.bits(parse(text).canonical) == market.bits(text), text


TODAY = 117
"""A day that closes where it opens, so that equality can be broken."""

BOUNDED = [
    *(sample(operator) for operator in QLIBS.values() if operator.name != "EMA"),
    "Ref($close,-3)/$close",
    "Ref(Mean($close,9),-4)",
    "Ref(Ref($close,-2),5)",
    "Mean(Delta($close,5),6)",
    "Corr(Ref($close,3),Delta($volume,2),10)",
    "Std(Mean($close,4)/Ref($open,2),5)",
]


@pytest.fixture
def altered(market: TinyMarket) -> Iterator[Callable[[str, slice, float], float]]:
    """Gives the value of TODAY when the bars of some days are others, or missing (NaN)."""
    chance = np.random.default_rng(5)

    def value(text: str, days: slice, extent: float) -> float:
        bars = {key: values.copy() for key, values in market.bars.items()}
        for values in bars.values():
            low, high = np.log([1 / extent, extent])
            values[days] *= np.exp(low + (high - low) * chance.random(values[days].shape))
        market.write(bars)
        return float(market.values(text, "aaa")[TODAY])

    yield value
    market.write(market.bars)


@pytest.mark.parametrize("text", BOUNDED)
def test_days_beyond_reach_leave_a_value_as_it_is(
    altered: Callable[[str, slice, float], float], market: TinyMarket, text: str
) -> None:
    expression = parse(text)
    assert expression.lookback_days is not None
    before = slice(None, TODAY - expression.lookback_days)
    after = slice(TODAY + expression.lookahead_days + 1, None)

    value = market.values(text, "aaa")[TODAY]

    assert altered(text, before, 1.5) == pytest.approx(value, rel=1e-5, abs=1e-6)
    assert altered(text, after, 1.5) == value


@pytest.mark.parametrize("text", BOUNDED)
def test_the_furthest_day_back_is_read(
    altered: Callable[[str, slice, float], float], market: TinyMarket, text: str
) -> None:
    reach = parse(text).reach
    assert reach.first is not None
    day = TODAY + reach.first

    value = market.values(text, "aaa")[TODAY]
    others = [altered(text, slice(day, day + 1), extent) for extent in (np.nan, *[30.0] * 12)]

    assert any(other != pytest.approx(value, rel=1e-4, abs=1e-6) for other in others)


@pytest.mark.parametrize("text", ["EMA($close,5)", "Mean($close,0.3)", "Sum($close,0)"])
def test_an_unbounded_value_reads_the_first_day(
    altered: Callable[[str, slice, float], float], market: TinyMarket, text: str
) -> None:
    assert parse(text).lookback_days is None
    value = market.values(text, "aaa")[TODAY]

    assert altered(text, slice(0, 90), 30.0) != value
