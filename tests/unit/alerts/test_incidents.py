"""The states of an incident."""

import pytest

from hub.alerts.diagram import DOCUMENT, render_document
from hub.alerts.incidents import EVENTS, PAGING, TABLE, next_state
from hub.errors import Conflict


@pytest.mark.parametrize("event", EVENTS)
def test_settled_is_for_good(event):
    with pytest.raises(Conflict, match="settled"):
        next_state("resolved", event)


def test_only_a_report_or_the_end_of_the_reason_resolves():
    assert {event for (_, event), after in TABLE.items() if after == "resolved"} == {"resolved"}


def test_an_answer_lapses_only_when_there_is_one():
    assert next_state("going", "lapsed") == "open"
    with pytest.raises(Conflict):
        next_state("open", "lapsed")


def test_people_are_told_in_every_state_without_enough_who_go():
    assert {"open", "seeking"} == PAGING
    assert all(("resolved", event) not in TABLE for event in EVENTS)


def test_the_page_in_the_docs_is_drawn_from_the_table():
    assert DOCUMENT.read_text(encoding="utf-8") == render_document(), "run: python -m hub.alerts.diagram"
