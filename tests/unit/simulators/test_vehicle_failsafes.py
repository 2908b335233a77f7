"""What the simulated copter does by itself: lost stations, empty batteries, no position, fences."""

import math
from dataclasses import replace

import pytest

from simulators.vehicle.battery import Battery
from simulators.vehicle.mav import Cmd, MissionAck, Mode, Store
from simulators.vehicle.orders import LinkFaults, Radio, Target, carry_out, parse_order
from simulators.vehicle.wind import Wind
from tests.copter import Desk, item, mission


def order(desk: Desk, line: str) -> str:
    later = []
    answer = carry_out(parse_order(line), Target(desk.autopilot, Radio(LinkFaults(), 1), desk.wall_s, later))
    desk.later = later
    return answer


def survey(desk: Desk) -> Desk:
    desk.fly(mission(desk, (0, 20), (300, 20), (300, 60), (0, 60)))
    desk.until(lambda: desk.copter.run.index == 4 and desk.copter.motion.north_m > 60, 100)
    return desk


def test_a_lost_station_brings_it_home_and_it_stays_on_its_way():
    desk = survey(Desk())
    desk.silent = True
    assert 4 < desk.until(lambda: desk.copter.mode is Mode.RTL, 10) < 5.2
    assert "GCS Failsafe" in desk.texts()
    desk.silent = False
    desk.run(3)
    assert "GCS Failsafe Cleared" in desk.texts()
    assert desk.copter.mode is Mode.RTL
    desk.until(lambda: not desk.copter.armed, 200)
    assert math.hypot(desk.copter.motion.north_m, desk.copter.motion.east_m) < 2


def test_the_station_is_waited_for_by_the_wall_clock_however_fast_the_vehicle_s_is():
    desk = Desk(speedup=20).hover(20)
    desk.run(40)
    began = desk.wall_s
    desk.silent = True
    desk.until(lambda: desk.copter.mode is Mode.RTL, 300)
    assert 4 < desk.wall_s - began < 5.2  # the last heartbeat was up to a second ago


@pytest.mark.parametrize(
    ("settings", "mode"),
    [({"FS_GCS_ENABLE": 0}, Mode.AUTO), ({"FS_GCS_ENABLE": 5}, Mode.LAND), ({"FS_OPTIONS": 2}, Mode.AUTO)],
)
def test_what_a_lost_station_brings_about_is_a_parameter(settings, mode):
    desk = survey(Desk())
    for name, value in settings.items():
        desk.send("PARAM_SET", target_system=1, param_id=name, param_value=float(value))
    desk.silent = True
    desk.run(8)
    assert desk.copter.mode is mode


def test_only_its_own_station_s_heartbeat_counts_and_one_that_never_was_is_not_missed():
    desk = Desk()
    desk.silent = True
    desk.hover(20)
    desk.run(10)
    assert desk.copter.mode is Mode.GUIDED
    desk.send("HEARTBEAT", type=6)
    for _ in range(10):
        desk.send("HEARTBEAT", type=6, system=77)
        desk.send("HEARTBEAT", type=18, system=255)
        desk.run(1)
    assert desk.copter.mode is Mode.RTL


def test_a_low_battery_brings_it_home_and_a_critical_one_down():
    desk = survey(Desk())
    assert order(desk, "battery 19") == "ok"
    assert desk.until(lambda: desk.copter.mode is Mode.RTL, 30) == pytest.approx(10, abs=0.5)
    assert any(text.startswith("Battery 1 is low") for text in desk.texts())
    order(desk, "battery 9")
    desk.until(lambda: desk.copter.mode is Mode.LAND, 30)
    desk.until(lambda: not desk.copter.armed, 100)
    assert not desk.copter.broken
    assert desk.command(Cmd.ARM, 1) == 4
    assert order(desk, "battery swap") == "ok"
    desk.mode(Mode.GUIDED)
    assert desk.command(Cmd.ARM, 1) == 0


def test_a_sagging_voltage_is_low_only_where_a_limit_is_set():
    desk = survey(Desk())
    order(desk, "battery sag 2.5")
    desk.run(15)
    assert desk.copter.mode is Mode.AUTO
    desk.send("PARAM_SET", target_system=1, param_id="BATT_LOW_VOLT", param_value=14.0)
    desk.until(lambda: desk.copter.mode is Mode.RTL, 15)


def test_flying_takes_about_twenty_amperes():
    desk = survey(Desk())
    before = desk.copter.battery.used_mah
    desk.run(18)
    assert (desk.copter.battery.used_mah - before) / 18 * 3.6 == pytest.approx(20, abs=2)
    assert Battery(1000).voltage_v == pytest.approx(16.8)
    assert Battery(1000, used_mah=2000).left == 0


def test_an_empty_battery_in_the_air_is_a_crash():
    desk = Desk().hover(30)
    desk.send("PARAM_SET", target_system=1, param_id="BATT_FS_LOW_ACT", param_value=0.0)
    desk.send("PARAM_SET", target_system=1, param_id="BATT_FS_CRT_ACT", param_value=0.0)
    order(desk, "battery 0")
    desk.until(lambda: not desk.copter.aloft, 20)
    assert desk.copter.broken


def test_without_a_position_it_lands_and_drifts_with_the_wind():
    desk = survey(Desk(wind=Wind(5, 270)))
    order(desk, "gps lost")
    assert desk.until(lambda: desk.copter.mode is Mode.LAND, 10) == pytest.approx(3, abs=0.3)
    assert desk.texts()[-2:] == ["GPS Glitch", "EKF Failsafe: changed to LAND Mode"]
    drifted = desk.copter.motion.east_m
    assert desk.mode(Mode.RTL) == 4
    desk.until(lambda: not desk.copter.armed, 100)
    assert desk.copter.motion.east_m - drifted > 30


def test_a_position_that_comes_back_soon_changes_nothing():
    desk = survey(Desk())
    order(desk, "gps lost 1")
    assert [str(line) for _, line in desk.later] == [str(parse_order("gps back"))]
    desk.run(1)
    order(desk, "gps back")
    desk.run(10)
    assert desk.copter.mode is Mode.AUTO


def fence(desk: Desk, *corners, command=Cmd.FENCE_INCLUSION):
    return [item(command, len(corners), at=desk.at(*corner)) for corner in corners]


YARD = ((-50, -50), (-50, 100), (150, 100), (150, -50))


def fenced(desk: Desk, items) -> Desk:
    assert desk.upload(items, Store.FENCE) is MissionAck.ACCEPTED
    desk.send("PARAM_SET", target_system=1, param_id="FENCE_TYPE", param_value=4.0)
    assert desk.command(Cmd.FENCE_ENABLE, 1) == 0
    return desk


def test_a_broken_fence_brings_it_home_with_some_overshoot():
    desk = Desk().ready()
    fenced(desk, fence(desk, *YARD)).fly(mission(desk, (0, 20), (300, 20)))
    farthest = 0.0

    def home():
        nonlocal farthest
        farthest = max(farthest, desk.copter.motion.north_m)
        return not desk.copter.armed

    desk.until(home, 200)
    assert 152 < farthest < 166
    assert "Fence Breached" in desk.texts()
    assert desk.copter.failures.fence_count == 1
    assert math.hypot(desk.copter.motion.north_m, desk.copter.motion.east_m) < 2


@pytest.mark.parametrize(
    ("items", "allowed"),
    [
        (lambda desk: fence(desk, *YARD), True),
        (lambda desk: fence(desk, (20, 20), (20, 40), (40, 40)), False),
        (lambda desk: fence(desk, *YARD, command=Cmd.FENCE_EXCLUSION), False),
        (lambda desk: [item(Cmd.FENCE_CIRCLE_INCLUSION, 100, at=desk.at(50, 0))], True),
        (lambda desk: [item(Cmd.FENCE_CIRCLE_EXCLUSION, 100, at=desk.at(50, 0))], False),
        (lambda desk: [*fence(desk, *YARD), item(Cmd.FENCE_CIRCLE_EXCLUSION, 10, at=desk.at(5, 0))], False),
    ],
)
def test_outside_the_fence_it_is_not_armed(items, allowed):
    desk = Desk().ready()
    fenced(desk, items(desk))
    desk.mode(Mode.GUIDED)
    assert (desk.command(Cmd.ARM, 1) == 0) is allowed


def test_the_default_fence_brings_a_circle_along_and_the_ceiling_holds():
    desk = Desk().hover(20)
    desk.command(Cmd.FENCE_ENABLE, 1)
    x, y = desk.at(200, 0)
    desk.send("COMMAND_INT", target_system=1, command=16, frame=3, x=x, y=y, z=20)
    desk.until(lambda: desk.copter.mode is Mode.RTL, 120)
    assert desk.copter.motion.north_m == pytest.approx(150, abs=1)
    assert desk.copter.failures.fence_kind == 3
    desk = Desk().hover(20)
    desk.command(Cmd.FENCE_ENABLE, 1)
    x, y = desk.at(0, 0)
    desk.send("COMMAND_INT", target_system=1, command=16, frame=3, x=x, y=y, z=120)
    desk.until(lambda: desk.copter.mode is Mode.RTL, 120)
    assert desk.copter.failures.fence_kind == 2


def test_a_reboot_in_the_air_is_a_crash_and_on_the_ground_a_new_beginning_with_the_same_lists():
    desk = Desk()
    desk.fly(mission(desk, (50, 0)))
    desk.send("REQUEST_DATA_STREAM", target_system=1, req_stream_id=0, req_message_rate=4, start_stop=1)
    desk.run(12)
    desk.autopilot.reboot()
    assert not desk.copter.armed
    desk.until(lambda: not desk.copter.aloft, 20)
    assert desk.copter.broken
    desk.heard.clear()
    desk.run(10)
    assert {message.name for message in desk.heard} <= {"HEARTBEAT", "STATUSTEXT", "HOME_POSITION"}
    assert len(desk.copter.lists[Store.MISSION]) == 5
    assert order(desk, "repair") == "ok"
    desk.mode(Mode.GUIDED)
    assert desk.command(Cmd.ARM, 1) == 0


def test_the_reboot_command_is_refused_when_armed_and_answered_before_it_is_done():
    desk = Desk().hover(10)
    assert desk.command(Cmd.REBOOT, 1) == 4
    desk = Desk().ready()
    assert desk.command(Cmd.REBOOT, 1) == 0
    assert desk.copter.boot_s == 0
    assert not desk.send("PARAM_REQUEST_LIST", target_system=1), "it is not there yet"


def test_noise_moves_what_it_believes_and_wind_what_it_does():
    desk = Desk(noise_m=1.0).hover(20)
    desk.copter.gps = replace(desk.copter.gps, off_north=0.0, off_east=0.0)
    off = []
    for _ in range(400):
        desk.run(1)
        off.append(desk.copter.estimate.north_m - desk.copter.motion.north_m)
    spread = math.sqrt(sum(value * value for value in off) / len(off))
    assert 0.6 < spread < 1.5
    assert abs(desk.copter.motion.north_m) < 5
