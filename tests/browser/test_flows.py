"""What people come for, done in a browser: a hunter's evening, a farmer's morning, an afternoon in the office."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from hub import clock
from hub.alerts.links import make_link
from tests.browser.town import Town
from tests.website import PASSWORD, Website


def sign_in(page: Page, site: Website, username: str) -> None:
    page.goto(site.url)
    page.get_by_label("ユーザー名").fill(username)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()


def test_a_hunter_signs_in_goes_and_reports(page: Page, site: Website, faults: list[str]) -> None:
    site.spring("trap-1")
    sign_in(page, site, "ishii")
    expect(page).to_have_url(f"{site.url}/traps")
    page.get_by_role("link", name="向かう・記録する").first.click()
    expect(page.get_by_text("35.38140, 139.92480")).to_be_visible()
    page.get_by_label("1時間", exact=True).check()
    page.get_by_role("button", name="向かいます").click()
    expect(page.locator("#banner")).to_contain_text("石井 健太さんが向かっています")
    expect(page.get_by_text("向かっていることが、ほかの人に伝わりました")).to_be_visible()
    page.get_by_label("捕獲あり").check()
    page.get_by_label("メモ").fill("イノシシ オス")
    page.get_by_role("button", name="記録して対応を終える").click()
    expect(page.locator("#banner")).to_contain_text("対応済み：捕獲あり")
    page.get_by_role("link", name="罠", exact=True).first.click()
    expect(page.locator("#loud")).to_contain_text("対応が必要な罠はありません")


def test_a_hunter_without_scripts_does_the_same(browser: Browser, site: Website) -> None:
    site.spring("trap-1")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    sign_in(page, site, "ishii")
    page.get_by_role("link", name="向かう・記録する").first.click()
    page.get_by_role("button", name="向かいます").click()
    expect(page.locator("#banner")).to_contain_text("石井 健太さんが向かっています")
    page.get_by_label("空はじき").check()
    page.get_by_role("button", name="記録して対応を終える").click()
    expect(page.locator("#banner")).to_contain_text("対応済み：空はじき")
    context.close()


def test_the_link_in_a_mail_needs_no_signing_in(page: Page, site: Website, faults: list[str]) -> None:
    incident = site.spring("trap-1")
    secret = site.services.settings.secret.get_secret_value()
    path = make_link(secret, "", site.people["ishii"], incident, "going", clock.now())
    page.goto(site.url + path)
    expect(page.get_by_text("まだ誰も向かっていません")).to_be_visible()
    page.get_by_label("15分").check()
    page.get_by_role("button", name="向かいます").click()
    expect(page.get_by_text("石井 健太さん、ありがとうございます")).to_be_visible()
    page.get_by_role("link", name="詳しく見る").click()
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_doubting_thumb_answers_once(page: Page, site: Website) -> None:
    incident = site.spring("trap-1")
    sign_in(page, site, "ishii")
    page.goto(f"{site.url}/incidents/{incident}")
    page.get_by_role("button", name="向かいます").dblclick()
    expect(page.locator("#banner")).to_contain_text("石井 健太さんが向かっています")
    expect(page.locator("#timeline li").filter(has_text="向かっています")).to_have_count(1)


def test_the_map_comes_when_asked_for_and_works_without_tiles(page: Page, town: Town, faults: list[str]) -> None:
    town.enter(page.context, "ishii")
    page.goto(town.site.url + town.pages["sprung"][1])
    asked = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [name for name in asked if re.search(r"/map-[A-Z0-9]{8}\.(js|css)", name)]
    page.get_by_role("button", name="地図を表示").click()
    expect(page.locator(".leaflet-control-scale-line")).to_be_visible()
    expect(page.locator(".map-north")).to_be_visible()
    expect(page.get_by_text("地図の画像を読み込めません")).to_be_visible()
    expect(page.locator(".ring").filter(has_text="100 m")).to_be_visible()
    small = page.locator(".leaflet-control-zoom a").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).filter((box) => box.width < 44 || box.height < 44)"
    )
    assert small == []
    ways = ("geo:35.381400,139.924800", "destination=35.381400,139.924800", "gsi.go.jp/#16/35.381400/139.924800")
    for way in ways:
        assert page.locator(f'.ways a[href*="{way}"]').count() == 1


def test_the_language_changes_on_the_page_and_stays(page: Page, site: Website, faults: list[str]) -> None:
    sign_in(page, site, "ishii")
    page.goto(f"{site.url}/traps/trap-5?x=1")
    page.locator("summary", has_text="日本語").click()
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(f"{site.url}/traps/trap-5?x=1")
    expect(page.get_by_role("heading", name="Incidents")).to_be_visible()
    page.locator("summary", has_text="English").click()
    page.get_by_role("button", name="やさしい日本語").click()
    expect(page.locator("ruby").first).to_be_visible()
    page.goto(f"{site.url}/traps")
    expect(page.locator("html")).to_have_attribute("data-locale", "ja_Hira")


def test_the_keyboard_alone_is_enough(page: Page, site: Website) -> None:
    site.spring("trap-1")
    sign_in(page, site, "ishii")
    expect(page).to_have_url(f"{site.url}/traps")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "4px"
    menu = page.locator("details.menu").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()


def test_a_farmer_changes_what_the_chart_shows_without_a_reload(page: Page, town: Town, faults: list[str]) -> None:
    town.enter(page.context, "takahashi")
    page.goto(f"{town.site.url}/plots")
    page.locator("h2 a").first.click()
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.evaluate("window.mark = 1")
    page.get_by_role("link", name="1週間").click()
    expect(page).to_have_url(re.compile("span=week"))
    expect(page.get_by_role("link", name="1週間")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="前へ").click()
    expect(page.get_by_role("link", name="次へ")).to_be_visible()
    assert page.evaluate("window.mark") == 1
    page.go_back()
    expect(page.get_by_role("link", name="次へ")).to_be_hidden()
    expect(page).to_have_url(re.compile("span=week"))


def test_the_chart_leaves_holes_where_nothing_was_measured(page: Page, town: Town) -> None:
    town.enter(page.context, "takahashi")
    page.goto(f"{town.site.url}/stations/field-1")
    holes = page.evaluate("JSON.parse(document.getElementById('chart-data').textContent).series[0].holes")
    assert len(holes) == 1
    # Somewhere in the middle of the plot there is a column without a dark pixel of the line.
    columns = page.locator(".chart canvas").evaluate(
        """(canvas) => {
            const {width, height} = canvas, pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            const green = (x) => { for (let y = 0; y < height; y++) { const i = 4 * (y * width + x);
                if (pixels[i + 3] > 200 && pixels[i + 1] > pixels[i] + 40) return true; } return false; };
            return [...Array(width).keys()].map(green); }"""
    )
    drawn = [x for x, is_drawn in enumerate(columns) if is_drawn]
    gaps = [later - earlier for earlier, later in pairwise(drawn)]
    assert max(gaps) > 20, "the line is drawn through the hole"
    assert sum(gap > 20 for gap in gaps) == 1


def test_the_chart_tells_the_value_under_the_pointer(page: Page, town: Town) -> None:
    town.enter(page.context, "takahashi")
    page.goto(f"{town.site.url}/stations/field-1")
    page.locator(".chart .u-over").hover(position={"x": 10, "y": 40})
    expect(page.locator("[data-reading]")).to_contain_text("°C")


def test_a_farmer_saves_the_file(page: Page, town: Town) -> None:
    town.enter(page.context, "takahashi")
    page.goto(f"{town.site.url}/stations/field-1")
    with page.expect_download() as told:
        page.get_by_role("button", name="CSVで保存").click()
    download = told.value
    assert re.fullmatch(r"field-1_\d{8}-\d{8}\.csv", download.suggested_filename)
    text = download.path().read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert len(text.splitlines()) > 50


def test_the_office_adds_an_agent_and_a_device(page: Page, site: Website, faults: list[str]) -> None:
    sign_in(page, site, "office")
    page.get_by_role("link", name="現地端末").click()
    page.get_by_label("場所や端末の名前").fill("北の沢の箱")
    page.get_by_role("button", name="追加して登録コードを発行").click()
    expect(page.get_by_role("heading", name="北の沢の箱の登録コード")).to_be_visible()
    expect(page.locator(".secret").first).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    page.get_by_role("link", name="機器", exact=True).click()
    option = page.get_by_label("現地端末").locator("option", has_text="北の沢の箱")
    page.get_by_label("現地端末").select_option(option.get_attribute("value"))
    page.get_by_role("textbox", name="ID").fill("boar-1")
    page.get_by_role("textbox", name="名前").fill("北の沢 檻")
    page.get_by_label("緯度").fill("95")
    page.get_by_label("経度").fill("139.9")
    page.get_by_role("button", name="登録する", exact=True).click()
    expect(page.locator("#e-lat")).to_contain_text("-90から90まで")
    expect(page.get_by_role("textbox", name="名前")).to_have_value("北の沢 檻")
    page.get_by_label("緯度").fill("35.4")
    page.get_by_role("button", name="登録する", exact=True).click()
    expect(page.get_by_text("機器を登録しました")).to_be_visible()
    expect(page.get_by_role("link", name="北の沢 檻", exact=True)).to_be_visible()


@pytest.mark.parametrize("name", ["sprung", "a station"])
def test_a_page_on_paper_has_what_matters(page: Page, town: Town, name: str) -> None:
    username, path = town.pages[name]
    town.enter(page.context, username)
    page.goto(town.site.url + path)
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".top")).to_be_hidden()
