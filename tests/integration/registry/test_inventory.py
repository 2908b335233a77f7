import random

import pytest

from hub.errors import Conflict, NotFound
from hub.registry import service as registry
from hub.registry.devices import DeviceChange, NewDevice
from hub.registry.people import Actor
from hub.store import Connection
from tests.integration.registry.conftest import NOW, fresh, person


@pytest.fixture
def agent(conn: Connection, staff: Actor) -> str:
    return registry.create_agent(conn, staff, "an agent", NOW)[0]


def _new(agent: str, device_id: str, kind: str = "trap", team: str | None = None) -> NewDevice:
    return NewDevice(agent, device_id, kind, device_id, 35.3, 140.0, team)


def _ids(conn: Connection, actor: Actor) -> list[str]:
    return [device.id for device in registry.fetch_devices(conn, fresh(conn, actor))]


def test_an_id_is_one_devices(conn: Connection, staff: Actor, agent: str) -> None:
    registry.register_device(conn, staff, _new(agent, "trap-1"), NOW)
    with pytest.raises(Conflict):
        registry.register_device(conn, staff, _new(agent, "trap-1", "station"), NOW)


def test_a_device_has_an_agent_and_only_a_trap_a_team(conn: Connection, staff: Actor, agent: str) -> None:
    with pytest.raises(NotFound):
        registry.register_device(conn, staff, _new("ag-nobody", "trap-1"), NOW)
    with pytest.raises(NotFound):
        registry.register_device(conn, staff, _new(agent, "trap-1", team="t-nobody"), NOW)
    team = registry.create_team(conn, staff, "a team", NOW).id
    with pytest.raises(Conflict):
        registry.register_device(conn, staff, _new(agent, "station-1", "station", team), NOW)


def test_no_two_teams_have_one_name(conn: Connection, staff: Actor) -> None:
    registry.create_team(conn, staff, "a team", NOW)
    with pytest.raises(Conflict):
        registry.create_team(conn, staff, "a team", NOW)


def test_a_hunter_sees_free_traps_and_those_of_the_own_teams(conn: Connection, staff: Actor, agent: str) -> None:
    ours, theirs = (registry.create_team(conn, staff, name, NOW).id for name in ("ours", "theirs"))
    for name, team in (("free", None), ("ours", ours), ("theirs", theirs)):
        registry.register_device(conn, staff, _new(agent, f"trap-{name}", team=team), NOW)
    registry.register_device(conn, staff, _new(agent, "station-1", "station"), NOW)
    hunter = person(conn, "hunter")
    assert _ids(conn, hunter) == ["trap-free"]
    registry.add_member(conn, staff, ours, hunter.person_id, NOW)
    assert _ids(conn, hunter) == ["trap-free", "trap-ours"]
    with pytest.raises(NotFound):
        registry.device_of(conn, fresh(conn, hunter), "trap-theirs")
    registry.remove_member(conn, staff, ours, hunter.person_id, NOW)
    assert _ids(conn, hunter) == ["trap-free"]
    for role in ("farmer", "responder", "partner"):
        assert _ids(conn, person(conn, role)) == []
    assert len(_ids(conn, staff)) == 4


def test_hunters_of_the_team_are_told_all_of_them_of_a_free_trap_and_staff_when_there_is_none(
    conn: Connection, staff: Actor, agent: str
) -> None:
    team = registry.create_team(conn, staff, "a team", NOW).id
    free = registry.register_device(conn, staff, _new(agent, "free"), NOW).key
    owned = registry.register_device(conn, staff, _new(agent, "owned", team=team), NOW).key

    def told(key: int) -> set[str]:
        return {recipient.person_id for recipient in registry.fetch_hunters_for_trap(conn, key)}

    assert told(free) == told(owned) == {staff.person_id}
    one, other = person(conn, "hunter"), person(conn, "hunter", email="other@example.jp")
    farmer = person(conn, "farmer")
    assert told(free) == {one.person_id, other.person_id}
    assert told(owned) == {staff.person_id}
    registry.add_member(conn, staff, team, other.person_id, NOW)
    registry.add_member(conn, staff, team, farmer.person_id, NOW)
    (recipient,) = registry.fetch_hunters_for_trap(conn, owned)
    assert (recipient.person_id, recipient.email) == (other.person_id, "other@example.jp")


def test_a_change_moves_a_trap_to_another_team(conn: Connection, staff: Actor, agent: str) -> None:
    team = registry.create_team(conn, staff, "a team", NOW).id
    device = registry.register_device(conn, staff, _new(agent, "trap-1"), NOW)
    registry.change_device(conn, staff, device, DeviceChange("Another name", 35.4, 140.1, team), NOW)
    after = registry.device_of(conn, staff, "trap-1")
    assert (after.name, after.lat, after.lon, after.team_id) == ("Another name", 35.4, 140.1, team)


@pytest.mark.parametrize("seed", range(3))
def test_the_list_and_the_keys_agree_for_everybody(conn: Connection, staff: Actor, agent: str, seed: int) -> None:
    dice = random.Random(seed)
    teams = [registry.create_team(conn, staff, f"team {number}", NOW).id for number in range(3)]
    devices = []
    for number in range(20):
        kind = dice.choice(["trap", "station", "drone"])
        team = dice.choice([None, *teams]) if kind == "trap" else None
        devices.append(registry.register_device(conn, staff, _new(agent, f"d-{number}", kind, team), NOW))
    stations = [device.key for device in devices if device.kind == "station"]
    people = [person(conn, *dice.sample(["hunter", "farmer", "responder", "partner"], 2)) for _ in range(8)]
    for number, actor in enumerate(people):
        for team in dice.sample(teams, 1):
            registry.add_member(conn, staff, team, actor.person_id, NOW)
        plot = f"pl-{number}"
        owner, other = dice.sample(people, 2)
        conn.execute(
            "insert into plot (id, owner_id, name, created_at) values (%s, %s, 'a plot', %s)",
            (plot, owner.person_id, NOW),
        )
        conn.execute("insert into plot_share (plot_id, person_id) values (%s, %s)", (plot, other.person_id))
        for key in dice.sample(stations, min(2, len(stations))):
            conn.execute("insert into plot_station (plot_id, device_key) values (%s, %s)", (plot, key))
    for actor in [fresh(conn, one) for one in people]:
        listed = registry.fetch_devices(conn, actor)
        assert registry.visible_device_keys(conn, actor) == {device.key for device in listed}
        for device in devices:
            if device.id in {one.id for one in listed}:
                assert registry.device_of(conn, actor, device.id).key == device.key
            else:
                with pytest.raises(NotFound):
                    registry.device_of(conn, actor, device.id)
    assert registry.visible_device_keys(conn, staff) is None


def test_pages_of_devices_hold_all_of_them_once(conn: Connection, staff: Actor, agent: str) -> None:
    for number in range(7):
        registry.register_device(conn, staff, _new(agent, f"trap-{number}"), NOW)
    seen: list[str] = []
    while page := registry.fetch_devices(conn, staff, after=seen[-1] if seen else "", limit=3):
        seen += [device.id for device in page]
    assert seen == [f"trap-{number}" for number in range(7)]
