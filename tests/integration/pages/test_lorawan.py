"""The office's page of LoRaWAN probes, and a plot's file, without scripts."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

from hub import clock
from hub.ingest.arrivals import read_arrival
from hub.ingest.lorawan.storing import take_uplinks
from tests.unit.lorawan.chirpstack import DEV_EUI, TOPIC, uplink
from tests.website import Website

PAGE = "/staff/lorawan"


def hear(site: Website, at: datetime, number: int = 1) -> None:
    with site.database.transaction() as conn:
        take_uplinks(conn, [read_arrival(TOPIC, uplink(at=at, number=number), at)])


def test_a_stranger_becomes_a_station_with_one_form(site: Website):
    office, now = site.client("office"), clock.now()
    hear(site, now)
    page = office.get(PAGE).text
    assert "上の畑の土" in page
    assert re.search(r'value="dragino-lse01" selected', page)
    sent = {"dev_eui": "A8-40-41-B2-C1-86-6E-34", "codec": "dragino-lse01", "station": "new", "name": "上の畑の土"}
    answer = office.post(f"{PAGE}/probes", page=PAGE, **sent, lat="35.38", lon="")
    assert (answer.status_code, "入力してください" in answer.text) == (422, True)
    answer = office.post(f"{PAGE}/probes", page=PAGE, **sent, lat="35.38", lon="139.92")
    assert answer.headers["location"] == f"{PAGE}?done=saved"
    hear(site, now, number=2)
    page = office.get(PAGE).text
    assert f"/stations/lora-{DEV_EUI}" in page
    assert "−94 dBm" in page
    answer = office.post(f"{PAGE}/probes", page=PAGE, **sent, lat="35.38", lon="139.92")
    assert "登録済み" in answer.text
    assert office.post(f"{PAGE}/probes/{DEV_EUI}/end", page=PAGE).headers["location"] == f"{PAGE}?done=ended"


def test_the_account_is_told_once(site: Website):
    office = site.client("office")
    shown = office.post(f"{PAGE}/account", page=PAGE).text
    password = re.findall(r'<code class="secret long">([^<]+)</code>', shown)[2]
    assert len(password) > 30
    assert password not in office.get(PAGE).text
    assert "chirpstack" not in office.get("/staff/agents").text
    assert site.client("takahashi").get(PAGE).status_code == 403


def test_a_plots_file_has_all_its_stations(site: Website):
    at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    for minutes, warmth in ((0, 8.0), (10, 9.0)):
        site.measured("field-1", at + timedelta(minutes=minutes), air_temperature=warmth)
        site.measured("field-2", at + timedelta(minutes=minutes), soil_moisture=31.5)
    plot_id = site.add_plot("takahashi", "両方", "field-1", "field-2")
    farmer = site.client("takahashi")
    assert "1 時間ごと" in farmer.get(f"/plots/{plot_id}/save").text
    days = "first=2026-11-20&last=2026-11-20"

    def table(step: str) -> list[list[str]]:
        answer = farmer.get(f"/plots/{plot_id}/readings.csv?{days}&step={step}")
        assert answer.status_code == 200
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))

    head, *rows = table("raw")
    assert head == ["測定日時", "協定世界時との差", "観測機", "気温 (°C)", "土壌水分 (%)", "受信日時"]
    assert [row[:5] for row in rows] == [
        ["2026-11-20 12:00:00", "+09:00", "ハウスの観測機", "", "31.5"],
        ["2026-11-20 12:10:00", "+09:00", "ハウスの観測機", "", "31.5"],
        ["2026-11-20 12:00:00", "+09:00", "上の畑の観測機", "8.0", ""],
        ["2026-11-20 12:10:00", "+09:00", "上の畑の観測機", "9.0", ""],
    ]
    head, *rows = table("hour")
    assert head[3:6] == ["気温 (°C) 最小", "気温 (°C) 平均", "気温 (°C) 最大"]
    assert rows[1][:6] == ["2026-11-20 12:00:00", "+09:00", "上の畑の観測機", "8.0", "8.5", "9.0"]
    assert table("day")[1][0] == "2026-11-20 00:00:00"
    for wrong in ("step=week", "first=2026-11-21&last=2026-11-20", "first=x"):
        assert farmer.get(f"/plots/{plot_id}/readings.csv?{wrong}").status_code == 422
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    assert site.client("suzuki").get(f"/plots/{plot_id}/readings.csv?{days}").status_code == 404
