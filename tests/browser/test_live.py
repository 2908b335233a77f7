"""Pages that keep up: what changes appears without a reload, what somebody is writing stays, a lost line is shown."""

import re
from threading import Event, Thread

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from hub import clock
from hub.store import notify
from tests.website import Website, fill_town, running_website


def enter(context: BrowserContext, site: Website, username: str) -> None:
    cookie = site.client(username).http.cookies["wanamori"]
    context.add_cookies([{"name": "wanamori", "value": cookie, "url": site.url}])


def open_live(page: Page, site: Website, username: str, path: str) -> None:
    """Open a page and wait until it listens; a mark in it shows later that it was never loaded again."""
    enter(page.context, site, username)
    with page.expect_response(re.compile("/live")):
        page.goto(site.url + path)
    page.evaluate("window.mark = 'the same page'")


def same_page(page: Page) -> bool:
    return page.evaluate("window.mark === 'the same page'")


def test_a_trap_springs_before_the_hunters_eyes(page: Page, site: Website, faults: list[str]) -> None:
    open_live(page, site, "ishii", "/traps")
    expect(page.locator("#loud")).to_contain_text("今、対応が必要な罠はありません")
    incident = site.spring("trap-3")
    expect(page.locator("#loud")).to_contain_text("真里谷 竹林")
    expect(page.locator("#loud .state")).to_contain_text("作動")
    expect(page.locator(f'#loud a[href="/incidents/{incident}"]')).to_be_visible()
    expect(page.locator("#news")).to_contain_text("真里谷 竹林：作動")
    assert same_page(page)


def test_news_without_a_pause_do_not_put_the_page_off(page: Page, site: Website) -> None:
    """Three drones in the air say six things a second."""
    stop = Event()

    def speak() -> None:
        while not stop.wait(0.15):
            with site.database.transaction() as conn:
                notify(conn, "live", {"what": "device", "id": "trap-1"})

    open_live(page, site, "ishii", "/traps")
    speaker = Thread(target=speak)
    speaker.start()
    try:
        site.spring("trap-3")
        expect(page.locator("#loud")).to_contain_text("真里谷 竹林")
    finally:
        stop.set()
        speaker.join()
    assert same_page(page)


def test_who_goes_appears_and_a_half_written_report_stays(page: Page, site: Website, faults: list[str]) -> None:
    incident = site.spring("trap-1")
    open_live(page, site, "ishii", f"/incidents/{incident}")
    page.get_by_label("空はじき").check()
    page.get_by_label("メモ").fill("足跡が二つ")
    with site.database.transaction() as conn:
        site.services.alerts.going(conn, incident, site.people["office"], 60, clock.now())
    expect(page.locator("#banner")).to_contain_text("市川 花子さんが向かっています")
    expect(page.locator("#timeline")).to_contain_text("市川 花子さんが向かっています")
    expect(page.get_by_label("メモ")).to_have_value("足跡が二つ")
    expect(page.get_by_label("空はじき")).to_be_checked()
    assert same_page(page)


def test_what_somebody_else_has_settled_takes_the_forms_away(page: Page, site: Website, faults: list[str]) -> None:
    incident = site.spring("trap-1")
    open_live(page, site, "ishii", f"/incidents/{incident}")
    page.get_by_label("メモ").fill("途中")
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["office"], "empty", None, clock.now())
    expect(page.locator("#banner")).to_contain_text("対応済み：空はじき")
    expect(page.get_by_role("button", name="向かいます")).to_have_count(0)
    assert same_page(page)


def test_a_new_value_appears_on_the_farmers_card(page: Page, site: Website, faults: list[str]) -> None:
    site.measured("field-1", clock.now(), air_temperature=5.0)
    open_live(page, site, "takahashi", "/plots")
    card = page.locator("#plots section").filter(has_text="ブルーベリー")
    air = card.locator(".value b").first
    expect(air).to_contain_text("5.0")
    site.measured("field-1", clock.now(), air_temperature=1.9)
    with site.database.transaction() as conn:
        notify(conn, "live", {"what": "reading", "id": "field-1"})
    expect(air).to_contain_text("1.9")
    assert same_page(page)


def test_a_lost_line_is_shown_and_what_was_missed_comes_with_its_return(page: Page, database_url: str) -> None:
    with running_website(database_url) as site:
        fill_town(site)
        open_live(page, site, "ishii", "/traps")
        expect(page.locator("#connection-lost")).to_be_hidden()
    expect(page.locator("#connection-lost")).to_be_visible()
    expect(page.locator("#connection-lost")).to_contain_text("通信が切れています")
    with running_website(database_url, port=site.port) as again:
        again.devices = site.devices
        again.spring("trap-2")
        expect(page.locator("#loud")).to_contain_text("矢那の谷 くくり罠 2", timeout=45_000)
        expect(page.locator("#connection-lost")).to_be_hidden()
        assert same_page(page)
        page.goto("about:blank")


@pytest.mark.parametrize("is_answered", [True, False], ids=["a fault", "no answer"])
def test_a_page_that_could_not_be_fetched_is_fetched_again(page: Page, site: Website, is_answered: bool) -> None:
    """The stream goes on, and says nothing more that would make it look."""

    asked: list[Route] = []

    def fail_once(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()
        elif is_answered:
            route.fulfill(status=503, body="")

    page.clock.install()
    open_live(page, site, "ishii", "/traps")
    page.route(f"{site.url}/traps", fail_once)
    with page.expect_request(f"{site.url}/traps"):
        site.spring("trap-3")
    page.clock.fast_forward(40_000)
    expect(page.locator("#loud")).to_contain_text("真里谷 竹林")
    assert same_page(page)


def test_an_ended_session_leads_to_the_sign_in(page: Page, site: Website) -> None:
    open_live(page, site, "ishii", "/traps")
    with site.database.transaction() as conn:
        conn.execute("delete from web_session")
    site.spring("trap-1")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_session_that_ends_while_nothing_is_heard_leads_to_the_sign_in(page: Page, database_url: str) -> None:
    """What the stream's new beginning is refused for is no lost line."""
    with running_website(database_url) as site:
        fill_town(site)
        open_live(page, site, "ishii", "/traps")
    with psycopg.connect(database_url) as conn:
        conn.execute("delete from web_session")
    with running_website(database_url, port=site.port):
        expect(page).to_have_url(re.compile("/sign-in"))
        page.goto("about:blank")


@pytest.mark.parametrize("path", ["/staff/agents", "/staff/devices", "/staff/quarantine", "/incidents"])
def test_the_offices_lists_keep_up(page: Page, site: Website, faults: list[str], path: str) -> None:
    open_live(page, site, "office", path)
    agent = site.add_agent("新しい谷の箱")
    site.add_device(agent, "trap-9", "trap", "新しい谷の罠")
    site.spring("trap-9")
    site.quarantine("malformed", b"rubbish")
    with site.database.transaction() as conn:
        notify(conn, "live", {"what": "agent", "id": agent})
        notify(conn, "live", {"what": "quarantine", "id": "1"})
    expected = {"/staff/agents": "新しい谷の箱", "/staff/quarantine": "まったく読み取れません"}.get(
        path, "新しい谷の罠"
    )
    expect(page.locator("main")).to_contain_text(expected)
    assert same_page(page)
