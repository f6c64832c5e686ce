"""Files of a real server, read as people read them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from live_server import ROOT, LiveServer, live_server

WAIT = {"Prefer": "wait=300"}
SHOWN = "http://127.0.0.1:8000"
MATRIX = '{ factorSet(name: "alpha20") { matrix { rows columns downloadUrl } } }'
HEAVY = ("pyarrow", "libarrow", "pandas", "lightgbm", "numba")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The sample market and the seeds; its log has every request."""
    home = tmp_path_factory.mktemp("live") / "home"
    with live_server(home, "demo", "--no-walk", workers="1", log_level="debug") as server:
        yield server


def ask(server: LiveServer, query: str) -> Any:
    answer = httpx.post(
        f"{server.url}/graphql", json={"query": query}, headers=WAIT, timeout=300
    ).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


@pytest.fixture(scope="module")
def matrix(server: LiveServer) -> dict[str, Any]:
    """A matrix that was computed."""
    found: dict[str, Any] = ask(server, MATRIX)["factorSet"]["matrix"]
    return found


def test_what_the_document_shows_works(server: LiveServer) -> None:
    section = (ROOT / "docs" / "api.md").read_text().partition("## Downloads")[2]
    [code] = re.findall(r"```python\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    assert f'pandas.read_parquet("{SHOWN}" + url)' in code
    assert f'polars.read_parquet("{SHOWN}" + url' in code

    names: dict[str, Any] = {}
    exec(code.replace(SHOWN, server.url), names)  # noqa: S102

    everything, one_factor = names["everything"], names["one_factor"]
    assert len(everything) == len(one_factor) == names["matrix"]["rows"]
    assert everything.columns.tolist()[:2] == ["date", "symbol"]
    assert one_factor.columns == ["date", "symbol", "RESI5"]
    assert one_factor["RESI5"].equals(pl.Series("RESI5", everything["RESI5"], nan_to_null=True))
    assert names["as_text"]["symbol"].tolist() == everything["symbol"].tolist()
    assert names["as_text"]["RESI5"].astype("float32").equals(everything["RESI5"])


def test_polars_fetches_the_parts_that_it_needs(server: LiveServer, matrix: dict[str, Any]) -> None:
    before = len(server.output.read_text())

    frame = pl.scan_parquet(server.url + matrix["downloadUrl"]).select("RESI5").collect()

    said = server.output.read_text()[before:]
    path = re.escape(matrix["downloadUrl"])
    assert frame.shape == (matrix["rows"], 1)
    assert set(re.findall(rf'GET {path} HTTP/1.1" (\d+)', said)) == {"206"}


def test_pandas_reads_what_polars_reads(server: LiveServer, matrix: dict[str, Any]) -> None:
    url = server.url + matrix["downloadUrl"]

    by_pandas, by_polars = pd.read_parquet(url), pl.read_parquet(url)

    assert by_pandas.columns.tolist() == by_polars.columns
    assert by_polars.columns == ["date", "symbol", *matrix["columns"]]
    for name in matrix["columns"]:
        theirs = pl.Series(name, by_pandas[name].to_numpy(), nan_to_null=True)
        assert theirs.equals(by_polars[name]), name


def test_a_download_that_broke_off_goes_on(
    server: LiveServer, matrix: dict[str, Any], tmp_path: Path
) -> None:
    url = server.url + matrix["downloadUrl"]
    with httpx.stream("GET", url) as response:
        etag, begun = response.headers["etag"], next(response.iter_raw(1000))

    rest = httpx.get(url, headers={"Range": f"bytes={len(begun)}-", "If-Range": etag})

    (tmp_path / "whole.parquet").write_bytes(begun + rest.content)
    assert rest.status_code == 206
    assert pq.read_table(tmp_path / "whole.parquet").num_rows == matrix["rows"]
    assert "Traceback" not in server.output.read_text()


def test_answers_without_a_file_are_whole_answers_too(
    server: LiveServer, matrix: dict[str, Any]
) -> None:
    url = server.url + matrix["downloadUrl"]
    with httpx.Client() as client:  # one connection, which a wrong length would spoil
        head = client.head(url)
        kept = client.get(url, headers={"If-None-Match": head.headers["etag"]})
        behind = client.get(url, headers={"Range": "bytes=99999999999-"})
        unknown = client.head(url.replace("matrix", "report"))
        whole = client.get(url)

    told = [response.status_code for response in (head, kept, behind, unknown, whole)]
    assert told == [200, 304, 416, 404, 200]
    assert (head.content, kept.content, unknown.content) == (b"", b"", b"")
    assert int(head.headers["content-length"]) == len(whole.content)
    assert int(behind.headers["content-range"].removeprefix("bytes */")) == len(whole.content)


def test_the_web_process_stays_light(server: LiveServer, matrix: dict[str, Any]) -> None:
    """What it has loaded of libraries is mapped into its memory; workers are other processes."""
    for format_ in ("parquet", "csv", "arrow"):
        response = httpx.get(f"{server.url}{matrix['downloadUrl']}?format={format_}", timeout=300)
        assert response.status_code == 200

    maps = Path(f"/proc/{server.process.pid}/maps").read_text()

    assert "numpy" in maps
    assert [name for name in HEAVY if name in maps] == []


def test_everything_that_goes_out_is_fetched(server: LiveServer) -> None:
    data = ask(
        server,
        """{ factor(name: "ROC20") { values { sourceCount downloadUrl }
          models { nodes { predictions { sourceCount downloadUrl } } }
          backtests { nodes { report { sourceCount downloadUrl } } } }
        instrument(symbol: "IBM") { bars { sourceCount downloadUrl }
          factorValues(factor: "ROC20") { sourceCount downloadUrl } }
        calculate(expressions: ["$close/$open"]) { series { sourceCount downloadUrl } } }""",
    )
    text = json.dumps(data)
    found = re.findall(r'"sourceCount": (\d+), "downloadUrl": "([^"]+)"', text)

    assert len(found) == 6
    for rows, url in found:
        assert pl.read_parquet(server.url + url).height == int(rows)
