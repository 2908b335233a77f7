"""From the click to the drawn chart, one station's season out of many: `pytest -s tests/benchmarks/test_chart.py`.

BENCH=1 fills 5.4 million rows (54 million readings with ten quantities a row), otherwise 130 thousand. What is measured
is a person's way: the link "season" is clicked, the page's part comes from the server, and the chart is drawn.
"""

import os
from statistics import median

import pytest
from playwright.sync_api import Browser

from hub import clock
from hub.fields.rollups import service as rollups
from tests.browser.conftest import browser_context_args, browser_type_launch_args
from tests.servers import DatabaseServer
from tests.website import PASSWORD, Website, fill_town, running_website

__all__ = ["browser_context_args", "browser_type_launch_args"]

STATIONS, DAYS = (104, 180) if os.environ.get("BENCH") else (5, 90)
TIMES = 9
QUANTITIES = (
    *("air_temperature", "relative_humidity", "soil_moisture", "soil_temperature", "soil_conductivity"),
    *("solar_radiation", "rainfall", "wind_speed", "air_pressure", "leaf_wetness"),
)
CLICK = """(id) => new Promise((done) => {
    performance.clearMarks("chart-drawn");
    const began = performance.now();
    const drawn = () => requestAnimationFrame(() => done(performance.now() - began));
    document.addEventListener("chart:drawn", drawn, {once: true});
    document.getElementById(id).click();
})"""


def measure_season(site: Website) -> None:
    """A season of readings every five minutes, of all stations, rolled up."""
    now = clock.now()
    with site.database.transaction() as conn:
        conn.execute(
            f"insert into reading (device_id, measured_at, received_at, {', '.join(QUANTITIES)})"
            " select d, at, at, 12 + 8 * sin(extract(epoch from at) / 13751), 70, 30, 14, 0.4, 200, 0.1, 2, 1013, 5"
            " from generate_series(%s::timestamptz - make_interval(days => %s), %s, '5 minutes') at,"
            " (select key as d from device where id = 'field-1'"
            "  union all select 1000000 + n from generate_series(2, %s) n) devices",
            (now, DAYS, now, STATIONS),
        )
        for quantity in QUANTITIES:
            conn.execute(
                "insert into latest (device_id, quantity, measured_at, received_at, value)"
                " select key, %s, %s, %s, 1 from device where id = 'field-1' on conflict do nothing",
                (quantity, now, now),
            )
    with site.database.transaction() as conn:
        rollups.mark_unreached(conn, now)
    while True:
        with site.database.transaction() as conn:
            if not rollups.roll_up(conn, now, site.services.texts.zone):
                break


@pytest.mark.timeout(0)
def test_a_season_is_drawn_about_as_quickly_as_a_day(browser: Browser, database_server: DatabaseServer) -> None:
    url = database_server.migrated()
    with running_website(url) as site:
        fill_town(site)
        measure_season(site)
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="ja-JP")
        page = context.new_page()
        page.goto(f"{site.url}/sign-in")
        page.locator("[name=username]").fill("takahashi")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button").last.click()
        page.goto(f"{site.url}/stations/field-1")
        page.wait_for_selector("[data-chart].drawn")
        took: dict[str, list[float]] = {"s-day": [], "s-week": [], "s-season": []}
        for _ in range(TIMES):
            for link, times in took.items():
                times.append(page.evaluate(CLICK, link))
        context.close()
    database_server.drop(url)
    medians = {link: median(times) for link, times in took.items()}
    print(
        f"\n{STATIONS * DAYS * 288:,} rows; click to drawn, median of {TIMES} (greatest): "
        + ", ".join(f"{link[2:]} {medians[link]:.0f} ms ({max(times):.0f})" for link, times in took.items())
    )
    assert medians["s-season"] <= 3 * medians["s-day"]
