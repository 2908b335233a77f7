"""A partner sees what concerns the survey as a whole and their own drones, and of other parties' not a name."""

from datetime import UTC, datetime

import pytest

from hub.surveys.showing import entries_seen
from hub.surveys.values import Entry, SortieRow

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)


def _sortie(name: str, drone: str) -> SortieRow:
    none = [None] * 7
    return SortieRow(name, "sv-1", 1, 0, 1, drone, "flying", *none)


SORTIES = [_sortie("so-1", "mine"), _sortie("so-2", "theirs"), _sortie("so-3", "mine-too")]
OWN = frozenset({"so-1", "so-3"})


def _entry(what: str, sortie: str | None = None, **detail: object) -> Entry:
    return Entry(1, "sv-1", NOW, NOW, "p-1", what, sortie, detail)


@pytest.mark.parametrize(
    ("entry", "detail"),
    [
        (_entry("launched", version=2), {"version": 2}),
        (_entry("stopped", how="hold", drone=None, drones=3), {"how": "hold", "drone": None}),
        (_entry("stopped", how="land", drone="mine", drones=1), {"how": "land", "drone": "mine"}),
        (_entry("stopped", how="land", drone="theirs", drones=1), None),
        (_entry("resumed", drone="theirs", drones=1), None),
        (_entry("held", "so-1", drone="mine"), {"drone": "mine"}),
        (_entry("held", "so-2", drone="theirs"), None),
        (_entry("held", "so-9", drone="mine"), None),
        (_entry("waits", "so-1", drone="mine", other="theirs"), {"drone": "mine"}),
        (_entry("stays", "so-1", drone="mine", other="of another survey"), {"drone": "mine"}),
        (_entry("waits", "so-1", drone="mine", other="mine-too"), {"drone": "mine", "other": "mine-too"}),
        (_entry("waits", "so-2", drone="theirs", other="mine"), None),
    ],
)
def test_of_other_parties_drones_nothing_is_named(entry: Entry, detail: dict | None) -> None:
    seen = entries_seen([entry], OWN, SORTIES)
    assert [one.detail for one in seen] == ([] if detail is None else [detail])
    assert "theirs" not in str(seen)
    assert entries_seen([entry], None, SORTIES) == [entry]


def test_entries_stay_in_their_order_and_nobody_without_a_drone_sees_a_drones() -> None:
    entries = [_entry("launched"), _entry("held", "so-1", drone="mine"), _entry("ended")]
    assert entries_seen(entries, OWN, SORTIES) == entries
    assert [one.what for one in entries_seen(entries, frozenset(), SORTIES)] == ["launched", "ended"]
