"""A market whose symbols hold slashes, spaces and letters of any script, asked as any other."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from asking_ground import ALL_DAYS, DAYS, TRADED, Ground, bars_of
from tailed_market import write_with_tail

from bars.universes import Span
from catalog.database import Database
from catalog.defining import create_factor
from domain.expression import parse
from domain.regions import Region
from resolvers.defining.expressions import factor_spec
from resolvers.importing import register_market
from resolvers.market_reading import read_market

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore")]

MEMBERS = sorted(
    ("BRK/B", "BRK B", "..", "../../ETC", "CON", "_QLIB_CON", "中国平安", "100%", "é:1", "ß", '"Q"')
)
INDEX = "../^IDX"
TAIL_DAYS = 30
EXPRESSION = "$close/Ref($close,3)-1"


def expected_bars(symbol: str) -> dict[str, np.ndarray]:
    return {name: values.astype("f4") for name, values in bars_of(symbol, DAYS).items()}


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    """A server on such a market, whose last days lie in a tail, and a factor."""
    ground = Ground(database, tmp_path)
    bars = {symbol: bars_of(symbol, DAYS) for symbol in (*MEMBERS, INDEX)}
    spans = {symbol: (Span(date(2020, 1, 1)),) for symbol in MEMBERS}
    target = write_with_tail(tmp_path / "odd", ALL_DAYS[:DAYS], bars, {"odd": spans}, TAIL_DAYS)
    reading = read_market(target, Region.US, INDEX)
    await register_market(database, "odd", reading, "ada")
    async with database.begin() as session:
        await create_factor(session, "momentum", factor_spec(parse(EXPRESSION)), author="ada")
    yield ground
    await ground.runner.close()


def quoted(symbol: str) -> str:
    """A symbol as a GraphQL string."""
    return json.dumps(symbol, ensure_ascii=False)


async def test_an_instrument_has_its_own_bars_and_factor_values(ground: Ground) -> None:
    for symbol in (*MEMBERS, INDEX):
        asked = f"""{{ instrument(symbol: {quoted(symbol)}) {{ symbol id
            bars(fields: ["close"], method: NONE) {{ columns {{ values }} }}
            factorValues(factor: "momentum", method: NONE) {{ columns {{ name values }} }} }} }}"""
        found = (await ground.data(asked))["instrument"]
        close = expected_bars(symbol)["close"]
        assert found["symbol"] == symbol
        assert np.float32(found["bars"]["columns"][0]["values"]).tolist() == close.tolist()
        values = found["factorValues"]["columns"][0]["values"]
        np.testing.assert_array_equal(np.float32(values[3:]), close[3:] / close[:-3] - 1)
        node = await ground.data(
            f'{{ node(id: "{found["id"]}") {{ ... on Instrument {{ symbol }} }} }}'
        )
        assert node["node"]["symbol"] == symbol


async def test_lists_show_them_in_order_page_by_page(ground: Ground) -> None:
    for path in ("instruments", 'universe(name: "odd") { members'):
        end = " }" if "members" in path else ""
        seen: list[str] = []
        after = "null"
        while after:
            asked = f"""{{ {path}(first: 3, after: {after}) {{
                nodes {{ symbol }} pageInfo {{ hasNextPage endCursor }} }} {end} }}"""
            found = next(iter((await ground.data(asked)).values()))
            page = found.get("members", found)
            seen += [node["symbol"] for node in page["nodes"]]
            info = page["pageInfo"]
            after = quoted(info["endCursor"]) if info["hasNextPage"] else ""
        assert seen == (MEMBERS if end else sorted((*MEMBERS, INDEX)))


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("/", ["../../ETC", "../^IDX", "BRK/B"]),
        ("%", ["100%"]),
        ("_", ["_QLIB_CON"]),
        ("平", ["中国平安"]),
        ("brk", ["BRK B", "BRK/B"]),
        ('"', ['"Q"']),
        (":", ["é:1"]),
    ],
)
async def test_they_are_found_by_a_part(ground: Ground, text: str, symbols: list[str]) -> None:
    found = await ground.data(f"{{ instruments(search: {quoted(text)}) {{ nodes {{ symbol }} }} }}")

    assert [node["symbol"] for node in found["instruments"]["nodes"]] == symbols


async def test_a_factor_is_computed_and_judged_over_all_of_them(ground: Ground) -> None:
    asked = """{ factor(name: "momentum") {
        evaluation { ic rankIc coverage days }
        values(method: NONE) { columns { name values instrument { symbol } } }
        few: values(method: NONE, instruments: ["BRK/B", ".."]) { columns { name } } } }"""
    found = (await ground.data(asked))["factor"]

    assert found["evaluation"]["ic"] is not None
    assert found["evaluation"]["coverage"] == pytest.approx((DAYS - 3) / DAYS)
    columns = found["values"]["columns"]
    assert [column["name"] for column in columns] == MEMBERS
    assert [column["instrument"]["symbol"] for column in columns] == MEMBERS
    for column in columns:
        close = expected_bars(column["name"])["close"]
        np.testing.assert_array_equal(np.float32(column["values"][3:]), close[3:] / close[:-3] - 1)
    assert [column["name"] for column in found["few"]["columns"]] == ["..", "BRK/B"]


async def test_they_are_traded_against_an_index_of_such_a_name(ground: Ground) -> None:
    made = await ground.data(f"""mutation {{ createBacktest(input: {{
        name: "odd", signal: "momentum", benchmark: {quoted(INDEX)}, account: 1000000,
        strategy: {{ topk: 4, nDrop: 2 }},
        period: {{ start: "{TRADED.start}", end: "{TRADED.end}" }} }}) {{
        __typename ... on Backtest {{ benchmark }} ... on Problem {{ message }} }} }}""")
    assert made["createBacktest"] == {"__typename": "Backtest", "benchmark": INDEX}

    asked = f"""{{ backtest(name: "odd") {{
        risk {{ absolute {{ annualizedReturn }} benchmark {{ annualizedReturn }} }}
        positions(on: "{TRADED.end}") {{ nodes {{ instrument {{ symbol }} }} }}
        trades(first: 500) {{ nodes {{ date price side instrument {{ symbol }} }} }} }} }}"""
    found = (await ground.data(asked))["backtest"]

    assert found["risk"]["benchmark"]["annualizedReturn"] is not None
    assert len(found["positions"]["nodes"]) == 4
    trades = found["trades"]["nodes"]
    traded = {trade["instrument"]["symbol"] for trade in trades}
    assert len(traded) > 5
    assert traded <= set(MEMBERS)
    days = [str(day) for day in ALL_DAYS]
    for trade in trades:
        close = expected_bars(trade["instrument"]["symbol"])["close"]
        assert trade["price"] == pytest.approx(float(close[days.index(trade["date"])]))
    symbol = trades[0]["instrument"]["symbol"]
    one = f'{{ backtest(name: "odd") {{ trades(symbol: {quoted(symbol)}) {{ totalCount }} }} }}'
    count = (await ground.data(one))["backtest"]["trades"]["totalCount"]
    assert count == sum(trade["instrument"]["symbol"] == symbol for trade in trades)
