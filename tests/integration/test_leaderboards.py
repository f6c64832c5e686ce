"""A set's factors ranked, and factors held against others, asked as a client asks."""

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest
from asking_ground import Ground
from imported_ground import bring, frame, parquet

from catalog.database import Database

pytestmark = pytest.mark.anyio

FIGURES = """ic icir rankIc rankIcir days coverage autocorrelation turnover longShortReturn
  quantileReturns { quantile meanReturn count } daily { dates ic rankIc }"""
BOARD = f"""leaderboard {{ rank problem factor {{ name }}
  evaluation {{ id {FIGURES} provenance {{ key fromCache isCurrent run {{ kind }} }} }} }}"""
ALONE = f"""evaluation {{ id {FIGURES} provenance {{ key fromCache isCurrent run {{ kind }} }} }}"""
EXPRESSIONS = {
    "rising": "$close/Ref($close,4)-1",
    "falling": "1-$close/Ref($close,4)",
    "ranked": "CSRank($volume)",
    "flat": "$volume*0",
    "doubled": "2*($close/Ref($close,4)-1)",
}


@pytest.fixture
async def ground(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Ground]:
    copyfile(sqlite_template, tmp_path / "catalogue.db")
    database = Database(f"sqlite:///{tmp_path / 'catalogue.db'}")
    ground = Ground(database, tmp_path)
    await ground.import_data()
    await ground.define()
    for name, expression in EXPRESSIONS.items():
        await make_factor(ground, name, expression)
    await make_set(ground, "all", *EXPRESSIONS)
    yield ground
    ground.executor.gate.set()
    await ground.runner.close()
    await database.close()


async def make_factor(ground: Ground, name: str, expression: str) -> None:
    await ground.data(
        f'mutation {{ createFactor(input: {{ name: "{name}", expression: "{expression}" }})'
        " { __typename } }"
    )


async def make_set(ground: Ground, name: str, *factors: str) -> None:
    listed = ", ".join(f'"{one}"' for one in factors)
    await ground.data(
        f'mutation {{ createFactorSet(input: {{ name: "{name}", factors: [{listed}] }})'
        " { __typename } }"
    )


async def board(ground: Ground, name: str = "all", field: str = BOARD) -> Any:
    found = await ground.data(f'{{ factorSet(name: "{name}") {{ {field} }} }}')
    return found["factorSet"]["leaderboard"]


async def test_the_best_is_first_and_who_has_no_figures_last(ground: Ground) -> None:
    found = await board(ground)

    values = [one["evaluation"]["rankIcir"] for one in found if one["evaluation"]]
    assert [one["rank"] for one in found] == [1, 2, 3, 4, 5]
    assert values == sorted(values, reverse=True)
    assert [one["factor"]["name"] for one in found][-1] == "flat"
    assert "signals differ" in found[-1]["problem"]
    assert [one["problem"] for one in found[:-1]] == [None] * 4
    by_name = {one["factor"]["name"]: one["evaluation"] for one in found}
    assert by_name["rising"]["ic"] == pytest.approx(-by_name["falling"]["ic"])


async def test_ties_are_in_the_order_of_names_and_the_metric_is_signed(ground: Ground) -> None:
    found = await board(ground, field="leaderboard(orderBy: RANK_IC) { factor { name } }")
    names = [one["factor"]["name"] for one in found]

    assert names.index("rising") == names.index("doubled") + 1
    assert {names.index("falling") < names.index("rising")} == {
        next(
            one["evaluation"]["rankIc"] > 0
            for one in await board(ground)
            if one["factor"]["name"] == "falling"
        )
    }
    few = await board(ground, field="leaderboard(orderBy: RANK_IC, first: 2) { factor { name } }")
    assert [one["factor"]["name"] for one in few] == names[:2]


async def test_a_factors_own_evaluation_is_the_boards(ground: Ground) -> None:
    found = {one["factor"]["name"]: one["evaluation"] for one in await board(ground)}
    made = dict(ground.executor.made)
    shown = await ground.data('{ factor(name: "doubled") { status headline { ic isCurrent } } }')
    assert shown["factor"]["status"] == "CURRENT"
    assert shown["factor"]["headline"] == {"ic": found["doubled"]["ic"], "isCurrent": True}

    for name in ("rising", "ranked"):
        alone = (
            await ground.data(f'{{ factor(name: "{name}") {{ {ALONE} headline {{ ic }} }} }}')
        )["factor"]
        assert alone["evaluation"]["provenance"].pop("fromCache") is True
        assert found[name]["provenance"].pop("fromCache") is False
        assert alone["evaluation"] == found[name]
        assert alone["headline"] == {"ic": found[name]["ic"]}
    assert dict(ground.executor.made) == made == {"EvaluationsWork": 1}


async def test_the_board_takes_what_factors_have_and_has_their_bits(ground: Ground) -> None:
    alone = {}
    for name in ("rising", "ranked"):
        reply = await ground.data(f'{{ factor(name: "{name}") {{ {ALONE} }} }}')
        alone[name] = reply["factor"]["evaluation"]

    found = {one["factor"]["name"]: one["evaluation"] for one in await board(ground)}

    assert ground.executor.made["EvaluationsWork"] == 1
    for name, evaluation in alone.items():
        evaluation["provenance"].pop("fromCache")
        assert found[name]["provenance"].pop("fromCache") is True
        assert found[name] == evaluation
    assert found["falling"]["provenance"]["fromCache"] is False


async def test_a_board_is_computed_once_its_refusals_included(ground: Ground) -> None:
    first = await board(ground)
    ground.restart()

    again = await board(ground, field=BOARD.replace("leaderboard", "leaderboard(orderBy: IC)"))

    assert ground.executor.made == {"EvaluationsWork": 1}
    assert {one["factor"]["name"]: one["problem"] for one in again} == {
        one["factor"]["name"]: one["problem"] for one in first
    }
    other = await board(ground, field="leaderboard(horizonDays: 3) { evaluation { ic } }")
    assert ground.executor.made == {"EvaluationsWork": 2}
    assert other[0]["evaluation"]["ic"] is not None


async def test_a_lost_file_is_computed_again(ground: Ground) -> None:
    await board(ground)
    for path in (ground.folder / "artifacts").rglob("*.npy"):
        path.unlink()

    found = await board(ground)

    assert ground.executor.made == {"EvaluationsWork": 2}
    assert all(one["evaluation"]["daily"]["ic"] for one in found[:-1])


async def test_a_factor_on_a_field_that_is_not_there_is_last_with_the_reason(
    ground: Ground,
) -> None:
    await ground.redefine("size", "$turnover")
    await make_set(ground, "odd", "size", "rising")

    found = await board(ground, "odd")

    assert [one["factor"]["name"] for one in found] == ["rising", "size"]
    assert found[1]["evaluation"] is None
    assert "no field $turnover" in found[1]["problem"]


async def test_an_imported_factor_is_ranked_by_its_values(ground: Ground, tmp_path: Path) -> None:
    await bring(ground, parquet(tmp_path, frame("sent")))
    await make_set(ground, "mixed", "sent", "rising")

    found = {one["factor"]["name"]: one["evaluation"] for one in await board(ground, "mixed")}

    key = found["sent"]["provenance"]["key"]
    asked = '{ factor(name: "sent") { evaluation { provenance { key fromCache } } } }'
    assert (await ground.data(asked))["factor"]["evaluation"]["provenance"] == {
        "key": key,
        "fromCache": True,
    }


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("first: 0", "first"),
        ("first: 501", "first"),
        ("horizonDays: 0", "horizonDays"),
        ('end: "1999-12-31"', "end"),
    ],
)
async def test_a_bad_argument_is_named(ground: Ground, arguments: str, field: str) -> None:
    reply = await ground.ask(
        f'{{ factorSet(name: "all") {{ name leaderboard({arguments}) {{ rank }} }} }}'
    )

    assert reply.codes == {"factorSet.leaderboard": "BAD_INPUT"}
    assert (reply.errors[0].extensions or {})["field"] == field
    assert reply.data["factorSet"] == {"name": "all", "leaderboard": None}


async def test_nothing_is_started_for_who_wants_what_is_kept(ground: Ground) -> None:
    reply = await ground.ask(
        '{ factorSet(name: "all") { leaderboard { rank } } }', only_if_cached=True
    )

    assert reply.codes == {"factorSet.leaderboard": "NOT_COMPUTED"}
    assert not ground.executor.made


DECAY = "decay(horizonDays: [2, 1]) { horizonDays ic rankIc }"
DECAYS = f"leaderboard {{ factor {{ name }} evaluation {{ ic {DECAY} }} }}"


async def test_decays_of_many_factors_are_one_computation(ground: Ground) -> None:
    names = [f"lag{lag}" for lag in range(1, 21)]
    for lag, name in enumerate(names, start=1):
        await make_factor(ground, name, f"$close/Ref($close,{lag})")
    await make_set(ground, "twenty", *names)

    found = await board(ground, "twenty", DECAYS)

    assert len(found) == 20
    assert ground.executor.made == {"EvaluationsWork": 1, "DecaysWork": 1}
    for one in found:
        points = one["evaluation"]["decay"]
        assert [point["horizonDays"] for point in points] == [2, 1]
        assert points[1]["ic"] == one["evaluation"]["ic"]
    assert await board(ground, "twenty", DECAYS) == found
    ground.restart()
    assert await board(ground, "twenty", DECAYS) == found
    assert ground.executor.made == {"EvaluationsWork": 1, "DecaysWork": 1}


async def test_a_factors_own_decay_is_the_boards(ground: Ground) -> None:
    asked = f'{{ factor(name: "rising") {{ evaluation {{ {DECAY} }} }} }}'
    alone = (await ground.data(asked))["factor"]["evaluation"]["decay"]

    found = {one["factor"]["name"]: one["evaluation"] for one in await board(ground, field=DECAYS)}

    assert found["rising"]["decay"] == alone
    assert found["falling"]["decay"] == [
        {
            "horizonDays": one["horizonDays"],
            "ic": pytest.approx(-one["ic"]),
            "rankIc": pytest.approx(-one["rankIc"]),
        }
        for one in alone
    ]
    made = dict(ground.executor.made)
    assert made["DecaysWork"] == made["DecayWork"] == 1
    shown = await ground.data(asked.replace("rising", "ranked"))
    assert shown["factor"]["evaluation"]["decay"] == found["ranked"]["decay"]
    assert ground.executor.made == made


async def test_a_decay_that_cannot_be_is_an_error_of_its_own(ground: Ground) -> None:
    asked = (
        "leaderboard(first: 2) { evaluation { ic decay(horizonDays: [1000]) { ic } "
        "short: decay(horizonDays: [1]) { ic } none: decay(horizonDays: [0]) { ic } } }"
    )

    first, again = [await ground.ask(f'{{ factorSet(name: "all") {{ {asked} }} }}') for _ in "ab"]

    assert (
        first.codes
        == again.codes
        == {
            f"factorSet.leaderboard.{place}.evaluation.{field}": code
            for place in (0, 1)
            for field, code in (("decay", "NO_DATA"), ("none", "BAD_INPUT"))
        }
    )
    assert "two members whose signals differ" in str(first.errors)
    assert first.data == again.data
    assert first.data["factorSet"]["leaderboard"][0]["evaluation"]["short"][0]["ic"] is not None
    assert ground.executor.made == {"EvaluationsWork": 1, "DecaysWork": 2}


async def test_kept_decays_are_shown_beside_those_that_are_not(ground: Ground) -> None:
    await board(ground)
    await ground.data(f'{{ factor(name: "rising") {{ evaluation {{ {DECAY} }} }} }}')

    reply = await ground.ask(f'{{ factorSet(name: "all") {{ {DECAYS} }} }}', only_if_cached=True)

    shown = reply.data["factorSet"]["leaderboard"]
    kept = [
        one["factor"]["name"] for one in shown if one["evaluation"] and one["evaluation"]["decay"]
    ]
    assert kept == ["rising"]
    assert list(reply.codes.values()) == ["NOT_COMPUTED"] * 3
    assert "DecaysWork" not in ground.executor.made


CORRELATED = "{ factor { name } mean maxAbs days isDuplicate problem }"


async def test_duplicates_are_flagged_before_and_after_creation(ground: Ground) -> None:
    other = 'with: ["doubled", "falling", "rising", "flat"]'
    asked = f"""{{ factor(name: "rising") {{ correlations({other}) {CORRELATED}
        few: correlations(with: [], withSet: "all", duplicatesOnly: true) {CORRELATED} }}
      calculate(expressions: ["$close/Ref($close,4)"]) {{
        correlations({other}) {CORRELATED} }} }}"""

    found = await ground.data(asked)

    saved, unsaved = found["factor"]["correlations"], found["calculate"][0]["correlations"]
    assert [one["factor"]["name"] for one in saved] == ["doubled", "falling", "rising", "flat"]
    assert [one["isDuplicate"] for one in saved] == [True, False, True, False]
    assert [one["isDuplicate"] for one in unsaved] == [True, False, True, False]
    assert saved[0]["mean"] == pytest.approx(1.0)
    assert saved[1]["mean"] == pytest.approx(-1.0)
    assert saved[1]["maxAbs"] == pytest.approx(1.0)
    assert saved[3] == {
        "factor": {"name": "flat"},
        "mean": None,
        "maxAbs": None,
        "days": 0,
        "isDuplicate": False,
        "problem": None,
    }
    assert [one["factor"]["name"] for one in found["factor"]["few"]] == ["doubled"]
    made = dict(ground.executor.made)
    assert await ground.data(asked) == found
    assert dict(ground.executor.made) == made == {"CorrelationsWork": 3}


async def test_correlations_say_what_is_wrong(ground: Ground) -> None:
    await ground.redefine("size", "$turnover")
    reply = await ground.ask(
        """{ factor(name: "rising") { nobody: correlations(with: []) { days }
          unknown: correlations(with: ["nope"]) { days }
          odd: correlations(with: ["size"]) { days mean problem } }
        bad: factor(name: "size") { correlations(with: ["rising"]) { days } } }"""
    )

    assert reply.codes == {
        "factor.nobody": "BAD_INPUT",
        "factor.unknown": "NOT_FOUND",
        "bad.correlations": "BAD_INPUT",
    }
    (odd,) = reply.data["factor"]["odd"]
    assert (odd["days"], odd["mean"]) == (0, None)
    assert "no field $turnover" in odd["problem"]
