"""What operations may say about waiting, and what becomes of it."""

import pytest

from domain.errors import BadInputError
from resolvers.services import Limits
from server.terms import Terms, preferences, terms_of_extensions, terms_of_headers

LIMITS = Limits(wait_seconds=30, max_wait_seconds=600)


@pytest.mark.parametrize(
    ("prefer", "seconds", "applied"),
    [
        ("", 30, ()),
        ("wait=5", 5, ("wait=5",)),
        ("WAIT=5", 5, ("wait=5",)),
        ("wait=0", 0, ("wait=0",)),
        ('wait="5"', 5, ("wait=5",)),
        ("respond-async", 0, ("respond-async",)),
        ("respond-async, wait=10", 10, ("respond-async", "wait=10")),
        ("wait=10; foo=bar, respond-async", 10, ("respond-async", "wait=10")),
        ('x="a, wait=1", wait=2', 2, ("wait=2",)),
        ("wait=3, wait=4", 3, ("wait=3",)),
        ("wait=9999", 600, ("wait=600",)),
    ],
)
def test_preferences_set_the_wait(prefer: str, seconds: float, applied: tuple[str, ...]) -> None:
    terms = terms_of_headers(prefer, "", LIMITS)

    assert (terms.wait_seconds, terms.applied) == (seconds, applied)


@pytest.mark.parametrize(
    "prefer", ["wait", "wait=", "wait=-1", "wait=soon", "wait=1.5", "=5", ",,"]
)
def test_preferences_that_mean_nothing_are_passed_over(prefer: str) -> None:
    assert terms_of_headers(prefer, "", LIMITS) == Terms(30)


@pytest.mark.parametrize("header", ["only-if-cached", "max-age=0, Only-If-Cached"])
def test_only_if_cached_is_heard(header: str) -> None:
    assert terms_of_headers("", header, LIMITS).only_if_cached


@pytest.mark.parametrize("header", ["", "no-cache", 'foo="only-if-cached"'])
def test_other_cache_directives_start_what_they_need(header: str) -> None:
    assert not terms_of_headers("", header, LIMITS).only_if_cached


def test_extensions_win_over_headers() -> None:
    of_headers = terms_of_headers("wait=5", "only-if-cached", LIMITS)

    terms = terms_of_extensions({"wait": 1.5, "onlyIfCached": False}, of_headers, LIMITS)

    assert terms == Terms(1.5, only_if_cached=False, applied=())


@pytest.mark.parametrize("extensions", [{}, {"wait": None, "onlyIfCached": None}, {"other": "x"}])
def test_extensions_that_say_nothing_leave_the_headers(extensions: dict[str, object]) -> None:
    of_headers = terms_of_headers("wait=5", "only-if-cached", LIMITS)

    assert terms_of_extensions(extensions, of_headers, LIMITS) == of_headers


@pytest.mark.parametrize("wait", [-1, 601, "5", True, float("nan"), float("inf"), [1], {}])
def test_a_wait_out_of_range_is_bad_input(wait: object) -> None:
    with pytest.raises(BadInputError, match=r"extensions\.wait is .* from 0 to 600"):
        terms_of_extensions({"wait": wait}, Terms(30), LIMITS)


@pytest.mark.parametrize("only", [0, 1, "true", []])
def test_only_if_cached_is_true_or_false(only: object) -> None:
    with pytest.raises(BadInputError, match="true or false"):
        terms_of_extensions({"onlyIfCached": only}, Terms(30), LIMITS)


def test_only_the_beginning_of_a_long_header_is_read() -> None:
    assert len(list(preferences("a," * 50_000))) == 500
