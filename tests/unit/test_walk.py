"""What the demo reads out of the answer to its walk."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from server.walk import Walked, WalkError, leaves, read_walk, walk

ANSWER: dict[str, Any] = {
    "factor": {
        "expression": "$close",
        "evaluation": {"ic": 0.01234, "days": 3, "provenance": {"fromCache": False}},
        "models": {
            "nodes": [
                {"name": "one", "risk": {"sharpe": -1.5, "provenance": {"fromCache": True}}},
                {"name": "two", "risk": None},
            ]
        },
    }
}


class Answering(BaseHTTPRequestHandler):
    """Gives one answer after the other."""

    answers: ClassVar[list[tuple[int, object]]] = []

    def do_POST(self) -> None:
        """Answer the next one."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Where answers are given."""
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_number_is_shown_with_the_way_to_it() -> None:
    lines = Walked(ANSWER, 1.0).numbers.splitlines()

    assert [line.split() for line in lines[2:]] == [
        ["factor", "evaluation", "ic", "0.0123"],
        ["factor", "evaluation", "days", "3"],
        ["factor", "models", "one", "risk", "sharpe", "-1.5000"],
    ]


def test_an_answer_is_from_the_cache_if_all_of_it_is() -> None:
    assert Walked(ANSWER, 1.234).timing == "1.23 s, fromCache: false"
    assert Walked({"provenance": {"fromCache": True}}, 0.0).timing == "0.00 s, fromCache: true"


def test_members_of_lists_without_names_go_by_their_place() -> None:
    assert list(leaves({"values": [5, 6]})) == [(("values", "0"), 5), (("values", "1"), 6)]


def test_what_is_still_being_computed_is_asked_again(address: str) -> None:
    computing = {"errors": [{"message": "wait", "extensions": {"code": "COMPUTING"}}]}
    Answering.answers = [(200, computing), (200, {"data": ANSWER})]

    assert walk(address, read_walk()).data == ANSWER


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, {"data": None, "errors": [{"message": "There is no factor."}]}, "no factor"),
        (500, {}, "500"),
    ],
)
def test_a_walk_that_fails_says_why(address: str, status: int, answer: object, said: str) -> None:
    Answering.answers = [(status, answer)]

    with pytest.raises(WalkError, match=said):
        walk(address, "{ x }")


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(WalkError, match=r"127\.0\.0\.1:9"):
        walk("http://127.0.0.1:9", "{ x }")
