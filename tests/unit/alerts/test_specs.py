"""Teams' plans: what may be kept, what becomes of them, and that what older versions froze is still read."""

import json
from dataclasses import replace

import pytest

from hub.alerts.answers import Answered, lacks_second
from hub.alerts.kinds import KINDS
from hub.alerts.plans import Circumstances, dump_plan, load_plan, make_overdue_plan, make_plan
from hub.alerts.quiet import Mute, quiet_people
from hub.alerts.teams.specs import TOWN_SPEC, PlanSpec, StepSpec, check_spec, dump_spec, load_spec
from hub.errors import Invalid
from tests.unit.alerts.samples import DAY, HOUR, MORI, NOON, RULES, SATO, STAFF, TWO_CHANNELS, UNREACHABLE, plan

KISARAZU = (35.3761, 139.9224)
NIGHT = NOON + 12 * HOUR


def made(spec=TOWN_SPEC, kind="trap_sprung", hunters=(SATO, MORI), on_duty=None, rules=RULES):
    return make_plan(KINDS[kind], hunters, (STAFF,), rules, Circumstances(spec, on_duty, KISARAZU))


def steps(a_plan):
    return [(step.after_s, step.to) for step in a_plan.steps]


def test_a_plan_frozen_by_an_older_version_is_read():
    old = json.loads(dump_plan(plan()))
    for name in ("people_wanted", "seekers", "seek_after_s", "return_after_s", "place", "first_light_min"):
        del old[name]
    for person in old["people"]:
        del person["night"]
    for step in (*old["steps"], old["reminder"]):
        del step["channels"]
    read = load_plan(old)
    assert (read.people_wanted, read.return_after_s, read.place) == (1, None, None)
    assert {target.night for target in read.people} == {"wake"}
    assert read.targets(read.seek_step) == read.people


def test_steps_are_whom_they_name_and_staff_join():
    spec = PlanSpec((StepSpec(0, ("duty",)), StepSpec(20, ("team",)), StepSpec(5, ("p-mori",))), repeat_min=7)
    assert steps(made(spec, on_duty=("p-sato",))) == [
        (0, ("p-sato",)),
        (1200, ("p-sato", "p-mori")),
        (300, ("p-mori",)),
        (420, ("p-mori", "p-staff")),
    ]


def test_a_step_that_reaches_nobody_goes_to_the_team():
    spec = PlanSpec((StepSpec(0, ("p-none",)),), staff_after_rounds=None)
    assert steps(made(spec, hunters=(SATO, UNREACHABLE))) == [(0, ("p-none", "p-sato"))]


def test_a_steps_channels_come_before_the_persons_own():
    a_plan = made(PlanSpec((StepSpec(0, ("team",), ("mail",)),)), rules=TWO_CHANNELS)
    assert a_plan.targets(a_plan.step(0))[0].channels == ("mail", "line")
    assert a_plan.people[0].channels == ("line", "mail")


def test_matters_of_staff_follow_no_teams_plan():
    assert steps(made(PlanSpec((StepSpec(30, ("team",)),)), "agent_down"))[0] == (0, ("p-staff",))


def test_nights_are_the_persons_then_the_teams_and_slow_things_wait():
    def night(own, team, kind="trap_sprung"):
        return made(PlanSpec(night=team), kind, (replace(SATO, night=own),)).people[0].night

    assert [night(None, "wake"), night("first_light", "wake"), night("wake", "first_light")] == [
        "wake", "first_light", "wake",
    ]  # fmt: skip
    assert night("wake", "wake", "trap_silent") == "first_light"
    assert night("first_light", "first_light", "patrol_unvisited") == "wake"


def test_who_is_quiet_until_when():
    a_plan = made(PlanSpec(night="first_light"), hunters=(SATO, replace(MORI, night="wake")))
    assert quiet_people(a_plan, [], NOON) == {}
    [(person, quiet)] = quiet_people(a_plan, [], NIGHT).items()
    assert (person, quiet.why) == ("p-sato", "first_light")
    longer = Mute("p-sato", NIGHT - HOUR, NIGHT + DAY)
    assert quiet_people(a_plan, [longer], NIGHT)["p-sato"].until_at == NIGHT + DAY
    assert set(quiet_people(a_plan, [Mute(None, NOON, NOON + HOUR)], NOON)) == {"p-sato", "p-mori", "p-staff"}
    assert quiet_people(a_plan, [Mute(None, NOON + DAY, NOON + 2 * DAY)], NOON) == {}, "set by a clock that was ahead"


def test_somebody_overdue_is_asked_and_the_partner_told_then_duty_then_staff():
    a_plan = make_overdue_plan((SATO, MORI), (SATO, MORI), (STAFF,), RULES, Circumstances(on_duty=("p-sato",)))
    assert steps(a_plan) == [
        (0, ("p-sato", "p-mori")),
        (600, ("p-sato", "p-mori")),
        (600, ("p-sato", "p-mori", "p-staff")),
    ]
    alone = make_overdue_plan((SATO,), (SATO, MORI), (STAFF,), RULES)
    assert steps(alone) == [(0, ("p-sato", "p-mori")), (600, ("p-sato", "p-mori", "p-staff"))]
    unreachable = make_overdue_plan((UNREACHABLE,), (UNREACHABLE,), (STAFF,), RULES)
    assert steps(unreachable) == [(0, ("p-none", "p-staff"))]


@pytest.mark.parametrize(
    "spec",
    [
        PlanSpec(()),
        PlanSpec((StepSpec(0, ()),)),
        PlanSpec((StepSpec(1441, ("team",)),)),
        PlanSpec(tuple(StepSpec(1, ("team",)) for _ in range(11))),
        PlanSpec(repeat_min=0),
        PlanSpec(return_min=5),
        PlanSpec(first_light_min=91),
        PlanSpec(staff_after_rounds=0),
    ],
)
def test_what_cannot_be_kept_is_refused(spec):
    with pytest.raises(Invalid):
        check_spec(spec, ("p-sato",))


def test_a_step_names_nobody_of_others():
    with pytest.raises(Invalid):
        check_spec(PlanSpec((StepSpec(0, ("p-nobody",)),)), ("p-sato",))


def test_a_spec_is_read_back_as_it_was():
    spec = PlanSpec((StepSpec(3, ("p-sato",), ("line",)),), two_people=True, night="first_light")
    check_spec(spec, ("p-sato",))
    assert load_spec(json.loads(dump_spec(spec))) == spec
    with pytest.raises(Invalid):
        load_spec({"steps": 7})


def test_when_a_second_person_is_wanted():
    def lacking(wanted, *parties):
        return lacks_second([Answered(f"p-{n}", NOON, party) for n, party in enumerate(parties)], wanted)

    assert [lacking(1, "alone"), lacking(1, "wants_second"), lacking(2, "alone")] == [False, True, True]
    assert [lacking(2, "with"), lacking(2, "alone", "alone"), lacking(2)] == [False, False, False]
