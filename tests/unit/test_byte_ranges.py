"""Which part of a file a request gets, by RFC 9110."""

import pytest

from server.byte_ranges import asked_range, names_etag
from server.refusals import RefusedError

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 10)),
        ("Bytes=10-10", (10, 11)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-4000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        (" bytes= 1-2 ", (1, 3)),
        (None, None),
        ("bytes=0-1,5-6", None),
        ("bytes=9-1", None),
        ("bytes=-", None),
        ("bytes", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=١-٢", None),
        ("bytes=1-2-3", None),
    ],
)
def test_a_range_is_taken_as_it_is_meant_or_not_at_all(
    header: str | None, part: tuple[int, int] | None
) -> None:
    assert asked_range(header, None, ETAG, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header: str) -> None:
    with pytest.raises(RefusedError) as refused:
        asked_range(header, None, ETAG, 100)

    assert refused.value.status == 416
    assert refused.value.headers == {"Content-Range": "bytes */100"}


def test_an_empty_file_has_no_range() -> None:
    with pytest.raises(RefusedError):
        asked_range("bytes=0-", None, ETAG, 0)


@pytest.mark.parametrize(
    ("condition", "is_part"),
    [
        (ETAG, True),
        ('"other"', False),
        (f"W/{ETAG}", False),
        ("Wed, 21 Oct 2015 07:28:00 GMT", False),
    ],
)
def test_a_range_of_another_file_is_the_whole_of_ours(condition: str, is_part: bool) -> None:
    assert (asked_range("bytes=0-9", condition, ETAG, 100) is not None) is is_part


@pytest.mark.parametrize(
    ("header", "weakly", "strongly"),
    [
        (ETAG, True, True),
        (f'"x", {ETAG}', True, True),
        (f"W/{ETAG}", True, False),
        ("*", True, True),
        ('"x"', False, False),
        ("abc", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_an_etag_is_found_among_those_that_are_named(
    header: str | None, weakly: bool, strongly: bool
) -> None:
    assert names_etag(header, ETAG, weakly=True) is weakly
    assert names_etag(header, ETAG, weakly=False) is strongly
