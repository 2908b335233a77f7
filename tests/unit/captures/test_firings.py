from hypothesis import given
from hypothesis import strategies as st

from hub.traps.captures.firings import ENOUGH, Firing, advise

CAUGHT = [Firing("captured")] * 4


def test_too_few_cases_say_nothing() -> None:
    advice = advise([Firing("empty")] * (ENOUGH - 1) + [Firing("visited")] * 9)
    assert (advice.rate, advice.why) == (None, "too_few")


def test_short_empties_are_swallowed_by_a_longer_settling_time() -> None:
    advice = advise([*CAUGHT, Firing("empty", 3, 0.2), Firing("empty", 5, 0.5), Firing("empty")])
    assert (advice.why, advice.settle_ms, advice.swallowed) == ("settle", 650, 2)
    assert advice.rate == 3 / 7


def test_a_wire_that_stays_open_is_a_matter_of_mechanics() -> None:
    assert advise([*CAUGHT, Firing("empty"), Firing("empty", 2, 60.0), Firing("empty")]).why == "stays_open"


def test_no_capture_is_ever_given_up() -> None:
    firings = [Firing("captured", 1, 0.4)] * 4 + [Firing("empty", 2, 0.3), Firing("empty", 2, 0.35)]
    assert advise(firings).why == "captures_close"


def test_one_empty_is_rare() -> None:
    assert advise([*CAUGHT, *CAUGHT, Firing("empty", 1, 0.1)]).why == "rare"


firings = st.builds(
    Firing,
    st.sampled_from(["captured", "empty", "wrong_species", "visited"]),
    st.integers(1, 50),
    st.none() | st.floats(0.001, 100),
)


@given(st.lists(firings, max_size=40))
def test_advice_is_bounded_and_safe_whatever_happened(happened: list[Firing]) -> None:
    advice = advise(happened)
    assert advice.rate is None or 0 <= advice.rate <= 1
    if advice.settle_ms is not None:
        assert 50 <= advice.settle_ms <= 5000
        caught = [one for one in happened if one.outcome in ("captured", "wrong_species")]
        assert all(one.closed_after_s is None or one.closed_after_s * 1000 >= 2 * advice.settle_ms for one in caught)
        assert 2 <= advice.swallowed <= advice.empties
