"""The numbers of the walk, asked as a client asks, are those of a plain Qlib script."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from schema_ground import encoded, finite

from catalog.migrations import upgrade
from domain.strategy_parameters import QLIB_PARAMETERS
from resolvers.asking import Asking
from resolvers.importing import import_sample_market
from resolvers.seeding import seed
from resolvers.services import Services
from schema.context import Context
from schema.schema import schema
from server.assembly import opened
from server.settings import Settings

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).with_name("plain_qlib_walk.py")
EVALUATED = ("2005-01-03", "2012-12-31")
RISK = "mean std annualizedReturn informationRatio maxDrawdown"
REPORT = "dates account portfolioReturn benchmarkReturn cost turnover value cash"
WALK = f"""
query Walk {{
  factor(name: "ROC20") {{
    canonicalExpression
    values {{ dates columns {{ name values }} }}
    evaluation(start: "{EVALUATED[0]}", end: "{EVALUATED[1]}", quantiles: 2) {{
      ic rankIc icir rankIcir days daily {{ dates ic rankIc }} provenance {{ fromCache }}
    }}
    models {{
      nodes {{
        name
        predictions {{ dates columns {{ name values }} }}
        evaluation(quantiles: 2) {{ ic rankIc days }}
      }}
    }}
    backtests {{
      nodes {{
        name benchmark account period {{ start end }}
        strategy {{ topk nDrop parameters }}
        exchange {{ dealPrice openCost closeCost minCost limitThreshold tradeUnit }}
        sum: risk {{ excessReturnWithCost {{ {RISK} }} absolute {{ maxDrawdown }} }}
        product: risk(mode: PRODUCT) {{ excessReturnWithCost {{ {RISK} }} }}
        report {{ {REPORT} drawdown }}
        monthlyReturns {{ year month portfolio benchmark excess }}
        trades(first: 500) {{
          totalCount nodes {{ date side amount price value cost instrument {{ symbol }} }}
        }}
      }}
    }}
  }}
}}
"""


@dataclass
class Walked:
    """A server with the sample market, the answer to the walk, and what plain Qlib says."""

    services: Services
    factor: dict[str, Any]
    plain: dict[str, np.ndarray[Any, Any]]

    @property
    def backtest(self) -> dict[str, Any]:
        """The backtest of the factor."""
        [backtest] = self.factor["backtests"]["nodes"]
        found: dict[str, Any] = backtest
        return found


@pytest.fixture(scope="module")
async def walked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Walked]:
    """Everything computed once, by workers."""
    home = tmp_path_factory.mktemp("walk")
    settings = Settings(home=home, workers=1)
    await upgrade(settings.catalogue_url)
    async with opened(settings) as services:
        await import_sample_market(services.database, home, "ada")
        await seed(services.database, "ada")
        factor = (await ask(services, WALK))["factor"]
        yield Walked(services, factor, plain_qlib(factor, home))


async def ask(services: Services, query: str) -> Any:
    context = Context(services, Asking("ada", float("inf")))
    result = await schema.execute(query, context_value=context)
    assert not result.errors, result.errors
    return orjson.loads(encoded(result.data))


def plain_qlib(factor: dict[str, Any], home: Path) -> dict[str, np.ndarray[Any, Any]]:
    """What stock Qlib finds in a process of its own."""
    [backtest], [model] = factor["backtests"]["nodes"], factor["models"]["nodes"]
    np.savez(home / "predictions.npz", **panel(model["predictions"]))
    [directory] = (home / "markets" / "sample").iterdir()
    strategy, exchange = backtest["strategy"], backtest["exchange"]
    settings = {
        "directory": str(directory),
        "region": "us",
        "universe": "us5",
        "factor": factor["canonicalExpression"],
        "evaluated": EVALUATED,
        "predictions": "predictions.npz",
        **backtest["period"],
        "account": backtest["account"],
        "benchmark": backtest["benchmark"],
        "strategy": {one.name: strategy["parameters"][one.name] for one in QLIB_PARAMETERS}
        | {"topk": strategy["topk"], "n_drop": strategy["nDrop"]},
        "exchange": {
            "codes": "us5",
            "deal_price": exchange["dealPrice"].lower(),
            "open_cost": exchange["openCost"],
            "close_cost": exchange["closeCost"],
            "min_cost": exchange["minCost"],
            "limit_threshold": exchange["limitThreshold"],
            "trade_unit": exchange["tradeUnit"],
        },
    }
    (home / "settings.json").write_text(json.dumps(settings))
    subprocess.run(
        [sys.executable, str(SCRIPT), "settings.json", "found.npz"],
        cwd=home,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
    )
    return dict(np.load(home / "found.npz"))


def panel(series: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    """A series as a client puts it together."""
    return {
        "values": np.stack([finite(one["values"]) for one in series["columns"]], axis=1),
        "dates": np.array(series["dates"], "datetime64[D]"),
        "symbols": np.array([one["name"] for one in series["columns"]]),
    }


async def test_values_are_qlibs_bit_for_bit(walked: Walked) -> None:
    ours = panel(walked.factor["values"])
    theirs = walked.plain["values"]

    columns = [ours["symbols"].tolist().index(name) for name in walked.plain["values.symbols"]]
    rows = np.searchsorted(ours["dates"], walked.plain["values.dates"])
    np.testing.assert_array_equal(ours["dates"][rows], walked.plain["values.dates"])
    assert theirs.dtype == np.float32
    shown = ours["values"].astype(np.float32)
    np.testing.assert_array_equal(shown[np.ix_(rows, columns)], theirs)
    assert np.isfinite(theirs).sum() > 10_000
    assert np.isfinite(shown).sum() == np.isfinite(theirs).sum()


async def test_evaluations_are_those_of_calc_ic(walked: Walked) -> None:
    ours = walked.factor["evaluation"]

    for name, plain in (("ic", "factor.ic"), ("rankIc", "factor.rank_ic")):
        theirs = walked.plain[plain]
        daily = finite(ours["daily"][name])
        np.testing.assert_allclose(daily[np.isfinite(daily)], theirs, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(ours[name], theirs.mean(), rtol=1e-9)
        ratio = theirs.mean() / theirs.std(ddof=1)
        np.testing.assert_allclose(ours[f"{name}ir"], ratio, rtol=1e-9)
        assert len(theirs) == ours["days"] > 1_500


async def test_a_model_is_judged_as_calc_ic_does(walked: Walked) -> None:
    [model] = walked.factor["models"]["nodes"]

    for name, plain in (("ic", "model.ic"), ("rankIc", "model.rank_ic")):
        theirs = walked.plain[plain]
        np.testing.assert_allclose(model["evaluation"][name], theirs.mean(), rtol=1e-6)
        assert model["evaluation"]["days"] == len(theirs) > 400


async def test_reports_are_qlibs(walked: Walked) -> None:
    ours, names = (
        walked.backtest["report"],
        {
            "account": "account",
            "portfolioReturn": "return",
            "benchmarkReturn": "bench",
            "cost": "cost",
            "turnover": "turnover",
            "value": "value",
            "cash": "cash",
        },
    )

    for name, column in names.items():
        theirs = walked.plain[f"report.{column}"]
        np.testing.assert_allclose(finite(ours[name]), theirs, rtol=1e-12, atol=1e-12)
        assert theirs.std() > 0


@pytest.mark.parametrize("mode", ["sum", "product"])
async def test_risk_is_that_of_risk_analysis(walked: Walked, mode: str) -> None:
    ours = walked.backtest[mode]["excessReturnWithCost"]

    for name, figure in {
        "mean": "mean",
        "std": "std",
        "annualizedReturn": "annualized_return",
        "informationRatio": "information_ratio",
        "maxDrawdown": "max_drawdown",
    }.items():
        theirs = float(walked.plain[f"risk.{mode}.{figure}"])
        np.testing.assert_allclose(ours[name], theirs, rtol=1e-9)
        assert theirs


async def test_months_make_the_account(walked: Walked) -> None:
    backtest = walked.backtest
    report, months = backtest["report"], backtest["monthlyReturns"]

    growth = np.prod([1 + one["portfolio"] for one in months])
    benchmark = np.prod([1 + one["benchmark"] for one in months])

    np.testing.assert_allclose(growth, report["account"][-1] / backtest["account"], rtol=1e-9)
    np.testing.assert_allclose(benchmark, np.prod(1 + finite(report["benchmarkReturn"])))
    assert [(one["year"], one["month"]) for one in months] == sorted(
        {(int(day[:4]), int(day[5:7])) for day in report["dates"]}
    )
    for one in months:
        np.testing.assert_allclose(one["excess"], one["portfolio"] - one["benchmark"], atol=1e-12)


async def test_the_deepest_day_is_the_drawdown(walked: Walked) -> None:
    drawdown = min(walked.backtest["report"]["drawdown"])

    np.testing.assert_allclose(drawdown, walked.backtest["sum"]["absolute"]["maxDrawdown"])
    assert drawdown < 0


async def test_trades_add_up_to_the_report(walked: Walked) -> None:
    report, trades = walked.backtest["report"], walked.backtest["trades"]
    before = np.array([walked.backtest["account"], *report["account"][:-1]])
    place = {day: row for row, day in enumerate(report["dates"])}
    cost, value = np.zeros(len(place)), np.zeros(len(place))
    for trade in trades["nodes"]:
        cost[place[trade["date"]]] += trade["cost"]
        value[place[trade["date"]]] += trade["value"]
        np.testing.assert_allclose(trade["value"], trade["amount"] * trade["price"], rtol=1e-9)

    assert trades["totalCount"] == len(trades["nodes"]) > 50
    assert {trade["side"] for trade in trades["nodes"]} == {"BUY", "SELL"}
    np.testing.assert_allclose(cost / before, finite(report["cost"]), atol=1e-12)
    np.testing.assert_allclose(value / before, finite(report["turnover"]), atol=1e-12)


async def test_positions_are_what_the_account_holds(walked: Walked) -> None:
    report = walked.backtest["report"]
    for row in (5, len(report["dates"]) // 2, -1):
        day = report["dates"][row]
        found = await ask(
            walked.services,
            f'{{ backtest(name: "{walked.backtest["name"]}") {{ positions(on: "{day}") {{ nodes {{ '
            "amount price weight heldDays instrument { symbol } } } } }",
        )
        held = found["backtest"]["positions"]["nodes"]
        value = sum(one["amount"] * one["price"] for one in held)
        np.testing.assert_allclose(value, report["value"][row], rtol=1e-9)
        share = report["value"][row] / report["account"][row]
        np.testing.assert_allclose(sum(one["weight"] for one in held), share, rtol=1e-9)
        assert [one["instrument"]["symbol"] for one in held] == sorted(
            one["instrument"]["symbol"] for one in held
        )
        assert 1 <= len(held) <= 2
        assert all(one["heldDays"] >= 1 for one in held)


async def test_the_second_asking_comes_from_the_cache(walked: Walked) -> None:
    again = (await ask(walked.services, WALK))["factor"]

    assert walked.factor["evaluation"].pop("provenance") == {"fromCache": False}
    assert again["evaluation"].pop("provenance") == {"fromCache": True}
    assert again == walked.factor
