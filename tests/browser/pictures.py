"""Takes the pictures of README and tutorial from a running demo: `python -m tests.browser.pictures [--folder .data]`.

Run `make demo` beside it, and wait until something has sprung. Pictures are small: a page as a phone shows it first.
"""

import argparse
import json
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1000, "height": 760}


def sign_in(browser: Browser, url: str, size: dict[str, int], username: str, password: str) -> Page:
    """A window of this size in which somebody is signed in."""
    context = browser.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def take(page: Page, name: str) -> None:
    """The window's content, once fonts and charts stand still."""
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"{name}.png {(IMAGES / f'{name}.png').stat().st_size // 1024} KB")


def take_all(browser: Browser, url: str, people: dict[str, str]) -> None:
    """Every picture."""
    hunter = sign_in(browser, url, PHONE, "ishii", people["ishii"])
    take(hunter, "traps")
    hunter.locator("#loud .button").first.click()
    take(hunter, "incident")
    farmer = sign_in(browser, url, DESK, "takahashi", people["takahashi"])
    take(farmer, "plots")
    farmer.locator(".value").first.click()
    farmer.get_by_role("link", name="1週間").click()
    farmer.set_viewport_size({"width": 1000, "height": 980})
    take(farmer, "chart")
    office = sign_in(browser, url, DESK, "staff", people["staff"])
    office.goto(f"{url}/staff/agents")
    take(office, "agents")


def main() -> None:
    """Read where the demo is and as whom to sign in, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".data"))
    folder = parser.parse_args().folder
    ready = json.loads((folder / "demo" / "ready.json").read_text(encoding="utf-8"))
    people = {person["username"]: person["password"] for person in (ready["staff"], *ready["people"])}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        take_all(browser, ready["http"], people)
        browser.close()


if __name__ == "__main__":
    main()
