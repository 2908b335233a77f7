"""Drones that are in the air keep others on the ground whose ways come near, whatever was planned."""

from datetime import timedelta

import pytest

from hub import clock
from hub.errors import Unavailable
from hub.store import Connection
from hub.surveys.clearance import fetch_waiting
from tests.integration.surveys.conftest import AHEAD, Box, Town


def _two_of_one_home(town: Town) -> tuple[Box, Box, dict]:
    """Two drones of one home that are ready at one time, of which the first is ordered to take off."""
    first, second = town.drone("drone-1"), town.drone("drone-2")
    survey = town.launched("drone-1", "drone-2")
    for box in (first, second):
        box.reply(box.read()[0])
    assert [one.action for one in first.read()] == ["fly"]
    return first, second, survey


def _state(town: Town, survey: dict, drone: str) -> str:
    return next(one["state"] for one in town.get(survey)["sorties"] if one["drone"] == drone)


def test_the_second_is_ordered_to_take_off_when_the_first_really_did(town: Town) -> None:
    """As planned it then waits on the ground until the first has climbed and gone."""
    first, second, survey = _two_of_one_home(town)
    assert second.read() == []
    assert "waits" in town.words(survey)
    town.sweep(timedelta(0))
    assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")
    first.reply(first.orders[-1])
    first.fly(first.orders[-1].sortie, "climbing", lat=35.3695, lon=139.9495, height_m=10)
    town.sweep(timedelta(seconds=2))
    assert [one.action for one in second.read()] == ["fly"]
    assert _state(town, survey, "drone-2") == "starting"
    mission = second.orders[0].mission
    planned = survey["plan"]["sorties"]
    assert mission is not None
    assert mission.starts_after_s == planned[1]["starts_at_s"] > (planned[0]["flight_s"] - planned[0]["duration_s"]) / 2
    assert town.words(survey).count("waits") == 1


def test_whoever_waits_too_long_is_called_off_and_may_go_again(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    first.fly(first.orders[-1].sortie, "held", lat=35.3705, lon=139.9505, height_m=60)
    town.sweep(timedelta(minutes=9))
    assert second.read() == []
    town.sweep(timedelta(minutes=11))
    assert [one.action for one in second.read()] == ["release"]
    assert _state(town, survey, "drone-2") == "accepted"
    assert "gave_way" in town.words(survey)
    first.fly(first.orders[-1].sortie, "landed")
    town.act(survey, f"sorties/{second.orders[0].sortie}/go")
    assert [one.action for one in second.read()] == ["prepare"]


def test_nobody_goes_past_one_that_holds_its_place(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    sortie = second.orders[0].sortie
    first.fly(first.orders[-1].sortie, "surveying", lat=35.3705, lon=139.9505, height_m=60)
    for name in ("drone-2", "drone-1"):
        town.act(survey, "stop", drone=name)
    first.fly(first.orders[-1].sortie, "held", lat=35.3705, lon=139.9505, height_m=60)
    path = f"/api/v1/surveys/{survey['id']}/sorties/{sortie}/go"
    refused = town.responder.post(path)
    assert (refused.status_code, "drone-1 holds its place" in refused.json()["detail"]) == (409, True)
    # That it flies on again does not say when it is where.
    town.act(survey, "resume", drone="drone-1")
    first.fly(first.orders[-1].sortie, "surveying", lat=35.3705, lon=139.9505, height_m=60)
    assert town.responder.post(path).status_code == 409
    first.fly(first.orders[-1].sortie, "returning", lat=35.3705, lon=139.9505, height_m=60)
    second.read()
    town.act(survey, f"sorties/{sortie}/go")
    second.reply(second.read()[0])
    assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")
    first.fly(first.orders[-1].sortie, "landed")
    town.sweep(timedelta(0))
    assert [one.action for one in second.read()] == ["fly"]


def test_a_drone_of_another_survey_is_in_the_way_too(town: Town) -> None:
    town.drone("drone-1"), town.drone("drone-2")
    other = town.airborne("drone-1")
    survey = town.launched("drone-2")
    box = town.boxes["drone-2"]
    town.boxes["drone-1"].fly(other["sorties"][0]["id"], "held", lat=35.3705, lon=139.9505, height_m=60)
    box.reply(box.read()[0])
    assert (box.read(), _state(town, survey, "drone-2")) == ([], "ready")
    # No battery lasts so long: it is down somewhere, and nobody has to wait for its word.
    with town.api.database.transaction() as conn:
        conn.execute("update sortie set started_at = %s where drone = 'drone-1' and state = 'held'",
                     (clock.now() - timedelta(minutes=61),))  # fmt: skip
    town.flown_for(timedelta(minutes=61))
    town.sweep(timedelta(0))
    assert box.read() == [], "it still speaks"
    with town.api.database.transaction() as conn:
        conn.execute("update flight_latest set received_at = received_at - interval '6 minutes'")
    town.sweep(timedelta(0))
    assert [one.action for one in box.read()] == ["fly"]


def test_a_drone_that_lost_its_autopilot_at_the_start_may_be_in_the_air(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    first.reply(first.orders[-1], "failed", reason="link")
    assert _state(town, survey, "drone-1") == "failed"
    for later in (timedelta(0), timedelta(minutes=2)):
        town.sweep(later)
        assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")
    # And whoever stops the survey stops it too.
    town.act(survey, "stop", how="land")
    assert [one.action for one in first.read()] == ["land"]


def test_a_drone_that_its_pilot_flies_is_in_the_way_whatever_became_of_its_sortie(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    first.fly(first.orders[-1].sortie, "climbing", lat=35.3695, lon=139.9495, height_m=10)
    first.fly(first.orders[-1].sortie, "landed", lat=35.3695, lon=139.9495)
    first.fly(first.orders[-1].sortie, "unknown", lat=35.3701, lon=139.95, height_m=60)
    assert _state(town, survey, "drone-1") == "landed"
    town.sweep(timedelta(0))
    assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")
    first.fly(first.orders[-1].sortie, "landed", lat=35.3695, lon=139.9495)
    town.sweep(timedelta(0))
    assert [one.action for one in second.read()] == ["fly"]


def test_a_silent_drone_is_not_taken_to_be_where_it_was_planned(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    first.reply(first.orders[-1])
    first.fly(first.orders[-1].sortie, "climbing", lat=35.3695, lon=139.9495, height_m=10)
    town.flown_for(AHEAD)
    town.sweep(timedelta(seconds=31))
    assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")


def test_the_worker_holds_up_no_take_off_while_it_waits_for_a_survey(town: Town) -> None:
    """Surveys are locked before starts, by all: or two transactions would wait for each other."""
    first, second, _ = _two_of_one_home(town)
    town.drone("drone-3")
    other = town.launched("drone-3")
    town.boxes["drone-3"].reply(town.boxes["drone-3"].read()[0])
    waits = sorted(_waiting(town))
    assert len(waits) == 2, (first, second)
    with town.api.database.transaction() as holder:
        holder.execute("select id from survey where id = %s for update", (waits[-1],))
        with pytest.raises(Unavailable):
            _sweep_and_look(town, holder)
    assert _waiting(town) == set(waits), other["id"]


def _sweep_and_look(town: Town, holder: Connection) -> None:
    """The worker gives up waiting; until it has let go of all that it holds, another may decide a start."""
    with town.api.database.transaction() as worker:
        worker.execute("set local lock_timeout = '200ms'")
        try:
            town.api.services.flying.sweep(worker, clock.now())
        finally:
            assert holder.execute("select pg_try_advisory_xact_lock(7261051)").fetchone() == (True,)


def _waiting(town: Town) -> set[str]:
    with town.api.database.transaction() as conn:
        return {one.survey_id for one in fetch_waiting(conn)}
