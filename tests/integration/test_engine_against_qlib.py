"""The factor engine has stock Qlib's bits, over the full calendar, for all that Qlib offers.

The benchmarks compare more of it: 2,500 random expressions on the same market.
"""

from collections.abc import Iterator

import pytest
from engine_ground import EngineGround, require_qlibs_bits, troubled_bars
from hypothesis import HealthCheck, given, settings
from operator_calls import calls_of
from random_expressions import expressions

from compute.engine.plan import is_plannable
from compute.qlib_factor_sets import alpha158, alpha360
from domain.expression import OPERATORS, parse


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineGround]:
    made = EngineGround(tmp_path_factory.mktemp("engine") / "market", troubled_bars())
    with made.standing():
        yield made


@pytest.mark.parametrize("name", [one.name for one in OPERATORS.values() if one.is_qlibs])
def test_an_operator_alone_has_qlibs_bits(name: str, ground: EngineGround) -> None:
    texts = calls_of(name)
    for text, ours in zip(texts, ground.engine(texts), strict=True):
        require_qlibs_bits(text, ours, ground.stock(text))


@pytest.mark.parametrize("factors", [alpha158, alpha360])
def test_a_factor_set_has_qlibs_bits(factors, ground: EngineGround) -> None:  # type: ignore[no-untyped-def]
    texts = [text for _, text in factors()]
    for text, ours in zip(texts, ground.engine(texts), strict=True):
        require_qlibs_bits(text, ours, ground.stock(text))


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=expressions())
def test_any_expression_has_qlibs_bits(text: str, ground: EngineGround) -> None:
    if is_plannable(parse(text)):
        [ours] = ground.engine([text])
        require_qlibs_bits(text, ours, ground.stock(text))


@pytest.mark.parametrize(
    "text",
    [
        "Ref($close>$open,2)|($close>$low)",
        "($close>$low)|Ref($close>$open,2)",
        "Ref($close>$open,1)&($close>$low)",
        "If(Ref($close>$open,2),1,0)",
        "If(If($close>$open,1,0)>0,2,3)*$close",
        "If($close>$open,$close,0.1)",
        "Power($close>$open,2)*$close",
        "$close>0.1",
        "Ref($close>$open,0)",
        "Delta(If($close>$open,3,4),2)",
        "($close>$open)+($high>$low)",
        "$volume*9007199254740992",
        "Log($volume-$volume)",
        "0-$close+0*$open",
    ],
)
def test_kinds_of_numbers_are_those_of_numpy(text: str, ground: EngineGround) -> None:
    [ours] = ground.engine([text])
    require_qlibs_bits(text, ours, ground.stock(text))


def test_what_is_not_planned_is_told_beforehand() -> None:
    planned = {text: is_plannable(parse(text)) for text in ("Log($close>$open)", "Log($close)")}
    assert planned == {"Log($close>$open)": False, "Log($close)": True}
    assert not is_plannable(parse("Power(If($close>$open,10,3),40)"))


def test_how_instruments_are_tiled_does_not_show(
    ground: EngineGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [text for _, text in alpha158()][::7]
    whole = ground.engine(texts)
    monkeypatch.setattr("compute.engine.panel_evaluation.LANES", 3)
    for text, one, other in zip(texts, whole, ground.engine(texts, threads=3), strict=True):
        require_qlibs_bits(text, one, other)
