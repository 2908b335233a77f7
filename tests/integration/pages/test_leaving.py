"""A farmer's data go when the farmer says so: all of it, at once, nobody else's with it, and as was said before."""

import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest

from hub import clock
from hub.fields.imports import service as imports
from hub.fields.plots import groups
from hub.fields.plots import service as plots
from hub.fields.rollups import mark_due
from hub.fields.rollups.service import roll_up
from hub.registry import service as registry
from tests.integration.pages.test_other_farmers import Town, addresses, words
from tests.website import Visitor, Website

OF_DEVICE_ID = ("reading", "reading_hour", "reading_day", "latest")
OF_DEVICE_KEY = ("sensor_refusal", "sensor_watch", "sensor_state", "import", "import_draft")
OF_FIELDS = re.compile("plots|stations|devices|/incidents|/charts|agents")
# Measured long before the plot is deleted, and like nothing else on any page.
PAST = 47.31


def fill_station(site: Website, name: str) -> None:
    """Readings of three days, rolled up; a file that is stored and one that waits; a refused value."""
    now, zone, device = clock.now(), site.services.texts.zone, site.devices[name]
    for hours in range(1, 72, 8):
        site.measured(name, now - timedelta(hours=hours), air_temperature=PAST, soil_moisture=PAST)
    begin = (now - timedelta(days=60)).astimezone(zone)
    lines = [f"{begin + timedelta(minutes=10 * step):%Y/%m/%d %H:%M},{PAST}" for step in range(6)]
    farmer = site.actor("takahashi")
    with site.database.transaction() as conn:
        for size in (3, 6):
            content = "\n".join(["日時,気温", *lines[:size]]).encode()
            draft_id = imports.keep_file(conn, farmer, device, f"{size}.csv", content, labels={}, now=now)
            draft = imports.fetch_draft(conn, farmer, device, draft_id)
            if size == 3:
                imports.store_file(conn, farmer, device, draft, zone=zone, refused_csv=lambda _: "x", now=now)
        conn.execute(
            "insert into sensor_watch values (%s, %s, '{\"sensors\": {}}') on conflict do nothing", (device.key, now)
        )
        conn.execute(
            "insert into sensor_state values (%s, 'air_temperature', 'stuck', 'flat', %s, %s, '{\"value\": 11.5}')",
            (device.key, now, now),
        )
        conn.execute(
            "insert into sensor_refusal values (%s, 'air_temperature', 'out_of_range', %s, 470, %s)",
            (device.key, now, now),
        )
        mark_due(conn, device.key, None, None)
    roll(site)


def roll(site: Website) -> None:
    def step() -> bool:
        with site.database.transaction() as conn:
            return roll_up(conn, clock.now(), site.services.texts.zone, wait=True)

    while step():
        pass


def kept(site: Website, name: str) -> dict[str, int]:
    """How many rows tell what a station has measured, by table."""
    key = site.devices[name].key
    columns = dict.fromkeys(OF_DEVICE_ID, "device_id") | dict.fromkeys(OF_DEVICE_KEY, "device_key")
    with site.database.transaction() as conn:
        found = {
            table: conn.execute(f"select count(*) from {table} where {column} = %s", (key,)).fetchone()[0]
            for table, column in columns.items()
        }
        statement = "select count(*) from import_row join import on id = import_id where device_key = %s"
        return {**found, "import_row": conn.execute(statement, (key,)).fetchone()[0]}


def seal_of(page: str) -> str:
    return re.findall(r'name="seal" value="(\w+)"', page)[0]


def delete(visitor: Visitor, path: str, page: str) -> None:
    answer = visitor.post(path, page=page, seal=seal_of(visitor.get(page).text), read="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plots?done=deleted"), answer.text


def neighbour(site: Website) -> str:
    """Another farmer has a plot on which field-1 stands too, and lets takahashi look."""
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    plot_id = site.add_plot("suzuki", "となりの畑", "field-1")
    with site.database.transaction() as conn:
        plots.share_plot(conn, site.actor("suzuki"), plot_id, "takahashi", clock.now())
    return plot_id


def test_all_of_a_farmers_data_goes_and_what_others_need_stays(site: Website) -> None:
    fill_station(site, "field-1")
    fill_station(site, "field-2")
    theirs, before = neighbour(site), kept(site, "field-1")
    assert 0 not in before.values()
    assert 0 not in kept(site, "field-2").values()
    with site.database.transaction() as conn:
        group = groups.create_group(conn, site.actor("office"), "部会", clock.now())
        groups.add_member(conn, site.actor("office"), group.id, site.people["takahashi"], clock.now())
        # What a worker had in hand while it was deleted, and writes a moment later.
        conn.execute(
            "create table late as select * from reading_hour where device_id <> %s", (site.devices["field-1"].key,)
        )
    farmer = site.client("takahashi")
    said = unescape(farmer.get("/plots/mine").text)
    goes, _, stays = said.partition("次のものは残ります")
    assert "「ハウスの観測機」の測定値すべて" in goes
    assert "「上の畑の観測機」の測定値：別のほ場でも使われています" in stays
    assert "測定値 12件" in goes
    delete(farmer, "/plots/mine/delete", "/plots/mine")
    assert set(kept(site, "field-2").values()) == {0}
    assert kept(site, "field-1") == before
    with site.database.transaction() as conn:
        conn.execute("insert into reading_hour select * from late")
    assert kept(site, "field-2")["reading_hour"]
    roll(site)
    assert set(kept(site, "field-2").values()) == {0}
    with site.database.transaction() as conn:
        assert plots.own_plots(conn, site.actor("takahashi")) == []
        assert groups.fetch_group(conn, site.actor("office"), group.id).members == []
        left = conn.execute("select count(*) from plot_consent where plot_id <> %s", (theirs,)).fetchone()
        log = conn.execute("select act, detail from audit_entry where act like 'delete%'").fetchall()
    assert left == (0,)
    assert [act for act, _ in log].count("delete") == 2
    assert "ブルーベリー" not in json.dumps([detail for _, detail in log], ensure_ascii=False)
    assert farmer.get(f"/plots/{theirs}").status_code == 404
    assert site.client("suzuki").get(f"/plots/{theirs}").status_code == 200


def test_with_one_plot_goes_only_what_stands_on_no_other(site: Website) -> None:
    fill_station(site, "field-1")
    fill_station(site, "field-2")
    farmer, before = site.client("takahashi"), kept(site, "field-1")
    with site.database.transaction() as conn:
        [house, field] = plots.own_plots(conn, site.actor("takahashi"))
    assert (house.name, field.name) == ("ハウス", "上の畑")
    delete(farmer, f"/plots/{house.id}/delete", f"/plots/{house.id}/delete")
    assert set(kept(site, "field-2").values()) == {0}
    assert kept(site, "field-1") == before
    delete(farmer, f"/plots/{field.id}/delete", f"/plots/{field.id}/delete")
    assert set(kept(site, "field-1").values()) == {0}


def test_what_was_confirmed_is_done_or_nothing(site: Website) -> None:
    fill_station(site, "field-1")
    fill_station(site, "field-2")
    neighbour(site)
    before, farmer = kept(site, "field-2"), site.client("takahashi")
    seal = seal_of(farmer.get("/plots/mine").text)
    unread = farmer.post("/plots/mine/delete", page="/plots/mine", seal=seal)
    assert (unread.status_code, "読んだことを確認" in unread.text) == (422, True)
    site.add_plot("suzuki", "もう一つ", "field-2")
    changed = farmer.post("/plots/mine/delete", page="/plots/mine", seal=seal, read="yes")
    assert (changed.status_code, "もう一度読んでください" in changed.text) == (409, True)
    assert kept(site, "field-2") == before


@pytest.mark.parametrize("who", ["suzuki", "ishii"])
def test_nobody_else_deletes_a_plot(site: Website, who: str) -> None:
    neighbour(site)
    fill_station(site, "field-1")
    before = kept(site, "field-1")
    with site.database.transaction() as conn:
        mine = plots.own_plots(conn, site.actor("takahashi"))[0].id
    other = site.client(who)
    page = "/plots/new" if who == "suzuki" else "/me"
    answer = other.post(f"/plots/{mine}/delete", page=page, read="yes", seal="x")
    assert answer.status_code == (404 if who == "suzuki" else 403)
    assert kept(site, "field-1") == before


def told(site: Website, who: str) -> set[str]:
    """Every address that tells somebody what field-2 measured in the past."""
    plot_ids = [plot.id for plot in _plots(site)]
    fill = {"device_id": ["field-2"], "plot_id": plot_ids, "agent_id": [site.devices["field-2"].agent_id]}
    town = Town(site, "", {**fill, "person_id": [site.people["takahashi"]]}, {})
    visitor, found = site.client(who).http, set()
    with site.database.transaction() as conn:
        token = registry.new_api_token(conn, site.actor("office"), site.people[who], "x", clock.now())
    visitor.headers["Authorization"] = f"Bearer {token}"
    for asked in addresses(town):
        if not OF_FIELDS.search(asked) or "?" not in asked:
            continue
        address = asked.replace("device=hidden-station-7", "device=field-2").replace("span=year", "span=month")
        if str(PAST)[:4] in words(visitor.get(address)):
            found.add(address.partition("?")[0])
    return found


def _plots(site: Website) -> list[plots.Plot]:
    with site.database.transaction() as conn:
        return plots.fetch_plots(conn, site.actor("office"))


def test_the_past_of_a_station_that_left_its_farmer_is_shown_to_nobody(site: Website) -> None:
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    fill_station(site, "field-2")
    assert {"/stations/field-2", "/api/v1/devices/field-2"} <= told(site, "takahashi")
    farmer = site.client("takahashi")
    [house] = [plot for plot in _plots(site) if plot.name == "ハウス"]
    form = {"name": "ハウス", "crop": "トマト", "stations": "field-1"}
    assert farmer.post(f"/plots/{house.id}/change", **form).status_code == 303
    site.add_plot("suzuki", "借りた畑", "field-2")
    site.measured("field-2", clock.now(), air_temperature=11.25, soil_moisture=22.5)
    roll(site)
    for who in ("suzuki", "office", "takahashi"):
        assert told(site, who) == set(), who
    assert "11.2" in site.client("suzuki").get("/stations/field-2").text


def test_a_groups_members_look_as_long_as_the_owner_lets_them(site: Website) -> None:
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    site.add_person("friend", "farmer", "田中 友子")
    office, owner, member = site.client("office"), site.client("takahashi"), site.client("suzuki")
    list_page = "/staff/farmer-groups"
    assert office.post(list_page, name="水稲部会").status_code == 303
    again = office.post(list_page, name="水稲部会")
    assert (again.status_code, "同じ名前" in again.text or "ほかのグループ" in again.text) == (422, True)
    with site.database.transaction() as conn:
        [group] = groups.fetch_groups(conn, site.actor("office"))
        [_, plot] = plots.own_plots(conn, site.actor("takahashi"))
    sharing, place = f"/plots/{plot.id}/sharing", f"/plots/{plot.id}"
    assert "水稲部会" not in owner.get(sharing).text
    refused = owner.post(f"{sharing}/groups/{group.id}", page=sharing, may_look="yes")
    assert refused.status_code == 422
    for person in ("takahashi", "suzuki"):
        path = f"{list_page}/{group.id}/members"
        assert office.post(path, page=list_page, person=site.people[person]).status_code == 303
    assert member.get(place).status_code == 404
    assert owner.post(f"{sharing}/groups/{group.id}", page=sharing, may_look="yes").status_code == 303
    assert member.get(place).status_code == member.get("/stations/field-1").status_code == 200
    assert site.client("friend").get(place).status_code == 404
    # Whoever looks changes nothing, and lets nobody else look.
    assert member.post(f"{sharing}/groups/{group.id}", page=sharing, may_look="no").status_code == 403
    assert owner.post(f"{sharing}/groups/{group.id}", page=sharing, may_look="no").status_code == 303
    assert member.get(place).status_code == member.get("/stations/field-1").status_code == 404
    assert "まで" in owner.get(sharing).text
    # Let in again, and out of the group: gone at once too.
    owner.post(f"{sharing}/groups/{group.id}", page=sharing, may_look="yes")
    assert member.get(place).status_code == 200
    gone = f"{list_page}/{group.id}/members/{site.people['suzuki']}/remove"
    assert office.post(gone, page=list_page).status_code == 303
    assert member.get(place).status_code == 404


@pytest.mark.parametrize(("username", "heading"), [("takahashi", "気温"), ("smith", "Air temperature")])
def test_what_is_taken_along_by_the_api_speaks_its_farmers_language(site: Website, username: str, heading: str) -> None:
    site.add_person("smith", "farmer", "Jane Smith", language="en")
    site.add_plot("smith", "Rented field", "field-2")
    site.measured("field-2", clock.now(), air_temperature=PAST)
    with site.database.transaction() as conn:
        token = registry.new_api_token(conn, site.actor("office"), site.people[username], "x", clock.now())
    answer = site.client().get("/api/v1/plots/export", headers={"Authorization": f"Bearer {token}"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert heading in archive.read("readings/field-2.csv").decode().splitlines()[0]
