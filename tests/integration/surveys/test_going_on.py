"""Drones that were held go on only where they come near no other: they have lost their place in time."""

import httpx
import pytest

from hub import clock
from hub.errors import Unavailable
from hub.registry import service as registry
from tests.integration.surveys.conftest import Box, Town

WEST, EAST = {"lat": 35.3695, "lon": 139.9485}, {"lat": 35.3695, "lon": 139.9548}

# The square's end above EAST.
CORNER = {
    "type": "Polygon",
    "coordinates": [[[139.9528, 35.37], [139.953, 35.37], [139.9533, 35.372], [139.9528, 35.372], [139.9528, 35.37]]],
}


def _resume(town: Town, survey: dict, drone: str | None = None, who: httpx.Client | None = None) -> httpx.Response:
    return (who or town.responder).post(
        f"/api/v1/surveys/{survey['id']}/resume", json={"drone": drone} if drone else None
    )


def _hold(box: Box, lat: float = 35.3701, lon: float = 139.95) -> None:
    """It has heard that it is to hold, and does."""
    order = box.read()[-1]
    assert order.action == "hold"
    box.reply(order)
    box.fly(order.sortie, "held", lat=lat, lon=lon, height_m=60)


def _state(town: Town, survey: dict, drone: str) -> str:
    return next(one["state"] for one in town.get(survey)["sorties"] if one["drone"] == drone)


def test_one_that_was_held_alone_waits_until_the_other_has_landed(town: Town) -> None:
    first, second = town.drone("drone-1"), town.drone("drone-2")
    survey = town.airborne("drone-1", "drone-2")
    town.act(survey, "stop", drone="drone-1")
    # It has not said yet that it holds.
    assert _resume(town, survey, "drone-1").status_code == 409
    _hold(first)
    refused = _resume(town, survey, "drone-1")
    told = (
        "drone-2 is in the air where drone-1 would come near: wait until it has landed, or let drone-1 return or land."
    )
    assert (refused.status_code, refused.json()["detail"]) == (409, told)
    assert (first.read(), _state(town, survey, "drone-1")) == ([], "held")
    assert _resume(town, survey).json()["detail"] == refused.json()["detail"], "all of those that hold are one"
    second.fly(second.orders[0].sortie, "landed")
    assert _resume(town, survey, "drone-1").status_code == 200
    assert [one.action for one in first.read()] == ["resume"]
    first.fly(first.orders[0].sortie, "surveying", lat=35.3701, lon=139.95, height_m=60)
    # Of what flies on nobody is told to go on.
    assert _resume(town, survey, "drone-1").status_code == 409


def test_those_that_one_stop_held_go_on_together_and_not_alone(town: Town) -> None:
    first, second = town.drone("drone-1"), town.drone("drone-2")
    survey = town.airborne("drone-1", "drone-2")
    town.act(survey, "stop")
    _hold(first), _hold(second, lat=35.3715)
    assert _resume(town, survey, "drone-1").status_code == 409
    assert _resume(town, survey).status_code == 200
    assert [box.read()[-1].action for box in (first, second)] == ["resume", "resume"]
    for box in (first, second):
        box.fly(box.orders[0].sortie, "surveying", lat=35.3701, lon=139.95, height_m=60)
    # Another stop, of one of them: they do not keep their times any more, even if all are stopped then.
    town.act(survey, "stop", drone="drone-1")
    _hold(first)
    town.act(survey, "stop")
    _hold(first), _hold(second)
    refused = _resume(town, survey)
    assert refused.status_code == 409
    assert [line.split(" is in")[0] for line in refused.json()["detail"].splitlines()] == ["drone-2", "drone-1"]
    assert town.get(survey)["state"] == "held"
    town.act(survey, "stop", drone="drone-1", how="return")
    first.fly(first.orders[0].sortie, "landed")
    assert _resume(town, survey).status_code == 200


def test_who_may_goes_on_and_the_timeline_says_for_whom_another_stays(town: Town) -> None:
    first, second = town.drone("drone-1", home=WEST), town.drone("drone-2", home=EAST)
    survey = town.airborne("drone-1", "drone-2")
    town.act(survey, "stop")
    for box in (first, second):
        sortie = next(one for one in survey["plan"]["sorties"] if one["drone"] == box.drone)
        lon, lat, _ = sortie["path"]["coordinates"][1]
        _hold(box, lat, lon)
    third = town.drone("drone-3", home=EAST)
    town.launched("drone-3", area=CORNER)
    # Its pilot flies it.
    third.fly(third.read()[0].sortie, "unknown", lat=35.3701, lon=139.953, height_m=60)
    assert _resume(town, survey).status_code == 200
    assert [[one.action for one in box.read()] for box in (first, second)] == [["resume"], []]
    assert [_state(town, survey, "drone-2"), town.get(survey)["state"]] == ["held", "flying"]
    [told] = [one for one in town.get(survey, "/timeline?limit=500")["items"] if one["what"] == "stays"]
    assert (told["actor"], told["detail"]) == ("system", {"drone": "drone-2", "other": "drone-3"})
    third.fly(third.orders[0].sortie, "landed")
    assert _resume(town, survey).status_code == 200
    assert [one.action for one in second.read()] == ["resume"]


def test_how_far_a_drone_has_come_counts(town: Town) -> None:
    """Two surveys of one square, from places apart: at its end a way leads over none of the other's."""
    first, _ = town.drone("drone-1", home=WEST), town.drone("drone-2", home=EAST)
    survey = town.airborne("drone-1")
    town.airborne("drone-2")
    town.act(survey, "stop")
    path = survey["plan"]["sorties"][0]["path"]["coordinates"]
    _hold(first, path[1][1], path[1][0])
    refused = _resume(town, survey)
    assert (refused.status_code, refused.json()["detail"].split(" is in")[0]) == (409, "drone-2")
    lon, lat = ((path[-2][axis] * 7 + path[-1][axis]) / 8 for axis in (0, 1))
    first.fly(first.orders[0].sortie, "held", lat=lat, lon=lon, height_m=60)
    assert _resume(town, survey).status_code == 200


def test_a_partner_is_not_told_whose_drone_is_in_the_way(town: Town) -> None:
    first, second = town.drone("drone-1"), town.drone("drone-2", partner=True)
    survey = town.airborne("drone-1", "drone-2")
    town.act(survey, "stop", town.partner, drone="drone-2")
    _hold(second)
    refused = _resume(town, survey, "drone-2", town.partner)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Another drone is in the air where drone-2 would come near:")
    assert "drone-1" not in refused.text
    # Nor by the timeline: what it waits for, and whom responders stop.
    town.act(survey, "stop", drone="drone-1")
    first.fly(first.orders[0].sortie, "landed")
    town.act(survey, "resume", town.partner, drone="drone-2")
    timeline = town.get(survey, "/timeline?limit=500", town.partner)["items"]
    assert [one["detail"]["drone"] for one in timeline if one["what"] in ("stopped", "resumed")] == ["drone-2"] * 2
    assert "drone-1" not in str(timeline)
    assert "drone-1" in str(town.get(survey, "/timeline?limit=500"))


def test_a_take_off_and_a_drone_that_goes_on_do_not_pass_each_other(town: Town) -> None:
    box = town.drone("drone-1")
    survey = town.airborne("drone-1")
    town.act(survey, "stop")
    _hold(box)
    with town.api.database.transaction() as starter:
        starter.execute("select pg_advisory_xact_lock(7261051)")
        with pytest.raises(Unavailable):
            _resume_at_once(town, survey)
    assert (box.read(), _resume(town, survey).status_code) == ([], 200)


def _resume_at_once(town: Town, survey: dict) -> None:
    with town.api.database.transaction() as conn:
        conn.execute("set local lock_timeout = '200ms'")
        actor = registry.fetch_actor(conn, town.responder_id)
        town.api.services.flying.resume(conn, actor, survey["id"], clock.now())
