"""A survey's whole way on its pages: drawn on the map, approved by another, launched, watched, held, landed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hub import clock
from hub.web.surveying import replan
from tests.browser.town_surveys import add_drones, add_zones, draw, fly, way
from tests.flyer import Flyer
from tests.servers import wait_until
from tests.website import Website

CORNERS = ((0.35, 0.35), (0.6, 0.35), (0.6, 0.6), (0.35, 0.6))


@pytest.fixture
def flyers(site: Website) -> dict[str, Flyer]:
    found = add_drones(site)
    add_zones(site)
    return found


@pytest.fixture
def second(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    yield context.new_page()
    context.close()


def enter(page: Page, site: Website, username: str, path: str) -> None:
    cookie = site.client(username).http.cookies["wanamori"]
    page.context.add_cookies([{"name": "wanamori", "value": cookie, "url": site.url}])
    page.goto(site.url + path)


def spot(canvas: Locator, share: tuple[float, float]) -> tuple[float, float]:
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    return box["x"] + box["width"] * share[0], box["y"] + box["height"] * share[1]


def held_here(page: Page) -> None:
    """Wait for the script: before it, a press asks on the next page."""
    expect(page.locator(".live.holds")).to_be_attached()


def hold(page: Page, button: Locator, ms: int) -> None:
    """Press with the mouse for so long."""
    held_here(page)
    button.scroll_into_view_if_needed()
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(ms)
    page.mouse.up()


def actions(flyer: Flyer) -> list[str]:
    return [order.action for order in flyer.read()]


def draw_on_the_map(page: Page, site: Website) -> str:
    """Draw a square and ask for its plan; returns the survey's path."""
    enter(page, site, "ogawa", "/surveys")
    page.get_by_role("link", name="新しい調査").click()
    page.get_by_role("button", name="地図に描く").click()
    canvas = page.locator(".map-canvas")
    for share in CORNERS:
        page.mouse.click(*spot(canvas, share))
    page.get_by_role("button", name="形を閉じる").click()
    expect(page.locator("[data-draw-told]")).to_contain_text("ha")
    page.get_by_label("線の間隔で決める").check()
    page.get_by_label("線の間隔（m）").fill("60")
    page.get_by_label("離陸地点からの高度").fill("60")
    page.locator("input[name=drill][value=yes]").check()
    page.get_by_role("button", name="計画を作る").click()
    expect(page.locator("#next")).to_contain_text("もう一人の承認が必要です")
    expect(page.locator(".drill").first).to_have_text("訓練")
    return re.sub(r"\?.*", "", page.url.removeprefix(site.url))


def approve_and_accept(page: Page, second: Page, site: Website, path: str) -> None:
    """A second responder approves, the partner accepts; the drawer's page hears of both without a reload."""
    enter(second, site, "sakuma", path)
    second.get_by_label("計画と確認結果を見ました").check()
    second.get_by_role("button", name="承認する").click()
    expect(second.locator("#next")).to_contain_text("まだ回答していない協力会社があります")
    expect(page.locator("#next")).to_contain_text("承認済み")
    enter(second, site, "sora", "/drones")
    second.get_by_role("button", name="引き受ける").first.click()
    expect(second.locator("main")).to_contain_text("飛行を引き受けました")
    expect(page.locator("#next")).to_contain_text("すべてそろいました")


def hold_all(page: Page, flyers: dict[str, Flyer], sorties: dict[str, str]) -> None:
    """A short press does nothing; a second's holds all, and is unanswered until the drones answer."""
    button = page.locator(".stop-bar").get_by_role("button", name="待機")
    held_here(page)
    button.click()
    expect(page.locator("[data-hold-told]")).to_contain_text("押し続けてください")
    assert actions(flyers["drone-1"]) == []
    hold(page, button, 1_400)
    expect(page.locator("[data-hold-told]")).to_contain_text("指示しました")
    expect(page.locator("#drone-1-facts .order")).to_contain_text("まだ応答がありません")
    expect(page.locator("#survey-state")).to_contain_text("その場で待機中")
    for name, flyer in flyers.items():
        assert [order.action for order in flyer.answer_all()] == ["hold"]
        flyer.tell(sorties[name], "held", lat=35.376, lon=139.931, height_m=60)
    expect(page.locator("#drone-1-facts .order")).to_contain_text("実行済み")


def land_one_by_keyboard(page: Page, flyers: dict[str, Flyer]) -> None:
    held_here(page)
    page.locator("#drone-1").get_by_role("button", name="着陸").focus()
    page.keyboard.down("Enter")
    page.wait_for_timeout(1_400)
    page.keyboard.up("Enter")
    landing: list[str] = []
    wait_until(lambda: landing.extend(actions(flyers["drone-1"])) or landing == ["land"], "no order to land")
    assert actions(flyers["drone-2"]) == []


def open_old_plan(page: Page, site: Website, flyers: dict[str, Flyer]) -> None:
    """Somebody looks at a plan, and has heard that another one has come."""
    survey = draw(site, "訓練", *flyers)
    enter(page, site, "sakuma", f"/surveys/{survey}")
    expect(page.locator("#plan-title")).to_have_text("計画 1")
    replan(site.services, site.actor("ogawa"), survey, {"speed_mps": 6.0})
    expect(page.locator("#timeline")).to_contain_text("計画 2")


def test_who_has_a_plan_open_does_not_approve_the_one_that_came_behind_it(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    open_old_plan(page, site, flyers)
    page.locator("[name=looked]").check()
    page.get_by_role("button", name="承認する").click()
    expect(page.get_by_role("alert")).to_contain_text("ほかの人が計画を作り直しました")
    expect(page.locator("#plan-title")).to_have_text("計画 2")
    page.locator("[name=looked]").check()
    page.get_by_role("button", name="承認する").click()
    expect(page.locator("#next-title")).to_contain_text("承認済み")


def test_who_has_a_plan_open_does_not_vouch_for_the_one_that_came_behind_it(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    open_old_plan(page, site, flyers)
    page.locator("[name=vouched]").check()
    page.locator("#checking button").click()
    expect(page.get_by_role("alert")).to_contain_text("ほかの人が計画を作り直しました")
    expect(page.locator("#plan-title")).to_have_text("計画 2")
    page.locator("[name=vouched]").check()
    page.locator("#checking button").click()
    expect(page.locator(".notice.good")).to_be_visible()


def test_a_file_that_is_too_large_is_said_before_anything_is_sent(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    enter(page, site, "ogawa", "/surveys/new")
    page.get_by_text("文字またはファイルで入力").click()
    file, make = page.locator("#f-area_file"), page.get_by_role("button", name="計画を作る")
    page.locator("#f-area").fill("35.376, 139.930")
    file.set_input_files({"name": "large.kml", "mimeType": "text/xml", "buffer": b" " * 1_500_000})
    make.click()
    assert "800 KB" in file.evaluate("field => field.validationMessage")
    assert page.locator("#f-area").input_value() == "35.376, 139.930"
    file.set_input_files({"name": "small.kml", "mimeType": "text/xml", "buffer": b"<kml/>"})
    make.click()
    expect(page.locator("#e-area")).to_contain_text("small.kml")
    expect(page.locator("#f-area")).to_have_value("35.376, 139.930")


def test_a_survey_is_drawn_approved_launched_held_and_landed(
    page: Page, second: Page, site: Website, flyers: dict[str, Flyer], faults: list[str]
) -> None:
    path = draw_on_the_map(page, site)
    approve_and_accept(page, second, site, path)
    page.get_by_role("button", name="訓練を開始する").click()
    page.wait_for_url(re.compile(r"/live$"))
    sorties = {name: flyer.launch() for name, flyer in flyers.items()}
    expect(page.locator("#survey-state")).to_contain_text("飛行中")
    flyers["drone-1"].photos(sorties["drone-1"], way(1)[:8])
    expect(page.locator("#drone-1-facts")).to_contain_text("71 %")
    expect(page.locator("[data-photos]")).to_have_text("写真8枚")
    expect(page.locator(".map-canvas .tag").first).to_be_attached()
    hold_all(page, flyers, sorties)
    land_one_by_keyboard(page, flyers)
    flyers["drone-1"].tell(sorties["drone-1"], "landed", lat=35.376, lon=139.931, height_m=0)
    expect(page.locator("#drone-1-facts")).to_contain_text("着陸しました")


def test_words_that_stop_coming_are_shown_as_old_and_never_as_a_still_drone(
    page: Page, site: Website, flyers: dict[str, Flyer], faults: list[str]
) -> None:
    survey = draw(site, "訓練", "drone-2")
    flyer = flyers["drone-2"]
    sortie = fly(site, {"drone-2": flyer}, survey, 1)["drone-2"]
    page.set_viewport_size({"width": 1280, "height": 800})
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    facts = page.locator("#drone-1-facts")
    expect(facts).to_have_attribute("data-link", "late")
    expect(facts.locator("[data-age]")).to_have_text(re.compile(r"[5-9] 秒前の位置"))
    expect(page.locator(".map-canvas .tag.late")).to_have_text(re.compile(r"1: \d+ 秒前$"))

    def is_live() -> object:
        """As long as it speaks: what was said five seconds ago is old again."""
        flyer.tell(sortie, "surveying", lat=35.3765, lon=139.931, height_m=60)
        return facts.get_attribute("data-link") == "live"

    wait_until(is_live, "it is not seen to live", pause_s=0.5)
    flyer.tell(
        sortie, "surveying", clock.now() + timedelta(milliseconds=1), lat=35.3766, lon=139.931,
        height_m=60, link_age_s=42.0,
    )  # fmt: skip
    expect(facts).to_have_attribute("data-link", "lost")
    expect(facts.locator("[data-age]")).to_have_text(re.compile(r"(4[2-9]|[5-9]\d) 秒前の位置"))


def test_a_stop_goes_on_being_sent_until_the_hub_has_it(page: Page, site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    page.context.set_offline(True)
    hold(page, page.locator(".stop-bar").get_by_role("button", name="帰還"), 1_400)
    expect(page.locator("[data-hold-told]")).to_contain_text("送れていません")
    page.context.set_offline(False)
    expect(page.locator("[data-hold-told]")).to_contain_text("指示しました")
    assert {tuple(actions(flyer)) for flyer in flyers.values()} == {("return",)}


def test_a_newer_stop_is_overtaken_by_none_that_could_not_be_sent(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    told = page.locator("[data-hold-told]")
    page.context.set_offline(True)
    hold(page, page.locator(".stop-bar").get_by_role("button", name="帰還"), 1_400)
    expect(told).to_contain_text("送れていません")
    hold(page, page.locator(".stop-bar").get_by_role("button", name="待機"), 1_400)
    hold(page, page.locator("#drone-1").get_by_role("button", name="着陸"), 1_400)
    page.context.set_offline(False)
    expect(page.locator(".stop-button.sent")).to_have_count(0)
    # What was given up is given up: longer than it was tried again.
    page.wait_for_timeout(1_500)
    assert actions(flyers["drone-2"]) == ["hold"]
    landing = actions(flyers["drone-1"])
    assert landing[-1] == "land"
    assert set(landing) <= {"hold", "land"}


@pytest.mark.parametrize(
    ("ms", "told", "ordered"),
    [(300, "押し続けてください", []), (1_400, "指示しました", ["return"])],
    ids=["not long enough", "long enough"],
)
def test_how_long_a_stop_was_held_counts_and_not_when_a_busy_page_hears_of_its_end(
    page: Page, site: Website, flyers: dict[str, Flyer], ms: int, told: str, ordered: list[str]
) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    held_here(page)
    button = page.locator(".stop-bar").get_by_role("button", name="帰還")
    button.scroll_into_view_if_needed()
    (x, y), session = spot(button, (0.5, 0.5)), page.context.new_cdp_session(page)

    def mouse(what: str, at: datetime) -> None:
        more = {"x": x, "y": y, "button": "left", "clickCount": 1, "timestamp": at.timestamp()}
        session.send("Input.dispatchMouseEvent", {"type": what} | more)

    # An old phone that draws a map: busy from the press on, until long after the thumb is gone.
    page.evaluate(
        """() => addEventListener("pointerdown", () => setTimeout(() => {
            for (const end = performance.now() + 3_000; performance.now() < end;);
        }), { once: true })"""
    )
    pressed_at = clock.now()
    mouse("mousePressed", pressed_at)
    mouse("mouseReleased", pressed_at + timedelta(milliseconds=ms))
    expect(page.locator("[data-hold-told]")).to_contain_text(told)
    assert {tuple(actions(flyer)) for flyer in flyers.values()} == {tuple(ordered)}


def test_a_readers_press_asks_on_the_next_page_also_after_a_key_was_held(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    button = page.locator("#drone-2").get_by_role("button", name="着陸")
    held_here(page)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-hold-told]")).to_contain_text("押し続けてください")
    button.evaluate("button => button.click()")
    page.wait_for_url(re.compile("/stop"))
    expect(page.get_by_role("button", name="実行：着陸")).to_be_visible()


def test_who_may_not_go_on_is_told_which_drone_is_in_the_way(
    page: Page, site: Website, flyers: dict[str, Flyer]
) -> None:
    survey = draw(site, "訓練", *flyers)
    sorties = fly(site, flyers, survey, 1)
    with site.database.transaction() as conn:
        for drone in flyers:
            site.services.flying.stop(conn, site.actor("ogawa"), survey, "hold", clock.now(), drone)
    for name, flyer in flyers.items():
        flyer.answer_all()
        flyer.tell(sorties[name], "held", lat=35.376, lon=139.931, height_m=60)
    page.set_viewport_size({"width": 360, "height": 740})
    for who, other in (("ogawa", "市の 1号 "), ("sora", "ほかの機体")):
        enter(page, site, who, f"/surveys/{survey}/live")
        page.locator("#drone-1").get_by_role("button", name="再開").focus()
        page.keyboard.press("Enter")
        refused = page.locator(".notice.bad[role=alert]")
        expect(refused).to_contain_text(f"{other}が飛行中で、そら 1号")
        assert actions(flyers["drone-1"]) == []
    flyers["drone-2"].tell(sorties["drone-2"], "landed", lat=35.376, lon=139.931, height_m=0)
    page.locator("#drone-1").get_by_role("button", name="再開").click()
    expect(page.locator("#drone-1-facts .order")).to_contain_text("再開")
    assert actions(flyers["drone-1"]) == ["resume"]


def test_without_scripts_a_second_page_asks(browser: Browser, site: Website, flyers: dict[str, Flyer]) -> None:
    survey = draw(site, "訓練", *flyers)
    fly(site, flyers, survey, 1)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="ja-JP")
    page = context.new_page()
    enter(page, site, "ogawa", f"/surveys/{survey}/live")
    expect(page.locator("svg.survey-picture")).to_be_visible()
    page.locator("#drone-2").get_by_role("button", name="着陸").click()
    expect(page.locator("h1")).to_contain_text("市の 1号")
    page.get_by_role("button", name="実行：着陸").click()
    expect(page.locator("#drone-2-facts .order")).to_contain_text("着陸")
    assert (actions(flyers["drone-1"]), actions(flyers["drone-2"])) == ([], ["land"])
    context.close()
