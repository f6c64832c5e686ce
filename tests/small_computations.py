"""An executor without workers: signals are judged as always, the rest is made up, but fits."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bars.directory import MarketDirectory
from compute.judging import decay, evaluate
from compute.progress import STARTED, ProgressReport, Report
from domain.artifacts import ArtifactStore
from domain.period import Period
from domain.work import (
    BacktestWork,
    CorrelationsWork,
    DecaysWork,
    DecayWork,
    EvaluationsWork,
    EvaluationWork,
    JudgedSignal,
    MatrixWork,
    Outcome,
    PanelsWork,
    PredictionWork,
    StoredPanel,
    TrainingWork,
    Work,
)

TREES = 5


class SmallComputations:
    """An `Executor` that computes in place, from numbers that depend on the work alone.

    Attributes:
        workers: One.
        made: How many computations of each type there were.
        failure: What computations raise, if anything.
    """

    def __init__(self, store: ArtifactStore) -> None:
        self.workers = 1
        self.made: Counter[type] = Counter()
        self.failure: Exception | None = None
        self._store = store

    async def run(self, work: Work, *, key: str, report: Report) -> Outcome:
        """Compute."""
        report(ProgressReport(STARTED))
        if self.failure is not None:
            raise self.failure
        self.made[type(work)] += 1
        numbers = np.random.default_rng(int(key[:8], 16) if _is_hex(key[:8]) else 0)
        match work:
            case PanelsWork():
                return self._panel(work, numbers)
            case MatrixWork():
                return self._matrix(work, numbers)
            case EvaluationWork():
                return evaluate(work, self._store, report)
            case DecayWork():
                return decay(work, self._store, report)
            case EvaluationsWork():
                return self._evaluations(work, numbers, report)
            case DecaysWork():
                return self._decays(work, numbers, report)
            case CorrelationsWork():
                told = {"mean": 0.995, "max_abs": 1.0, "days": 7, "problem": None}
                return Outcome({"correlations": {one.key: told for one in work.others}}, {}, 0, 0.1)
            case TrainingWork():
                return self._training(work, numbers)
            case PredictionWork():
                return self._prediction(work, numbers)
            case BacktestWork():
                return self._backtest(work, numbers)

    async def close(self) -> None:
        """There is nothing to end."""

    def _panel(self, work: PanelsWork, numbers: np.random.Generator) -> Outcome:
        days = MarketDirectory.open(Path(work.bars.directory)).calendar
        values = numbers.normal(size=(len(days), len(work.symbols))).astype(np.float32)
        values[::7, 0] = np.nan
        kept = self._kept({"values": values, "dates": days, "symbols": np.array(work.symbols)})
        return Outcome({"panels": {text: {} for text in work.expressions}}, kept, 1, 0.25)

    def _evaluations(
        self, work: EvaluationsWork, numbers: np.random.Generator, report: Report
    ) -> Outcome:
        parts = {}
        for one in work.signals:
            judged = EvaluationWork(
                work.bars,
                self._signal(one, work, numbers),
                work.members,
                work.period,
                work.horizon_days,
                work.quantiles,
            )
            parts[one.key] = evaluate(judged, self._store, report)
        return Outcome({"evaluated": len(parts), "refused": 0}, {}, 0, 0.5, parts)

    def _decays(self, work: DecaysWork, numbers: np.random.Generator, report: Report) -> Outcome:
        parts = {}
        for one in work.signals:
            signal = self._signal(one, work, numbers)
            judged = DecayWork(work.bars, signal, work.members, work.period, work.horizons_days)
            parts[one.key] = decay(judged, self._store, report)
        return Outcome({"evaluated": len(parts), "refused": 0}, {}, 0, 0.5, parts)

    def _signal(
        self, one: JudgedSignal, work: EvaluationsWork | DecaysWork, numbers: np.random.Generator
    ) -> StoredPanel:
        panel = self._panel(
            PanelsWork(work.bars, (one.name,), tuple(sorted(work.members))), numbers
        )
        return StoredPanel(*(panel.artifacts[name] for name in ("values", "dates", "symbols")))

    def _matrix(self, work: MatrixWork, numbers: np.random.Generator) -> Outcome:
        days, symbols = _days(work.bars.directory, work.period), np.array(sorted(work.members))
        shape = (len(days) * len(symbols), len(work.features))
        arrays = {
            "values": numbers.normal(size=shape).astype(np.float32),
            "dates": np.repeat(days, len(symbols)),
            "places": np.tile(np.arange(len(symbols), dtype=np.int32), len(days)),
            "symbols": symbols,
        }
        document = {
            "rows": shape[0],
            "features": [list(feature) for feature in work.features],
            "start": work.period.start.isoformat(),
            "end": work.period.end.isoformat(),
        }
        return Outcome(document, self._kept(arrays), 1, 0.5)

    def _training(self, work: TrainingWork, numbers: np.random.Generator) -> Outcome:
        whole = Period(work.segments.train.start, work.segments.test.end)
        days = _days(work.bars.directory, whole)
        symbols = np.array(sorted(work.members))
        document = {
            "best_iteration": TREES,
            "metric": "l2",
            "train_rows": 1000,
            "valid_rows": 100,
            "predicted_rows": len(days) * len(symbols),
            "features": len(work.features),
            "importance": [
                {"name": name, "gain": float(place), "splits": place}
                for place, (name, _) in reversed(list(enumerate(work.features)))
            ],
            "curves": [
                {"segment": segment, "metric": "l2", "artifact": f"curve:{segment.lower()}"}
                for segment in ("TRAIN", "VALID")
            ],
        }
        kept = self._kept(
            {
                "values": numbers.normal(size=(len(days), len(symbols))),
                "dates": days,
                "symbols": symbols,
                "curve:train": np.linspace(1, 0.9, TREES),
                "curve:valid": np.linspace(1, 0.95, TREES),
            }
        )
        return Outcome(document, kept, 1, 0.5)

    def _prediction(self, work: PredictionWork, numbers: np.random.Generator) -> Outcome:
        days = _days(work.bars.directory, Period(work.test.start, work.later.end))
        symbols = np.array(sorted(work.members))
        later = days[days >= np.datetime64(work.later.start)]
        document = {
            "trained_on": work.trained_on,
            "new_days": len(later),
            "first_new_date": str(later[0]),
            "new_predictions": len(later) * len(symbols),
            "compared_days": len(days) - len(later),
            "compared_cells": (len(days) - len(later)) * len(symbols),
            "changed_cells": 1,
            "appeared_cells": 0,
            "lost_cells": 0,
            "largest_change": 0.25,
            "largest_change_date": str(days[0]),
            "largest_change_instrument": str(symbols[0]),
            "warnings": [],
        }
        values = numbers.normal(size=(len(days), len(symbols)))
        kept = self._kept({"values": values, "dates": days, "symbols": symbols})
        return Outcome(document, kept, 1, 0.5)

    def _backtest(self, work: BacktestWork, numbers: np.random.Generator) -> Outcome:
        days = _days(work.bars.directory, work.period)
        returns = numbers.normal(0.0005, 0.01, len(days))
        cost = np.full(len(days), 0.0001)
        account = work.account * np.cumprod(1 + returns - cost)
        symbol = min(work.members)
        report = {
            "date": days,
            "account": account,
            "return": returns,
            "bench": numbers.normal(0.0004, 0.01, len(days)),
            "cost": cost,
            "turnover": np.full(len(days), 0.02),
            "value": account * 0.9,
            "cash": account * 0.1,
        }
        held = {
            "date": days,
            "symbol": np.full(len(days), symbol),
            "amount": np.full(len(days), 10.0),
            "price": account * 0.09,
            "weight": np.full(len(days), 0.9),
            "held_days": np.arange(1, len(days) + 1),
        }
        traded = {
            "date": days[:2],
            "symbol": np.full(2, symbol),
            "side": np.array(["BUY", "SELL"]),
            "amount": np.array([10.0, 5.0]),
            "price": np.array([20.0, 21.0]),
            "value": np.array([200.0, 105.0]),
            "cost": np.array([5.0, 5.0]),
            "factor": np.array([0.5, np.nan]),
        }
        kept = {}
        for name, table in {"report": report, "positions": held, "trades": traded}.items():
            kept |= self._kept({f"{name}:{column}": one for column, one in table.items()})
        document = {"benchmark": work.benchmark, "warnings": ["A day has no signal."]}
        return Outcome(document, kept, 1, 0.75)

    def _kept(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, str]:
        return {name: self._store.put_array(array) for name, array in arrays.items()}


def _days(directory: str, period: Period) -> np.ndarray[Any, Any]:
    days = MarketDirectory.open(Path(directory)).calendar
    first, last = np.datetime64(period.start), np.datetime64(period.end)
    return days[(days >= first) & (days <= last)]


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdef" for character in text)
