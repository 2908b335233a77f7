"""In the valley: pages that were seen before open again, reports wait on the phone and arrive once, and what belongs to
one person is not shown or sent for another.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from tests.browser.conftest import FLAGS
from tests.browser.line import Line, line_to
from tests.browser.test_photos import jpeg
from tests.servers import wait_until
from tests.website import PASSWORD, Website

KEPT = "圏外です。"
NO_PAGE = "このページはこの端末に保存されていません"


@pytest.fixture
def line(site: Website) -> Iterator[Line]:
    with line_to(site.port) as line:
        yield line


class Phone:
    """A browser that keeps what it has over restarts."""

    def __init__(self, browser_type: BrowserType, folder: Path, line: Line) -> None:
        self._type, self._folder, self._line = browser_type, folder, line
        self.context: BrowserContext | None = None
        self.page: Page
        self.restart()

    def restart(self) -> None:
        """Cold: nothing but what is on the disk."""
        self.close()
        self.context = self._type.launch_persistent_context(
            self._folder, executable_path="/usr/bin/chromium", args=FLAGS, locale="ja-JP", timezone_id="Asia/Tokyo",
            viewport={"width": 360, "height": 740}, base_url=self._line.url,
        )  # fmt: skip
        self.page = self.context.pages[0]

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
            self.context = None

    def sign_in(self, username: str) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("ユーザー名").fill(username)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.page.get_by_role("button", name="ログイン").click()
        expect(self.page).to_have_url(re.compile("/(traps|incidents|plots)$"))

    def sign_out(self) -> None:
        self.page.locator("details.menu summary").last.click()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="ログアウト").click()

    def wait_until_kept(self, *paths: str) -> None:
        kept = """async (paths) => (await Promise.all(paths.map((path) => caches.match(path)))).every(Boolean)"""
        wait_until(lambda: self.page.evaluate(kept, list(paths)), f"{paths} are not kept: {self.caches()}")

    def caches(self) -> list[str]:
        return self.page.evaluate("caches.keys()")

    def waiting(self) -> int:
        """How many reports the phone holds, whoever wrote them."""
        return self.page.evaluate(
            """() => new Promise((resolve, reject) => {
                const asked = indexedDB.open("wanamori");
                asked.onerror = () => reject(asked.error);
                asked.onsuccess = () => {
                    const db = asked.result;
                    const count = db.transaction("reports").objectStore("reports").count();
                    count.onsuccess = () => { db.close(); resolve(count.result); };
                }; })"""
        )


@pytest.fixture
def phone(browser_type: BrowserType, tmp_path: Path, line: Line) -> Iterator[Phone]:
    phone = Phone(browser_type, tmp_path / "phone", line)
    yield phone
    phone.close()


def notes_of(site: Website, incident: str) -> list[str]:
    """The notes of the reports that were really filed."""
    with site.database.transaction() as conn:
        rows = conn.execute(
            "select detail ->> 'note' from incident_entry where incident_id = %s and detail ? 'outcome'", (incident,)
        ).fetchall()
    return [row[0] for row in rows]


def report(page: Page, note: str) -> None:
    page.get_by_label("空はじき").check()
    page.get_by_label("メモ").fill(note)
    page.get_by_role("button", name="記録して対応を終える").click()


def test_what_was_seen_opens_again_without_a_network_after_a_cold_restart(site: Website, line: Line, phone: Phone):
    incident = site.spring("trap-1")
    phone.sign_in("ishii")
    # Nobody opened these: the list fetched them for the valley.
    phone.wait_until_kept("/traps", "/traps/trap-1", "/traps/trap-5", f"/incidents/{incident}", "/waiting")
    line.down()
    phone.restart()
    for path, said in (
        ("/traps", "矢那の谷 檻 1"), ("/", "矢那の谷 檻 1"), ("/traps/trap-5", "下郡 沢沿い"),
        (f"/incidents/{incident}", "まだ誰も向かっていません"), ("/waiting", "送信待ちの記録はありません"),
    ):  # fmt: skip
        phone.page.goto(path)
        expect(phone.page.locator("#kept-copy")).to_contain_text(KEPT)
        expect(phone.page.locator("main")).to_contain_text(said)
    phone.page.goto("/incidents?show=all")
    expect(phone.page.get_by_text(NO_PAGE)).to_be_visible()
    phone.page.goto("/traps")
    line.up()
    site.fall_silent("trap-2")
    expect(phone.page.locator("#loud")).to_contain_text("矢那の谷 くくり罠 2")
    expect(phone.page.locator("#kept-copy")).to_be_hidden()


def test_a_failing_or_slow_hub_does_not_take_a_kept_page_away(site: Website, line: Line, phone: Phone):
    phone.sign_in("ishii")
    phone.wait_until_kept("/traps/trap-5")
    line.lose_answers()
    phone.page.goto("/traps/trap-5")
    expect(phone.page.locator("#kept-copy")).to_contain_text(KEPT)
    line.up()
    site.database.close()
    phone.page.goto("/traps/trap-5")
    expect(phone.page.locator("#kept-copy")).to_contain_text(KEPT)
    expect(phone.page.locator("h1")).to_have_text("下郡 沢沿い")


def test_a_report_written_offline_arrives_once_after_three_reloads_and_two_cuts(
    site: Website, line: Line, phone: Phone
):
    incident = site.spring("trap-1")
    path = f"/incidents/{incident}"
    phone.sign_in("ishii")
    phone.wait_until_kept(path, "/waiting")
    line.down()  # the first cut
    phone.page.goto(path)
    report(phone.page, "谷で書いた")
    expect(phone.page.get_by_text("この端末に保存しました")).to_be_visible()
    expect(phone.page.locator("#reports-wait")).to_contain_text("1件")
    phone.page.reload()
    expect(phone.page.locator("#reports-wait")).to_contain_text("1件")
    phone.restart()
    phone.page.goto("/waiting")
    expect(phone.page.locator(".report")).to_contain_text("谷で書いた")
    line.up()
    line.lose_answers(to=b"POST /incidents")  # the second: the hub saves it, and the answer is lost
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    site_has(site, incident, ["谷で書いた"])
    assert phone.waiting() == 1
    line.down()
    phone.page.reload()
    line.up()
    phone.page.reload()
    expect(phone.page.get_by_text("送信待ちの記録はありません")).to_be_visible(timeout=15_000)
    phone.page.goto(path)
    expect(phone.page.locator("#reports-wait")).to_be_hidden()
    site_has(site, incident, ["谷で書いた"])
    assert phone.waiting() == 0


def site_has(site: Website, incident: str, notes: list[str]) -> None:
    wait_until(lambda: notes_of(site, incident) == notes, f"not {notes}: {notes_of(site, incident)}")


def test_a_refused_report_comes_back_to_its_writer_and_can_be_sent_again(site: Website, line: Line, phone: Phone):
    incident, other = site.spring("trap-1"), site.spring("trap-3")
    phone.sign_in("ishii")
    phone.wait_until_kept(f"/incidents/{incident}", f"/incidents/{other}", "/waiting")
    line.down()
    for one, note in ((incident, "先を越された記録"), (other, "")):
        phone.page.goto(f"/incidents/{one}")
        report(phone.page, note)
        expect(phone.page.get_by_text("この端末に保存しました")).to_be_visible()
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["office"], "captured", "役所が先", site.services.now())
    line.up()
    phone.page.goto("/waiting")
    expect(phone.page.locator("#reports-wait")).to_contain_text("戻ってきた記録が1件")
    back = phone.page.locator(".report")
    expect(back).to_have_count(1)
    expect(back).to_contain_text("他の人が先に対応を終えました")
    expect(back).to_contain_text("先を越された記録")
    back.get_by_role("button", name="内容を見て直す").click()
    expect(phone.page.get_by_label("メモ")).to_have_value("先を越された記録")
    expect(phone.page.get_by_label("空はじき")).to_be_checked()
    expect(phone.page.locator("#e-note")).to_contain_text("他の人が先に対応を終えました")
    phone.page.get_by_label("メモ").fill("直した記録")
    with phone.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 409):
        phone.page.get_by_role("button", name="記録して対応を終える").click()
    expect(phone.page.get_by_role("alert").filter(has_text="受け付けられませんでした")).to_be_visible()
    phone.page.reload()
    expect(phone.page.locator(".report")).to_contain_text("直した記録")
    phone.page.get_by_role("button", name="破棄する").click()
    phone.page.get_by_role("button", name="本当に破棄しますか").click()
    expect(phone.page.get_by_text("送信待ちの記録はありません")).to_be_visible()
    assert phone.waiting() == 0
    assert notes_of(site, incident) == ["役所が先"]


def test_a_report_with_animals_and_a_photo_is_written_changed_and_sent_from_the_valley(
    site: Website, line: Line, phone: Phone
):
    incident = site.spring("trap-1")
    phone.sign_in("ishii")
    form = f"/incidents/{incident}/report"
    phone.wait_until_kept(form, "/waiting")
    line.down()
    phone.page.goto(form)
    expect(phone.page.locator(".photo-field.ready").first).to_be_visible()
    phone.page.get_by_label("捕獲あり").check()
    phone.page.get_by_role("button", name="個体を追加").click()
    animals = phone.page.locator("[data-animals] > *")
    expect(animals).to_have_count(2)
    for number in range(2):
        animals.nth(number).locator("select").first.select_option(index=1)
    phone.page.locator("#f-photos").set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": jpeg(2000, 1500, with_exif=True)}
    )
    expect(phone.page.locator(".photos li")).to_have_count(1)
    phone.page.locator("#f-note").fill("二頭")
    phone.page.get_by_role("button", name="記録して対応を終える").click()
    expect(phone.page.get_by_text("この端末に保存しました")).to_be_visible()
    phone.restart()
    phone.page.goto("/waiting")
    phone.page.get_by_role("button", name="内容を見て直す").click()
    expect(phone.page.locator(".photos li")).to_have_count(1)
    expect(phone.page.locator("[data-animals] > *")).to_have_count(2)
    phone.page.locator("[data-animal-out]").last.click()
    phone.page.locator("#f-note").fill("一頭")
    phone.page.get_by_role("button", name="記録して対応を終える").click()
    expect(phone.page.get_by_text("この端末に保存しました。電波が")).to_be_visible()
    line.up()
    phone.page.goto("/traps")
    site_has(site, incident, ["一頭"])
    with site.database.transaction() as conn:
        counts = conn.execute(
            "select (select count(*) from report), (select count(*) from animal), (select count(*) from photo)"
        ).fetchone()
    assert counts == (1, 1, 1)


def test_signing_out_takes_the_kept_pages_away_and_leaves_the_reports(site: Website, line: Line, phone: Phone):
    incident = site.spring("trap-1")
    site.add_person("suzuki", "hunter", "鈴木 進")
    phone.sign_in("ishii")
    phone.wait_until_kept(f"/incidents/{incident}", "/waiting")
    line.down()
    phone.page.goto(f"/incidents/{incident}")
    report(phone.page, "石井の記録")
    expect(phone.page.get_by_text("この端末に保存しました")).to_be_visible()
    phone.sign_out()
    assert [name for name in phone.caches() if name.startswith("pages-")] == []
    phone.page.goto("/traps")
    expect(phone.page.get_by_text(NO_PAGE)).to_be_visible()
    # Another hunter takes the phone: neither sees the other's words nor sends them.
    line.up()
    # The hub could not be told that the first has signed out: it is told before anything else.
    phone.sign_in("suzuki")
    phone.wait_until_kept("/waiting")
    expect(phone.page.locator("#reports-wait")).to_be_hidden()
    phone.page.goto("/waiting")
    expect(phone.page.locator("#others-wait")).to_contain_text("石井 健太")
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.page.locator(".report")).to_have_count(0)
    assert notes_of(site, incident) == []
    assert [name for name in phone.caches() if name.startswith("pages-")] == [f"pages-{site.people['suzuki']}"]
    phone.sign_out()
    expect(phone.page).to_have_url(re.compile("/$"))
    assert [name for name in phone.caches() if name.startswith("pages-")] == []
    phone.sign_in("ishii")
    site_has(site, incident, ["石井の記録"])
    with site.database.transaction() as conn:
        who = conn.execute("select actor from audit_entry where act = 'resolve'").fetchall()
    assert who == [(site.people["ishii"],)]


def test_a_session_that_ended_makes_the_report_wait_for_its_writer(site: Website, line: Line, phone: Phone):
    incident = site.spring("trap-1")
    phone.sign_in("ishii")
    phone.page.goto(f"/incidents/{incident}")
    phone.context.clear_cookies()
    report(phone.page, "待っている")
    expect(phone.page.get_by_text("もう一度ログインすると自動で送信します")).to_be_visible()
    assert notes_of(site, incident) == []
    phone.page = phone.context.new_page()
    phone.sign_in("ishii")
    site_has(site, incident, ["待っている"])


def test_an_office_keeps_nothing_on_the_phone(site: Website, phone: Phone):
    incident = site.spring("trap-1")
    phone.sign_in("office")
    for path in ("/traps", f"/incidents/{incident}", "/staff/people", "/traps"):
        phone.page.goto(path)
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert [name for name in phone.caches() if name.startswith("pages-")] == []


def test_a_phone_that_keeps_nothing_says_so_and_the_form_stays(site: Website, line: Line, phone: Phone):
    incident = site.spring("trap-1")
    phone.page.add_init_script("indexedDB.open = () => { throw new DOMException('full', 'QuotaExceededError'); };")
    phone.sign_in("ishii")
    phone.wait_until_kept(f"/incidents/{incident}")
    phone.page.goto(f"/incidents/{incident}")
    line.down()
    report(phone.page, "入らない")
    expect(phone.page.get_by_text("保存も送信もできませんでした")).to_be_visible()
    expect(phone.page.get_by_label("メモ")).to_have_value("入らない")
    line.up()
    phone.page.get_by_role("button", name="記録して対応を終える").click()
    expect(phone.page).to_have_url(re.compile("done=resolved"))
    site_has(site, incident, ["入らない"])


def test_after_going_the_keyboard_goes_on_at_the_thanks(site: Website, phone: Phone):
    incident = site.spring("trap-1")
    phone.sign_in("ishii")
    phone.page.goto(f"/incidents/{incident}")
    phone.page.get_by_role("button", name="向かいます").focus()
    phone.page.keyboard.press("Enter")
    expect(phone.page).to_have_url(re.compile("done=going"))
    expect(phone.page.locator("#acts .notice.good")).to_be_focused()
