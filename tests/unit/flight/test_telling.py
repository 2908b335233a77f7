"""What is uploaded, how photos are counted, how the link is watched, how often a position is told."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.core.flying.camera import Trigger, decide_trigger
from edge.core.flying.items import CAMERA_DISTANCE, Item, difference, fence_items, mission_items, rally_items
from edge.core.flying.machine import Flight
from edge.core.flying.photos import PhotoCount, count_photo
from edge.core.flying.preflight import CHECKS, Facts, check_flight
from edge.core.flying.report import Report
from edge.core.flying.seen import Seen, Shot, Text
from edge.core.flying.telemetry import MOST_WAITING, decide_telling
from edge.core.flying.watch import Watch, decide_watch
from edge.wire.orders import PHASES, Bounds
from tests.unit.flight.orders import LAT, LIMITS, LON, mission, moment, place, square


def test_a_mission_is_take_off_path_with_camera_and_return() -> None:
    route = mission_items(mission())
    assert [item.command for item in route.items] == [16, 22, 178, 16, 206, 16, 16, 206, 20]
    assert (route.first, route.last) == (3, 6)
    assert {item.frame for item in route.items[1:]} == {3}, "heights are above the take-off place"
    assert [item.params[0] for item in route.items if item.command == CAMERA_DISTANCE] == [20.0, 0.0]
    assert route.items[3].x == round(place(-100, -100)[1] * 1e7)
    assert [item.command for item in mission_items(mission(photo_every_m=None)).items] == [16, 22, 178, 16, 16, 16, 20]


def test_a_fence_is_rings_of_known_length() -> None:
    items = fence_items([square(200), square(300)])
    assert [(item.command, item.params[0]) for item in items] == [(5001, 4.0)] * 8
    assert rally_items([(LON, LAT, 30.0)]) == (Item(5100, 3, x=round(LAT * 1e7), y=round(LON * 1e7), z=30.0),)


def test_what_was_kept_as_it_was_sent_has_no_difference() -> None:
    sent = mission_items(mission()).items
    kept = [replace(sent[0], x=353700000, y=1399500000, z=12.0), *sent[1:]]
    assert difference(sent, kept, home_first=True) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"x": 1}, "item 3: latitude 1 instead of 353691017"),
        ({"y": 1}, "item 3: longitude 1 instead of 1399491017"),
        ({"z": 61.0}, "item 3: height 61 instead of 60"),
        ({"z": float("nan")}, "item 3: height nan instead of 60"),
        ({"command": 20}, "item 3: command 20 instead of 16"),
        ({"frame": 0}, "item 3: frame 0 instead of 3"),
        ({"params": (1.0, 0.0, 0.0, 0.0)}, "item 3: parameter 1 is 1 instead of 0"),
    ],
)
def test_one_thing_that_is_different_is_found(change, told) -> None:
    sent = mission_items(mission()).items
    kept = [*sent[:3], replace(sent[3], **change), *sent[4:]]
    assert difference(sent, kept, home_first=True) == told


def test_an_item_too_few_is_found() -> None:
    sent = mission_items(mission()).items
    assert difference(sent, sent[:-1], home_first=True) == "8 instead of 9 items"


def numbers(indices, count=None):
    count, told = count or PhotoCount(), []
    for index in indices:
        count, number = count_photo(count, index)
        told.append(number)
    return count, told


def test_photos_are_numbered_from_one_whatever_the_autopilot_counts() -> None:
    assert numbers([41, 42, 43])[1] == [1, 2, 3]


def test_a_doubled_word_counts_once_and_a_lost_one_leaves_a_gap() -> None:
    assert numbers([7, 7, 9, 7, 9, 10])[1] == [1, None, 3, None, None, 4]


def test_a_late_word_gets_its_own_number() -> None:
    assert numbers([7, 9, 8, 10])[1] == [1, 3, 2, 4]


def test_an_autopilot_that_started_anew_goes_on_counting() -> None:
    assert numbers([40, 41, 1, 2])[1] == [1, 2, 3, 4]


def test_a_sortie_that_flies_again_goes_on_counting() -> None:
    count, _ = numbers([40, 41, 42])
    assert numbers([1, 2, 3], count.begin())[1] == [4, 5, 6]


def test_a_late_word_from_before_the_first_is_one_photo_and_the_others_stay_one() -> None:
    assert numbers([41, 40, 41, 40, 42])[1] == [1, 2, None, None, 3]


@given(st.lists(st.integers(0, 30) | st.integers(0, 2000), max_size=60))
@example([358, 1018, 1182, 1184])  # more lost than a count jumps, and late words on both sides of it
def test_no_number_is_given_twice_while_the_autopilot_runs(indices) -> None:
    """Words come in any order within reach, doubled and lost."""
    indices = sorted(set(indices))
    shuffled = [index for pair in zip(indices[1::2], indices[::2], strict=False) for index in (*pair, *pair)]
    told = [number for number in numbers(shuffled)[1] if number is not None]
    assert len(told) == len(set(told))


FACTS = Facts(
    now_s=100.0, clock_is_set=True, disk_free_mb=900.0, disk_fault=None, station_wind_mps=None, uploaded=True
)  # fmt: skip
WELL = Seen(
    heartbeat_s=99.5, satellites=12, fix=3, hdop=0.8, ekf_flags=831, battery_percent=96.0, prearm_ok=True,
    lat=LAT, lon=LON, armed=False, mode="GUIDED",
)  # fmt: skip


def failing(seen=WELL, facts=FACTS, of=None) -> list[str]:
    checks = check_flight(seen, facts, of or mission(), LIMITS)
    assert tuple(check.name for check in checks) == CHECKS
    return [check.name for check in checks if not check.passed]


def test_a_drone_that_is_well_passes() -> None:
    assert failing() == []


def test_heights_that_were_measured_from_a_place_are_flown_from_there_alone() -> None:
    assert failing(of=mission(takeoff=(LON, LAT + 20 / 111_320))) == []
    assert failing(of=mission(takeoff=(LON, LAT + 30 / 111_320))) == ["place"]
    (line,) = [one for one in check_flight(WELL, FACTS, mission(takeoff=place(0, 30)), LIMITS) if one.name == "place"]
    assert line.detail == "30 m from the take-off place of the plan's heights"


def test_one_that_has_said_nothing_passes_nothing_that_counts() -> None:
    assert failing(Seen()) == ["link", "gps", "ekf", "battery", "place"]


@pytest.mark.parametrize(
    ("seen", "facts", "name"),
    [
        ({"heartbeat_s": 90.0}, {}, "link"),
        ({}, {"clock_is_set": False}, "clock"),
        ({"fix": 2}, {}, "gps"),
        ({"satellites": 7}, {}, "gps"),
        ({"hdop": 2.0}, {}, "gps"),
        ({"hdop": None}, {}, "gps"),
        ({"ekf_flags": 831 | 128}, {}, "ekf"),
        ({"ekf_flags": 165}, {}, "ekf"),
        ({"battery_percent": 49.0}, {}, "battery"),
        ({"prearm_ok": False}, {}, "prearm"),
        ({}, {"disk_free_mb": 10.0}, "storage"),
        ({}, {"disk_fault": "the disk is full"}, "storage"),
        ({"wind_mps": 9.0}, {}, "wind"),
        ({"wind_mps": 2.0}, {"station_wind_mps": 9.0}, "wind"),
        ({"lat": LAT + 0.01}, {}, "place"),
    ],
)
def test_each_line_can_fail_alone(seen, facts, name) -> None:
    assert failing(replace(WELL, **seen), replace(FACTS, **facts)) == [name]


def test_a_mission_that_was_not_read_back_is_none() -> None:
    assert failing(facts=replace(FACTS, uploaded=False)) == ["fence", "mission"]


def watched(watch, heartbeat_s, now_s, position_s=None, alive=True):
    return decide_watch(watch, heartbeat_s, now_s if position_s is None else position_s, now_s, alive=alive)


def test_a_link_that_is_there_is_told_and_its_streams_are_asked_for() -> None:
    watch, effects = watched(Watch(), 10.0, 10.2)
    assert effects == ("back", "ask_streams")
    assert watched(watch, 11.0, 11.2)[1] == ()


def test_a_gap_is_told_and_ends_with_asking_for_the_streams() -> None:
    watch, _ = watched(Watch(due_s=0.0), 10.0, 10.2)
    watch, effects = watched(watch, 10.0, 13.1)
    assert effects == ("lost",)
    assert watched(watch, 10.0, 13.5)[1] == (), "it is told once"
    assert watched(watch, 14.0, 14.1)[1] == ("back", "ask_streams")


def test_positions_that_stop_while_heartbeats_come_are_asked_for_again() -> None:
    """An autopilot that has started anew within a second sends no streams by itself."""
    watch, _ = watched(Watch(), 10.0, 10.2)
    assert watched(watch, 14.0, 14.1, position_s=10.0)[1] == ("ask_streams",)
    watch, _ = watched(watch, 14.0, 14.1, position_s=10.0)
    assert watched(watch, 15.0, 15.1, position_s=10.0)[1] == ()
    assert watched(watch, 18.0, 18.1, position_s=10.0)[1] == ("ask_streams",)


def test_a_silent_connection_is_made_anew() -> None:
    watch, _ = watched(Watch(due_s=0.0), 10.0, 10.2)
    watch, _ = watched(watch, 10.0, 14.0)
    assert watched(watch, 10.0, 19.9)[1] == ()
    watch, effects = watched(watch, 10.0, 20.1)
    assert effects == ("connect",)
    assert watched(watch, 10.0, 30.0)[1] == (), "one try at a time"


def test_a_dead_connection_is_made_anew_at_once_and_then_less_often() -> None:
    watch, _ = watched(Watch(due_s=0.0), 10.0, 10.2)
    watch, effects = watched(watch, 10.0, 10.4, alive=False)
    assert effects == ("lost", "connect")
    waits, now_s = [], 11.0
    for _ in range(7):
        watch = watch.tried(now_s, connected=False)
        waits.append(watch.due_s - now_s)
        now_s = watch.due_s
        watch, effects = watched(watch, 10.0, now_s, alive=False)
        assert "connect" in effects
    assert waits == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert watch.tried(now_s, connected=True).attempts == 0


@pytest.mark.parametrize(
    ("phase", "waiting", "every_s"),
    [("surveying", 0, 0.5), ("held", 16, 0.5), ("returning", 17, 5.0), ("idle", 0, 10.0), ("ready", 1, 2.0)],
)
def test_how_often_a_position_is_told(phase, waiting, every_s) -> None:
    assert decide_telling(phase, None, waiting, 100.0)
    assert not decide_telling(phase, 100.0, waiting, 100.0 + every_s - 0.01)
    assert decide_telling(phase, 100.0, waiting, 100.0 + every_s)


def test_hours_without_a_hub_fill_no_disk() -> None:
    assert not decide_telling("surveying", None, MOST_WAITING, 0.0)
    assert not decide_telling("idle", None, 2, 0.0), "where a drone stood is of no use later"


def test_the_camera_is_asked_until_it_has_heard() -> None:
    trigger, every_m = decide_trigger(Trigger(0.0), 10.0, hears=True)
    assert every_m == 0.0
    assert decide_trigger(trigger, 10.9, hears=True)[1] is None
    assert decide_trigger(trigger, 11.0, hears=False)[1] is None
    assert decide_trigger(trigger, 11.0, hears=True)[1] == 0.0
    assert decide_trigger(trigger.heard(), 99.0, hears=True)[1] is None


def test_an_autopilot_without_a_camera_is_not_asked_for_ever() -> None:
    trigger, asked = Trigger(20.0), 0
    for second in range(100):
        trigger, every_m = decide_trigger(trigger, float(second), hears=True)
        asked += every_m is not None
    assert asked == 30


SHOT = Shot(7, LAT, LON, 60.0, 72.0, -90.0, 3.0, 370.0, at_s=1000.0)


def test_photos_and_warnings_are_told_at_once_and_never_dropped() -> None:
    report, count = Report(told_s=1000.0).with_shot(SHOT, PhotoCount(), moment())
    assert count.last == 1
    assert report.due("surveying", 5000, 1000.0) == (True, True)
    assert Report(told_s=1000.0).with_text(Text(4, "low battery")).due("surveying", 5000, 1000.0) == (True, True)
    assert Report(told_s=1000.0).with_text(Text(6, "hello")).due("surveying", 0, 1000.1) == (False, False)


def test_a_photo_that_came_twice_is_told_once() -> None:
    report, count = Report().with_shot(SHOT, PhotoCount(), moment())
    assert report.with_shot(SHOT, count, moment()) == (report, count)


@pytest.mark.parametrize(
    ("now", "unix_s", "told"),
    [
        (moment(), 3.0, moment(3.0).time),
        (moment(), 3600.0, moment().time),
        (moment(0, "unset"), 3600.0, moment(3600.0).time),
        (moment(0, "unset"), None, None),
    ],
)
def test_a_photo_has_the_time_that_can_be_believed(now, unix_s, told) -> None:
    """The camera's own, by satellite, or that at which its word came."""
    unix_us = None if unix_s is None else round((moment(unix_s).time.timestamp()) * 1e6)
    report, _ = Report().with_shot(replace(SHOT, unix_us=unix_us), PhotoCount(), now)
    assert report.photos[0].taken_at == told


def test_what_is_told_is_what_the_vehicle_said_and_how_old_it_is() -> None:
    flight = Flight(phase="surveying", survey="sv-1", sortie="st-1")
    report, data = Report().compose(flight, replace(WELL, heartbeat_s=997.5), moment())
    assert (data.survey, data.phase, data.lat, data.link_age_s) == ("sv-1", "surveying", LAT, 2.5)
    _, later = report.compose(flight, Seen(), moment(10.0))
    assert (later.lat, later.link_age_s) == (None, 12.5), "a new connection has said nothing, and the link is that old"


def test_what_the_owner_allows_is_told_while_the_drone_rests() -> None:
    bounds = Bounds(fence=[(139.9, 35.3), (140.0, 35.3), (140.0, 35.4)], highest_m=120.0)
    told = {phase: Report().compose(Flight(phase=phase), WELL, moment(), bounds)[1].bounds for phase in PHASES}
    assert {phase for phase, said in told.items() if said == bounds} == {"idle", "landed"}
    assert {said for phase, said in told.items() if phase not in ("idle", "landed")} == {None}


def test_a_flood_of_lines_is_cut() -> None:
    report = Report()
    for number in range(100):
        report = report.with_text(Text(3, f"{number} " * 200))
    assert len(report.texts) == 20
    assert all(len(line.text) <= 200 for line in report.texts)
