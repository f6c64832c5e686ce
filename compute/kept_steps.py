"""What the steps of a model have learned, kept beside it for rows that come later."""

from collections.abc import Mapping, Sequence

from compute.preparing.fitting import FITTED, Fitted
from compute.preparing.prepared import Prepared
from compute.preparing.steps import Learned
from domain.artifacts import ArtifactStore
from domain.specs import Processor


def keep_steps(
    prepared: Prepared, store: ArtifactStore
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Keep what steps have learned, which rows that come later have to go through as well.

    Returns:
        The list, place, kind and artifact of each step that was fitted, and digests by artifact:
        `fitted:0` and so on, float32 (2, columns), those of `infer` first.
    """
    told: list[dict[str, object]] = []
    artifacts = {}
    for name in ("infer", "learn"):
        for place, fitted in enumerate(getattr(prepared, name)):
            if fitted is not None:
                artifact = f"fitted:{len(told)}"
                artifacts[artifact] = store.put_array(fitted.as_array())
                step = {"list": name, "place": place, "kind": fitted.kind}
                told.append(step | {"artifact": artifact})
    return told, artifacts


def kept_steps(
    infer: Sequence[Processor], artifacts: Mapping[str, str], store: ArtifactStore
) -> Learned:
    """What the steps of `infer` had learned when a model was kept.

    Args:
        infer: The steps of the model.
        artifacts: Digests of its training, as `keep_steps` has named them.
        store: Where they are.

    Raises:
        ArtifactMissingError: One is not kept any more.
        ArtifactDamagedError: It is not what was kept.
    """
    learned: list[Fitted | None] = []
    for step in infer:
        fitted = None
        if step.kind in FITTED:
            known = sum(one is not None for one in learned)
            array = store.open_array(artifacts[f"fitted:{known}"], verified=True)
            fitted = Fitted.of_array(step.kind, array)
        learned.append(fitted)
    return tuple(learned)
