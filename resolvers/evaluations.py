"""Questions about how well a signal ranked later returns."""

from collections.abc import Sequence

from compute.versions import engine
from domain.errors import BadInputError
from domain.keys import content_key
from domain.runs import RunKind
from domain.work import DecayWork, EvaluationWork, Work
from resolvers.desk import Desk
from resolvers.facts import Calendar
from resolvers.questions import NOBODY, Ensure, Purpose, Question, bars_of, stored_panel
from resolvers.signals import SignalSource
from resolvers.studies import Study

MAX_HORIZON_DAYS = 1000
MAX_QUANTILES = 100
MAX_HORIZONS = 50


async def evaluation_question(
    source: SignalSource,
    study: Study,
    horizon_days: int,
    quantiles: int,
    desk: Desk,
    purpose: Purpose = NOBODY,
) -> Question:
    """How a signal ranked the returns of one horizon.

    Raises:
        BadInputError: The horizon or the number of quantiles is out of range.
    """
    require_horizon(horizon_days)
    _require_between("quantiles", quantiles, 1, MAX_QUANTILES)
    prices = await _prices(study, horizon_days, desk)
    versions = engine(RunKind.EVALUATION)
    meaning = [source.key, study.period, horizon_days, quantiles, prices, versions]

    async def prepare(ensure: Ensure) -> Work:
        return EvaluationWork(
            bars=bars_of(study.snapshot),
            signal=stored_panel(await ensure(source.panel)),
            members=await desk.facts.members(study.universe.id, study.period, desk.lookups),
            period=study.period,
            horizon_days=horizon_days,
            quantiles=quantiles,
        )

    return Question(
        key=content_key("evaluation", meaning),
        kind=RunKind.EVALUATION,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=versions,
        prepare=prepare,
        purpose=purpose,
    )


async def decay_question(
    source: SignalSource,
    study: Study,
    horizons_days: Sequence[int],
    desk: Desk,
    purpose: Purpose = NOBODY,
) -> Question:
    """How a signal ranked the returns of several horizons.

    Raises:
        BadInputError: There are no horizons, too many, or one is out of range.
    """
    if not 1 <= len(horizons_days) <= MAX_HORIZONS:
        raise BadInputError(
            f"horizonDays lists {len(horizons_days)} horizons; give 1 to {MAX_HORIZONS}.",
            "horizonDays",
        )
    for horizon in horizons_days:
        require_horizon(horizon)
    prices = await _prices(study, max(horizons_days), desk)
    versions = engine(RunKind.EVALUATION)
    meaning = [source.key, study.period, list(horizons_days), prices, versions]

    async def prepare(ensure: Ensure) -> Work:
        return DecayWork(
            bars=bars_of(study.snapshot),
            signal=stored_panel(await ensure(source.panel)),
            members=await desk.facts.members(study.universe.id, study.period, desk.lookups),
            period=study.period,
            horizons_days=tuple(horizons_days),
        )

    return Question(
        key=content_key("decay", meaning),
        kind=RunKind.EVALUATION,
        snapshot=study.snapshot,
        universe=study.universe,
        engine=versions,
        prepare=prepare,
        purpose=Purpose(purpose.entity_id),
    )


async def _prices(study: Study, horizon_days: int, desk: Desk) -> list[str]:
    """Hash the closes that returns are made of, and the membership that weighs them."""
    calendar: Calendar = await desk.facts.calendar(study.snapshot)
    rows = calendar.rows(study.period)
    stop = min(study.snapshot.trading_days, rows.stop + 1 + horizon_days)
    members = await desk.facts.members(study.universe.id, study.period, desk.lookups)
    bars = await desk.facts.bars(
        study.snapshot, ("close",), tuple(members), slice(rows.start, stop)
    )
    membership = await desk.facts.membership_key(study.universe.id, study.period, desk.lookups)
    return [bars, membership]


def require_horizon(horizon_days: int) -> None:
    """Check that returns can span so many days.

    Raises:
        BadInputError: They cannot.
    """
    _require_between("horizonDays", horizon_days, 1, MAX_HORIZON_DAYS)


def _require_between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise BadInputError(f"{name} is {value}; give {low} to {high}.", name)
