"""The steps that prepare features and labels: which there are, and how clients ask for them.

A client gives `{"infer": [...], "learn": [...]}`, each step as `{"kind": ..., "parameters": {...}}`
by the names that Qlib gives both. A list left out is the default: nothing under `infer`, and
DropnaLabel and a cross-sectional z-score of the label under `learn`.

`infer` shapes the features of every row, learned from or predicted on, and never sees the label.
`learn` comes after it, only for the rows that are learned from: it may change labels and drop
rows. It may not change features: a model would be asked about other numbers than it learned from.
Where a step is fitted (ZScoreNorm, RobustZScoreNorm, MinMaxNorm), it is to the train segment.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from domain.input_issues import InputIssue, InvalidInputError
from domain.parameters import Parameter, near_matches, read_parameters
from domain.specs import Processor, Processors

MAX_STEPS = 20

Kinds = Mapping[str, tuple[Parameter, ...]]
"""Parameters by the kind of step."""


def _group(*groups: str) -> Parameter:
    return Parameter("fields_group", groups[0], "The columns that are shaped.", choices=groups)


_METHOD = Parameter(
    "method",
    "zscore",
    "zscore takes mean and standard deviation, robust median and absolute deviation.",
    choices=("zscore", "robust"),
)
_FILL = Parameter(
    "fill_value", 0.0, "What stands in for a missing value.", minimum=-1e38, maximum=1e38
)
_CLIP = Parameter("clip_outlier", True, "Cut off what lies beyond -3 and 3.")


def _shaping(group: Parameter) -> dict[str, tuple[Parameter, ...]]:
    return {
        "Fillna": (group, _FILL),
        "CSZScoreNorm": (group, _METHOD),
        "CSRankNorm": (group,),
        "CSZFillna": (group,),
        "ZScoreNorm": (group,),
        "RobustZScoreNorm": (group, _CLIP),
        "MinMaxNorm": (group,),
    }


INFER_PROCESSORS: Kinds = MappingProxyType(
    _shaping(_group("feature"))
    | {"DropnaProcessor": (_group("feature"),), "ProcessInf": (), "TanhProcess": ()}
)
LEARN_PROCESSORS: Kinds = MappingProxyType(
    _shaping(_group("label"))
    | {"DropnaProcessor": (_group("feature", "label"),), "DropnaLabel": ()}
)

_ELSEWHERE = MappingProxyType(
    {
        name: f"Steps are fitted to the train segment, always. Leave {name} out."
        for name in ("fit_start_time", "fit_end_time")
    }
)


def check_processors(raw: object | None, field: str = "input.processors") -> Processors:
    """Read the steps that a client asks for.

    Returns:
        The steps with every parameter stated.

    Raises:
        InvalidInputError: A kind or parameter is unknown, out of place or out of range; it tells
            all of them, with paths such as `input.processors.infer[0].kind`.
    """
    defaults = Processors()
    given = {} if raw is None else raw
    if not isinstance(given, Mapping):
        message = f"{field} should be an object of the lists infer and learn."
        raise InvalidInputError.of([InputIssue(message, field)])
    issues = [
        InputIssue(f"{name!r} is neither infer nor learn.", f"{field}.{name}")
        for name in given
        if name not in ("infer", "learn")
    ]
    infer = _steps(given.get("infer"), INFER_PROCESSORS, defaults.infer, f"{field}.infer", issues)
    learn = _steps(given.get("learn"), LEARN_PROCESSORS, defaults.learn, f"{field}.learn", issues)
    if issues:
        raise InvalidInputError.of(issues)
    return Processors(infer, learn)


def _steps(
    raw: object | None,
    kinds: Kinds,
    defaults: Sequence[Processor],
    path: str,
    issues: list[InputIssue],
) -> tuple[Processor, ...]:
    if raw is None:
        raw = [{"kind": step.kind, "parameters": step.parameters} for step in defaults]
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) > MAX_STEPS:
        issues.append(InputIssue(f"{path} should be a list of at most {MAX_STEPS} steps.", path))
        return ()
    steps = (_step(one, kinds, f"{path}[{place}]", issues) for place, one in enumerate(raw))
    return tuple(step for step in steps if step is not None)


def _step(raw: object, kinds: Kinds, path: str, issues: list[InputIssue]) -> Processor | None:
    if not isinstance(raw, Mapping) or not {"kind"} <= set(raw) <= {"kind", "parameters"}:
        message = f'{path} should be {{"kind": ..., "parameters": {{...}}}}, parameters optional.'
        issues.append(InputIssue(message, path))
        return None
    kind = str(raw["kind"])
    if kind not in kinds:
        issues.append(InputIssue(_refusal(kind, kinds), f"{path}.kind"))
        return None
    values, found = read_parameters(
        kinds[kind], raw.get("parameters"), f"{path}.parameters", _ELSEWHERE
    )
    issues.extend(found)
    return Processor(kind, values)


def _refusal(kind: str, kinds: Kinds) -> str:
    is_infer = kinds is INFER_PROCESSORS
    if kind in (LEARN_PROCESSORS if is_infer else INFER_PROCESSORS):
        if is_infer:
            return f"{kind} reads the label, which is unknown when predicting; put it under learn."
        return f"{kind} changes features, which predicting needs as well; put it under infer."
    return f"{kind!r} is no processor here. {near_matches(kind, list(kinds))}"
