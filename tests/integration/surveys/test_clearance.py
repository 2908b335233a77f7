"""Drones that are in the air keep others on the ground whose ways come near, whatever was planned."""

from datetime import timedelta

from hub import clock
from tests.integration.surveys.conftest import Box, Town

# The first drone is on its way by then, and far enough ahead.
LATER = timedelta(seconds=20)


def _two_of_one_home(town: Town) -> tuple[Box, Box, dict]:
    """Two drones of one home that are ready at one time, of which the first is ordered to take off."""
    first, second = town.drone("drone-1"), town.drone("drone-2")
    survey = town.launched("drone-1", "drone-2")
    assert len({one["height_m"] for one in survey["plan"]["sorties"]}) == 1
    for box in (first, second):
        box.reply(box.read()[0])
    assert [one.action for one in first.read()] == ["fly"]
    return first, second, survey


def _state(town: Town, survey: dict, drone: str) -> str:
    return next(one["state"] for one in town.get(survey)["sorties"] if one["drone"] == drone)


def test_the_second_takes_off_when_the_first_really_did(town: Town) -> None:
    first, second, survey = _two_of_one_home(town)
    assert second.read() == []
    assert "waits" in town.words(survey)
    town.sweep(timedelta(0))
    assert (second.read(), _state(town, survey, "drone-2")) == ([], "ready")
    first.reply(first.orders[-1])
    first.fly(first.orders[-1].sortie, "climbing", lat=35.3695, lon=139.9495, height_m=10)
    town.sweep(timedelta(seconds=2))
    assert second.read() == []
    town.sweep(LATER)
    assert [one.action for one in second.read()] == ["fly"]
    assert _state(town, survey, "drone-2") == "starting"
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
    town.sweep(timedelta(0))
    assert [one.action for one in box.read()] == ["fly"]
