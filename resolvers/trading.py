"""What is asked of a backtest: its history, its risk, what it held and traded."""

from typing import cast

from domain.records import BacktestRecord, SnapshotRecord, UniverseRecord
from resolvers.backtests import backtest_question
from resolvers.inquiry import Answer, Inquiry
from resolvers.studies import resolve_snapshot


async def backtest_snapshot(
    backtest: BacktestRecord, snapshot: str | None, inquiry: Inquiry
) -> SnapshotRecord:
    """The snapshot named, else the newest of the backtest's market."""
    universe = cast(UniverseRecord, await inquiry.lookups.entity(backtest.spec.universe_id))
    return await resolve_snapshot(snapshot, universe, inquiry.lookups)


async def history(backtest: BacktestRecord, snapshot: str | None, inquiry: Inquiry) -> Answer:
    """What a backtest did, day by day."""
    data = await backtest_snapshot(backtest, snapshot, inquiry)

    async def today() -> str:
        newest = await backtest_snapshot(backtest, None, inquiry)
        return (await backtest_question(backtest, newest, inquiry.desk)).key

    stands = snapshot is None
    question = await backtest_question(backtest, data, inquiry.desk, stands=stands)
    return await inquiry.answer(question, today)
