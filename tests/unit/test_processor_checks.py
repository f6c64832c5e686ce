"""The steps that clients ask for are known, in their place, and complete."""

import inspect

import pytest

from domain.input_issues import InvalidInputError
from domain.processors import INFER_PROCESSORS, LEARN_PROCESSORS, check_processors
from domain.specs import Processor, Processors


def issues_of(raw: object) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        check_processors(raw)
    return {issue.field: issue.message for issue in caught.value.issues}


def as_json(processors: Processors) -> dict[str, list[dict[str, object]]]:
    return {
        name: [{"kind": step.kind, "parameters": dict(step.parameters)} for step in steps]
        for name, steps in (("infer", processors.infer), ("learn", processors.learn))
    }


def test_nothing_asked_for_is_qlibs_default() -> None:
    processors = check_processors(None)

    assert processors.infer == ()
    assert [step.kind for step in processors.learn] == ["DropnaLabel", "CSZScoreNorm"]
    assert processors.learn[1].parameters == {"fields_group": "label", "method": "zscore"}


def test_a_list_left_out_is_the_default_and_an_empty_one_is_empty() -> None:
    assert check_processors({"infer": []}) == check_processors(None)
    assert check_processors({"learn": []}).learn == ()


def test_checked_steps_pass_the_check_unchanged() -> None:
    asked = {"infer": [{"kind": "RobustZScoreNorm"}, {"kind": "Fillna"}]}

    processors = check_processors(asked)

    assert processors.infer == (
        Processor("RobustZScoreNorm", {"fields_group": "feature", "clip_outlier": True}),
        Processor("Fillna", {"fields_group": "feature", "fill_value": 0.0}),
    )
    assert check_processors(as_json(processors)) == processors


def test_every_kind_and_parameter_is_qlibs() -> None:
    from qlib.data.dataset import processor as qlib_processors

    for kinds in (INFER_PROCESSORS, LEARN_PROCESSORS):
        for kind, parameters in kinds.items():
            known = inspect.signature(getattr(qlib_processors, kind)).parameters
            assert {one.name for one in parameters} <= set(known)


def test_every_issue_is_told_at_once_with_its_path() -> None:
    issues = issues_of(
        {
            "infer": [{"kind": "ZscoreNorm"}, {"kind": "DropnaLabel"}],
            "learn": [
                {"kind": "CSRankNorm", "parameters": {"fields_group": "feature"}},
                {"kind": "Fillna", "parameters": {"fill": 1}},
            ],
            "shared": [],
        }
    )

    assert list(issues) == [
        "input.processors.shared",
        "input.processors.infer[0].kind",
        "input.processors.infer[1].kind",
        "input.processors.learn[0].parameters.fields_group",
        "input.processors.learn[1].parameters.fill",
    ]
    assert "ZScoreNorm" in issues["input.processors.infer[0].kind"]
    assert "under learn" in issues["input.processors.infer[1].kind"]
    assert "fill_value" in issues["input.processors.learn[1].parameters.fill"]


@pytest.mark.parametrize("group", ["label", None])
def test_no_step_that_shapes_features_reaches_the_label(group: str | None) -> None:
    shaping = [kind for kind, parameters in INFER_PROCESSORS.items() if parameters]
    asked = [{"kind": kind, "parameters": {"fields_group": group}} for kind in shaping]

    assert set(shaping) == set(INFER_PROCESSORS) - {"ProcessInf", "TanhProcess"}
    assert list(issues_of({"infer": asked})) == [
        f"input.processors.infer[{place}].parameters.fields_group" for place in range(len(shaping))
    ]


def test_no_step_of_learning_shapes_features() -> None:
    shaping = set(LEARN_PROCESSORS) - {"DropnaProcessor", "DropnaLabel"}
    asked = [{"kind": kind, "parameters": {"fields_group": "feature"}} for kind in shaping]

    assert len(issues_of({"learn": asked})) == len(shaping) == 7
    assert {"ProcessInf", "TanhProcess"}.isdisjoint(LEARN_PROCESSORS)


def test_what_fills_gaps_fits_into_what_is_filled() -> None:
    asked = {"infer": [{"kind": "Fillna", "parameters": {"fill_value": 1e39}}]}

    (message,) = issues_of(asked).values()

    assert "1e+38" in message


@pytest.mark.parametrize("name", ["fit_start_time", "fit_end_time"])
@pytest.mark.parametrize("kind", ["ZScoreNorm", "RobustZScoreNorm", "MinMaxNorm"])
@pytest.mark.parametrize("where", ["infer", "learn"])
def test_what_steps_are_fitted_to_is_not_asked(where: str, kind: str, name: str) -> None:
    asked = {where: [{"kind": kind, "parameters": {name: "2010-01-01"}}]}

    (message,) = issues_of(asked).values()

    assert "train segment" in message


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("DropnaLabel", ""),
        ({"learn": "DropnaLabel"}, ".learn"),
        ({"learn": {"kind": "DropnaLabel"}}, ".learn"),
        ({"learn": ["DropnaLabel"]}, ".learn[0]"),
        ({"learn": [{"class": "DropnaLabel"}]}, ".learn[0]"),
        ({"learn": [{"kind": ["DropnaLabel"]}]}, ".learn[0].kind"),
        ({"learn": [{"kind": "DropnaLabel"}] * 21}, ".learn"),
    ],
)
def test_another_form_is_refused_where_it_departs(raw: object, path: str) -> None:
    assert list(issues_of(raw)) == [f"input.processors{path}"]
