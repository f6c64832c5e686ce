"""Models of every kind are defined over GraphQL, and refused where they could not be trained."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from defining_ground import LAST_DAY, define_factors, register_sample
from schema_ground import Ground

from catalog.database import Database
from compute.zoo import modules
from domain.recurrent_parameters import RECURRENT_KINDS
from domain.specs import ModelKind

pytestmark = pytest.mark.anyio

PAIR = {
    "factorSet": "pair",
    "segments": {
        "train": {"start": "2005-01-03", "end": "2008-12-31"},
        "valid": {"start": "2009-01-02", "end": "2009-12-31"},
        "test": {"start": "2010-01-04", "end": str(LAST_DAY)},
    },
}
MADE = """__typename ... on Model { kind version parameters seed }
... on InvalidInput { issues { message field } }"""
CREATE = f"mutation($input: CreateModelInput!) {{ made: createModel(input: $input) {{ {MADE} }} }}"
UPDATE = f"mutation($input: UpdateModelInput!) {{ made: updateModel(input: $input) {{ {MADE} }} }}"
KINDS = "{ modelKinds { kind isAvailable reason parameterSchema } }"
Defined = dict[str, Any]


@pytest.fixture
async def ground(database: Database, sample_directory: Path) -> AsyncIterator[Ground]:
    await register_sample(database, sample_directory)
    await define_factors(database)
    ground = Ground(database)
    yield ground
    await ground.services.runner.close()


@pytest.fixture
def with_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if torch were there, wherever this runs: to define a model is not to train it."""
    monkeypatch.setattr(modules, "find_spec", lambda name: name)


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "find_spec", lambda _: None)


async def define(ground: Ground, document: str = CREATE, **given: Any) -> Defined:
    """What became of an input."""
    parts = PAIR if document is CREATE else {}
    made: Defined = (await ground.data(document, input=parts | given))["made"]
    return made


def fitting(kind: ModelKind) -> dict[str, Any]:
    """Parameters with which two factors are learned from."""
    return {"d_feat": 2} if kind in RECURRENT_KINDS else {}


@pytest.mark.usefixtures("with_torch")
async def test_every_kind_is_defined_and_stays_what_it_is_when_it_is_edited(
    ground: Ground,
) -> None:
    for kind in ModelKind:
        made = await define(ground, name=kind.lower(), kind=kind, parameters=fitting(kind))
        assert (made["__typename"], made["kind"], made["version"]) == ("Model", kind, 1)

        edited = await define(ground, UPDATE, name=kind.lower(), seed=7)

        assert (edited["kind"], edited["version"], edited["seed"]) == (kind, 2, 7)
        assert edited["parameters"] == made["parameters"]
        (issue,) = (await define(ground, UPDATE, name=kind.lower(), parameters={"zz": 1}))["issues"]
        assert issue["field"] == "input.parameters.zz"


async def test_parameters_of_another_kind_are_refused_by_name(ground: Ground) -> None:
    made = await define(ground, name="new", kind="LINEAR", parameters={"num_leaves": 3})

    (issue,) = made["issues"]
    assert issue["field"] == "input.parameters.num_leaves"
    assert "estimator" in issue["message"]


@pytest.mark.usefixtures("with_torch")
async def test_a_network_wants_whole_series_of_factors(ground: Ground) -> None:
    for kind in RECURRENT_KINDS:
        (issue,) = (await define(ground, name="new", kind=kind))["issues"]

        assert issue["field"] == "input.parameters.d_feat"
        assert "d_feat is 6, and 2 factors are no multiple of it" in issue["message"]


@pytest.mark.usefixtures("without_torch")
async def test_without_torch_a_network_is_refused_and_told_how_to_install_it(
    ground: Ground,
) -> None:
    kinds = {one["kind"]: one for one in (await ground.data(KINDS))["modelKinds"]}
    assert {kind for kind, one in kinds.items() if not one["isAvailable"]} == set(RECURRENT_KINDS)

    for kind in RECURRENT_KINDS:
        made = await define(ground, name="new", kind=kind, parameters=fitting(kind))

        assert made["issues"] == [{"field": "input.kind", "message": kinds[kind]["reason"]}]
        assert f"pip install {modules.TORCH}" in kinds[kind]["reason"]


@pytest.mark.usefixtures("with_torch")
async def test_all_kinds_are_listed_with_what_may_be_set(ground: Ground) -> None:
    listed = (await ground.data(KINDS))["modelKinds"]

    assert [one["kind"] for one in listed] == list(ModelKind)
    assert all(one["isAvailable"] and one["reason"] is None for one in listed)
    schemas = {one["kind"]: one["parameterSchema"]["properties"] for one in listed}
    assert schemas["XGBOOST"]["eta"]["default"] == 0.3
    assert schemas["LINEAR"]["estimator"]["enum"] == ["ols", "nnls", "ridge", "lasso"]
    assert {"decay", "num_leaves"} <= schemas["DOUBLE_ENSEMBLE"].keys()
    assert schemas["LSTM"] == schemas["GRU"]
