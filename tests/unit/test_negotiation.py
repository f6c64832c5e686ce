"""Which media type answers a request."""

import pytest

from server.negotiation import GRAPHQL, HTML, JSON, media_type_of, preferred

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"*/*, {GRAPHQL}", GRAPHQL),
        (GRAPHQL.upper(), GRAPHQL),
        (BROWSER, JSON),
        ("text/html", None),
        (f"{JSON};q=0", None),
        ("nonsense", None),
    ],
)
def test_the_client_gets_the_type_that_it_likes_best(
    accept: str | None, media_type: str | None
) -> None:
    assert preferred(accept, (JSON, GRAPHQL)) == media_type


@pytest.mark.parametrize(
    ("accept", "media_type"), [(BROWSER, HTML), ("*/*", JSON), (f"{JSON}, text/html;q=0.5", JSON)]
)
def test_only_who_prefers_html_is_shown_the_page(accept: str, media_type: str) -> None:
    assert preferred(accept, (JSON, GRAPHQL, HTML)) == media_type


def test_media_types_come_with_their_parameters() -> None:
    assert media_type_of('Application/JSON; Charset="UTF-8"') == (JSON, {"charset": "UTF-8"})
    assert media_type_of(None) == ("", {})
