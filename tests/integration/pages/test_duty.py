"""Teams, duty, the night, pauses, going with somebody and coming back, by the forms of the pages."""

from datetime import timedelta

import pytest

from hub import clock
from tests.website import Website

PLAN = {"after_0": "0", "to_0": "duty", "after_1": "１５", "to_1": "team", "channel_1": "line", "repeat_min": "20",
        "staff_after_rounds": "", "grace_min": "30", "two_people": "yes", "seek_min": "5", "return_min": "120",
        "night": "first_light", "slow_night": "first_light", "first_light_min": "20"}  # fmt: skip


def in_days(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


@pytest.fixture
def team(site: Website) -> str:
    office = site.client("office")
    team = office.post("/staff/teams", name="富来田班").headers["location"]
    office.post(f"{team}/members", team, person=site.people["ishii"])
    return team


def test_the_office_sets_up_a_team_and_its_hunter_reads_it(site: Website, team: str) -> None:
    office = site.client("office")
    ishii = site.people["ishii"]
    assert office.post(f"{team}/week", team, **{f"weekday_{day}": ishii for day in range(7)}).status_code == 303
    assert office.get(team).text.count("石井 健太") > 14
    changed = office.post(f"{team}/days", team, day="2099-12-31", off=ishii)
    assert changed.status_code == 303
    assert office.post(f"{team}/days", team, day="").status_code == 422
    assert office.post(f"{team}/plan", f"{team}/plan", **PLAN).status_code == 303
    shown = site.client("ishii").get(f"{team}/plan").text
    assert "20分前" in shown
    assert "計画を変更する" not in shown
    refused = office.post(f"{team}/plan", f"{team}/plan", **PLAN | {"return_min": "3"})
    assert refused.status_code == 422
    assert 'value="3"' in refused.text, "what was typed is kept"
    assert office.post(f"{team}/plan", f"{team}/plan", **PLAN | {"to_0": "", "to_1": ""}).status_code == 422
    assert office.post(f"{team}/plan", f"{team}/plan", drop="yes").status_code == 303
    assert "市町村の通知計画に従っています" in office.get(f"{team}/plan").text
    assert office.post("/teams/town/plan", **PLAN).status_code == 303
    assert office.post(f"{team}/away", team, person=ishii, away_until=in_days(30)).status_code == 303
    assert "まで不在" in office.get(team).text
    assert office.post(f"{team}/away", team, person=ishii, away_until=in_days(400)).status_code == 422
    assert office.post(f"{team}/members/{ishii}/remove", team).status_code == 303


def test_a_team_of_others_is_not_there(site: Website, team: str) -> None:
    site.add_person("mori", "hunter", "森 葉子")
    mori = site.client("mori")
    assert [mori.get(path).status_code for path in (team, f"{team}/plan", "/teams/t-none")] == [404] * 3
    assert mori.get("/teams/town/plan").status_code == 403
    assert mori.post(f"{team}/week", "/me").status_code == 403


def test_my_notices(site: Website, team: str) -> None:
    ishii = site.client("ishii")
    assert ishii.post("/me/night", "/me", night="first_light").status_code == 303
    assert 'value="first_light" checked' in ishii.get("/me").text
    assert ishii.post("/me/night", "/me", night="sometimes").status_code == 422
    assert ishii.post("/me/away", "/me", away_until=in_days(30)).status_code == 303
    assert "不在です" in ishii.get("/me").text
    for day in ("2001-01-01", "2099-01-01", "9999-12-31"):
        assert ishii.post("/me/away", "/me", away_until=day).status_code == 422
    paused = ishii.post("/me/mutes", "/me", team=team.rpartition("/")[2], hours="8", reason="会議")
    assert paused.status_code == 303
    text = ishii.get("/me").text
    assert "富来田班の罠の通知を、あなたへは" in text
    end = text.split('action="/me/mutes/')[1].split("/end")[0]
    assert ishii.post(f"/me/mutes/{end}/end", "/me").status_code == 303
    assert ishii.post(f"/me/mutes/{end}/end", "/me").status_code == 404
    assert ishii.post("/me/mutes", "/me", team="all", hours="9999", reason="x").status_code == 422


def test_a_traps_pause_is_read_on_card_trap_and_incident(site: Website) -> None:
    ishii = site.client("ishii")
    assert ishii.post("/traps/trap-1/mutes", "/traps/trap-1", hours="2", reason="").status_code == 422
    assert ishii.post("/traps/trap-1/mutes", "/traps/trap-1", hours="2", reason="電池の交換").status_code == 303
    incident = site.spring("trap-1")
    for path in ("/traps", "/traps/trap-1", f"/incidents/{incident}"):
        assert "まで休止中です" in ishii.get(path).text
    text = ishii.get("/traps/trap-1").text
    end = text.split("/traps/trap-1/mutes/")[1].split("/end")[0]
    assert ishii.post(f"/traps/trap-1/mutes/{end}/end", "/traps/trap-1").status_code == 303
    assert "まで休止中です" not in ishii.get("/traps").text


def test_going_with_somebody_not_going_and_back(site: Website) -> None:
    second = site.add_person("mori", "hunter", "森 葉子")
    incident, ishii = f"/incidents/{site.spring('trap-1')}", site.client("ishii")
    assert ishii.post(f"{incident}/going", incident, eta_minutes="30", party="wants_second").status_code == 303
    assert "もう1人必要です" in ishii.get(incident).text
    assert ishii.post(f"{incident}/going", incident, eta_minutes="30", party=second).status_code == 303
    text = ishii.get(incident).text
    assert "森 葉子さんと向かいます" in text
    assert "もう1人必要です。ほか" not in text
    assert ishii.post(f"{incident}/going", incident, eta_minutes="30", party="p-nobody").status_code == 404
    assert ishii.post(f"{incident}/not-going", incident).status_code == 303
    assert "行けなくなりました" in ishii.get(incident).text
    assert ishii.post(f"{incident}/going", incident, eta_minutes="30", back_minutes="90").status_code == 303
    assert ishii.post(f"{incident}/back", incident).status_code == 303
    assert "戻りました" in ishii.get(incident).text
    assert ishii.post(f"{incident}/back", incident).status_code == 409
