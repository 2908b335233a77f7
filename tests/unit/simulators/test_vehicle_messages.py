"""What ground stations say to the simulated copter and hear from it; and that nothing they say stops it."""

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from simulators.vehicle import telemetry
from simulators.vehicle.mav import Ack, Cmd, EkfFlag, Mode
from simulators.vehicle.parameters import DEFAULTS, Parameters
from simulators.vehicle.streams import GROUPS, Schedule
from simulators.vehicle.values import Message, float32
from simulators.vehicle.wire import Wire
from tests.copter import Desk, mission


def test_without_being_asked_it_sends_its_heartbeat_only():
    desk = Desk().ready()
    desk.heard.clear()
    desk.run(10)
    assert {message.name for message in desk.heard} == {"HEARTBEAT"}
    assert len(desk.heard) == 10


def test_streams_come_at_the_rate_that_was_asked_for_until_they_are_stopped():
    desk = Desk().ready()
    ask = {"target_system": 1, "req_stream_id": 0, "req_message_rate": 4}
    desk.send("REQUEST_DATA_STREAM", start_stop=1, **ask)
    desk.heard.clear()
    desk.run(10)
    counts = {name: len(desk.of(name)) for names in GROUPS.values() for name in names}
    assert set(counts.values()) <= {40, 41}
    desk.send("REQUEST_DATA_STREAM", start_stop=0, **ask)
    desk.heard.clear()
    desk.run(5)
    assert {message.name for message in desk.heard} == {"HEARTBEAT"}


def test_moments_that_were_missed_are_not_made_up_for():
    schedule = Schedule()
    schedule.ask("ATTITUDE", 0.1)
    assert schedule.due(0.0) == ["HEARTBEAT", "ATTITUDE"]
    assert schedule.due(100.0) == ["HEARTBEAT", "ATTITUDE"]
    assert schedule.due(100.05) == []


@pytest.mark.parametrize("number", [148, 242, 245, 1, 33])
def test_a_message_is_sent_once_when_asked_for(number):
    desk = Desk().ready()
    desk.heard.clear()
    assert desk.command(Cmd.REQUEST_MESSAGE, number) == Ack.ACCEPTED
    assert desk.heard[0].name == telemetry.MESSAGE_IDS[number]


def test_an_interval_is_set_and_taken_back():
    desk = Desk().ready()
    assert desk.command(Cmd.SET_INTERVAL, 245, 500_000) == Ack.ACCEPTED
    desk.heard.clear()
    desk.run(5)
    assert len(desk.of("EXTENDED_SYS_STATE")) in (10, 11)
    desk.command(Cmd.SET_INTERVAL, 245, -1)
    desk.heard.clear()
    desk.run(2)
    assert not desk.of("EXTENDED_SYS_STATE")
    assert desk.command(Cmd.SET_INTERVAL, 9999, 1) == Ack.DENIED


def test_streams_are_each_link_s_own_and_answers_go_to_who_asked():
    desk = Desk().ready()
    desk.autopilot.connect(2)
    desk.send("REQUEST_DATA_STREAM", link=2, target_system=1, req_stream_id=10, req_message_rate=10, start_stop=1)
    desk.heard.clear()
    desk.run(2)
    assert {message.name for message in desk.heard} == {"HEARTBEAT"}
    answers = desk.send("PARAM_REQUEST_READ", link=2, target_system=1, param_id="RTL_ALT", param_index=-1)
    assert [answer.number("param_value") for answer in answers] == [1500]
    desk.autopilot.disconnect(2)
    assert desk.send("PARAM_REQUEST_LIST", link=2, target_system=1) == []


def test_what_is_for_another_vehicle_is_not_heard():
    desk = Desk().ready()
    assert desk.send("PARAM_REQUEST_LIST", target_system=7) == []
    assert len(desk.send("PARAM_REQUEST_LIST", target_system=0)) == len(DEFAULTS)


@pytest.mark.parametrize("command", [17, 30, 113, 183, 192, 2510, 65535])
def test_an_unknown_command_is_unsupported(command):
    assert Desk().ready().command(command) == Ack.UNSUPPORTED


@pytest.mark.parametrize("command", [176, 206, 207, 241, 246, 400, 410, 519, 520, 42424, 42428])
def test_these_commands_are_known(command):
    assert Desk().ready().command(command, 1) == Ack.ACCEPTED


def test_both_ways_of_setting_a_mode_and_a_mode_that_is_none():
    desk = Desk().ready()
    assert desk.mode(Mode.GUIDED) == Ack.ACCEPTED
    answers = desk.send("SET_MODE", target_system=1, base_mode=1, custom_mode=9)
    assert answers[0].integer("result") == Ack.ACCEPTED
    assert desk.copter.mode is Mode.LAND
    assert desk.mode(99) == Ack.FAILED
    assert "No such mode" in desk.texts()
    assert desk.command(Cmd.DO_SET_MODE, 0, 4) == Ack.DENIED


def test_parameters_are_read_by_name_and_number_and_kept_as_their_kind_holds_them():
    desk = Desk().ready()
    first = desk.send("PARAM_REQUEST_READ", target_system=1, param_id="", param_index=0)[0]
    assert (first.text("param_id"), first.integer("param_count")) == ("SYSID_THISMAV", len(DEFAULTS))
    told = desk.send("PARAM_SET", target_system=1, param_id="RTL_ALT", param_value=2000.4)[0]
    assert (told.text("param_id"), told.number("param_value"), told.integer("param_type")) == ("RTL_ALT", 2000, 4)
    assert (
        desk.send("PARAM_SET", target_system=1, param_id="FENCE_TYPE", param_value=1e9)[0].number("param_value") == 127
    )
    assert desk.send("PARAM_SET", target_system=1, param_id="NOBODY", param_value=1.0) == []
    assert desk.send("PARAM_SET", target_system=1, param_id="RTL_ALT", param_value=math.nan) == []
    assert desk.send("PARAM_REQUEST_READ", target_system=1, param_id="NOBODY", param_index=-1) == []


def test_every_parameter_has_a_name_that_the_wire_holds_and_stands_once():
    names = [name for name, _, _ in DEFAULTS]
    assert len(set(names)) == len(names) >= 60
    assert all(len(name) <= 16 for name in names)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_real_parameter_keeps_its_32_bits(value):
    parameters = Parameters()
    assert parameters.set("MOT_SPIN_MIN", value).value == value


@given(st.floats())
def test_no_number_is_too_large_for_32_bits(value):
    assert (
        math.isnan(value)
        or float32(value) == pytest.approx(value, rel=1e-6, abs=1e-37)
        or abs(float32(value)) == math.inf
    )


def test_it_says_where_it_is_only_when_it_knows():
    desk = Desk()
    desk.until(lambda: desk.copter.booted, 5)
    flags = telemetry.BUILDERS["EKF_STATUS_REPORT"](desk.copter)["flags"]
    assert flags & EkfFlag.CONSTANT_POSITION
    assert not flags & EkfFlag.POSITION
    assert telemetry.BUILDERS["GPS_RAW_INT"](desk.copter)["fix_type"] == 1
    assert telemetry.BUILDERS["GLOBAL_POSITION_INT"](desk.copter)["lat"] == 0
    desk.ready()
    assert telemetry.BUILDERS["EKF_STATUS_REPORT"](desk.copter)["flags"] == 831
    assert telemetry.BUILDERS["GLOBAL_POSITION_INT"](desk.copter)["lat"] == pytest.approx(353760000, abs=1)


def test_sticks_that_nobody_holds_go_back():
    desk = Desk().ready()
    desk.send("RC_CHANNELS_OVERRIDE", target_system=1, chan3_raw=55, chan1_raw=65535)
    assert telemetry.BUILDERS["RC_CHANNELS"](desk.copter)["chan3_raw"] == 55
    desk.run(4)
    assert telemetry.BUILDERS["RC_CHANNELS"](desk.copter)["chan3_raw"] == 1000
    desk.send("RC_CHANNELS_OVERRIDE", system=7, target_system=1, chan3_raw=55)
    assert desk.copter.channel(3) == 1000


def test_clocks_are_compared():
    answers = Desk().ready().send("TIMESYNC", tc1=0, ts1=123)
    assert answers[0].integer("ts1") == 123
    assert answers[0].integer("tc1") > 0


@pytest.mark.parametrize("name", telemetry.BUILDERS)
@pytest.mark.parametrize("moment", ["booting", "flying", "lost"])
def test_all_it_tells_goes_over_the_wire_and_comes_back(name, moment):
    desk = Desk()
    if moment != "booting":
        desk.hover(20)
    if moment == "lost":
        desk.copter.motion = desk.copter.estimate = type(desk.copter.motion)(
            up_m=-3.0, v_up=-300.0, heading_deg=359.999
        )
    message = Message(name, telemetry.BUILDERS[name](desk.copter))
    ((system, component, back),) = Wire(9).decode(Wire(3).encode(message))
    assert (system, component, back.name) == (3, 1, name)


def test_noise_on_the_line_is_passed_over():
    wire = Wire(1)
    frame = Wire(2).encode(Message("HEARTBEAT", telemetry.BUILDERS["HEARTBEAT"](Desk().copter)))
    assert wire.decode(b"\x00\xfd\x01 noise" + frame[:5]) == []
    found = wire.decode(frame[5:] + frame + frame)
    assert [message.name for _, _, message in found][-1:] == ["HEARTBEAT"]


_RANGES = {"uint8_t": (0, 255), "int8_t": (-128, 127), "uint16_t": (0, 65535), "int16_t": (-32768, 32767)}
_RANGES |= {"uint32_t": (0, 2**32 - 1), "int32_t": (-(2**31), 2**31 - 1), "int64_t": (-(2**63), 2**63 - 1)}
_TELLING = [0, 1, 2, 3, 4, 6, 9, 16, 20, 22, 176, 178, 206, 207, 255, 300, 400, 511, 512, 5001, 21196, 65535]


def _values(kind):
    """Any number that a field of this kind holds, and often one that means something."""
    if kind == "float":
        return st.one_of(st.floats(width=32), st.sampled_from([float(value) for value in _TELLING]))
    low, high = _RANGES[kind]
    return st.one_of(st.integers(low, high), st.sampled_from([value for value in _TELLING if value <= high]))


def _messages(name):
    kind = getattr(mavlink, f"MAVLink_{name.lower()}_message")
    types = dict(zip(kind.fieldnames, kind.fieldtypes, strict=True))
    fields = {field: _values(types[field]) for field in types if types[field] != "char"}
    named = {field: st.sampled_from(["RTL_ALT", "NOBODY", ""]) for field in types if types[field] == "char"}
    return st.builds(lambda fields: Message(name, fields), st.fixed_dictionaries({**fields, **named}))


@pytest.mark.parametrize("value", [0.0, -1.0, -1e30, 1e30])
@pytest.mark.parametrize("first", range(0, len(DEFAULTS), 16))
def test_no_parameters_however_odd_stop_it(first, value):
    desk = Desk().hover(3)
    for name, _, _ in DEFAULTS[first : first + 16]:
        desk.send("PARAM_SET", target_system=1, param_id=name, param_value=value)
    for mode in (Mode.BRAKE, Mode.LOITER, Mode.RTL):
        desk.mode(mode)
        desk.run(0.5)
    assert all(math.isfinite(number) for number in dataclasses.astuple(desk.copter.motion))


HEARD = sorted(Desk().autopilot.messages)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["ground", "mission", "guided"]),
    st.lists(st.sampled_from(HEARD).flatmap(_messages), min_size=1, max_size=8),
)
def test_nothing_that_is_said_stops_it(where, messages):
    """Any message with any numbers that the wire holds, on the ground and in the air; then time passes."""
    desk = Desk().ready()
    if where == "mission":
        desk.fly(mission(desk, (20, 0))).run(4)
    elif where == "guided":
        desk.hover(3)
    wire = Wire(1)
    for message in messages:
        fields = {**message.fields, "target_system": 1} if "target_system" in message.fields else message.fields
        desk.send(message.name, **fields)
        desk.run(0.2)
    for message in desk.heard:
        wire.encode(message)
    assert all(math.isfinite(value) for value in dataclasses.astuple(desk.copter.motion))
