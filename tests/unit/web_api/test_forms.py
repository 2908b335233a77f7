import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.errors import Invalid
from hub.web.api.forms import Day, Email, Instant, Line, Note, Username, Whole, parse_instant

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS))
def test_every_instant_with_an_offset_is_read(moment: datetime) -> None:
    assert parse_instant("from", moment.isoformat(timespec="microseconds")) == moment
    # unescaped in a URL, a plus sign arrives as a space
    assert parse_instant("from", moment.isoformat(timespec="microseconds").replace("+", " ")) == moment


@pytest.mark.parametrize(
    "text", ["2026-11-23T05:00:00Z", "2026-11-23t05:00:00z", "2026-11-23 14:00:00+09:00", "2026-11-23T05:00:00.0Z"]
)
def test_forms_of_one_instant(text: str) -> None:
    assert parse_instant("from", text) == datetime(2026, 11, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "now", "1763874000", "2026-11-23", "2026-11-23T05:00:00", "2026-02-30T05:00:00Z", "2026-11-23T25:00:00Z",
     "2026-11-23T05:00:00+0900", "20261123T050000Z", "2026-11-23T05:00:00Z\n", "２026-11-23T05:00:00Z",
     "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="from"):
        parse_instant("from", text)


def test_the_ends_of_the_calendar_do_not_break() -> None:
    assert parse_instant("from", "0001-01-01T00:00:00+09:00").year == 1
    assert parse_instant("to", "9999-12-31T23:59:59-09:00").year == 9999


@given(st.text())
def test_a_text_is_an_instant_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert parse_instant("from", text).tzinfo is UTC


@pytest.mark.parametrize("text", ["矢那の谷 1", "a", "😀", "O'Brien <b>"])
def test_names_are_one_line_in_any_writing(text: str) -> None:
    assert TypeAdapter(Line).validate_python(text) == text


@pytest.mark.parametrize("text", ["", " ", " a", "a ", "a\nb", "a\x00b", "a\u2028b", "a\x85", "a\ud800", "a" * 101])
def test_names_that_would_break_a_line_a_mail_or_the_database_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(text)


@pytest.mark.parametrize("text", ["hunter@example.jp", "a.b+c@d-e.example", "x@localhost"])
def test_mail_addresses(text: str) -> None:
    assert TypeAdapter(Email).validate_python(text) == text


@pytest.mark.parametrize(
    "text", ["", "@", "a@", "@b", "a b@c", "a@b\nBcc: d@e", "a@b c", "a@-b", "a@b..c", "<a@b>", "あ@b", "a@b@c"]
)
def test_what_is_no_mail_address_or_carries_a_header_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Email).validate_python(text)


def test_other_forms() -> None:
    assert TypeAdapter(Note).validate_python("two\nlines") == "two\nlines"
    assert TypeAdapter(Username).validate_python("sato.i") == "sato.i"
    assert TypeAdapter(Whole).validate_python(40.0, strict=True) == 40
    for kind, wrong in ((Note, "a\x00"), (Username, "Sato"), (Whole, 40.5), (Whole, "40"), (Whole, True), (Day, 0),
                        (Day, "2026-11-23T00:00:00Z"), (Instant, 0), (Instant, "2026-11-23")):  # fmt: skip
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(wrong, strict=True)
