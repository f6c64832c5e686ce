"""Two markets share a catalogue: what is asked of one is never answered by the other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking_ground import INDEX, MEMBERS, Ground
from two_markets import CN, PLANS, TRADED, UNIVERSE, US, MarketPlan, columns_of, register

from catalog.database import Database
from catalog.defaults import set_default_universe
from catalog.defining import create_factor
from domain.expression import parse
from resolvers.defining.expressions import factor_spec

pytestmark = pytest.mark.anyio

SYMBOL = "AAA"


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    for plan in PLANS:
        await register(database, plan, tmp_path)
    async with database.begin() as session:
        spec = factor_spec(parse("$close/Ref($close,3)-1"))
        await create_factor(session, "momentum", spec, author="ada")
    yield ground
    await ground.runner.close()


async def refused(ground: Ground, query: str) -> tuple[str, str]:
    """The code and the sentence of the one error that a query has."""
    reply = await ground.ask(query)
    [error] = reply.errors
    return (error.extensions or {})["code"], error.message


def momentum(plan: MarketPlan) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What the factor is for the symbol, but for rounding."""
    close = columns_of(plan, SYMBOL)["close"]
    return close[3:] / close[:-3] - 1


async def test_each_market_has_facts_of_its_own(ground: Ground) -> None:
    found = await ground.data(
        "{ markets { name region currency benchmark sectors latestSnapshot { benchmark region "
        "tradingDays } defaultUniverse { name market { name } } universes { market { name } } } }"
    )
    for plan, market in zip(PLANS, found["markets"], strict=True):
        assert (market["name"], market["region"]) == (plan.name, plan.region.value)
        assert (market["currency"], market["benchmark"]) == (plan.region.currency, INDEX)
        sectors = {company.sector for company in plan.companies.values()}
        assert market["sectors"] == sorted(map(str, sectors))
        assert market["latestSnapshot"] == {
            "benchmark": INDEX,
            "region": plan.region.value,
            "tradingDays": len(plan.days),
        }
        assert market["defaultUniverse"] == {"name": UNIVERSE, "market": {"name": plan.name}}
        assert market["universes"] == [{"market": {"name": plan.name}}]


@pytest.mark.parametrize(
    "query",
    [
        '{ universe(name: "five") { version } }',
        '{ universe(name: "five:1") { version } }',
        '{ factor(name: "momentum") { evaluation(universe: "five") { ic } } }',
        '{ factor(name: "momentum") { values(universe: "five") { sourceCount } } }',
        '{ factor(name: "momentum") { staleness(universe: "five") { isStale } } }',
        '{ calculate(expressions: ["$close"], universe: "five") { expression } }',
    ],
)
async def test_a_universe_that_both_have_is_ambiguous_without_its_market(
    ground: Ground, query: str
) -> None:
    code, message = await refused(ground, query)

    assert code == "AMBIGUOUS_NAME"
    ways = ("america/five", "china/five")
    assert all(way in message for way in ways)


async def test_a_definition_on_a_universe_that_both_have_is_ambiguous(ground: Ground) -> None:
    found = await ground.data(
        'mutation { createBacktest(input: {name: "new", signal: "momentum", universe: "five"}) '
        "{ __typename ... on InvalidInput { issues { field message } } "
        "... on Problem { message } } }"
    )

    assert found["createBacktest"]["__typename"] != "Backtest"
    assert "write america/five or china/five" in str(found["createBacktest"])


async def test_a_universe_with_its_market_is_that_markets(ground: Ground) -> None:
    for plan in PLANS:
        found = await ground.data(
            f'{{ one: universe(name: "five", market: "{plan.name}") {{ id market {{ name }} }} '
            f'two: market(name: "{plan.name}") {{ defaultUniverse {{ id market {{ name }} }} }} '
            f'factor(name: "momentum") {{ evaluation(universe: "{plan.name}/five") {{ provenance '
            "{ snapshot { name } } } } }"
        )
        assert found["one"] == found["two"]["defaultUniverse"]
        assert found["one"]["market"] == {"name": plan.name}
        provenance = found["factor"]["evaluation"]["provenance"]
        assert provenance == {"snapshot": {"name": plan.name}}


async def test_what_is_asked_of_no_universe_is_asked_of_the_default_one(ground: Ground) -> None:
    query = (
        '{ factor(name: "momentum") { evaluation { ic provenance { snapshot { name } } } '
        'there: evaluation(snapshot: "china") { provenance { snapshot { name } } } } }'
    )
    first = (await ground.data(query))["factor"]
    assert first["evaluation"]["provenance"]["snapshot"]["name"] == US.name
    assert first["there"]["provenance"]["snapshot"]["name"] == CN.name
    async with ground.database.begin() as session:
        await set_default_universe(session, CN.name, UNIVERSE)
    second = (await ground.data(query))["factor"]
    assert second["evaluation"]["provenance"]["snapshot"]["name"] == CN.name
    assert second["evaluation"]["ic"] != first["evaluation"]["ic"]


async def test_data_of_one_market_has_no_universe_of_the_other(ground: Ground) -> None:
    code, message = await refused(
        ground,
        '{ factor(name: "momentum") { evaluation(snapshot: "america", universe: "china/five") '
        "{ ic } } }",
    )
    assert code == "BAD_INPUT"
    assert "name two of one market" in message


async def test_a_symbol_that_both_list_is_ambiguous_without_its_market(ground: Ground) -> None:
    code, message = await refused(ground, '{ instrument(symbol: "AAA") { symbol } }')

    assert code == "AMBIGUOUS_NAME"
    assert "america and china" in message


async def test_a_symbol_with_its_market_is_that_markets(ground: Ground) -> None:
    for plan in PLANS:
        found = await ground.data(
            f'{{ instrument(symbol: "AAA", market: "{plan.name}") {{ companyName sector firstDate '
            "market { name } memberships { universe { market { name } } } "
            'bars(fields: ["close"]) { dates columns { values } } } '
            f'instruments(market: "{plan.name}") {{ nodes {{ market {{ name }} }} }} }}'
        )
        instrument, company = found["instrument"], plan.companies[SYMBOL]
        assert (instrument["companyName"], instrument["sector"]) == (company.name, company.sector)
        assert instrument["market"] == {"name": plan.name}
        assert instrument["memberships"] == [{"universe": {"market": {"name": plan.name}}}]
        assert instrument["bars"]["dates"] == [str(day) for day in plan.days]
        [close] = instrument["bars"]["columns"]
        expected = columns_of(plan, SYMBOL)["close"].astype(np.float32)
        np.testing.assert_array_equal(np.array(close["values"], dtype=np.float32), expected)
        listed = {node["market"]["name"] for node in found["instruments"]["nodes"]}
        assert listed == {plan.name}


async def test_many_who_ask_at_once_get_the_values_of_their_own_market(ground: Ground) -> None:
    async def values(plan: MarketPlan, start: int) -> Any:
        first = plan.days[start]
        found = await ground.data(
            f'{{ instrument(symbol: "AAA", market: "{plan.name}") {{ factorValues(factor: '
            f'"momentum", start: "{first}") {{ dates columns {{ values instrument '
            "{ market { name } } } } } }"
        )
        return found["instrument"]["factorValues"]

    asked = [(plan, start) for start in range(3, 15) for plan in PLANS]
    for (plan, start), series in zip(
        asked, await asyncio.gather(*(values(*each) for each in asked)), strict=True
    ):
        assert series["dates"] == [str(day) for day in plan.days[start:]]
        [column] = series["columns"]
        assert column["instrument"]["market"]["name"] == plan.name
        np.testing.assert_allclose(column["values"], momentum(plan)[start - 3 :], atol=1e-5)


async def test_columns_of_a_universe_are_instruments_of_its_market(ground: Ground) -> None:
    for plan in PLANS:
        found = await ground.data(
            f'{{ factor(name: "momentum") {{ values(universe: "{plan.name}/five") {{ columns '
            "{ name instrument { symbol market { name } } } } } }"
        )
        for column in found["factor"]["values"]["columns"]:
            assert column["instrument"]["symbol"] == column["name"]
            assert column["instrument"]["market"] == {"name": plan.name}


async def test_a_backtest_takes_what_it_is_not_given_from_the_market_of_its_universe(
    ground: Ground,
) -> None:
    async def created(plan: MarketPlan) -> Any:
        found = await ground.data(
            f'mutation {{ createBacktest(input: {{name: "on-{plan.name}", signal: "momentum", '
            f'universe: "{plan.name}/five", account: 100000, period: {{start: "{TRADED.start}", '
            f'end: "{TRADED.end}"}}, strategy: {{topk: 2, nDrop: 1}}}}) {{ ... on Backtest {{ '
            "benchmark universe { market { name currency benchmark } } "
            "exchange { limitThreshold tradeUnit } } } }"
        )
        return found["createBacktest"]

    american, chinese = [await created(plan) for plan in PLANS]
    for plan, backtest in zip(PLANS, (american, chinese), strict=True):
        market = {"name": plan.name, "currency": plan.region.currency, "benchmark": INDEX}
        assert (backtest["benchmark"], backtest["universe"]["market"]) == (INDEX, market)
    assert american["exchange"] == {"limitThreshold": None, "tradeUnit": None}
    assert chinese["exchange"] == {"limitThreshold": 0.095, "tradeUnit": 100}


async def test_what_a_backtest_held_and_traded_is_of_its_market(ground: Ground) -> None:
    await test_a_backtest_takes_what_it_is_not_given_from_the_market_of_its_universe(ground)
    asked = [
        ground.data(
            f'{{ backtest(name: "on-{plan.name}") {{ risk {{ sharpe provenance {{ snapshot '
            f'{{ name }} }} }} positions(on: "{TRADED.end}") {{ nodes {{ instrument {{ symbol '
            "market { name } } } } trades { nodes { rawAmount side instrument { market { name } } "
            '} } some: trades(symbol: "AAA") { nodes { instrument { market { name } } } } } }'
        )
        for plan in (*PLANS, *PLANS)
    ]
    for plan, found in zip((*PLANS, *PLANS), await asyncio.gather(*asked), strict=True):
        backtest = found["backtest"]
        assert backtest["risk"]["provenance"]["snapshot"]["name"] == plan.name
        held = [*backtest["positions"]["nodes"], *backtest["trades"]["nodes"]]
        held += backtest["some"]["nodes"]
        assert {one["instrument"]["market"]["name"] for one in held} == {plan.name}
        bought = [one["rawAmount"] for one in backtest["trades"]["nodes"] if one["side"] == "BUY"]
        in_units = [abs(amount / 100 - round(amount / 100)) < 1e-6 for amount in bought]
        assert all(in_units) == (plan is CN)


async def test_a_factor_stands_over_the_universe_of_each_market_apart(ground: Ground) -> None:
    async def stale(plan: MarketPlan) -> bool:
        found = await ground.data(
            f'{{ factor(name: "momentum") {{ staleness(universe: "{plan.name}/five") '
            "{ isStale } } }"
        )
        return bool(found["factor"]["staleness"]["isStale"])

    await ground.data('{ factor(name: "momentum") { evaluation(universe: "china/five") { ic } } }')

    assert [await stale(plan) for plan in PLANS] == [True, False]


async def test_members_of_one_market_leave_the_other_alone(ground: Ground) -> None:
    found = await ground.data(
        "{ "
        + " ".join(
            f'{plan.name}: universe(name: "five", market: "{plan.name}") {{ members(on: '
            f'"{plan.days[10]}") {{ nodes {{ symbol market {{ name }} }} }} }}'
            for plan in PLANS
        )
        + " }"
    )
    for plan in PLANS:
        members = found[plan.name]["members"]["nodes"]
        expected = MEMBERS if plan is US else MEMBERS[:-1]
        assert [one["symbol"] for one in members] == list(expected)
        assert {one["market"]["name"] for one in members} == {plan.name}
