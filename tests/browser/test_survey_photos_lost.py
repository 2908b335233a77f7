"""A card's photos over a link that goes and comes back, and a card that is pulled out: told in plain words, each photo
in the record once.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Request, Route, expect

from hub import clock
from tests.browser.test_every_page import AXE, RUN_AXE, SMALL_TARGETS, TOO_WIDE
from tests.browser.test_surveys import enter
from tests.browser.town_surveys import card_photo, photographed
from tests.website import Website

PHOTOS = 5
NO_DIGESTS = "Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined })"
# A proxy's page, as a town may have one before the service.
OF_A_PROXY = {"content_type": "text/html", "body": "<html><body><h1>Too large</h1></body></html>"}


@pytest.fixture
def survey(site: Website) -> str:
    return photographed(site)


@pytest.fixture
def card(tmp_path: Path) -> list[Path]:
    """The photos of a card, in their order."""
    files = [tmp_path / f"DJI_{number:04}.JPG" for number in range(1, PHOTOS + 1)]
    for number, file in enumerate(files, 1):
        file.write_bytes(card_photo(number))
    return files


@dataclass
class Link:
    """The way to the service: what is asked of it, and what `meet` does to the n-th sending of a photo (from 1)."""

    page: Page
    meet: Callable[[Route, int], None]
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    is_down: bool = False

    def __post_init__(self) -> None:
        self.page.route(re.compile("/photos|/healthz"), self._take)

    def _take(self, route: Route) -> None:
        if not (is_sending(route.request) or "/known" in route.request.url):
            route.continue_()
            return
        self.asked.append(route.request.url)
        if self.is_down:
            route.abort("connectionfailed")
        elif is_sending(route.request):
            self.sent += 1
            self.meet(route, self.sent)
        else:
            route.continue_()

    def lose(self, route: Route) -> None:
        self.is_down = True
        route.abort("connectionfailed")


def is_sending(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/photos")


def passes(route: Route, _number: int) -> None:
    route.continue_()


def told(page: Page, words: str) -> None:
    expect(page.locator("[data-card-told]")).to_contain_text(words)


def count(page: Page, sent: int, total: int = PHOTOS) -> None:
    expect(page.locator("[data-card-count]")).to_contain_text(f"{total} 枚のうち {sent} 枚を送りました")


def kept(site: Website, survey_id: str) -> list[str]:
    """Names of the photos that are in the record, each as often as it was written there."""
    with site.database.transaction() as conn:
        rows = conn.execute("select file_name from survey_image where survey_id = %s", (survey_id,)).fetchall()
        written = conn.execute("select count(*) from audit_entry where act = 'add_image'").fetchone()
    assert written == (len(rows),)
    return sorted(name for (name,) in rows)


def names(card: list[Path], *numbers: int) -> list[str]:
    return [card[number - 1].name for number in numbers or range(1, PHOTOS + 1)]


def usable(page: Page) -> None:
    """For everybody: nothing for axe to find, large targets, on a phone and on a desk."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(TOO_WIDE) <= 0


def asked_when_leaving(page: Page) -> bool:
    """Whether the browser asks before it leaves the page; whoever is asked stays."""
    dialogs: list[str] = []

    def stay(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    address = page.url
    with page.expect_event("dialog"):
        page.locator(".back").click(no_wait_after=True)
    assert page.url == address
    return dialogs == ["beforeunload"]


def test_a_card_goes_on_by_itself_when_the_network_is_back(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str]
) -> None:
    def meet(route: Route, number: int) -> None:
        if number == 3:
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    # Heard from the beginning: a key is pressed quicker than the browser learns that somebody listens.
    page.on("filechooser", lambda chooser: chooser.set_files(card))
    page.clock.install()
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    # No wait of the page's comes to an end: it goes on because the browser says that there is a network.
    page.clock.pause_at(clock.now().timestamp() + 60)
    Link(page, meet)
    page.locator("#f-photos").focus()
    page.keyboard.press("Enter")
    told(
        page,
        "接続がありません。届いた写真：2 枚（消えません）。まだ送れていない写真：3 枚。つながると自動で続きを送ります",
    )
    count(page, 2)
    expect(page.locator("[data-card-told]")).to_have_role("status")
    expect(page.locator("#f-photos")).to_be_focused()
    expect(page.get_by_role("button", name="今すぐ試す")).to_be_visible()
    assert kept(site, survey) == names(card, 1, 2)
    assert asked_when_leaving(page)
    page.context.set_offline(False)
    told(page, "終わりました。位置が決まった写真：5 枚、決まらない写真：0 枚、受け取れないもの：0 件")
    count(page, 5)
    expect(page.get_by_role("button", name="今すぐ試す")).to_be_hidden()
    assert kept(site, survey) == names(card)
    # All is sent: nothing is asked.
    page.locator(".back").click()
    expect(page).to_have_url(re.compile("/after$"))


def test_a_page_without_a_network_can_be_used_by_everybody(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str]
) -> None:
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    Link(page, passes, is_down=True)
    page.locator("#f-photos").set_input_files(card)
    told(page, "接続がありません。届いた写真：0 枚（消えません）。まだ送れていない写真：5 枚")
    usable(page)


def test_somebody_tries_now_and_the_page_tries_in_growing_waits(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str]
) -> None:
    page.clock.install()
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    page.clock.pause_at(clock.now().timestamp() + 60)
    link = Link(page, lambda route, number: link.lose(route) if number == 3 else route.continue_())
    page.locator("#f-photos").set_input_files(card)
    told(page, "まだ送れていない写真：3 枚")
    gaps = [_steps_until_asked(page, link) for _ in range(4)]
    assert gaps == sorted(set(gaps)), "the waits do not grow"
    # Pressed in vain, it stands where it was and says again what is the matter.
    again = page.get_by_role("button", name="今すぐ試す")
    again.focus()
    before = len(link.asked)
    page.keyboard.press("Enter")
    page.wait_for_function("() => fetch('/healthz').then(() => true)")
    told(page, "接続がありません")
    assert len(link.asked) == before + 1
    expect(again).to_be_focused()
    # What it waits for is short again: somebody is here.
    assert _steps_until_asked(page, link) == gaps[0]
    link.is_down = False
    page.keyboard.press("Space")
    told(page, "終わりました。位置が決まった写真：5 枚")
    expect(again).to_be_hidden()
    # The button is gone, and who stood on it stands before what it says.
    expect(page.locator("[data-card-told]")).to_be_focused()
    assert kept(site, survey) == names(card)


def _steps_until_asked(page: Page, link: Link) -> int:
    """How many quarters of the page's seconds go by until it asks the service again."""
    before = len(link.asked)
    for steps in range(1, 200):
        page.clock.run_for(250)
        # Comes to an end behind whatever the page asked before it.
        page.evaluate("() => fetch('/healthz').then(() => undefined)")
        if len(link.asked) > before:
            return steps
    raise AssertionError("the page does not try again")


@pytest.mark.parametrize("digests", [True, False], ids=["over TLS", "without digests"])
def test_a_card_that_was_pulled_out_is_put_back(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str], digests: bool
) -> None:
    contents = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in card}

    def pull_out(route: Route, number: int) -> None:
        """The third and the fourth photo cannot be read any more when the first one is sent."""
        if number == 1:
            card[2].unlink()
            card[3].unlink()
        route.continue_()

    if not digests:
        page.add_init_script(NO_DIGESTS)
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    link = Link(page, pull_out)
    page.locator("#f-photos").set_input_files(card)
    told(page, "終わりました。位置が決まった写真：3 枚")
    told(
        page,
        "読み取れなかった写真：2 枚。カードが抜けていませんか。カードを入れ直して、同じ写真をもう一度選んでください",
    )
    lines = page.locator("[data-card-list] li")
    expect(lines).to_contain_text(["DJI_0003.JPG 読み取れなくなりました", "DJI_0004.JPG 読み取れなくなりました"])
    count(page, 3)
    assert kept(site, survey) == names(card, 1, 2, 5)
    usable(page)
    assert asked_when_leaving(page)
    for file, (content, modified) in contents.items():
        file.write_bytes(content)
        os.utime(file, ns=(modified, modified))
    link.sent, link.meet = 0, passes
    page.locator("#f-photos").set_input_files(card)
    told(page, "終わりました。位置が決まった写真：5 枚、決まらない写真：0 枚、受け取れないもの：0 件。")
    told(page, "そのうち 3 枚は前に届いていた")
    expect(page.locator("[data-card-told]")).not_to_contain_text("読み取れなかった")
    expect(lines).to_have_count(0)
    count(page, 5)
    assert link.sent == (2 if digests else PHOTOS)
    assert kept(site, survey) == names(card)


def test_what_is_refused_is_told_and_not_tried_again_and_a_fault_of_the_service_is(
    page: Page, site: Website, survey: str, card: list[Path]
) -> None:
    """The second photo is too large for a proxy; the fourth is none; the service fails twice at the last."""
    answers = {2: 413, 5: 503, 6: 503}

    def meet(route: Route, number: int) -> None:
        if number in answers:
            route.fulfill(status=answers[number], **OF_A_PROXY)
        else:
            route.continue_()

    card[3].write_bytes(b"no photo")
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    link = Link(page, meet)
    page.clock.install()
    page.clock.pause_at(clock.now().timestamp() + 60)
    page.locator("#f-photos").set_input_files(card)
    told(
        page,
        "今は写真を受け取れません。届いた写真：2 枚（消えません）。まだ送れていない写真：1 枚。自動でもう一度送ります",
    )
    page.clock.resume()
    told(page, "終わりました。位置が決まった写真：3 枚、決まらない写真：0 枚、受け取れないもの：2 件")
    assert link.sent == PHOTOS + 2
    lines = page.locator("[data-card-list] li.refused")
    expect(lines).to_contain_text(
        ["DJI_0002.JPG 受け取れないと返答がありました（413）", "DJI_0004.JPG 写真ではありません"]
    )
    usable(page)
    assert kept(site, survey) == names(card, 1, 3, 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("delete from web_session", "ログアウトしています。送れていない写真：3 枚"),
        (
            "update drone set partner_id = null",
            "止まりました。この調査は見られなくなりました。 送れていない写真：3 枚",
        ),
    ],
    ids=["signed out", "no drone of the partner's any more"],
)
def test_a_refusal_of_all_stops_with_its_reason(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str], change: str, words: str
) -> None:
    def meet(route: Route, number: int) -> None:
        if number == 3:
            with site.database.transaction() as conn:
                conn.execute(change)
        route.continue_()

    enter(page, site, "sora", f"/surveys/{survey}/photos")
    link = Link(page, meet)
    page.locator("#f-photos").set_input_files(card)
    told(page, words)
    told(page, "同じ写真をもう一度選んでください。届いた写真は送り直しません")
    expect(page.get_by_role("button", name="今すぐ試す")).to_be_hidden()
    count(page, 2)
    usable(page)
    assert asked_when_leaving(page)
    assert link.sent == 3
    assert kept(site, survey) == names(card, 1, 2)


def test_a_page_that_is_too_old_says_so(
    page: Page, site: Website, survey: str, card: list[Path], faults: list[str]
) -> None:
    enter(page, site, "sora", f"/surveys/{survey}/photos")
    page.locator("[data-card] input[name=csrf]").evaluate("(field) => { field.value = 'of another session'; }")
    page.locator("#f-photos").set_input_files(card)
    told(page, "止まりました。この画面は古くなっています。ページを開き直してください。 送れていない写真：5 枚")
    assert kept(site, survey) == []
