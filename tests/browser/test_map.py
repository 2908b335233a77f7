"""Where the hunter is and the way there, in words, on the map, and by the compass; without a network too."""

import re
from base64 import b64decode

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.town import Town
from tests.servers import wait_until

# 400 m south-west of the town's traps.
HERE = {"latitude": 35.3814 - 0.002543, "longitude": 139.9248 - 0.003119, "accuracy": 12}

# One white dot.
PICTURE = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEANl9ngAAAAABJRU5ErkJggg==")

# Where what stands below the map begins, and how high the map is.
ROOMS = """() => ({
    below: document.querySelector(".ways").getBoundingClientRect().top + scrollY,
    map: document.querySelector(".map-canvas").offsetHeight,
})"""


@pytest.fixture
def hunter(page: Page, town: Town) -> Page:
    town.enter(page.context, "ishii")
    # Granting some denies the others, and from version 156 on Chromium asks whether a page may know how it is turned.
    sensors = ["accelerometer", "gyroscope", "magnetometer"]
    page.context.grant_permissions(["geolocation", *sensors], origin=town.site.url)
    page.context.set_geolocation(HERE)
    return page


def test_the_way_is_said_in_words_and_drawn_and_follows_the_phone(hunter: Page, town: Town, faults: list[str]) -> None:
    hunter.goto(f"{town.site.url}/traps/trap-5")
    hunter.get_by_role("button", name="現在地からの道のり").click()
    expect(hunter.locator("[data-way-words]")).to_have_text("北東へ400 m（現在地の誤差 約12 m）")
    hunter.get_by_role("button", name="地図を表示").click()
    expect(hunter.locator(".ring").filter(has_text="現在地")).to_be_visible()
    hunter.context.set_geolocation({**HERE, "longitude": 139.9248 + 0.0165, "latitude": 35.3814})
    expect(hunter.locator("[data-way-words]")).to_have_text(re.compile("^西へ1.5 km"))
    hunter.context.set_geolocation({**HERE, "longitude": 139.9248, "latitude": 35.3814})
    expect(hunter.locator("[data-way-words]")).to_have_text("到着しています（現在地の誤差 約12 m）")


def test_an_arrow_points_the_way_where_the_phone_has_a_compass(hunter: Page, town: Town) -> None:
    hunter.goto(f"{town.site.url}/traps/trap-5")
    hunter.get_by_role("button", name="現在地からの道のり").click()
    arrow = hunter.locator("[data-way-arrow]")
    expect(hunter.locator("[data-way-words]")).not_to_be_empty()
    expect(arrow).to_be_hidden()
    # The phone looks east (alpha counts the other way round); north-east is half a right angle to its left.
    # A phone says it many times a second.
    hunter.evaluate(
        "setInterval(() => dispatchEvent("
        "new DeviceOrientationEvent('deviceorientationabsolute', {alpha: 270, absolute: true})), 50)"
    )
    expect(arrow).to_be_visible()
    turned = re.findall(r"-?[\d.]+", hunter.evaluate("document.querySelector('[data-way-arrow]').style.transform"))
    assert abs(float(turned[0]) + 45) < 1


def test_the_map_of_all_traps_shows_the_loud_ones_by_name(hunter: Page, town: Town, faults: list[str]) -> None:
    hunter.goto(f"{town.site.url}/traps")
    hunter.get_by_role("link", name="地図").click()
    hunter.get_by_role("button", name="地図を表示").click()
    expect(hunter.locator(".ring").filter(has_text="矢那の谷 檻 1")).to_contain_text("作動")
    hunter.get_by_role("button", name="現在地からの道のり").click()
    expect(hunter.locator("[data-way-words]").first).to_contain_text("北東へ400 m")


def test_without_leave_to_know_the_place_the_page_says_so(page: Page, town: Town) -> None:
    town.enter(page.context, "ishii")
    page.goto(f"{town.site.url}/traps/trap-5")
    page.get_by_role("button", name="現在地からの道のり").click()
    expect(page.locator("#where-told")).to_have_text("現在地がわかりません")


def test_nothing_moves_under_the_thumb_when_the_pictures_do_not_come(
    hunter: Page, town: Town, faults: list[str]
) -> None:
    """The map gives the words that say so their room, and takes it back when pictures come after all."""
    waiting: list[Route] = []
    has_come = False

    def answer(route: Route) -> None:
        if has_come:
            route.fulfill(body=PICTURE, content_type="image/png")
        else:
            waiting.append(route)

    hunter.route("**/xyz/**", answer)
    hunter.goto(f"{town.site.url}/traps/trap-5")
    hunter.get_by_role("button", name="地図を表示").click()
    hunter.wait_for_function("() => document.querySelectorAll('.leaflet-tile').length > 0")
    said, before = hunter.get_by_text("画像を読み込めません"), hunter.evaluate(ROOMS)
    expect(said).to_be_hidden()
    # One is lost. Of the others nothing is heard: the line is slow.
    wait_until(lambda: hunter.evaluate("1") and waiting, "no picture is asked for")
    waiting[0].abort("namenotresolved")
    expect(said).to_be_visible()
    told = hunter.evaluate(ROOMS)
    assert abs(told["below"] - before["below"]) < 1
    assert told["map"] < before["map"]
    has_come = True
    hunter.locator(".leaflet-control-zoom-in").click()
    expect(said).to_be_hidden()
    assert hunter.evaluate(ROOMS) == before
