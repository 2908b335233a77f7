"""The simulated copter in the air: modes, missions, the camera, without a socket."""

import math
from itertools import pairwise

import pytest

from simulators.vehicle.mav import Cmd, Frame, MissionAck, Mode, Store
from simulators.vehicle.motion import Demand, Motion, step
from simulators.vehicle.wind import Air, Wind
from tests.copter import HOME, Desk, item, mission


def test_a_mission_is_flown_from_takeoff_to_landing():
    desk = Desk()
    desk.fly(mission(desk, (0, 20), (200, 20), (200, 50), (0, 50)))
    desk.until(lambda: not desk.copter.armed, 300)
    assert [reached.integer("seq") for reached in desk.of("MISSION_ITEM_REACHED")] == [1, 3, 4, 5, 6, 7]
    assert math.hypot(desk.copter.motion.north_m, desk.copter.motion.east_m) < 1
    assert not desk.copter.broken


@pytest.mark.parametrize("length_m", [40, 200, 600])
def test_a_straight_takes_about_as_long_as_a_trapezoid_of_speed(length_m):
    desk = Desk()
    desk.fly(mission(desk, (10, 0), (10 + length_m, 0), (10 + length_m, 50)))
    desk.until(lambda: desk.copter.run.index == 4, 100)
    took_s = desk.until(lambda: desk.copter.run.index == 5, 200)
    full_s = length_m / 8 + 8 if length_m > 64 else 2 * math.sqrt(length_m)
    assert full_s - 2 < took_s < full_s + 1  # it goes on a little before the corner


def test_speed_acceleration_and_climb_keep_within_their_limits():
    desk = Desk(wind=Wind(6, 250, 2))
    desk.fly(mission(desk, (0, 20), (200, 20), (200, 50)))
    last = desk.copter.motion

    def within():
        nonlocal last
        now = desk.copter.motion
        if now.up_m > 0 and last.up_m > 0:
            change = math.hypot(now.v_north - last.v_north, now.v_east - last.v_east) / 0.05
            assert change < 2.6
            assert now.speed_mps < 8.3
            assert -1.6 < now.v_up < 2.6
        last = now
        return not desk.copter.armed

    desk.until(within, 300)


def test_it_keeps_to_the_line_in_wind_and_gusts():
    desk = Desk(wind=Wind(7, 270, 2))
    desk.fly(mission(desk, (0, 20), (300, 20), (300, 60)))
    desk.until(lambda: desk.copter.run.index == 4 and desk.copter.motion.north_m > 20, 100)
    worst = 0.0

    def there():
        nonlocal worst
        worst = max(worst, abs(desk.copter.motion.east_m - 20))
        return desk.copter.run.index == 5

    desk.until(there, 100)
    assert 0 < worst < 2


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.RTL, Mode.LAND, Mode.BRAKE])
def test_it_is_not_armed_in_these_modes(mode):
    desk = Desk().ready()
    desk.upload(mission(desk, (10, 0)))
    desk.mode(mode)
    assert desk.command(Cmd.ARM, 1) == 4
    assert "Arm: Mode not armable" in desk.texts()


def test_it_is_not_armed_without_a_fix_and_not_after_a_crash():
    desk = Desk()
    desk.until(lambda: desk.copter.booted, 5)
    desk.mode(Mode.GUIDED)
    assert desk.command(Cmd.ARM, 1) == 4
    desk.ready()
    desk.copter.broken = True
    assert desk.command(Cmd.ARM, 1) == 4
    desk.copter.broken = False
    assert desk.command(Cmd.ARM, 1) == 0


def test_it_disarms_by_itself_when_nobody_says_what_is_next_by_the_wall_clock():
    desk = Desk(speedup=10).ready()
    desk.mode(Mode.GUIDED)
    desk.command(Cmd.ARM, 1)
    assert desk.until(lambda: not desk.copter.armed, 200) == pytest.approx(100, abs=1)


def test_in_the_air_it_disarms_only_when_forced_and_then_falls_and_breaks():
    desk = Desk().hover(30)
    assert desk.command(Cmd.ARM, 0) == 4
    assert desk.command(Cmd.ARM, 0, 21196) == 0
    desk.until(lambda: not desk.copter.aloft, 10)
    assert desk.copter.broken
    assert "Crash: Disarming" in desk.texts()


def test_no_takeoff_on_the_ground_no_auto():
    desk = Desk().ready()
    desk.mode(Mode.GUIDED)
    assert desk.command(Cmd.MISSION_START) == 4  # not armed
    desk.command(Cmd.ARM, 1)
    assert desk.mode(Mode.AUTO) == 4
    desk.upload([item(Cmd.WAYPOINT), item(Cmd.WAYPOINT, at=desk.at(50, 0), z=20)])
    assert desk.mode(Mode.AUTO) == 4
    assert "Mode change to AUTO failed: missing takeoff cmd" in desk.texts()


def test_brake_pauses_and_auto_goes_on_with_the_same_item_but_not_its_speed():
    desk = Desk()
    desk.fly(mission(desk, (0, 20), (200, 20), (200, 60)))
    desk.until(lambda: desk.copter.run.index == 4 and desk.copter.motion.north_m > 100, 100)
    assert desk.mode(Mode.BRAKE) == 0
    desk.run(10)
    stopped = desk.copter.motion
    assert stopped.speed_mps < 0.2
    assert 100 < stopped.north_m < 115
    assert desk.mode(Mode.AUTO) == 0
    assert desk.command(Cmd.MISSION_START) == 0
    assert desk.copter.run.index == 4
    desk.run(15)
    assert desk.copter.motion.speed_mps == pytest.approx(5, abs=0.2)  # WPNAV_SPEED, as ArduCopter does it


def test_after_a_landing_the_mission_begins_anew():
    desk = Desk()
    desk.fly(mission(desk, (0, 20), (100, 20)))
    desk.until(lambda: desk.copter.run.index == 4, 100)
    desk.mode(Mode.LAND)
    desk.until(lambda: not desk.copter.armed, 100)
    assert desk.copter.run.index == 0


def test_loiter_with_the_throttle_low_sinks_to_the_ground():
    desk = Desk().hover(15)
    assert desk.mode(Mode.LOITER) == 0
    desk.until(lambda: not desk.copter.aloft, 60)
    assert not desk.copter.broken


def test_loiter_with_the_stick_in_the_middle_stays():
    desk = Desk().hover(15)
    desk.mode(Mode.LOITER)
    for _ in range(20):
        desk.send("RC_CHANNELS_OVERRIDE", target_system=1, chan3_raw=1500)
        desk.run(1)
    assert desk.copter.motion.up_m == pytest.approx(15, abs=1.5)


def test_a_mission_that_ends_in_the_air_leaves_it_hovering():
    desk = Desk()
    desk.fly(mission(desk, (50, 0))[:-1])
    desk.until(lambda: desk.copter.run.complete, 100)
    desk.run(20)
    assert desk.copter.armed
    assert desk.copter.motion.up_m == pytest.approx(30, abs=1)
    assert desk.copter.motion.north_m == pytest.approx(50, abs=3)


def test_guided_flies_to_a_place_each_way_of_saying_it():
    desk = Desk().hover(20)
    x, y = desk.at(60, 0)
    desk.send(
        "SET_POSITION_TARGET_GLOBAL_INT",
        target_system=1,
        type_mask=0xDF8,
        coordinate_frame=6,
        lat_int=x,
        lon_int=y,
        alt=20,
    )
    desk.until(lambda: abs(desk.copter.motion.north_m - 60) < 2, 60)
    x, y = desk.at(60, 40)
    answers = desk.send("MISSION_ITEM", target_system=1, current=2, command=16, frame=3, x=x / 1e7, y=y / 1e7, z=25)
    assert [answer.integer("type") for answer in answers if answer.name == "MISSION_ACK"] == [0]
    desk.until(lambda: abs(desk.copter.motion.east_m - 40) < 2 and abs(desk.copter.motion.up_m - 25) < 2, 60)
    x, y = desk.at(0, 0)
    answers = desk.send("COMMAND_INT", target_system=1, command=16, frame=0, x=x, y=y, z=HOME.height_m + 15)
    assert answers[-1].integer("result") == 0
    desk.until(lambda: math.hypot(desk.copter.motion.north_m, desk.copter.motion.east_m) < 3, 60)
    desk.run(10)
    assert desk.copter.motion.up_m == pytest.approx(15, abs=1)


def test_a_velocity_in_guided_ends_when_it_is_not_asked_for_again():
    desk = Desk().hover(20)
    desk.send(
        "SET_POSITION_TARGET_GLOBAL_INT", target_system=1, type_mask=0xDC7, coordinate_frame=6, vx=3.0, vy=0.0, vz=0.0
    )
    desk.run(2.9)
    assert desk.copter.motion.speed_mps > 2
    desk.run(6)
    assert desk.copter.motion.speed_mps < 0.3


def test_the_camera_fires_by_distance_until_it_is_switched_off_even_on_the_way_home():
    desk = Desk()
    items = mission(desk, (0, 20), (200, 20))
    items.insert(4, item(Cmd.CAMERA_DISTANCE, 10))
    desk.fly(items)
    desk.until(lambda: desk.copter.mode is Mode.AUTO and desk.copter.motion.north_m > 100, 100)
    pictures = desk.of("CAMERA_FEEDBACK")
    assert len(pictures) in (9, 10)
    metres = [
        desk.copter.ground.metres(picture.integer("lat") / 1e7, picture.integer("lng") / 1e7) for picture in pictures
    ]
    assert all(9.9 < math.dist(a, b) < 10.6 for a, b in pairwise(metres))
    assert [picture.integer("img_idx") for picture in pictures] == list(range(1, len(pictures) + 1))
    desk.mode(Mode.RTL)
    desk.until(lambda: desk.copter.motion.north_m < 50, 100)
    going_on = len(desk.of("CAMERA_FEEDBACK"))
    assert going_on > 12
    assert desk.command(Cmd.CAMERA_DISTANCE, 0) == 0
    desk.until(lambda: not desk.copter.armed, 200)
    assert len(desk.of("CAMERA_FEEDBACK")) == going_on


def test_home_moves_to_where_it_was_armed_unless_somebody_has_set_it():
    desk = Desk().ready()
    x, y = desk.at(100, 0)
    assert desk.command(Cmd.SET_HOME, 0, 0, 0, 0, x / 1e7, y / 1e7, 20) == 0
    assert desk.command(Cmd.SET_HOME, 0, 0, 0, 0, 50, 100, 20) == 4  # more than 50 km away
    desk.mode(Mode.GUIDED)
    desk.command(Cmd.ARM, 1)
    assert desk.copter.home.lat == pytest.approx(x / 1e7)
    back = desk.send("MISSION_REQUEST_INT", seq=0, mission_type=0)
    assert (back[0].integer("x"), back[0].number("z")) == (x, 20)


@pytest.mark.parametrize(("slope", "highest_m"), [(3, 5), (0, 30)])
def test_who_returns_at_its_home_does_not_climb_first_unless_it_is_told_to(slope, highest_m):
    desk = Desk().hover(5)
    desk.copter.parameters.set("RTL_ALT", 3000)
    desk.copter.parameters.set("RTL_CONE_SLOPE", slope)
    assert desk.command(Cmd.RETURN) == 0
    highest = 0.0

    def down():
        nonlocal highest
        highest = max(highest, desk.copter.motion.up_m)
        return not desk.copter.armed

    desk.until(down, 120)
    assert highest == pytest.approx(highest_m, abs=1.5)


def test_return_goes_up_home_and_down_and_to_a_rally_point_that_is_nearer():
    desk = Desk().hover(5)
    rally = item(Cmd.RALLY_POINT, at=desk.at(80, 10), z=20)
    assert desk.upload([rally], Store.RALLY) is MissionAck.ACCEPTED
    x, y = desk.at(100, 0)
    desk.send(
        "SET_POSITION_TARGET_GLOBAL_INT",
        target_system=1,
        type_mask=0xDF8,
        coordinate_frame=6,
        lat_int=x,
        lon_int=y,
        alt=5,
    )
    desk.until(lambda: desk.copter.motion.north_m > 97, 60)
    assert desk.command(Cmd.RETURN) == 0
    highest = 0.0

    def down():
        nonlocal highest
        highest = max(highest, desk.copter.motion.up_m)
        return not desk.copter.armed

    desk.until(down, 120)
    assert highest == pytest.approx(20, abs=1)
    assert (desk.copter.motion.north_m, desk.copter.motion.east_m) == (
        pytest.approx(80, abs=3),
        pytest.approx(10, abs=3),
    )


def test_a_jump_repeats_and_a_wait_waits():
    desk = Desk()
    items = mission(desk, (20, 0), (40, 0))
    items[4] = item(Cmd.WAYPOINT, 5, at=desk.at(40, 0), z=30)
    items.insert(5, item(Cmd.DO_JUMP, 3, 1))
    desk.fly(items)
    desk.until(lambda: not desk.copter.armed, 300)
    assert [reached.integer("seq") for reached in desk.of("MISSION_ITEM_REACHED")] == [1, 3, 4, 3, 4, 6]


def test_a_circle_of_jumps_alone_ends_the_mission():
    desk = Desk()
    desk.fly([*mission(desk)[:2], item(Cmd.DO_JUMP, 2, -1)])
    desk.until(lambda: desk.copter.run.complete, 60)
    assert desk.copter.armed


def test_missions_can_be_entered_in_the_middle_and_are_counted_by_what_is_flown():
    desk = Desk()
    desk.fly(mission(desk, (50, 0), (50, 50), (0, 50)))
    desk.until(lambda: desk.copter.run.index == 3, 60)
    desk.send("MISSION_SET_CURRENT", seq=5)
    assert desk.of("MISSION_CURRENT")[-1].integer("seq") == 5
    desk.send("MISSION_SET_CURRENT", seq=2)  # a change of speed is not flown: the next one is
    assert desk.of("MISSION_CURRENT")[-1].integer("seq") == 3
    desk.send("MISSION_SET_CURRENT", seq=99)
    assert desk.copter.run.index == 3


def test_a_strong_wind_takes_it_along():
    air = Air(north=-25.0)
    motion = Motion(up_m=30)
    for _ in range(2000):
        motion, _ = step(motion, Demand(v_north=5), air, 0.05)
    assert motion.v_north == pytest.approx(-7, abs=0.1)


def test_heights_over_home_above_the_sea_and_over_terrain():
    desk = Desk()
    items = mission(desk, (20, 0))
    items[3] = item(Cmd.WAYPOINT, at=desk.at(20, 0), z=HOME.height_m + 40, frame=Frame.GLOBAL)
    items.insert(4, item(Cmd.WAYPOINT, at=desk.at(40, 0), z=25, frame=Frame.TERRAIN))
    desk.fly(items)
    desk.until(lambda: desk.copter.run.index == 4, 60)
    assert desk.copter.motion.up_m == pytest.approx(40, abs=2.1)
    desk.until(lambda: desk.copter.run.index == 5, 60)
    assert desk.copter.motion.up_m == pytest.approx(25, abs=2.1)
