"""Rows as Qlib's loaders have them, laid out as ours."""

import numpy as np
import pandas as pd

from compute.preparing.table import Table


def table_of(frame: pd.DataFrame) -> Table:
    """Lay out rows as Qlib's loaders have them.

    Args:
        frame: By (datetime, instrument), ascending, with the columns ("feature", name) and one
            of the group "label".
    """
    dates, starts = np.unique(frame.index.get_level_values("datetime"), return_index=True)
    places, symbols = pd.factorize(frame.index.get_level_values("instrument"), sort=True)
    return Table(
        features=np.ascontiguousarray(frame["feature"].to_numpy(dtype=np.float32)),
        label=frame["label"].to_numpy(dtype=np.float32)[:, 0].copy(),
        dates=dates.astype("datetime64[D]"),
        starts=np.append(starts, len(frame)).astype(np.int64),
        places=places.astype(np.int32),
        symbols=tuple(symbols),
        names=tuple(frame["feature"].columns),
    )
