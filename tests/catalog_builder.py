"""Rows for tests that read the catalogue, written straight into its tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.sources import (
    BACKTEST,
    EDGE,
    ENTITY,
    FACTOR,
    FACTOR_SET,
    FACTOR_SET_MEMBER,
    HEADLINE,
    INSTRUMENT,
    LISTING,
    MARKET,
    MEMBERSHIP,
    MODEL,
    NAME,
    RUN,
    SNAPSHOT,
    TAG,
    UNIVERSE,
)

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
FIRST, LAST = date(2020, 1, 1), date(2023, 12, 29)


class CatalogBuilder:
    """Writes entities with defaults for everything that a test does not care about."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._latest: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._markets: dict[int, str] = {}
        self._written = 0

    async def market(self, name: str = "us", **columns: Any) -> int:
        """A market."""
        row = await self._insert(MARKET, {"name": name, "region": "us", **columns})
        self._markets[row] = name
        return row

    async def instrument(self, market_id: int, symbol: str, **columns: Any) -> int:
        """An instrument that no snapshot lists yet."""
        return await self._insert(INSTRUMENT, {"market_id": market_id, "symbol": symbol, **columns})

    async def snapshot(self, market_id: int, listed: list[int], **columns: Any) -> int:
        """The next snapshot of a market, listing instruments."""
        entity = await self.entity("SNAPSHOT", self._markets[market_id])
        values = {
            "entity_id": entity,
            "market_id": market_id,
            "directory": "/data",
            "stamp": "s",
            "region": "us",
            "frequency": "day",
            "fingerprint": f"f{entity}",
            "first_date": FIRST,
            "last_date": LAST,
            "trading_days": 1000,
            "fields": ["close", "open"],
            "quality": {"rows": 1, "instruments": len(listed), "issues": []},
            **columns,
        }
        await self.session.execute(insert(SNAPSHOT), values)
        days = {"first_date": values["first_date"], "last_date": values["last_date"]}
        for instrument in listed:
            row = {"snapshot_id": entity, "instrument_id": instrument, **days}
            await self.session.execute(insert(LISTING), row)
        return entity

    async def universe(
        self, market_id: int, name: str, stays: list[tuple[int, date, date | None]], **header: Any
    ) -> int:
        """The next version of a universe with its members' stays."""
        entity = await self.entity("UNIVERSE", name, scope=self._markets[market_id], **header)
        row = {"entity_id": entity, "market_id": market_id}
        await self.session.execute(insert(UNIVERSE), row)
        for instrument, start, end in stays:
            stay = {"universe_id": entity, "instrument_id": instrument, "start": start, "end": end}
            await self.session.execute(insert(MEMBERSHIP), stay)
        return entity

    async def factor(self, name: str, expression: str = "$close", **columns: Any) -> int:
        """The next version of a factor."""
        header, own = _split(columns)
        entity = await self.entity("FACTOR", name, **header)
        row = {
            "entity_id": entity,
            "origin": "EXPRESSION",
            "expression": expression,
            "canonical": expression,
            "input_fields": ["close"],
            "lookback_days": 1,
            "looks_ahead": False,
            "is_cross_sectional": False,
            **own,
        }
        await self.session.execute(insert(FACTOR), row)
        return entity

    async def factor_set(self, name: str, factors: list[int], **header: Any) -> int:
        """The next version of a set of factors."""
        entity = await self.entity("FACTOR_SET", name, **header)
        await self.session.execute(insert(FACTOR_SET), {"entity_id": entity, "size": len(factors)})
        for position, factor in enumerate(factors):
            member = {"factor_set_id": entity, "position": position, "factor_id": factor}
            await self.session.execute(insert(FACTOR_SET_MEMBER), member)
        return entity

    async def model(self, name: str, factor_set: int, universe: int, **header: Any) -> int:
        """The next version of a model."""
        entity = await self.entity("MODEL", name, **header)
        row = {
            "entity_id": entity,
            "kind": "LIGHTGBM",
            "parameters": {"num_leaves": 31},
            "seed": 7,
            "factor_set_id": factor_set,
            "universe_id": universe,
            "label": "Ref($close, -2)/Ref($close, -1) - 1",
            "train_start": date(2020, 1, 1),
            "train_end": date(2020, 12, 31),
            "valid_start": date(2021, 1, 1),
            "valid_end": date(2021, 12, 31),
            "test_start": date(2022, 1, 1),
            "test_end": date(2022, 12, 30),
            "processors": {
                "infer": [],
                "learn": [{"kind": "DropnaLabel", "parameters": {}}],
            },
        }
        await self.session.execute(insert(MODEL), row)
        return entity

    async def backtest(self, name: str, signal: int, universe: int, **header: Any) -> int:
        """The next version of a backtest."""
        entity = await self.entity("BACKTEST", name, **header)
        row = {
            "entity_id": entity,
            "signal_id": signal,
            "universe_id": universe,
            "start": date(2022, 1, 1),
            "end": date(2022, 12, 30),
            "benchmark": "^gspc",
            "account": 1e6,
            "strategy": {"kind": "TOPK_DROPOUT", "topk": 2, "n_drop": 1, "parameters": {}},
            "exchange": {
                "deal_price": "CLOSE",
                "open_cost": 0.0005,
                "close_cost": 0.0015,
                "min_cost": 5.0,
                "limit_threshold": None,
                "trade_unit": None,
            },
        }
        await self.session.execute(insert(BACKTEST), row)
        return entity

    async def entity(
        self,
        kind: str,
        name: str,
        scope: str = "",
        tags: tuple[str, ...] = (),
        archived: bool = False,
        **columns: Any,
    ) -> int:
        """The next version of a name, without what its kind adds."""
        name_id, version = self._latest.get((kind, scope, name), (0, 0))
        if not version:
            name_id = await self._insert(
                NAME,
                {
                    "kind": kind,
                    "scope": scope,
                    "name": name,
                    "latest_version": 0,
                    "archived_at": EPOCH if archived else None,
                },
            )
            for tag in tags:
                await self.session.execute(insert(TAG), {"name_id": name_id, "tag": tag})
        self._latest[kind, scope, name] = (name_id, version + 1)
        raised = NAME.update().where(NAME.c.id == name_id).values(latest_version=version + 1)
        await self.session.execute(raised)
        self._written += 1
        row = {
            "name_id": name_id,
            "kind": kind,
            "version": version + 1,
            "content": f"{kind}{name}{version}",
            "created_at": EPOCH + timedelta(minutes=self._written),
            "created_by": "tester",
            **columns,
        }
        return await self._insert(ENTITY, row)

    async def headline(self, entity: int, snapshot: int, universe: int, **figures: float) -> None:
        """The newest figures of an entity."""
        row = {
            "entity_id": entity,
            "result_key": f"k{entity}",
            "snapshot_id": snapshot,
            "universe_id": universe,
            "engine": "e",
            "computed_at": EPOCH,
            **figures,
        }
        await self.session.execute(insert(HEADLINE), row)

    async def edges(self, *edges: tuple[int, int], relation: str = "INPUT_OF") -> None:
        """Edges of one relation."""
        rows = [{"source_id": a, "target_id": b, "relation": relation} for a, b in edges]
        if rows:
            await self.session.execute(insert(EDGE), rows)

    async def run(self, key: str, **columns: Any) -> int:
        """A run."""
        row = {
            "key": key,
            "kind": "EVALUATION",
            "state": "SUCCEEDED",
            "is_default": False,
            "owner": "server",
            "requested_by": "tester",
            "attempt": 1,
            "queued_at": EPOCH,
            "phase": "done",
            "done": 0,
            **columns,
        }
        return await self._insert(RUN, row)

    async def _insert(self, table: Any, values: dict[str, Any]) -> int:
        result = await self.session.execute(insert(table).returning(table.c.id), values)
        row: int = result.scalar_one()
        return row


def _split(columns: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    header_names = {"tags", "archived", "description", "created_at", "created_by"}
    header = {name: value for name, value in columns.items() if name in header_names}
    return header, {name: value for name, value in columns.items() if name not in header_names}


@contextmanager
def counted_statements(database: Database) -> Iterator[list[str]]:
    """All SQL that the database is sent meanwhile, but for the beginning of transactions."""
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)
