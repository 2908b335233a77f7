"""A plot is drawn on the map by mouse and by finger, or typed, and its corner moved."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.town_plots import CORNERS
from tests.website import Website

# Corners on the map, as shares of its width and height; the third one is moved afterwards.
SQUARE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
MOVED = (0.85, 0.85)


def sign_in(page: Page, site: Website) -> None:
    cookie = site.client("takahashi").http.cookies["wanamori"]
    page.context.add_cookies([{"name": "wanamori", "value": cookie, "url": site.url}])


def open_map(page: Page, site: Website) -> Locator:
    sign_in(page, site)
    page.goto(f"{site.url}/plots/new")
    page.get_by_label("ほ場の名前").fill("川べりの田")
    page.get_by_role("button", name="地図に描く").click()
    canvas = page.locator(".map-canvas")
    expect(page.locator("[data-draw-told]")).to_contain_text("角")
    return canvas


def spot(canvas: Locator, share: tuple[float, float]) -> tuple[float, float]:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    return box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1]


def corners(page: Page) -> list[tuple[float, float]]:
    text = page.locator("#f-shape").input_value()
    return [tuple(float(one) for one in line.split(", ")) for line in text.splitlines()]


def as_text(found: list[tuple[float, float]]) -> str:
    return "\n".join(f"{lat:.7f}, {lon:.7f}" for lat, lon in found)


def spot_of(page: Page, found: list[tuple[float, float]], corner: tuple[float, float]) -> tuple[float, float]:
    """Where a corner of the only shape lies on the screen; a field is too small for the projection to matter."""
    boxes = [path.bounding_box() for path in page.locator(".map-canvas path").all()]
    box = max((box for box in boxes if box), key=lambda box: box["width"] * box["height"])
    lats, lons = zip(*found, strict=True)
    x = box["x"] + box["width"] * (corner[1] - min(lons)) / (max(lons) - min(lons))
    return x, box["y"] + box["height"] * (max(lats) - corner[0]) / (max(lats) - min(lats))


def drag_by_mouse(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def drag_by_finger(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", start)
    for step in range(1, 9):
        touch("touchMove", tuple(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


def save(page: Page) -> str:
    page.get_by_role("button", name="保存する").click()
    page.wait_for_url(re.compile(r"/plots\?done=saved"))
    page.get_by_role("link", name=re.compile("川べりの田")).first.click()
    page.goto(f"{page.url.partition('?')[0]}/change")
    return page.locator("fieldset", has=page.locator("[data-draw]")).locator("p").first.inner_text()


def test_a_shape_is_drawn_by_mouse_and_a_corner_is_moved(page: Page, site: Website, faults: list[str]) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})
    canvas = open_map(page, site)
    # Three corners, the last one again: closed too. Then anew.
    for share in (*SQUARE[:3], SQUARE[2]):
        page.mouse.move(*spot(canvas, share))
        page.mouse.click(*spot(canvas, share))
    expect(page.locator("[data-draw-told]")).to_contain_text("ha")
    assert len(corners(page)) == 3
    page.get_by_role("button", name="描き直す").click()
    expect(page.locator("#f-shape")).to_have_value("")
    for share in SQUARE:
        page.mouse.move(*spot(canvas, share))
        page.mouse.click(*spot(canvas, share))
    page.get_by_role("button", name="形を閉じる").click()
    expect(page.locator("[data-draw-told]")).to_contain_text("ha")
    before = corners(page)
    assert len(before) == 4
    drag_by_mouse(page, spot(canvas, SQUARE[2]), spot(canvas, MOVED))
    expect(page.locator("#f-shape")).not_to_have_value(as_text(before))
    after = corners(page)
    assert [one in before for one in after].count(False) == 1
    area = save(page)
    assert "ha" in area
    # What is there opens with its corners ready; a corner comes back to where it was.
    page.get_by_role("button", name="地図に描く").click()
    expect(page.locator("[data-draw-told]")).to_contain_text("ha")
    assert corners(page) == after
    canvas.scroll_into_view_if_needed()
    start = spot_of(page, after, after[2])
    drag_by_mouse(page, start, (start[0] - 60, start[1] - 40))
    expect(page.locator("#f-shape")).not_to_have_value(as_text(after))
    assert [one in after for one in corners(page)].count(False) == 1


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2, locale="ja-JP"
    )
    yield context.new_page()
    context.close()


def test_a_shape_whose_edges_cross_has_no_size_until_a_corner_is_moved(
    page: Page, site: Website, faults: list[str]
) -> None:
    canvas = open_map(page, site)
    bow_tie = [SQUARE[place] for place in (0, 2, 1, 3)]
    for share in (*bow_tie, bow_tie[-1]):
        page.mouse.click(*spot(canvas, share))
    told = page.locator("[data-draw-told]")
    expect(told).to_have_text("辺が交差しています。角を動かすか、描き直してください。")
    # The corner that stands in the south-east goes to the west of the south-western one.
    drag_by_mouse(page, spot(canvas, SQUARE[2]), spot(canvas, (0.15, 0.5)))
    expect(told).to_contain_text("ha")


def test_a_shape_is_drawn_by_finger_and_a_corner_is_moved(phone: Page, site: Website) -> None:
    canvas = open_map(phone, site)
    for share in SQUARE:
        phone.touchscreen.tap(*spot(canvas, share))
    phone.get_by_role("button", name="形を閉じる").click()
    expect(phone.locator("[data-draw-told]")).to_contain_text("ha")
    before = corners(phone)
    assert len(before) == 4
    drag_by_finger(phone, spot(canvas, SQUARE[2]), spot(canvas, MOVED))
    expect(phone.locator("#f-shape")).not_to_have_value(as_text(before))
    assert [one in before for one in corners(phone)].count(False) == 1
    assert "ha" in save(phone)


def test_a_shape_is_typed_without_scripts(browser: Browser, site: Website) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="ja-JP")
    page = context.new_page()
    sign_in(page, site)
    page.goto(f"{site.url}/plots/new")
    expect(page.get_by_role("button", name="地図に描く")).to_be_hidden()
    page.get_by_label("ほ場の名前").fill("川べりの田")
    page.locator("#f-shape").fill(CORNERS)
    assert "0.65 ha" in save(page)
    context.close()
