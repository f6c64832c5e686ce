"""Expressions drawn at random, by the strategy that the tests draw with."""

from hypothesis import HealthCheck, Phase, given, settings

from domain.expression import parse
from tests.random_expressions import expressions, without_vwap


def random_texts(count: int) -> list[str]:
    """So many different drawings, the same each time, in canonical form.

    They read no vwap, which the real market lacks: Qlib answers such expressions with nothing.
    """
    found: dict[str, None] = {}

    @settings(
        max_examples=2 * count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(text=expressions().map(without_vwap))
    def draw(text: str) -> None:
        found[parse(text).canonical] = None

    draw()
    return list(found)[:count]
