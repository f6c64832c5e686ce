"""Rolling models: trained leg by leg, stitched out of sample, and judged leg by leg."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from asking_ground import ALL_DAYS, DAYS, MEMBERS, Ground, bars_of, until
from downloading import small_ground

from compute.progress import Report
from domain.errors import EmptyDataError
from domain.work import Outcome, TrainingWork, Work
from resolvers import facts
from resolvers.dropping import drop_market

pytestmark = pytest.mark.anyio

ROLLING = "rolling: { stepDays: 6, validDays: 10, trainDays: 40 }"
LEGS = 4
END, LATER = "2020-05-22", "2020-06-05"
SEGMENTS = """{ train: { start: "2020-01-20", end: "2020-03-31" }
    valid: { start: "2020-04-01", end: "2020-04-24" } test: { start: "2020-04-27", end: "%s" } }"""
CREATE = """mutation { createModel(input: { name: "%s", factorSet: "both", seed: 1, segments: %s, %s
    parameters: { num_boost_round: 5, num_leaves: 4, min_data_in_leaf: 5 } })
    { __typename ... on Problem { message } } }"""
LEG = "segments { train { start end } valid { start end } test { start end } }"
CURVE = "curve { segment metric values }"
TRAINING = f"""{{ model(name: "%s") {{ status training {{ bestIteration trainRows validRows features
    warnings {CURVE} phases {{ name seconds }}
    legs {{ key bestIteration trainRows validRows computeSeconds {LEG} {CURVE} }}
    provenance {{ key fromCache run {{ events {{ message }} }} }} }}
    featureImportance {{ factor {{ name }} gain splits }}
    predictions {{ dates columns {{ name values }} }} }} }}"""
EVALUATION = """{ model(name: "%s") { evaluation { ic days daily { dates ic rankIc }
    legs { period { start end } ic icir rankIc rankIcir days } provenance { key fromCache } } } }"""


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    async with small_ground(sqlite_template, tmp_path) as ground:
        await create(ground, "rolling")
        yield ground


async def create(
    ground: Ground, name: str, segments: str = SEGMENTS % END, more: str = ROLLING
) -> None:
    made = await ground.data(CREATE % (name, segments, more))
    assert made["createModel"] == {"__typename": "Model"}


async def trained(ground: Ground, name: str = "rolling") -> dict[str, Any]:
    found: dict[str, Any] = (await ground.data(TRAINING % name))["model"]
    return found


def written(segments: dict[str, Any]) -> str:
    """Segments as they were answered, as input."""
    periods = (
        f'{name}: {{ start: "{days["start"]}", end: "{days["end"]}" }}'
        for name, days in segments.items()
    )
    return f"{{ {' '.join(periods)} }}"


def frame(predictions: dict[str, Any]) -> pd.DataFrame:
    """Predictions by day and name; NaN where there is none."""
    columns = {one["name"]: one["values"] for one in predictions["columns"]}
    return pd.DataFrame(columns, index=predictions["dates"], dtype=float)


async def test_it_is_what_plain_models_of_the_legs_are_bit_for_bit(
    ground: Ground, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rolling = await trained(ground)
    legs = rolling["training"]["legs"]
    assert len(legs) == LEGS
    plain = []
    async with small_ground(sqlite_template, tmp_path_factory.mktemp("other")) as other:
        for number, leg in enumerate(legs):
            await create(other, f"leg{number}", written(leg["segments"]), "")
            plain.append(await trained(other, f"leg{number}"))

    expected = pd.concat([frame(one["predictions"]) for one in plain])
    pd.testing.assert_frame_equal(frame(rolling["predictions"]), expected, check_exact=True)
    assert len(expected) == 20
    assert expected.notna().to_numpy().all()
    for leg, one in zip(legs, plain, strict=True):
        alone = one["training"]
        for name in ("bestIteration", "trainRows", "validRows", "curve"):
            assert leg[name] == alone[name]
        assert leg["key"] == alone["provenance"]["key"]
        assert [curve["segment"] for curve in leg["curve"]] == ["TRAIN", "VALID"]
        assert leg["computeSeconds"] > 0
    whole = rolling["training"]
    assert (whole["bestIteration"], whole["curve"], whole["features"]) == (None, [], 2)
    for name in ("trainRows", "validRows"):
        assert whole[name] == sum(one["training"][name] for one in plain)
    assert whole["warnings"] == plain[0]["training"]["warnings"]
    gains = {
        one["factor"]["name"]: (one["gain"], one["splits"]) for one in rolling["featureImportance"]
    }
    for name, (gain, splits) in gains.items():
        of_name = [
            f for one in plain for f in one["featureImportance"] if f["factor"]["name"] == name
        ]
        assert gain == pytest.approx(sum(f["gain"] for f in of_name) / LEGS, rel=1e-12)
        assert splits == sum(f["splits"] for f in of_name)
    assert list(gains.values()) == sorted(gains.values(), reverse=True)
    phases = [phase["name"] for phase in whole["phases"]]
    assert phases == [phase["name"] for phase in plain[0]["training"]["phases"]] + ["stitching"]
    assert all(one["training"]["legs"] == [] for one in plain)


async def test_each_leg_is_judged_on_the_days_that_it_predicted(ground: Ground) -> None:
    scores = frame((await trained(ground))["predictions"])
    closes = pd.DataFrame(
        {name: bars_of(name, DAYS)["close"].astype(np.float32) for name in MEMBERS},
        index=[str(day) for day in ALL_DAYS[:DAYS]],
    )
    returns = (closes.shift(-2) / closes.shift(-1) - 1).loc[scores.index]
    daily = {
        "ic": scores.corrwith(returns, axis=1),
        "rankIc": scores.corrwith(returns, axis=1, method="spearman"),
    }

    found = (await ground.data(EVALUATION % "rolling"))["model"]["evaluation"]

    bounds = [(leg["period"]["start"], leg["period"]["end"]) for leg in found["legs"]]
    assert bounds == [
        (scores.index[first], scores.index[min(first + 5, 19)]) for first in range(0, 20, 6)
    ]
    for leg, (start, end) in zip(found["legs"], bounds, strict=True):
        for name, ratio in (("ic", "icir"), ("rankIc", "rankIcir")):
            of_leg = daily[name].loc[start:end]
            assert leg[name] == pytest.approx(of_leg.mean(), abs=1e-6)
            assert leg[ratio] == pytest.approx(of_leg.mean() / of_leg.std(), abs=1e-5)
        assert leg["days"] == len(daily["ic"].loc[start:end].dropna())
    assert found["ic"] == pytest.approx(daily["ic"].mean(), abs=1e-6)
    assert found["days"] == sum(leg["days"] for leg in found["legs"])
    plain = (await ground.data(EVALUATION % "trees"))["model"]["evaluation"]
    assert plain["legs"] == []


async def test_one_start_trains_all_legs_and_tells_how_far_it_is(ground: Ground) -> None:
    await ground.data(EVALUATION % "rolling", max_starts=1)
    made = ground.executor.made
    assert (made["TrainingWork"], made["StitchingWork"], made["EvaluationWork"]) == (LEGS, 1, 1)

    training = (await trained(ground))["training"]
    assert training["provenance"]["fromCache"] is True
    messages = [event["message"] for event in training["provenance"]["run"]["events"]]
    assert messages[:3] == ["Queued.", "Started.", "Training legs."]
    assert messages.count("Started.") == 1
    assert (messages[-1], messages.count(training["warnings"][0])) == ("Succeeded.", 1)
    assert ground.executor.made["TrainingWork"] == LEGS


async def test_a_run_is_under_way_while_its_legs_are_trained(ground: Ground) -> None:
    ground.executor.gate.clear()
    hasty = await ground.ask(TRAINING % "rolling", wait=0)
    await until(lambda: ground.executor.made["TrainingWork"])
    run = f'{{ run(id: "{hasty.run_id}") {{ state progress {{ phase done total }} }} }}'
    while (found := (await ground.data(run))["run"])["state"] == "QUEUED":
        pass
    assert found == {
        "state": "RUNNING",
        "progress": {"phase": "training legs", "done": 0, "total": LEGS},
    }
    assert ground.executor.made["TrainingWork"] == ground.runner.workers
    ground.executor.gate.set()
    await trained(ground)


async def test_what_was_learned_from_the_same_days_is_not_learned_again(ground: Ground) -> None:
    before = await trained(ground)
    await create(ground, "twin")
    twin = await trained(ground, "twin")
    assert twin["training"]["provenance"] | {"run": None} == before["training"]["provenance"] | {
        "run": None,
        "fromCache": True,
    }
    await ground.data(
        f'mutation {{ updateModel(input: {{ name: "rolling", segments: {SEGMENTS % LATER} }}) '
        "{ __typename } }"
    )
    longer = await trained(ground)
    # The last of the four legs was cut short by the end of test, and two more follow it.
    assert ground.executor.made["TrainingWork"] == LEGS + 2
    old, new = before["training"]["legs"], longer["training"]["legs"]
    assert [leg["key"] for leg in new[:3]] == [leg["key"] for leg in old[:3]]
    assert len(new) == 5
    earlier = frame(before["predictions"])
    pd.testing.assert_frame_equal(
        frame(longer["predictions"]).loc[earlier.index], earlier, check_exact=True
    )


async def test_a_day_more_of_data_and_a_restart_change_nothing(ground: Ground) -> None:
    first = await ground.data(EVALUATION % "rolling")
    made = dict(ground.executor.made)
    await ground.import_data(DAYS + 1)
    ground.restart()
    second = await ground.data(EVALUATION % "rolling")
    evaluations = [one["model"]["evaluation"] for one in (first, second)]
    assert evaluations[0].pop("provenance")["key"] == evaluations[1].pop("provenance")["key"]
    assert evaluations[0] == evaluations[1]
    assert dict(ground.executor.made) == made


async def test_a_bar_that_one_leg_reads_trains_that_leg_anew(ground: Ground) -> None:
    before = (await trained(ground))["training"]
    last = int(np.searchsorted(ALL_DAYS, np.datetime64(END)))
    await ground.import_data(changes=[("CCC", "close", last + 2)])
    after = (await trained(ground))["training"]
    keys = [[leg["key"] for leg in one["legs"]] for one in (before, after)]
    assert keys[0][:3] == keys[1][:3]
    assert keys[0][3] != keys[1][3]
    assert ground.executor.made["TrainingWork"] == LEGS + 1


async def test_the_key_of_many_legs_reads_no_more_bars_than_that_of_one(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create(ground, "daily", more="rolling: { stepDays: 1, validDays: 10, trainDays: 40 }")
    read, counts = facts.field_fingerprint, {}
    for name in ("daily", "trees"):
        counts[name] = 0

        def counted(*given: Any, name: str = name) -> str:
            counts[name] += 1
            return read(*given)

        monkeypatch.setattr(facts, "field_fingerprint", counted)
        ground.restart()
        reply = await ground.ask(TRAINING % name, only_if_cached=True)
        assert reply.codes["model.training"] == "NOT_COMPUTED"
    assert counts["daily"] == counts["trees"] > 0


@pytest.mark.parametrize("at_once", [1, 3])
async def test_a_leg_that_fails_is_named_and_the_others_are_kept(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    ground.executor.workers = at_once
    run = ground.executor.run

    async def fails_in_the_second_leg(work: Work, *, key: str, report: Report) -> Outcome:
        if isinstance(work, TrainingWork) and str(work.segments.test.start) == "2020-05-05":
            raise EmptyDataError("There is nothing to learn from.", "input.universe")
        return await run(work, key=key, report=report)

    monkeypatch.setattr(ground.executor, "run", fails_in_the_second_leg)
    reply = await ground.ask('{ model(name: "rolling") { training { trainRows } } }')
    error = reply.error("model.training")
    assert error.message == (
        "Leg 2 of 4, which predicts 2020-05-05 to 2020-05-12, could not be trained: There is "
        "nothing to learn from."
    )
    assert reply.codes == {"model.training": "NO_DATA"}
    await until(lambda: not ground.runner._active)  # legs that were begun end by themselves
    assert (await ground.data('{ model(name: "rolling") { status } }'))["model"] == {
        "status": "FAILED"
    }
    monkeypatch.setattr(ground.executor, "run", run)
    assert ground.executor.made["TrainingWork"] < LEGS
    await trained(ground)
    assert ground.executor.made["TrainingWork"] == LEGS
    assert (await trained(ground))["status"] == "CURRENT"


@pytest.mark.parametrize("segment", ["TRAIN", "VALID"])
async def test_segments_that_each_leg_has_its_own_of_are_refused(
    ground: Ground, segment: str
) -> None:
    reply = await ground.ask(
        f'{{ model(name: "rolling") {{ predictions(segment: {segment}) {{ dates }} '
        f"evaluation(segment: {segment}) {{ ic }} }} }}"
    )
    assert reply.codes == {"model.predictions": "BAD_INPUT", "model.evaluation": "BAD_INPUT"}
    for error in reply.errors:
        assert error.message == (
            f"rolling is trained in legs, and the {segment} segment of each is another, so there "
            "is no one answer for it; ask for TEST, or a model without rolling."
        )
    assert not ground.executor.made


async def test_a_schedule_is_written_edited_and_refused_by_clients(ground: Ground) -> None:
    refused = await ground.data(
        CREATE % ("none", SEGMENTS % END, "rolling: { stepDays: 0, validDays: 5 }")
    )
    assert refused["createModel"] == {
        "__typename": "InvalidInput",
        "message": "stepDays is 0; give 1 trading day or more.",
    }
    edit = """mutation { updateModel(input: { name: "rolling" %s }) { ... on Model {
        version rolling { stepDays validDays trainDays } } } }"""
    edits = {
        "": {"stepDays": 6, "validDays": 10, "trainDays": 40},
        "rolling: { stepDays: 5, validDays: 10 }": {
            "stepDays": 5,
            "validDays": 10,
            "trainDays": None,
        },
        "rolling: null": None,
    }
    for version, (words, rolling) in enumerate(edits.items(), 1):
        found = (await ground.data(edit % words))["updateModel"]
        assert found == {"version": version, "rolling": rolling}


async def test_what_it_predicts_out_of_sample_is_traded_on(ground: Ground) -> None:
    made = await ground.data(
        'mutation { createBacktest(input: { name: "on-rolling", signal: "rolling", account: 1e6, '
        "strategy: { topk: 2, nDrop: 1 } }) { __typename ... on Backtest { isInSample "
        "period { start end } report { dates account } } } }"
    )
    backtest = made["createBacktest"]
    assert backtest["isInSample"] is False
    assert backtest["period"] == {"start": "2020-04-27", "end": END}
    assert len(backtest["report"]["dates"]) == 20
    assert len(set(backtest["report"]["account"])) > 10


async def test_all_legs_go_with_a_snapshot_that_is_dropped_with_its_results(
    ground: Ground,
) -> None:
    before = await ground.data(EVALUATION % "rolling")
    await ground.import_data(DAYS + 1)
    dropped = await drop_market(
        ground.database, ground.folder / "home", "tiny:1", with_results=True
    )
    assert dropped.results == LEGS + 2
    ground.restart()
    after = await ground.data(EVALUATION % "rolling")
    assert after["model"]["evaluation"].pop("provenance")["fromCache"] is False
    before["model"]["evaluation"].pop("provenance")
    assert after == before
    assert ground.executor.made["TrainingWork"] == 2 * LEGS


async def test_lists_and_runs_go_on_with_a_rolling_model_in_them(ground: Ground) -> None:
    await ground.data(EVALUATION % "rolling")
    listed = await ground.data(
        "{ models { nodes { name rolling { stepDays validDays trainDays } status "
        "headline { ic isCurrent } staleness { isStale } } } runs { totalCount } }"
    )
    by_name = {one["name"]: one for one in listed["models"]["nodes"]}
    rolling = by_name["rolling"]
    assert rolling["rolling"] == {"stepDays": 6, "validDays": 10, "trainDays": 40}
    assert by_name["trees"]["rolling"] is None
    assert (rolling["status"], rolling["headline"]["isCurrent"]) == ("CURRENT", True)
    assert rolling["staleness"]["isStale"] is False
    assert listed["runs"]["totalCount"] == LEGS + 2
