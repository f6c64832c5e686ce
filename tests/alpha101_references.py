"""All 101 formulaic alphas in plain pandas, by name."""

from collections.abc import Callable, Mapping

import alpha101_to_033
import alpha101_to_067
import alpha101_to_101
from paper_operators import Frame, Market

REFERENCES: Mapping[str, Callable[[Market], Frame]] = {
    name: value
    for part in (alpha101_to_033, alpha101_to_067, alpha101_to_101)
    for name, value in vars(part).items()
    if name.startswith("alpha")
}
