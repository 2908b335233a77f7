"""Missions, fences and rally points on their way to the simulated copter and back."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.vehicle import transfers
from simulators.vehicle.items import Item, check_item
from simulators.vehicle.mav import Cmd, Frame, MissionAck, Store
from simulators.vehicle.transfers import Answer, Ask, Done, Peer
from tests.copter import Desk, item, mission

HERE, OTHER = Peer(1, 255, 190), Peer(2, 254, 190)
POINT = Item(Cmd.WAYPOINT, Frame.RELATIVE, (0.0, 0.0, 0.0, 0.0), 353_760_000, 1_399_210_000, 30.0)


def read_back(desk: Desk, store: Store, *, integers: bool = True):
    count = desk.send("MISSION_REQUEST_LIST", mission_type=int(store))[0].integer("count")
    name = "MISSION_REQUEST_INT" if integers else "MISSION_REQUEST"
    return [desk.send(name, seq=seq, mission_type=int(store))[0] for seq in range(count)]


def test_what_is_read_back_is_what_was_sent_but_home():
    desk = Desk().ready()
    sent = mission(desk, (10, 20), (30, 40))
    assert desk.upload(sent) is MissionAck.ACCEPTED
    back = read_back(desk, Store.MISSION)
    assert len(back) == len(sent)
    for message, fields in zip(back[1:], sent[1:], strict=True):
        assert message.name == "MISSION_ITEM_INT"
        assert {name: message.fields[name] for name in fields} == fields
    home = desk.copter.home
    assert (back[0].integer("x"), back[0].integer("y")) == (round(home.lat * 1e7), round(home.lon * 1e7))
    floats = read_back(desk, Store.MISSION, integers=False)
    assert floats[3].number("x") == pytest.approx(sent[3]["x"] / 1e7)


def test_home_can_be_read_though_there_is_no_mission():
    desk = Desk().ready()
    assert desk.send("MISSION_REQUEST_LIST", mission_type=0)[0].integer("count") == 0
    assert desk.send("MISSION_REQUEST", seq=0, mission_type=0)[0].name == "MISSION_ITEM"
    assert desk.send("MISSION_REQUEST", seq=1, mission_type=0)[0].integer("type") == MissionAck.INVALID_SEQUENCE


@pytest.mark.parametrize("frame", [Frame.GLOBAL_INT, Frame.RELATIVE_INT, Frame.TERRAIN_INT])
def test_frames_that_arducopter_does_not_take_in_a_mission(frame):
    desk = Desk().ready()
    assert (
        desk.upload([item(Cmd.WAYPOINT), item(Cmd.WAYPOINT, at=desk.at(1, 1), frame=frame)])
        == MissionAck.UNSUPPORTED_FRAME
    )


@pytest.mark.parametrize(
    ("store", "bad", "result"),
    [
        (Store.MISSION, item(Cmd.WAYPOINT, at=(900_000_001, 0)), MissionAck.INVALID_LAT),
        (Store.MISSION, item(Cmd.WAYPOINT, at=(0, 1_800_000_001)), MissionAck.INVALID_LON),
        (Store.MISSION, item(Cmd.WAYPOINT, z=math.nan), MissionAck.INVALID_ALT),
        (Store.MISSION, item(Cmd.WAYPOINT, math.nan), MissionAck.INVALID_PARAM1),
        (Store.MISSION, item(Cmd.WAYPOINT, 0, 0, 0, math.nan), MissionAck.ACCEPTED),
        (Store.MISSION, item(Cmd.CHANGE_SPEED, 1, math.inf), MissionAck.INVALID_PARAM2),
        (Store.MISSION, item(113), MissionAck.UNSUPPORTED),
        (Store.MISSION, item(Cmd.RALLY_POINT), MissionAck.UNSUPPORTED),
        (Store.FENCE, item(Cmd.WAYPOINT), MissionAck.UNSUPPORTED),
        (Store.FENCE, item(Cmd.FENCE_INCLUSION, 3), MissionAck.INVALID_PARAM1),
        (Store.FENCE, item(Cmd.FENCE_CIRCLE_INCLUSION, 50, frame=Frame.GLOBAL_INT), MissionAck.ACCEPTED),
        (Store.RALLY, item(Cmd.RALLY_POINT, z=20), MissionAck.ACCEPTED),
    ],
)
def test_an_item_is_refused_with_its_reason(store, bad, result):
    desk = Desk().ready()
    assert desk.upload([bad], store) is result


def test_a_refused_last_item_leaves_what_came_before():
    desk = Desk().ready()
    sent = [*mission(desk, (10, 20)), item(113)]
    assert desk.upload(sent) is MissionAck.UNSUPPORTED
    assert len(read_back(desk, Store.MISSION)) == len(sent) - 1


def test_a_fence_that_makes_no_sense_replaces_nothing():
    desk = Desk().ready()
    good = [item(Cmd.FENCE_INCLUSION, 3, at=desk.at(*at)) for at in ((0, 0), (9, 0), (0, 9))]
    assert desk.upload(good, Store.FENCE) is MissionAck.ACCEPTED
    assert desk.copter.parameters["FENCE_TOTAL"] == 3
    assert desk.upload([*good, item(Cmd.FENCE_EXCLUSION, 4)], Store.FENCE) is MissionAck.INVALID_PARAM1
    assert [message.integer("x") for message in read_back(desk, Store.FENCE)] == [fields["x"] for fields in good]


def test_one_list_or_all_are_cleared():
    desk = Desk().ready()
    desk.upload(mission(desk, (10, 20)))
    desk.upload([item(Cmd.RALLY_POINT)], Store.RALLY)
    answers = desk.send("MISSION_CLEAR_ALL", mission_type=0)
    assert [(answer.name, answer.integer("type")) for answer in answers] == [("MISSION_ACK", 0)]
    assert [len(desk.copter.lists[store]) for store in (Store.MISSION, Store.RALLY)] == [0, 1]
    desk.send("MISSION_CLEAR_ALL", mission_type=255)
    assert not desk.copter.lists[Store.RALLY]


def test_a_lost_request_is_repeated_each_second_and_given_up_after_eight():
    desk = Desk().ready()
    desk.send("MISSION_COUNT", count=3, mission_type=0)
    desk.heard.clear()
    desk.run(7.9)
    asked = [message.integer("seq") for message in desk.of("MISSION_REQUEST")]
    assert asked == [0] * 7
    desk.run(0.5)
    assert [message.integer("type") for message in desk.of("MISSION_ACK")] == [MissionAck.CANCELLED]
    late = desk.send("MISSION_ITEM_INT", seq=0, **dict(item(Cmd.WAYPOINT).items()))
    assert late[0].integer("type") == MissionAck.ERROR


def test_a_station_that_knows_integers_only_is_asked_for_integers():
    desk = Desk().ready()
    assert desk.send("MISSION_COUNT", count=1, mission_type=1)[0].name == "MISSION_REQUEST"
    again = desk.send("MISSION_ACK", type=int(MissionAck.UNSUPPORTED), mission_type=1)
    assert [(message.name, message.integer("seq")) for message in again] == [("MISSION_REQUEST_INT", 0)]


def test_too_many_items_and_unknown_lists_are_refused():
    desk = Desk().ready()
    assert desk.send("MISSION_COUNT", count=1000, mission_type=0)[0].integer("type") == MissionAck.NO_SPACE
    assert desk.send("MISSION_COUNT", count=1, mission_type=9)[0].integer("type") == MissionAck.UNSUPPORTED


def test_two_stations_do_not_upload_at_once():
    upload, _ = transfers.begin(None, HERE, Store.MISSION, 2, 0.0)
    same, effects = transfers.begin(upload, OTHER, Store.MISSION, 2, 0.1)
    assert same == upload
    assert effects == [Answer(OTHER, Store.MISSION, MissionAck.DENIED)]
    _, effects = transfers.take(upload, OTHER, Store.MISSION, 0, POINT, 0.1)
    assert effects == [Answer(OTHER, Store.MISSION, MissionAck.ERROR)]


def test_a_station_that_comes_back_on_another_link_begins_again_or_goes_on():
    back = Peer(5, HERE.system, HERE.component)
    upload, _ = transfers.begin(None, HERE, Store.MISSION, 2, 0.0)
    upload, effects = transfers.take(upload, back, Store.MISSION, 0, POINT, 0.1)
    assert Ask(back, Store.MISSION, 1, as_integers=False) in effects
    again, effects = transfers.begin(upload, HERE, Store.MISSION, 2, 0.2)
    assert again.items == ()
    assert Ask(HERE, Store.MISSION, 0, as_integers=False) in effects


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=60), st.integers(1, 6))
def test_items_lost_doubled_and_out_of_turn_never_make_a_false_list(sent, count):
    """Whatever comes, a list is complete only with all its items in their order."""
    upload, effects = transfers.begin(None, HERE, Store.FENCE, count, 0.0)
    asked = next(effect.seq for effect in effects if isinstance(effect, Ask))
    now_s = 0.0
    for seq, passes in sent:
        now_s += 1.5
        if upload is None:
            break
        if passes:
            circle = Item(Cmd.FENCE_CIRCLE_INCLUSION, 0, (10.0 + seq, 0.0, 0.0, 0.0), seq, seq, 0.0)
            upload, effects = transfers.take(upload, HERE, Store.FENCE, seq, circle, now_s)
        else:
            upload, effects = transfers.remind(upload, now_s)
        for effect in effects:
            if isinstance(effect, Ask):
                assert effect.seq in (asked, asked + 1)
                asked = effect.seq
            if isinstance(effect, Done):
                assert [kept.x for kept in effect.items] == list(range(count))
                assert effect.complete


@given(
    st.floats(),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 255),
    st.integers(0, 65535),
    st.sampled_from([Store.MISSION, Store.FENCE, Store.RALLY]),
)
def test_any_item_has_an_answer(value, x, y, frame, command, store):
    result = check_item(store, Item(command, frame, (value, 0.0, 0.0, value), x, y, value))
    if result is MissionAck.ACCEPTED and command in (Cmd.WAYPOINT, Cmd.RALLY_POINT):
        assert abs(x) <= 900_000_000
        assert abs(y) <= 1_800_000_000
        assert math.isfinite(value)
