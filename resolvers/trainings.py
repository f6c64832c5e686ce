"""Questions about the training of a model of any sort, and what it predicts."""

from domain.records import ModelRecord, SnapshotRecord
from resolvers.desk import Desk
from resolvers.questions import Question
from resolvers.rolling_trainings import rolling_training
from resolvers.signals import SignalSource
from resolvers.single_trainings import single_training


async def model_source(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> SignalSource:
    """The predictions of a model.

    Raises:
        BadInputError: A segment lies outside the snapshot.
    """
    training = await training_question(model, snapshot, desk, stands=stands)
    return SignalSource(training.key, training)


async def training_question(
    model: ModelRecord, snapshot: SnapshotRecord, desk: Desk, *, stands: bool = False
) -> Question:
    """The training of a model: of a rolling one all of its legs, put together.

    A plain model predicts its three segments, a rolling one test alone.

    Raises:
        BadInputError: A segment lies outside the snapshot, or the snapshot lacks days that a leg
            needs.
    """
    of_sort = single_training if model.spec.rolling is None else rolling_training
    return await of_sort(model, snapshot, desk, stands=stands)
