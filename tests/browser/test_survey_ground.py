"""A survey over a hill, in a town that knows its ground: one height comes too near, following the ground does not."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hub.geo import LocalFrame
from tests.browser.test_surveys import enter
from tests.browser.town_surveys import LAT, LON, add_drones, square
from tests.website import Website, fill_town, running_website

FRAME = LocalFrame(lat=LAT, lon=LON)
CELL = 0.0002


def _grid() -> str:
    """A hill of 70 m in the middle of a square of 300 m, on a plain 5 m above the sea."""
    west, south, count = LON - 0.01, LAT - 0.01, 101
    rows = []
    for row in reversed(range(count)):
        places = [FRAME.local_point(south + row * CELL, west + column * CELL) for column in range(count)]
        rows.append(
            " ".join(f"{5 + 70 * math.exp(-((x - 150) ** 2 + (y - 150) ** 2) / 12_800):.2f}" for x, y in places)
        )
    head = f"ncols {count}\nnrows {count}\nxllcenter {west}\nyllcenter {south}\ncellsize {CELL}\n"
    return head + "\n".join(rows) + "\n"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Website]:
    """A served town of this test's own, with the heights of its ground."""
    terrain = tmp_path / "kisarazu.asc"
    terrain.write_text(_grid())
    with running_website(database_url, survey_terrain=terrain) as running:
        fill_town(running)
        add_drones(running)
        yield running


def test_a_hill_is_in_the_way_of_one_height_and_not_of_a_survey_that_follows_the_ground(
    page: Page, site: Website, faults: list[str]
) -> None:
    enter(page, site, "ogawa", "/surveys/new")
    page.locator("#as-text summary").click()
    ring = square(300.0)["coordinates"][0][:-1]
    page.get_by_label("区域の角").fill("\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in ring))
    page.get_by_label("線の間隔で決める").check()
    page.get_by_label("線の間隔（m）").fill("60")
    page.get_by_label("離陸地点からの高度").fill("60")
    page.locator("input[name=drill][value=yes]").check()
    page.get_by_role("button", name="計画を作る").click()
    checks = page.locator("main")
    expect(checks).to_contain_text("地表からの高さ")
    expect(checks).to_contain_text("真下の地表から最も低い所で -")
    expect(checks).to_contain_text("kisarazu.asc")
    figures = page.locator("dl.figures")
    expect(figures).not_to_contain_text("地表からの高さ")

    page.get_by_role("link", name="計画を変更する").first.click()
    page.get_by_label("地形に沿って飛ぶ").check()
    page.get_by_role("button", name="計画を作る").click()
    expect(checks).to_contain_text("真下の地表から最も低い所で 5")
    expect(checks).to_contain_text("真下の地表から 6")
    # whoever approves sees what the height is above
    expect(figures).to_contain_text("地表からの高さ")

    page.get_by_role("link", name="計画を変更する").first.click()
    expect(page.get_by_label("地形に沿って飛ぶ")).to_be_checked()


def test_following_the_ground_where_it_ends_is_refused_with_what_was_typed(page: Page, site: Website) -> None:
    enter(page, site, "ogawa", "/surveys/new")
    page.locator("#as-text summary").click()
    ring = square(300.0, 1_200.0)["coordinates"][0][:-1]
    page.get_by_label("区域の角").fill("\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in ring))
    page.get_by_label("地形に沿って飛ぶ").check()
    page.locator("input[name=drill][value=yes]").check()
    page.get_by_role("button", name="計画を作る").click()
    expect(page.locator("#e-area")).to_contain_text("標高が分かりません。一定の高度で計画してください")
    expect(page.get_by_label("地形に沿って飛ぶ")).to_be_checked()
