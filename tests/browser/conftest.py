"""Debian's own Chromium under Playwright, cut off from everything but this machine."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.town import Town
from tests.browser.whole import WHOLE
from tests.servers import DatabaseServer
from tests.website import Website, fill_town, running_website

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

# Time enough on a machine that does other things too.
expect.set_options(timeout=20_000)

# A town that has every way to people; nothing is sent from here, and LINE's server does not answer.
CHANNELS = {
    "push_contact": "mailto:traps@town.example",
    "line_token": "x",
    "line_secret": "x" * 32,
    "line_id": "@wanamori",
    "line_host": "http://127.0.0.1:9",
    "smtp_host": "127.0.0.1",
}


@pytest.fixture(scope="session", autouse=True)
def whole_pages() -> Iterator[None]:
    """Whoever opens a page here has all of it, on a busy machine too.

    Some scripts come behind the page. What is pressed before them goes the way of a page without scripts, which has
    tests of its own.
    """

    def opening(really: Callable[..., Response | None]) -> Callable[..., Response | None]:
        def open_whole(page: Page, *args: Any, **options: Any) -> Response | None:
            answer = really(page, *args, **options)
            page.wait_for_function(WHOLE)
            return answer

        return open_whole

    with pytest.MonkeyPatch.context() as patch:
        for name in ("goto", "reload", "go_back"):
            patch.setattr(Page, name, opening(getattr(Page, name)))
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How Playwright starts the browser: the machine's, not one of Playwright's own downloads."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: run `make setup-test`"
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A visitor from Kisarazu with a phone's width; a test asks for another width by `page.set_viewport_size`."""
    return {
        **browser_context_args,
        "locale": "ja-JP",
        "timezone_id": "Asia/Tokyo",
        "viewport": {"width": 360, "height": 740},
    }


@pytest.fixture(scope="session")
def town(database_server: DatabaseServer) -> Iterator[Town]:
    """A served town with something on every page, for tests that only look."""
    url = database_server.migrated()
    with running_website(url, **CHANNELS) as site:
        yield Town(site)
    database_server.drop(url)


@pytest.fixture
def site(database_url: str) -> Iterator[Website]:
    """A served town of this test's own."""
    with running_website(database_url) as running:
        fill_town(running)
        yield running


@pytest.fixture
def faults(page: Page) -> Iterator[list[str]]:
    """What the browser complains of on the page (refused scripts, errors); must be empty at the end."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    # Map tiles are out of reach here, and an error page is an error to the browser's console.
    expected = ("ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "status of 4", "ERR_INCOMPLETE")
    assert [one for one in found if not any(part in one for part in expected)] == []
