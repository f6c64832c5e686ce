"""How signals ranked the returns of several horizons: one, or all that a leaderboard shows."""

import asyncio
from collections.abc import Mapping, Sequence

from domain.errors import FactorRefusedError, QatlasError
from domain.records import FactorRecord, ResultRecord
from domain.work import DecaysWork, Peers, Spans, Work
from resolvers.asking import Known
from resolvers.evaluations import decay_question
from resolvers.factors import Board, EvaluationAnswer, PosedEvaluation
from resolvers.inquiry import Inquiry
from resolvers.judged_together import Judgement, computed, joint_question, kept, missing
from resolvers.questions import Question, bars_of


async def decay(
    evaluation: EvaluationAnswer, horizons_days: Sequence[int], inquiry: Inquiry
) -> ResultRecord:
    """How the signal of an evaluation ranked the returns of several horizons.

    If a leaderboard shows the evaluation, all that it shows and that is not kept is computed in
    one pass, and each is kept as the factor's own.

    Raises:
        BadInputError: A horizon is out of range.
        QatlasError: As `Inquiry.answer`.
    """
    if evaluation.board is not None:
        found = (await _of_board(evaluation.board, horizons_days, inquiry))[evaluation.source.key]
        if isinstance(found, QatlasError):
            raise found
        return found
    question = await decay_question(
        evaluation.source, evaluation.study, horizons_days, inquiry.desk, evaluation.purpose
    )
    return (await inquiry.answer(question)).result


async def _of_board(
    board: Board, horizons_days: Sequence[int], inquiry: Inquiry
) -> Mapping[str, ResultRecord | QatlasError]:
    """All decays of a board, or why there is none, by the key of the signal."""
    horizons = tuple(horizons_days)
    if horizons not in board.decays:
        board.decays[horizons] = asyncio.create_task(_decays(board, horizons, inquiry))
    # One who gives up must not take the answer from the others.
    return await asyncio.shield(board.decays[horizons])


async def _decays(
    board: Board, horizons_days: tuple[int, ...], inquiry: Inquiry
) -> Mapping[str, ResultRecord | QatlasError]:
    async def judgement(factor: FactorRecord, posed: PosedEvaluation) -> Judgement:
        question = await decay_question(
            posed.source, posed.study, horizons_days, inquiry.desk, posed.question.purpose
        )
        return Judgement(factor, question)

    asked = await asyncio.gather(*(judgement(*one) for one in board.judged))
    known, failure = await kept(asked, inquiry), None
    if lacking := missing(asked, known):
        try:
            await inquiry.answer(_pass(board, lacking, horizons_days, inquiry))
            known |= await computed(lacking, inquiry)
        except QatlasError as error:  # what is kept is answered all the same
            failure = error
    return {
        posed.source.key: _told(one, known, failure)
        for one, (_, posed) in zip(asked, board.judged, strict=True)
    }


def _pass(
    board: Board, lacking: Sequence[Judgement], horizons_days: tuple[int, ...], inquiry: Inquiry
) -> Question:
    """The question of all decays that are missing."""
    study = board.judged[0][1].study
    bars, signals = bars_of(study.snapshot), tuple(one.signal for one in lacking)

    def work(members: Mapping[str, Spans], compared: Peers | None) -> Work:
        return DecaysWork(bars, signals, members, study.period, horizons_days, compared)

    return joint_question("decays", board.factor_set, study, lacking, work, inquiry.desk)


def _told(
    asked: Judgement, known: Mapping[str, Known], failure: QatlasError | None
) -> ResultRecord | QatlasError:
    if (answer := known.get(asked.key)) is not None:
        return answer.result
    if (refusal := known.get(asked.refusal_key)) is None:
        # Without a failure, it was given up since the pass that had it ended.
        return failure or FactorRefusedError("Its decay is gone; ask again.")
    told = refusal.result.document
    return FactorRefusedError(str(told["message"]), str(told["code"]))
