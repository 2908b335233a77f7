"""A farmer's whole way on one phone, over the whole service: from the card to the chart, a warning that is tried before
it is kept, the readings that cross it, the mail with its button, and the farmer's own data as files.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.service import Service, running_service
from tests.acceptance.wire import WireAgent, enrolled_agent, registered_device

PASSWORD = "a password for the field"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("farm")) as running:
        yield running


def measure(agent: WireAgent, station: str, *rows: tuple[timedelta, float]) -> None:
    """Soil moisture so long ago, over MQTT, receipted by the hub."""
    now = datetime.now(UTC)
    times = [(now - ago).isoformat(timespec="milliseconds") for ago, _ in rows]
    values = {"soil_moisture": [value for _, value in rows]}
    event = agent.event(station, "readings", {"times": times, "values": values})
    agent.send(station, "readings", event)
    agent.wait_receipt(int(event["sequence"]))


def add_farmer(service: Service, station: str) -> str:
    """A farmer with a plot on which the station stands; returns the mail address."""
    address = "takahashi@example.jp"
    sign_in = {"username": "takahashi", "password": PASSWORD}
    body = {"name": "高橋 一郎", "roles": ["farmer"], "email": address, "sign_in": sign_in}
    farmer = service.api.post("/api/v1/people", json=body).raise_for_status().json()["id"]
    plot = {"name": "上の畑", "owner": farmer, "crop": "ブルーベリー", "stations": [station]}
    service.api.post("/api/v1/plots", json=plot).raise_for_status()
    return address


def test_from_the_card_to_the_mail_and_home_with_the_data(
    page: Page, service: Service, tmp_path: Path, faults: list[str]
) -> None:
    agent = enrolled_agent(service, "farmer's way")
    station = registered_device(service, agent, "station", "畑の観測機")
    address = add_farmer(service, station)
    measure(agent, station, *((timedelta(minutes=10 * step + 5), 26.0) for step in range(12, 0, -1)))

    page.goto(service.http)
    page.get_by_label("ユーザー名").fill("takahashi")
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン").click()
    expect(page.locator(".card.plot")).to_contain_text("26")
    page.get_by_role("link", name="上の畑").click()
    expect(page.locator(".chart.drawn canvas").first).to_be_visible()

    page.get_by_role("link", name="お知らせの決めごと").click()
    page.get_by_role("link", name="お知らせを増やす").click()
    page.locator("#f-measure").select_option("soil_moisture")
    page.get_by_label("境の値").fill("２０")
    page.locator("#f-hold_min").select_option("0")
    page.get_by_role("button", name="この一か月でためす").click()
    expect(page.locator("main")).to_contain_text("この30日では、一度もお知らせしませんでした")
    page.get_by_role("button", name="保存する").click()
    expect(page.get_by_text("見張っています")).to_be_visible()

    measure(agent, station, (timedelta(seconds=40), 18.0))
    measure(agent, station, (timedelta(seconds=1), 17.5))
    mail = service.mailbox.wait_for(lambda mail: address in mail.recipients and "17.5" in mail.subject, 60)
    assert mail, "the farmer got no mail"
    agent.close()
    link = re.findall(r"http\S+/a/\S+", mail.text)[0]
    page.goto(link)
    expect(page.locator("main")).to_contain_text("17.5 %")
    page.get_by_role("button", name="見ました").click()
    expect(page.get_by_text("高橋 一郎さん、ありがとうございます")).to_be_visible()
    page.get_by_role("link", name="くわしく見る").click()
    expect(page.locator("#banner")).to_contain_text("見ました")

    take_home(page, service, tmp_path, station)


def take_home(page: Page, service: Service, folder: Path, station: str) -> None:
    """All that is the farmer's in one file, as the browser saves it."""
    page.goto(f"{service.http}/plots")
    page.get_by_role("link", name="わたしのデータ").click()
    with page.expect_download() as download:
        page.locator('a[href="/plots/mine.zip"]').click()
    saved = folder / "mine.zip"
    download.value.save_as(saved)
    archive = zipfile.ZipFile(io.BytesIO(saved.read_bytes()))
    readings = archive.read(f"readings/{station}.csv").decode()
    assert "17.5" in readings
    assert "17.5" in archive.read("warnings.json").decode()
