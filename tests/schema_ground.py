"""A catalogue of chains from factors to backtests, asked as a client would."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from defining_ground import register_sample
from graphql import GraphQLError
from small_computations import SmallComputations

from catalog.database import Database
from catalog.defining import create_backtest, create_factor, create_factor_set, create_model
from catalog.reading import find_entities
from domain.arrays import Array
from domain.errors import ArtifactMissingError
from domain.expression import parse
from domain.names import EntityKind, Reference
from resolvers.asking import Asking
from resolvers.defining.expressions import factor_spec
from resolvers.facts import Facts
from resolvers.running import Runner
from resolvers.seeds import backtest_spec, model_spec
from resolvers.services import Limits, Services
from schema.context import Context
from schema.schema import schema

PATIENCE_SECONDS = 60.0


class MemoryArtifacts:
    """An `ArtifactStore` that forgets everything with the test."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def put_array(self, array: Array) -> str:
        """Keep an array."""
        return self._put(array)

    def draw_array(self, shape: tuple[int, ...], dtype: str, draw: Callable[[Array], None]) -> str:
        """Keep an array that is drawn."""
        array = np.zeros(shape, dtype)
        draw(array)
        return self._put(array)

    def put_text(self, text: str) -> str:
        """Keep a text."""
        return self._put(text)

    def open_array(self, digest: str, *, verified: bool = False) -> Array:
        """Give an array back."""
        return self._open(digest)

    def open_text(self, digest: str, *, verified: bool = False) -> str:
        """Give a text back."""
        return str(self._open(digest))

    def size_of(self, digest: str) -> int:
        """One, if it is there."""
        return int(self._open(digest) is not None)

    def _put(self, content: Any) -> str:
        digest = f"{len(self.kept):032x}"
        self.kept[digest] = content
        return digest

    def _open(self, digest: str) -> Any:
        if digest not in self.kept:
            raise ArtifactMissingError(f"The artifact {digest} is gone.")
        return self.kept[digest]


@dataclass
class Reply:
    """An answer: its data as JSON, and its errors as they were told."""

    data: Any
    errors: list[GraphQLError] = field(default_factory=list)

    @property
    def codes(self) -> dict[str, str]:
        """The code of each error by the path of its field."""
        return {
            ".".join(str(step) for step in error.path or ()): (error.extensions or {}).get("code")
            for error in self.errors
        }


@dataclass
class Ground:
    """A server without HTTP."""

    database: Database
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.store = MemoryArtifacts()
        self.executor = SmallComputations(self.store)
        runner = Runner(self.database, self.store, self.executor, "tests")
        self.services = Services(self.database, self.store, Facts(), runner, self.limits)

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **terms: Any) -> Reply:
        """Execute an operation and encode its answer as the server does."""
        deadline = asyncio.get_running_loop().time() + terms.pop("wait", PATIENCE_SECONDS)
        asking = Asking("ada", deadline, max_starts=terms.pop("max_starts", 10_000), **terms)
        context = Context(self.services, asking)
        result = await schema.execute(query, variable_values=variables, context_value=context)
        return Reply(orjson.loads(encoded(result.data)), list(result.errors or ()))

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of an answer that has no errors."""
        reply = await self.ask(query, variables)
        assert not reply.errors, reply.errors
        return reply.data


def encoded(data: Any) -> bytes:
    """JSON as the server writes it."""
    return orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)


@asynccontextmanager
async def sample_ground(
    database: Database, directory: Path, chains: int = 0
) -> AsyncIterator[Ground]:
    """The sample market, with so many chains of a factor, a set, a model and two backtests.

    Factor `f1` is the only one of set `s1`, which model `m1` learns from; backtest `b1` trades on
    the model and `c1` on the factor.
    """
    await register_sample(database, directory)
    async with database.begin() as session:
        reference = Reference("us5")
        universe = (await find_entities(session, EntityKind.UNIVERSE, [reference]))[reference][0]
        for one in range(1, chains + 1):
            spec = factor_spec(parse(f"$close/Ref($close,{one})-1"))
            factor = await create_factor(
                session, f"f{one}", spec, tags=("chain", f"t{one}"), author="ada"
            )
            factor_set = await create_factor_set(session, f"s{one}", [factor], author="ada")
            made = model_spec(factor_set, universe.id)
            model = await create_model(session, f"m{one}", made, tags=("chain",), author="ada")
            for name, signal in ((f"b{one}", model), (f"c{one}", factor)):
                traded = backtest_spec(signal, universe.id)
                await create_backtest(session, name, traded, author="ada")
    ground = Ground(database)
    yield ground
    await ground.services.runner.close()


@asynccontextmanager
async def small_ground(
    template: Path, folder: Path, directory: Path, chains: int = 1
) -> AsyncIterator[Ground]:
    """The sample market on SQLite, for what does not depend on the database."""
    shutil.copyfile(template, folder / "ground.db")
    database = Database(f"sqlite:///{folder / 'ground.db'}")
    async with sample_ground(database, directory, chains) as ground:
        yield ground
    await database.close()


def finite(values: list[float | None]) -> np.ndarray[Any, Any]:
    """A column of JSON as numbers."""
    return np.array([np.nan if value is None else value for value in values])
