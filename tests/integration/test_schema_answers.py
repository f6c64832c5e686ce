"""What answers look like: ids, pages, columns, days and moments."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from schema_ground import Ground, encoded, small_ground

from domain.expression import OPERATORS
from schema.scalars import SCALARS, DateColumn, FloatColumn

pytestmark = pytest.mark.anyio

LISTS = ("snapshots", "universes", "instruments", "factors", "factorSets", "models", "backtests")


@pytest.fixture(scope="module")
async def ground(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, sample_directory: Path
) -> AsyncIterator[Ground]:
    """Three chains."""
    folder = tmp_path_factory.mktemp("answers")
    async with small_ground(sqlite_template, folder, sample_directory, 3) as ground:
        await ground.data('{ factor(name: "f1") { evaluation { ic } } }')
        yield ground


# ---- ids ----


async def test_ids_lead_back_to_what_has_them(ground: Ground) -> None:
    found = []
    for name in (*LISTS, "runs"):
        listed = await ground.data(f"{{ {name}(first: 2) {{ nodes {{ __typename id }} }} }}")
        found += listed[name]["nodes"]
    found += (await ground.data("{ markets { __typename id } }"))["markets"]
    assert len({one["id"] for one in found}) == len(found)
    assert len({one["__typename"] for one in found}) == 9

    again = await ground.data(
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
        ids=[one["id"] for one in found],
    )
    one = await ground.data(
        "query Q($id: ID!) { node(id: $id) { __typename id } }", id=found[0]["id"]
    )

    assert again["nodes"] == found
    assert one["node"] == found[0]


async def test_an_id_stands_where_a_reference_does(ground: Ground) -> None:
    universe = (await ground.data('{ universe(name: "us5") { id } }'))["universe"]["id"]

    query = 'query Q($u: EntityRef!) { factor(name: "f1") { evaluation(universe: $u) { id } } }'
    by_id = await ground.data(query, u=universe)

    assert by_id == await ground.data(query, u="sample/us5:1")


@pytest.mark.parametrize(
    "broken", ["", "_", "f1", "_nope", "_RkFDVE9SOjE5OTk5OTk", "_TUFSS0VUOjk5"]
)
async def test_ids_that_lead_nowhere_are_told(ground: Ground, broken: str) -> None:
    reply = await ground.ask("query Q($id: ID!) { node(id: $id) { id } }", {"id": broken})

    assert reply.data == {"node": None}
    assert set(reply.codes.values()) <= {"BAD_INPUT", "NOT_FOUND"}


SAME = [
    ("values(maxPoints: 8)", "values(maxPoints: 8, method: MINMAXLTTB)"),
    ("values", 'values(universe: "us5")'),
    ("values", 'values(snapshot: "sample:1")'),
    ('values(instruments: ["AAPL", "IBM"])', 'values(instruments: ["IBM", "AAPL"])'),
    ("evaluation", "evaluation(horizonDays: 1, quantiles: 5)"),
]
OTHER = [
    ("values", "values(maxPoints: 8)"),
    ("values(maxPoints: 8)", "values(maxPoints: 9)"),
    ("values(maxPoints: 8)", "values(maxPoints: 8, method: M4)"),
    ("values", 'values(instruments: ["AAPL"])'),
    ("values", 'values(start: "2005-01-03")'),
    ("values", 'values(end: "2012-01-03")'),
    ("evaluation", "evaluation(horizonDays: 2)"),
    ("evaluation", "evaluation(quantiles: 2)"),
    ("evaluation", 'evaluation(start: "2005-01-03")'),
]


async def ids(ground: Ground, parent: str, fields: tuple[str, str]) -> list[str]:
    selection = " ".join(f"f{place}: {field} {{ id }}" for place, field in enumerate(fields))
    found = await ground.data(f"{{ it: {parent} {{ {selection} }} }}")
    it = found["it"][0] if isinstance(found["it"], list) else found["it"]
    return [one["id"] for one in it.values()]


@pytest.mark.parametrize("fields", SAME)
async def test_equal_results_have_one_id(ground: Ground, fields: tuple[str, str]) -> None:
    one, other = await ids(ground, 'factor(name: "f1")', fields)

    assert one == other


@pytest.mark.parametrize("fields", OTHER)
async def test_other_arguments_are_another_id(ground: Ground, fields: tuple[str, str]) -> None:
    one, other = await ids(ground, 'factor(name: "f1")', fields)

    assert one != other


@pytest.mark.parametrize(
    ("parent", "fields", "are_equal"),
    [
        ('model(name: "m1")', ("training", 'training(snapshot: "sample")'), True),
        ('model(name: "m1")', ("predictions", "predictions(segment: TEST)"), True),
        ('model(name: "m1")', ("predictions", "predictions(segment: VALID)"), False),
        ('model(name: "m1")', ("predictions", 'predictions(end: "2012-01-31")'), False),
        ('backtest(name: "b1")', ("risk", "risk(mode: SUM, periodsPerYear: 238)"), True),
        ('backtest(name: "b1")', ("risk", "risk(mode: PRODUCT)"), False),
        ('backtest(name: "b1")', ("risk", "risk(periodsPerYear: 252)"), False),
        ('backtest(name: "b1")', ("report", "report(method: MINMAXLTTB)"), True),
        ('backtest(name: "b1")', ("report", "report(maxPoints: 9)"), False),
        ('backtest(name: "b1")', ("report(maxPoints: 8)", "report(maxPoints: 9)"), False),
        ('backtest(name: "b1")', ("risk", "report"), False),
        ('instrument(symbol: "IBM")', ("bars", 'bars(snapshot: "sample")'), True),
        ('instrument(symbol: "IBM")', ("bars", 'bars(fields: ["close"])'), False),
        ('instrument(symbol: "IBM")', ("bars", 'bars(start: "2004-09-01")'), False),
        (
            'instrument(symbol: "IBM")',
            ('factorValues(factor: "f1")', 'factorValues(factor: "f1", start: "2005-01-03")'),
            False,
        ),
        (
            'calculate(expressions: ["$close"])',
            ("series", "evaluation(quantiles: 2)"),
            False,
        ),
    ],
)
async def test_ids_of_results_hold_key_and_arguments(
    ground: Ground, parent: str, fields: tuple[str, str], are_equal: bool
) -> None:
    one, other = await ids(ground, parent, fields)

    assert (one == other) is are_equal


async def test_calculations_are_told_apart(ground: Ground) -> None:
    arguments = [
        'expressions: ["$close"]',
        'expressions: ["$open"]',
        'expressions: ["$close"], maxPoints: 8',
        'expressions: ["$close"], instruments: ["IBM"]',
        'expressions: ["$close"], start: "2005-01-03"',
        'expressions: ["$nope"]',
    ]
    selection = [f"a{place}: calculate({one}) {{ id }}" for place, one in enumerate(arguments)]

    first = await ground.data("{" + " ".join(selection) + "}")
    again = await ground.data("{" + " ".join(selection) + "}")

    assert first == again
    assert len({one[0]["id"] for one in first.values()}) == len(arguments)


async def test_two_instruments_of_one_panel_are_two_series(ground: Ground) -> None:
    found = await ground.data(
        '{ one: instrument(symbol: "IBM") { factorValues(factor: "f1") { id } } '
        'other: instrument(symbol: "AAPL") { factorValues(factor: "f1") { id } } }'
    )

    assert found["one"]["factorValues"]["id"] != found["other"]["factorValues"]["id"]


# ---- entities ----


async def test_an_edit_shows_as_a_version_and_tags_stay_with_the_name(ground: Ground) -> None:
    created = await ground.data(
        'mutation { createFactor(input: { name: "edited", expression: "$high", tags: ["b", "a"] })'
        " { ... on Factor { id version isLatest tags } } }"
    )
    await ground.data(
        'mutation { updateFactor(input: { name: "edited", expression: "$low" }) { __typename } }'
    )
    await ground.data(
        "mutation M($id: ID!) { archiveEntity(id: $id) { __typename } }",
        id=created["createFactor"]["id"],
    )

    entity = "version isLatest tags archivedAt createdAt createdBy expression"
    found = await ground.data(
        f'{{ factor(name: "edited") {{ {entity} versions {{ {entity} versions {{ version }} }} }} '
        f'first: factor(name: "edited", version: 1) {{ {entity} }} '
        'listed: factors(filter: { search: "edited" }) { totalCount } '
        'all: factors(filter: { search: "edited", includeArchived: true, latestOnly: false }) '
        "{ totalCount } }"
    )

    assert created["createFactor"] == {
        "id": created["createFactor"]["id"],
        "version": 1,
        "isLatest": True,
        "tags": ["a", "b"],
    }
    newest, oldest = found["factor"]["versions"]
    assert [(one["version"], one["isLatest"]) for one in (newest, oldest)] == [
        (2, True),
        (1, False),
    ]
    assert [one["expression"] for one in (newest, oldest)] == ["$low", "$high"]
    assert newest["tags"] == oldest["tags"] == ["a", "b"]
    assert newest["archivedAt"] == oldest["archivedAt"]
    assert datetime.fromisoformat(newest["archivedAt"]).utcoffset() is not None
    assert datetime.fromisoformat(oldest["createdAt"]) <= datetime.fromisoformat(
        newest["createdAt"]
    )
    assert newest["createdBy"] == "ada"
    assert newest["versions"] == oldest["versions"] == [{"version": 2}, {"version": 1}]
    assert {k: v for k, v in oldest.items() if k != "versions"} == found["first"]
    assert (found["listed"]["totalCount"], found["all"]["totalCount"]) == (0, 2)


async def test_statuses_filter_lists(ground: Ground) -> None:
    found = await ground.data(
        '{ current: factors(filter: { statuses: [CURRENT], tags: ["chain"] }) { nodes { name } } '
        'never: factors(filter: { statuses: [NEVER_COMPUTED], tags: ["chain"] }) '
        "{ totalCount nodes { name status } } }"
    )

    assert found["current"]["nodes"] == [{"name": "f1"}]
    assert found["never"]["totalCount"] == 2
    assert {one["status"] for one in found["never"]["nodes"]} == {"NEVER_COMPUTED"}


async def test_what_has_no_results_of_its_own_is_current(ground: Ground) -> None:
    found = await ground.data(
        '{ snapshot(market: "sample") { status staleness { isStale causes { kind } } } '
        'universe(name: "us5") { status } factorSet(name: "s1") { status } }'
    )

    assert found["snapshot"] == {"status": "CURRENT", "staleness": {"isStale": False, "causes": []}}
    assert found["universe"]["status"] == found["factorSet"]["status"] == "CURRENT"


async def test_operators_are_those_of_the_language(ground: Ground) -> None:
    found = await ground.data("{ operators { name arity signature group description } }")

    assert {one["name"] for one in found["operators"]} == set(OPERATORS)


# ---- pages ----


async def pages(ground: Ground, name: str, size: str, cursor: str) -> list[str]:
    """All names of a list, walked page by page."""
    names: list[str] = []
    at: str | None = None
    while True:
        given = f'{size}: 2, filter: {{ tags: ["chain"] }}' + (f', {cursor}: "{at}"' if at else "")
        page = (
            await ground.data(
                f"{{ {name}({given}) {{ nodes {{ name }} edges {{ cursor node {{ name }} }} "
                "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }"
            )
        )[name]
        shown = [one["name"] for one in page["nodes"]]
        info = page["pageInfo"]
        assert [one["node"]["name"] for one in page["edges"]] == shown
        assert page["totalCount"] == 3
        ends = [one["cursor"] for one in page["edges"]]
        assert [info["startCursor"], info["endCursor"]] == [ends[0], ends[-1]]
        names = names + shown if size == "first" else shown + names
        at = ends[-1] if size == "first" else ends[0]
        if not info["hasNextPage" if size == "first" else "hasPreviousPage"]:
            return names


@pytest.mark.parametrize("name", ["factors", "models"])
async def test_pages_are_walked_both_ways(ground: Ground, name: str) -> None:
    forwards = await pages(ground, name, "first", "after")
    backwards = await pages(ground, name, "last", "before")

    assert forwards == backwards == [f"{name[0]}{place}" for place in (1, 2, 3)]


async def test_an_empty_page_has_no_cursors(ground: Ground) -> None:
    found = await ground.data(
        '{ factors(filter: { search: "nothing like it" }) { nodes { id } edges { cursor } '
        "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )

    assert found["factors"] == {
        "nodes": [],
        "edges": [],
        "totalCount": 0,
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


async def test_positions_and_trades_are_pages_too(ground: Ground) -> None:
    found = await ground.data(
        '{ backtest(name: "b1") { positions(on: "2011-03-01") { totalCount nodes { amount heldDays '
        "instrument { symbol } } } trades(first: 1) { totalCount pageInfo { "
        "hasNextPage endCursor } nodes { date side amount rawAmount rawPrice value } } } }"
    )
    trades = found["backtest"]["trades"]
    after = trades["pageInfo"]["endCursor"]
    rest = await ground.data(
        f'{{ backtest(name: "b1") {{ trades(after: "{after}") {{ nodes {{ side rawAmount }} '
        "pageInfo { hasNextPage hasPreviousPage } } } }"
    )

    assert found["backtest"]["positions"]["totalCount"] == 1
    assert (trades["totalCount"], trades["pageInfo"]["hasNextPage"]) == (2, True)
    assert trades["nodes"][0] | {"date": ""} == {
        "date": "",
        "side": "BUY",
        "amount": 10.0,
        "rawAmount": 5.0,
        "rawPrice": 40.0,
        "value": 200.0,
    }
    assert rest["backtest"]["trades"] == {
        "nodes": [{"side": "SELL", "rawAmount": None}],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True},
    }


# ---- columns ----


def serialized(scalar: object, column: Any) -> bytes:
    return encoded(SCALARS[scalar].serialize(column))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (np.array([0.1, np.nan, np.inf, -np.inf], np.float32), b"[0.1,null,null,null]"),
        (np.array([0.1, np.nan, np.inf, -np.inf], np.float64), b"[0.1,null,null,null]"),
        (np.array([1 / 3], np.float32), b"[0.33333334]"),
        (np.array([1 / 3], np.float64), b"[0.3333333333333333]"),
        (np.array([[1.5, 0.0], [2.5, 0.0]])[:, 0], b"[1.5,2.5]"),
        (np.arange(6, dtype=np.float32)[::2], b"[0.0,2.0,4.0]"),
        (np.array([], np.float32), b"[]"),
        ([1.0, None, 2.0], b"[1.0,null,2.0]"),
    ],
)
def test_a_column_is_plain_json(column: Any, text: bytes) -> None:
    assert serialized(FloatColumn, column) == text


def test_a_column_of_days_is_plain_json() -> None:
    days = np.array(["2024-01-31", "2024-02-29"], "datetime64[D]")

    assert serialized(DateColumn, days) == b'["2024-01-31","2024-02-29"]'
    assert serialized(DateColumn, days.astype("datetime64[ns]")) == b'["2024-01-31","2024-02-29"]'
    assert serialized(DateColumn, days[:0]) == b"[]"


async def test_missing_values_are_null(ground: Ground) -> None:
    found = await ground.data(
        '{ factor(name: "f1") { values(instruments: ["AAPL"]) { dates columns { name values '
        "instrument { symbol } } sourceCount returnedCount method } } }"
    )

    series = found["factor"]["values"]
    [column] = series["columns"]
    assert len(column["values"]) == len(series["dates"]) == series["sourceCount"]
    assert series["returnedCount"] == series["sourceCount"]
    assert column["values"][0] is None
    assert column["instrument"] == {"symbol": "AAPL"}
    assert series["method"] == "MINMAXLTTB"


async def test_more_numbers_than_an_answer_holds_are_too_large(ground: Ground) -> None:
    """The rest of the series stands, and what is asked for more modestly is there."""
    services = ground.services
    limits = replace(services.limits, max_inline_numbers=10_000)
    ground.services = replace(services, limits=limits)

    reply = await ground.ask(
        '{ factor(name: "f1") { values { dates sourceCount columns { name } } '
        'one: values { columns(names: ["IBM"]) { name } } few: values(maxPoints: 40) '
        "{ columns { name } } } }"
    )

    ground.services = services
    factor = reply.data["factor"]
    assert reply.codes == {"factor.values.columns": "TOO_LARGE"}
    assert factor["values"]["columns"] is None
    assert len(factor["values"]["dates"]) == factor["values"]["sourceCount"]
    assert factor["one"]["columns"] == [{"name": "IBM"}]
    assert len(factor["few"]["columns"]) == 5
    assert limits.max_inline_numbers != services.limits.max_inline_numbers == 200_000


@pytest.mark.parametrize("method", ["M4", "MINMAXLTTB"])
async def test_few_points_are_rows_of_all(ground: Ground, method: str) -> None:
    values = "dates columns { values }"
    found = await ground.data(
        f'{{ factor(name: "f1") {{ all: values(instruments: ["IBM"]) {{ {values} }} few: values('
        f'instruments: ["IBM"], maxPoints: 41, method: {method}) {{ {values} returnedCount }} }} }}'
    )

    whole, few = found["factor"]["all"], found["factor"]["few"]
    of_day = dict(zip(whole["dates"], whole["columns"][0]["values"], strict=True))
    assert few["returnedCount"] == len(few["dates"]) <= 40
    assert [of_day[day] for day in few["dates"]] == few["columns"][0]["values"]
    assert (few["dates"][0], few["dates"][-1]) == (whole["dates"][0], whole["dates"][-1])


async def test_a_calendar_keeps_within_its_snapshot(ground: Ground) -> None:
    found = await ground.data(
        '{ snapshot(market: "sample") { firstDate lastDate tradingDays all: calendar '
        'week: calendar(start: "2010-01-01", end: "2010-01-08") } }'
    )
    snapshot = found["snapshot"]
    assert len(snapshot["all"]) == snapshot["tradingDays"]
    assert [snapshot["all"][0], snapshot["all"][-1]] == [
        snapshot["firstDate"],
        snapshot["lastDate"],
    ]
    assert snapshot["week"] == [f"2010-01-0{day}" for day in (4, 5, 6, 7, 8)]

    for dates in ('start: "1990-01-01"', 'start: "2011-01-01", end: "2010-01-01"'):
        reply = await ground.ask(f'{{ snapshot(market: "sample") {{ calendar({dates}) }} }}')
        assert reply.codes == {"snapshot.calendar": "BAD_INPUT"}


async def test_refused_expressions_leave_the_others_alone(ground: Ground) -> None:
    found = await ground.data(
        '{ calculate(expressions: ["$close", "$nope", "1 <"], maxPoints: 8) { expression '
        "canonicalExpression series { returnedCount } evaluation { ic } "
        "problems { severity start end message } } }"
    )

    fine, unknown, broken = found["calculate"]
    assert fine["series"]["returnedCount"] <= 8
    assert fine["problems"] == []
    for refused in (unknown, broken):
        assert refused["series"] is None
        assert refused["evaluation"] is None
        assert refused["problems"][0]["severity"] == "ERROR"


async def test_calculations_wait_one_by_one(ground: Ground) -> None:
    await ground.data('{ calculate(expressions: ["$low"]) { series { id } } }')

    reply = await ground.ask(
        '{ calculate(expressions: ["$low", "$high"]) { expression series { returnedCount } } }',
        only_if_cached=True,
    )

    kept, missing = reply.data["calculate"]
    assert kept["series"]["returnedCount"] > 0
    assert missing == {"expression": "$high", "series": None}
    assert reply.codes == {"calculate.1.series": "NOT_COMPUTED"}


async def test_a_backtest_warns_beside_its_figures(ground: Ground) -> None:
    found = await ground.data('{ backtest(name: "b1") { risk { warnings } report { warnings } } }')

    told = {"warnings": ["A day has no signal."]}
    assert found["backtest"] == {"risk": told, "report": told}
