"""A hunter fills in a report at the trap, on a phone of 360 px: two animals, photos, and what staff then see."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hub.traps.captures.store import ReportFilter
from tests.browser.test_flows import sign_in
from tests.unit.captures.photos import picture, saved
from tests.website import Website


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    found: list[Path] = []
    for seed in (21, 22):
        path = tmp_path / f"IMG_{seed}.jpg"
        path.write_bytes(saved(picture(seed, (2400, 1800)), taken="2026:11:23 14:05:10", place=(35.3814, 139.9248)))
        found.append(path)
    return found


def filed(site: Website):
    with site.database.transaction() as conn:
        (full,) = site.services.captures.fetch_all(conn, ReportFilter())
        return full, site.services.captures.photos.fetch_of(conn, [full.report.id])


def test_two_animals_and_photos_from_a_phone(page: Page, site: Website, photos: list[Path], faults: list[str]) -> None:
    incident = site.spring("trap-1")
    sign_in(page, site, "ishii")
    page.goto(f"{site.url}/incidents/{incident}")
    page.get_by_role("link", name="個体と写真を入れて報告").click()
    page.get_by_label("捕獲あり").check()
    page.locator("#f-animals-0-species").select_option("boar")
    page.locator("#f-animals-0-weight_kg").fill("６２")
    page.get_by_role("button", name="個体を追加").click()
    page.get_by_role("button", name="個体を追加").click()
    expect(page.locator("[data-animal]")).to_have_count(3)
    page.locator("#f-animals-1-species").select_option("hare")
    page.locator("#f-animals-2-species").select_option("deer")
    page.locator("[data-animal]").nth(1).get_by_role("button", name="この個体を外す").click()
    expect(page.locator("[data-animal]")).to_have_count(2)
    assert page.locator("#f-animals-1-species").input_value() == "deer"
    page.locator("#f-photos-whole_right").set_input_files(photos[0])
    page.locator("#f-photos").set_input_files(photos[1])
    expect(page.locator("[data-photo-list] img")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="記録して対応を終える").click()
    expect(page.get_by_text("報告")).not_to_have_count(0)
    page.wait_for_url("**/captures/r-*")
    expect(page.locator(".thumbs img")).to_have_count(2)
    full, kept = filed(site)
    assert [(animal.species, animal.weight_kg) for animal in full.animals] == [("boar", 62), ("deer", None)]
    assert full.report.incident_id == incident
    # The phone has made them smaller, and what the camera wrote is still in them.
    assert sorted(photo.item or "" for photo in kept) == ["", "whole_right"]
    assert all(photo.width <= 1600 and photo.taken_lat is not None for photo in kept)


def test_the_same_without_scripts(browser: Browser, site: Website, photos: list[Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    sign_in(page, site, "ishii")
    page.goto(f"{site.url}/traps/trap-1/report")
    page.get_by_label("捕獲あり").check()
    page.locator("#f-animals-0-species").select_option("boar")
    page.locator("#f-photos").set_input_files(photos[0])
    page.get_by_role("button", name="個体を追加").click()
    page.locator("#f-animals-1-species").select_option("boar")
    assert page.locator("#f-animals-0-species").input_value() == "boar"
    page.get_by_role("button", name="報告を保存").click()
    page.wait_for_url("**/captures/r-*")
    full, kept = filed(site)
    assert len(full.animals) == 2
    assert [photo.width for photo in kept] == [2400]
    context.close()
