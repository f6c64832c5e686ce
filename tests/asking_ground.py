"""A small market whose data can change, and a server on it that computes when it is told to."""

import asyncio
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import orjson
from graphql import GraphQLError
from sqlalchemy import event

from bars.universes import Span
from bars.writing import write_market
from catalog.artifacts import LocalArtifacts
from catalog.database import Database
from catalog.defining import (
    create_backtest,
    create_factor,
    create_factor_set,
    create_model,
    update_factor,
)
from compute.performing import perform
from compute.progress import STARTED, ProgressReport, Report
from domain.expression import parse
from domain.lightgbm_parameters import check_lightgbm_parameters
from domain.period import Period, Segments
from domain.processors import check_processors
from domain.regions import Region
from domain.specs import BacktestSpec, ModelKind, ModelSpec, StrategySpec
from domain.strategy_parameters import check_strategy_parameters
from domain.trading_defaults import default_exchange
from domain.work import Outcome, Work
from resolvers.asking import Asking
from resolvers.defining.expressions import factor_spec
from resolvers.facts import Facts
from resolvers.importing import Adopted, register_market
from resolvers.inquiry import Inquiry
from resolvers.market_reading import read_market
from resolvers.running import Runner
from resolvers.services import Limits, Services
from schema.context import Context
from schema.lookups import CatalogLookups
from schema.schema import schema

MARKET = "tiny"
MEMBERS = ("AAA", "BBB", "CCC", "DDD", "EEE")
INDEX, STRANGER = "IDX", "ZZZ"
"""The benchmark, and a share that no universe has."""

ALL_DAYS = np.busday_offset(np.datetime64("2020-01-01"), np.arange(160), roll="forward")
DAYS = 120
"""How many of them the first snapshot has."""

SEGMENTS = Segments(
    train=Period(date(2020, 1, 20), date(2020, 3, 31)),
    valid=Period(date(2020, 4, 1), date(2020, 4, 24)),
    test=Period(date(2020, 4, 27), date(2020, 5, 22)),
)
TRADED = Period(date(2020, 4, 29), date(2020, 5, 20))
PATIENCE_SECONDS = 60.0

Changes = Sequence[tuple[str, str, int]]
"""Values that differ a little: symbol, field and row of each."""


class CommandedExecutor:
    """An `Executor` that computes in place, waiting and failing as it is told to.

    Attributes:
        workers: One.
        made: How many computations of each type of work were begun.
        gate: Closed, it holds computations up.
        failure: What computations end with in place of an answer.
    """

    def __init__(self, store: LocalArtifacts) -> None:
        self.workers = 1
        self.made: Counter[str] = Counter()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self._store = store

    async def run(self, work: Work, *, key: str, report: Report) -> Outcome:
        """Compute."""
        self.made[type(work).__name__] += 1
        report(ProgressReport(STARTED))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        with warnings.catch_warnings(action="ignore"):  # of Qlib's, as in a worker
            return perform(work, self._store, report)

    async def close(self) -> None:
        """There is nothing to end."""


@dataclass
class Reply:
    """What a client got."""

    data: Any
    errors: list[GraphQLError]

    @property
    def codes(self) -> dict[str, str]:
        """The code of each error by the path of its field."""
        return {
            ".".join(map(str, error.path or ())): (error.extensions or {}).get("code", "")
            for error in self.errors
        }

    @property
    def run_id(self) -> str:
        """The run that the first error names."""
        extensions = self.errors[0].extensions or {}
        return str(extensions["runId"])

    def error(self, path: str) -> GraphQLError:
        """The error at a path."""
        return next(e for e in self.errors if ".".join(map(str, e.path or ())) == path)


@dataclass
class Ground:
    """A server without HTTP, and the market that it is about."""

    database: Database
    folder: Path
    limits: Limits = field(default_factory=Limits)
    imports: int = 0

    def __post_init__(self) -> None:
        self.store = LocalArtifacts(self.folder / "artifacts")
        self.executor = CommandedExecutor(self.store)
        self.restart()

    @property
    def runner(self) -> Runner:
        """The server's runner."""
        return self.services.runner

    def restart(self) -> None:
        """Forget what a server remembers; what it keeps stays."""
        self.services = self.another_server("tests")

    def another_server(self, owner: str) -> Services:
        """Another server on the same catalogue."""
        runner = Runner(self.database, self.store, self.executor, owner)
        return Services(self.database, self.store, Facts(), runner, self.limits)

    async def import_data(self, days: int = DAYS, changes: Changes = (), **options: Any) -> Adopted:
        """The market's next snapshot: its first days, with values that differ as told."""
        self.imports += 1
        target = self.folder / f"data{self.imports}"
        write_days(target, days, changes, **options)
        reading = read_market(target, Region.US, INDEX)
        return await register_market(self.database, MARKET, reading, "ada")

    async def define(self) -> None:
        """Two factors, a set of them, a model that learns from it, and a backtest of each."""
        inquiry = self.inquiry()
        universe = await inquiry.lookups.default_universe()
        async with self.database.begin() as session:
            specs = {
                "momentum": factor_spec(parse("$close/Ref($close,3)-1")),
                "size": factor_spec(parse("Mean($volume,5)")),
            }
            rows = [
                await create_factor(session, name, spec, author="ada")
                for name, spec in specs.items()
            ]
            both = await create_factor_set(session, "both", rows, author="ada")
            model = await create_model(
                session, "trees", model_spec(both, universe.id), author="ada"
            )
            for name, signal in (("on-trees", model), ("on-momentum", rows[0])):
                spec = backtest_spec(signal, universe.id)
                await create_backtest(session, name, spec, author="ada")

    async def redefine(self, name: str, expression: str) -> None:
        """The next version of a factor."""
        async with self.database.begin() as session:
            spec = factor_spec(parse(expression))
            await update_factor(session, name, spec=spec, author="ada")

    def asking(self, wait: float = PATIENCE_SECONDS, **terms: Any) -> Asking:
        """The terms of an operation that arrives now."""
        return Asking("ada", asyncio.get_running_loop().time() + wait, **terms)

    def inquiry(self, services: Services | None = None, **terms: Any) -> Inquiry:
        """What an operation that arrives now asks with."""
        lookups = CatalogLookups(self.database)
        return Inquiry(services or self.services, self.asking(**terms), lookups)

    async def ask(self, query: str, services: Services | None = None, **terms: Any) -> Reply:
        """Send an operation, and read its answer as a client does."""
        context = Context(services or self.services, self.asking(**terms))
        result = await schema.execute(query, context_value=context)
        data = orjson.loads(orjson.dumps(result.data, option=orjson.OPT_SERIALIZE_NUMPY))
        return Reply(data, list(result.errors or ()))

    async def data(self, query: str, **terms: Any) -> Any:
        """The data of an answer that has no errors."""
        reply = await self.ask(query, **terms)
        assert not reply.errors, reply.errors
        return reply.data


async def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.01)


class Statements:
    """What is sent to a database, but for the marks of use that are made in the background."""

    def __init__(self, database: Database) -> None:
        self.texts: list[str] = []
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if text.startswith("INSERT") or "last_used_at" not in text:
            self.texts.append(text)

    @property
    def reads(self) -> list[str]:
        """Those that look something up."""
        return [text for text in self.texts if text.lstrip().upper().startswith("SELECT")]

    @property
    def writes(self) -> list[str]:
        """Those that change something."""
        changing = ("INSERT", "UPDATE", "DELETE")
        return [text for text in self.texts if text.lstrip().upper().startswith(changing)]


def write_days(
    target: Path,
    days: int,
    changes: Changes,
    members: tuple[str, ...] = MEMBERS,
    more_universes: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> None:
    """Write the market's first days as a Qlib directory."""
    bars = {symbol: bars_of(symbol, days, changes) for symbol in (*MEMBERS, INDEX, STRANGER)}
    always = (Span(cast(date, ALL_DAYS[0].item())),)
    universes = {
        name: dict.fromkeys(symbols, always)
        for name, symbols in {"five": members, **more_universes}.items()
    }
    write_market(target, ALL_DAYS[:days], bars, universes)


def bars_of(
    symbol: str, days: int, changes: Changes = ()
) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """The bars of an instrument, by field."""
    numbers = np.random.default_rng(list(symbol.encode()))
    close = 50 * np.cumprod(1 + numbers.normal(0.0005, 0.01, len(ALL_DAYS)))
    columns = {
        "open": close * 1.001,
        "high": close * 1.01,
        "low": close * 0.99,
        "close": close,
        "volume": np.round(numbers.uniform(1e5, 1e6, len(ALL_DAYS))),
        "factor": np.ones(len(ALL_DAYS)),
        "change": np.append(np.nan, close[1:] / close[:-1] - 1),
    }
    bars = {name: values[:days].copy() for name, values in columns.items()}
    for changed, name, row in changes:
        if changed == symbol:
            bars[name][row] *= 1.002
    return bars


def model_spec(factor_set_id: int, universe_id: int) -> ModelSpec:
    """A model of a few small trees."""
    parameters = {"num_boost_round": 5, "num_leaves": 4, "min_data_in_leaf": 5}
    return ModelSpec(
        kind=ModelKind.LIGHTGBM,
        parameters=check_lightgbm_parameters(parameters),
        seed=1,
        factor_set_id=factor_set_id,
        universe_id=universe_id,
        label=parse("Ref($close,-2)/Ref($close,-1)-1").canonical,
        segments=SEGMENTS,
        processors=check_processors(None),
    )


def backtest_spec(signal_id: int, universe_id: int) -> BacktestSpec:
    """Holding two names."""
    return BacktestSpec(
        signal_id=signal_id,
        universe_id=universe_id,
        period=TRADED,
        benchmark=INDEX,
        account=1e6,
        strategy=StrategySpec(topk=2, n_drop=1, parameters=check_strategy_parameters(None)),
        exchange=default_exchange("us"),
    )
