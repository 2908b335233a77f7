"""A hunter's whole way on one phone, over the whole service: the trap fires at the broker, the mail rings, its button
answers, the report with a photo is filed from the page behind it, and staff have the picture.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.service import Service, running_service
from tests.acceptance.wire import enrolled_agent, registered_device
from tests.servers import wait_until
from tests.unit.captures.photos import picture, saved

PASSWORD = "a password for the valley"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("whole")) as running:
        yield running


def add_hunter(service: Service, username: str) -> str:
    """A hunter with a mail address and a way into the pages; returns the address."""
    address = f"{username}@example.jp"
    sign_in = {"username": username, "password": PASSWORD}
    body = {"name": "石井 健太", "roles": ["hunter"], "email": address, "sign_in": sign_in}
    service.api.post("/api/v1/people", json=body).raise_for_status()
    return address


def test_from_the_mail_to_the_report_with_its_photo(page: Page, service: Service, tmp_path: Path, faults: list[str]):
    address = add_hunter(service, "ishii")
    agent = enrolled_agent(service, "whole way")
    trap = registered_device(service, agent, "trap")
    fired = agent.event(trap, "sprung", {})
    agent.send(trap, "sprung", fired)
    agent.wait_receipt(int(fired["sequence"]))
    agent.close()

    mail = service.mailbox.wait_for(lambda mail: trap in mail.subject and address in mail.recipients, 60)
    assert mail, "the hunter got no mail"
    (link,) = re.findall(r"http\S+/a/\S+", mail.text)
    page.goto(link)
    page.get_by_label("30分").check()
    page.get_by_role("button", name="向かいます").click()
    expect(page.get_by_text("石井 健太さん、ありがとうございます")).to_be_visible()

    page.get_by_role("link", name="詳しく見る").click()
    page.get_by_label("ユーザー名").fill("ishii")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    expect(page.locator("#banner")).to_contain_text("石井 健太さんが向かっています")

    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(saved(picture(31, (2400, 1800)), taken="2026:11:26 14:05:10", place=(35.3814, 139.9248)))
    page.get_by_role("link", name="個体と写真を入れて報告").click()
    page.get_by_label("捕獲あり").check()
    page.locator("#f-animals-0-species").select_option("boar")
    page.locator("#f-photos-whole_right").set_input_files(photo)
    expect(page.locator("[data-photo-list] img")).to_have_count(1)
    page.get_by_role("button", name="記録して対応を終える").click()
    page.wait_for_url("**/captures/r-*")
    expect(page.locator(".thumbs img")).to_have_count(1)

    (report,) = service.api.get("/api/v1/captures", params={"device": trap}).json()["items"]
    assert (report["outcome"], [one["species"] for one in report["animals"]]) == ("captured", ["boar"])
    (kept,) = service.api.get(f"/api/v1/captures/{report['id']}").json()["photos"]
    (shown,) = [one for one in service.api.get("/api/v1/devices").json()["items"] if one["id"] == trap]
    assert (kept["item"], shown["state"]) == ("whole_right", "armed")
    # Whoever was told is left in peace: nothing more about this trap is on its way.
    wait_until(lambda: not service.rows("select from delivery where state in ('due', 'leased')"), "still under way")
