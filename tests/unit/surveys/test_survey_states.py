"""The states of surveys and sorties: the tables are whole, the page is drawn from them, and no order of acts flies."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.orders import PHASES
from hub.errors import Conflict
from hub.surveys.diagram import DOCUMENT, render_document
from hub.surveys.documents import Check
from hub.surveys.launching import Approval, CheckRun, Standing, approval_fault, launch_faults, unsafe_words
from hub.surveys.limits import Finding, Ground
from hub.surveys.states import (
    ACTIVE,
    AIRBORNE,
    BY_PERSON,
    NO_ANSWER,
    NOT_FLYING,
    SETTLED,
    SORTIE_STATES,
    SORTIE_TABLE,
    SURVEY_EVENTS,
    SURVEY_STATES,
    SURVEY_TABLE,
    event_of_phase,
    failure_of,
    next_sortie,
    next_survey,
    stop_action,
    survey_event_of,
)

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
FRESH = timedelta(minutes=60)


def test_the_page_is_drawn_from_the_tables() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render_document(), "run: python -m hub.surveys.diagram"


def test_each_state_is_reached_and_each_event_is_taken_somewhere() -> None:
    assert set(SURVEY_TABLE.values()) | {"draft"} == set(SURVEY_STATES)
    assert {event for _, event in SURVEY_TABLE} == set(SURVEY_EVENTS)
    assert set(SORTIE_TABLE.values()) | {"planned"} == set(SORTIE_STATES)


def test_a_stop_is_taken_wherever_something_may_fly() -> None:
    for state in ACTIVE:
        assert (state, "stop") in SURVEY_TABLE
        assert (state, "hold") in SURVEY_TABLE
    for how in ("hold", "return", "land"):
        assert {stop_action(how, state, None) for state in (*AIRBORNE, "starting")} == {how}
        assert {stop_action(how, "failed", why) for why in (NO_ANSWER, NOT_FLYING)} == {how}
        assert stop_action(how, "failed", "fence") is None
        assert stop_action(how, "preparing", None) == "release"
        assert {stop_action(how, state, None) for state in ("planned", "landed", "cancelled", "accepted")} == {None}


def test_a_start_that_is_stopped_before_its_drone_has_heard_of_it_has_failed() -> None:
    for how in ("hold", "return", "land"):
        assert failure_of(how, "done", NOT_FLYING, "starting") == NOT_FLYING
        assert failure_of(how, None, None, "starting") == NO_ANSWER
        assert failure_of(how, "done", None, "starting") is None
        assert {failure_of(how, "failed", "pilot", state) for state in SORTIE_STATES} == {None}
        assert {failure_of(how, "done", NOT_FLYING, state) for state in AIRBORNE} == {None}
    assert failure_of("prepare", "refused", "fence", "preparing") == "fence"
    assert failure_of("fly", "failed", None, "starting") == "failed"
    assert failure_of("fly", None, None, "starting") == NO_ANSWER
    assert failure_of("fly", "accepted", None, "starting") is None


def test_launch_leads_from_approved_alone_and_approval_from_a_plan() -> None:
    assert [before for (before, event) in SURVEY_TABLE if event == "launch"] == ["approved"]
    assert [before for (before, event) in SURVEY_TABLE if event == "approve"] == ["planned"]
    # What changes the plan takes the approval along.
    assert {after for (_, event), after in SURVEY_TABLE.items() if event == "plan"} == {"planned"}
    assert not any((state, "plan") in SURVEY_TABLE for state in ACTIVE)


@pytest.mark.parametrize("state", SURVEY_STATES)
def test_what_does_not_fit_is_said_in_words(state: str) -> None:
    for event in BY_PERSON:
        if (state, event) not in SURVEY_TABLE:
            with pytest.raises(Conflict) as refused:
                next_survey(state, event)
            assert str(refused.value) != Conflict.__doc__


def test_what_has_landed_stays_so() -> None:
    for phase in PHASES:
        event = event_of_phase(phase)
        if event is not None:
            assert next_sortie("landed", event) is None
            assert next_sortie("cancelled", event) is None


@given(st.lists(st.sampled_from(SORTIE_STATES), min_size=1))
def test_a_survey_has_ended_when_each_sortie_is_settled_and_no_sooner(sorties: list) -> None:
    event = survey_event_of(sorties)
    assert (event == "ended") == all(state in SETTLED for state in sorties)
    assert (event == "airborne") == any(state in AIRBORNE for state in sorties)


# --- whatever order of acts -------------------------------------------------------------------------------------------


@dataclass
class Desk:
    """A survey's papers on a desk: acts by three people as the service does them."""

    drill: bool
    now: datetime = NOW
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.drill, 1, "anna", "anna", [], [], [], ["offered", "accepted"], True)

    def act(self, name: str, person: str, value: int) -> None:
        standing = self.standing
        if name == "replan":
            self.standing = replace(standing, version=standing.version + 1, made_by=person)
        elif name == "approve" and approval_fault(standing, person, needs_second=True) is None:
            self._check(person, value, vouched=True)
            approval = Approval(standing.version, False, None, self.now, person)
            self.standing = replace(self.standing, approvals=[*standing.approvals, approval])
        elif name == "withdraw":
            approval = Approval(standing.version, True, None, self.now, person)
            self.standing = replace(standing, approvals=[*standing.approvals, approval])
        elif name == "check":
            self._check(person, value, vouched=bool(value % 2))
        elif name == "ground":
            ground = Ground("art_132_92", "市長", "捜索", None, [], None, self.now + timedelta(hours=value), None,
                            self.now, person)  # fmt: skip
            self.standing = replace(standing, grounds=[*standing.grounds, ground])
        elif name == "wait":
            self.now += timedelta(minutes=7 * value)

    def _check(self, person: str, value: int, *, vouched: bool) -> None:
        outcome = ("passed", "unknown", "failed", "exempt", "permitted")[value % 5]
        run = CheckRun(self.standing.version, "asked", [Finding("did", outcome, "…", "…")], vouched, self.now, person)
        self.standing = replace(self.standing, checks=[*self.standing.checks, run])


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["replan", "approve", "withdraw", "check", "ground", "wait"]),
        st.sampled_from(["anna", "ben", "chika"]),
        st.integers(0, 9),
    ),
    max_size=14,
)


@given(st.booleans(), ACTS, st.booleans())
def test_whatever_the_order_of_acts_nothing_is_launched_without_all_that_it_needs(
    drill: bool, acts: list, only_accepted: bool
) -> None:
    desk = Desk(drill)
    for act in acts:
        desk.act(*act)
    standing, now = desk.standing, desk.now
    if launch_faults(standing, now, FRESH, needs_second=True, only_accepted=only_accepted):
        return
    last = [one for one in standing.approvals if one.version == standing.version][-1]
    assert not last.withdrawn
    assert last.person_id not in (standing.asked_by, standing.made_by)
    assert drill or any(ground.holds(now) for ground in standing.grounds)
    runs = [run for run in standing.checks if run.version == standing.version]
    assert now - runs[-1].checked_at <= FRESH
    outcomes = {finding.outcome for finding in runs[-1].results}
    assert "failed" not in outcomes
    if "unknown" in outcomes:
        assert any(run.vouched and now - run.checked_at <= FRESH for run in runs)
    assert only_accepted


def _ready() -> Desk:
    desk = Desk(drill=True)
    desk.act("approve", "ben", 0)
    desk.standing = replace(desk.standing, sorties=["accepted"])
    return desk


def _failed(name: str) -> Check:
    return {"name": name, "passed": False, "detail": "too near", "source": "planner"}


def test_of_a_plans_own_checks_only_what_is_not_safe_stands_in_the_way() -> None:
    checks = [_failed(name) for name in ("coverage", "outside", "holes", "keep_out", "battery")]
    assert unsafe_words(checks) == ["keep_out: too near", "battery: too near"]
    assert unsafe_words([{**one, "passed": True} for one in checks]) == []


def test_with_all_that_it_needs_it_is_launched() -> None:
    desk = _ready()
    assert launch_faults(desk.standing, desk.now, FRESH, needs_second=True) == []
    real = replace(desk.standing, drill=False)
    assert "ground in law" in launch_faults(real, desk.now, FRESH, needs_second=True)[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"has_real_drones": False}, "no drones"),
        ({"sorties": ["offered", "accepted"]}, "not answered"),
        ({"sorties": ["declined"]}, "No sortie"),
        ({"version": 2}, "approve"),
        ({"made_by": "ben"}, "second person"),
        ({"checks": []}, "checked again"),
        ({"busy": [("drone-1", "sv-2")]}, "drone-1 is flying for another survey (sv-2)."),
        ({"unready": ["drone-1"]}, "drone-1 is not ready"),
        ({"unsafe": unsafe_words([_failed("separation"), _failed("outside")])}, "separation: too near."),
    ],
)
def test_each_thing_that_is_missing_is_said(change: dict, words: str) -> None:
    desk = _ready()
    faults = launch_faults(replace(desk.standing, **change), desk.now, FRESH, needs_second=True)
    assert any(words in fault for fault in faults), faults


def test_what_was_better_at_the_approval_stops_the_launch() -> None:
    desk = _ready()
    desk.now += timedelta(minutes=1)
    desk.act("ground", "anna", 9)
    desk.act("check", "anna", 3)
    faults = launch_faults(desk.standing, desk.now, FRESH, needs_second=True)
    assert len(faults) == 1
    assert "changed" in faults[0]


def test_a_town_may_let_one_person_do_both() -> None:
    desk = Desk(drill=True)
    desk.act("check", "anna", 0)
    approval = Approval(1, False, None, desk.now, "anna")
    alone = replace(desk.standing, approvals=[approval], sorties=["accepted"])
    assert launch_faults(alone, desk.now, FRESH, needs_second=False) == []
    assert launch_faults(alone, desk.now, FRESH, needs_second=True)
