"""Where a flight stands, and what is done about it: orders, the vehicle's word, the agent's own work, restarts."""

from dataclasses import replace

import pytest

from edge.core.flying.machine import (
    Camera,
    Cancel,
    Flight,
    Launch,
    Prepare,
    Reply,
    SetMode,
    decide_job,
    decide_motion,
    decide_order,
    decide_restart,
    decide_tick,
    situation_of,
)  # fmt: skip
from edge.core.flying.orders import Refuse, judge
from edge.core.flying.phases import FLYING, TRANSITIONS, next_phase
from edge.core.flying.photos import PhotoCount
from edge.core.flying.seen import Seen, read_motion
from edge.wire.orders import PHASES
from tests.unit.flight.orders import LIMITS, memory, mission, moment, order

AIR = Seen(armed=True, mode="AUTO", item=5, height_m=60.0)
GROUND = Seen(armed=False, mode="GUIDED", height_m=0.0)


def ready(**changes) -> Flight:
    flight, _ = decide_order(Flight(), order("prepare"), GROUND, 0.0)
    flight, _ = decide_job(flight, "prepare", "prepare-0", fault=None, items=(3, 6))
    return flight.model_copy(update=changes)


def surveying(**changes) -> Flight:
    return ready(phase="surveying", ours=True).model_copy(update=changes)


def replies(effects) -> list[tuple]:
    return [(one.data.order, one.data.outcome, one.data.reason) for one in effects if isinstance(one, Reply)]


def others(effects) -> list:
    return [one for one in effects if not isinstance(one, Reply)]


def tick(flight, seen, now_s=0.0, *, hears=True):
    return decide_tick(flight, seen, now_s, 0.25, hears=hears)


def test_the_table_names_phases_only() -> None:
    assert {phase for phase, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(PHASES)
    assert next_phase("idle", "prepared") == "idle"


def test_only_the_vehicles_word_ends_a_flight() -> None:
    assert {(phase, happening) for (phase, happening), after in TRANSITIONS.items() if after == "landed"} == {
        (phase, "is_down") for phase in FLYING
    }


@pytest.mark.parametrize(
    ("seen", "motion"),
    [
        (Seen(), None),
        (GROUND, "is_down"),
        (replace(AIR, item=None), "climbs"),
        (replace(AIR, item=3), "climbs"),
        (replace(AIR, item=4), "surveys"),
        (replace(AIR, item=6), "surveys"),
        (replace(AIR, item=7), "returns"),
        (replace(AIR, item=2, landed=1), None),
        (replace(AIR, item=7, landed=4), "lands"),
        (replace(AIR, mode="BRAKE"), "holds"),
        (replace(AIR, mode="RTL"), "returns"),
        (replace(AIR, mode="RTL", landed=4), "lands"),
        (replace(AIR, mode="LAND"), "lands"),
        (replace(AIR, mode="LOITER"), "other"),
        (replace(AIR, mode="GUIDED", height_m=0.1), None),
    ],
)
def test_what_the_vehicle_does_is_read_from_its_word(seen, motion) -> None:
    assert read_motion(seen, 3, 6, ours=True) == motion


def test_a_flight_that_is_not_ours_is_told_as_unknown() -> None:
    assert read_motion(AIR, 3, 6, ours=False) == "other"
    flight, effects = decide_motion(ready(), "other", AIR)
    assert (flight.phase, effects) == ("unknown", ())
    flight, _ = decide_motion(flight, "is_down", GROUND)
    assert flight.phase == "idle", "a pilot's own flight leaves no mission that could be flown"


def test_a_prepared_mission_is_ready_and_one_that_failed_is_gone() -> None:
    flight, effects = decide_order(Flight(), order("prepare"), GROUND, 0.0)
    assert flight.phase == "preparing"
    assert replies(effects) == [("prepare-0", "accepted", None)]
    assert others(effects) == [Prepare(order("prepare"))]
    failed, effects = decide_job(flight, "prepare", "prepare-0", fault=("upload", "item 3"))
    assert failed == Flight()
    assert replies(effects) == [("prepare-0", "failed", "upload")]


def test_photos_go_on_counting_when_a_sortie_is_prepared_again() -> None:
    flight = ready(phase="landed", photos=PhotoCount(7, 0, (7,)))
    again, _ = decide_order(flight, order("prepare", 5), GROUND, 0.0)
    assert again.photos.last == 7
    other, _ = decide_order(flight, order("prepare", 5, sortie="st-2"), GROUND, 0.0)
    assert other.photos == PhotoCount()


def test_a_launch_waits_for_its_turn() -> None:
    prepared, _ = decide_order(Flight(), order("prepare", mission=mission(starts_after_s=30)), GROUND, 0.0)
    prepared, _ = decide_job(prepared, "prepare", "prepare-0", fault=None, items=(3, 6))
    flight, effects = decide_order(prepared, order("fly"), GROUND, 100.0)
    assert replies(effects) == [("fly-0", "accepted", None)]
    assert tick(flight, GROUND, 129.9)[1] == ()
    flight, effects = tick(flight, GROUND, 130.0)
    assert effects == (Launch("fly-0"),)
    assert tick(flight, GROUND, 131.0)[1] == (), "it is launched once"
    flight, effects = decide_job(flight, "launch", "fly-0", fault=None)
    assert replies(effects) == [("fly-0", "done", None)]
    assert not situation_of(flight, "ag-1", "drone-1", GROUND).busy


@pytest.mark.parametrize("stop", ["hold", "return", "land"])
def test_a_stop_before_the_launch_calls_it_off(stop) -> None:
    flight, _ = decide_order(ready(starts_after_s=30), order("fly"), GROUND, 100.0)
    assert situation_of(flight, "ag-1", "drone-1", GROUND).may_fly
    flight, effects = decide_order(flight, order(stop, 2), GROUND, 101.0)
    assert replies(effects) == [(f"{stop}-2", "accepted", None), ("fly-0", "failed", "superseded")]
    assert Cancel() in effects
    flight, effects = tick(flight, GROUND, 102.0)
    assert replies(effects) == [(f"{stop}-2", "done", "not_flying")]
    assert tick(flight, GROUND, 999.0)[1] == (), "nothing is launched any more"


def test_a_stop_during_the_launch_is_pursued_until_it_is_known_to_be_down() -> None:
    flight, _ = tick(decide_order(ready(), order("fly"), GROUND, 0.0)[0], GROUND, 0.0)
    flight, effects = decide_order(flight, order("hold", 2), GROUND, 1.0)
    assert Cancel() in effects
    flight, effects = tick(flight, GROUND, 1.0)
    assert SetMode("BRAKE") in effects, "it may be taking off in this moment"
    flight, effects = decide_job(flight, "launch", "fly-0", fault=("superseded", ""))
    assert effects == (), "the word on the launch was given with the stop"
    flight, effects = tick(flight, GROUND, 2.0)
    assert others(effects)[0] == SetMode("BRAKE"), "what it said before the launch's end may be old"
    flight, effects = tick(flight, replace(GROUND, heartbeat_s=2.1), 2.2)
    assert replies(effects) == [("hold-2", "done", "not_flying")]


def test_a_stop_is_asked_for_until_the_launch_has_ended() -> None:
    """The launch may be asking for its last step again, which would undo a stop that was done meanwhile."""
    flight, _ = tick(decide_order(ready(), order("fly"), GROUND, 0.0)[0], GROUND, 0.0)
    flight, _ = decide_order(flight, order("hold", 2), AIR, 1.0)
    braking = replace(AIR, mode="BRAKE", heartbeat_s=1.5)
    asked = 0
    for step in range(100):
        flight, effects = tick(flight, braking, 2.0 + step)
        assert replies(effects) == []
        asked += others(effects)[0] == SetMode("BRAKE")
    assert asked == 100
    flight, _ = decide_job(flight, "launch", "fly-0", fault=None)
    flight, effects = tick(flight, replace(braking, heartbeat_s=101.9), 102.0)
    assert (replies(effects), others(effects)[0]) == ([], SetMode("BRAKE"))
    flight, effects = tick(flight, replace(AIR, heartbeat_s=102.5), 102.6)
    assert effects == ()
    flight, effects = tick(flight, replace(AIR, heartbeat_s=102.5), 103.0)
    assert SetMode("BRAKE") in effects, "the launch had been quicker"
    flight, effects = tick(flight, replace(braking, heartbeat_s=103.5), 103.6)
    assert replies(effects) == [("hold-2", "done", None)]


def test_nothing_begins_while_a_stop_waits_for_the_link() -> None:
    flight, _ = tick(decide_order(ready(), order("fly"), GROUND, 0.0)[0], GROUND, 0.0)
    flight, _ = decide_order(flight, order("hold", 2), GROUND, 1.0)
    flight, _ = decide_job(flight, "launch", "fly-0", fault=("link", "no answer"))
    assert tick(flight, GROUND, 2.0, hears=False) == (flight, ())
    assert flight.phase == "ready"
    where = situation_of(flight, "ag-1", "drone-1", GROUND)
    for action in ("prepare", "fly", "release"):
        verdict = judge(order(action, 3), "d", where, LIMITS, memory(), moment(4))
        assert isinstance(verdict, Refuse)
        assert verdict.reason == "busy"


def test_a_stop_outlives_preparing() -> None:
    preparing, _ = decide_order(Flight(), order("prepare"), GROUND, 0.0)
    stopped, _ = decide_order(preparing, order("land", 2), replace(AIR, mode="LOITER"), 1.0)
    failed, _ = decide_job(stopped, "prepare", "prepare-0", fault=("busy", "the vehicle is armed"))
    for flight in (failed, decide_restart(stopped)[0]):
        assert SetMode("LAND") in tick(flight, replace(AIR, mode="LOITER"), 2.0)[1]


@pytest.mark.parametrize(("action", "mode"), [("hold", "BRAKE"), ("return", "RTL"), ("land", "LAND")])
def test_a_stop_is_asked_for_until_the_vehicle_does_it(action, mode) -> None:
    flight, effects = decide_order(surveying(), order(action, 2), AIR, 0.0)
    assert replies(effects) == [(f"{action}-2", "accepted", None)]
    flight, effects = tick(flight, AIR, 0.0)
    assert others(effects) == [SetMode(mode), Camera(0.0)], "the camera fires on the way home otherwise"
    flight, effects = tick(flight, AIR, 0.5)
    assert effects == ()
    flight, effects = tick(flight, AIR, 1.0)
    assert SetMode(mode) in effects
    flight, effects = tick(flight, replace(AIR, mode=mode), 1.5)
    assert replies(effects) == [(f"{action}-2", "done", None)]
    assert tick(flight, AIR, 9.0)[1] == (), "what has been done once is not fought for: a pilot may take over"


def test_a_stop_waits_for_the_link_however_long_that_is() -> None:
    flight, _ = decide_order(surveying(), order("return", 2), AIR, 0.0)
    for now_s in range(600):
        flight, effects = tick(flight, AIR, float(now_s), hears=False)
        assert effects == ()
    flight, effects = tick(flight, AIR, 600.0)
    assert SetMode("RTL") in effects


def test_a_stop_outlives_the_agent() -> None:
    flight, _ = decide_order(surveying(), order("land", 2), AIR, 0.0)
    kept = Flight.model_validate_json(flight.model_dump_json())
    assert kept == flight
    started, effects = decide_restart(kept)
    assert (started.phase, started.ours, effects) == ("unknown", True, ())
    assert SetMode("LAND") in tick(started, AIR, 5.0)[1]


def test_a_pilot_who_takes_over_is_not_fought() -> None:
    flight, _ = decide_order(surveying(), order("hold", 2), AIR, 0.0)
    flight, _ = tick(flight, AIR, 0.0)
    flight, effects = tick(flight, replace(AIR, mode="LOITER"), 0.5)
    assert replies(effects) == [("hold-2", "failed", "pilot")]
    flight, _ = decide_order(surveying(), order("hold", 3), replace(AIR, mode="LOITER"), 1.0)
    assert SetMode("BRAKE") in tick(flight, replace(AIR, mode="LOITER"), 1.0)[1], "who says stop to that means it"


def test_a_vehicle_that_does_not_obey_is_told() -> None:
    flight, _ = decide_order(surveying(), order("hold", 2), AIR, 0.0)
    told = []
    for step in range(100):
        flight, effects = tick(flight, AIR, step * 0.25)
        told += replies(effects)
    assert told == [("hold-2", "failed", "mode_refused")]


def test_a_later_stop_takes_the_place_of_an_earlier_one() -> None:
    flight, _ = decide_order(surveying(), order("hold", 2), AIR, 0.0)
    flight, effects = decide_order(flight, order("land", 3), AIR, 0.0)
    assert replies(effects) == [("land-3", "accepted", None), ("hold-2", "failed", "superseded")]
    assert SetMode("LAND") in tick(flight, AIR, 0.0)[1]


def test_resuming_switches_the_camera_on_again() -> None:
    held = surveying(phase="held")
    flight, _ = decide_order(held, order("resume", 4), replace(AIR, mode="BRAKE"), 0.0)
    flight, effects = tick(flight, replace(AIR, mode="BRAKE"), 0.0)
    assert others(effects) == [SetMode("AUTO")]
    flight, effects = tick(flight, AIR, 0.5)
    assert others(effects) == [Camera(20.0)]
    assert replies(effects) == [("resume-4", "done", None)]


def test_on_the_way_to_the_first_place_the_camera_stays_off() -> None:
    seen = replace(AIR, item=3)
    flight, _ = decide_order(surveying(phase="held"), order("resume", 4), replace(seen, mode="BRAKE"), 0.0)
    assert others(tick(flight, seen, 0.5)[1]) == []


@pytest.mark.parametrize(("motion", "mode"), [("returns", "RTL"), ("lands", "LAND"), ("other", "LOITER")])
def test_whoever_ends_the_survey_the_camera_goes_off(motion, mode) -> None:
    _, effects = decide_motion(surveying(), motion, replace(AIR, mode=mode))
    assert effects == (Camera(0.0),)


def test_a_flight_ends_when_the_vehicle_says_so() -> None:
    flight, _ = decide_motion(surveying(), "returns", replace(AIR, item=7))
    flight, _ = decide_motion(flight, "is_down", GROUND)
    assert (flight.phase, flight.ours, flight.survey) == ("landed", False, "sv-1")


def test_a_launch_whose_end_is_not_known_is_taken_as_flying() -> None:
    flight, _ = tick(decide_order(ready(), order("fly"), GROUND, 0.0)[0], GROUND, 0.0)
    lost, effects = decide_job(flight, "launch", "fly-0", fault=("link", "no answer"))
    assert lost.ours
    assert replies(effects) == [("fly-0", "failed", "link")]
    assert decide_motion(lost, read_motion(replace(AIR, item=2), 3, 6, ours=lost.ours), AIR)[0].phase == "climbing"
    refused, _ = decide_job(flight, "launch", "fly-0", fault=("arm_refused", "no"))
    assert (refused.ours, refused.phase) == (False, "ready")


@pytest.mark.parametrize(
    ("kept", "phase", "told"),
    [
        (ready(), "ready", []),
        (Flight(phase="preparing", prepare_order="p"), "idle", [("p", "failed", "restarted")]),
        (ready(launch_order="f", launch_due_s=5.0), "ready", [("f", "failed", "restarted")]),
        (ready(launch_order="f", launching=True, ours=True), "unknown", [("f", "failed", "restarted")]),
        (surveying(), "unknown", []),
        (ready(phase="landed"), "landed", []),
    ],
)
def test_what_an_agent_finds_that_was_started_anew(kept, phase, told) -> None:
    flight, effects = decide_restart(kept)
    assert (flight.phase, replies(effects)) == (phase, told)
    assert not situation_of(flight, "a", "d", GROUND).busy
    assert tick(flight, GROUND, 999.0)[1] == (), "nothing is launched by a restart"


def test_while_it_is_launched_no_mode_is_a_pilots() -> None:
    launching = ready(launch_order="fly-0", launching=True, ours=True)
    assert decide_motion(launching, "other", replace(AIR, mode="GUIDED")) == (launching, ())
    assert decide_motion(launching, "climbs", AIR)[0].phase == "climbing"


def test_a_vehicle_that_forgets_its_place_in_the_mission_on_landing_does_not_climb_again() -> None:
    landing = surveying(phase="landing")
    assert decide_motion(landing, "climbs", replace(AIR, item=0))[0] == landing


def test_flying_on_does_not_wait_for_the_link() -> None:
    flight, _ = decide_order(surveying(phase="held"), order("resume", 4), replace(AIR, mode="BRAKE"), 100.0)
    assert tick(flight, AIR, 130.0, hears=False)[1] == ()
    flight, effects = tick(flight, AIR, 130.1, hears=False)
    assert replies(effects) == [("resume-4", "failed", "link")]
    assert tick(flight, replace(AIR, mode="BRAKE"), 131.0)[1] == ()
    waiting, _ = decide_order(surveying(phase="held"), order("resume", 4), replace(AIR, mode="BRAKE"), 100.0)
    started, effects = decide_restart(waiting)
    assert (started.wish, replies(effects)) == (None, [("resume-4", "failed", "restarted")])
