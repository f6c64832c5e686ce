"""What workers load while nobody asks for anything, so that the next who does need not wait."""

from collections.abc import Callable
from contextlib import suppress

from compute.attempts import settle

Load = Callable[[], None]


def idle(load: Load) -> None:
    """Load something; called by Dask in a worker. What goes wrong, the next who asks is told."""
    from distributed import get_worker

    settle(get_worker().local_directory)
    with suppress(Exception):
        load()


def load_operators() -> None:
    """Load the machine code of operators, if all was compiled; compiling it takes a minute."""
    from compute.engine.compiled import are_all_compiled

    if are_all_compiled():
        from compute.warming import warm_operators

        warm_operators()


def load_kernels() -> None:
    """Load all other machine code, if all was compiled."""
    from compute.engine.compiled import are_all_compiled

    if are_all_compiled():
        from compute.warming import warm_the_rest

        warm_the_rest()


def load_training() -> None:
    """Load what most trainings need: Qlib's models and LightGBM."""
    import compute.training
    from compute.zoo.kinds import import_kind
    from domain.specs import ModelKind

    assert compute.training
    import_kind(ModelKind.LIGHTGBM)


LOADS: tuple[Load, ...] = (load_operators, load_kernels, load_training)
"""In this order. None takes more than two seconds: so long whoever comes meanwhile waits for it."""
