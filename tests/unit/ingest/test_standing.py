"""Latest values: of each quantity the newest, wherever it stands in the message."""

from hypothesis import given
from hypothesis import strategies as st

from hub.ingest.standing import newest_values
from tests.unit.ingest.samples import STATION, accepted

columns = st.integers(1, 8).flatmap(
    lambda count: st.tuples(
        st.lists(st.integers(0, 99), min_size=count, max_size=count, unique=True),
        st.dictionaries(
            st.sampled_from(["co2", "soil_ph"]),
            st.lists(st.none() | st.floats(0, 10), min_size=count, max_size=count),
            min_size=1,
        ),
    )
)


@given(st.lists(columns, min_size=1, max_size=5))
def test_the_newest_value_of_each_quantity(batch) -> None:
    values = {}
    expected = {}
    for times, quantities in batch:
        newest_values(accepted(times, received_us=1000, **quantities), values)
        for name, column in quantities.items():
            for time, value in zip(times, column, strict=True):
                known = expected.get((STATION.key, name))
                if value is not None and (known is None or known[0] < time):
                    expected[STATION.key, name] = (time, 1000, value)

    assert values == expected
