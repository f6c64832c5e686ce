"""Backtests are defined and edited: every default resolved and kept, and nothing traded by it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from defining_ground import (
    SEGMENTS,
    define_factors,
    define_model,
    editor_on,
    faults_of,
    register_sample,
    register_small,
    row_counts,
)

from catalog.database import Database
from domain.definitions import (
    LEFT_OUT,
    BacktestDefinition,
    BacktestEdit,
    BacktestParts,
    BacktestRevision,
    FactorDefinition,
    GivenExchange,
    GivenPeriod,
    GivenStrategy,
    ModelDefinition,
    ModelParts,
)
from domain.errors import ConflictError, NameTakenError, NotFoundError
from domain.input_issues import InvalidInputError
from domain.period import Period
from domain.specs import DealPrice, ExchangeSpec, StrategyKind
from resolvers.backtests import signal_days
from resolvers.defining.backtests import create_backtest, update_backtest
from resolvers.defining.factors import create_factor
from resolvers.defining.grounds import ground_of
from resolvers.defining.models import create_model
from resolvers.defining.trading import largest_membership

pytestmark = pytest.mark.anyio

ON_MODEL = BacktestParts(signal="trees")
ON_FACTOR = BacktestParts(signal="reversal")


@pytest.fixture
async def catalogue(database: Database, sample_directory: Path) -> Database:
    await register_sample(database, sample_directory)
    await define_factors(database)
    await define_model(database)
    return database


def days(start: str, end: str) -> GivenPeriod:
    return GivenPeriod(date.fromisoformat(start), date.fromisoformat(end))


async def refusal(
    database: Database, base: BacktestParts = ON_MODEL, **parts: Any
) -> dict[str, str]:
    """What is wrong with a backtest of these parts, by path; nothing of it is kept."""
    before = await row_counts(database)
    definition = BacktestDefinition(name="new", parts=replace(base, **parts))
    with pytest.raises((InvalidInputError, NotFoundError)) as refused:
        await create_backtest(definition, editor_on(database))
    assert await row_counts(database) == before
    return faults_of(refused.value)


async def test_of_a_model_the_test_segment_is_traded_as_far_as_it_can_be(
    catalogue: Database,
) -> None:
    backtest = await create_backtest(
        BacktestDefinition(name="new", parts=ON_MODEL, tags=("a",)), editor_on(catalogue)
    )
    spec = backtest.spec
    lookups = editor_on(catalogue).lookups
    assert (backtest.version, backtest.created_by) == (1, "ada")
    assert (await lookups.entity(spec.signal_id)).name == "trees"
    assert spec.universe_id == (await lookups.default_universe()).id
    assert spec.period == Period(date(2010, 1, 4), date(2013, 2, 28))
    assert (spec.benchmark, spec.account) == ("SPX", 1e8)
    assert (spec.strategy.topk, spec.strategy.n_drop) == (1, 1)
    assert spec.strategy.parameters["risk_degree"] == 0.95
    assert spec.exchange == ExchangeSpec(DealPrice.CLOSE, 0.0005, 0.0015, 5.0, None, None)


async def test_of_a_factor_all_days_are_traded(catalogue: Database) -> None:
    backtest = await create_backtest(
        BacktestDefinition(name="new", parts=ON_FACTOR), editor_on(catalogue)
    )
    assert backtest.spec.period == Period(date(2000, 3, 1), date(2013, 2, 28))


async def test_what_is_given_is_kept(catalogue: Database) -> None:
    parts = BacktestParts(
        signal="model/trees:1",
        universe="sample/us5",
        period=days("2011-01-03", "2011-12-30"),
        strategy=GivenStrategy(topk=4, n_drop=4, parameters={"hold_thresh": 3}),
        exchange=GivenExchange(
            deal_price=DealPrice.OPEN,
            open_cost=0.0,
            close_cost=1.0,
            min_cost=0.0,
            limit_threshold=0.2,
            trade_unit=10,
        ),
        benchmark="IBM",
        account=1000.0,
    )
    definition = BacktestDefinition(name="new", parts=parts)
    spec = (await create_backtest(definition, editor_on(catalogue))).spec
    assert spec.period == Period(date(2011, 1, 3), date(2011, 12, 30))
    assert (spec.strategy.topk, spec.strategy.n_drop) == (4, 4)
    assert spec.strategy.parameters["hold_thresh"] == 3
    assert spec.exchange == ExchangeSpec(DealPrice.OPEN, 0.0, 1.0, 0.0, 0.2, 10)
    assert (spec.benchmark, spec.account) == ("IBM", 1000.0)


async def test_a_benchmark_of_null_is_none(catalogue: Database) -> None:
    definition = BacktestDefinition(name="new", parts=replace(ON_MODEL, benchmark=None))
    assert (await create_backtest(definition, editor_on(catalogue))).spec.benchmark is None


async def test_left_out_rules_are_the_regions_and_null_is_none(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    there = replace(ON_FACTOR, universe="both")
    left_out = await create_backtest(
        BacktestDefinition(name="a", parts=there), editor_on(catalogue)
    )
    assert (left_out.spec.exchange.limit_threshold, left_out.spec.exchange.trade_unit) == (
        0.095,
        100,
    )
    assert left_out.spec.benchmark is None
    rules = GivenExchange(limit_threshold=None, trade_unit=None)
    null = await create_backtest(
        BacktestDefinition(name="b", parts=replace(there, exchange=rules)), editor_on(catalogue)
    )
    assert (null.spec.exchange.limit_threshold, null.spec.exchange.trade_unit) == (None, None)


WRONG_PARTS: list[tuple[dict[str, Any], str, str]] = [
    ({"signal": "tree"}, "input.signal", "trees"),
    ({"signal": "oracle"}, "input.signal", "oracle:1 looks ahead"),
    ({"universe": "us6"}, "input.universe", "sample/us5"),
    ({"benchmark": "SPY"}, "input.benchmark", "SPX"),
    ({"benchmark": "ibm"}, "input.benchmark", "Did you mean IBM"),
    ({"account": 0.0}, "input.account", "more than 0"),
    ({"account": -1.0}, "input.account", "more than 0"),
    ({"account": float("nan")}, "input.account", "more than 0"),
    ({"strategy": GivenStrategy(topk=6)}, "input.strategy.topk", "hold 1 to 5"),
    ({"strategy": GivenStrategy(topk=0)}, "input.strategy.topk", "one name at least"),
    ({"strategy": GivenStrategy(topk=2, n_drop=3)}, "input.strategy.nDrop", "topk (2)"),
    ({"strategy": GivenStrategy(n_drop=0)}, "input.strategy.nDrop", "at least one"),
    (
        {"strategy": GivenStrategy(parameters={"hold": 1})},
        "input.strategy.parameters.hold",
        "hold_thresh",
    ),
    ({"exchange": GivenExchange(open_cost=-0.1)}, "input.exchange.openCost", "from 0 to 1"),
    ({"exchange": GivenExchange(close_cost=1.1)}, "input.exchange.closeCost", "from 0 to 1"),
    ({"exchange": GivenExchange(min_cost=-1.0)}, "input.exchange.minCost", "0 or more"),
    (
        {"exchange": GivenExchange(limit_threshold=0.0)},
        "input.exchange.limitThreshold",
        "null for no limit",
    ),
    ({"exchange": GivenExchange(trade_unit=0)}, "input.exchange.tradeUnit", "null for no unit"),
]


async def test_a_wrong_part_is_refused_at_its_path(catalogue: Database) -> None:
    for parts, path, words in WRONG_PARTS:
        found = await refusal(catalogue, **parts)
        assert list(found) == [path]
        assert words in found[path]


WRONG_PERIODS = [
    ("2010-01-04", "2013-03-01", ".end", "end on 2013-02-28 or earlier"),
    ("2010-01-04", "2013-03-02", ".end", "2000-03-01 to 2013-03-01"),
    ("2011-01-04", "2010-03-02", ".end", "before it begins on 2011-01-04"),
    ("2011-01-01", "2011-01-02", "", "no trading day"),
    ("2011-01-03", "2011-01-03", "", "fewer than two trading days"),
    ("2009-12-31", "2010-03-01", ".start", "begin on 2010-01-04 or later"),
    ("2007-01-03", "2007-12-31", "", "choose a period within the test segment"),
]


async def test_a_wrong_period_is_refused_at_its_path(catalogue: Database) -> None:
    for start, end, path, words in WRONG_PERIODS:
        found = await refusal(catalogue, period=days(start, end))
        assert list(found) == [f"input.period{path}"]
        assert words in found[f"input.period{path}"]


async def test_a_name_of_a_factor_and_a_model_is_ambiguous(catalogue: Database) -> None:
    same = FactorDefinition(name="trees", expression="$close")
    await create_factor(same, editor_on(catalogue))
    found = await refusal(catalogue)
    assert "write factor/trees or model/trees" in found["input.signal"]
    definition = BacktestDefinition(name="new", parts=BacktestParts(signal="factor/trees"))
    assert (await create_backtest(definition, editor_on(catalogue))).version == 1


async def test_a_model_is_traded_on_its_own_market(catalogue: Database, tmp_path: Path) -> None:
    await register_small(catalogue, tmp_path / "small")
    found = await refusal(catalogue, universe="both", period=days("2024-01-02", "2024-01-20"))
    assert "choose a universe of sample" in found["input.universe"]


async def test_a_model_of_another_universe_brings_its_own(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    segments = replace(
        SEGMENTS,
        train=days("2024-01-01", "2024-01-10"),
        valid=days("2024-01-11", "2024-01-15"),
        test=days("2024-01-16", "2024-01-25"),
    )
    parts = ModelParts(factor_set="pair", segments=segments, universe="both")
    await create_model(ModelDefinition(name="there", parts=parts), editor_on(catalogue))
    definition = BacktestDefinition(name="new", parts=BacktestParts(signal="there"))
    backtest = await create_backtest(definition, editor_on(catalogue))
    universe = await editor_on(catalogue).lookups.entity(backtest.spec.universe_id)
    assert universe.name == "both"
    assert backtest.spec.period == Period(date(2024, 1, 16), date(2024, 1, 25))


async def test_a_price_that_the_market_lacks_is_refused(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    found = await refusal(
        catalogue,
        ON_FACTOR,
        universe="both",
        exchange=GivenExchange(deal_price=DealPrice.VWAP),
    )
    assert "choose OPEN or CLOSE" in found["input.exchange.dealPrice"]


async def test_a_factor_that_the_market_cannot_answer_is_refused(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    value = FactorDefinition(name="value", expression="1/$pe", universe="both")
    await create_factor(value, editor_on(catalogue))
    found = await refusal(catalogue, BacktestParts(signal="value"))
    assert "value reads $pe" in found["input.signal"]


async def test_a_period_without_members_is_refused(catalogue: Database, tmp_path: Path) -> None:
    await register_small(catalogue, tmp_path / "small")
    found = await refusal(
        catalogue, ON_FACTOR, universe="late", period=days("2024-01-02", "2024-01-15")
    )
    assert "universe late has no members" in found["input.period"]


async def test_names_are_counted_within_the_period(catalogue: Database) -> None:
    before_google = days("2003-01-02", "2003-12-31")
    found = await refusal(
        catalogue, ON_FACTOR, period=before_google, strategy=GivenStrategy(topk=4)
    )
    assert "hold 1 to 3" in found["input.strategy.topk"]


def test_the_largest_membership_is_that_of_one_day() -> None:
    members = {
        "A": ((date(2020, 1, 1), date(2020, 1, 5)), (date(2020, 2, 1), None)),
        "B": ((date(2020, 1, 5), date(2020, 1, 9)),),
        "C": ((date(2020, 1, 6), date(2020, 1, 31)),),
        "D": ((date(2020, 2, 1), date(2020, 2, 1)),),
    }
    assert largest_membership(members) == 2
    assert largest_membership({}) == 0


async def test_everything_wrong_is_told_at_once(catalogue: Database) -> None:
    before = await row_counts(catalogue)
    parts = BacktestParts(
        signal="oracle",
        period=days("1999-01-01", "2014-01-01"),
        strategy=GivenStrategy(topk=0, parameters={"a": 1}),
        exchange=GivenExchange(open_cost=2.0, min_cost=-1.0, trade_unit=-1),
        benchmark="NONE",
        account=-1.0,
    )
    definition = BacktestDefinition(name="a b", parts=parts, description="\x00", tags=("",))
    with pytest.raises(InvalidInputError) as refused:
        await create_backtest(definition, editor_on(catalogue))
    assert list(faults_of(refused.value)) == [
        "input.name",
        "input.description",
        "input.tags",
        "input.signal",
        "input.period.start",
        "input.period.end",
        "input.strategy.parameters.a",
        "input.strategy.topk",
        "input.exchange.openCost",
        "input.exchange.minCost",
        "input.exchange.tradeUnit",
        "input.account",
        "input.benchmark",
    ]
    assert await row_counts(catalogue) == before


async def test_with_an_unknown_signal_the_rest_is_told_too(catalogue: Database) -> None:
    found = await refusal(
        catalogue,
        BacktestParts(signal="nothing"),
        account=-1.0,
        strategy=GivenStrategy(topk=2, n_drop=3),
        exchange=GivenExchange(open_cost=3.0),
    )
    assert list(found) == [
        "input.signal",
        "input.strategy.nDrop",
        "input.exchange.openCost",
        "input.account",
    ]


async def test_a_taken_name_is_refused(catalogue: Database) -> None:
    definition = BacktestDefinition(name="new", parts=ON_MODEL)
    await create_backtest(definition, editor_on(catalogue))
    before = await row_counts(catalogue)
    with pytest.raises(NameTakenError):
        await create_backtest(definition, editor_on(catalogue))
    assert await row_counts(catalogue) == before


async def test_an_edit_of_one_part_leaves_the_others(catalogue: Database) -> None:
    rules = GivenExchange(limit_threshold=0.1, trade_unit=10, open_cost=0.001)
    holdings = GivenStrategy(topk=2, n_drop=2, parameters={"hold_thresh": 2})
    parts = replace(ON_MODEL, strategy=holdings, exchange=rules, benchmark="IBM")
    made = await create_backtest(BacktestDefinition(name="new", parts=parts), editor_on(catalogue))
    edit = BacktestEdit(
        exchange=GivenExchange(limit_threshold=None), strategy=GivenStrategy(n_drop=1)
    )
    revision = BacktestRevision(name="new", expected_version=1, edit=edit)
    edited = await update_backtest(revision, editor_on(catalogue))
    assert edited.version == 2
    assert edited.spec == replace(
        made.spec,
        strategy=replace(made.spec.strategy, n_drop=1),
        exchange=replace(made.spec.exchange, limit_threshold=None),
    )


async def test_a_benchmark_is_taken_away_by_null_only(catalogue: Database) -> None:
    await create_backtest(BacktestDefinition(name="new", parts=ON_MODEL), editor_on(catalogue))
    money = BacktestRevision(name="new", edit=BacktestEdit(account=5e7))
    assert (await update_backtest(money, editor_on(catalogue))).spec.benchmark == "SPX"
    none = BacktestRevision(name="new", edit=BacktestEdit(benchmark=None))
    edited = await update_backtest(none, editor_on(catalogue))
    assert (edited.version, edited.spec.benchmark, edited.spec.account) == (3, None, 5e7)


async def test_an_edit_to_another_market_takes_its_rules_where_none_are_given(
    catalogue: Database, tmp_path: Path
) -> None:
    await register_small(catalogue, tmp_path / "small")
    on_sample = replace(ON_FACTOR, exchange=GivenExchange(open_cost=0.001))
    await create_backtest(BacktestDefinition(name="new", parts=on_sample), editor_on(catalogue))
    there = BacktestEdit(universe="both", period=days("2024-01-02", "2024-01-20"))
    moved = await update_backtest(BacktestRevision(name="new", edit=there), editor_on(catalogue))
    rules = moved.spec.exchange
    assert (rules.limit_threshold, rules.trade_unit, rules.open_cost) == (0.095, 100, 0.001)
    assert moved.spec.benchmark is None
    back = BacktestEdit(
        universe="us5",
        period=days("2010-01-04", "2013-02-28"),
        exchange=GivenExchange(trade_unit=10),
        benchmark="IBM",
    )
    moved = await update_backtest(BacktestRevision(name="new", edit=back), editor_on(catalogue))
    rules = moved.spec.exchange
    assert (rules.limit_threshold, rules.trade_unit, rules.open_cost) == (None, 10, 0.001)
    assert moved.spec.benchmark == "IBM"
    nowhere = BacktestRevision(name="new", edit=BacktestEdit(universe="us6"))
    with pytest.raises(NotFoundError, match="sample/us5"):
        await update_backtest(nowhere, editor_on(catalogue))


async def test_an_edit_that_changes_nothing_is_the_version_that_is_there(
    catalogue: Database,
) -> None:
    await create_backtest(BacktestDefinition(name="new", parts=ON_MODEL), editor_on(catalogue))
    before = await row_counts(catalogue)
    for edit in (
        BacktestEdit(),
        BacktestEdit(signal="trees", universe="us5", account=1e8, benchmark="SPX"),
        BacktestEdit(period=days("2010-01-04", "2013-02-28"), strategy=GivenStrategy(topk=1)),
        BacktestEdit(exchange=GivenExchange(limit_threshold=None, trade_unit=None)),
    ):
        same = await update_backtest(BacktestRevision(name="new", edit=edit), editor_on(catalogue))
        assert same.version == 1
    assert await row_counts(catalogue) == before


async def test_a_wrong_edit_leaves_the_version_that_is_there(catalogue: Database) -> None:
    await create_backtest(BacktestDefinition(name="new", parts=ON_MODEL), editor_on(catalogue))
    before = await row_counts(catalogue)
    wrong = BacktestEdit(strategy=GivenStrategy(topk=9), account=0.0)
    with pytest.raises(InvalidInputError) as refused:
        await update_backtest(BacktestRevision(name="new", edit=wrong), editor_on(catalogue))
    assert list(faults_of(refused.value)) == ["input.strategy.topk", "input.account"]
    with pytest.raises(ConflictError):
        await update_backtest(
            BacktestRevision(name="new", expected_version=9), editor_on(catalogue)
        )
    with pytest.raises(NotFoundError):
        await update_backtest(BacktestRevision(name="old"), editor_on(catalogue))
    assert await row_counts(catalogue) == before


async def test_other_kinds_have_parameters_and_numbers_of_their_own(catalogue: Database) -> None:
    strategy = GivenStrategy(kind=StrategyKind.LONG_SHORT, topk=2, parameters={"gross": 0.5})
    parts = replace(ON_MODEL, strategy=strategy)
    made = await create_backtest(BacktestDefinition(name="both", parts=parts), editor_on(catalogue))

    assert (made.spec.strategy.topk, made.spec.strategy.n_drop) == (2, 2)
    assert made.spec.strategy.parameters == {"gross": 0.5, "borrow_cost": 0.03, "rebalance_days": 5}
    assert made.spec.exchange.trade_unit is None
    edit = BacktestEdit(strategy=GivenStrategy(kind=StrategyKind.WEIGHTED, topk=3))
    edited = await update_backtest(BacktestRevision(name="both", edit=edit), editor_on(catalogue))
    assert (edited.spec.strategy.topk, edited.spec.strategy.n_drop) == (3, 3)
    assert edited.spec.strategy.parameters["weighting"] == "RANK"


@pytest.mark.parametrize(
    ("strategy", "unit", "path", "words"),
    [
        (
            GivenStrategy(kind=StrategyKind.LONG_SHORT, topk=3),
            LEFT_OUT,
            "strategy.topk",
            "on each side",
        ),
        (
            GivenStrategy(kind=StrategyKind.LONG_SHORT, topk=2),
            100,
            "exchange.tradeUnit",
            "any part",
        ),
        (
            GivenStrategy(kind=StrategyKind.WEIGHTED, topk=3, n_drop=1),
            LEFT_OUT,
            "strategy.nDrop",
            "leave nDrop out",
        ),
        (
            GivenStrategy(kind=StrategyKind.WEIGHTED, topk=3, parameters={"gross": 1}),
            LEFT_OUT,
            "strategy.parameters.gross",
            "gross",
        ),
    ],
)
async def test_what_another_kind_does_not_know_is_refused(
    catalogue: Database, strategy: GivenStrategy, unit: Any, path: str, words: str
) -> None:
    rules = GivenExchange(trade_unit=unit)
    parts = replace(ON_MODEL, strategy=strategy, exchange=rules)

    with pytest.raises(InvalidInputError) as caught:
        await create_backtest(BacktestDefinition(name="other", parts=parts), editor_on(catalogue))

    found = faults_of(caught.value)
    assert list(found) == [f"input.{path}"]
    assert words in found[f"input.{path}"]


async def test_what_a_model_learned_from_is_traded_only_if_that_is_allowed(
    catalogue: Database,
) -> None:
    early = days("2009-06-01", "2011-06-01")
    refused = await refusal(catalogue, period=early)
    assert "or set allowInSample" in refused["input.period.start"]
    parts = replace(ON_MODEL, period=early, allow_in_sample=True)
    editor = editor_on(catalogue)
    allowed = await create_backtest(BacktestDefinition(name="early", parts=parts), editor)
    assert (allowed.spec.allow_in_sample, allowed.spec.period.start) == (True, early.start)
    spec = allowed.spec
    signal = await editor.lookups.entity(spec.signal_id)
    universe = await editor.lookups.entity(spec.universe_id)
    calendar = (await ground_of(universe, editor.desk)).calendar
    traded = signal_days(signal, spec.period, calendar, in_sample=True)
    assert traded == Period(date(2009, 5, 29), date(2011, 6, 1))
    kept = BacktestRevision(name="early", edit=BacktestEdit(account=5e7))
    assert (await update_backtest(kept, editor_on(catalogue))).spec.allow_in_sample
    undone = BacktestRevision(name="early", edit=BacktestEdit(allow_in_sample=False))
    with pytest.raises(InvalidInputError, match="before the test segment"):
        await update_backtest(undone, editor_on(catalogue))
