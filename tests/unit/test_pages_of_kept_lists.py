"""Pages of lists that are read whole: all entries, once each, in both directions."""

import pytest

from catalog.paging import PageRequest
from domain.errors import BadInputError
from resolvers.pages import page_of_list

ITEMS = list(range(10))


def test_walking_forwards_finds_everything_once() -> None:
    found: list[int] = []
    after = None
    while True:
        part = page_of_list(ITEMS, PageRequest.of(first=3, after=after), "numbers")
        found += part.items
        assert part.has_previous_page is (after is not None)
        if not part.has_next_page:
            break
        after = part.cursors[-1]
    assert found == ITEMS


def test_walking_backwards_finds_everything_once() -> None:
    found: list[int] = []
    before = None
    while True:
        part = page_of_list(ITEMS, PageRequest.of(last=4, before=before), "numbers")
        found = [*part.items, *found]
        assert part.has_next_page is (before is not None)
        if not part.has_previous_page:
            break
        before = part.cursors[0]
    assert found == ITEMS


def test_two_cursors_bound_a_page_on_both_sides() -> None:
    whole = page_of_list(ITEMS, PageRequest.of(first=10), "numbers")
    page = PageRequest.of(first=9, after=whole.cursors[2], before=whole.cursors[6])
    part = page_of_list(ITEMS, page, "numbers")

    assert part.items == (3, 4, 5)
    assert part.has_next_page
    assert part.has_previous_page


def test_behind_the_last_entry_is_an_empty_page_with_others_before_it() -> None:
    whole = page_of_list(ITEMS, PageRequest.of(first=10), "numbers")
    part = page_of_list(ITEMS, PageRequest.of(first=3, after=whole.cursors[-1]), "numbers")

    assert (part.items, part.has_next_page, part.has_previous_page) == ((), False, True)


def test_an_empty_list_has_one_empty_page() -> None:
    nothing: list[int] = []
    for page in (PageRequest.of(first=3), PageRequest.of(last=3)):
        part = page_of_list(nothing, page, "numbers")
        assert (part.items, part.cursors) == ((), ())
        assert not part.has_next_page
        assert not part.has_previous_page


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "bnVtYmVyczotMQ", "bnVtYmVyczoxMA", "é"])
def test_cursors_that_the_list_did_not_give_are_refused(cursor: str) -> None:
    with pytest.raises(BadInputError, match="no cursor of this list") as refused:
        page_of_list(ITEMS, PageRequest.of(first=3, after=cursor), "numbers")
    assert refused.value.field == "after"


def test_a_cursor_belongs_to_its_list() -> None:
    other = page_of_list(ITEMS, PageRequest.of(last=3), "others")
    with pytest.raises(BadInputError) as refused:
        page_of_list(ITEMS, PageRequest.of(last=3, before=other.cursors[0]), "numbers")
    assert refused.value.field == "before"
