"""Every page in every language: nothing for axe to find, targets of 44 px, nothing wider than a phone."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.town import LOCALES, PAGES, Town

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    (fault) => fault.id + ": " + fault.nodes.map((node) => node.html + " " + node.failureSummary).join(" | "))"""
# WCAG 2.5.5 lets links within a sentence be small; a label is the target of the box inside it, or before it.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary, .choice, .button")]
    .filter((target) => target.checkVisibility({visibilityProperty: true}))
    .filter((target) => !target.closest(".skip, .leaflet-control-attribution") && target.type !== "hidden")
    .filter((target) => !(target.matches("input") && target.closest("label.choice")))
    .filter((target) => !target.matches(".photo-field.ready > input"))
    .map((target) => [target, target.getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
    .map(([target, box]) => `${target.outerHTML.slice(0, 120)} ${box.width.toFixed(0)}x${box.height.toFixed(0)}`)"""
TOO_WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


def open_page(page: Page, town: Town, name: str, locale: str) -> None:
    username, path = town.pages[name]
    town.enter(page.context, username, locale)
    page.goto(town.site.url + path)


def test_the_list_of_pages_is_whole(town: Town) -> None:
    assert set(PAGES) == set(town.pages)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_used_by_everybody(page: Page, town: Town, faults: list[str], name: str, locale: str) -> None:
    open_page(page, town, name, locale)
    page.evaluate("document.querySelectorAll('details.more').forEach((detail) => { detail.open = true; })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == ("en" if locale == "en" else "ja")
    brand = {"ja": "罠守", "en": "Wanamori", "ja_Hira": "わなもり"}[locale]
    assert page.title().endswith(f" | {brand}")
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(TOO_WIDE) <= 0, f"wider than {width} px"


@pytest.mark.parametrize("name", ["welcome", "traps", "a station", "agents"])
def test_an_open_menu_can_be_used_by_everybody(page: Page, town: Town, faults: list[str], name: str) -> None:
    open_page(page, town, name, "ja")
    page.locator("details.menu > summary").last.click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(TOO_WIDE) <= 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_without_scripts_and_styles_of_its_own_hold(browser, town: Town, name: str) -> None:
    username, path = town.pages[name]
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    town.enter(context, username)
    page = context.new_page()
    page.goto(town.site.url + path)
    assert page.locator("main").inner_text().strip()
    assert page.locator("#connection-lost").is_hidden()
    context.close()


@pytest.mark.parametrize("name", ["traps", "sprung"])
def test_the_browser_loads_under_30_kilobytes_before_an_alert_is_complete(page: Page, town: Town, name: str) -> None:
    transferred: dict[str, float] = {}
    session = page.context.new_cdp_session(page)
    urls: dict[str, str] = {}
    session.on("Network.responseReceived", lambda told: urls.update({told["requestId"]: told["response"]["url"]}))
    session.on(
        "Network.loadingFinished", lambda told: transferred.update({told["requestId"]: told["encodedDataLength"]})
    )
    session.send("Network.enable")
    open_page(page, town, name, "ja")
    page.wait_for_load_state("load")
    page.wait_for_function("document.body.dataset.live && performance.getEntriesByType('resource').length > 0")
    sizes = {urls.get(request, request): size for request, size in transferred.items()}
    assert sum(sizes.values()) < 30_000, json.dumps(sizes, indent=1)
    assert any("page-" in url for url in sizes)
