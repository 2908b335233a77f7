"""What goes with plots that are deleted, and when a confirmation holds no longer."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.fields.plots.leaving import plan_leaving
from hub.fields.plots.values import Plot

NOW = datetime(2026, 11, 26, tzinfo=UTC)
STANDING = st.dictionaries(st.integers(1, 6), st.sets(st.sampled_from("abcd"), min_size=1))


def plot(plot_id: str, *keys: int) -> Plot:
    return Plot(plot_id, "p-1", "高橋", "畑", None, None, NOW, keys, ())


def leave(standing: dict[int, set[str]], ids: set[str]):
    plots = [plot(one, *(key for key, on in sorted(standing.items()) if one in on)) for one in sorted(ids)]
    return plan_leaving(plots, standing)


@given(STANDING, st.sets(st.sampled_from("abcd")))
def test_readings_go_with_the_last_plot_of_their_station(standing, ids):
    told = leave(standing, ids)
    assert told.going_keys == {key for key, on in standing.items() if on <= ids}
    assert told.staying_keys == {key for key, on in standing.items() if on & ids and on - ids}
    assert told.plot_ids == sorted(ids)


@given(STANDING, STANDING, st.sets(st.sampled_from("abcd"), min_size=1))
def test_a_seal_holds_exactly_as_long_as_the_same_goes(before, after, ids):
    first, second = leave(before, ids), leave(after, ids)
    same = (first.going_keys, first.staying_keys) == (second.going_keys, second.staying_keys)
    assert (first.seal == second.seal) == same


def test_other_words_of_a_plot_do_not_break_the_seal():
    first = plan_leaving([plot("a", 1)], {1: {"a"}})
    assert plan_leaving([replace(plot("a", 1), name="下の畑")], {1: {"a"}}).seal == first.seal
    assert plan_leaving([plot("b", 1)], {1: {"b"}}).seal != first.seal
