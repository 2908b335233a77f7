"""Takes the pictures of the documents from a running demo: `python -m tests.browser.pictures [--folder .data]`.

`--only farmers` (or hunters, staff, surveys; may be given again) takes those alone. Pictures of surveys need no
demo: they are of the town in which every page has something to show, as in the tests.

Run `make demo` beside it (with `WANAMORI_LINE_TOKEN=x WANAMORI_LINE_SECRET=x WANAMORI_LINE_ID=@wanamori`, so that its
town has LINE too), and wait until something has sprung that nobody goes to. Pictures are small: a page as a phone shows
it first. What they show is done in the demo: a hunter goes, reports, and writes a visit where there is no signal.
"""

import argparse
import json
import subprocess
import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import psycopg
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect, sync_playwright

from simulators.town.photos import draw_photo
from tests.browser.conftest import FLAGS
from tests.browser.town_surveys import fill_surveys
from tests.servers import running_database
from tests.website import PASSWORD, fill_town, running_website

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1000, height=760)
NARROW = ViewportSize(width=360, height=740)
# Who looks at which page of the tests' town, on what, and how high the picture is in pixels.
SURVEYS: dict[str, tuple[str, str, ViewportSize, int]] = {
    "survey-new": ("ogawa", "new survey", PHONE, 1400),
    "survey-approve": ("sakuma", "a survey to approve", DESK, 1100),
    "survey-partner": ("sora", "drones, by a partner", PHONE, 900),
    "survey-live": ("ogawa", "live", DESK, 900),
    "survey-after": ("ogawa", "what has been seen", DESK, 1300),
    "survey-photos": ("sora", "photos of the cards, by a partner", PHONE, 1000),
    "survey-release": ("ogawa", "releasing a summary", PHONE, 1760),
    "survey-open": ("ogawa", "an open survey", PHONE, 1100),
}


def sign_in(browser: Browser, url: str, size: ViewportSize, username: str, password: str) -> Page:
    """A window of this size in which somebody is signed in."""
    context = browser.new_context(viewport=size, locale="ja-JP", timezone_id="Asia/Tokyo", base_url=url)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator("#username").fill(username)
    page.locator("#password").fill(password)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "sign-in" not in address)
    return page


def take(page: Page, name: str, *, height: int | None = None) -> None:
    """The window's content, once fonts and charts stand still; `height` in pixels where it is another one."""
    size = page.viewport_size or PHONE
    if height:
        page.set_viewport_size(ViewportSize(width=size["width"], height=height))
    page.wait_for_timeout(800)
    keep(page.screenshot(), name)
    page.set_viewport_size(size)


def keep(picture: bytes, name: str) -> None:
    """A page has few colours: a palette makes a third of it."""
    shot = Image.open(BytesIO(picture)).convert("RGB")
    shot.quantize(96, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
    print(f"{name}.png {(IMAGES / f'{name}.png').stat().st_size // 1024} KB")


def take_hunters(hunter: Page) -> None:
    """A hunter's way from the alarm to the filed capture, and what is beside it."""
    take(hunter, "traps")
    hunter.locator("#loud .button").first.click()
    take(hunter, "incident")
    hunter.locator("#f-party").select_option("wants_second")
    hunter.get_by_role("button", name="向かいます").click()
    expect(hunter.get_by_text("ありがとうございます")).to_be_visible()
    take(hunter, "hunter-going", height=1060)
    _report(hunter)
    take(hunter, "hunter-capture", height=1320)
    hunter.goto("/animals")
    hunter.locator("h2 a").first.click()
    take(hunter, "hunter-meat", height=900)
    hunter.goto("/me")
    take(hunter, "hunter-notices", height=720)
    hunter.goto("/me/channels")
    take(hunter, "hunter-ways", height=830)
    hunter.goto("/points")
    take(hunter, "hunter-points", height=700)
    hunter.goto("/patrol")
    take(hunter, "hunter-patrol")
    _visit_without_signal(hunter)


def _report(hunter: Page) -> None:
    """A boar for the table, with the photos that the checklist requires."""
    hunter.get_by_role("link", name="個体と写真を入れて報告").click()
    hunter.get_by_label("捕獲あり").check()
    hunter.locator("#f-animals-0-species").select_option("boar")
    hunter.locator("#f-animals-0-sex").select_option("female")
    hunter.locator("#f-animals-0-disposal").select_option("gibier")
    hunter.locator("#f-animals-0-age_national").select_option("adult")
    hunter.locator("#f-animals-0-age_town").select_option("adult")
    hunter.locator("#f-animals-0-weight_kg").fill("58.5")
    hunter.locator("#f-animals-0-body_length_cm").fill("112")
    for item in ("whole_right", "with_hunter"):
        photo = draw_photo(7, "boar", datetime.now(UTC), (35.3466, 140.0572), item)
        chosen = FilePayload(name=f"{item}.png", mimeType="image/png", buffer=photo)
        hunter.locator(f"#f-photos-{item}").set_input_files(chosen)
    hunter.evaluate("scrollTo(0, 0)")
    take(hunter, "hunter-report", height=1000)
    hunter.evaluate("document.getElementById('photos-title').scrollIntoView()")
    take(hunter, "hunter-photos")
    hunter.get_by_role("button", name="記録して対応を終える").last.click()
    hunter.wait_for_url("**/captures/*")


def _visit_without_signal(hunter: Page) -> None:
    hunter.wait_for_timeout(2000)  # the service worker keeps the pages
    hunter.context.set_offline(True)
    hunter.get_by_role("button", name="見回りました").first.click()
    hunter.wait_for_timeout(1000)
    hunter.goto("/waiting")
    take(hunter, "hunter-waiting", height=820)
    hunter.context.set_offline(False)


def take_staff(office: Page) -> None:
    """What the office does for hunters."""
    office.goto("/staff/agents")
    take(office, "agents")
    office.goto("/staff/claims")
    office.locator("main ul h2 a, main li a").first.click()
    take(office, "staff-claim", height=1100)
    office.goto("/staff/teams")
    office.locator("main a[href^='/teams/t-'][href$='/plan']").first.click()
    take(office, "staff-plan", height=900)


def take_farmers(farmer: Page) -> None:
    """Plots and a chart."""
    take(farmer, "plots")
    farmer.set_viewport_size(NARROW)
    farmer.reload()
    take(farmer, "farmer-cards", height=1000)
    farmer.locator("main h2 a").first.click()
    take(farmer, "farmer-plot", height=1100)
    farmer.set_viewport_size(DESK)
    farmer.get_by_role("link", name="1週間").click()
    take(farmer, "chart", height=980)
    _sensors_and_files(farmer)


def _sensors_and_files(farmer: Page) -> None:
    """The farmer's own station: how its sensors are, a calibration before it is kept, a file before it is stored."""
    farmer.set_viewport_size(PHONE)
    farmer.locator("main a[href^='/stations/']").last.click()
    farmer.wait_for_url("**/stations/*")
    station = farmer.url.split("?")[0]
    farmer.goto(f"{station}/sensors")
    take(farmer, "farmer-sensors", height=900)
    farmer.goto(f"{station}/sensors/air_temperature")
    farmer.locator("#f-first_right").fill("15.2")
    farmer.get_by_role("button", name="どう変わるか見る").click()
    take(farmer, "farmer-calibration", height=900)
    farmer.goto(f"{station}/import")
    lines = "\n".join(f"2026/04/01 {hour:02}:00,{10 + hour / 2}" for hour in range(9))
    file = FilePayload(name="おんどとり.csv", mimeType="text/csv", buffer=f"日時,気温(℃)\n{lines}".encode("cp932"))
    farmer.locator("#f-file").set_input_files(file)
    farmer.locator("main form .button.main").click()
    farmer.wait_for_url("**/import/*")
    take(farmer, "farmer-import", height=1100)
    farmer.goto("/plots/mine")
    take(farmer, "farmer-leaving", height=900)


def take_surveys(browser: Browser) -> None:
    """The survey pages of a town of its own, and the first page of a report's PDF, on 60 dots an inch."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_database(Path(folder)) as server,
        running_website(server.migrated()) as site,
    ):
        fill_town(site)
        pages = fill_surveys(site)
        for name, (username, title, size, height) in SURVEYS.items():
            page = sign_in(browser, site.url, size, username, PASSWORD)
            page.goto(pages[title][1])
            take(page, name, height=height)
            page.context.close()
        address = pages["a survey's report"][1]
        report = site.client("ogawa").get(f"{address}.pdf").content
    drawn = subprocess.run(
        ["pdftoppm", "-r", "60", "-png", "-singlefile"], input=report, capture_output=True, check=True
    )
    keep(drawn.stdout, "survey-report-pdf")


def age(database: str) -> None:
    """Let the demo's traps have stood for a week: on a trap's first day no visit is owed."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into trap_service (device_key, at, in_service)"
            " select device_key, now() - interval '7 days', true from trap where not exists"
            " (select from trap_service s where s.device_key = trap.device_key and s.at < now() - interval '1 day')"
        )


def main() -> None:
    """Read where the demo is and as whom to sign in, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".data"))
    parser.add_argument("--only", action="append", choices=("hunters", "farmers", "staff", "surveys"))
    options = parser.parse_args()
    wanted = set(options.only or ("hunters", "farmers", "staff", "surveys"))
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--lang=ja-JP"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags, env={"LANGUAGE": "ja"})
        if "surveys" in wanted:
            take_surveys(browser)
        if wanted - {"surveys"}:
            take_demo(browser, options.folder / "demo" / "ready.json", wanted)
        browser.close()


def take_demo(browser: Browser, told: Path, wanted: set[str]) -> None:
    """What people see in the demo that wrote this file."""
    ready = json.loads(told.read_text(encoding="utf-8"))
    people = {person["username"]: person["password"] for person in (ready["staff"], *ready["people"])}
    age(ready["database"])
    for name, username, size, take_them in (
        ("hunters", "ishii", PHONE, take_hunters), ("farmers", "takahashi", DESK, take_farmers),
        ("staff", "staff", DESK, take_staff),
    ):  # fmt: skip
        if name in wanted:
            take_them(sign_in(browser, ready["http"], size, username, people[username]))


if __name__ == "__main__":
    main()
