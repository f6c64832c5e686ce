"""GraphiQL as a reader meets it: opened in a browser on the running demo."""

import json
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The editor keeps only the lines in view in the document, so the window is taller than any answer.
WINDOW = (1400, 3000)
PATIENCE_SECONDS = 180


@dataclass
class Visit:
    """One page in the browser, with everything it asked for and complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._record)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def _record(self, request: Request) -> None:
        self.requests.append(request.url)


@pytest.fixture(scope="module")
def chromium() -> str:
    """Where Chromium is on this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium on PATH (looked for {', '.join(CHROMIUM_NAMES)})")
    return found


@pytest.fixture
def visit(chromium: str, demo_url: str) -> Iterator[Visit]:
    """A fresh visit to the demo's GraphiQL."""
    width, height = WINDOW
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page = browser.new_page(viewport={"width": width, "height": height})
        visit = Visit(page)
        page.goto(f"{demo_url}/graphql")
        for editor in (".graphiql-query-editor", ".result-window"):
            expect(page.locator(f"{editor} .view-lines")).to_be_attached(timeout=30_000)
        yield visit
        browser.close()


def test_the_page_opens_with_the_examples_as_tabs(visit: Visit) -> None:
    expect(visit.page).to_have_title("Qatlas")
    expect(visit.page.get_by_role("tab")).to_have_text(
        ["Browse", "Walk", "Evaluate", "Calculate", "Lineage"], use_inner_text=True
    )
    expect(visit.page.get_by_role("button", name="Show GraphiQL Explorer")).to_be_visible()


def test_the_walk_runs_from_a_factor_to_a_backtest(visit: Visit, demo_url: str) -> None:
    visit.page.get_by_role("tab", name="Walk").click()
    expect(visit.page.locator(".graphiql-query-editor .view-lines")).to_contain_text("Walk")

    factor = walked(visit.page)

    model = factor["models"]["nodes"][0]
    risk = model["backtests"]["nodes"][0]["risk"]["excessReturnWithCost"]
    assert -1 <= factor["evaluation"]["ic"] <= 1
    assert -1 <= model["evaluation"]["ic"] <= 1
    assert math.isfinite(risk["informationRatio"])
    assert risk["maxDrawdown"] <= 0
    elsewhere = [url for url in visit.requests if not stays_home(url, demo_url)]
    assert elsewhere == []
    assert visit.complaints == []


def walked(page: Page) -> dict[str, Any]:
    """Run the open tab, again while something is still being computed, and read its factor."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page.get_by_role("button", name="Execute query").click()
        answer = finished_answer(page, deadline)
        if not answer.get("errors"):
            factor: dict[str, Any] = answer["data"]["factor"]
            return factor
        codes = {error.get("extensions", {}).get("code") for error in answer["errors"]}
        assert codes == {"COMPUTING"}, answer["errors"]
    pytest.fail(f"the walk was still computing after {PATIENCE_SECONDS} s")


def finished_answer(page: Page, deadline: float) -> dict[str, Any]:
    """The JSON in the result pane, once all of it is there."""
    while time.monotonic() < deadline:
        page.wait_for_timeout(200)
        text = shown_result(page)
        try:
            answer: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            continue
        return answer
    pytest.fail(f"no answer in the result pane after {PATIENCE_SECONDS} s")


def shown_result(page: Page) -> str:
    """The text of the result pane, line under line as on the screen."""
    text: str = page.locator(".result-window .view-line").evaluate_all(
        """lines => lines
            .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
            .map(line => line.textContent)
            .join("")
            .replaceAll("\\u00a0", " ")"""
    )
    return text


def stays_home(url: str, demo_url: str) -> bool:
    """Whether a request goes to the demo itself or to nothing outside the page."""
    return url.startswith((f"{demo_url}/", "data:", f"blob:{demo_url}/"))
