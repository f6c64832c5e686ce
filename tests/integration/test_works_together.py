"""Panels of one ground that are asked for at once: one work, and for each an end of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copyfile

import pytest
from asking_ground import MEMBERS, Ground, write_days

sys.path.insert(0, str(Path(__file__).parent / "works"))  # workers find there what marks

from marked_panels import DEADLY, forget_marks, marks

from bars.stamp import stamp
from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from compute.executor import ATTEMPTS, DaskExecutor
from compute.gathering import MOST_TOGETHER
from compute.panels import compute_panels, compute_together
from compute.progress import STARTED, ProgressReport, unheard
from compute.shadow import SHARE_VARIABLE
from domain.errors import BadInputError, DataDirectoryError, WorkerLostError
from domain.work import Bars, Outcome, PanelsTogether, PanelsWork, Peers
from resolvers.facts import Facts
from resolvers.running import Runner
from resolvers.services import Services

pytestmark = pytest.mark.anyio

PERFORMERS = {
    PanelsWork: "marked_panels:alone",
    PanelsTogether: "marked_panels:together",
}
EXPRESSIONS = tuple(f"Mean($close,{days})" for days in range(2, 12))


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("together") / "market"
    write_days(path, 60, ())
    return path


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> LocalArtifacts:
    return LocalArtifacts(tmp_path_factory.mktemp("artifacts"))


@pytest.fixture
def store(artifacts: LocalArtifacts) -> LocalArtifacts:
    """The artifacts, with no mark of an earlier test."""
    forget_marks(artifacts)
    return artifacts


@pytest.fixture(scope="module")
async def executor(
    artifacts: LocalArtifacts, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[DaskExecutor]:
    folder = tmp_path_factory.mktemp("dask")
    executor = DaskExecutor(artifacts, 2, folder, performers=PERFORMERS)
    yield executor
    await executor.close()


def work_on(market: Path, expression: str) -> PanelsWork:
    return PanelsWork(Bars(str(market), "us", stamp(market)), (expression,), MEMBERS)


async def ends_of(
    executor: DaskExecutor, works: Sequence[PanelsWork]
) -> list[Outcome | BaseException]:
    """What becomes of works that are asked for at once."""
    asking = [
        executor.run(work, key=f"{work.bars.stamp}{work.expressions}", report=unheard)
        for work in works
    ]
    return await asyncio.gather(*asking, return_exceptions=True)


async def test_what_is_asked_at_once_is_one_work_with_the_values_that_each_has_alone(
    executor: DaskExecutor, market: Path, store: LocalArtifacts, tmp_path: Path
) -> None:
    works = [work_on(market, one) for one in EXPRESSIONS]
    ends = await ends_of(executor, works)
    assert marks(store) == [set(EXPRESSIONS)]
    for work, end in zip(works, ends, strict=True):
        alone = compute_panels(work, LocalArtifacts(tmp_path / "alone"), unheard)
        assert isinstance(end, Outcome)
        assert end == replace(alone, seconds=end.seconds)
        assert end.seconds > 0


async def test_one_that_fails_fails_alone(
    executor: DaskExecutor, market: Path, store: LocalArtifacts
) -> None:
    works = [work_on(market, one) for one in (*EXPRESSIONS[:6], "CSRank($close)", "$close + 1")]
    *good, compared, written = await ends_of(executor, works)
    assert len(marks(store)) == 1
    assert all(isinstance(end, Outcome) for end in good)
    assert isinstance(compared, BadInputError)
    assert str(compared).startswith("CSRank($close) compares the members of a universe")
    assert isinstance(written, BadInputError)
    assert "not in canonical form" in str(written)


async def test_a_field_that_cannot_be_read_fails_who_reads_it(
    executor: DaskExecutor, tmp_path: Path, store: LocalArtifacts
) -> None:
    write_days(tmp_path / "broken", 60, ())
    with (tmp_path / "broken" / "features" / "ccc" / "volume.day.bin").open("ab") as file:
        file.write(b"odd")
    texts = ("$close", "$open", "$volume", "$high", "$low")
    ends = await ends_of(executor, [work_on(tmp_path / "broken", text) for text in texts])
    assert len(marks(store)) == 1
    assert [type(end) for end in ends] == [Outcome, Outcome, DataDirectoryError, Outcome, Outcome]


async def test_who_gives_up_before_the_work_is_sent_is_left_out(
    executor: DaskExecutor, market: Path, store: LocalArtifacts
) -> None:
    asking = [
        asyncio.create_task(executor.run(work_on(market, one), key=one, report=unheard))
        for one in EXPRESSIONS[:3]
    ]
    await asyncio.sleep(0)
    asking[1].cancel()
    first, second, third = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(second, asyncio.CancelledError)
    assert isinstance(first, Outcome)
    assert isinstance(third, Outcome)
    assert marks(store) == [{EXPRESSIONS[0], EXPRESSIONS[2]}]


async def test_who_gives_up_later_leaves_it_to_the_others(
    executor: DaskExecutor, market: Path, store: LocalArtifacts
) -> None:
    sent = asyncio.Event()
    asking = [
        asyncio.create_task(
            executor.run(work_on(market, one), key=one, report=lambda _: sent.set())
        )
        for one in EXPRESSIONS[:3]
    ]
    await sent.wait()
    asking[0].cancel()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError, Outcome, Outcome]
    assert marks(store) == [set(EXPRESSIONS[:3])]


async def test_each_hears_how_far_all_are(executor: DaskExecutor, market: Path) -> None:
    heard: list[list[ProgressReport]] = [[], []]
    asking = [
        executor.run(work_on(market, one), key=one, report=heard[place].append)
        for place, one in enumerate(EXPRESSIONS[:2])
    ]
    await asyncio.gather(*asking)
    assert heard[0] == heard[1]
    assert heard[0][0] == ProgressReport(STARTED)
    assert heard[0][-1].done == heard[0][-1].total == len(MEMBERS)


async def test_two_workers_end_whatever_is_asked_of_many_grounds(
    executor: DaskExecutor, market: Path, store: LocalArtifacts
) -> None:
    count = 2 * MOST_TOGETHER
    listed = [work_on(market, f"Mean($close,{days})") for days in range(2, 2 + count)]
    fewer = [replace(work, symbols=MEMBERS[:2]) for work in listed[:5]]
    always = {one: ((date(2020, 1, 1), None),) for one in MEMBERS}
    compared = [
        replace(work_on(market, f"CSRank(Mean($close,{days}))"), peers=Peers(always, {}))
        for days in range(2, 7)
    ]
    works = [*listed, *fewer, *compared]
    asking = [
        executor.run(work, key=str(place), report=unheard) for place, work in enumerate(works)
    ]
    async with asyncio.timeout(60):
        ends = await asyncio.gather(*asking)
    assert all(len(end.document["panels"]) == 1 for end in ends)
    assert len(marks(store)) == 4


async def test_the_others_go_on_when_the_worker_dies_of_one(
    executor: DaskExecutor, market: Path, store: LocalArtifacts
) -> None:
    works = [work_on(market, one) for one in (EXPRESSIONS[0], DEADLY, EXPRESSIONS[1])]
    first, dead, last = await ends_of(executor, works)
    assert isinstance(first, Outcome)
    assert isinstance(last, Outcome)
    assert isinstance(dead, WorkerLostError)
    assert sum(DEADLY in mark for mark in marks(store)) == ATTEMPTS


def test_a_second_look_counts_for_what_was_looked_at(
    market: Path, store: LocalArtifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    works = (work_on(market, "Mean($close,5)"), work_on(market, "TsArgMax($close,5)"))
    parts = compute_together(PanelsTogether(works), store, unheard).each
    documents = [part.document for part in parts if isinstance(part, Outcome)]
    assert documents[0]["shadow"] == {"checked": len(MEMBERS), "different": 0}
    assert "shadow" not in documents[1]  # Qlib has no such operator


CALCULATE = """{ calculate(expressions: [%s]) {
    canonicalExpression series { columns { name values } provenance { key } } } }"""


async def test_the_expressions_of_one_operation_are_one_plan_and_runs_of_their_own(
    sqlite_template: Path, tmp_path: Path
) -> None:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    executor = DaskExecutor(ground.store, 2, tmp_path / "dask", performers=PERFORMERS)
    runner = Runner(database, ground.store, executor, "workers")
    workers = Services(database, ground.store, Facts(), runner, ground.limits)
    try:
        await ground.import_data()
        texts = ", ".join(f'"{text}"' for text in EXPRESSIONS)
        hasty = await ground.ask(CALCULATE % texts, services=workers, wait=0)
        ids = {str((error.extensions or {}).get("runId")) for error in hasty.errors}
        assert len(ids) == len(EXPRESSIONS)
        computed = await ground.data(CALCULATE % texts, services=workers)
        runs = [await ground.data(f'{{ run(id: "{run_id}") {{ state }} }}') for run_id in ids]
        assert all(run == {"run": {"state": "SUCCEEDED"}} for run in runs)
        assert marks(ground.store) == [set(EXPRESSIONS)]
    finally:
        await runner.close()
    keys = {one["series"]["provenance"]["key"] for one in computed["calculate"]}
    assert len(keys) == len(EXPRESSIONS)
    await database.close()
