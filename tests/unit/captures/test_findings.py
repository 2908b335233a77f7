from datetime import UTC, datetime, timedelta

import pytest

from hub.traps.captures.findings import PhotoFacts, Trigger, distance_m, find_about_photo, find_few, find_missing
from hub.traps.captures.rules import PhotoRule

FIRED = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TRAP = (35.3814, 139.9248)
TRIGGER = Trigger(FIRED, FIRED + timedelta(hours=3), *TRAP)
SENT = FIRED + timedelta(hours=5)


def levels(photo: PhotoFacts, trigger: Trigger = TRIGGER) -> list[tuple[str, str]]:
    return [(found.level, found.message % dict(found.blanks)) for found in find_about_photo(photo, trigger)]


def test_a_photo_at_the_trap_after_the_firing_is_good() -> None:
    photo = PhotoFacts(None, SENT, FIRED + timedelta(hours=2), (35.3820, 139.9250))
    assert levels(photo) == [("good", "Taken 2.0 h after the firing."), ("good", "Taken 69 m from the trap.")]


@pytest.mark.parametrize(
    ("taken_at", "level", "words"),
    [
        (FIRED - timedelta(hours=2), "odd", "Taken 2.0 h before the trap fired."),
        (FIRED - timedelta(minutes=5), "good", "Taken 0.0 h after the firing."),
        (FIRED + timedelta(hours=60), "odd", "after it was sent"),
        (None, "note", "does not say when"),
    ],
)
def test_the_time_is_held_against_the_trigger(taken_at: datetime | None, level: str, words: str) -> None:
    (about_time, *_) = levels(PhotoFacts(None, SENT, taken_at, TRAP))
    assert about_time[0] == level
    assert words in about_time[1]


def test_days_after_the_firing_is_odd() -> None:
    late = PhotoFacts(None, FIRED + timedelta(days=4), FIRED + timedelta(hours=60), TRAP)
    assert levels(late)[0] == ("odd", "Taken 60.0 h after the firing.")


def test_far_from_the_trap_is_odd_and_never_hidden() -> None:
    assert levels(PhotoFacts(None, SENT, SENT, (35.5, 139.9248)))[1][0] == "odd"
    assert levels(PhotoFacts(None, SENT, SENT))[1][0] == "note"


def test_what_only_the_phone_says_is_marked() -> None:
    said = levels(PhotoFacts(None, SENT, None, None, SENT, TRAP))
    assert [level for level, _ in said] == ["note", "good", "note", "good"]


def test_without_an_alarm_it_is_held_against_the_report() -> None:
    found = Trigger(None, FIRED, *TRAP)
    assert levels(PhotoFacts(None, SENT, FIRED - timedelta(hours=1), TRAP), found)[0][0] == "good"
    assert levels(PhotoFacts(None, SENT, FIRED - timedelta(days=20), TRAP), found)[0][0] == "odd"


def rule(item: str, required: bool) -> PhotoRule:
    return PhotoRule(1, "p", item, 1, {"ja": item}, required, None, None, "")


def test_missing_items_of_the_checklist() -> None:
    rules = [rule("whole", True), rule("tail", True), rule("extra", False)]
    assert [one.item for one in find_missing(rules, [PhotoFacts("whole", SENT)])] == ["tail"]


def test_one_photo_for_two_animals_is_worth_a_look() -> None:
    rules = [rule("whole", True), rule("tail", True), rule("extra", False)]
    photos = [PhotoFacts("whole", SENT)]
    assert [(rule.item, there) for rule, there in find_few(rules, photos, 2)] == [("whole", 1)]
    assert find_few(rules, photos, 1) == []
    assert find_few(rules, [*photos, *photos], 2) == []


def test_distance_agrees_with_a_known_one() -> None:
    # One minute of latitude is a nautical mile.
    assert distance_m((35.0, 139.0), (35.0 + 1 / 60, 139.0)) == pytest.approx(1852, rel=0.005)
