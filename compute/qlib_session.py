"""Stock Qlib in a worker process, on one data directory at a time.

Qlib keeps everything in the process, so this is the one place where it is initialised.
"""

import logging

from bars.directory import MarketDirectory
from compute.open_market import open_market
from domain.work import Bars

_standing: list[Bars] = []
"""What Qlib is on; at most one."""


def qlib_on(bars: Bars) -> None:
    """Put Qlib of this process on the bars of a snapshot.

    Costs next to nothing where it is on them already. Everything runs in the calling process,
    without caches on disk and without recorders; Qlib says nothing below an error.

    Raises:
        DataDirectoryError: The directory is not there.
        SnapshotChangedError: Its files are not those that were registered.
    """
    market = open_market(bars)
    if _standing == [bars]:
        return
    _standing.clear()
    _initialise(bars, market)
    _standing.append(bars)


def forget_values() -> None:
    """Let go of the values that Qlib has read and computed so far; it never does by itself."""
    from qlib.data.cache import H

    H["f"].clear()


def _initialise(bars: Bars, market: MarketDirectory) -> None:
    import qlib
    from qlib.data.cache import H
    from qlib.workflow import utils

    from compute.qlib_gaps import BarsFeatureProvider, align_operators

    align_operators()
    utils.experiment_exit_handler = _end_nothing
    qlib.init(
        provider_uri=bars.directory,
        region=bars.region,
        kernels=1,
        joblib_backend="sequential",
        expression_cache=None,
        dataset_cache=None,
        feature_provider={"class": BarsFeatureProvider, "kwargs": {"directory": market}},
        exp_manager={"class": NoExperiments},
        logging_level=logging.ERROR,
    )
    H.clear()


class NoExperiments:
    """Stands where Qlib keeps its recorders, so that nothing writes `./mlruns` or asks git.

    There is nothing else to call: what would record must be told not to.
    """

    active_experiment = None


def _end_nothing() -> None:
    """Stands where Qlib has one more thing done at the end of the process, each time it starts."""
