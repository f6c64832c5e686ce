"""One process serves two markets in turn, and answers as processes do that know only one."""

import asyncio
import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking_ground import INDEX, MEMBERS
from two_markets import CN, PLANS, SEGMENTS, TRADED, US, MarketPlan, write_plan

from catalog.artifacts import LocalArtifacts
from compute.executor import DaskExecutor
from compute.performing import perform
from compute.progress import unheard
from compute.qlib_session import qlib_on
from domain.expression import parse
from domain.lightgbm_parameters import check_lightgbm_parameters
from domain.processors import check_processors
from domain.specs import ModelKind, StrategySpec
from domain.strategy_parameters import check_strategy_parameters
from domain.trading_defaults import default_exchange
from domain.work import (
    BacktestWork,
    Bars,
    DecayWork,
    EvaluationWork,
    Outcome,
    PanelsWork,
    StoredPanel,
    TrainingWork,
    Work,
)

pytestmark = pytest.mark.anyio

PROGRAM = Path(__file__).parent / "works" / "works_alone.py"
ROOT = Path(__file__).parents[2]
SIGNAL = parse("$close/Ref($close,3)-1").canonical
EXPRESSIONS = (
    SIGNAL,
    parse("Corr($close,Log($volume+1),10)").canonical,
    parse("If(Gt($close,Mean($close,5)),Std($close,5),EMA($open,7))").canonical,
)
LABEL = parse("Ref($close,-2)/Ref($close,-1)-1").canonical
Answer = tuple[Mapping[str, Any], Mapping[str, str]]
"""The figures of an outcome, and the digests of its arrays and texts."""


def answers(outcomes: Iterable[Outcome]) -> list[Answer]:
    return [(_untimed(one.document), one.artifacts) for one in outcomes]


def _untimed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document without how long each phase took, which is never the same."""
    return {name: value for name, value in document.items() if name != "phases"}


def alone(works: Sequence[Work], store: LocalArtifacts, folder: Path) -> list[Answer]:
    """What a fresh process makes of works, one after the other."""
    given, taken = folder / "works", folder / "outcomes"
    given.write_bytes(pickle.dumps((store, tuple(works))))
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(given), str(taken)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return answers(pickle.loads(taken.read_bytes()))  # noqa: S301


def panels_work(bars: Bars) -> PanelsWork:
    return PanelsWork(bars, EXPRESSIONS, (*MEMBERS, INDEX))


def works_on(plan: MarketPlan, bars: Bars, signal: StoredPanel) -> list[Work]:
    """All that is ever asked of a worker, on one market."""
    first = plan.days[0].item()
    members = dict.fromkeys(MEMBERS, ((first, None),))
    strategy = StrategySpec(topk=2, n_drop=1, parameters=check_strategy_parameters(None))
    parameters = {"num_boost_round": 5, "num_leaves": 4, "min_data_in_leaf": 5}
    return [
        EvaluationWork(bars, signal, members, TRADED, horizon_days=1, quantiles=2),
        BacktestWork(
            bars=bars,
            signal=signal,
            members=members,
            signal_period=TRADED,
            period=TRADED,
            benchmark=INDEX,
            account=2e4,
            strategy=strategy,
            exchange=default_exchange(plan.region.value),
        ),
        DecayWork(bars, signal, members, TRADED, (1, 5)),
        TrainingWork(
            bars=bars,
            kind=ModelKind.LIGHTGBM,
            parameters=check_lightgbm_parameters(parameters),
            seed=1,
            features=tuple((f"F{place}", text) for place, text in enumerate(EXPRESSIONS)),
            label=LABEL,
            members=members,
            segments=SEGMENTS,
            processors=check_processors(None),
        ),
        panels_work(bars),
    ]


class Pair:
    """Works on two markets, and what fresh processes make of them on one market alone."""

    def __init__(self, folder: Path) -> None:
        self.store = LocalArtifacts(folder / "artifacts")
        self.works: dict[str, list[Work]] = {}
        self.alone: dict[str, list[Answer]] = {}
        for plan in PLANS:
            bars = write_plan(plan, folder / plan.name)
            panels = perform(panels_work(bars), self.store, unheard).document["panels"]
            signal = StoredPanel(**panels[SIGNAL])
            self.works[plan.name] = works_on(plan, bars, signal)
            self.alone[plan.name] = alone(self.works[plan.name], self.store, folder)

    def in_turn(self) -> list[tuple[Work, Answer]]:
        """Each work with its answer: markets by turns, kinds against each other, twice over."""
        one, other = (
            list(zip(self.works[plan.name], self.alone[plan.name], strict=True)) for plan in PLANS
        )
        there = [pair for both in zip(one, reversed(other), strict=True) for pair in both]
        back = [pair for both in zip(other, one, strict=True) for pair in both]
        return [*there, *back]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(tmp_path_factory.mktemp("pair"))


def test_the_markets_have_different_answers_to_every_question(pair: Pair) -> None:
    for one, other in zip(pair.alone[US.name], pair.alone[CN.name], strict=True):
        assert one[0] != other[0]
        assert one[1] != other[1] or not one[1]


def test_the_rules_of_each_market_are_felt(pair: Pair) -> None:
    raw = {}
    for plan in PLANS:
        _, kept = pair.alone[plan.name][1]
        amounts = pair.store.open_array(kept["trades:amount"])
        raw[plan.name] = amounts * pair.store.open_array(kept["trades:factor"])
    is_bought = pair.store.open_array(pair.alone[CN.name][1][1]["trades:side"]) == "BUY"
    units = raw[CN.name][is_bought] / 100
    np.testing.assert_allclose(units, np.round(units), rtol=0, atol=1e-6)
    assert (np.abs(raw[US.name] / 100 - np.round(raw[US.name] / 100)) > 1e-3).any()


def test_a_process_serves_two_markets_by_turns(pair: Pair, tmp_path: Path) -> None:
    asked = pair.in_turn()

    given = alone([work for work, _ in asked], pair.store, tmp_path)

    for (work, expected), answer in zip(asked, given, strict=True):
        assert answer == expected, type(work).__name__


def test_turning_from_market_to_market_leaves_nothing_behind(pair: Pair) -> None:
    turns = [pair.works[plan.name][0].bars for plan in PLANS]
    for bars in turns:
        qlib_on(bars, pair.store)
    before = atexit._ncallbacks()

    for bars in turns * 3:
        qlib_on(bars, pair.store)

    assert atexit._ncallbacks() == before


async def test_a_worker_serves_two_markets_by_turns(pair: Pair, tmp_path: Path) -> None:
    executor = DaskExecutor(pair.store, 1, tmp_path / "dask")
    asked = pair.in_turn()
    try:
        outcomes = await asyncio.gather(
            *(
                executor.run(work, key=f"work{place}", report=unheard)
                for place, (work, _) in enumerate(asked)
            )
        )
    finally:
        await executor.close()

    for (work, expected), answer in zip(asked, answers(outcomes), strict=True):
        assert answer == expected, type(work).__name__
