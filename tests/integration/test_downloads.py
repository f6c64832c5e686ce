"""Whatever is shown goes out undiminished, by an address that says itself what it is."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asking_ground import ALL_DAYS, DAYS, MEMBERS, STRANGER, Ground
from downloading import Fetcher, fetching, small_ground

from resolvers.services import Limits

pytestmark = pytest.mark.anyio

COLUMNS = "dates columns { name values } downloadUrl sourceCount"
MATRIX = """{ factorSet(name: "both") { matrix { rows columns downloadUrl
    preview(first: 7) { dates symbols columns { name values instrument { symbol } } } } } }"""
SERIES = {
    "values of a factor": ('factor(name: "momentum") { values%s { %s } }', ""),
    "some instruments of some days": (
        'factor(name: "size") { values%s { %s } }',
        '(instruments: ["CCC", "AAA"], start: "2020-02-03", end: "2020-05-30")',
    ),
    "predictions": ('model(name: "trees") { predictions%s { %s } }', '(instruments: ["BBB"])'),
    "bars": ('instrument(symbol: "ZZZ") { bars%s { %s } }', '(fields: ["volume", "$close"])'),
    "all bars": ('instrument(symbol: "ZZZ") { bars%s { %s } }', ""),
    "values of one instrument": (
        'instrument(symbol: "ZZZ") { factorValues%s { %s } }',
        '(factor: "momentum", start: "2020-03-02")',
    ),
    "a calculation": ("calculate%s { series { %s } }", '(expressions: ["$high/$low"])'),
}


@pytest.fixture(scope="module")
async def ground(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ground]:
    """A market on SQLite, since none of this depends on the database."""
    folder = tmp_path_factory.mktemp("downloads")
    async with small_ground(sqlite_template, folder) as ground:
        yield ground


@pytest.fixture
async def files(ground: Ground) -> AsyncIterator[Fetcher]:
    async with fetching(ground) as files:
        yield files


def innermost(data: Any) -> dict[str, Any]:
    """The object that has a download."""
    while "downloadUrl" not in data:
        data = next(iter(data.values())) if isinstance(data, dict) else data[0]
    return data


def same(frame: pl.DataFrame, name: str, values: list[float | None]) -> bool:
    """Whether a column has the numbers of a JSON column."""
    dtype = {pl.Float32: np.float32, pl.Float64: np.float64}[frame.schema[name]]  # type: ignore[index]
    shown = [None if value is None else float(dtype(value)) for value in values]
    return frame[name].to_list() == shown


@pytest.mark.parametrize("name", SERIES)
async def test_a_series_goes_out_with_the_numbers_that_are_shown(
    ground: Ground, files: Fetcher, name: str
) -> None:
    question, arguments = SERIES[name]
    shown = innermost(await ground.data(f"{{ {question % (arguments, COLUMNS)} }}"))

    frame = await files.frame(shown["downloadUrl"])

    assert shown["downloadUrl"].startswith("/downloads/")
    assert frame.columns == ["date", *(column["name"] for column in shown["columns"])]
    assert frame["date"].cast(str).to_list() == shown["dates"]
    assert all(same(frame, one["name"], one["values"]) for one in shown["columns"])
    assert sum(frame.null_count().row(0)) < frame.height * frame.width / 2


@pytest.mark.parametrize("name", SERIES)
async def test_what_is_thinned_or_too_large_to_show_goes_out_whole(
    ground: Ground, files: Fetcher, name: str
) -> None:
    question, arguments = SERIES[name]
    services = replace(ground.services, limits=Limits(max_inline_numbers=3))
    thinned = arguments[:-1] + ", maxPoints: 4)" if arguments else "(maxPoints: 4)"
    asked = question % (thinned, "downloadUrl sourceCount returnedCount columns { name }")
    reply = await ground.ask(f"{{ {asked} }}", services)
    shown = innermost(reply.data)

    frame = await files.frame(shown["downloadUrl"])

    assert set(reply.codes.values()) == {"TOO_LARGE"}
    assert shown["returnedCount"] < shown["sourceCount"] == frame.height


async def test_addresses_are_readable(ground: Ground) -> None:
    asked = '(instruments: ["CCC", "AAA"], start: "2020-02-03", end: "2020-05-30")'
    values = await ground.data(
        f'{{ factor(name: "size") {{ values{asked} {{ downloadUrl provenance {{ key }} }} }} }}'
    )
    bars = await ground.data(
        '{ instrument(symbol: "ZZZ") { bars(start: "2020-02-03", fields: ["low"])'
        " { downloadUrl } } }"
    )

    found = values["factor"]["values"]
    assert found["downloadUrl"] == (
        f"/downloads/values/{found['provenance']['key']}?factor=size:1&universe=tiny/five:1"
        "&start=2020-02-03&end=2020-05-30&instrument=AAA&instrument=CCC"
    )
    assert bars["instrument"]["bars"]["downloadUrl"] == (
        f"/downloads/bars/tiny:1?symbol=ZZZ&start=2020-02-03&end={ALL_DAYS[DAYS - 1]}&field=low"
    )


async def test_an_address_that_asks_for_all_members_names_none(ground: Ground) -> None:
    every = ", ".join(f'"{symbol}"' for symbol in reversed(MEMBERS))
    asked = f"some: values(instruments: [{every}]) {{ downloadUrl }} all: values {{ downloadUrl }}"

    found = (await ground.data(f'{{ factor(name: "size") {{ {asked} }} }}'))["factor"]

    assert found["some"] == found["all"]


async def test_a_report_goes_out_with_the_figures_that_are_shown(
    ground: Ground, files: Fetcher
) -> None:
    names = "account portfolioReturn benchmarkReturn cost turnover value cash"
    names += " cumulativeReturn cumulativeExcess drawdown"
    data = await ground.data(
        f'{{ backtest(name: "on-trees") {{ report {{ dates {names} downloadUrl }} }} }}'
    )
    shown = data["backtest"]["report"]

    frame = await files.frame(shown["downloadUrl"])

    assert frame.columns == ["date", *names.split()]
    assert frame["date"].cast(str).to_list() == shown["dates"]
    assert all(same(frame, name, shown[name]) for name in names.split())


async def test_a_matrix_goes_out_as_it_is_previewed(ground: Ground, files: Fetcher) -> None:
    shown = (await ground.data(MATRIX))["factorSet"]["matrix"]

    frame = await files.frame(shown["downloadUrl"])

    preview = shown["preview"]
    assert shown["rows"] == frame.height == DAYS * len(MEMBERS)
    assert frame.columns == ["date", "symbol", "momentum", "size"]
    assert frame.schema["momentum"] == pl.Float32
    assert shown["columns"] == ["momentum", "size"]
    head = frame.head(7)
    assert head["date"].cast(str).to_list() == preview["dates"]
    assert head["symbol"].to_list() == preview["symbols"] == [*MEMBERS, "AAA", "BBB"]
    assert all(same(head, one["name"], one["values"]) for one in preview["columns"])
    assert [one["instrument"] for one in preview["columns"]] == [None, None]
    assert frame.equals(frame.sort("date", "symbol"))


async def test_a_column_of_a_matrix_is_the_values_of_its_factor(
    ground: Ground, files: Fetcher
) -> None:
    matrix = (await ground.data(MATRIX))["factorSet"]["matrix"]
    values = await ground.data(
        '{ factor(name: "momentum") { values { columns { name values } } } }'
    )

    frame = await files.frame(matrix["downloadUrl"])

    for column in values["factor"]["values"]["columns"]:
        of_symbol = frame.filter(pl.col("symbol") == column["name"])
        assert same(of_symbol, "momentum", column["values"])


@pytest.mark.parametrize("format_", ["parquet", "csv", "arrow"])
async def test_every_format_has_the_same_numbers(
    ground: Ground, files: Fetcher, format_: str
) -> None:
    url = (await ground.data(MATRIX))["factorSet"]["matrix"]["downloadUrl"]
    expected = await files.frame(url)

    response = await files.get(f"{url}?format={format_}")

    read = {
        "parquet": pl.read_parquet,
        "csv": lambda file: pl.read_csv(file, try_parse_dates=True, schema_overrides=floats),
        "arrow": pl.read_ipc,
    }[format_]
    floats = {"momentum": pl.Float32, "size": pl.Float32}
    assert read(BytesIO(response.content)).equals(expected)
    assert (
        response.headers["content-type"]
        == {
            "parquet": "application/vnd.apache.parquet",
            "csv": "text/csv; charset=utf-8",
            "arrow": "application/vnd.apache.arrow.file",
        }[format_]
    )
    assert response.headers["content-disposition"] == f'attachment; filename="both-five.{format_}"'


async def test_missing_values_are_null_and_empty(ground: Ground, files: Fetcher) -> None:
    data = await ground.data('{ factor(name: "momentum") { values { downloadUrl } } }')
    url = data["factor"]["values"]["downloadUrl"]

    text = (await files.get(f"{url}&format=csv")).text
    table = pq.read_table(BytesIO((await files.get(url)).content))
    stream = (await files.get(f"{url}&format=arrow")).content

    assert text.splitlines()[1] == f"{ALL_DAYS[0]},,,,,"
    assert table["AAA"].null_count == 3
    assert pa.ipc.open_file(stream).read_all().equals(table)
    assert not np.isnan(table["AAA"].drop_null().to_numpy()).any()


async def test_a_file_says_what_it_is(ground: Ground, files: Fetcher) -> None:
    data = await ground.data(
        '{ factor(name: "momentum") { values { downloadUrl provenance { key engine computedAt'
        " snapshot { fingerprint } } } } }"
    )
    shown = data["factor"]["values"]
    provenance = shown["provenance"]

    schema = pq.read_schema(BytesIO((await files.get(shown["downloadUrl"])).content))

    unit = "as its expression gives it"
    assert json.loads(schema.metadata[b"qatlas"]) == {
        "kind": "values",
        "factor": "momentum:1",
        "expression": "Sub(Div($close,Ref($close,3)),1)",
        "universe": "tiny/five:1",
        "start": str(ALL_DAYS[0]),
        "end": str(ALL_DAYS[DAYS - 1]),
        "key": provenance["key"],
        "snapshot": "tiny:1",
        "fingerprint": provenance["snapshot"]["fingerprint"],
        "engine": provenance["engine"],
        "computedAt": provenance["computedAt"],
        "units": dict.fromkeys(MEMBERS, unit),
    }
    assert schema.field("AAA").metadata == {
        b"unit": unit.encode(),
        b"expression": b"Sub(Div($close,Ref($close,3)),1)",
    }


@pytest.mark.parametrize(
    ("question", "kind", "named", "units"),
    [
        (
            'model(name: "trees") { predictions { downloadUrl } }',
            "predictions",
            {"model": "trees:1"},
            {"AAA": "as the label of its model"},
        ),
        (
            'backtest(name: "on-trees") { report { downloadUrl } }',
            "report",
            {"backtest": "on-trees:1", "benchmark": "IDX"},
            {"account": "currency of the market", "drawdown": "fraction"},
        ),
        (
            'factorSet(name: "both") { matrix(end: "2020-03-31") { downloadUrl } }',
            "matrix",
            {"factorSet": "both:1", "universe": "tiny/five:1", "end": "2020-03-31"},
            {"size": "as its expression gives it"},
        ),
        (
            'instrument(symbol: "ZZZ") { bars { downloadUrl } }',
            "bars",
            {"symbol": STRANGER, "snapshot": "tiny:1", "start": str(ALL_DAYS[0])},
            {"close": "currency of the market per share, adjusted", "change": "fraction"},
        ),
    ],
)
async def test_every_kind_of_file_names_what_it_is_of(
    ground: Ground,
    files: Fetcher,
    question: str,
    kind: str,
    named: dict[str, str],
    units: dict[str, str],
) -> None:
    url = innermost(await ground.data(f"{{ {question} }}"))["downloadUrl"]

    schema = pq.read_schema(BytesIO((await files.get(url)).content))

    about = json.loads(schema.metadata[b"qatlas"])
    assert about["kind"] == kind
    assert about["snapshot"] == "tiny:1"
    assert about.items() >= named.items()
    assert about["units"].items() >= units.items()
    assert all(schema.field(name).metadata[b"unit"] for name in schema.names if name in units)


async def test_a_factor_that_was_calculated_before_it_was_saved_goes_out_under_its_name(
    ground: Ground, files: Fetcher
) -> None:
    calculated = innermost(
        await ground.data('{ calculate(expressions: ["$high/$low"]) { series { downloadUrl } } }')
    )
    await ground.data(
        'mutation { createFactor(input: { name: "range", expression: "$high/$low" })'
        " { __typename } }"
    )
    saved = innermost(await ground.data('{ factor(name: "range") { values { downloadUrl } } }'))

    nameless = await files.get(calculated["downloadUrl"], "HEAD")
    named = await files.get(saved["downloadUrl"], "HEAD")

    assert 'filename="values-five-' in nameless.headers["content-disposition"]
    assert 'filename="range-five-' in named.headers["content-disposition"]
