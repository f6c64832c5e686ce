"""Expressions evaluated node by node in pandas, with our kernels for what Qlib lacks."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from paper_operators import Frame, Market, choose, correlation, rolling

from compute.engine import sections
from compute.engine.kernels import beyond_qlib
from domain.expression import parse
from domain.expression.tree import Call, Field, Grouping, Node, Number

OF_QLIB: dict[str, Callable[..., Any]] = {
    "Add": lambda x, y: x + y,
    "Sub": lambda x, y: x - y,
    "Mul": lambda x, y: x * y,
    "Div": lambda x, y: x / y,
    "Power": lambda x, y: x**y,
    "Greater": np.maximum,
    "Less": np.minimum,
    "Abs": np.abs,
    "Sign": np.sign,
    "Log": np.log,
    "Gt": lambda x, y: x > y,
    "Lt": lambda x, y: x < y,
    "Eq": lambda x, y: x == y,
    "Or": lambda x, y: x | y,
    "If": choose,
    "Ref": lambda x, days: x.shift(days),
    "Delta": lambda x, days: x - x.shift(days),
    "Mean": lambda x, days: rolling(x, days).mean(),
    "Sum": lambda x, days: rolling(x, days).sum(),
    "Std": lambda x, days: rolling(x, days).std(),
    "Max": lambda x, days: rolling(x, days).max(),
    "Min": lambda x, days: rolling(x, days).min(),
    "Rank": lambda x, days: rolling(x, days).rank(pct=True),
    "Corr": correlation,
    "Cov": lambda x, y, days: rolling(x, days).cov(y),
}
ROLLING = {
    "DecayLinear": beyond_qlib.decay_linear,
    "Product": beyond_qlib.product,
    "TsArgMax": beyond_qlib.latest_max,
    "TsArgMin": beyond_qlib.latest_min,
}
SECTIONS = {
    "CSRank": sections.cross_rank,
    "CSZScore": sections.cross_z_score,
    "CSDemean": sections.cross_demean,
    "CSScale": sections.cross_scale,
    "CSWinsorize": sections.cross_winsorize,
}


def plain_values(text: str, market: Market) -> Frame:
    """The values of an expression, float64; `tests/paper_operators.py` says what a market is."""
    return _value(parse(text).tree, market).astype(np.float64)


def _value(node: Node, market: Market) -> Any:
    match node:
        case Field(name=name):
            return market[name]
        case Number(value=value):
            return value
        case Call(operator="CSNeutralize", arguments=(x, Grouping())):
            codes = pd.factorize(market["sectors"])[0].astype(np.int32)
            return _filled(
                sections.cross_demean_sectors, _value(x, market), _members(market), codes
            )
        case Call(operator="CSNeutralize", arguments=(x, by)):
            regressor = _tile(_value(by, market))
            return _filled(sections.cross_residual, _value(x, market), regressor, _members(market))
        case Call(operator=operator, arguments=arguments):
            return _called(operator, [_value(each, market) for each in arguments], market)
    raise AssertionError(node)


def _called(operator: str, values: list[Any], market: Market) -> Any:
    if operator == "SignedPower":
        x, power = values
        return np.sign(x) * np.abs(x) ** power
    if operator in ROLLING:
        return _filled(ROLLING[operator], *values)
    if operator in SECTIONS:
        return _filled(SECTIONS[operator], values[0], _members(market), *values[1:])
    return OF_QLIB[operator](*values)


def _filled(kernel: Callable[..., None], x: Frame, *given: Any) -> Frame:
    out = np.empty(x.shape)
    kernel(_tile(x), *given, out)
    return Frame(out, x.index, x.columns)


def _members(market: Market) -> Any:
    return np.ascontiguousarray(market["members"].to_numpy())


def _tile(x: Frame) -> Any:
    return np.ascontiguousarray(x.to_numpy(np.float64))
