"""Stock Qlib in a worker process, on one data directory at a time.

Qlib keeps everything in the process, so this is the one place where it is initialised.
"""

import logging
from typing import TYPE_CHECKING

from compute.engine.market_panels import MarketPanels
from compute.open_market import open_panels
from domain.artifacts import ArtifactStore
from domain.work import Bars

if TYPE_CHECKING:
    import pandas as pd

_standing: list[Bars] = []
"""What Qlib is on; at most one."""


def qlib_on(bars: Bars, store: ArtifactStore) -> None:
    """Put Qlib of this process on the bars of a snapshot.

    Costs next to nothing where it is on them already. Everything runs in the calling process,
    without caches on disk and without recorders; Qlib says nothing below an error. What it loads is
    computed by the engine.

    Args:
        bars: The snapshot.
        store: Where workers share what they read.

    Raises:
        DataDirectoryError: The directory is not there.
        SnapshotChangedError: Its files are not those that were registered.
    """
    panels = open_panels(bars, store)
    if _standing == [bars]:
        return
    _standing.clear()
    _initialise(bars, panels)
    _standing.append(bars)


def stock_features(symbols: list[str], expressions: list[str]) -> "pd.DataFrame":
    """What Qlib itself computes over the whole calendar, by (instrument, datetime), float32."""
    from qlib.data.data import DatasetD, LocalDatasetProvider

    # The class's own method: on the instance it is the engine's.
    return LocalDatasetProvider.dataset(DatasetD._provider, symbols, expressions)


def forget_values() -> None:
    """Let go of the values that Qlib has read and computed so far; it never does by itself."""
    from qlib.data.cache import H

    H["f"].clear()


def _initialise(bars: Bars, panels: MarketPanels) -> None:
    import qlib
    from qlib.data.cache import H
    from qlib.workflow import utils

    from compute.engine.provider import PanelDatasetProvider
    from compute.qlib_expressions import ParsedExpressionProvider
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
        expression_provider={"class": ParsedExpressionProvider, "kwargs": {}},
        feature_provider={"class": BarsFeatureProvider, "kwargs": {"directory": panels.directory}},
        dataset_provider={"class": PanelDatasetProvider, "kwargs": {"panels": panels}},
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
