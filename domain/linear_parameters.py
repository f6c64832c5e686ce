"""The parameters of a linear model, under the names that Qlib's LinearModel gives them."""

from collections.abc import Mapping

from domain.input_issues import InputIssue
from domain.parameters import Parameter, Value

LINEAR_PARAMETERS = (
    Parameter(
        "estimator",
        "ols",
        "How coefficients are found: least squares (ols), none of them below 0 (nnls), with a "
        "penalty on their squares (ridge) or absolute values (lasso).",
        choices=("ols", "nnls", "ridge", "lasso"),
    ),
    Parameter("alpha", 0.0, "Weight of the penalty of ridge and lasso.", minimum=0),
    Parameter("fit_intercept", False, "Adds a constant."),
    Parameter("include_valid", False, "Learns from the valid segment as well."),
)
"""Every parameter and its default, which is Qlib's."""


def linear_issues(values: Mapping[str, Value], field: str) -> list[InputIssue]:
    """What does not go together."""
    if values["alpha"] and values["estimator"] not in ("ridge", "lasso"):
        message = (
            f"alpha is {values['alpha']:g}, and only the estimators ridge and lasso have a "
            f"penalty; leave it out for {values['estimator']}."
        )
        return [InputIssue(message, f"{field}.alpha")]
    return []
