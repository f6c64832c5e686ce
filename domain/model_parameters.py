"""The parameters of every kind of model: which there are, and how they are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from domain.catboost_parameters import CATBOOST_ELSEWHERE, CATBOOST_PARAMETERS, catboost_issues
from domain.double_ensemble_parameters import (
    DOUBLE_ENSEMBLE_ELSEWHERE,
    DOUBLE_ENSEMBLE_PARAMETERS,
)
from domain.input_issues import InputIssue, InvalidInputError
from domain.lightgbm_parameters import LIGHTGBM_ELSEWHERE, LIGHTGBM_PARAMETERS
from domain.linear_parameters import LINEAR_PARAMETERS, linear_issues
from domain.parameters import Parameter, Value, parameter_schema, read_parameters
from domain.recurrent_parameters import RECURRENT_ELSEWHERE, RECURRENT_PARAMETERS
from domain.specs import ModelKind
from domain.xgboost_parameters import XGBOOST_ELSEWHERE, XGBOOST_PARAMETERS

Combined = Callable[[Mapping[str, Value], str], list[InputIssue]]
_NONE: Mapping[str, str] = MappingProxyType({})


def _all_go_together(_: Mapping[str, Value], __: str) -> list[InputIssue]:
    return []


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """The parameters of a kind.

    `elsewhere` has sentences for names that are none for a reason; `issues` tells which of them
    do not go together; `loss` is the one that says what is minimised, if any does.
    """

    parameters: tuple[Parameter, ...]
    elsewhere: Mapping[str, str] = field(default_factory=lambda: _NONE)
    issues: Combined = _all_go_together
    loss: str | None = "loss"


_RECURRENT = ParameterTable(RECURRENT_PARAMETERS, RECURRENT_ELSEWHERE)

PARAMETER_TABLES: Mapping[ModelKind, ParameterTable] = MappingProxyType(
    {
        ModelKind.LIGHTGBM: ParameterTable(LIGHTGBM_PARAMETERS, LIGHTGBM_ELSEWHERE),
        ModelKind.XGBOOST: ParameterTable(XGBOOST_PARAMETERS, XGBOOST_ELSEWHERE, loss="objective"),
        ModelKind.CATBOOST: ParameterTable(
            CATBOOST_PARAMETERS, CATBOOST_ELSEWHERE, catboost_issues
        ),
        ModelKind.LINEAR: ParameterTable(LINEAR_PARAMETERS, issues=linear_issues, loss=None),
        ModelKind.DOUBLE_ENSEMBLE: ParameterTable(
            DOUBLE_ENSEMBLE_PARAMETERS, DOUBLE_ENSEMBLE_ELSEWHERE
        ),
        ModelKind.LSTM: _RECURRENT,
        ModelKind.GRU: _RECURRENT,
    }
)


def check_model_parameters(
    kind: ModelKind, raw: object | None, field: str = "input.parameters"
) -> dict[str, Value]:
    """Read a client's parameters of a kind of model.

    Returns:
        Every parameter with its value, so that equal models are equal whatever was left out.

    Raises:
        InvalidInputError: Names are unknown, values out of range, or some do not go together; it
            tells all of them.
    """
    table = PARAMETER_TABLES[kind]
    values, issues = read_parameters(table.parameters, raw, field, table.elsewhere)
    if issues := issues or table.issues(values, field):
        raise InvalidInputError.of(issues)
    return values


@cache
def parameter_schema_of(kind: ModelKind) -> dict[str, Any]:
    """The parameters of a kind of model in JSON Schema, for forms."""
    return parameter_schema(PARAMETER_TABLES[kind].parameters)


def loss_of(kind: ModelKind, parameters: Mapping[str, Value]) -> tuple[str, str]:
    """What a model minimises: the parameter that says so and its value; squares if none does."""
    name = PARAMETER_TABLES[kind].loss
    return (name, str(parameters[name])) if name else ("", "mse")
