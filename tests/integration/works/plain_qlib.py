"""Stock Qlib without anything of ours: `python plain_qlib.py QUESTIONS.json FOLDER`.

A question has a directory, symbols and expressions; its answer is `<number>.npy` of shape
(expressions, days, instruments), float32, NaN where Qlib has no row.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import qlib
from qlib.data import D


def answer(directory: str, symbols: list[str], expressions: list[str]) -> np.ndarray:
    qlib.init(provider_uri=directory, region="us", kernels=1, logging_level=40)
    days = pd.DatetimeIndex(D.calendar(freq="day"))
    values = np.full((len(expressions), len(days), len(symbols)), np.nan, dtype=np.float32)
    frame = D.features(symbols, expressions, freq="day")
    for column, symbol in enumerate(symbols):
        if symbol in frame.index.get_level_values("instrument"):
            values[:, :, column] = frame.loc[symbol].reindex(days)[expressions].to_numpy().T
    return values


if __name__ == "__main__":
    questions, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    for number, question in enumerate(questions):
        np.save(folder / f"{number}.npy", answer(**question))
