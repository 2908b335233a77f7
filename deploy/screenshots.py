"""`python -m deploy.screenshots READY.json`: the documentation's pictures, from a demo in which traps have sprung."""

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

_IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
_CHROMIUM = "/usr/bin/chromium"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> int:
    """Sign in as the sample people and photograph their pages; returns the exit code."""
    ready: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    people = {person["role"]: person for person in reversed(ready["people"])} | {"staff": ready["staff"]}
    _IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        hunter = _signed_in(browser, ready["http"], people["hunter"], 390)
        _take(hunter, "/traps", "traps.png", height=900)
        hunter.click("main a[href*='/incidents/']")
        _take(hunter, None, "incident.png", height=1100)
        farmer = _signed_in(browser, ready["http"], people["farmer"], 1000)
        _take(farmer, "/plots", "plots.png")
        farmer.click("main a[href*='/stations/']")
        _take(farmer, None, "chart.png")
        staff = _signed_in(browser, ready["http"], people["staff"], 1000)
        _take(staff, "/staff/agents", "agents.png", height=900)
        browser.close()
    return 0


def _signed_in(browser: Browser, address: str, person: dict[str, str], width: int) -> Page:
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 800}, locale="ja-JP", timezone_id="Asia/Tokyo"
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=username]", person["username"])
    page.fill("[name=password]", person["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")
    return page


def _take(page: Page, path: str | None, name: str, height: int | None = None) -> None:
    if path is not None:
        page.goto(path)
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)
    if height is None:
        page.screenshot(path=_IMAGES / name, full_page=True)
    else:
        width = (page.viewport_size or {"width": 390})["width"]
        page.screenshot(path=_IMAGES / name, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


if __name__ == "__main__":
    sys.exit(main())
