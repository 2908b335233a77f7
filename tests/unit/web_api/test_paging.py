import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.web.api.paging import CURSOR_PATTERN, cut, format_cursor, key_of_instant, parse_cursor, parse_place


@given(st.integers(0, 2**63 - 1), st.from_regex("[a-z0-9-]{1,63}", fullmatch=True))
def test_a_cursor_gives_back_its_keys(number: int, text: str) -> None:
    cursor = format_cursor("things", number, text)
    assert re.fullmatch(CURSOR_PATTERN, cursor)
    assert parse_cursor("things", cursor, int, str) == [number, text]


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)))  # bounds have no zone here
def test_a_cursor_gives_back_its_place_to_the_microsecond(instant: datetime) -> None:
    assert parse_place("things", format_cursor("things", key_of_instant(instant), "tr-1")) == (instant, "tr-1")


def test_an_instant_behind_the_last_year_is_refused() -> None:
    with pytest.raises(Invalid):
        parse_place("things", format_cursor("things", 2**63 - 1, "tr-1"))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1))
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(Invalid):
        parse_cursor("things", word, int, str)


@pytest.mark.parametrize(
    "keys",
    ['["others",1]', '["things"]', '["things","1"]', '["things",true]', '["things",-1]', '["things",1e3]',
     '["things",99999999999999999999]', '{"things":1}', "[" * 5000, '["things",NaN]'],
)  # fmt: skip
def test_a_cursor_of_another_list_or_by_hand_is_refused(keys: str) -> None:
    cursor = base64.urlsafe_b64encode(keys.encode()).decode().rstrip("=")
    with pytest.raises(Invalid):
        parse_cursor("things", cursor, int)


@pytest.mark.parametrize("text", ["a\x00b", "a\nb"])
def test_text_that_no_database_takes_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_cursor("things", format_cursor("things", text), str)


@given(st.lists(st.integers(0, 10**6), unique=True, max_size=50), st.integers(1, 10))
def test_pages_hold_everything_once(numbers: list[int], limit: int) -> None:
    numbers.sort()
    seen: list[int] = []
    after = -1
    while True:
        found = [number for number in numbers if number > after][: limit + 1]
        page, following = cut(found, limit, lambda number: format_cursor("things", number))
        seen += page
        if following is None:
            break
        (after,) = parse_cursor("things", following, int)
    assert seen == numbers
