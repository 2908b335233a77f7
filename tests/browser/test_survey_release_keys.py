"""What everybody may know of a survey, released by keys alone: from signing in to the public page, and taken back."""

import pytest
from playwright.sync_api import Page, expect

from hub import clock
from hub.surveys.evidence import service as evidence
from hub.surveys.evidence.service import NewPin
from tests.browser.keys import Keys, expect_focus_on
from tests.browser.test_surveys import enter
from tests.browser.town_surveys import add_drones, draw, fly, photographed
from tests.website import PASSWORD, Website

WIDTHS = {"phone": 360, "desk": 1280}


@pytest.fixture
def survey(site: Website) -> str:
    return photographed(site)


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_a_summary_is_released_and_taken_back_by_keys_alone(
    page: Page, site: Website, survey: str, faults: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site.url}/sign-in")
    keys = Keys(page)
    keys.type("ユーザー名", "ogawa")
    keys.type("パスワード", PASSWORD)
    keys.open("ログイン", key="Space")
    for link in ("災害調査", "訓練", "撮影結果", "公開できる概要"):
        keys.open(link)
    expect(page.locator("h1")).to_have_text("公開できる概要")
    keys.go_to("本文へ移動")
    page.keyboard.press("Enter")
    look_at_the_map(page, keys)
    keys.type("公開する題名", "太田山の周辺")
    # What was not looked at is not released: the browser leads to what is missing.
    page.keyboard.press("Enter")
    box = page.get_by_label("内容を確認しました。公開してかまいません")
    expect(box).to_be_focused()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    keys.open("公開する", key="Space")
    expect_focus_on(page, "概要を公開しました。だれでも見られます。")
    assert_shown(site, survey, "太田山の周辺")
    keys.open("公開ページを見る")
    expect(page.locator("h1")).to_contain_text("太田山の周辺")
    page.go_back()
    keys.open("公開をやめる")
    expect_focus_on(page, "概要の公開をやめました。")
    assert_shown(site, survey, None)


def look_at_the_map(page: Page, keys: Keys) -> None:
    """On a phone it comes when it is asked for, and whoever asked stands on it."""
    if page.viewport_size == {"width": WIDTHS["phone"], "height": 740}:
        keys.go_to("地図を表示")
        page.keyboard.press("Enter")
        expect(page.locator(".map-canvas")).to_be_focused()
        # The page is another one from here on.
        keys.steps.clear()
    else:
        keys.go_to("調査した場所（約 100 m 単位）")
    expect(page.locator(":focus")).to_have_accessible_name("調査した場所（約 100 m 単位）")


def assert_shown(site: Website, survey: str, title: str | None) -> None:
    """What somebody who is not signed in sees."""
    page = site.client().get(f"/opendata/surveys/{survey}")
    assert page.status_code == (200 if title else 404)
    assert title is None or title in page.text


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_what_is_found_by_the_service_is_said_where_the_keys_are(
    page: Page, site: Website, survey: str, faults: list[str], width: int
) -> None:
    """A title that cannot be kept, and a summary that changed while it was looked at."""
    page.set_viewport_size({"width": width, "height": 740})
    enter(page, site, "ogawa", f"/surveys/{survey}/release")
    keys = Keys(page)
    keys.type("公開する題名", "  ")
    tick_and_release(page, keys)
    expect_focus_on(page, "まだ保存されていません")
    with site.database.transaction() as conn:
        evidence.add_pin(conn, site.actor("ogawa"), survey, NewPin("road", 35.377, 139.931, "倒木"), clock.now())
    keys.type("公開する題名", "太田山の周辺")
    tick_and_release(page, keys)
    expect_focus_on(page, "まだ保存されていません")
    expect(page.get_by_label("内容を確認しました。公開してかまいません")).to_have_accessible_description(
        "確認している間に内容が変わりました。もう一度ご覧になり、印を付けてください。"
    )


def tick_and_release(page: Page, keys: Keys) -> None:
    keys.go_to("内容を確認しました。公開してかまいません")
    page.keyboard.press("Space")
    keys.open("公開する")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_no_step_on_the_live_screen_is_hidden_by_the_bar_with_the_stops(
    page: Page, site: Website, faults: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    flyers = add_drones(site)
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    expect(page.locator(".live.holds")).to_be_attached()
    names = Keys(page).walk()
    assert names.count("待機: そら 1号 待機") == names.count("着陸: 市の 1号 着陸") == names.count("帰還") == 1
