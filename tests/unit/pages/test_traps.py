"""The order in which a hunter reads the traps."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.views import IncidentView
from hub.registry.devices import Device
from hub.traps.decisions import Trap
from hub.traps.states import STATES
from hub.web.pages.traps import TrapCard, loudest_first

NOW = datetime(2026, 11, 23, 5, 5, tzinfo=UTC)


def card(key: int, state: str, incident: str | None = None, minutes: int = 0) -> TrapCard:
    at = NOW - timedelta(minutes=minutes)
    device = Device(key, f"trap-{key}", "ag-1", "trap", f"罠{key}", 35.0, 140.0, None, NOW, at)
    view = incident and IncidentView(
        f"i-{key}", "trap_sprung", incident, key, device.id, None, device.name, 35.0, 140.0, at, False, False, {}, at,
        1, 0, None, None, None, None, None, None,
    )  # fmt: skip
    return TrapCard(device, Trap(key, state, at), view or None)


def test_the_worst_comes_first_and_what_is_answered_after_what_is_not():
    cards = [
        card(1, "sprung_silent", "open"),
        card(2, "sprung", "open", minutes=20),
        card(3, "sprung", "open", minutes=5),
        card(4, "sprung", "going", minutes=60),
        card(5, "silent", "open"),
        card(6, "armed", "open"),
        card(7, "armed"),
        card(8, "disarmed"),
    ]
    for shuffled in (cards[::-1], cards[3:] + cards[:3]):
        assert [one.device.key for one in loudest_first(shuffled)] == [1, 2, 3, 4, 5, 6, 7, 8]


@given(st.lists(st.tuples(st.sampled_from(STATES), st.sampled_from([None, "open", "going"])), max_size=12))
def test_no_quiet_trap_stands_before_a_loud_one(traps):
    shown = loudest_first([card(key, state, incident) for key, (state, incident) in enumerate(traps, 1)])
    loud = [one.is_loud for one in shown]
    assert loud == sorted(loud, reverse=True)
    assert len(shown) == len(traps)


def test_the_order_does_not_depend_on_how_they_came():
    cards = [card(1, "sprung", "open"), card(2, "sprung", "open"), card(3, "silent")]
    orders = {tuple(one.device.key for one in loudest_first(list(order))) for order in permutations(cards)}
    assert orders == {(1, 2, 3)}


def test_the_last_word_is_the_newer_of_the_traps_and_the_devices():
    one = card(1, "armed", minutes=5)
    assert one.heard_at == NOW - timedelta(minutes=5)
    assert card(2, "armed").heard_at == NOW
