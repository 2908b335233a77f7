"""Plans: who is told in which round, and that what was frozen is read back as it was."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.alerts.kinds import KINDS
from hub.alerts.plans import DAY_S, UNANSWERED_ROUNDS, PlanRules, dump_plan, load_plan, make_plan
from hub.registry.people import Recipient
from tests.unit.alerts.samples import MORI, RULES, SATO, STAFF, UNREACHABLE, plan

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is


def told(a_plan, number):
    return [target.person_id for target in a_plan.targets(a_plan.step(number))]


def test_hunters_at_once_and_again_then_staff_as_well():
    made = plan()
    assert made.step(0).after_s == 0
    for number in range(UNANSWERED_ROUNDS):
        assert told(made, number) == ["p-sato", "p-mori"]
    for number in (UNANSWERED_ROUNDS, UNANSWERED_ROUNDS + 1, 1000):
        assert told(made, number) == ["p-sato", "p-mori", "p-staff"]
        assert made.step(number).after_s == 900


@pytest.mark.parametrize("hunters", [(), (UNREACHABLE,)])
def test_where_no_hunter_can_be_reached_staff_are_told_at_once(hunters):
    assert told(plan(hunters=hunters), 0) == ["p-staff"]


def test_a_plan_that_reaches_nobody_says_so():
    made = plan(hunters=(UNREACHABLE,), staff=())
    assert not made.reaches_somebody
    assert told(made, 0) == []


def test_a_town_without_a_channel_reaches_nobody():
    assert not plan(rules=PlanRules(900, ())).reaches_somebody


def test_matters_of_staff_do_not_go_to_hunters():
    made = plan("trap_unreadable")
    assert {target.person_id for target in made.people} == {"p-staff"}


def test_old_matters_are_staffs_once_a_day_and_everybodys_where_there_are_none():
    assert plan().reminder.to == ("p-staff",)
    assert plan().reminder.after_s == DAY_S
    assert plan(staff=(UNREACHABLE,)).reminder.to == ("p-sato", "p-mori", "p-none")


def test_a_person_who_is_both_hunter_and_staff_is_told_once_a_round():
    made = plan(hunters=(SATO, STAFF))
    assert told(made, UNANSWERED_ROUNDS) == ["p-sato", "p-staff"]


people = st.lists(
    st.builds(
        Recipient,
        person_id=st.text(min_size=1),
        name=st.text(),
        email=st.none() | st.text(min_size=1),
        language=st.sampled_from(["ja", "en", "ja_Hira"]),
    ),
    unique_by=lambda person: person.person_id,
    max_size=5,
)


@examples
@given(kind=st.sampled_from(sorted(KINDS)), hunters=people, staff=people, repeat_s=st.integers(1, 10**6))
def test_a_frozen_plan_is_read_back_as_it_was(kind, hunters, staff, repeat_s):
    made = make_plan(KINDS[kind], hunters, staff, PlanRules(repeat_s, ("mail",)))
    assert load_plan(json.loads(dump_plan(made))) == made


def test_what_is_no_plan_is_refused():
    with pytest.raises(ValueError, match="people"):
        load_plan({"steps": []})


def test_channels_are_in_the_towns_order():
    made = make_plan(KINDS["trap_sprung"], [MORI], [], PlanRules(RULES.repeat_after_s, ("line", "mail")))
    assert made.people[0].channels == ("line", "mail")


def test_a_persons_own_order_of_channels_comes_first():
    picky = Recipient("p-1", "誰か", "a@example.jp", "ja", ("line", "push"), ("push", "fax", "mail"))
    made = plan(hunters=(picky,), rules=PlanRules(900, ("line", "mail", "push")))
    assert made.targets(made.step(0))[0].channels == ("push", "mail", "line")
