"""Files over HTTP: in parts, on conditions, once, within bounds, and refused with a reason."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest
from asking_ground import DAYS, INDEX, Ground, until, write_days
from downloading import Fetcher, fetching, small_ground

from domain.errors import EmptyDataError, WorkerLostError
from domain.exports import PanelSource
from domain.regions import Region
from resolvers.importing import register_market
from resolvers.market_reading import read_market
from server.assembly import export_files
from server.settings import Settings

pytestmark = pytest.mark.anyio

VALUES = '{ factor(name: "momentum") { values { downloadUrl } } }'
GONE = "0" * 32


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
    """A server that has no files yet."""
    shutil.rmtree(ground.folder / "exports", ignore_errors=True)
    ground.executor.made.clear()
    async with fetching(ground) as files:
        yield files
    ground.executor.gate.set()
    ground.executor.failure = None


@pytest.fixture(scope="module")
async def url(ground: Ground) -> str:
    """Where the values of a factor are fetched."""
    return str((await ground.data(VALUES))["factor"]["values"]["downloadUrl"])


async def test_a_file_says_what_a_client_needs(files: Fetcher, url: str) -> None:
    response = await files.get(url)

    headers = response.headers
    assert response.status_code == 200
    assert headers["accept-ranges"] == "bytes"
    assert headers["cache-control"] == "private, no-cache"
    assert headers["content-type"] == "application/vnd.apache.parquet"
    assert int(headers["content-length"]) == len(response.content)
    assert headers["content-disposition"] == (
        'attachment; filename="momentum-five-20200101-20200616.parquet"'
    )
    assert headers["etag"] == f'"{files.names[0].removesuffix(".parquet")}"'
    assert "last-modified" not in headers


async def test_head_says_the_same_without_the_file(files: Fetcher, url: str) -> None:
    head, whole = await files.get(url, "HEAD"), await files.get(url)
    ranged = await files.get(url, "HEAD", range="bytes=0-1")

    assert head.status_code == ranged.status_code == 200
    assert head.content == b""
    assert head.headers == whole.headers == ranged.headers


async def test_a_client_that_has_the_file_is_not_sent_it(files: Fetcher, url: str) -> None:
    etag = (await files.get(url)).headers["etag"]
    for name in files.names:
        (files.folder / name).unlink()

    again = await files.get(url, if_none_match=f'"other", W/{etag}')

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert again.headers["cache-control"] == "private, no-cache"
    assert files.names == []


async def test_each_answer_to_another_question_has_another_etag(files: Fetcher, url: str) -> None:
    urls = [url, f"{url}&format=csv", f"{url}&format=arrow", f"{url}&instrument=AAA"]
    urls.append(url.replace("start=2020-01-01", "start=2020-01-02"))
    etags = {(await files.get(one, "HEAD")).headers["etag"] for one in urls}

    assert len(etags) == len(urls)
    assert (await files.get(f"{url}&format=parquet", "HEAD")).headers["etag"] in etags


async def test_a_part_is_sent_as_such(files: Fetcher, url: str) -> None:
    whole = await files.get(url)
    size = len(whole.content)

    first = await files.get(url, range="bytes=0-99")
    last = await files.get(url, range="bytes=-8")

    assert (first.status_code, last.status_code) == (206, 206)
    assert first.content == whole.content[:100]
    assert first.headers["content-range"] == f"bytes 0-99/{size}"
    assert first.headers["content-length"] == "100"
    assert first.headers["etag"] == whole.headers["etag"]
    assert last.content == whole.content[-8:]
    assert last.headers["content-range"] == f"bytes {size - 8}-{size - 1}/{size}"


async def test_parts_make_the_whole(files: Fetcher, url: str) -> None:
    whole = (await files.get(url)).content
    steps = range(0, len(whole), 1000)

    parts = [await files.get(url, range=f"bytes={one}-{one + 999}") for one in steps]

    assert b"".join(part.content for part in parts) == whole


async def test_a_part_of_another_file_is_the_whole_of_this_one(files: Fetcher, url: str) -> None:
    whole = await files.get(url)
    same = await files.get(url, range="bytes=0-9", if_range=whole.headers["etag"])
    other = await files.get(url, range="bytes=0-9", if_range='"other"')
    several = await files.get(url, range="bytes=0-9,20-29")

    assert same.status_code == 206
    assert (other.status_code, other.content) == (200, whole.content)
    assert (several.status_code, several.content) == (200, whole.content)


async def test_a_part_behind_the_end_is_refused(files: Fetcher, url: str) -> None:
    size = len((await files.get(url)).content)

    response = await files.get(url, range=f"bytes={size}-")

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{size}"
    assert response.json()["errors"][0]["extensions"]["code"] == "RANGE_NOT_SATISFIABLE"


async def test_a_client_may_insist_on_the_file_it_began_with(files: Fetcher, url: str) -> None:
    etag = (await files.get(url)).headers["etag"]

    assert (await files.get(url, if_match=etag)).status_code == 200
    status, code, _ = await files.refusal(url, if_match='"other"')
    assert (status, code) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_files_are_fetched_and_nothing_else(files: Fetcher, url: str, method: str) -> None:
    response = await files.get(url, method)

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert response.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("kind", ["values", "predictions", "report", "matrix"])
async def test_a_key_under_which_nothing_is_kept_is_not_found(files: Fetcher, kind: str) -> None:
    status, code, message = await files.refusal(f"/downloads/{kind}/{GONE}")

    assert (status, code) == (404, "NOT_FOUND")
    assert GONE in message
    assert "downloadUrl" in message


async def test_a_result_is_of_one_kind(files: Fetcher, url: str) -> None:
    for kind in ("predictions", "report", "matrix"):
        path = url.partition("?")[0].replace("values", kind)
        assert (await files.refusal(path))[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("old", "new", "status", "code", "sentence"),
    [
        ("universe=tiny/five:1", "universe=tiny/nope:1", 404, "NOT_FOUND", "nope"),
        ("universe=tiny/five:1", "universe=../five", 400, "BAD_INPUT", "reference"),
        ("universe=tiny/five:1", "universe=tiny/five:7", 404, "NOT_FOUND", "five:7"),
        ("factor=momentum:1", "factor=size:1", 400, "BAD_INPUT", "size:1"),
        ("factor=momentum:1", "factor=nope", 404, "NOT_FOUND", "nope"),
        ("start=2020-01-01", "start=1990-01-01", 400, "BAD_INPUT", "1990-01-01"),
        ("start=2020-01-01", "start=2020-01-32", 400, "BAD_INPUT", "2020-01-32"),
        ("end=2020-06-16", "end=2020-01-01&start=2020-02-01", 400, "BAD_INPUT", "start"),
        ("end=2020-06-16", "end=2019-12-31", 400, "BAD_INPUT", "2019-12-31"),
        ("end=2020-06-16", "end=2020-06-16&instrument=ZZZ", 400, "BAD_INPUT", "ZZZ"),
        ("end=2020-06-16", "end=2020-06-16&instrument=", 400, "BAD_INPUT", "universe"),
        ("end=2020-06-16", "format=xlsx", 400, "BAD_INPUT", "parquet, csv or arrow"),
        ("end=2020-06-16", "path=/etc/passwd", 400, "BAD_INPUT", "path"),
        ("/downloads/values/", "/downloads/secrets/", 404, "NOT_FOUND", "matrix"),
    ],
)
async def test_an_address_that_was_changed_is_refused_with_a_reason(
    files: Fetcher, url: str, old: str, new: str, status: int, code: str, sentence: str
) -> None:
    assert old in url

    told = await files.refusal(url.replace(old, new))

    assert told[:2] == (status, code)
    assert sentence in told[2]
    assert files.names == []


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/downloads/bars/tiny:1?symbol=NOPE", 404, "NOT_FOUND"),
        ("/downloads/bars/tiny:9?symbol=AAA", 404, "NOT_FOUND"),
        ("/downloads/bars/tiny:1?symbol=AAA&field=colour", 400, "BAD_INPUT"),
        ("/downloads/bars/tiny:1?symbol=../..", 404, "NOT_FOUND"),
        ("/downloads/bars/tiny:1/..", 404, "NOT_FOUND"),
        ("/downloads/", 404, "NOT_FOUND"),
    ],
)
async def test_only_what_is_catalogued_is_read(
    files: Fetcher, url: str, status: int, code: str
) -> None:
    assert (await files.refusal(url))[:2] == (status, code)


async def test_another_period_of_the_same_result_may_be_asked_for(files: Fetcher, url: str) -> None:
    whole = await files.frame(url)

    part = await files.frame(url.replace("start=2020-01-01", "start=2020-03-03"))
    column = await files.frame(f"{url}&instrument=CCC&instrument=AAA")

    assert part.equals(whole.filter(pl.col("date") >= pl.date(2020, 3, 3)))
    assert column.equals(whole.select("date", "AAA", "CCC"))


async def test_many_who_ask_at_once_have_one_file_written(
    files: Fetcher, ground: Ground, url: str
) -> None:
    ground.executor.gate.clear()
    asked = [asyncio.create_task(files.get(url)) for _ in range(5)]
    await until(lambda: ground.executor.made["ExportWork"])
    asked[0].cancel()
    ground.executor.gate.set()

    answers = await asyncio.gather(*asked[1:])

    assert {response.status_code for response in answers} == {200}
    assert len({response.content for response in answers}) == 1
    assert ground.executor.made["ExportWork"] == 1
    assert len(files.names) == 1


async def test_a_file_is_written_once_however_often_it_is_fetched(
    files: Fetcher, ground: Ground, url: str
) -> None:
    first = await files.get(url)
    async with fetching(ground) as restarted:
        second = await restarted.get(url)

    assert first.content == second.content
    assert ground.executor.made["ExportWork"] == 1


async def test_a_file_that_somebody_deleted_is_written_again(
    files: Fetcher, ground: Ground, url: str
) -> None:
    before = await files.get(url)
    (files.folder / files.names[0]).unlink()

    after = await files.get(url)

    assert after.content == before.content
    assert ground.executor.made["ExportWork"] == 2


async def test_files_that_were_not_used_for_longest_make_room(
    ground: Ground, files: Fetcher, url: str
) -> None:
    urls = [f"{url}&instrument={symbol}" for symbol in ("AAA", "BBB", "CCC")]
    size = len((await files.get(urls[0])).content)
    await files.get(urls[1])
    async with fetching(ground, capacity=int(2.5 * size)) as bounded:
        for age, one in ((200, urls[0]), (100, urls[1])):
            name = _name_of((await bounded.get(one, "HEAD")).headers["etag"])
            then = (files.folder / name).stat().st_mtime - age
            os.utime(files.folder / name, (then, then))
        await bounded.get(urls[0])  # so that it is the other that was not used for longest
        kept = [_name_of((await bounded.get(one)).headers["etag"]) for one in (urls[0], urls[2])]

        assert bounded.names == sorted(kept)


@pytest.mark.usefixtures("files")
async def test_a_file_larger_than_the_room_is_sent_all_the_same(ground: Ground, url: str) -> None:
    async with fetching(ground, capacity=0) as bounded:
        answers = await asyncio.gather(
            *(bounded.get(f"{url}&instrument={symbol}") for symbol in ("AAA", "BBB", "CCC"))
        )

        assert [response.status_code for response in answers] == [200] * 3
        assert len(bounded.names) <= 3
        await bounded.get(f"{url}&instrument=DDD")
        assert len(bounded.names) == 1


async def test_a_file_that_is_removed_while_it_is_sent_is_sent_to_its_end(
    files: Fetcher, url: str
) -> None:
    whole = (await files.get(url)).content
    export = await files.export(url)
    with await files.files.open(export) as file:
        (files.folder / files.names[0]).unlink()

        assert file.read() == whole


async def test_what_writers_that_died_left_is_swept(files: Fetcher, url: str) -> None:
    await files.get(url)
    left = files.folder / f"{GONE}.parquet-abc.unfinished"
    left.write_bytes(b"half")

    assert files.files.sweep(3600) == 0
    assert files.files.sweep(0) == 1
    assert not left.exists()
    assert len(files.names) == 1


@pytest.mark.parametrize(("scheduler", "is_swept"), [("", True), ("tcp://10.0.0.5:1", False)])
async def test_a_server_that_starts_sweeps_what_cannot_be_written_to_any_more(
    files: Fetcher, ground: Ground, scheduler: str, is_swept: bool
) -> None:
    files.folder.mkdir()
    left = files.folder / f"{GONE}.csv-abc.unfinished"
    left.write_bytes(b"half")

    given = {"scheduler": scheduler} if scheduler else {}
    await export_files(Settings(home=ground.folder, **given), ground.services)

    assert left.exists() is not is_swept


async def test_a_file_that_cannot_be_written_leaves_nothing_and_says_why(
    files: Fetcher, ground: Ground, url: str
) -> None:
    ground.executor.failure = WorkerLostError("The process that computed died.")
    assert (await files.refusal(url))[:2] == (503, "WORKER_LOST")
    ground.executor.failure = EmptyDataError("There is nothing.")
    assert await files.refusal(url) == (404, "NO_DATA", "There is nothing.")
    ground.executor.failure = RuntimeError("a bug")
    status, code, message = await files.refusal(url)
    assert (status, code) == (500, "INTERNAL")
    assert "bug" not in message
    ground.executor.failure = None

    assert (await files.get(url)).status_code == 200


async def test_a_result_that_lost_its_file_is_missing_until_it_is_computed_again(
    files: Fetcher, ground: Ground
) -> None:
    asked = '{ calculate(expressions: ["$low/$high"]) { series { downloadUrl } } }'
    [calculated] = (await ground.data(asked))["calculate"]
    export = await files.export(calculated["series"]["downloadUrl"])
    assert isinstance(export.content.source, PanelSource)
    digest = export.content.source.panel.values
    (ground.store.root / digest[:2] / f"{digest}.npy").unlink()

    status, code, message = await files.refusal(calculated["series"]["downloadUrl"])
    assert (status, code) == (404, "ARTIFACT_MISSING")
    assert digest in message

    [again] = (await ground.data(asked))["calculate"]
    assert (await files.get(again["series"]["downloadUrl"])).status_code == 200


async def test_what_is_kept_goes_out_though_its_data_is_gone_and_bars_do_not(
    files: Fetcher, ground: Ground, url: str
) -> None:
    data = ground.folder / "data1"
    moved = data.rename(ground.folder / "elsewhere")
    try:
        kept = await files.get(f"{url}&instrument=EEE")
        bars = await files.refusal("/downloads/bars/tiny:1?symbol=EEE")
    finally:
        moved.rename(data)

    assert pl.read_parquet(BytesIO(kept.content)).columns == ["date", "EEE"]
    assert bars[:2] == (409, "DATA_DIRECTORY")
    assert str(data) in bars[2]


async def test_bars_that_were_changed_are_refused(files: Fetcher, ground: Ground) -> None:
    path = ground.folder / "data1" / "features" / "ddd" / "low.day.bin"
    before, status = path.read_bytes(), path.stat()
    path.write_bytes(before + before[-4:])
    try:
        refused = await files.refusal("/downloads/bars/tiny:1?symbol=DDD")
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert refused[:2] == (409, "SNAPSHOT_CHANGED")


async def test_a_universe_of_another_market_is_refused(
    files: Fetcher, ground: Ground, url: str
) -> None:
    target = ground.folder / "other"
    write_days(target, DAYS, (), more_universes={"few": ("AAA", "BBB")})
    await register_market(ground.database, "other", read_market(target, Region.US, INDEX), "ada")

    status, code, message = await files.refusal(url.replace("tiny/five:1", "other/few:1"))

    assert (status, code) == (400, "BAD_INPUT")
    assert "other/few:1 is not of the market tiny" in message


async def test_pages_of_allowed_origins_may_read_what_is_told(ground: Ground, url: str) -> None:
    origin = "https://lab.example.org"
    async with fetching(ground, allowed_origins=origin) as files:
        response = await files.get(url, origin=origin)
        asked = await files.get(
            url,
            "OPTIONS",
            origin=origin,
            access_control_request_method="GET",
            access_control_request_headers="range, if-range, if-none-match",
        )

    exposed = response.headers["access-control-expose-headers"].lower().split(", ")
    assert response.headers["access-control-allow-origin"] == origin
    assert {"etag", "content-range", "accept-ranges", "content-disposition"} <= set(exposed)
    assert asked.status_code == 200


def _name_of(etag: str) -> str:
    return f"{etag.strip(chr(34))}.parquet"
