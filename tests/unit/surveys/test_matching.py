"""Which release of the camera a photo of a card belongs to, in whatever order the files come."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.surveys.evidence.matching import Pair, Snap, Taken, clocks_of, match_photos, why_unmatched

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)


def match(at: datetime | None, place: tuple | None, releases: list[Taken], **more: object) -> Taken | None:
    """The release of one photo that comes alone."""
    return match_photos([Snap("", at, place)], releases, **more).get("")


RELEASES = [Taken("so-1", n, 35.37 + n * 0.0001, 139.95, NOW + timedelta(seconds=3 * n)) for n in range(1, 6)]


@pytest.mark.parametrize(
    ("seconds", "place", "number"),
    [
        (6.4, None, 2),
        (4.4, None, 1),
        (None, (35.3703, 139.95), 3),
        # Hours off, and yet of its place.
        (9 * 3600, (35.3703, 139.95), 3),
        (6.0, (35.38, 139.95), None),
        (40.0, None, None),
        (None, None, None),
    ],
)
def test_a_photo_finds_its_release(seconds: float | None, place: tuple | None, number: int | None) -> None:
    at = None if seconds is None else NOW + timedelta(seconds=seconds)
    found = match(at, place, RELEASES)
    assert (found.number if found else None) == number


def test_of_two_releases_at_one_place_the_time_decides() -> None:
    twice = [*RELEASES, Taken("so-2", 1, 35.3703, 139.95, NOW + timedelta(hours=1))]
    found = match(NOW + timedelta(hours=1, seconds=5), (35.3703, 139.95), twice)
    assert found is not None
    assert found.sortie_id == "so-2"
    assert match(NOW, None, []) is None


@pytest.mark.parametrize(
    ("seconds", "place", "reason"),
    [
        (None, None, "silent"),
        (40.0, None, "late"),
        (6.0, (35.38, 139.95), "far"),
        (None, (35.3703, 139.95), "taken"),
        (6.0, None, "taken"),
    ],
)
def test_a_photo_without_a_release_is_told_why(seconds: float | None, place: tuple | None, reason: str) -> None:
    at = None if seconds is None else NOW + timedelta(seconds=seconds)
    why = why_unmatched(at, place, RELEASES)
    assert (why.reason, why.metres > 25, why.seconds > 2) == (reason, reason == "far", reason == "late")
    assert why_unmatched(at, place, []).reason == "no_release"
    # Said only of those that find none.
    assert (match(at, place, RELEASES) is None) == (reason != "taken")


# --- cards ------------------------------------------------------------------------------------------------------------

METRE = 1 / 111_195.0
# A line there and one back, 12 m beside it, a photo every 10 m and 1.4 s.
CARD = [Taken("so-1", n, 35.37 + 10 * n * METRE, 139.95, NOW + timedelta(seconds=1.4 * n)) for n in range(20)]
CARD += [
    Taken("so-1", n, 35.37 + 10 * (39 - n) * METRE, 139.95 + 15 * METRE, NOW + timedelta(seconds=1.4 * n + 9))
    for n in range(20, 40)
]


def snap(one: Taken, ahead_s: float = 0.0, off_m: float = 0.0, *, said: str = "both", name: str = "") -> Snap:
    """A camera writes whole seconds, and its own place."""
    at = (one.taken_at + timedelta(seconds=ahead_s)).replace(microsecond=0)
    place = (one.lat + off_m * METRE, one.lon)
    return Snap(name or f"{one.number:02}", at if said != "place" else None, place if said != "time" else None)


def numbers(found: dict[str, Taken]) -> dict[str, int]:
    return {name: one.number for name, one in found.items()}


offsets = st.one_of(st.floats(-12 * 3_600, 12 * 3_600), st.just(9 * 3_600.0))


@given(offsets, st.sets(st.integers(0, 39), min_size=6), st.floats(-3, 3), st.randoms(use_true_random=False))
def test_a_card_finds_its_releases_whatever_its_clock_says_in_any_order(
    ahead_s: float, kept: set[int], off_m: float, random: Random
) -> None:
    snaps = [snap(CARD[n], ahead_s, off_m) for n in kept]
    shuffled = random.sample(snaps, len(snaps))
    found = match_photos(shuffled, CARD)
    assert found == match_photos(snaps, CARD)
    assert numbers(found) == {f"{n:02}": n for n in kept}


@given(st.sets(st.integers(0, 39), min_size=1), st.floats(-4, 4), st.randoms(use_true_random=False))
def test_photos_that_say_no_time_go_by_their_place(kept: set[int], off_m: float, random: Random) -> None:
    snaps = [snap(CARD[n], 0, off_m, said="place") for n in kept]
    found = match_photos(random.sample(snaps, len(snaps)), CARD)
    assert numbers(found) == {f"{n:02}": n for n in kept}


@given(offsets, st.sampled_from(["both", "place"]), st.integers(0, 39), st.floats(-3, 3), st.booleans())
def test_a_second_copy_of_a_photo_takes_no_neighbours_release(
    ahead_s: float, said: str, number: int, off_m: float, together: bool
) -> None:
    """Also where the neighbours' own photos are missing."""
    one, copy = snap(CARD[number], ahead_s, said=said), snap(CARD[number], ahead_s, off_m, said=said, name="copy")
    if together:
        found = match_photos([copy, one], CARD)
    else:
        found = match_photos([copy], CARD, used={CARD[number].key})
        assert found == {}
    assert set(numbers(found).values()) <= {number}
    assert len(found) == together
    assert why_unmatched(copy.taken_at, copy.place, CARD).reason == "taken"


def test_a_copy_of_another_time_belongs_to_none_once_the_cards_clock_is_known() -> None:
    pairs = [Pair("so-1", 3_600.0 + n % 2) for n in range(9)]
    edited = snap(CARD[5], 3_600 + 86_400)
    assert match(edited.taken_at, edited.place, CARD, pairs=pairs, used={CARD[5].key}) is None
    why = why_unmatched(edited.taken_at, edited.place, CARD, clocks_of(pairs))
    assert (why.reason, why.seconds) == ("other_time", pytest.approx(86_400, abs=60))


def test_a_photo_that_says_only_its_time_goes_by_the_cameras_clock() -> None:
    late = snap(CARD[7], 9 * 3_600, said="time")
    assert match(late.taken_at, None, CARD) is None
    found = match(late.taken_at, None, CARD, pairs=[Pair("so-1", 9 * 3_600.0)] * 3)
    assert found is not None
    assert abs(found.number - 7) <= 1


def test_a_clock_is_known_where_most_pairs_agree() -> None:
    assert clocks_of([Pair("a", 5.0), Pair("a", 5.5)]) == {}
    assert clocks_of([Pair("a", 5.0), Pair("a", 5.5), Pair("a", 6.0), Pair("a", 9_000.0)])["a"] == pytest.approx(5.75)
    assert clocks_of([Pair("a", 100.0 * n) for n in range(9)]) == {}
    by_drone = clocks_of([*[Pair("a", 5.0)] * 3, *[Pair("b", -7.0)] * 3])
    assert by_drone == {"a": 5.0, "b": -7.0}
