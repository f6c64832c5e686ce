"""The factor engine has stock Qlib's bits on samples of a real market.

The benchmarks compare more of it: all shares, and a thousand expressions.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_ground import EngineGround, require_qlibs_bits
from hypothesis import HealthCheck, Phase, given, settings
from random_expressions import expressions, without_vwap

from bars.directory import MarketDirectory
from compute.engine.plan import is_plannable
from compute.qlib_factor_sets import alpha158
from domain.expression import parse


def ground_of(directory: Path, sampled: slice) -> EngineGround:
    return EngineGround.over(directory, list(MarketDirectory.open(directory).instruments)[sampled])


@pytest.fixture(scope="module")
def six_shares(csi300_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator:  # type: ignore[type-arg]
    ground = ground_of(csi300_directory, slice(40, None, 128))
    with ground.standing(tmp_path_factory.mktemp("qlib")):
        yield ground


def test_a_sample_of_alpha158_has_qlibs_bits(csi300_directory: Path, tmp_path: Path) -> None:
    ground = ground_of(csi300_directory, slice(3, None, 60))
    texts = [text for _, text in alpha158()][::5]
    with ground.standing(tmp_path):
        for text, ours in zip(texts, ground.engine(texts), strict=True):
            require_qlibs_bits(text, ours, ground.stock(text))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(text=expressions().map(without_vwap))
def test_any_expression_has_qlibs_bits_on_real_shares(text: str, six_shares: EngineGround) -> None:
    if is_plannable(parse(text)):
        [ours] = six_shares.engine([text])
        require_qlibs_bits(text, ours, six_shares.stock(text))
