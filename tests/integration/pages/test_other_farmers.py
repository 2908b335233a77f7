"""A farmer's data is the farmer's: no page, API route, file or stream tells it to another farmer, to staff without the
owner's consent, or to a hunter.

The routes are read off the application, so a new one is covered by itself.
"""

import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from hub import clock
from hub.fields.plots import service as plots
from hub.fields.plots.shapes import parse_shape
from hub.fields.plots.values import NewPlot
from hub.registry import service as registry
from hub.store import notify
from hub.web.app import create_app
from tests.integration.pages.test_live_stream import listening
from tests.servers import DatabaseServer, wait_until
from tests.website import SYSTEM, Website, running_website

STREAMS = {"/live", "/api/v1/events"}
_ASKED = "quantity=soil_moisture&device={station}&show=all&span=year&first=2026-01-01&last=2026-12-31&person={person}"
# What would be known of the field by anybody who may not look: its crop, its corners, what was measured.
CROP, LAT, LON, VALUE = "秘密のパパイヤ", "35.3123", "139.9876", "47.31"
INSIDE = {CROP, LAT, LON, VALUE, "47.3"}
# What not even tells that it is there: that is for staff only.
OUTSIDE = {"隠れた段々畑", "hidden-station-7", "谷底の観測機"}


@dataclass
class Town:
    site: Website
    plot: str
    fill: dict[str, list[str]]
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def town(database_server: DatabaseServer) -> Iterator[Town]:
    url = database_server.migrated()
    with running_website(url) as site:
        yield _make(site)
    database_server.drop(url)


def _make(site: Website) -> Town:
    now = clock.now()
    for name, role, words in (
        ("takahashi", "farmer", "高橋 一郎"), ("suzuki", "farmer", "鈴木 次郎"), ("friend", "farmer", "田中 友子"),
        ("office", "staff", "市川 花子"), ("ishii", "hunter", "石井 健太"),
    ):  # fmt: skip
        site.add_person(name, role, words)
    agent = site.add_agent("谷の箱")
    device = site.add_device(agent, "hidden-station-7", "station", "谷底の観測機")
    site.add_device(agent, "trap-1", "trap", "檻")
    site.measured(device.id, now - timedelta(minutes=5), soil_moisture=47.31, air_temperature=47.31)
    shape = parse_shape(f"{LAT}, {LON}\n{LAT}, 139.989\n35.3135, 139.989")
    owner = site.people["takahashi"]
    new = NewPlot(owner, "隠れた段々畑", CROP, now.date(), frozenset({device.key}), shape=shape, open_to_staff=False)
    with site.database.transaction() as conn:
        plot = plots.create_plot(conn, SYSTEM, new, now)
        tokens = {
            who: registry.new_api_token(conn, SYSTEM, site.people[who], "test", now)
            for who in ("suzuki", "office", "ishii", "takahashi", "friend")
        }
    fill = {"device_id": [device.id], "plot_id": [plot], "agent_id": [agent], "person_id": [owner]}
    return Town(site, plot, fill, tokens)


def addresses(town: Town) -> Iterator[str]:
    found = {
        context.path
        for context in iter_route_contexts(create_app(town.site.services).routes)
        if context.path is not None and "GET" in (context.methods or ())
    }
    asked = _ASKED.format(station="hidden-station-7", person=town.site.people["takahashi"])
    for path in sorted(found - STREAMS):
        names = [name.split(":")[0] for name in re.findall(r"\{(.+?)\}", path)]
        for values in itertools.product(*(town.fill.get(name, ["1"]) for name in names)):
            filled = path
            for name, value in zip(names, values, strict=True):
                filled = re.sub(rf"\{{{name}(:\w+)?\}}", value, filled)
            yield from (filled, f"{filled}?{asked}")


def words(answer: httpx.Response) -> str:
    kind = answer.headers.get("content-type", "")
    if "zip" in kind:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        return "".join(archive.read(name).decode() for name in archive.namelist())
    if "json" in kind:
        return json.dumps(answer.json(), ensure_ascii=False)
    return unescape(answer.content.decode("utf-8", "replace"))


def told(town: Town, who: str, secrets: set[str]) -> dict[str, set[str]]:
    """Where somebody is told something of the field that the address did not say itself."""
    visitor, found = town.site.client(who).http, {}
    visitor.headers["Authorization"] = f"Bearer {town.tokens[who]}"
    for address in addresses(town):
        answer = visitor.get(address)
        said = {one for one in secrets if one in words(answer) and one not in unquote(str(answer.url))}
        if said:
            found[address] = said
    return found


@pytest.mark.parametrize("who", ["suzuki", "ishii"])
def test_another_farmer_and_a_hunter_are_told_nothing(town: Town, who: str) -> None:
    assert not told(town, who, INSIDE | OUTSIDE)


def test_staff_without_consent_know_that_it_is_there_and_nothing_more(town: Town) -> None:
    assert not told(town, "office", INSIDE)
    office = town.site.client("office")
    assert "隠れた段々畑" in office.get("/plots").text
    headers = {"Authorization": f"Bearer {town.tokens['office']}"}
    device = office.http.get("/api/v1/devices/hidden-station-7", headers=headers).json()
    assert (device["id"], device["latest"]) == ("hidden-station-7", {})
    for path in ("/api/v1/devices/hidden-station-7/readings?quantity=soil_moisture", "/stations/hidden-station-7"):
        assert office.http.get(path, headers=headers).status_code == 403


def test_the_owner_is_told_so_the_asking_reaches_what_there_is(town: Town) -> None:
    found = told(town, "takahashi", INSIDE | OUTSIDE)
    assert set().union(*found.values()) == INSIDE | OUTSIDE
    assert {"/plots", "/plots/mine.zip", "/api/v1/plots/export", f"/plots/{town.plot}/change"} <= set(found)


def test_what_is_withdrawn_is_gone_at_once(town: Town) -> None:
    owner, now = town.site.actor("takahashi"), clock.now()
    office, friend = town.site.client("office").http, town.site.client("friend").http
    station, mine = "/stations/hidden-station-7", f"/plots/{town.plot}/change"
    with town.site.database.transaction() as conn:
        plots.set_consent(conn, owner, town.plot, "staff", now, wanted=True)
        plots.share_plot(conn, owner, town.plot, "friend", now)
    assert office.get(station).status_code == friend.get(station).status_code == 200
    assert CROP in friend.get(f"/plots/{town.plot}").text
    with town.site.database.transaction() as conn:
        plots.set_consent(conn, owner, town.plot, "staff", now, wanted=False)
        plots.unshare_plot(conn, owner, town.plot, town.site.people["friend"], now)
    assert office.get(station).status_code == 403
    assert CROP not in office.get(mine).text
    assert friend.get(station).status_code == friend.get(mine).status_code == 404


@pytest.mark.parametrize("who", ["suzuki", "ishii", "office"])
def test_the_stream_tells_nobody_else_that_something_was_measured(town: Town, who: str) -> None:
    headers = {"Authorization": f"Bearer {town.tokens[who]}"}
    with listening(town.site, who, "/api/v1/events", **headers) as listener:

        def told_own() -> bool:
            with town.site.database.transaction() as conn:
                notify(conn, "live", {"what": "reading", "id": "hidden-station-7"})
                notify(conn, "live", {"what": "everything", "id": "-"})
            return any("everything" in data for _, data in listener.heard)

        wait_until(told_own, "the stream is silent")
        assert not [line for line in listener.lines if "hidden-station-7" in line]
