"""Expressions drawn at random, by the strategy that the tests draw with."""

from hypothesis import HealthCheck, Phase, given, settings

from domain.expression import parse
from tests.random_expressions import expressions, without_vwap


def random_texts(count: int, *, has_vwap: bool = False) -> list[str]:
    """So many different drawings, the same each time, in canonical form.

    Args:
        count: How many.
        has_vwap: Whether the market does. The real one lacks it, and Qlib answers expressions
            that read it with nothing.
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
    @given(text=expressions() if has_vwap else expressions().map(without_vwap))
    def draw(text: str) -> None:
        found[parse(text).canonical] = None

    draw()
    return list(found)[:count]
