"""What each address asks for, put together from what is kept and what the catalogue says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from compute.kept_report import report_columns
from domain.downloads import (
    BarsDownload,
    Download,
    MatrixDownload,
    PredictionsDownload,
    ReportDownload,
    ValuesDownload,
)
from domain.errors import BadInputError, NotFoundError
from domain.exports import (
    BarsSource,
    ColumnNote,
    ExportSource,
    MatrixSource,
    ReportSource,
)
from domain.names import EntityKind
from domain.period import Period
from domain.records import FactorRecord, ResultRecord, SnapshotRecord, UniverseRecord
from domain.report_columns import MONEY, REPORT_COLUMNS
from domain.runs import RunKind
from domain.specs import JsonObject
from domain.units import FRACTION, bar_unit, money_unit
from resolvers.bars import known_fields
from resolvers.desk import Desk
from resolvers.matrices import stored_matrix
from resolvers.questions import bars_of, stored_panel
from resolvers.shown_columns import shown_columns, universe_of
from resolvers.studies import period_within

OF_EXPRESSION = "as its expression gives it"
AS_IMPORTED = "as it was imported"
OF_LABEL = "as the label of its model"


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a file.

    Attributes:
        name: What it is called, without the ending that tells its format.
        source: Where its numbers are.
        about: What it says of itself.
        notes: What it says of its columns; a single note goes for all.
        meaning: What stands for the source where that is long to read; None for itself.
    """

    name: str
    source: ExportSource
    about: JsonObject
    notes: tuple[ColumnNote, ...]
    meaning: object = None


async def content_of(download: Download, desk: Desk) -> Content:
    """What is fetched at an address.

    Raises:
        NotFoundError: Nothing is kept under its key, or a reference points at nothing.
        BadInputError: A part of it does not fit what is kept.
    """
    match download:
        case ValuesDownload():
            return await _values(download, desk)
        case PredictionsDownload():
            return await _predictions(download, desk)
        case ReportDownload():
            return await _report(download, desk)
        case MatrixDownload():
            return await _matrix(download, desk)
        case BarsDownload():
            return await _bars(download, desk)
    raise LookupError(f"Nobody knows what is in {type(download).__name__}.")


async def _values(download: ValuesDownload, desk: Desk) -> Content:
    result = await _kept(download, RunKind.FACTOR_VALUES, "panels", desk)
    snapshot = await _snapshot(result, desk)
    expression = next(iter(result.document["panels"]), None)
    factor = await _factor(download, expression, result, desk)
    universe = await universe_of(download.universe, snapshot, desk)
    period = period_within(snapshot, download.start, download.end)
    shown = await shown_columns(universe, period, snapshot, download.instruments, desk)
    about = {
        "kind": download.kind,
        "factor": factor.reference if factor else None,
        "expression": expression,
        "universe": universe.reference if universe else None,
        **_days(period),
        **_origin(result, snapshot),
    }
    return Content(
        name=_name(factor.name if factor else "values", universe, period, download.instruments),
        source=shown.of(stored_panel(result), period),
        about=about,
        notes=(_note(expression),),
        meaning=(stored_panel(result), shown.meaning),
    )


async def _predictions(download: PredictionsDownload, desk: Desk) -> Content:
    result = await _kept_predictions(download, desk)
    snapshot = await _snapshot(result, desk)
    universe = cast(UniverseRecord, await desk.lookups.entity(cast(int, result.universe_id)))
    model = await desk.lookups.entity(cast(int, result.entity_id))
    trained_on = result.document.get("trained_on")
    period = period_within(snapshot, download.start, download.end)
    shown = await shown_columns(universe, period, snapshot, download.instruments, desk)
    about = {
        "kind": download.kind,
        "model": model.reference,
        **({"trainedOn": trained_on} if trained_on else {}),
        "universe": universe.reference,
        **_days(period),
        **_origin(result, snapshot),
    }
    return Content(
        name=_name(model.name, universe, period, download.instruments),
        source=shown.of(stored_panel(result), period),
        about=about,
        notes=(ColumnNote(OF_LABEL),),
        meaning=(stored_panel(result), shown.meaning),
    )


async def _report(download: ReportDownload, desk: Desk) -> Content:
    result = await _kept(download, RunKind.BACKTEST, "benchmark", desk)
    snapshot = await _snapshot(result, desk)
    backtest = await desk.lookups.entity(cast(int, result.entity_id))
    money = money_unit((await desk.lookups.market(snapshot.market_id)).currency)
    benchmark = result.document["benchmark"]
    return Content(
        name=f"{backtest.name}-report",
        source=ReportSource(report_columns(result.artifacts), bool(benchmark)),
        about={
            "kind": download.kind,
            "backtest": backtest.reference,
            "benchmark": benchmark,
            **_origin(result, snapshot),
        },
        notes=tuple(ColumnNote(money if name in MONEY else FRACTION) for name in REPORT_COLUMNS),
    )


async def _matrix(download: MatrixDownload, desk: Desk) -> Content:
    result = await _kept(download, RunKind.FACTOR_VALUES, "features", desk)
    snapshot = await _snapshot(result, desk)
    universe = await desk.lookups.entity(cast(int, result.universe_id))
    factor_set = await desk.lookups.entity(cast(int, result.entity_id))
    features = result.document["features"]
    return Content(
        name=f"{factor_set.name}-{universe.name}",
        source=MatrixSource(stored_matrix(result), tuple(name for name, _ in features)),
        about={
            "kind": download.kind,
            "factorSet": factor_set.reference,
            "universe": universe.reference,
            "start": result.document["start"],
            "end": result.document["end"],
            **_origin(result, snapshot),
        },
        notes=tuple(_note(expression) for _, expression in features),
    )


async def _bars(download: BarsDownload, desk: Desk) -> Content:
    found = await desk.lookups.resolve(EntityKind.SNAPSHOT, download.snapshot, "snapshot")
    snapshot = cast(SnapshotRecord, found)
    if download.symbol not in await desk.facts.symbols(snapshot, desk.lookups):
        raise NotFoundError(
            f"The snapshot {snapshot.reference} lists no {download.symbol!r}; "
            "`instruments(search:)` finds what there is."
        )
    period = period_within(snapshot, download.start, download.end)
    fields = known_fields(download.fields, snapshot)
    currency = (await desk.lookups.market(snapshot.market_id)).currency
    return Content(
        name=_name(download.symbol, None, period),
        source=BarsSource(bars_of(snapshot), download.symbol, fields, period),
        about={
            "kind": download.kind,
            "symbol": download.symbol,
            **_days(period),
            "snapshot": snapshot.reference,
            "fingerprint": snapshot.fingerprint,
            "engine": "imported",
            "computedAt": snapshot.created_at.isoformat(),
        },
        notes=tuple(ColumnNote(bar_unit(field, currency)) for field in fields),
    )


async def _kept_predictions(download: PredictionsDownload, desk: Desk) -> ResultRecord:
    """A training, which predicts its segments, or what a kept model predicts on later days."""
    result = await desk.lookups.result(download.key)
    if result is not None and result.kind == RunKind.PREDICTION.value:
        return result
    return await _kept(download, RunKind.TRAINING, "train_rows", desk)


async def _kept(download: Any, kind: RunKind, telling: str, desk: Desk) -> ResultRecord:
    """The result of a key, if it is of the kind that the address says."""
    result = await desk.lookups.result(download.key)
    if result is None or result.kind != kind.value or telling not in result.document:
        raise NotFoundError(
            f"No {download.kind} is kept under the key {download.key}; ask for downloadUrl "
            "again, which has it computed where need be.",
            "key",
        )
    return result


async def _snapshot(result: ResultRecord, desk: Desk) -> SnapshotRecord:
    return cast(SnapshotRecord, await desk.lookups.entity(result.snapshot_id))


def _note(expression: str | None) -> ColumnNote:
    return ColumnNote(AS_IMPORTED) if expression is None else ColumnNote(OF_EXPRESSION, expression)


async def _factor(
    download: ValuesDownload, expression: str | None, result: ResultRecord, desk: Desk
) -> FactorRecord | None:
    if download.factor is None:
        return None
    found = await desk.lookups.resolve(EntityKind.FACTOR, download.factor, "factor")
    factor = cast(FactorRecord, found)
    if factor.spec.imported is not None and factor.spec.feature == stored_panel(result):
        return factor
    if factor.spec.canonical != expression or expression is None:
        raise BadInputError(
            f"The factor {factor.reference} is {factor.spec.canonical or 'imported'}, and what is "
            f"kept under the key is {expression or 'another import'}; ask for downloadUrl of the "
            "factor.",
            "factor",
        )
    return factor


def _days(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _origin(result: ResultRecord, snapshot: SnapshotRecord) -> dict[str, str]:
    """How a result came to be, as files tell it."""
    return {
        "key": result.key,
        "snapshot": snapshot.reference,
        "fingerprint": snapshot.fingerprint,
        "engine": result.engine,
        "computedAt": result.computed_at.isoformat(),
    }


def _name(
    what: str,
    universe: UniverseRecord | None,
    period: Period,
    instruments: Sequence[str] | None = None,
) -> str:
    over = [universe.name] if universe else []
    only = list(instruments) if instruments and len(instruments) == 1 else []
    return "-".join([what, *over, *only, f"{period.start:%Y%m%d}", f"{period.end:%Y%m%d}"])
