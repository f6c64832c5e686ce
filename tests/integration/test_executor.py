"""The executor on a real cluster: what comes back, what is tried again, and what is left."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psutil
import pytest

WORKS = Path(__file__).parent / "works"
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(WORKS))  # workers find there what performs the trial works

from trial_works import Counting, Dying, Raising  # noqa: E402

from bars.stamp import stamp  # noqa: E402
from catalog.artifacts import LocalArtifacts  # noqa: E402
from compute.executor import ATTEMPTS, DaskExecutor  # noqa: E402
from compute.progress import STARTED, ProgressReport, unheard  # noqa: E402
from domain.errors import EmptyDataError, WorkerLostError  # noqa: E402
from domain.keys import canonical_json  # noqa: E402
from domain.period import Period, Segments  # noqa: E402
from domain.specs import ModelKind, Processors  # noqa: E402
from domain.work import Bars, TrainingWork  # noqa: E402

pytestmark = pytest.mark.anyio

DAYS = Period(date(2020, 1, 1), date(2020, 2, 1))
TRAINING = TrainingWork(
    bars=Bars("/data", "us", "0" * 32),
    kind=ModelKind.LIGHTGBM,
    parameters={"num_leaves": 4},
    seed=1,
    features=(("CLOSE", "$close"),),
    label="Ref($close,-1)",
    members={"AAA": ((date(2020, 1, 1), None),)},
    segments=Segments(DAYS, DAYS, DAYS),
    processors=Processors(),
)

PERFORMERS = {
    TrainingWork: "trial_works:describe",
    Counting: "trial_works:count",
    Dying: "trial_works:die",
    Raising: "trial_works:fail",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("executor")


@pytest.fixture(scope="module")
def store(folder: Path) -> LocalArtifacts:
    return LocalArtifacts(folder / "artifacts")


@pytest.fixture(scope="module")
async def executor(store: LocalArtifacts, folder: Path) -> AsyncIterator[DaskExecutor]:
    # Dask leaves what it gave to earlier workers in this process, and gives it to later ones, too.
    for name in (
        "OMP_NUM_THREADS",
        "OMP_WAIT_POLICY",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    ):
        os.environ.pop(name, None)
    executor = DaskExecutor(store, 2, folder / "dask", performers=PERFORMERS)
    yield executor
    await executor.close()


async def test_work_is_done_in_another_process(
    executor: DaskExecutor, store: LocalArtifacts
) -> None:
    outcome = await executor.run(Counting(5), key="numbers", report=unheard)
    assert outcome.document["pid"] != os.getpid()
    assert store.open_array(outcome.artifacts["numbers"]).tolist() == [0, 1, 2, 3, 4]
    assert outcome.bytes == store.size_of(outcome.artifacts["numbers"])
    assert outcome.seconds > 0


async def test_work_arrives_as_it_was_sent(executor: DaskExecutor, sample_directory: Path) -> None:
    work = replace(TRAINING, bars=Bars(str(sample_directory), "us", stamp(sample_directory)))
    outcome = await executor.run(work, key="training", report=unheard)
    assert outcome.document["work"] == canonical_json(work)


async def test_workers_hash_alike_and_have_a_folder_of_their_own(
    executor: DaskExecutor, folder: Path
) -> None:
    document = (await executor.run(Counting(1), key="surroundings", report=unheard)).document
    plain = subprocess.run(
        [sys.executable, "-c", "print(hash('qatlas'))"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        check=True,
    )
    assert document["hash"] == int(plain.stdout)
    assert Path(document["folder"]).is_relative_to(folder / "dask")
    cores = os.cpu_count() or 1
    assert document["threads"] == [str(cores), "PASSIVE", str(max(1, cores // 2))]


async def test_progress_is_heard_while_the_work_goes_on(executor: DaskExecutor) -> None:
    heard: list[ProgressReport] = []
    halfway = asyncio.Event()

    def hear(report: ProgressReport) -> None:
        heard.append(report)
        if report.done >= 2:
            halfway.set()

    running = asyncio.create_task(executor.run(Counting(5, 1.0), key="steps", report=hear))
    await halfway.wait()
    assert not running.done()
    await running
    assert heard[0] == ProgressReport(STARTED)
    assert heard[-1] == ProgressReport("counting", 5, 5)
    assert [report.done for report in heard] == sorted(report.done for report in heard)


async def test_one_key_is_computed_once_however_many_ask(executor: DaskExecutor) -> None:
    asking = [executor.run(Counting(2, 0.3), key="shared", report=unheard) for _ in range(20)]
    assert len({outcome.seconds for outcome in await asyncio.gather(*asking)}) == 1


async def test_two_keys_are_computed_side_by_side(executor: DaskExecutor) -> None:
    asking = [executor.run(Counting(2, 0.5), key=key, report=unheard) for key in "ab"]
    assert len({outcome.document["pid"] for outcome in await asyncio.gather(*asking)}) == 2


async def test_who_gives_up_does_not_cancel_it_for_the_others(executor: DaskExecutor) -> None:
    started = asyncio.Event()
    first = asyncio.create_task(
        executor.run(Counting(2, 0.6), key="patience", report=lambda _: started.set())
    )
    await started.wait()
    second = asyncio.create_task(executor.run(Counting(2, 0.6), key="patience", report=unheard))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).artifacts


async def test_the_loop_answers_while_a_computation_starts_and_runs(
    store: LocalArtifacts, folder: Path
) -> None:
    fresh = DaskExecutor(store, 1, folder / "fresh", performers=PERFORMERS)
    turns = 0
    running = asyncio.create_task(fresh.run(Counting(2, 0.3), key="fresh", report=unheard))
    while not running.done():
        await asyncio.sleep(0.02)
        turns += 1
    await fresh.close()
    assert turns > 10


async def test_a_worker_that_dies_twice_is_tried_a_third_time(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    heard: list[ProgressReport] = []
    outcome = await executor.run(Dying(2, tmp_path), key="dying", report=heard.append)
    assert outcome.document == {"deaths": 2}
    assert heard[-1] == ProgressReport(STARTED, attempt=3)


async def test_a_worker_that_dies_three_times_is_lost(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    with pytest.raises(WorkerLostError, match="died 3 times"):
        await executor.run(Dying(99, tmp_path), key="dead", report=unheard)
    assert len(list(tmp_path.iterdir())) == ATTEMPTS
    assert (await executor.run(Counting(1), key="after", report=unheard)).artifacts


async def test_an_error_of_the_work_is_told_as_it_is_and_not_tried_again(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    with pytest.raises(EmptyDataError, match="no close of MSFT") as caught:
        await executor.run(Raising("EmptyDataError", tmp_path), key="empty", report=unheard)
    assert caught.value.field == "input.period"
    assert caught.value.code == "NO_DATA"
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_key_that_failed_is_computed_anew(executor: DaskExecutor, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            await executor.run(Raising("other", tmp_path), key="again", report=unheard)
    assert len(list(tmp_path.iterdir())) == 2


async def test_an_error_of_a_library_is_told_without_the_library(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="EmptyDataError: No columns") as caught:
        await executor.run(Raising("pandas", tmp_path), key="library", report=unheard)
    assert "trial_works.py" in caught.value.__notes__[0]


async def test_an_error_that_cannot_travel_is_told_by_its_sentence(
    executor: DaskExecutor, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="StubbornError: 1 is not 2"):
        await executor.run(Raising("stubborn", tmp_path), key="stubborn", report=unheard)


async def test_an_address_where_nothing_answers_is_named(
    store: LocalArtifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compute.cluster._CONNECT_SECONDS", 0.2)
    executor = DaskExecutor(store, 1, tmp_path, "tcp://127.0.0.1:9", PERFORMERS)
    with pytest.raises(WorkerLostError, match=r"127\.0\.0\.1:9"):
        await executor.run(Counting(1), key="nobody", report=unheard)
    await executor.close()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with a worker that somebody else runs."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        yield cluster.scheduler_address


async def test_a_scheduler_elsewhere_does_the_same_work(
    scheduler: str, store: LocalArtifacts, tmp_path: Path
) -> None:
    heard: list[ProgressReport] = []
    for turn in ("first", "second"):  # leaving a scheduler does not end it
        guest = DaskExecutor(store, 2, tmp_path, scheduler, PERFORMERS)
        outcome = await guest.run(Counting(3), key=turn, report=heard.append)
        await guest.close()
        assert store.open_array(outcome.artifacts["numbers"]).tolist() == [0, 1, 2]
    assert [report.phase for report in heard].count(STARTED) == 2


@pytest.mark.parametrize("protocol", ["tls", "tcp"])
async def test_others_on_the_machine_cannot_send_work(
    executor: DaskExecutor,
    store: LocalArtifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    protocol: str,
) -> None:
    monkeypatch.setattr("compute.cluster._CONNECT_SECONDS", 1.0)
    await executor.run(Counting(1), key=f"alone {protocol}", report=unheard)
    connection = await executor._connected()
    port = connection.cluster.scheduler_address.rpartition(":")[2]
    other = DaskExecutor(store, 1, tmp_path, f"{protocol}://127.0.0.1:{port}", PERFORMERS)
    with pytest.raises(WorkerLostError, match="No Dask scheduler answers"):
        await other.run(Counting(1), key="intruder", report=unheard)
    await other.close()


async def test_nothing_listens_to_other_machines(executor: DaskExecutor) -> None:
    await executor.run(Counting(1), key="listening", report=unheard)
    processes = [psutil.Process(), *_descendants(os.getpid())]
    listening = [
        socket.laddr
        for process in processes
        for socket in process.net_connections()
        if socket.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert 8787 not in {address.port for address in listening}


async def test_closing_ends_every_process_and_tells_those_who_wait(
    store: LocalArtifacts, folder: Path
) -> None:
    before = set(_descendants(os.getpid()))
    executor = DaskExecutor(store, 1, folder / "closing", performers=PERFORMERS)
    started = asyncio.Event()
    waiting = asyncio.create_task(
        executor.run(Counting(9, 600.0), key="endless", report=lambda _: started.set())
    )
    await started.wait()
    begun = set(_descendants(os.getpid())) - before
    assert begun
    await executor.close()
    with pytest.raises(WorkerLostError, match="shutting down"):
        await waiting
    with pytest.raises(WorkerLostError, match="shutting down"):
        await executor.run(Counting(1), key="late", report=unheard)
    assert not [process for process in begun if process.is_running() and _is_worker(process)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is busy computing for ten minutes."""
    with _serve(tmp_path, 600.0) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == STARTED
        yield process
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_the_server(
    server: subprocess.Popen[str], ending: signal.Signals
) -> None:
    workers = _descendants(server.pid)
    assert workers
    server.send_signal(ending)
    server.wait(20)
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def test_an_executor_that_nobody_closed_lets_the_interpreter_end_in_silence(tmp_path: Path) -> None:
    with _serve(tmp_path, 0.1, "noisy") as process:
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def _serve(folder: Path, seconds: float, *words: str) -> subprocess.Popen[str]:
    (folder / "deaths").mkdir()
    return subprocess.Popen(
        [
            sys.executable,
            str(WORKS / "trial_server.py"),
            str(folder / "deaths"),
            str(seconds),
            *words,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def _is_worker(process: psutil.Process) -> bool:
    """Whether it runs, and is not what Python starts once to keep track of its semaphores."""
    try:
        return "resource_tracker" not in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
