"""Random histories of firings, answers, failures, restarts and clock jumps, in which the promises of alerts must hold.

The machine keeps an incident as the database does: state and plan as they are stored, notices under their unique key.
"""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.alerts.answers import Answered
from hub.alerts.escalation import (
    Order,
    decide_again,
    decide_answered,
    decide_due,
    decide_failed,
    decide_opened,
    decide_resolved,
)
from hub.alerts.kinds import KINDS
from hub.alerts.plans import PlanRules, dump_plan, load_plan, make_plan
from hub.registry.people import Recipient
from tests.unit.alerts.samples import DAY, NOON, SECOND

PEOPLE = [Recipient(f"p-{number}", f"person {number}", f"p{number}@example.jp", "ja", ("line",)) for number in range(4)]
UNDERWAY = ("due", "leased")
# Answers live as long as their ETA and the plan's grace; a forward step longer than this may end them.
LONGEST_ETA_MIN = 1440


class History(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.now = NOON
        self.notices = {}
        self.answers = {}
        self.jumped = False

    @initialize(
        kind=st.sampled_from(sorted(KINDS)),
        hunters=st.lists(st.sampled_from(PEOPLE), unique=True),
        staff=st.lists(st.sampled_from(PEOPLE), unique=True),
        channels=st.sampled_from([("mail",), ("line", "mail"), ()]),
        repeat_s=st.sampled_from([1, 60, 900, 200_000]),
    )
    def opens(self, kind, hunters, staff, channels, repeat_s):
        self.plan = make_plan(KINDS[kind], hunters, staff, PlanRules(repeat_s, channels))
        self.escalation = decide_opened(self.plan, self.now)

    # --- time ---------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 600, 1000, 5000, 90_000]))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(days=st.integers(-60, 60))
    def the_clock_jumps(self, days):
        self.now += days * DAY
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

    @precondition(lambda self: self.escalation.state != "resolved")
    @rule(person=st.sampled_from(PEOPLE), eta_min=st.integers(1, LONGEST_ETA_MIN))
    def somebody_goes(self, person, eta_min):
        self.answers[person.person_id] = self.now + timedelta(minutes=eta_min)
        self.escalation = decide_answered(
            self.escalation, self.plan, [Answered(p, eta) for p, eta in self.answers.items()], self.now
        )
        self.cancel()
        # an ETA that a wrong clock gave counts for a day at most
        self.answered_until = min(max(self.answers.values()), self.now + DAY)
        self.jumped = False

    @precondition(lambda self: self.escalation.state != "resolved")
    @rule(luck=st.integers(0, 9))
    def somebody_reports(self, luck):
        if luck == 0:  # seldom, so that histories are long
            self.escalation = decide_resolved(self.escalation, self.now)
            self.cancel()

    @rule()
    def a_worker_looks(self):
        before = self.escalation
        decision = decide_due(before, self.plan, self.reaches(UNDERWAY), self.reaches(("given_up",)), self.now)
        if before.state == "going" and not self.jumped and self.now < self.answered_until:
            assert not decision.orders, "an answered incident pages"
        assert before.state != "resolved" or not decision.orders
        if decision.lapsed:
            self.answers.clear()
        self.take(decision)

    @rule(pick=st.randoms(use_true_random=False), fate=st.sampled_from(["sent", "failed", "refused"]))
    def a_notice_is_tried(self, pick, fate):
        due = sorted(key for key, state in self.notices.items() if state == "due")
        if not due or self.escalation.state != "open":
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

    @invariant()
    def nobody_is_forgotten(self):
        """Looked at now, an open incident is due again within the longest pause of its plan, whatever the clock did."""
        if not hasattr(self, "escalation") or self.escalation.state != "open":
            return
        look = decide_due(self.escalation, self.plan, self.reaches(UNDERWAY), self.reaches(("given_up",)), self.now)
        pause = max(self.plan.longest_s, self.plan.step(0).after_s)
        assert look.escalation.next_due_at <= self.now + timedelta(seconds=pause) + 10 * SECOND

    @invariant()
    def no_answer_lasts_for_ever(self):
        if not hasattr(self, "escalation") or self.escalation.state != "going":
            return
        look = decide_due(self.escalation, self.plan, frozenset(), frozenset(), self.now)
        longest = timedelta(minutes=LONGEST_ETA_MIN, seconds=self.plan.grace_s) + 10 * SECOND
        assert look.escalation.state == "open" or look.escalation.next_due_at <= self.now + longest

    # --- parts --------------------------------------------------------------------------------------------------------

    def take(self, decision, *, may_be_known=False):
        for order in decision.orders:
            key = (order.step, order.person_id, order.channel)
            assert may_be_known or key not in self.notices, "one notice a round, person and channel"
            self.notices.setdefault(key, "due")
        self.escalation = replace(decision.escalation)

    def cancel(self):
        self.notices = {k: "cancelled" if state in UNDERWAY else state for k, state in self.notices.items()}

    def reaches(self, states):
        return frozenset((person, channel) for (_, person, channel), state in self.notices.items() if state in states)


History.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestHistories = History.TestCase
