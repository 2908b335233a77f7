"""Nobody meets anything of another team's traps: not by any page, API route, stream, photo address or signed link.

The routes are read off the application, so a new one is covered by itself; one with a path parameter that `FILL` does
not know fails until somebody has said what of the other team's stands there.
"""

import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import unquote

import httpx
import pypdf
import pytest
from fastapi.routing import iter_route_contexts

from hub import clock
from hub.alerts.links import make_link
from hub.alerts.teams import mutes
from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import NewMute
from hub.alerts.teams.specs import PlanSpec, StepSpec
from hub.fields.plots import groups
from hub.registry import service as registry
from hub.store import notify
from hub.traps.captures.photos import SaidOfPhoto
from hub.traps.captures.records import NewAnimal, NewReport
from hub.traps.captures.store import ClaimFilter
from hub.traps.patrols.ledger import NewVisit
from hub.traps.permits import service as permits
from hub.traps.permits.service import NewPermit
from hub.traps.points.ledger import Award, Bounty, Programme, month_of
from hub.web import acts
from hub.web.app import create_app
from tests.integration.pages.test_live_stream import listening
from tests.servers import DatabaseServer, wait_until
from tests.unit.captures.photos import picture, saved
from tests.website import SYSTEM, Website, running_website

# A stream does not end; it has tests of its own below.
STREAMS = {"/live", "/api/v1/events"}
# What is no thing of a team's: such a route may answer, with nothing of the other team in it.
_FILTERS = "person={person}&device={trap}&trap={trap}&team={team}&state=all&show=all&quantity=battery_voltage"
NOTE = "乙谷の秘密の覚え書き"
NOBODYS = {"crop_id", "month", "ledger", "table", "token"}


@dataclass
class Side:
    """What belongs to one team. `secrets` are texts by which anything of it would be known."""

    hunter: str
    name: str
    trap: str
    trap_name: str
    place: tuple[float, float]
    fill: dict[str, list[str]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)


A = Side("ishii", "石井 健太", "alpha-trap-1", "甲谷の檻", (35.38, 139.92))
B = Side("mori", "森 葉子", "beta-trap-7731", "乙谷秘境の檻", (35.30713, 139.97719))


@dataclass
class Town:
    site: Website
    team_b: str
    incident_a: str
    incident_b: str
    token: str


@pytest.fixture(scope="module")
def town(database_server: DatabaseServer) -> Iterator[Town]:
    url = database_server.migrated()
    with running_website(url) as site:
        yield _make(site)
    database_server.drop(url)


def _make(site: Website) -> Town:
    now = clock.now()
    site.add_person("office", "staff", "市川 花子")
    site.add_person("takahashi", "farmer", "高橋 一郎")
    agent = site.add_agent("谷の箱")
    ids: dict[str, str] = {}
    for side, team_name in ((A, "甲班"), (B, "乙谷秘密班")):
        person = site.add_person(side.hunter, "hunter", side.name)
        device = site.add_device(agent, side.trap, "trap", side.trap_name)
        with site.database.transaction() as conn:
            team = registry.create_team(conn, SYSTEM, team_name, now).id
            registry.add_member(conn, SYSTEM, team, person, now)
            conn.execute(
                "update device set team_id = %s, lat = %s, lon = %s where key = %s", (team, *side.place, device.key)
            )
        site.devices[side.trap] = device
        ids[side.hunter] = team
    incident_a, settled = site.spring(A.trap), _settled_incident(site)
    incident_b = site.spring(B.trap)
    _fill_b(site, ids[B.hunter], settled, incident_b)
    with site.database.transaction() as conn:
        token = registry.new_api_token(conn, SYSTEM, site.people[A.hunter], "test", now)
    return Town(site, ids[B.hunter], incident_a, incident_b, token)


def _settled_incident(site: Website) -> str:
    incident = site.spring(B.trap)
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people[B.hunter], "empty", NOTE, clock.now())
    return incident


def _fill_b(site: Website, team: str, settled: str, incident: str) -> None:
    """Everything that a team can have, for team B: what of it stands in addresses, and what nobody else may read."""
    now, person, device = clock.now(), site.people[B.hunter], site.devices[B.trap]
    made = _make_b(site, team)
    secret = site.services.settings.secret.get_secret_value()
    B.fill = {
        "device_id": [B.trap],
        "incident_id": [incident, settled],
        **{name: [one] for name, one in made.items()},
        "report_id": [made["capture_id"]],
        "team_id": [team],
        "person_id": [person],
        "agent_id": [device.agent_id],
        "plot_id": [site.add_plot("takahashi", "上の畑")],
        "group_id": [_group(site)],
        "crop_id": ["lettuce"],
        # of a field, and none of a team's: tests/integration/pages/test_other_farmers.py looks at these
        **{name: ["1"] for name in ("warning_id", "import_id", "draft_id", "quantity")},
        # of responders and partners: tests/integration/surveys says who sees these
        **{name: ["1"] for name in ("survey_id", "drone_id", "sortie_id", "pin_id", "image_id", "name")},
        "ledger": ["points", "bounty"],
        "month": [f"{month_of(now.date()):%Y-%m}"],
        "table": ["months", "mesh", "kinds", "outcomes", "effort", "traps"],
        "token": [
            make_link(secret, "", site.people[A.hunter], incident, action, now).rsplit("/", 1)[1]
            for action in ("going", "back")
        ],
    }  # fmt: skip
    B.secrets = {
        *(B.trap, B.trap_name, B.name, person, team, "乙谷秘密班", incident, settled),
        *(made[name] for name in ("capture_id", "photo_id", "claim_id", "animal_id", "permit_id")),
        *("秘許可第77号", NOTE, "K-7731", f"{B.place[0]}", f"{B.place[1]}"),
    }


def _make_b(site: Website, team: str) -> dict[str, str]:
    """A report with its photo, claim and animal, a visit, a permit, a plan, a pause, a ledger's entry: ids by name."""
    now, person = clock.now(), site.people[B.hunter]
    device, office, hunter = site.devices[B.trap], site.actor("office"), site.actor(B.hunter)
    captures, today = site.services.captures, now.date()
    animal = NewAnimal("boar", sex="female", age_national="adult", disposal="gibier")
    new = NewReport(
        device.key, person, "captured", now - timedelta(hours=1), note=NOTE, lat=B.place[0],
        lon=B.place[1], hunt_kind="pest_control", animals=(animal,),
    )  # fmt: skip
    with site.database.transaction() as conn:
        conn.execute(
            "insert into numbering_rule (prefix, period, digits, valid_from, source)"
            " values ('ZZ', 'fiscal_year', 4, '2020-01-01', 'test')"
        )
        photo = captures.photos.add(conn, saved(picture(5)), SaidOfPhoto("whole_right"), hunter, now)
        report = acts.file_report(conn, site.services, hunter, device, new, [photo])
        claim = captures.claims.fetch_all(conn, ClaimFilter(report_ids=[report]))[0].id
        [animal_id] = [one[0] for one in conn.execute("select id from animal where report_id = %s", (report,))]
        [visit] = acts.record_visits(conn, site.services, hunter, [device], NewVisit(now, "page", NOTE))
        permit = permits.create_permit(
            conn, office,
            NewPermit("pest_control", "秘許可第77号", "木更津市長", B.name, "乙谷1番地", "イノシシ", "乙谷の一部",
                      today - timedelta(days=3), today + timedelta(days=300), 30, False, 30, None,
                      frozenset({person}), frozenset({device.key})), now,
        )  # fmt: skip
        teams.save_spec(conn, office, team, PlanSpec((StepSpec(0, ("team",)),)), now)
        mutes.set_mute(conn, office, NewMute(now + timedelta(hours=2), NOTE, device_key=device.key), now)
        entry = _fill_ledgers(site, conn, person)
    return {
        "capture_id": report,
        "photo_id": photo,
        "claim_id": claim,
        "animal_id": animal_id,
        "visit_id": str(visit.id),
        "permit_id": permit,
        "entry_id": str(entry),
    }


def _group(site: Website) -> str:
    with site.database.transaction() as conn:
        return groups.create_group(conn, site.actor("office"), "JA 部会", clock.now()).id


def _fill_ledgers(site: Website, conn: Any, person: str) -> int:
    now, office = clock.now(), site.actor("office")
    today, points = now.date(), site.services.points
    points.save_ref(conn, office, person, "K-7731", now)
    rule = Programme(0, "patrol", {"ja": "見回り"}, 100, False, None, None, 4, today - timedelta(days=9), None, "")
    points.add_programme(conn, office, rule, now)
    entry = points.award(conn, office, Award("k-1", "patrol", person, today, NOTE, "v-1"), now).entry
    points.pay_bounty(conn, Bounty("cl-x", "pest", person, today, 800, "n-1", None, office.person_id), now)
    for ledger in ("points", "bounty"):
        points.close_month(conn, office, ledger, month_of(today), now)
    assert entry is not None
    return entry.id


def routes(site: Website) -> list[str]:
    """Every path that some GET route has."""
    found = {
        context.path
        for context in iter_route_contexts(create_app(site.services).routes)
        if context.path is not None and "GET" in (context.methods or ())
    }
    return sorted(found - STREAMS)


def parameters(path: str) -> list[str]:
    return [name.split(":")[0] for name in re.findall(r"\{(.+?)\}", path)]


def addresses(path: str, *, filtered: bool = False) -> Iterator[str]:
    """The path with all that team B has for it, bare, and `filtered` by everything that some route knows."""
    names = parameters(path)
    for values in itertools.product(*(B.fill[name] for name in names)):
        filled = path
        for name, value in zip(names, values, strict=True):
            filled = re.sub(rf"\{{{name}(:\w+)?\}}", value, filled)
        yield filled
        if filtered:
            yield f"{filled}?{_FILTERS.format(person=B.fill['person_id'][0], trap=B.trap, team=B.fill['team_id'][0])}"


def words(answer: httpx.Response) -> str:
    """All that can be read in an answer, whatever its form."""
    kind = answer.headers.get("content-type", "")
    if "pdf" in kind:
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    if "json" in kind:
        return json.dumps(answer.json(), ensure_ascii=False)
    return unescape(answer.content.decode("utf-8", "replace"))


def betrayed(answer: httpx.Response) -> set[str]:
    """What of team B stands in an answer, besides what the asker wrote into the address."""
    asked, text = unquote(str(answer.url)), words(answer)
    return {secret for secret in B.secrets if secret in text and secret not in asked}


def test_each_path_parameter_is_known(town: Town) -> None:
    unknown = {path: names for path in routes(town.site) if (names := set(parameters(path)) - set(B.fill))}
    assert not unknown, "say in `FILL` (B.fill) what of another team stands there"


@pytest.mark.parametrize("who", [A.hunter, "takahashi", None])
def test_no_page_and_no_route_of_the_api_tells_of_another_team(town: Town, who: str | None) -> None:
    visitor = town.site.client(who).http
    if who == A.hunter:
        visitor.headers["Authorization"] = f"Bearer {town.token}"
    found: list[tuple[str, object]] = []
    for path in routes(town.site):
        own = not set(parameters(path)) - NOBODYS
        for address in addresses(path, filtered=who == A.hunter):
            answer = visitor.get(address)
            if betrayed(answer):
                found.append((address, betrayed(answer)))
            # A farmer's own plot is the farmer's; everything else of the table is team B's or the office's.
            if not own and answer.status_code < 300 and not (who == "takahashi" and "{plot_id}" in path):
                found.append((address, answer.status_code))
    assert not found


def test_the_test_itself_would_find_what_it_looks_for(town: Town) -> None:
    """The office sees team B, and the hunter of team A the own trap: so the asking reaches the pages."""
    office, hunter = town.site.client("office").http, town.site.client(A.hunter).http
    seen: set[str] = set()
    for path in routes(town.site):
        for address in addresses(path) if not path.endswith(".pdf") else ():
            seen |= betrayed(office.get(address))
    assert {B.trap, B.trap_name, B.name, *B.fill["report_id"], "秘許可第77号", "K-7731"} <= seen
    assert A.trap_name in words(hunter.get("/traps"))
    assert hunter.get(f"/incidents/{town.incident_a}").status_code == 200


def test_a_photo_of_another_team_is_not_there(town: Town) -> None:
    hunter, owner = town.site.client(A.hunter).http, town.site.client(B.hunter).http
    for path in (f"/photos/{B.fill['photo_id'][0]}", f"/photos/{B.fill['photo_id'][0]}/small"):
        assert owner.get(path).status_code == 200
        assert hunter.get(path).status_code == 404
        assert town.site.client().http.get(path).status_code in (303, 401)


def test_a_signed_link_of_somebody_who_does_not_see_the_trap_opens_nothing(town: Town) -> None:
    visitor = town.site.client()
    for token in B.fill["token"]:
        assert not betrayed(visitor.get(f"/a/{token}"))
        answer = visitor.http.post(f"/a/{token}", data={"eta_minutes": "30"})
        assert answer.status_code >= 400
        assert not betrayed(answer)
    with town.site.database.transaction() as conn:
        assert town.site.services.alerts.fetch_view(conn, town.incident_b).state == "open"


@pytest.mark.parametrize("path", ["/live", "/api/v1/events"])
def test_a_stream_tells_nothing_of_another_team(town: Town, path: str) -> None:
    with listening(town.site, A.hunter, path, Authorization=f"Bearer {town.token}") as listener:

        def told_own() -> bool:
            # Again and again: what is said before the database's ear is open is told to nobody.
            with town.site.database.transaction() as conn:
                notify(conn, "live", {"what": "device", "id": B.trap, "state": "sprung"})
                notify(conn, "live", {"what": "incident", "id": town.incident_b, "device": B.trap, "state": "open"})
                notify(conn, "live", {"what": "device", "id": A.trap, "state": "armed"})
            return any(A.trap in data for _, data in listener.heard)

        wait_until(told_own, "the own trap is not told")
        assert not [line for line in listener.lines if any(secret in line for secret in B.secrets)]
