"""The demo, served as a person starts it."""

from collections.abc import Iterator

import pytest
from live_server import live_server


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with the sample market and the seeds, in which nothing is computed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    with live_server(home, "demo", "--no-walk") as server:
        yield server.url
