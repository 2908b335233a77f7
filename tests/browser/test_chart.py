"""A farmer's chart under hands and keys: zoom, drag, pinch, spoken values, several lines, paper, no scripts."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, expect

from hub import clock
from tests.browser.town import Town

DRAWN = """(count) => document.querySelector("[data-chart].drawn")
    && performance.getEntriesByName("chart-drawn").length >= count"""
# Whether each column of the first panel's canvas has a pixel of the first line's green, or of its band.
COLUMNS = """(canvas, least) => {
    const {width, height} = canvas, pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const green = (x) => { for (let y = 0; y < height; y++) { const i = 4 * (y * width + x);
        if (pixels[i + 3] > 200 && pixels[i + 1] > pixels[i] + least) return true; } return false; };
    return [...Array(width).keys()].map(green); }"""


@pytest.fixture(scope="module")
def seasons(town: Town) -> Town:
    """Two stations that have measured each six hours for more than a year, one of them with three weeks missing."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    with town.site.database.transaction() as conn:
        for name, warmth in (("field-1", 12), ("field-2", 16)):
            conn.execute(
                "insert into reading (device_id, measured_at, received_at, air_temperature, relative_humidity,"
                " soil_moisture, rainfall) select %s, at, at, %s + 6 * sin(extract(hour from at) / 3.8), 70, 30, 0.5"
                " from generate_series(%s::timestamptz, %s, '6 hours') at"
                " where %s = 'field-2' or at not between %s and %s on conflict do nothing",
                (
                    *(town.site.devices[name].key, warmth, now - timedelta(days=430), now - timedelta(days=4), name),
                    *(now - timedelta(days=80), now - timedelta(days=59)),
                ),
            )
            conn.execute(
                "insert into latest (device_id, quantity, measured_at, received_at, value)"
                " values (%s, 'rainfall', %s, %s, 0.5) on conflict do nothing",
                (town.site.devices[name].key, now, now),
            )
        # Without a planting date a season is half a year.
        conn.execute("update plot set planted_on = null")
    return town


def open_chart(page: Page, town: Town, query: str, path: str = "/stations/field-1") -> None:
    town.enter(page.context, "takahashi")
    page.goto(f"{town.site.url}{path}?{query}")
    page.wait_for_function(DRAWN, arg=1)


def length_of(page: Page) -> int:
    """Seconds of the window that the address names."""
    since, until = re.search(r"from=(\d+)&to=(\d+)", page.url).groups()
    return int(until) - int(since)


def test_a_season_has_its_band_and_its_hole(page: Page, seasons: Town, faults: list[str]) -> None:
    open_chart(page, seasons, "span=season&quantity=air_temperature")
    data = page.evaluate("JSON.parse(document.getElementById('chart-data').textContent)")
    assert data["width"] == 86_400
    assert len(data["series"][0]["holes"]) == 1
    assert data["series"][0]["max"][5] > data["series"][0]["mean"][5] > data["series"][0]["min"][5]
    for least in (40, 12):  # the line, then the paler band
        columns = page.locator(".chart canvas").first.evaluate(COLUMNS, least)
        drawn = [x for x, is_drawn in enumerate(columns) if is_drawn]
        gaps = [later - earlier for earlier, later in pairwise(drawn) if later - earlier > 8]
        assert len(gaps) == 1
        assert gaps[0] == pytest.approx(len(columns) * 0.8 * 21 / 180, abs=len(columns) * 0.04)


def test_keys_read_values_aloud_and_zoom(page: Page, seasons: Town, faults: list[str]) -> None:
    open_chart(page, seasons, "span=month&quantity=air_temperature")
    chart, spoken = page.locator("[data-chart]"), page.locator("[data-spoken]")
    chart.focus()
    assert chart.evaluate("(it) => getComputedStyle(it).outlineStyle") != "none"
    page.keyboard.press("Home")
    expect(spoken).to_contain_text("°C")
    first = spoken.inner_text()
    page.keyboard.press("ArrowRight")
    expect(spoken).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(spoken).to_have_text(first)
    page.keyboard.press("End")
    page.keyboard.press("+")
    page.wait_for_function(DRAWN, arg=2)
    closer = length_of(page)
    assert closer == pytest.approx(31 * 86_400 / 1.5, rel=0.01)
    page.keyboard.press("-")
    page.wait_for_function(DRAWN, arg=3)
    assert length_of(page) == pytest.approx(31 * 86_400, rel=0.01)
    expect(spoken).to_contain_text("表示")
    page.keyboard.press("PageUp")
    page.wait_for_function(DRAWN, arg=4)
    expect(page.locator("#s-after")).to_be_visible()
    expect(chart).to_be_focused()


def test_the_way_back_leads_to_the_same_window(page: Page, seasons: Town) -> None:
    open_chart(page, seasons, "span=month&quantity=air_temperature&quantity=soil_moisture")
    page.locator("[data-chart]").focus()
    for count in (2, 3):
        page.keyboard.press("+")
        page.wait_for_function(DRAWN, arg=count)
    zoomed, title = page.url, page.locator("#chart-window b")
    expect(title).not_to_have_text(re.compile("31日"))
    page.goto(f"{seasons.site.url}/plots")
    page.go_back()
    page.wait_for_function(DRAWN, arg=1)
    assert page.url == zoomed
    data = page.evaluate("JSON.parse(document.getElementById('chart-data').textContent)")
    assert data["until"] - data["since"] == pytest.approx(length_of(page), abs=2)
    assert len(data["series"]) == 2


def test_how_a_chart_is_to_be_read_follows_its_window_but_never_hides_a_value(page: Page, seasons: Town) -> None:
    open_chart(page, seasons, "span=month&quantity=dew_point")
    reading = page.locator("[data-reading]")
    expect(reading).to_contain_text("1時間ごとの気温と湿度の平均")
    page.locator("[data-chart]").focus()
    for _ in range(7):
        page.keyboard.press("+")
    expect(reading).to_contain_text("気温と湿度の一つ一つの測定値")
    page.evaluate(
        """() => document.addEventListener("chart:settled", () => { document.body.dataset.settled = "yes"; })"""
    )
    drawn = page.evaluate("performance.getEntriesByName('chart-drawn').length")
    page.keyboard.press("-")
    page.wait_for_function(DRAWN, arg=drawn + 1)
    page.keyboard.press("Home")
    expect(page.locator("body")).to_have_attribute("data-settled", "yes")
    expect(reading).to_contain_text("°C")


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_two_fingers_zoom_and_one_drags(browser, seasons: Town) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_chart(page, seasons, "span=month&quantity=air_temperature")
    over = page.locator(".chart .u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    y, middle = box["y"] + 60, box["x"] + box["width"] / 2
    session = context.new_cdp_session(page)
    touch(session, "touchStart", (middle - 30, y))
    touch(session, "touchStart", (middle - 30, y), (middle + 30, y))
    for spread in (45, 60):
        touch(session, "touchMove", (middle - spread, y), (middle + spread, y))
    touch(session, "touchEnd")
    page.wait_for_function(DRAWN, arg=2)
    assert length_of(page) == pytest.approx(31 * 86_400 / 2, rel=0.05)
    before = int(re.search(r"from=(\d+)", page.url)[1])
    touch(session, "touchStart", (middle, y))
    for moved in (20, 60, 100):
        touch(session, "touchMove", (middle + moved, y))
    touch(session, "touchEnd")
    page.wait_for_function(DRAWN, arg=3)
    # 100 px to the right show that much of the time before.
    assert before - int(re.search(r"from=(\d+)", page.url)[1]) == pytest.approx(
        100 / box["width"] * 31 * 86_400 / 2, rel=0.2
    )
    context.close()


def test_the_wheel_zooms_only_where_the_chart_has_the_focus(page: Page, seasons: Town) -> None:
    open_chart(page, seasons, "span=month&quantity=air_temperature")
    over = page.locator(".chart .u-over").first
    over.scroll_into_view_if_needed()
    over.hover()
    page.mouse.wheel(0, 40)
    assert "from=" not in page.url
    page.locator("[data-chart]").focus()
    page.mouse.wheel(0, -150)
    page.wait_for_function(DRAWN, arg=2)
    assert length_of(page) < 31 * 86_400


def test_several_quantities_and_stations_stand_in_panels_with_one_cursor(page: Page, seasons: Town) -> None:
    query = "span=week&quantity=air_temperature&quantity=soil_moisture&station=field-1&station=field-2"
    open_chart(page, seasons, query)
    expect(page.locator(".chart .uplot")).to_have_count(2)
    expect(page.locator(".legend li")).to_have_count(4)
    page.locator(".chart .u-over").last.hover(position={"x": 90, "y": 20})
    lefts = page.evaluate(
        "[...document.querySelectorAll('.u-cursor-x')].map((line) => line.getBoundingClientRect().left)"
    )
    assert len(lefts) == 2
    assert abs(lefts[0] - lefts[1]) < 1.5
    expect(page.locator("[data-reading]")).to_contain_text("ハウスの観測機")


def test_what_is_shown_is_chosen_in_a_form(page: Page, seasons: Town, faults: list[str]) -> None:
    open_chart(page, seasons, "span=month&quantity=air_temperature")
    page.locator("#chart-choice summary").click()
    page.get_by_label("土壌水分（%）").check()
    expect(page.locator(".legend li")).to_have_count(2)
    page.get_by_label("前年の線を重ねる").check()
    expect(page.locator(".legend li")).to_have_count(4)
    expect(page).to_have_url(re.compile("span=month.*years=2|years=2.*span=month"))
    expect(page.locator("#chart-choice")).to_have_attribute("open", "")


def test_a_plots_page_has_the_chart_of_its_stations(page: Page, seasons: Town, faults: list[str]) -> None:
    with seasons.site.database.transaction() as conn:
        ((plot_id,),) = conn.execute("select id from plot where name = 'ハウス'").fetchall()
    open_chart(page, seasons, "span=season", f"/plots/{plot_id}")
    expect(page.locator(".legend li")).to_have_count(2)
    page.get_by_role("link", name="1週間").click()
    expect(page).to_have_url(re.compile(f"/plots/{plot_id}.*span=week"))
    page.wait_for_function(DRAWN, arg=2)


def test_on_paper_the_picture_of_the_shown_window_stands_without_colour(
    page: Page, seasons: Town, tmp_path: Path
) -> None:
    page.set_viewport_size({"width": 1000, "height": 740})
    open_chart(page, seasons, "span=season&quantity=air_temperature&quantity=soil_moisture&quantity=rainfall")
    before = page.locator("#chart-picture").inner_html()
    page.locator("[data-chart]").focus()
    page.keyboard.press("+")
    page.wait_for_function("(before) => document.getElementById('chart-picture').innerHTML !== before", arg=before)
    page.emulate_media(media="print")
    expect(page.locator("#chart-picture")).to_be_visible()
    expect(page.locator(".chart .uplot").first).to_be_hidden()
    lines = page.locator("#chart-picture .line")
    looks = [
        (
            line.evaluate("(it) => getComputedStyle(it).stroke"),
            line.evaluate("(it) => getComputedStyle(it).strokeDasharray"),
        )
        for line in lines.all()
    ]
    # black, and grey where a broken black line may lie over it
    assert {stroke for stroke, _ in looks} == {"rgb(0, 0, 0)", "rgb(153, 153, 153)"}
    assert len({dash for _, dash in looks}) == len(looks) == 2
    paper = page.pdf(path=str(tmp_path / "chart.pdf"), format="A4")
    assert paper.startswith(b"%PDF")


def test_without_scripts_there_is_the_picture_and_the_table(browser, seasons: Town) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    seasons.enter(context, "takahashi")
    page.goto(f"{seasons.site.url}/stations/field-1?span=season&quantity=air_temperature&quantity=rainfall")
    expect(page.locator("#chart-picture")).to_be_visible()
    assert page.locator("#chart-picture .line").get_attribute("d").count("M") == 2
    page.locator("#numbers summary").click()
    assert page.locator("#table tbody tr").count() > 20
    page.get_by_role("link", name="拡大").click()
    assert length_of(page) == pytest.approx(90 * 86_400, abs=2)
    context.close()
