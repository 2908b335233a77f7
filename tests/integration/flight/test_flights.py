"""A real agent flies a simulated copter: from the order to the photos, with stops, and with what goes wrong."""

import datetime as dt
from pathlib import Path

import pytest

from edge.config import ClockConfig
from edge.core.flying.items import mission_items
from edge.errors import SensorError
from edge.flight.autopilot import Autopilot
from edge.flight.transfers import MISSION, put
from edge.flight.trying import look_at
from simulators.vehicle.mav import Cmd, Store
from simulators.vehicle.run import Vehicles
from tests.faults.proxy import Proxy
from tests.integration.edge.parts import KillableBroker, quick, running
from tests.integration.flight.parts import (
    Town,
    camera_of,
    configured,
    copter,
    drone,
    enrolled,
    flies_on_alone,
    lawn,
    long_lawn,
    place,
    square,
)
from tests.servers import wait_until


def test_a_sortie_from_its_preparation_to_its_landing(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    with copter() as vehicles, running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
        town.wait_for_phase("idle")
        prepared = town.do("prepare")
        checks = town.reply(prepared)["checks"]
        assert [check for check in checks if not check["passed"]] == []
        assert {check["name"] for check in checks} >= {"gps", "ekf", "battery", "fence", "storage", "wind", "clock"}
        assert town.answers(prepared.id) == [("accepted", None), ("done", None)]
        town.do("fly")
        town.wait_for_phase("landed")
    assert town.phases() == ["idle", "preparing", "ready", "climbing", "surveying", "returning", "landing", "landed"]
    numbers = [photo["number"] for photo in town.photos()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert 13 <= len(numbers) <= 16, "270 m with a photo each 20 m"
    moments = town.moments()
    assert {(one["survey"], one["sortie"]) for one in moments if one["phase"] == "surveying"} == {("sv-1", "st-1")}
    flown = [one for one in moments if one["phase"] in ("climbing", "surveying", "returning")]
    assert len(flown) >= 5, "a few seconds of flight, told twice a second"
    allowed = [one.get("bounds") for one in moments if one["phase"] == "idle"]
    assert allowed[0] == {"fence": [list(corner) for corner in square(300)], "highest_m": 120.0}
    assert all(one.get("bounds") is None for one in flown)
    assert all(one["link_age_s"] < 3 and one["battery_percent"] > 0 and one["satellites"] for one in flown)


def test_heights_that_follow_the_ground_are_flown_from_where_they_were_measured(
    tmp_path: Path, killable: KillableBroker, town: Town
) -> None:
    corners = ((-60, 20, 20.0), (60, 20, 45.0), (60, 50, 25.0), (-60, 50, 45.0))
    hilly = lawn(path=[(*place(east, north), height) for east, north, height in corners], return_height_m=60.0)
    with copter() as vehicles, running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
        town.wait_for_phase("idle")
        aside = town.do("prepare", mission=hilly.model_copy(update={"takeoff": place(40, 0)}))
        assert [check["name"] for check in town.reply(aside)["checks"] if not check["passed"]] == ["place"]
        assert "40 m from the take-off place" in str(town.reply(aside)["checks"])
        town.do("prepare", mission=hilly.model_copy(update={"takeoff": place(0, 0)}))
        town.do("fly")
        town.wait_for_phase("landed")
        flying = vehicles._vehicles[0].autopilot.copter
        ways = [item.z for item in flying.lists[Store.MISSION] if item.command == Cmd.WAYPOINT][1:]
        assert ways == [20.0, 45.0, 25.0, 45.0]
        assert flying.parameters["RTL_ALT"] == 6_000, "home above all hills that it may come over"


def test_held_resumed_sent_home_and_landed(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    """With a fifth of all messages lost and some doubled, each way."""
    with copter() as vehicles, running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
        town.do("prepare", mission=long_lawn())
        town.do("fly")
        wait_until(lambda: len(town.photos()) >= 2, "no photos")
        vehicles.order("loss 0.2")
        vehicles.order("duplicate 0.2")
        town.do("hold")
        town.wait_for_phase("held")
        taken = vehicles.status()["photos"]
        assert vehicles.status()["mode"] == "BRAKE"
        town.do("resume")
        wait_until(lambda: vehicles.status()["photos"] > taken, "the camera stays off after resuming")
        town.do("return")
        wait_until(lambda: camera_of(vehicles).every_m == 0, "the camera fires on the way home")
        landing = town.give("land")
        wait_until(lambda: "done" in dict(town.answers(landing.id)), "it does not land")
        town.wait_for_phase("landed")
    assert "unknown" not in town.phases()
    numbers = [photo["number"] for photo in town.photos()]
    assert len(set(numbers)) == len(numbers), "a photo was told twice"


def test_a_lost_link_in_flight_is_told_made_anew_and_obeyed_when_it_is_back(
    tmp_path: Path, killable: KillableBroker, town: Town
) -> None:
    with copter(10.0) as vehicles:
        with running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
            flies_on_alone(vehicles)
            town.do("prepare", mission=long_lawn(4.0, return_height_m=4.0))
            town.do("fly")
            vehicles.order("link close")
            wait_until(lambda: "link to the vehicle lost" in town.messages(), "the loss is not told")
            wait_until(lambda: town.messages().count("link to the vehicle is there") >= 2, "the link stays lost")
            # Silence, without an end: stopped in the middle of it, the drone stops when it hears again.
            vehicles.order("link cut 4")
            stop = town.give("land")
            town.wait_for(stop, "accepted")
            town.wait_for(stop, "done")
            town.wait_for_phase("landed")
        assert not vehicles.status()["armed"]
    moments = town.moments()
    lost = [number for number, one in enumerate(moments) if "link to the vehicle lost" in str(one.get("messages"))]
    assert any(one.get("lat") is not None for one in moments[lost[0] + 1 :]), "streams were not asked for again"


def test_the_hub_may_be_gone_all_the_while(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    with (
        copter(40.0) as vehicles,
        running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)),
    ):
        town.do("prepare")
        town.do("fly")
        wait_until(lambda: len(town.photos()) >= 1, "no photos")
        killable.kill()
        wait_until(lambda: not vehicles.status()["armed"], "it does not fly on without a hub")
        taken = vehicles.status()["photos"]
        killable.start()
        town.wait_for_phase("landed")
        wait_until(lambda: len(town.photos()) >= taken, "photos are missing")
    assert [photo["number"] for photo in town.photos()] == list(range(1, taken + 1)), "each once"
    assert town.phases()[-4:] == ["surveying", "returning", "landing", "landed"], "each phase arrives"


def test_a_mission_that_the_vehicle_refuses_is_told_and_not_flown(
    tmp_path: Path, killable: KillableBroker, town: Town
) -> None:
    with copter() as vehicles, running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
        wait_until(lambda: "link to the vehicle is there" in town.messages(), "the vehicle is not found")
        too_long = lawn().path * 200
        refused = town.give("prepare", mission=lawn(path=too_long))
        town.wait_for(refused, "failed", "upload")
        assert "no_space" in town.reply(refused)["detail"]
        fly = town.give("fly")
        town.wait_for(fly, "refused", "not_prepared")
        vehicles.order("loss 0.1")
        town.do("prepare")
        vehicles.order("loss 0")
        # Somebody else's ground station changes the mission behind the agent's back.
        other = Autopilot(vehicles.urls[0], 57600, on_heard=lambda _: None, uptime_s=lambda: 0.0)
        other.open()
        put(other, MISSION, mission_items(lawn(path=[(*place(0, 0), 30.0), (*place(9, 9), 30.0)])).items, lambda: False)
        other.close()
        fly = town.give("fly")
        town.wait_for(fly, "failed", "mission_changed")
        assert not vehicles.status()["armed"]


def refused_on_an_empty_battery(vehicles: Vehicles, town: Town) -> None:
    """And with a full one too, when the same order comes again."""
    vehicles.order("battery 30")
    wait_until(lambda: town.moments()[-1].get("battery_percent", 100) <= 31, "the battery is not told")
    low = town.signed(town.order("fly"))
    town.send(low)
    wait_until(lambda: "preflight" in str(town.hub.of("reply")[-1]), "it would fly on an empty battery")
    vehicles.order("battery swap")
    wait_until(lambda: town.moments()[-1].get("battery_percent", 0) > 90, "the battery is not told")
    before = len(town.hub.of("reply"))
    town.send(low)
    wait_until(lambda: len(town.hub.of("reply")) > before, "what was refused is not answered again")
    assert "preflight" in str(town.hub.of("reply")[-1]), "what was refused once stays refused"


def test_no_bad_order_flies(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    with copter() as vehicles, running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(killable.port, town)):
        town.wait_for_phase("idle")
        for changes, reason in (
            (
                {"mission": lawn(fence=list(square(900)), path=[(*place(0, 0), 30.0), (*place(0, 400), 30.0)])},
                "outside_fence",
            ),
            ({"mission": lawn(130.0, highest_m=149.0)}, "too_high"),
            ({"device": "drone-2"}, "foreign"),
        ):
            refused = town.give("prepare", **changes)
            town.wait_for(refused, "refused", reason)
        early = town.order("fly")
        town.do("prepare")
        # Given before what has been done, it came late: the broker had held it.
        town.send(town.signed(early))
        town.wait_for(early, "refused", "superseded")
        a_year_ago = early.issued_at - dt.timedelta(days=365)
        for changes, reason in (
            ({"expires_at": a_year_ago}, "bad_times"),
            # longer than any order holds, at whatever hour this runs
            ({"issued_at": a_year_ago, "expires_at": a_year_ago + dt.timedelta(days=1)}, "bad_times"),
            ({"sortie": "st-2"}, "not_prepared"),
        ):
            refused = town.give("fly", **changes)
            town.wait_for(refused, "refused", reason)
        forged = town.signed(town.order("fly")).replace(b"responder", b"partner__")
        town.send(forged)
        wait_until(lambda: ("refused", "forged") in town.answers(None), "a forged order is not told")
        refused_on_an_empty_battery(vehicles, town)
        assert not vehicles.status()["armed"]
        assert town.phases()[-1] == "ready"


def test_an_order_that_is_late_is_not_done(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    """Given in time, by a hub that had heard the agent a moment ago; the network took longer than it holds."""
    network = Proxy(killable.port)
    network.start()
    try:
        with (
            copter() as vehicles,
            running(configured(tmp_path / "data", vehicles.urls[0]), enrolled(network.port, town)),
        ):
            town.wait_for_phase("idle")
            town.do("prepare")
            network.delay_s = 0.4
            now = dt.datetime.now(dt.UTC)
            late = town.give("fly", issued_at=now, expires_at=now + dt.timedelta(seconds=0.2))
            town.wait_for(late, "refused", "stale")
            assert "it ended at" in town.reply(late)["detail"]
            network.delay_s = 0.0
            assert not vehicles.status()["armed"]
        assert town.phases()[-1] == "ready"
    finally:
        network.stop()


def test_without_the_time_no_order_is_done_but_a_stop_is(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    with copter() as vehicles:
        config = quick(tmp_path / "data", flights=(drone(vehicles.urls[0]),), clock=ClockConfig(source="unset"))
        with running(config, enrolled(killable.port, town)):
            town.wait_for_phase("idle")
            refused = town.give("prepare")
            town.wait_for(refused, "refused", "clock_unset")
            town.wait_for(town.give("land"), "done", "not_flying")
        assert town.phases() == ["idle"]


@pytest.mark.parametrize("gone", ["", "tcp:127.0.0.1:1"])
def test_an_agent_whose_vehicle_is_not_there_says_so_and_stops_at_once(
    tmp_path: Path, killable: KillableBroker, town: Town, gone: str
) -> None:
    """A port where nobody listens, and one where somebody listens who says nothing."""
    with copter() as vehicles:
        vehicles.order("link cut 600")
        with running(configured(tmp_path / "data", gone or vehicles.urls[0]), enrolled(killable.port, town)):
            town.wait_for_phase("idle")
            failed = town.give("prepare")
            town.wait_for(failed, "failed", "link")
            town.wait_for_phase("idle")


def test_whoever_sets_up_a_drone_sees_what_it_says(tmp_path: Path) -> None:
    with copter() as vehicles:
        wait_until(lambda: "inside the fence" in look_at(drone(vehicles.urls[0])), "it has no position")
        assert "OUTSIDE" in look_at(drone(vehicles.urls[0], fence=tuple((lon + 1, lat) for lon, lat in square(300))))
    with pytest.raises(SensorError, match="no connection"):
        look_at(drone("tcp:127.0.0.1:1"))
