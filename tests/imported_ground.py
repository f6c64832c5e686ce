"""Frames as RD-Agent writes them, and their import into the small market."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from asking_ground import ALL_DAYS, DAYS, MEMBERS, Ground

from domain.factor_files import FactorFileWork
from domain.work import Outcome
from intake.factor_files import read_factors
from resolvers.importing_factors import FactorImport, ImportedFactors, import_factors


def frame(*names: str, days: int = DAYS, seed: int = 3) -> pd.DataFrame:
    """Factors over the market's first days but five, in double precision, with gaps."""
    index = pd.MultiIndex.from_product(
        [pd.DatetimeIndex(ALL_DAYS[5:days].astype("datetime64[ns]")), list(MEMBERS)],
        names=["datetime", "instrument"],
    )
    values = np.random.default_rng(seed).normal(size=(len(index), len(names)))
    values[::17, 0] = np.nan
    return pd.DataFrame(values, index, pd.MultiIndex.from_product([["feature"], list(names)]))


def parquet(target: Path, made: pd.DataFrame, name: str = "factors.parquet") -> Path:
    """Write a frame."""
    made.to_parquet(target / name)
    return target / name


async def bring(ground: Ground, path: Path, **terms: Any) -> ImportedFactors:
    """Import a file in this process."""

    async def read(work: FactorFileWork) -> Outcome:
        return read_factors(work, ground.store, None)

    wanted = FactorImport(path=path, label=path.name, **terms)
    return await import_factors(ground.database, wanted, read, "ada")
