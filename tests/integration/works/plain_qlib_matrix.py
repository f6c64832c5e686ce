"""Stock Qlib without anything of ours: `python plain_qlib_matrix.py QUESTION.json TARGET.npz`.

The question has a directory, a universe, expressions, and the days `start` and `end`; the answer
has a row for each day and member, ascending by both, as Qlib has them over its full history.
"""

import json
import sys
from pathlib import Path

import numpy as np
import qlib
from qlib.data import D


def main(question: dict, target: str) -> None:
    qlib.init(provider_uri=question["directory"], region="us", kernels=1, logging_level=40)
    frame = D.features(D.instruments(question["universe"]), question["expressions"], freq="day")
    frame = frame.swaplevel().sort_index().loc[question["start"] : question["end"]]
    np.savez(
        target,
        values=frame.to_numpy(dtype=np.float32),
        dates=frame.index.get_level_values("datetime").to_numpy().astype("datetime64[D]"),
        symbols=frame.index.get_level_values("instrument").to_numpy().astype(str),
    )


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
