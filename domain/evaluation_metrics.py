"""What factors are ranked by."""

from enum import StrEnum


class EvaluationMetric(StrEnum):
    """A figure of an evaluation; more is better, with its sign."""

    IC = "IC"
    ICIR = "ICIR"
    RANK_IC = "RANK_IC"
    RANK_ICIR = "RANK_ICIR"
    TURNOVER = "TURNOVER"
    LONG_SHORT_RETURN = "LONG_SHORT_RETURN"

    @property
    def figure(self) -> str:
        """Its name in the document of an evaluation."""
        return self.value.lower()
