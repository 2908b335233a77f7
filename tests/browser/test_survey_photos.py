"""Photos of a drone's card: many at once, one after the other, over a network that is lost; and without scripts."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.browser.test_surveys import enter
from tests.browser.town_surveys import card_photo, photographed, send_photo
from tests.website import Website

DROP = """(form) => {
    const data = new DataTransfer(), input = document.querySelector("input.for-the-test");
    for (const file of input.files) data.items.add(file);
    form.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def survey(site: Website) -> str:
    return photographed(site)


@pytest.fixture
def card(tmp_path: Path) -> list[Path]:
    """Five photos, one of them of another place, and a film."""
    files = []
    for number, east_m in ((1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0), (5, 5_000.0)):
        files.append(tmp_path / f"DJI_{number:04}.JPG")
        files[-1].write_bytes(card_photo(number, east_m))
    files.append(tmp_path / "DJI_0006.MP4")
    files[-1].write_bytes(b"a film")
    return files


def is_sending(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/photos")


def test_a_card_is_sent_over_a_network_that_is_lost_and_no_file_twice(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str]
) -> None:
    enter(page, site, "sora", f"/surveys/{survey}")
    page.get_by_role("link", name="ドローンのカードの写真").click()
    expect(page.locator("#h-drop")).to_be_visible()
    sent: list[str] = []

    def lose(route: Route) -> None:
        """The second file arrives, and its answer is lost on the way back; then there is no network."""
        if not is_sending(route.request):
            route.continue_()
            return
        sent.append(route.request.url)
        if len(sent) != 2:
            route.continue_()
            return
        send_photo(site, survey, 2)
        page.context.set_offline(True)
        route.abort("internetdisconnected")

    page.route(re.compile("/photos"), lose)
    page.locator("#f-photos").set_input_files(card)
    told = page.locator("[data-card-told]")
    expect(told).to_contain_text("接続がありません。届いた写真：1 枚（消えません）。まだ送れていない写真：4 枚")
    page.context.set_offline(False)
    expect(told).to_contain_text("位置が決まった写真：4 枚、決まらない写真：1 枚、受け取れないもの：1 件")
    expect(told).to_contain_text("そのうち 1 枚は前に届いていた")
    assert len(sent) == 5
    expect(page.locator("[data-card-list]")).to_contain_text("25 m 以内に撮影点がありません")
    expect(page.locator("[data-card-list]")).to_contain_text("DJI_0006.MP4")
    expect(page.locator(".photo-grid a")).to_have_count(4)
    expect(page.locator("#photos")).to_contain_text("DJI_0005.JPG")
    # Dropped again, as somebody does who does not know how far it came: all are known, none is sent.
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input type=file multiple class=for-the-test>')")
    page.locator(".for-the-test").set_input_files(card[:5])
    page.locator("[data-card]").evaluate(DROP)
    expect(told).to_contain_text("そのうち 5 枚は前に届いていた")
    assert len(sent) == 5


def test_a_few_photos_are_sent_without_scripts(browser: Browser, site: Website, survey: str, card: list[Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="ja-JP")
    page = context.new_page()
    enter(page, site, "ogawa", f"/surveys/{survey}/after")
    page.get_by_role("link", name="ドローンのカードの写真").click()
    page.get_by_role("button", name="写真を送る").click()
    expect(page.locator("#e-photos")).to_have_text("写真を選んでください。")
    page.locator("#f-photos").set_input_files([card[0], card[4], card[5]])
    page.get_by_role("button", name="写真を送る").click()
    expect(page.locator("[data-card-list] li")).to_contain_text(["位置が決まりました", "撮影点がありません", "JPEG"])
    page.locator(".photo-grid a").click()
    expect(page.locator("h1")).to_have_text("DJI_0001.JPG")
    expect(page.locator("main")).to_contain_text("そら 1号")
    context.close()
    # The town's photos are not the partner's to look at.
    small = site.client("sora").http.get(page.url + "/small")
    assert small.status_code == 404
