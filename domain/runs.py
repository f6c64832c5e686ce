"""Runs: one computation of one result, from the asking to the end."""

from enum import StrEnum


class RunKind(StrEnum):
    """What a run computes, and so what kind of result it leaves.

    FACTOR_VALUES are panels of expressions, EVALUATION how a signal ranked the returns that
    followed it (its decay included), TRAINING a model with its predictions, PREDICTION what a
    kept model predicts on later days, BACKTEST a portfolio's history.
    """

    FACTOR_VALUES = "FACTOR_VALUES"
    EVALUATION = "EVALUATION"
    TRAINING = "TRAINING"
    PREDICTION = "PREDICTION"
    BACKTEST = "BACKTEST"


class RunState(StrEnum):
    """Where a run stands: QUEUED and RUNNING go on, the others are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (RunState.QUEUED, RunState.RUNNING)
