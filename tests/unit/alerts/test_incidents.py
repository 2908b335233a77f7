"""The states of an incident."""

import pytest

from hub.alerts.incidents import EVENTS, TABLE, next_state
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
