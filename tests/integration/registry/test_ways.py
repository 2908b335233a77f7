"""Ways to people: whoever links a phone last has it, and a way that has ended reaches nobody."""

from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from tests.integration.registry.conftest import NOW, person


def test_a_way_reaches_its_person_until_it_ends(conn: Connection, staff: Actor) -> None:
    hunter = person(conn, "hunter")
    way_id = registry.add_way(conn, hunter.person_id, "line", "U1", NOW, detail={"name": "健太"}, label="LINE")
    (way,) = registry.fetch_ways(conn, hunter.person_id)
    assert (way.id, way.channel, way.address, way.detail, way.label) == (way_id, "line", "U1", {"name": "健太"}, "LINE")
    assert registry.fetch_ways(conn, hunter.person_id, "push") == []
    assert registry.person_of_address(conn, "line", "U1") == hunter.person_id
    assert registry.end_way(conn, way_id, "unlinked", NOW, hunter)
    assert not registry.end_way(conn, way_id, "unlinked", NOW, hunter)
    assert registry.fetch_ways(conn, hunter.person_id) == []
    assert registry.person_of_address(conn, "line", "U1") is None


def test_an_address_is_one_persons(conn: Connection, staff: Actor) -> None:
    first, second = person(conn, "hunter"), person(conn, "hunter")
    registry.add_way(conn, first.person_id, "push", "https://push.example/1", NOW)
    registry.add_way(conn, second.person_id, "push", "https://push.example/1", NOW)
    assert registry.fetch_ways(conn, first.person_id) == []
    assert registry.person_of_address(conn, "push", "https://push.example/1") == second.person_id


def test_whoever_is_told_brings_channels_and_their_order(conn: Connection, staff: Actor) -> None:
    registry.add_way(conn, staff.person_id, "push", "a", NOW)
    registry.add_way(conn, staff.person_id, "push", "b", NOW)
    registry.add_way(conn, staff.person_id, "line", "c", NOW)
    registry.save_channels(conn, staff, ["push", "mail"], NOW)
    (told,) = registry.fetch_staff(conn)
    assert list(told.reaches) == ["line", "push"]
    assert list(told.prefers) == ["push", "mail"]
    registry.save_channels(conn, staff, None, NOW)
    assert list(registry.fetch_staff(conn)[0].prefers) == []
