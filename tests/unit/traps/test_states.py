"""The table itself: complete, and true to the rules that stand on top of it."""

import pytest

from hub.traps.diagram import DOCUMENT, render_document
from hub.traps.states import BY_PERSON, EVENTS, LOUDEST_FIRST, STATES, TABLE

HAPPENINGS = [event for event in EVENTS if event not in BY_PERSON]
SPRUNG = {"sprung", "sprung_silent"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", HAPPENINGS)
def test_what_happens_is_taken_in_every_state(state, event):
    assert (state, event) in TABLE


def test_only_a_persons_record_ends_sprung():
    enders = {event for (state, event), (after, _) in TABLE.items() if state in SPRUNG and after not in SPRUNG}
    assert enders == {"found"}


@pytest.mark.parametrize("state", STATES)
def test_every_firing_has_a_consequence(state):
    assert any(act.startswith("open_sprung") for act in TABLE[state, "sprung"][1])


def test_silence_never_ends_anything():
    for state in STATES:
        after, acts = TABLE[state, "silence"]
        assert not [act for act in acts if act.startswith("end")]
        assert (state in SPRUNG) == (after in SPRUNG)


def test_silence_is_ended_by_the_devices_word_or_by_disarming_only():
    enders = {event for (_, event), (_, acts) in TABLE.items() if "end_silent" in acts}
    assert enders == {"heard", "reset", "disarm"}


@pytest.mark.parametrize("state", sorted(SPRUNG))
@pytest.mark.parametrize("event", ["arm", "disarm"])
def test_a_sprung_trap_is_neither_armed_nor_disarmed(state, event):
    assert (state, event) not in TABLE


def test_each_state_is_ranked():
    assert sorted(LOUDEST_FIRST) == sorted(STATES)


def test_the_page_in_the_docs_is_drawn_from_the_table():
    assert DOCUMENT.read_text(encoding="utf-8") == render_document(), "run: python -m hub.traps.diagram"
