"""What one operation is answered: kept or computed, now or later, and what it may start."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asking_ground import Ground, until

from catalog.database import Database
from domain.errors import ComputingError, EmptyDataError, WorkerLostError
from domain.names import EntityKind
from domain.records import FactorRecord
from resolvers.evaluations import evaluation_question
from resolvers.inquiry import Inquiry
from resolvers.questions import Question
from resolvers.signals import factor_source
from resolvers.studies import StudyArguments, resolve_study
from schema.lookups import CatalogLookups

pytestmark = pytest.mark.anyio

EVALUATION = """{ factor(name: "momentum") {
    name evaluation { ic provenance { key fromCache run { id state } } } } }"""
RUN = '{ run(id: "%s") { state key error { code message } entity { name } } }'


@pytest.fixture
async def ground(database: Database, tmp_path: Path) -> AsyncIterator[Ground]:
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()


async def ended(ground: Ground, run_id: str) -> dict[str, Any]:
    """A run, once it has ended."""
    while True:
        run: dict[str, Any] = (await ground.data(RUN % run_id))["run"]
        if run["state"] not in ("QUEUED", "RUNNING"):
            return run
        await asyncio.sleep(0.02)


async def evaluation_of(ground: Ground, inquiry: Inquiry) -> Question:
    """The question whose answer `EVALUATION` asks for."""
    factor = await inquiry.lookups.resolve(EntityKind.FACTOR, "momentum")
    assert isinstance(factor, FactorRecord)
    study = await resolve_study(StudyArguments(), ground.services.facts, inquiry.lookups)
    source = await factor_source(factor.spec, study, inquiry.desk)
    return await evaluation_question(source, study, 1, 5, inquiry.desk)


async def test_a_study_is_computed_once_and_kept(ground: Ground) -> None:
    first = (await ground.data(EVALUATION))["factor"]["evaluation"]
    second = (await ground.data(EVALUATION))["factor"]["evaluation"]

    assert first["provenance"]["fromCache"] is False
    assert second["provenance"].pop("fromCache") is True
    assert second == {
        "ic": first["ic"],
        "provenance": {
            name: first["provenance"][name] for name in first["provenance"] if name != "fromCache"
        },
    }
    assert first["provenance"]["run"]["state"] == "SUCCEEDED"
    assert ground.executor.made == {"PanelsWork": 1, "EvaluationWork": 1}


async def test_what_is_kept_outlives_the_server(ground: Ground) -> None:
    first = await ground.data(EVALUATION)
    ground.restart()
    second = await ground.data(EVALUATION)

    assert second["factor"]["evaluation"]["ic"] == first["factor"]["evaluation"]["ic"]
    assert ground.executor.made["EvaluationWork"] == 1


async def test_a_study_is_computed_once_however_many_ask(ground: Ground) -> None:
    ground.executor.gate.clear()
    asking = [asyncio.create_task(ground.data(EVALUATION)) for _ in range(5)]
    await until(lambda: ground.executor.made)
    ground.executor.gate.set()
    answers = await asyncio.gather(*asking)

    keys = {one["factor"]["evaluation"]["provenance"]["key"] for one in answers}
    assert len(keys) == 1
    assert ground.executor.made == {"PanelsWork": 1, "EvaluationWork": 1}


async def test_all_fields_of_an_operation_tell_the_same(ground: Ground) -> None:
    answer = await ground.data(
        """{ a: backtest(name: "on-momentum") { ...told monthlyReturns { month } }
             b: backtest(name: "on-momentum") { ...told } }
           fragment told on Backtest {
             risk { provenance { fromCache } } report { provenance { fromCache } } }""",
        max_starts=1,
    )

    sources = [answer[one][two]["provenance"] for one in "ab" for two in ("risk", "report")]
    assert sources == [{"fromCache": False}] * 4
    assert ground.executor.made["BacktestWork"] == 1


async def test_a_second_server_follows_the_run_of_the_first(ground: Ground) -> None:
    other = ground.another_server("another")
    key = (await evaluation_of(ground, ground.inquiry())).key
    ground.executor.gate.clear()
    first = asyncio.create_task(ground.data(EVALUATION))
    await until(lambda: ground.executor.made)
    second = asyncio.create_task(ground.data(EVALUATION, services=other))
    await until(lambda: other.runner.active(key))
    ground.executor.gate.set()
    one, two = await asyncio.gather(first, second)

    assert one == two
    assert ground.executor.made == {"PanelsWork": 1, "EvaluationWork": 1}


async def test_a_follower_is_told_why_the_run_failed(ground: Ground) -> None:
    other = ground.another_server("another")
    key = (await evaluation_of(ground, ground.inquiry())).key
    ground.executor.gate.clear()
    ground.executor.failure = EmptyDataError("There is nothing to compare.")
    first = asyncio.create_task(ground.ask(EVALUATION))
    await until(lambda: ground.executor.made)
    second = asyncio.create_task(ground.ask(EVALUATION, services=other))
    await until(lambda: other.runner.active(key))
    ground.executor.gate.set()

    for reply in await asyncio.gather(first, second):
        assert reply.codes == {"factor.evaluation": "NO_DATA"}
        assert reply.errors[0].message == "There is nothing to compare."
    assert ground.executor.made == {"PanelsWork": 1}


async def test_what_another_server_has_just_kept_is_not_computed_again(ground: Ground) -> None:
    inquiry = ground.inquiry()
    question = await evaluation_of(ground, inquiry)
    assert await inquiry.lookups.result(question.key) is None
    await ground.data(EVALUATION, services=ground.another_server("another"))

    answer = await inquiry.answer(question)

    assert answer.result.document["days"] > 0
    assert ground.executor.made["EvaluationWork"] == 1
    runs = (await ground.data("{ runs { nodes { key state } } }"))["runs"]["nodes"]
    assert [one for one in runs if one["key"] == question.key] == [
        {"key": question.key, "state": "SUCCEEDED"}
    ]


async def test_an_asker_who_gives_up_does_not_cancel_it_for_others(ground: Ground) -> None:
    ground.executor.gate.clear()
    hasty = asyncio.create_task(ground.data(EVALUATION))
    patient = asyncio.create_task(ground.data(EVALUATION))
    await until(lambda: ground.executor.made)
    hasty.cancel()
    await asyncio.wait([hasty])
    ground.executor.gate.set()

    assert (await patient)["factor"]["evaluation"]["ic"] is not None
    assert ground.executor.made["EvaluationWork"] == 1


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 10, 20, 40, 80])
async def test_an_asker_who_gives_up_at_any_moment_blocks_no_key(
    ground: Ground, turns: int
) -> None:
    inquiry = ground.inquiry()
    question = await evaluation_of(ground, inquiry)
    hasty = asyncio.create_task(inquiry.answer(question))
    for _ in range(turns):
        await asyncio.sleep(0)
    hasty.cancel()
    await asyncio.wait([hasty])

    assert (await ground.data(EVALUATION))["factor"]["evaluation"]["ic"] is not None
    assert ground.executor.made["EvaluationWork"] == 1


async def test_an_operation_that_does_not_wait_is_told_of_a_run_that_ends_later(
    ground: Ground,
) -> None:
    ground.executor.gate.clear()
    reply = await ground.ask(EVALUATION, wait=0)

    assert reply.codes == {"factor.evaluation": "COMPUTING"}
    assert reply.data == {"factor": {"name": "momentum", "evaluation": None}}
    run_id = reply.run_id
    run = (await ground.data(RUN % run_id))["run"]
    assert run["state"] in ("QUEUED", "RUNNING")
    assert run["entity"] == {"name": "momentum"}
    again = await ground.ask(EVALUATION, wait=0)
    assert again.run_id == run_id

    ground.executor.gate.set()
    assert (await ended(ground, run_id))["state"] == "SUCCEEDED"
    provenance = (await ground.data(EVALUATION, wait=0))["factor"]["evaluation"]["provenance"]
    assert (provenance["fromCache"], provenance["run"]["id"]) == (True, run_id)


async def test_an_operation_has_one_deadline(ground: Ground) -> None:
    ground.executor.gate.clear()
    loop = asyncio.get_running_loop()
    asking = ground.asking(wait=0.5)
    inquiry = Inquiry(ground.services, asking, CatalogLookups(ground.database))
    question = await evaluation_of(ground, inquiry)
    with pytest.raises(ComputingError):
        await inquiry.answer(question)
    assert asking.deadline <= loop.time()
    assert asking.remaining_seconds == 0
    with pytest.raises(ComputingError):  # at once: there is no time left
        await asyncio.wait_for(inquiry.answer(question), 10)


async def test_only_if_cached_starts_nothing(ground: Ground) -> None:
    reply = await ground.ask(EVALUATION, only_if_cached=True)

    assert reply.codes == {"factor.evaluation": "NOT_COMPUTED"}
    assert "only-if-cached" in reply.errors[0].message
    assert not ground.executor.made
    await ground.data(EVALUATION)
    kept = await ground.data(EVALUATION, only_if_cached=True)
    assert kept["factor"]["evaluation"]["provenance"]["fromCache"] is True


async def test_only_if_cached_does_not_wait_for_what_others_compute(ground: Ground) -> None:
    ground.executor.gate.clear()
    await ground.ask(EVALUATION, wait=0)
    reply = await ground.ask(EVALUATION, only_if_cached=True)

    assert reply.codes == {"factor.evaluation": "NOT_COMPUTED"}


async def test_get_starts_nothing(ground: Ground) -> None:
    reply = await ground.ask(EVALUATION, is_reading=True)

    assert reply.codes == {"factor.evaluation": "NOT_COMPUTED"}
    assert "GET" in reply.errors[0].message
    assert not ground.executor.made
    await ground.data(EVALUATION)
    assert (await ground.data(EVALUATION, is_reading=True))["factor"]["evaluation"]["ic"]


async def test_status_staleness_and_headline_start_nothing(ground: Ground) -> None:
    answer = await ground.data(
        """{ factor(name: "momentum") { ...standing headline { ic } }
             model(name: "trees") { ...standing headline { ic } }
             backtest(name: "on-trees") { ...standing headline { maxDrawdown } }
             factorSet(name: "both") { status } }
           fragment standing on Entity { status staleness { isStale causes { kind } } }"""
    )

    never = {"isStale": True, "causes": [{"kind": "NEVER_COMPUTED"}]}
    for kind in ("factor", "model", "backtest"):
        assert answer[kind] == {"status": "NEVER_COMPUTED", "staleness": never, "headline": None}
    assert answer["factorSet"] == {"status": "CURRENT"}
    assert not ground.executor.made


async def test_an_operation_starts_no_more_than_it_may(ground: Ground) -> None:
    fields = " ".join(
        f"h{days}: evaluation(horizonDays: {days}) {{ days }}" for days in range(1, 6)
    )
    reply = await ground.ask(f'{{ factor(name: "momentum") {{ name {fields} }} }}', max_starts=3)

    assert set(reply.codes.values()) == {"TOO_MANY_COMPUTATIONS"}
    assert len(reply.codes) == 2
    assert "3 computations" in reply.errors[0].message
    shown = [value for name, value in reply.data["factor"].items() if name != "name"]
    assert sum(one is not None for one in shown) == 3
    again = await ground.ask(f'{{ factor(name: "momentum") {{ name {fields} }} }}', max_starts=3)
    assert not again.errors


async def test_sixteen_computations_may_be_started_by_default(ground: Ground) -> None:
    assert ground.asking().max_starts == ground.limits.max_starts == 16


async def test_a_failed_computation_tells_its_code_and_sentence_and_is_tried_again(
    ground: Ground,
) -> None:
    ground.executor.failure = EmptyDataError("There is nothing to compare.")
    reply = await ground.ask(EVALUATION)
    assert reply.codes == {"factor.evaluation": "NO_DATA"}
    assert reply.errors[0].message == "There is nothing to compare."
    assert reply.data["factor"]["name"] == "momentum"
    runs = (await ground.data("{ runs { nodes { state error { code message } } } }"))["runs"]
    assert runs["nodes"]
    for run in runs["nodes"]:
        assert run["state"] == "FAILED"
        assert run["error"] == {"code": "NO_DATA", "message": "There is nothing to compare."}

    ground.executor.failure = None
    assert (await ground.data(EVALUATION))["factor"]["evaluation"]["ic"] is not None


async def test_a_failure_is_not_tried_again_within_one_operation(ground: Ground) -> None:
    ground.executor.failure = EmptyDataError("There is nothing to trade.")
    reply = await ground.ask(
        '{ backtest(name: "on-trees") { risk { sharpe } report { account } '
        "monthlyReturns { month } } }"
    )

    assert set(reply.codes.values()) == {"NO_DATA"}
    assert len(reply.codes) == 3
    assert ground.executor.made == {"TrainingWork": 1}


async def test_a_bug_is_logged_and_masked(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    ground.executor.failure = ValueError("the secret of the house")
    with caplog.at_level(logging.ERROR):
        reply = await ground.ask(EVALUATION)

    error = reply.error("factor.evaluation")
    assert error.extensions is not None
    assert error.extensions["code"] == "COMPUTATION_FAILED"
    assert "secret" not in error.message
    assert "secret" in caplog.text
    run = (await ground.data(RUN % error.extensions["runId"]))["run"]
    assert run["error"] == {"code": "COMPUTATION_FAILED", "message": error.message}


async def test_a_lost_worker_is_told(ground: Ground) -> None:
    ground.executor.failure = WorkerLostError("The process that computed died 3 times.")
    reply = await ground.ask(EVALUATION)

    assert reply.codes == {"factor.evaluation": "WORKER_LOST"}
    run = (await ground.data("{ runs(first: 1) { nodes { error { code } } } }"))["runs"]["nodes"][0]
    assert run["error"] == {"code": "WORKER_LOST"}
