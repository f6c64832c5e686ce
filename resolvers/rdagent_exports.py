"""A factor set goes out to RD-Agent: imported factors as they came, others computed."""

from pathlib import Path
from typing import cast

from compute.performing import perform
from compute.progress import ProgressReport, unheard
from domain.artifacts import ArtifactStore
from domain.names import EntityKind
from domain.records import FactorSetRecord, ResultRecord
from domain.stored_panels import StoredPanel
from domain.work import StoredMatrix
from resolvers.desk import Desk
from resolvers.matrices import matrix_question
from resolvers.questions import Question
from resolvers.studies import StudyArguments, resolve_study


async def export_factor_set(
    store: ArtifactStore,
    desk: Desk,
    reference: str,
    target: Path,
    universe: str | None,
) -> tuple[FactorSetRecord, int, int]:
    """Write a set's factors to a file, and return the set with the file's rows and columns.

    A set of imported factors goes out as it came, unless a universe is named. Any other is
    computed in this process, for the members of the universe on all days of the newest data.

    Raises:
        NotFoundError: There is no such factor set or universe.
        QatlasError: The factors cannot be computed, or imported values are lost.
    """
    from compute.rdagent_frames import write_imported, write_matrix

    found = await desk.lookups.resolve(EntityKind.FACTOR_SET, reference, "factorSet")
    factor_set = cast(FactorSetRecord, found)
    factors = await desk.facts.factors(factor_set.id, desk.lookups)
    features = [(factor.name, factor.spec.feature) for factor in factors]
    panels = [(name, one) for name, one in features if isinstance(one, StoredPanel)]
    if universe is None and len(panels) == len(features):
        written = write_imported(target, panels, store)
    else:
        arguments = StudyArguments(universe=universe)
        study = await resolve_study(arguments, desk.facts, desk.lookups)
        question = await matrix_question(factor_set, study, desk)
        outcome = perform(await question.prepare(_NothingElse()), store, unheard)
        matrix = StoredMatrix(**outcome.artifacts)
        written = write_matrix(target, [name for name, _ in features], matrix, store)
    return factor_set, written.rows, written.factors


class _NothingElse:
    """Gives no answers, since none is needed."""

    at_once = 1

    def report(self, report: ProgressReport) -> None:
        """There is nobody to tell."""

    async def __call__(self, question: Question) -> ResultRecord:
        """Refuse."""
        raise AssertionError(f"a matrix is computed from bars alone, not from {question.key}")
