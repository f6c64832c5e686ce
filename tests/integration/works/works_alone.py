"""Performs works in the order given, in this process, and writes down what came of each.

Called as: works_alone.py WORKS OUTCOMES, two files of pickles of our own.
"""

import pickle
import sys
import warnings
from pathlib import Path

from compute.performing import perform
from compute.progress import unheard

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    store, works = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301
    outcomes = [perform(work, store, unheard) for work in works]
    Path(sys.argv[2]).write_bytes(pickle.dumps(outcomes))
