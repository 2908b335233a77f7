"""Reports, their animals, photos and claims over a real database, through the rooms as a town has them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub import clock
from hub.alerts.routine.digests import DigestReader
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry.people import Actor
from hub.texts import translator
from hub.traps.captures import rulebook
from hub.traps.captures.photos import SaidOfPhoto
from hub.traps.captures.records import NewAnimal, NewReport
from hub.traps.captures.service import Correction, report_as_new
from hub.traps.captures.store import ClaimFilter, ReportFilter
from hub.web import acts
from hub.wiring.routine import asked_claims
from tests.unit.captures.photos import picture, saved
from tests.website import SYSTEM, Website, running_website

BOAR = NewAnimal("boar", sex="male", age_national="adult", weight_kg=60, disposal="buried")


@pytest.fixture
def site(database_url: str):
    with running_website(database_url) as running:
        running.add_person("office", "staff", "市川 花子")
        running.add_person("second", "staff", "佐藤 次郎")
        running.add_person("ishii", "hunter", "石井 健太")
        running.add_person("mori", "hunter", "森 一")
        running.add_device(running.add_agent(), "trap-1", "trap", "檻 1")
        yield running


def new(site: Website, *animals: NewAnimal, outcome: str = "captured", who: str = "ishii", **more: object) -> NewReport:
    return NewReport(
        site.devices["trap-1"].key, site.people[who], outcome, more.pop("found_at", clock.now()),
        animals=animals, hunt_kind="pest_control", **more,
    )  # fmt: skip


def file(site: Website, report: NewReport, who: str = "ishii", photos: tuple[str, ...] = ()) -> str:
    with site.database.transaction() as conn:
        return acts.file_report(conn, site.services, site.actor(who), site.devices["trap-1"], report, photos)


def photo(site: Website, seed: int = 1, who: str = "ishii", **words: object) -> str:
    with site.database.transaction() as conn:
        content = saved(picture(seed), **words)
        return site.services.captures.photos.add(
            conn, content, SaidOfPhoto("whole_right"), site.actor(who), clock.now()
        )


def fetch(site: Website, report_id: str):
    with site.database.transaction() as conn:
        return site.services.captures.fetch(conn, report_id)


def claims_of(site: Website, report_id: str):
    with site.database.transaction() as conn:
        return site.services.captures.claims.fetch_all(conn, ClaimFilter(report_ids=[report_id]))


def decide(site: Website, claim_id: str, act: str, who: str = "office", words: str | None = None):
    with site.database.transaction() as conn:
        return site.services.captures.claims.decide(conn, site.actor(who), claim_id, act, words, clock.now())


def trap_state(site: Website) -> str:
    key = site.devices["trap-1"].key
    with site.database.transaction() as conn:
        return site.services.traps.fetch_traps(conn, [key])[key].state


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_settles_its_incident_and_numbers_each_animal(site: Website) -> None:
    incident = site.spring("trap-1")
    report_id = file(site, new(site, BOAR, replace(BOAR, sex="female", pregnant=True), incident_id=incident))
    full = fetch(site, report_id)
    assert [animal.branch for animal in full.animals] == [1, 2]
    year = clock.now().astimezone(site.services.captures.zone).date()
    fiscal = year.year if year.month >= 4 else year.year - 1
    assert [animal.id for animal in full.animals] == [f"{fiscal}-0001", f"{fiscal}-0002"]
    assert full.report.fired_at is not None
    assert trap_state(site) == "armed"
    with site.database.transaction() as conn:
        view = site.services.alerts.fetch_view(conn, incident)
        assert (view.state, view.outcome) == ("resolved", "captured")
        assert conn.execute("select count(*) from visit where incident_id = %s", (incident,)).fetchone() == (1,)
        assert conn.execute("select count(*) from report").fetchone() == (1,)


def test_a_plain_settling_makes_a_report_without_animals(site: Website) -> None:
    incident = site.spring("trap-1")
    with site.database.transaction() as conn:
        site.services.alerts.resolve(conn, incident, site.people["ishii"], "empty", "風かも", clock.now())
        full = site.services.captures.fetch_of_incident(conn, incident)
    assert full is not None
    assert (full.report.outcome, full.report.note, full.animals) == ("empty", "風かも", ())


def test_a_report_without_alarm_settles_a_firing_that_waits_and_not_a_later_one(site: Website) -> None:
    incident = site.spring("trap-1")
    early = file(site, new(site, outcome="visited", found_at=clock.now() - timedelta(hours=2)))
    assert fetch(site, early).report.incident_id is None
    assert trap_state(site) == "sprung"
    late = file(site, new(site, outcome="empty"))
    assert fetch(site, late).report.incident_id == incident
    assert trap_state(site) == "armed"


def test_a_report_of_what_is_settled_changes_nothing(site: Website) -> None:
    incident = site.spring("trap-1")
    file(site, new(site, incident_id=incident, outcome="empty"))
    with pytest.raises(Conflict):
        file(site, new(site, BOAR, incident_id=incident))
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from animal").fetchone() == (0,)
        assert conn.execute("select coalesce(sum(last), 0) from numbering_count").fetchone() == (0,)


def test_what_was_released_has_no_number_of_the_book(site: Website) -> None:
    animal = fetch(site, file(site, new(site, NewAnimal("badger"), outcome="wrong_species"))).animals[0]
    assert animal.disposal == "released"
    assert animal.id.startswith("x-")


def test_corrections_are_versions_and_nothing_is_lost(site: Website) -> None:
    report_id = file(site, new(site, BOAR, replace(BOAR, weight_kg=20, age_national="juvenile")))
    first = fetch(site, report_id)
    kept = replace(first.animals[0].as_new(), weight_kg=66)
    changed = replace(report_as_new(first), animals=(kept, NewAnimal("deer", disposal="burnt")))
    with site.database.transaction() as conn:
        why = Correction(1, "体重を量り直した")
        site.services.captures.correct(conn, report_id, changed, site.actor("ishii"), clock.now(), why=why)
    now = fetch(site, report_id)
    assert [(animal.branch, animal.species, animal.weight_kg) for animal in now.animals] == [
        (1, "boar", 66), (3, "deer", None),
    ]  # fmt: skip
    assert now.animals[0].id == first.animals[0].id
    with site.database.transaction() as conn:
        versions = site.services.captures.fetch_versions(conn, report_id)
    assert [version.version for version in versions] == [2, 1]
    assert [animal["weight_kg"] for animal in versions[1].document["animals"]] == [60, 20]
    states = {claim.animal_id: claim.state for claim in claims_of(site, report_id)}
    assert states[first.animals[1].id] == "withdrawn"
    assert states[now.animals[1].id] == "filed"


def test_who_corrects_and_from_which_version(site: Website) -> None:
    report_id = file(site, new(site, BOAR))
    same = report_as_new(fetch(site, report_id))

    def correct(who: str, version: int, report: NewReport = same) -> None:
        with site.database.transaction() as conn:
            why = Correction(version, None)
            site.services.captures.correct(conn, report_id, report, site.actor(who), clock.now(), why=why)

    with pytest.raises(Forbidden):
        correct("mori", 1)
    correct("office", 1)
    with pytest.raises(Conflict):
        correct("ishii", 1)
    with pytest.raises(Invalid):
        correct("ishii", 2, replace(same, animals=(replace(BOAR, id="2020-0001"),)))


# --- claims -----------------------------------------------------------------------------------------------------------


def test_a_claim_is_filed_for_each_animal_that_a_programme_takes(site: Website) -> None:
    report_id = file(site, new(site, BOAR, NewAnimal("raccoon", disposal="buried")))
    (claim,) = claims_of(site, report_id)
    assert (claim.species, claim.programme, claim.state) == ("boar", "pest_control", "filed")
    assert claims_of(site, file(site, replace(new(site, BOAR), hunt_kind="hunting"))) == []


def test_approval_takes_the_towns_amount_of_the_day(site: Website) -> None:
    (claim,) = claims_of(site, file(site, new(site, BOAR)))
    rate = rulebook.NewRate("pest_control", "boar", "adult", None, 12000, date(2020, 4, 1), "要綱")
    with site.database.transaction() as conn:
        rulebook.add_rate(conn, site.actor("office"), rate, clock.now())
    after = decide(site, claim.id, "approve")
    assert (after.state, after.amount_yen, after.decided_by) == ("approved", 12000, site.people["office"])
    with pytest.raises(Conflict):
        decide(site, claim.id, "refuse", words="x")


def test_without_a_rate_of_the_town_there_is_no_amount(site: Website) -> None:
    (claim,) = claims_of(site, file(site, new(site, BOAR)))
    assert decide(site, claim.id, "approve").amount_yen is None


def test_what_was_approved_without_an_amount_is_paid_once_the_town_has_one(site: Website) -> None:
    (claim,) = claims_of(site, file(site, new(site, BOAR)))
    decide(site, claim.id, "approve")
    captures = site.services.captures.claims
    with site.database.transaction() as conn:
        assert captures.price_approved(conn, clock.now()) == 0
        rate = rulebook.NewRate("pest_control", "boar", "adult", None, 8000, date(2020, 4, 1), "要綱")
        rulebook.add_rate(conn, site.actor("office"), rate, clock.now())
        assert [captures.price_approved(conn, clock.now()) for _ in range(2)] == [1, 0]
        assert captures.fetch(conn, claim.id).amount_yen == 8000
        paid = conn.execute("select yen, approver from bounty_entry where claim_id = %s", (claim.id,)).fetchall()
    assert paid == [(8000, site.people["office"])]


def test_four_eyes(site: Website) -> None:
    with site.database.transaction() as conn:
        rulebook.set_four_eyes(conn, site.actor("office"), "pest_control", clock.now(), needed=True)
    (claim,) = claims_of(site, file(site, new(site, BOAR)))
    assert decide(site, claim.id, "approve").state == "filed"
    with pytest.raises(Forbidden):
        decide(site, claim.id, "approve")
    assert decide(site, claim.id, "approve", "second").state == "approved"


def reader_of(site: Website, username: str) -> DigestReader:
    return DigestReader(site.actor(username), translator("en"), lambda at: at.isoformat())


def test_asked_the_writer_answers_and_others_find_nothing(site: Website) -> None:
    (claim,) = claims_of(site, file(site, new(site, BOAR)))
    decide(site, claim.id, "ask", words="全身の写真をください")
    with site.database.transaction() as conn:
        assert [one.id for one in site.services.captures.claims.fetch_asked(conn, site.people["ishii"])] == [claim.id]
        assert site.services.captures.claims.fetch_asked(conn, site.people["mori"]) == []
        summary = asked_claims(site.services.captures.claims)
        ((heading, lines),) = summary(conn, reader_of(site, "ishii"), clock.now())
        assert (heading, len(lines)) == ("The office asks about your claims", 1)
        assert lines[0].endswith(": 全身の写真をください")
        assert summary(conn, reader_of(site, "mori"), clock.now()) == []
    with pytest.raises(NotFound):
        decide(site, claim.id, "answer", "mori", "x")
    with pytest.raises(Forbidden):
        decide(site, claim.id, "approve", "ishii")
    assert decide(site, claim.id, "answer", "ishii", "追加しました").state == "filed"
    with site.database.transaction() as conn:
        entries = site.services.captures.claims.fetch_entries(conn, [claim.id])
    assert [entry.act for entry in entries] == ["filed", "asked", "answered"]


# --- photos -----------------------------------------------------------------------------------------------------------


def test_photos_of_a_form_become_the_reports_and_only_the_senders_own(site: Website) -> None:
    mine, others = photo(site, 1), photo(site, 2, who="mori")
    report_id = file(site, new(site, BOAR), photos=(mine, others, "ph-nothing1"))
    with site.database.transaction() as conn:
        photos = site.services.captures.photos
        assert [one.id for one in photos.fetch_of(conn, [report_id])] == [mine]
        assert [one.id for one in photos.fetch_drafts(conn, [mine, others], site.people["mori"])] == [others]
        with pytest.raises(NotFound):
            photos.fetch_visible(conn, site.actor("office"), others)


def test_the_same_photo_again_is_found_even_smaller(site: Website) -> None:
    first = file(site, new(site, BOAR), photos=(photo(site, 5),))
    with site.database.transaction() as conn:
        small = saved(picture(5).resize((400, 300)), quality=60)
        again = site.services.captures.photos.add(conn, small, SaidOfPhoto(), site.actor("mori"), clock.now())
    same, other = photo(site, 5, who="mori"), photo(site, 6, who="mori")
    second = file(site, new(site, BOAR, who="mori"), "mori", (again, same, other))
    with site.database.transaction() as conn:
        alike = site.services.captures.photos.fetch_alike(conn, second)
    assert {(one.photo_id, one.is_same) for one in alike} == {(same, True), (again, False)}
    assert {one.other_report for one in alike} == {first}
    assert all(one.other_claim for one in alike)


def test_only_staff_sender_and_team_have_what_the_camera_wrote(site: Website) -> None:
    place = (35.3814, 139.9248)
    mine = photo(site, 3, taken="2026:11:23 10:00:00", place=place)
    file(site, new(site, BOAR), photos=(mine,))
    with site.database.transaction() as conn:
        photos = site.services.captures.photos
        for who, entitled in (("ishii", True), ("office", True), ("mori", False)):
            found, with_words = photos.fetch_visible(conn, site.actor(who), mine)
            assert with_words is entitled
            content, _ = photos.fetch_original(conn, found, with_words=with_words)
            assert (b"Exif" in content[:200]) is entitled
        with pytest.raises(NotFound):
            photos.fetch_visible(conn, Actor("p-x", "x", frozenset({"farmer"})), mine)


# --- firings ----------------------------------------------------------------------------------------------------------


def test_the_rate_of_empty_firings_comes_with_its_evidence(site: Website) -> None:
    key, agent = site.devices["trap-1"].key, site.devices["trap-1"].agent_id
    for number in range(6):
        outcome, at = ("empty", "captured")[number % 2], clock.now() - timedelta(hours=12 - number)
        incident = site.spring("trap-1")
        file(site, new(site, *([BOAR] if number % 2 else []), outcome=outcome, incident_id=incident))
        happened = [("sprung", 0, '{"count": 4}')] + ([] if number % 2 else [("status", 0.4, '{"line": "closed"}')])
        with site.database.transaction() as conn:
            conn.execute(
                "update incident set occurred_at = %s, resolved_at = %s where id = %s",
                (at, at + timedelta(minutes=30), incident),
            )
            for kind, seconds, data in happened:
                conn.execute(
                    "insert into event (source, event_id, agent_id, device_key, kind, occurred_at, time_quality,"
                    " received_at, late, data) values (%s, %s, %s, %s, %s, %s, 'edge', now(), false, %s)",
                    (agent, f"{kind}-{number}", agent, key, kind, at + timedelta(seconds=seconds), data),
                )
    with site.database.transaction() as conn:
        advice = site.services.captures.advise(conn, [key], clock.now())[key]
    assert (advice.rate, advice.why, advice.settle_ms, advice.swallowed) == (0.5, "settle", 500, 3)


def test_every_act_is_in_the_audit_log(site: Website) -> None:
    (claim,) = claims_of(site, report_id := file(site, new(site, BOAR)))
    decide(site, claim.id, "approve")
    with site.database.transaction() as conn:
        acts_kept = conn.execute("select act, object from audit_entry where object = any(%s) order by id",
                                 ([f"report/{report_id}", f"claim/{claim.id}"],)).fetchall()  # fmt: skip
        assert acts_kept == [("report", f"report/{report_id}"), ("approve", f"claim/{claim.id}")]
        assert site.services.captures.fetch_all(conn, ReportFilter(device_keys=[])) == []
    assert SYSTEM.is_staff
