"""What must hold of trees, whichever library grows them."""

from collections.abc import Sequence

from compute.zoo.trained import Importance
from domain.errors import BadInputError


def require_splits(importance: Sequence[Importance], library: str, lower: str) -> None:
    """Check that some tree splits by some factor.

    Args:
        importance: Of all factors; `splits` counts, or `gain` where a library counts none.
        library: Who has grown the trees.
        lower: The parameters that may have kept it from splitting.

    Raises:
        BadInputError: None does.
    """
    if not any(one.gain if one.splits is None else one.splits for one in importance):
        raise BadInputError(
            f"{library} found nothing to split by, so every prediction would be the same; lower "
            f"{lower}, or widen the train segment.",
            "input.parameters",
        )


def require_factors(known: int, given: int) -> None:
    """Check that a model is continued on as many factors as it has learned from.

    Raises:
        BadInputError: It is not.
    """
    if known != given:
        raise BadInputError(
            f"The model that is continued has learned from {known} factors, and there are "
            f"{given}; take the factor set that it has.",
            "input.factorSet",
        )
