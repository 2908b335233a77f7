from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.traps.captures.exif import parse_place, parse_taken_at
from tests.unit.captures.photos import TOKYO

RUBBISH = st.one_of(
    st.none(), st.integers(), st.text(), st.binary(), st.floats(), st.tuples(st.floats(), st.floats(), st.floats())
)


@given(RUBBISH, RUBBISH)
def test_no_time_is_a_defect(text: object, offset: object) -> None:
    taken_at = parse_taken_at(text, offset, TOKYO)
    assert taken_at is None or taken_at.tzinfo is UTC


@given(RUBBISH, RUBBISH, RUBBISH, RUBBISH)
def test_no_place_is_a_defect(a: object, b: object, c: object, d: object) -> None:
    place = parse_place(a, b, c, d)
    assert place is None or (-90 <= place[0] <= 90 and -180 <= place[1] <= 180)


@pytest.mark.parametrize("offset", [None, "", "+25:00", "JST", 9])
def test_without_a_readable_offset_it_is_the_towns_clock(offset: object) -> None:
    assert parse_taken_at("2026:01:01 08:00:00", offset, TOKYO) == datetime(2025, 12, 31, 23, tzinfo=UTC)


def test_nowhere_is_no_place() -> None:
    assert parse_place((0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E") is None
    assert parse_place((35.0, 22.0, 53.04), "N", (139.0, 55.0, 29.28), "E") == pytest.approx((35.3814, 139.9248))
    assert parse_place((35.0, 0.0, 0.0), b"S\0", (139.0, 0.0, 0.0), "W") == (-35, -139)
    assert parse_place((91.0, 0.0, 0.0), "N", (139.0, 0.0, 0.0), "E") is None
