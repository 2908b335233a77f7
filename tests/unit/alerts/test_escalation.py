"""Who is told when, one rule after another; test_histories.py holds them all at once over random lives."""

from dataclasses import replace

import pytest

from hub.alerts.answers import Answered
from hub.alerts.escalation import (
    Order,
    decide_again,
    decide_answered,
    decide_due,
    decide_failed,
    decide_opened,
    decide_resolved,
    retry_after,
)
from hub.errors import Conflict
from tests.unit.alerts.samples import (
    DAY,
    HOUR,
    MINUTE,
    MORI,
    NOON,
    SATO,
    SECOND,
    STAFF,
    TWO_CHANNELS,
    UNREACHABLE,
    plan,
)

PLAN = plan()
OPENED = decide_opened(PLAN, NOON)
NOBODY = frozenset()


def due(escalation, now, a_plan=PLAN, waiting=NOBODY, refused=NOBODY):
    return decide_due(escalation, a_plan, waiting, refused, now)


def goes(escalation, eta_at, now, party="alone", person="p-sato", a_plan=PLAN):
    return decide_answered(escalation, a_plan, [Answered(person, eta_at, party)], now)


def people(decision):
    return [order.person_id for order in decision.orders]


def notes(decision):
    return [note.kind for note in decision.notes]


def after_rounds(number, a_plan=PLAN):
    """The escalation after so many unanswered rounds, and the instant of the last."""
    escalation, now = OPENED, NOON
    for _ in range(number):
        now = max(now, escalation.next_due_at)
        escalation = due(escalation, now, a_plan).escalation
    return escalation, now


def test_the_first_round_goes_to_every_hunter_at_once():
    decision = due(OPENED, NOON)
    assert decision.orders == (Order(0, "p-sato", "mail"), Order(0, "p-mori", "mail"))
    assert decision.escalation.next_due_at == NOON + 15 * MINUTE
    assert decision.escalation.next_step == 1


def test_nothing_is_due_before_its_time():
    escalation = due(OPENED, NOON).escalation
    assert due(escalation, NOON + 14 * MINUTE).escalation == escalation
    assert due(escalation, NOON + 14 * MINUTE).orders == ()


def test_unanswered_it_repeats_and_reaches_staff_after_three_rounds():
    escalation, now = after_rounds(3)
    assert people(due(escalation, escalation.next_due_at)) == ["p-sato", "p-mori", "p-staff"]
    assert now == NOON + 30 * MINUTE


def test_an_answer_stops_the_paging_until_its_end():
    escalation, now = after_rounds(1)
    going = goes(escalation, now + 40 * MINUTE, now)
    assert going.state == "going"
    assert due(going, now + 69 * MINUTE).orders == ()
    lapse = due(going, now + 70 * MINUTE)
    assert lapse.lapsed
    assert lapse.escalation.state == "open"
    assert people(lapse) == ["p-sato", "p-mori"]
    assert notes(lapse) == ["lapsed", "told"]


def test_rounds_that_were_missed_are_one_round():
    escalation, now = after_rounds(1)
    decision = due(escalation, now + 5 * HOUR)
    assert {order.step for order in decision.orders} == {1}
    assert decision.escalation.next_due_at == now + 5 * HOUR + 15 * MINUTE


def test_an_old_answer_never_pages_hunters_out_of_the_blue():
    """The hub was down for months after somebody had answered: staff are reminded, no hunter's phone rings."""
    going = goes(after_rounds(1)[0], NOON + HOUR, NOON)
    decision = due(going, NOON + 90 * DAY)
    assert decision.lapsed
    assert people(decision) == ["p-staff"]
    assert decision.escalation.next_due_at == NOON + 91 * DAY


def test_a_new_firing_makes_an_old_incident_fresh():
    escalation = due(after_rounds(2)[0], NOON + 30 * DAY).escalation
    again = decide_again(escalation, PLAN, NOON + 31 * DAY - MINUTE)
    assert people(due(again, NOON + 31 * DAY - MINUTE)) == ["p-sato", "p-mori", "p-staff"]


def test_a_new_firing_pages_nobody_while_somebody_is_on_the_way():
    going = goes(OPENED, NOON + HOUR, NOON)
    again = decide_again(going, PLAN, NOON + 10 * MINUTE)
    assert due(again, NOON + 10 * MINUTE).orders == ()


def test_who_waits_for_an_earlier_notice_gets_no_second_one():
    escalation, _ = after_rounds(1)
    decision = due(escalation, NOON + HOUR, waiting=frozenset({("p-sato", "mail")}))
    assert people(decision) == ["p-mori"]


def test_a_plan_that_reaches_nobody_is_loud_and_still_due():
    nobody = plan(hunters=(UNREACHABLE,), staff=())
    decision = due(decide_opened(nobody, NOON), NOON, nobody)
    assert decision.stranded
    assert notes(decision) == ["nobody_to_tell"]
    assert decision.escalation.next_due_at == NOON + 15 * MINUTE


def test_the_timeline_is_not_filled_with_the_same_complaint():
    nobody = plan(hunters=(), staff=())
    escalation = decide_opened(nobody, NOON)
    said = 0
    for _ in range(200):
        decision = due(escalation, escalation.next_due_at, nobody)
        said += len(decision.notes)
        escalation = decision.escalation
    assert 1 < said < 20


def test_a_clock_that_goes_back_delays_nothing():
    escalation = due(OPENED, NOON).escalation
    decision = due(escalation, NOON - DAY)
    assert decision.orders == ()
    assert decision.escalation.next_due_at == NOON - DAY + 15 * MINUTE


def test_a_clock_that_goes_back_keeps_an_answer_for_as_long_as_it_was_given():
    going = goes(OPENED, NOON + HOUR, NOON)
    decision = due(going, NOON - DAY)
    assert decision.escalation.state == "going"
    assert decision.escalation.next_due_at == NOON - DAY + 90 * MINUTE


def test_nothing_is_due_once_it_is_settled():
    resolved = decide_resolved(OPENED, NOON)
    assert resolved.next_due_at is None
    assert due(resolved, NOON + DAY).orders == ()
    with pytest.raises(Conflict):
        goes(resolved, NOON + HOUR, NOON)


class TestFailures:
    def failed(self, a_plan, order, escalation=None, **how):
        how = {"permanent": True, "attempts": 1, "refused": NOBODY, "reached": False} | how
        escalation = escalation or due(decide_opened(a_plan, NOON), NOON, a_plan).escalation
        if how["permanent"]:
            how["refused"] |= {(order.person_id, order.channel)}
        return decide_failed(escalation, a_plan, order, now=NOON + SECOND, **how)

    def test_refused_on_one_channel_moves_to_the_persons_next(self):
        decision = self.failed(plan(rules=TWO_CHANNELS), Order(0, "p-sato", "line"))
        assert decision.orders == (Order(0, "p-sato", "mail"),)

    def test_a_channel_that_keeps_failing_is_no_longer_waited_for(self):
        two = plan(rules=TWO_CHANNELS)
        order = Order(0, "p-sato", "line")
        assert self.failed(two, order, permanent=False, attempts=3).orders == ()
        assert self.failed(two, order, permanent=False, attempts=4).orders == (Order(0, "p-sato", "mail"),)
        assert self.failed(two, order, permanent=False, attempts=5).orders == ()

    def test_a_round_that_reached_nobody_moves_on_at_once_to_somebody_new(self):
        one = plan(hunters=(SATO,))
        decision = self.failed(one, Order(0, "p-sato", "mail"))
        assert decision.escalation.next_due_at == NOON + SECOND
        assert people(due(decision.escalation, NOON + SECOND, one, refused=frozenset({("p-sato", "mail")}))) == [
            "p-sato",
            "p-staff",
        ]

    def test_a_round_that_reached_somebody_keeps_its_pace(self):
        assert (
            self.failed(plan(), Order(0, "p-sato", "mail"), reached=True).escalation.next_due_at == NOON + 15 * MINUTE
        )

    def test_where_everybody_is_refused_the_pace_stays_and_nobody_is_given_up(self):
        one = plan(hunters=(SATO,), staff=(STAFF,))
        refused = frozenset({("p-sato", "mail"), ("p-staff", "mail")})
        escalation = replace(after_rounds(4, one)[0])
        decision = self.failed(one, Order(3, "p-staff", "mail"), escalation, refused=refused)
        assert decision.escalation == escalation
        again = due(escalation, escalation.next_due_at, one, refused=refused)
        assert people(again) == ["p-sato", "p-staff"]

    def test_after_an_answer_a_failure_moves_nothing(self):
        going = goes(OPENED, NOON + HOUR, NOON)
        assert self.failed(PLAN, Order(0, "p-sato", "mail"), going).escalation == going

    def test_a_refused_channel_is_left_out_of_later_rounds(self):
        two = plan(hunters=(MORI,), rules=TWO_CHANNELS)
        decision = due(decide_opened(two, NOON), NOON, two, refused=frozenset({("p-mori", "line")}))
        assert decision.orders == (Order(0, "p-mori", "mail"),)


def test_back_off_grows_to_a_minute():
    assert [retry_after(n).total_seconds() for n in (1, 2, 3, 5, 6, 1000)] == [2, 4, 8, 32, 60, 60]
