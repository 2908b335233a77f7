from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict
from hub.texts import translator
from hub.web.pages.forms import Filled, Refused


def filled(**values: str) -> Filled:
    return Filled({name: [value] for name, value in values.items()}, translator("en"))


@pytest.mark.parametrize("text", ["", "   ", "a\nb", "a\x00b", "x" * 101, "x\u2028y"])
def test_a_line_is_one_printable_line(text):
    form = filled(name=text)
    form.line("name")
    assert "name" in form.errors


def test_what_was_typed_is_kept_beside_its_fault():
    form = filled(lat="北", name=" 上の畑 ")
    assert form.line("name") == "上の畑"
    assert form.number("lat", -90, 90) == -90
    assert form.errors == {"lat": "Please give a number from -90 to 90."}
    assert form.typed("lat") == "北"


@pytest.mark.parametrize(("text", "value"), [("35.38", 35.38), ("３５．５", 35.5), ("−3", -3.0), (" -3 ", -3.0)])
def test_numbers_as_people_type_them(text, value):
    form = filled(lat=text)
    assert form.number("lat", -90, 90) == value
    assert not form.errors


@pytest.mark.parametrize("text", ["nan", "inf", "91", "1e9", "1_000", "0x10", ""])
def test_what_is_no_number_in_range_is_a_fault(text):
    form = filled(lat=text)
    form.number("lat", -90, 90)
    assert "lat" in form.errors


def test_a_number_that_may_be_left_out():
    form = filled(left=" ", given="３", odd="x")
    found = [form.number_or_none(name, 1, 5) for name in ("left", "missing", "given", "odd")]
    assert (found, list(form.errors)) == ([None, None, 3.0, 1], ["odd"])


def test_a_conflict_becomes_a_fault_of_its_field():
    form = filled(name="x")
    with pytest.raises(Refused), form.conflict_at("name", "Please choose one."):
        raise Conflict("taken")
    assert form.errors == {"name": "Please choose one."}


def test_names_mails_days_and_choices():
    form = filled(username="Sato", email="a@example.jp", day="2026-04-20", kind="trap")
    assert form.username("username") == "sato"
    assert form.mail("email") == "a@example.jp"
    assert form.day("day") == date(2026, 4, 20)
    assert form.choice("kind", ("trap", "station")) == "trap"
    assert not form.errors


def test_empty_optional_fields_are_nothing():
    form = filled(username="", email=" ", day="", note="  ")
    assert (form.username("username"), form.mail("email"), form.day("day"), form.text("note")) == (None,) * 4
    assert not form.errors


@given(st.text(max_size=300))
def test_no_text_breaks_a_reader(text):
    form = filled(field=text)
    readers = (form.line, form.text, form.identifier, form.username, form.mail, form.day)
    for read in readers:
        read("field")
    form.number("field", 0, 1)
    form.choice("field", ("a",))
