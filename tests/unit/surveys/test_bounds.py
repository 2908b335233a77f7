"""What owners allow, held against sorties: heights with the way home, fences with every leg."""

from hypothesis import given
from hypothesis import strategies as st

from edge.core.flying.orders import bounds_fault
from edge.core.flying.preflight import Limits
from hub.surveys.bounds import OwnerBounds, check_bounds
from hub.surveys.commands.orders import mission_of

HOME = (35.37, 139.95)
WIDE = [(139.90, 35.30), (140.00, 35.30), (140.00, 35.40), (139.90, 35.40)]
# Open to the north: a notch 40 m wide between its arms.
NOTCHED = [
    (139.94, 35.36), (139.97, 35.36), (139.97, 35.39), (139.9554, 35.39), (139.9554, 35.365), (139.955, 35.365),
    (139.955, 35.39), (139.94, 35.39),
]  # fmt: skip


def _sortie(*places: tuple[float, float, float], drone: str = "drone-1", hill_m: float | None = None) -> dict:
    lat, lon = HOME
    sortie = {
        "drone": drone, "starts_at_s": 0.0, "number": 1,
        "path": {"type": "LineString", "coordinates": [[lon, lat, 60.0], *map(list, places), [lon, lat, 60.0]]},
    }  # fmt: skip
    told = {"takeoff_ground_above_sea_m": 10.0, "highest_near_m": hill_m}
    return sortie | ({} if hill_m is None else {"terrain": told})


def _bounds(fence=WIDE, highest_m: float = 120.0) -> OwnerBounds:
    return OwnerBounds(1, fence, highest_m)


def _outcomes(*sorties: tuple[dict, OwnerBounds]) -> dict[str, tuple[str, str]]:
    return {one.name: (one.outcome, one.detail) for one in check_bounds(sorties)}


def test_where_nothing_is_told_there_is_nothing_to_find() -> None:
    assert check_bounds([]) == []


def test_a_plan_within_them_passes() -> None:
    found = check_bounds([(_sortie((139.951, 35.371, 60)), _bounds(highest_m=60))])
    assert [(one.name, one.outcome) for one in found] == [("owner_height", "passed"), ("owner_fence", "passed")]


def test_the_worst_is_told_and_all_are_named() -> None:
    found = _outcomes(
        (_sortie((139.951, 35.371, 80)), _bounds(highest_m=75)),
        (_sortie((139.951, 35.371, 90), drone="drone-2"), _bounds(highest_m=70)),
        (_sortie((139.951, 35.371, 90), drone="drone-3"), _bounds(highest_m=100)),
    )
    words = "90 m above the take-off place, its owner allows 70 m: drone-1, drone-2"
    assert found == {"owner_height": ("failed", words), "owner_fence": ("passed", found["owner_fence"][1])}


def test_the_way_home_over_a_hill_counts() -> None:
    """Thirty metres above ground that rises 100 m above the take-off place."""
    hill = (_sortie((139.951, 35.371, 60), hill_m=110.0), _bounds(highest_m=120))
    assert _outcomes(hill)["owner_height"][1].startswith("130 m above the take-off place, its owner allows 120 m")


def test_a_leg_across_a_notch_of_the_fence_leaves_it() -> None:
    across = _sortie((139.953, 35.37, 60), (139.958, 35.37, 60))
    assert _outcomes((across, _bounds(NOTCHED)))["owner_fence"] == ("failed", "outside its owner's fence: drone-1")
    below = _sortie((139.953, 35.363, 60), (139.954, 35.363, 60))
    assert _outcomes((below, _bounds(NOTCHED)))["owner_fence"][0] == "passed"


PLACES = st.tuples(
    st.floats(139.945, 139.965), st.floats(35.362, 35.385), st.floats(20.0, 140.0).map(lambda z: round(z, 2))
)


@given(st.lists(PLACES, min_size=1, max_size=5), st.floats(40, 150), st.sampled_from([WIDE, NOTCHED]))
def test_what_passes_here_the_agent_does_not_refuse(places, highest_m, fence) -> None:
    """But for what lies within the centimetres that a fence drawn by hand leaves open."""
    sortie = _sortie(*places)
    mission = mission_of(sortie, HOME, 8.0, None, first=True)
    limits = Limits(tuple(fence), highest_m, 70.0, 8.0, 8, 2.0, 50.0)
    refused = bounds_fault(mission, limits)
    found = _outcomes((sortie, _bounds(fence, highest_m)))
    too_high = refused is not None and refused.reason == "too_high"
    assert (found["owner_height"][0] == "failed") == too_high
    if found["owner_fence"][0] == "failed":
        assert refused is not None
    if refused is not None and refused.reason == "outside_fence":
        assert found["owner_fence"][0] == "failed"
