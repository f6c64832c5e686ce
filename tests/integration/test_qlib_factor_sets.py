"""The factor sets are Qlib's own, whatever version of it is installed."""

import inspect
import subprocess
import sys

import pytest

from compute.qlib_factor_descriptions import describe
from compute.qlib_factor_sets import ALPHA20, NamedExpressions, alpha158, alpha360
from domain.expression import parse
from domain.names import check_name
from domain.trading_defaults import DEFAULT_ACCOUNT, DEFAULT_LABEL, default_exchange


def _loaded_by(handler: type, monkeypatch: pytest.MonkeyPatch) -> NamedExpressions:
    """The features that a handler would load, stopped before it reads any data."""
    from qlib.data.dataset.handler import DataHandlerLP

    seen: list[NamedExpressions] = []

    def stop(_self: object, *_args: object, **settings: dict) -> None:
        expressions, names = settings["data_loader"]["kwargs"]["config"]["feature"]
        seen.append(tuple(zip(names, expressions, strict=True)))

    monkeypatch.setattr(DataHandlerLP, "__init__", stop)
    handler(fit_start_time="2010-01-01", fit_end_time="2011-01-01")
    return seen[0]


def test_the_sets_are_those_that_the_handlers_load(monkeypatch: pytest.MonkeyPatch) -> None:
    from qlib.contrib.data.handler import Alpha158, Alpha360

    assert alpha158() == _loaded_by(Alpha158, monkeypatch)
    assert alpha360() == _loaded_by(Alpha360, monkeypatch)


def test_there_are_514_factors_and_the_sets_share_four() -> None:
    small, large = dict(alpha158()), dict(alpha360())
    assert (len(small), len(large), len(small | large)) == (158, 360, 514)
    assert small.keys() & large.keys() == {"OPEN0", "HIGH0", "LOW0", "VWAP0"}


def test_one_name_never_stands_for_two_expressions() -> None:
    small, large = dict(alpha158()), dict(alpha360())
    for name in small.keys() & large.keys():
        assert parse(small[name]) == parse(large[name])


def test_every_factor_can_be_catalogued() -> None:
    for name, text in alpha158() + alpha360():
        expression = parse(text)
        assert check_name(name) == name
        assert not expression.looks_ahead
        assert expression.lookback_days is not None
        assert expression.lookback_days <= 60


def test_the_twenty_are_members_of_alpha158() -> None:
    assert len(set(ALPHA20)) == 20
    assert set(ALPHA20) <= dict(alpha158()).keys()


def test_every_factor_is_described_in_words_of_its_own() -> None:
    names = dict(alpha158() + alpha360())
    sentences = {describe(name) for name in names}
    assert len(sentences) == len(names)
    assert all(sentence.endswith(".") and len(sentence) < 100 for sentence in sentences)


@pytest.mark.parametrize("name", ["ALPHA1", "roc20", "KMID9", ""])
def test_an_unknown_factor_is_not_described(name: str) -> None:
    with pytest.raises(KeyError):
        describe(name)


def test_qlib_is_imported_only_when_its_factors_are_asked_for() -> None:
    code = "import sys, compute.qlib_factor_sets; sys.exit('qlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_defaults_of_trading_are_qlibs() -> None:
    from qlib.config import _default_region_config
    from qlib.contrib.data.handler import Alpha158
    from qlib.contrib.evaluate import backtest_daily

    parameters = inspect.signature(backtest_daily).parameters
    assert parameters["account"].default == DEFAULT_ACCOUNT
    assert parse(Alpha158.get_label_config(None)[0][0]) == parse(DEFAULT_LABEL)
    chinese, american = default_exchange("cn"), default_exchange("us")
    assert _default_region_config["cn"]["limit_threshold"] == chinese.limit_threshold
    assert _default_region_config["cn"]["trade_unit"] == chinese.trade_unit
    assert _default_region_config["us"]["limit_threshold"] is american.limit_threshold
