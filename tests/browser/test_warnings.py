"""What a warning would have told, and a form with faults: pages that only come of a form, in every language."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import AXE, RUN_AXE, SMALL_TARGETS, TOO_WIDE, open_page
from tests.browser.town import LOCALES, Town


def assert_usable(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details.more').forEach((detail) => { detail.open = true; })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate(TOO_WIDE) <= 0, f"wider than {width} px"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_preview_and_the_faults_can_be_read_by_everybody(page: Page, town: Town, faults, locale: str) -> None:
    open_page(page, town, "new warning", locale)
    page.locator("#f-measure").select_option("soil_moisture")
    page.locator("#f-limit").fill("たくさん")
    page.locator("button[value=try]").click()
    expect(page.locator("#e-limit")).to_be_visible()
    assert_usable(page)
    page.locator("#f-limit").fill("２２")
    page.locator("button[value=try]").click()
    expect(page.locator("#tried-title")).to_contain_text("22 %")
    assert_usable(page)
