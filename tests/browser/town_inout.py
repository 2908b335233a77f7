"""What comes in beside the agents, for looking at its pages: a logger's file that is stored, and one that waits."""

from datetime import timedelta

from hub import clock
from hub.fields.imports import service as imports
from hub.ingest.arrivals import read_arrival
from hub.ingest.lorawan import service as lorawan
from hub.ingest.lorawan.storing import take_uplinks
from tests.unit.lorawan.chirpstack import DEV_EUI, TOPIC, uplink
from tests.website import Website

PAGES_OF_INOUT = ("files of loggers", "a logger's file", "a plot's file", "LoRaWAN probes")


def fill_inout(site: Website) -> dict[str, tuple[str | None, str]]:
    """The pages by name."""
    now, zone = clock.now(), site.services.texts.zone
    farmer, station = site.actor("takahashi"), site.devices["field-1"]

    def lines(first: int) -> bytes:
        begin = (now - timedelta(days=60)).astimezone(zone)
        rows = [
            f"{begin + timedelta(minutes=10 * step):%Y/%m/%d %H:%M},{8 + step % 5}.{step % 10},{70 + step % 9}"
            for step in range(first, first + 40)
        ]
        rows[7] = "きのうの朝,8.1,80"
        rows[9] = rows[9].rpartition(",")[0] + ",180"
        return "\n".join(["日時,気温,湿度", *rows]).encode("cp932")

    with site.database.transaction() as conn:
        for name, content in (("おんどとり 9月.csv", lines(0)), ("おんどとり 10月.csv", lines(20))):
            draft_id = imports.keep_file(conn, farmer, station, name, content, labels={}, now=now)
            draft = imports.fetch_draft(conn, farmer, station, draft_id)
            if "9月" in name:
                imports.store_file(conn, farmer, station, draft, zone=zone, refused_csv=lambda _: "x", now=now)
    plot_id = site.add_plot("takahashi", "下の畑", "field-1")
    _fill_probes(site)
    return {
        "a plot's file": ("takahashi", f"/plots/{plot_id}/save"),
        "LoRaWAN probes": ("office", "/staff/lorawan"),
        "files of loggers": ("takahashi", "/stations/field-1/import"),
        "a logger's file": ("takahashi", f"/stations/field-1/import/{draft_id}"),
    }


def _fill_probes(site: Website) -> None:
    now, office = clock.now(), site.actor("office")
    with site.database.transaction() as conn:
        station = lorawan.new_station(conn, office, DEV_EUI, "田の土", (35.38, 139.92), now)
        lorawan.register(conn, office, DEV_EUI, station, "dragino-lse01", now)
        stranger = "24e124126a148401"
        topic = TOPIC.replace(DEV_EUI, stranger)
        payloads = [(TOPIC, uplink(at=now)), (topic, uplink(dev_eui=stranger, at=now))]
        take_uplinks(conn, [read_arrival(name, payload, now) for name, payload in payloads])
