"""Random histories of firings, answers, failures, nights, mutes, restarts and clock jumps, in which the promises of
alerts must hold.

The machine keeps an incident as the database does: state and plan as they are stored, notices under their unique key,
who is held, who answered. A roster and a team's plan may change under it: what is frozen stays.
"""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.alerts.answers import Answered, lacks_second
from hub.alerts.escalation import (
    Order,
    decide_again,
    decide_answered,
    decide_due,
    decide_failed,
    decide_opened,
    decide_resolved,
)
from hub.alerts.incidents import PAGING
from hub.alerts.kinds import KINDS
from hub.alerts.plans import (
    Circumstances,
    PlanRules,
    dump_plan,
    load_plan,
    make_field_plan,
    make_overdue_plan,
    make_plan,
)
from hub.alerts.quiet import LONGEST_MUTE, Mute, quiet_people
from hub.alerts.teams.rosters import Roster, on_duty
from hub.alerts.teams.specs import PlanSpec, StepSpec
from hub.registry.people import Recipient
from tests.unit.alerts.samples import DAY, HOUR, NOON, SECOND

TOKYO = ZoneInfo("Asia/Tokyo")
KISARAZU = (35.3761, 139.9224)
NIGHTS = (None, "wake", "first_light", None)
PEOPLE = [
    Recipient(f"p-{n}", f"person {n}", f"p{n}@example.jp", "ja", ("line",), (), NIGHTS[n]) for n in range(4)
]  # fmt: skip
UNDERWAY = ("due", "leased")
# Answers live as long as their ETA and the plan's grace; a forward step longer than this may end them.
LONGEST_ETA_MIN = 1440
# Longer than any night in which somebody may be held.
NIGHT = 16 * HOUR

people = st.lists(st.sampled_from(PEOPLE), unique=True)
ids = st.sampled_from([person.person_id for person in PEOPLE])
steps = st.lists(
    st.builds(
        StepSpec,
        after_min=st.integers(1, 120),
        to=st.lists(st.sampled_from(["duty", "team", "staff", "p-0", "p-1"]), min_size=1, max_size=2).map(tuple),
        channels=st.sampled_from([(), ("mail",), ("line",)]),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
specs = st.builds(
    PlanSpec,
    steps=steps,
    repeat_min=st.none() | st.integers(1, 600),
    staff_after_rounds=st.none() | st.integers(1, 4),
    grace_min=st.sampled_from([0, 30, 200]),
    two_people=st.booleans(),
    night=st.sampled_from(["wake", "first_light"]),
    slow_night=st.sampled_from(["wake", "first_light"]),
)


class History(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = NOON
        self.notices = {}
        self.answers = {}
        self.held = {}
        self.mutes = []
        self.jumped = False
        self.roster = None

    @initialize(
        kind=st.sampled_from(sorted(KINDS)),
        hunters=people,
        staff=people,
        channels=st.sampled_from([("mail",), ("line", "mail"), ()]),
        repeat_s=st.sampled_from([1, 60, 900, 200_000]),
        spec=specs,
        hour=st.integers(0, 23),
        week=st.dictionaries(st.integers(0, 6), st.lists(ids)),
        away=st.dictionaries(ids, st.just((NOON + 3 * DAY).date())),
    )
    def opens(self, kind, hunters, staff, channels, repeat_s, spec, hour, week, away):
        self.now += hour * HOUR
        roster = Roster(tuple(one.person_id for one in hunters), week, {}, away)
        duty = on_duty(roster, self.now, TOKYO)
        assert set(duty) <= set(roster.members)
        assert duty or not roster.members, "nobody on duty is the whole team"
        circumstances = Circumstances(spec, duty, KISARAZU)
        rules = PlanRules(repeat_s, channels)
        if kind == "person_overdue":
            self.plan = make_overdue_plan(hunters[:1], hunters, staff, rules, circumstances)
        elif KINDS[kind].tells == "farmers":
            self.plan = make_field_plan(hunters, rules, repeat_after_s=repeat_s)
        else:
            self.plan = make_plan(KINDS[kind], hunters, staff, rules, circumstances)
        if channels and (hunters or (staff and KINDS[kind].tells != "farmers")):
            assert self.plan.reaches_somebody or (KINDS[kind].tells == "staff" and not staff)
        self.escalation = decide_opened(self.plan, self.now)

    # --- time ---------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 600, 1000, 5000, 40_000, 90_000]))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(days=st.integers(-60, 60), hours=st.integers(0, 23))
    def the_clock_jumps(self, days, hours):
        self.now += days * DAY + hours * HOUR
        self.jumped = True

    @rule()
    def the_service_restarts(self):
        self.plan = load_plan(json.loads(dump_plan(self.plan)))
        for key, state in self.notices.items():
            if state == "leased":
                self.notices[key] = "due"

    # --- what happens -------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.escalation.state != "resolved")
    @rule()
    def it_happens_again(self):
        self.escalation = decide_again(self.escalation, self.plan, self.now)

    @rule(person=st.none() | ids, length=st.sampled_from([HOUR, DAY, LONGEST_MUTE]))
    def somebody_mutes(self, person, length):
        self.mutes.append(Mute(person, self.now, self.now + length))

    @precondition(lambda self: self.mutes)
    @rule()
    def a_mute_is_ended(self):
        """As the database does it: whatever waits is looked at again."""
        self.mutes.pop()
        if self.escalation.waits_for:
            self.escalation = replace(self.escalation, round_due_at=self.now, due_set_at=self.now)
        if self.held:
            self.escalation = replace(self.escalation, release_at=self.now, due_set_at=self.now)

    @precondition(lambda self: self.escalation.state != "resolved")
    @rule(person=ids, eta_min=st.integers(1, LONGEST_ETA_MIN), party=st.sampled_from(["alone", "with", "wants_second"]))
    def somebody_goes(self, person, eta_min, party):
        self.answers[person] = Answered(person, self.now + timedelta(minutes=eta_min), party)
        self.answered(came_back=False)
        self.jumped = False

    @precondition(lambda self: self.answers and self.escalation.state != "resolved")
    @rule(pick=st.randoms(use_true_random=False), came_back=st.booleans())
    def somebody_takes_it_back_or_comes_back(self, pick, came_back):
        del self.answers[pick.choice(sorted(self.answers))]
        self.answered(came_back=came_back)

    @precondition(lambda self: self.escalation.state != "resolved")
    @rule(luck=st.integers(0, 9))
    def somebody_reports(self, luck):
        if luck == 0:  # seldom, so that histories are long
            self.escalation = decide_resolved(self.escalation, self.now)
            self.cancel()

    @rule()
    def a_worker_looks(self):
        before, quiet = self.escalation, self.quiet()
        waiting, held = self.reaches(UNDERWAY), dict(self.held)
        decision = self.look()
        if before.state == "going" and not self.jumped and self.now < self.answered_until:
            assert not decision.orders, "an answered incident pages"
        if before.state == "seeking" and not decision.lapsed:
            told = {order.person_id for order in decision.orders}
            assert not told & set(self.answers), "who goes is asked to be the second"
        assert before.state != "resolved" or not decision.orders
        assert not {order.person_id for order in decision.orders} & set(quiet), "somebody is told in the night or muted"
        if decision.lapsed:
            self.answers.clear()
            self.held.clear()
            held = {}
        for person in decision.released:
            del self.held[person]
        for hold in decision.holds:
            assert hold.person_id not in self.held
            self.held[hold.person_id] = hold.step
        self.take(decision)
        self.nobody_held_is_lost(decision, held, waiting)

    @rule(pick=st.randoms(use_true_random=False), fate=st.sampled_from(["sent", "failed", "refused"]))
    def a_notice_is_tried(self, pick, fate):
        due = sorted(key for key, state in self.notices.items() if state == "due")
        if not due or self.escalation.state not in PAGING:
            return
        step, person, channel = key = pick.choice(due)
        if fate == "sent":
            self.notices[key] = "sent"
            return
        before = dict(self.notices)
        self.notices[key] = "given_up" if fate == "refused" else "due"
        others = [(k, state) for k, state in before.items() if k != key]
        decision = decide_failed(
            self.escalation,
            self.plan,
            Order(step, person, channel),
            permanent=fate == "refused",
            attempts=4,
            refused=self.reaches(("given_up",)),
            reached=any(k[0] >= step and state in (*UNDERWAY, "sent") for k, state in others),
            now=self.now,
        )
        self.take(decision, may_be_known=True)

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def whatever_is_unresolved_is_due(self):
        if hasattr(self, "escalation"):
            assert (self.escalation.next_due_at is None) == (self.escalation.state == "resolved")
            assert (self.escalation.round_due_at is not None) == (self.escalation.state in PAGING)
            assert (self.escalation.answered_until is not None) == (self.escalation.state in ("seeking", "going"))

    @invariant()
    def the_answers_make_the_state(self):
        if not hasattr(self, "escalation") or self.escalation.state == "resolved":
            return
        answers = self.answers.values()
        lacking = lacks_second(answers, self.plan.people_wanted)
        assert self.escalation.state == ("open" if not answers else "seeking" if lacking else "going")

    @invariant()
    def whoever_is_held_has_an_end(self):
        if hasattr(self, "escalation") and self.escalation.state in PAGING and self.held:
            assert self.escalation.release_at is not None

    @invariant()
    def nobody_is_forgotten(self):
        """Looked at now, what pages is due again within the longest pause, night or mute, whatever the clock did."""
        if not hasattr(self, "escalation") or self.escalation.state not in PAGING:
            return
        look = self.look()
        pause = timedelta(seconds=max(self.plan.longest_s, self.plan.step(0).after_s, self.plan.seek_after_s))
        longest = max(pause, NIGHT, LONGEST_MUTE) if self.quiet() else max(pause, timedelta(minutes=LONGEST_ETA_MIN))
        assert look.escalation.next_due_at <= self.now + longest + 10 * SECOND

    @invariant()
    def by_day_and_without_mutes_what_is_due_is_told(self):
        """A round that is due tells somebody, unless they have a notice on its way already."""
        if not hasattr(self, "escalation") or self.escalation.state != "open" or self.quiet():
            return
        due = self.escalation.round_due_at <= self.now and self.now >= self.escalation.due_set_at
        look = self.look()
        if due and self.plan.targets(self.step_due()):
            waiting = {person for person, _ in self.reaches(UNDERWAY)}
            assert look.orders or {t.person_id for t in self.plan.targets(self.step_due())} <= waiting

    @invariant()
    def no_answer_lasts_for_ever(self):
        if not hasattr(self, "escalation") or self.escalation.state not in ("going", "seeking"):
            return
        look = self.look()
        longest = timedelta(minutes=LONGEST_ETA_MIN, seconds=self.plan.grace_s) + 10 * SECOND
        assert look.escalation.state == "open" or look.escalation.answered_until <= self.now + longest

    # --- parts --------------------------------------------------------------------------------------------------------

    def quiet(self):
        return quiet_people(self.plan, self.mutes, self.now)

    def step_due(self):
        is_old = self.now >= self.escalation.acute_until
        return self.plan.reminder if is_old else self.plan.step(self.escalation.plan_step)

    def look(self):
        return decide_due(
            self.escalation,
            self.plan,
            self.reaches(UNDERWAY),
            self.reaches(("given_up",)),
            self.now,
            held=self.held,
            quiet=self.quiet(),
            going=frozenset(self.answers),
        )

    def answered(self, *, came_back):
        before = self.escalation.state
        self.escalation = decide_answered(
            self.escalation, self.plan, list(self.answers.values()), self.now, came_back=came_back
        )
        if self.answers:
            # an ETA that a wrong clock gave counts for a day at most
            self.answered_until = min(max(one.eta_at for one in self.answers.values()), self.now + DAY)
        if self.escalation.state != before or self.escalation.state == "going":
            self.cancel()

    def nobody_held_is_lost(self, decision, held, waiting):
        """Whoever was held is held still, or is told now (or has a notice on its way)."""
        told = {order.person_id for order in decision.orders} | {person for person, _ in waiting}
        reachable = {target.person_id for target in self.plan.people if target.channels}
        assert set(held) & reachable <= set(self.held) | told

    def take(self, decision, *, may_be_known=False):
        for order in decision.orders:
            key = (order.step, order.person_id, order.channel)
            assert may_be_known or key not in self.notices, "one notice a round, person and channel"
            self.notices.setdefault(key, "due")
        self.escalation = replace(decision.escalation)

    def cancel(self):
        self.notices = {k: "cancelled" if state in UNDERWAY else state for k, state in self.notices.items()}
        self.held.clear()

    def reaches(self, states):
        return frozenset((person, channel) for (_, person, channel), state in self.notices.items() if state in states)


History.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestHistories = History.TestCase
