"""How the predictions of each leg of a rolling model ranked later returns."""

from dataclasses import dataclass

import numpy as np

from compute.analysis.moments import defined_mean, information_ratio
from domain.artifacts import ArtifactStore
from domain.period import Period
from resolvers.factors import EvaluationAnswer


@dataclass(frozen=True, slots=True)
class LegFigures:
    """The figures of an evaluation over the days of one leg; NaN where one is undefined."""

    test: Period
    ic: float
    icir: float
    rank_ic: float
    rank_icir: float
    days: int


def leg_figures(evaluation: EvaluationAnswer, store: ArtifactStore) -> list[LegFigures]:
    """The means of the kept daily correlations, leg by leg; empty if the model has none."""
    if not evaluation.legs:
        return []
    artifacts = evaluation.answer.result.artifacts
    dates, ic, rank_ic = (
        np.asarray(store.open_array(artifacts[name])) for name in ("dates", "ic", "rank_ic")
    )
    found = []
    for leg in evaluation.legs:
        days = (np.datetime64(leg.start) <= dates) & (dates <= np.datetime64(leg.end))
        of_leg, ranks = ic[days], rank_ic[days]
        found.append(
            LegFigures(
                test=leg,
                ic=defined_mean(of_leg),
                icir=information_ratio(of_leg),
                rank_ic=defined_mean(ranks),
                rank_icir=information_ratio(ranks),
                days=int(np.count_nonzero(~np.isnan(of_leg))),
            )
        )
    return found
