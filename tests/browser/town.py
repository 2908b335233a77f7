"""A small town in which every page has something to show, and every page of it."""

import math
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import BrowserContext

from hub import clock
from hub.alerts.links import make_link
from hub.alerts.teams import mutes
from hub.alerts.teams import service as teams
from hub.alerts.teams.mutes import NewMute
from hub.alerts.teams.specs import PlanSpec, StepSpec
from hub.registry import service as registry
from hub.registry import ways
from hub.traps.captures.photos import SaidOfPhoto
from hub.traps.captures.records import NewAnimal, NewReport
from hub.traps.captures.store import ClaimFilter
from hub.traps.meat import service as meats
from hub.traps.meat.hygiene import HygieneForm
from hub.traps.patrols.ledger import NewVisit
from hub.traps.permits import service as permits
from hub.traps.permits.service import NewPermit
from hub.web import acts
from tests.browser.town_inout import PAGES_OF_INOUT, fill_inout
from tests.browser.town_plots import PAGES_OF_PLOTS, fill_plots
from tests.browser.town_points import PAGES_OF_POINTS, fill_points
from tests.browser.town_sensors import PAGES_OF_SENSORS, fill_sensors
from tests.browser.town_surveys import PAGES_OF_SURVEYS, fill_surveys
from tests.browser.town_warnings import PAGES_OF_WARNINGS, fill_warnings
from tests.unit.captures.photos import picture, saved
from tests.website import Website, fill_town, measure

STRANGER = None
LOCALES = ("ja", "en", "ja_Hira")


# Pages whose addresses are known without a look at what was filled in.
_FIXED: dict[str, tuple[str | None, str]] = {
    "welcome": (STRANGER, "/"),
    "sign-in": (STRANGER, "/sign-in"),
    "no such page": (STRANGER, "/nowhere"),
    "signed link, broken": (STRANGER, "/a/rubbish"),
    "traps": ("ishii", "/traps"),
    "a trap": ("ishii", "/traps/trap-5"),
    "patrol": ("ishii", "/patrol"),
    "patrol ledger": ("ishii", "/patrol/ledger"),
    "patrol ledger of a trap": ("office", "/patrol/ledger?device=trap-4"),
    "a report without alarm": ("ishii", "/traps/trap-5/report"),
    "reports": ("ishii", "/captures"),
    "claims": ("office", "/staff/claims?show=all"),
    "rules for captures": ("office", "/staff/rules"),
    "all incidents": ("ishii", "/incidents?show=all"),
    "my notices": ("ishii", "/me"),
    "how I am told": ("ishii", "/me/channels"),
    "how I am told, nothing yet": ("takahashi", "/me/channels"),
    "ways to people": ("office", "/staff/channels"),
    "map": ("ishii", "/map"),
    "am I reached": ("ishii", "/me/reached"),
    "who is reached": ("office", "/staff/reachability"),
    "what waits": ("ishii", "/waiting"),
    "no network": (STRANGER, "/offline"),
    "not for hunters": ("ishii", "/staff/people"),
    "plots": ("takahashi", "/plots"),
    "a station": ("takahashi", "/stations/field-1"),
    "a week": ("takahashi", "/stations/field-1?span=week&quantity=soil_moisture"),
    "nothing measured": ("takahashi", "/stations/field-2?to=1700000000"),
    "a responder": ("ogawa", "/"),
    "the office's incidents": ("office", "/incidents"),
    "agents": ("office", "/staff/agents"),
    "devices": ("office", "/staff/devices"),
    "a device": ("office", "/staff/devices/trap-1"),
    "quarantine": ("office", "/staff/quarantine"),
    "permits": ("office", "/staff/permits"),
    "new permit": ("office", "/staff/permits/new"),
    "animals": ("ishii", "/animals"),
    "an animal": ("office", "/animals/2026-9001"),
    "an animal, form written": ("ishii", "/animals/2026-9002"),
    "people": ("office", "/staff/people"),
}


class Town:
    """The town; `pages` are (user name or None, path) by a name."""

    def __init__(self, site: Website) -> None:
        self.site = site
        self._cookies: dict[str, str] = {}
        fill_town(site)
        _fill_fields(site)
        self.pages = _fill_incidents(site)
        for fill in (fill_points, fill_inout, fill_sensors, fill_plots, fill_warnings, fill_surveys):
            self.pages |= fill(site)

    def enter(self, context: BrowserContext, username: str | None, locale: str = "ja") -> None:
        """Let the browser in as somebody, in a language."""
        cookies = [{"name": "wanamori_language", "value": locale, "url": self.site.url}]
        if username:
            if username not in self._cookies:
                self._cookies[username] = self.site.client(username).http.cookies["wanamori"]
            cookies.append({"name": "wanamori", "value": self._cookies[username], "url": self.site.url})
        context.add_cookies(cookies)


def _fill_fields(site: Website) -> None:
    now = clock.now()
    with site.database.transaction() as conn:
        for name, base in (("field-1", 8.0), ("field-2", 14.0)):
            for step in range(24 * 6 * 3, -1, -1):
                if name == "field-1" and 30 < step < 60:
                    continue
                warmth = base + 5 * math.sin(step / 23)
                values = {"air_temperature": round(warmth, 1), "relative_humidity": 80 - warmth, "soil_moisture": 31.5}
                measure(conn, site.devices[name].key, now - timedelta(minutes=10 * step + 2), values)
        conn.execute("update latest set measured_at = measured_at - interval '5 h' where quantity = 'soil_moisture'")


def _fill_ways(site: Website) -> None:
    with site.database.transaction() as conn:
        for number, label in enumerate(("Chrome, Android", "Firefox, Linux")):
            ways.add_way(conn, site.people["ishii"], "push", f"https://push.example/{number}", clock.now(), label=label)
        ways.add_way(conn, site.people["ishii"], "line", "U1", clock.now())
        ways.add_way(conn, site.people["ogawa"], "other", "slack://a/b/c", clock.now(), label="slack")


def _fill_captures(site: Website) -> tuple[str, str]:
    """A report with two animals and photos, one of which was claimed before; the claim is asked about."""
    now, captures, hunter = clock.now(), site.services.captures, site.actor("ishii")
    claim = ""
    for days, names in ((9, ("boar",)), (0, ("boar", "deer"))):
        found_at = now - timedelta(days=days, minutes=30)
        animals = tuple(
            NewAnimal(name, sex="female", age_national="adult", weight_kg=63, disposal="buried", pregnant=False)
            for name in names
        )
        new = NewReport(
            site.devices["trap-5"].key, hunter.person_id, "captured", found_at, hunt_kind="pest_control",
            trap_kind="snare", municipality="木更津市", note="沢の右岸", animals=animals,
        )  # fmt: skip
        with site.database.transaction() as conn:
            photos = [
                captures.photos.add(
                    conn, saved(picture(seed), taken=now + timedelta(hours=9), place=(35.39, 139.92)),
                    SaidOfPhoto(item), hunter, now,
                )
                for seed, item in ((1, "whole_right"), (2 + days, "with_hunter"))
            ]  # fmt: skip
            report = acts.file_report(conn, site.services, hunter, site.devices["trap-5"], new, photos)
            claim = captures.claims.fetch_all(conn, ClaimFilter(report_ids=[report]))[0].id
            if not days:
                office = site.actor("office")
                captures.claims.decide(conn, office, claim, "ask", "尾の先の写真を追加してください", now)
    return report, claim


def _fill_incidents(site: Website) -> dict[str, tuple[str | None, str]]:
    hunter, agent = site.people["ishii"], site.devices["trap-1"].agent_id
    incidents = _pages_of_incidents(site)
    with site.database.transaction() as conn:
        conn.execute(
            "update agent set online = true, online_changed_at = now(), enrolled_at = now(), software = '0.1.0',"
            ' health = \'{"battery_v": 12.6, "signal_dbm": -91, "backlog": 3, "faults": ["modbus: no answer"]}\''
            " where id = %s",
            (agent,),
        )
    capture, claim = _fill_captures(site)
    site.add_agent("茅野の箱")
    down = site.open_incident("agent_down", agent_id=agent)
    site.quarantine("malformed", b'{"specversion": "1.0", \xff')
    site.quarantine("unknown_device", b'{"specversion": "1.0"}', "wanamori/v1/up/ag-x/boar-9/sprung")
    site.add_plot("takahashi", "下の田", crop="米")
    visit = _fill_patrols(site)
    permit = _fill_permits(site)
    _fill_meat(site)
    team = _fill_team(site)
    _fill_ways(site)
    return {
        **_FIXED,
        **incidents,
        **_pages_of_team(team),
        "a visit": ("ishii", f"/patrol/visits/{visit}"),
        "a report": ("ishii", f"/captures/{capture}"),
        "correcting a report": ("ishii", f"/captures/{capture}/correct"),
        "a claim": ("office", f"/staff/claims/{claim}"),
        "an agent is down": ("office", f"/incidents/{down}"),
        "a permit": ("office", f"/staff/permits/{permit}"),
        "a person": ("office", f"/staff/people/{hunter}"),
        "signed link to many": (STRANGER, _fill_messages(site)),
        "signed link of a drill": (STRANGER, _drill_link(site)),
    }


def _pages_of_incidents(site: Website) -> dict[str, tuple[str | None, str]]:
    """One of each state, and the signed links of the first messages about them."""
    now, hunter = clock.now(), site.people["ishii"]
    sprung = site.spring("trap-1", at=now - timedelta(minutes=12))
    site.fall_silent("trap-2")
    going, settled = site.spring("trap-3", uncertain=True), site.spring("trap-4", late=True)
    alerts = site.services.alerts
    with site.database.transaction() as conn:
        alerts.going(conn, going, hunter, 30, now)
        alerts.going(conn, settled, hunter, 15, now)
        alerts.resolve(conn, settled, hunter, "captured", "イノシシ成獣 オス 約60kg", now)
    secret = site.services.settings.secret.get_secret_value()
    return {
        "sprung": ("ishii", f"/incidents/{sprung}"),
        "going": ("ishii", f"/incidents/{going}"),
        "settled": ("ishii", f"/incidents/{settled}"),
        "the report form": ("ishii", f"/incidents/{sprung}/report"),
        "signed link, back": (STRANGER, make_link(secret, "", hunter, going, "back", now)),
        "signed link": (STRANGER, make_link(secret, "", hunter, sprung, "going", now)),
        "signed link, settled": (STRANGER, make_link(secret, "", hunter, settled, "going", now)),
    }


def _pages_of_team(team: str) -> dict[str, tuple[str | None, str]]:
    return {
        "teams": ("office", "/staff/teams"),
        "a team": ("office", f"/teams/{team}"),
        "deleting a team": ("office", f"/teams/{team}/delete"),
        "a team, by a hunter": ("ishii", f"/teams/{team}"),
        "a team's plan": ("office", f"/teams/{team}/plan"),
        "a team's plan, by a hunter": ("ishii", f"/teams/{team}/plan"),
        "the town's plan": ("office", "/teams/town/plan"),
    }


def _fill_messages(site: Website) -> str:
    """A message that told ishii of all that is open, and drills that went well and badly; the path of its button."""
    now, hunter = clock.now(), site.people["ishii"]
    with site.database.transaction() as conn:
        (message, key) = conn.execute(
            "insert into message (person_id, channel, purpose, state, due_at, created_at, sent_at)"
            " values (%s, 'mail', 'alarm', 'sent', %s, %s, %s) returning id, key::text",
            (hunter, now, now, now),
        ).fetchone()
        conn.execute(
            "insert into delivery (incident_id, step, person_id, channel, due_at, created_at, state, sent_at,"
            " message_id) select id, 99, %s, 'mail', %s, %s, 'sent', %s, %s from incident where state <> 'resolved'",
            (hunter, now, now, now, message),
        )
        drill = (
            "insert into message (person_id, channel, purpose, occasion, state, due_at, created_at, sent_at, error,"
            " confirmed_at) values (%s, 'mail', 'drill', '2026-W01', %s, %s, %s, %s, %s, %s)"
        )
        earlier = now - timedelta(days=3)
        conn.execute(drill, (hunter, "given_up", earlier, earlier, None, "550 5.1.1 no such person", None))
        conn.execute(drill, (site.people["office"], "sent", earlier, earlier, earlier, None, earlier))
    return make_link(site.services.settings.secret.get_secret_value(), "", hunter, key, "going_some", now)


def _drill_link(site: Website) -> str:
    with site.database.transaction() as conn:
        statement = "select key::text from message where purpose = 'drill' and person_id = %s"
        (key,) = conn.execute(statement, (site.people["office"],)).fetchone()
    secret = site.services.settings.secret.get_secret_value()
    return make_link(secret, "", site.people["office"], key, "reached", clock.now())


def _fill_meat(site: Website) -> None:
    """Two boar for gibier: one without a form, one whose form excludes it."""
    now, actor = clock.now(), site.actor("ishii")
    with site.database.transaction() as conn:
        conn.execute(
            "insert into report (id, device_key, person_id, typed_by, outcome, found_at, received_at)"
            " values ('r-meat', %s, %s, %s, 'captured', %s, %s)",
            (site.devices["trap-5"].key, actor.person_id, actor.person_id, now - timedelta(hours=2), now),
        )
        for branch in (1, 2):
            conn.execute(
                "insert into animal (id, report_id, branch, species, sex, disposal, created_at)"
                " values (%s, 'r-meat', %s, 'boar', 'male', 'gibier', %s)",
                (f"2026-900{branch}", branch, now),
            )
        form = HygieneForm(
            licence_number="千葉県 第12345号", hunter_well=True, killer_name="石井 健太", killer_well=True, age="adult",
            snared_limb="rear_left", killed_at=now - timedelta(minutes=100), bled_at=now - timedelta(minutes=95),
            bled_place="沢の脇", body_temperature_c=42.3, organs_out=False, organs_place=None, cooling="ice",
            delivered_at=now - timedelta(minutes=20), delivered_to="処理施設", sex="male", pregnant=False,
            weight_kg=62.5, abnormal=("wound",), note=None,
        )  # fmt: skip
        meat = meats.fetch_one(conn, "2026-9002", None, site.services.patrols.zone)
        meats.save_form(conn, actor, meat, form, now)


def _fill_permits(site: Website) -> str:
    """A permit that ends soon and one whose report is late; the id of the first."""
    now, actor = clock.now(), site.actor("office")
    today = now.date()
    keys = frozenset(site.devices[f"trap-{number}"].key for number in (1, 2, 3))
    permit = NewPermit(
        "pest_control", "木鳥許可第128号", "木更津市長", "石井 健太", "木更津市矢那1234番地", "イノシシ・ニホンジカ",
        "矢那・真里谷の一部", today - timedelta(days=150), today + timedelta(days=12), 30, False, 30, None,
        frozenset({site.people["ishii"]}), keys,
    )  # fmt: skip
    ended = replace(
        permit, number="木鳥許可第61号", valid_from=today - timedelta(days=300), valid_until=today - timedelta(days=60)
    )
    with site.database.transaction() as conn:
        permits.create_permit(conn, actor, ended, now)
        return permits.create_permit(conn, actor, permit, now)


def _fill_patrols(site: Website) -> str:
    """Traps that have stood for weeks, visits on some days, one of them corrected; the id of today's."""
    now, actor = clock.now(), site.actor("ishii")
    with site.database.transaction() as conn:
        conn.execute(
            "insert into trap_service (device_key, at, in_service) select device_key, %s, true from trap",
            (now - timedelta(days=40),),
        )
        for days, note in ((3, None), (2, "餌を足した"), (1, "異常なし")):
            visit = NewVisit(now - timedelta(days=days), "page", note)
            rows = acts.record_visits(conn, site.services, actor, [site.devices["trap-4"]], visit)
        site.services.patrols.correct(conn, actor, rows[0].id, None, now)
        [row] = acts.record_visits(conn, site.services, actor, [site.devices["trap-5"]], NewVisit(now, "page"))
    return row.id


def _fill_team(site: Website) -> str:
    """A team with a plan and a roster, one of whose members is away; one trap's notices are paused."""
    now, office, hunter = clock.now(), site.actor("office"), site.people["ishii"]
    second = site.add_person("mori", "hunter", "森 葉子")
    with site.database.transaction() as conn:
        team = registry.create_team(conn, office, "富来田班", now).id
        for person in (hunter, second):
            registry.add_member(conn, office, team, person, now)
        teams.save_week(conn, office, team, {0: [hunter], 2: [second], 5: [hunter, second]}, now)
        teams.save_day(conn, office, team, (now + timedelta(days=3)).date(), {hunter: True, second: False}, now)
        teams.save_away(conn, office, second, (now + timedelta(days=5)).date(), now)
        spec = PlanSpec((StepSpec(0, ("duty",)), StepSpec(10, ("team",), ("line",))), two_people=True)
        teams.save_spec(conn, office, team, spec, now)
        until = now + timedelta(hours=2)
        mutes.set_mute(conn, office, NewMute(until, "電池の交換", device_key=site.devices["trap-5"].key), now)
        mutes.set_mute(conn, site.actor("ishii"), NewMute(until, "会議", person_id=hunter, team_id=team), now)
    return team


PAGES = (
    *PAGES_OF_POINTS,
    *PAGES_OF_INOUT,
    *PAGES_OF_SENSORS,
    *PAGES_OF_PLOTS,
    *PAGES_OF_WARNINGS,
    *PAGES_OF_SURVEYS,
    *(
        "teams",
        "a team",
        "deleting a team",
        "a team, by a hunter",
        "a team's plan",
        "a team's plan, by a hunter",
        "the town's plan",
    ),
    *("the report form", "a report without alarm", "reports", "a report", "correcting a report"),
    *("claims", "a claim", "rules for captures"),
    *("signed link, back", "signed link to many", "signed link of a drill", "am I reached", "who is reached"),
    *("welcome", "sign-in", "no such page", "signed link", "signed link, settled", "signed link, broken"),
    *("patrol", "patrol ledger", "patrol ledger of a trap", "a visit"),
    *("traps", "a trap", "sprung", "going", "settled", "all incidents", "not for hunters"),
    *("my notices", "how I am told", "how I am told, nothing yet", "ways to people"),
    *("map", "what waits", "no network"),
    *("permits", "a permit", "new permit", "animals", "an animal", "an animal, form written"),
    *("plots", "a station", "a week", "nothing measured", "a responder", "a device"),
    *("the office's incidents", "an agent is down", "agents", "devices", "quarantine", "people", "a person"),
)
