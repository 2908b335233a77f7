"""Signed links: good for what was signed and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alerts.links import VALID_FOR, BadLink, make_link, read_link
from tests.unit.alerts.samples import NOON, SECOND

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is

SECRET = "s" * 32
URL = "https://wanamori.example.jp"


def token(secret=SECRET, person="p-sato", incident="i-9w3hr5kt", url=URL, now=NOON):
    return make_link(secret, url, person, incident, "going", now).removeprefix(f"{url.rstrip('/')}/a/")


def test_a_link_says_who_may_do_what_where():
    link = read_link(SECRET, token(), NOON)
    assert (link.person_id, link.action, link.incident_id, link.made_at) == ("p-sato", "going", "i-9w3hr5kt", NOON)


def test_the_address_is_below_the_public_url_with_or_without_its_slash():
    assert make_link(SECRET, f"{URL}/", "p-sato", "i-1", "going", NOON).startswith(f"{URL}/a/")


def test_a_link_ends_after_its_time_and_not_before():
    assert read_link(SECRET, token(), NOON + VALID_FOR)
    with pytest.raises(BadLink):
        read_link(SECRET, token(), NOON + VALID_FOR + SECOND)


def test_a_clock_that_went_back_takes_nobodys_link_away():
    assert read_link(SECRET, token(), NOON - VALID_FOR)


def test_another_towns_key_opens_nothing():
    with pytest.raises(BadLink):
        read_link("t" * 32, token(), NOON)


@examples
@given(st.text(max_size=80))
def test_rubbish_is_refused(text):
    with pytest.raises(BadLink):
        read_link(SECRET, text, NOON)


@examples
@given(st.data())
def test_a_token_of_which_one_letter_was_changed_is_refused(data):
    good = token()
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_."))
    mangled = good[:place] + letter + good[place + 1 :]
    try:
        link = read_link(SECRET, mangled, NOON)
    except BadLink:
        return
    # base64 has letters whose last bits mean nothing: then the link says what it said before
    assert (link.person_id, link.incident_id) == ("p-sato", "i-9w3hr5kt")
