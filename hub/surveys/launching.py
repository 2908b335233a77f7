"""Whether a survey may be approved and launched. Pure: every rule is here, so that no way round them is left.

1.  Whoever asked for a survey, or made the plan, does not approve it, unless the town's setting lets them.
2.  No launch without an approval of the newest plan that nobody has taken back.
3.  No launch without a ground in law: a drill, a request under art. 132-92, or a permit.
4.  No launch with a limit that stands in the way, and none that is worse than what was approved.
5.  What the service does not know a person has looked at, so long ago at most.
6.  No launch of a plan that is not safe by its own checks: drones too near each other, a keep-out, a battery's reserve,
    ground too near below.
7.  No launch while an offer waits for its partner's answer; something must have been accepted.
8.  No launch of a drone that another survey orders about, or of which its partner says that it is not ready.
9.  A later sortie, after a change of batteries, goes by the same rules as the first.
10. Whoever approves, launches or vouches does so for the plan that they saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.errors import Conflict
from hub.surveys.documents import Check
from hub.surveys.limits import Finding, Ground, is_worse, needs_vouching, stands_in_way
from hub.surveys.states import SortieState

__all__ = [
    "UNSAFE",
    "Approval",
    "CheckRun",
    "Standing",
    "approval_fault",
    "launch_faults",
    "must_be_newest",
    "unsafe_words",
]

UNSAFE = frozenset({"separation", "keep_out", "battery", "terrain"})
"""Checks of a plan itself without which nothing may fly; the others only say how good it is."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody approved a version of the plan, or took that back."""

    version: int
    withdrawn: bool
    note: str | None
    at: datetime
    person_id: str


@dataclass(frozen=True, slots=True)
class CheckRun:
    """One run of the checks; `vouched`: its person answers for what the service does not know."""

    version: int
    occasion: str
    results: Sequence[Finding]
    vouched: bool
    checked_at: datetime
    checked_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """All on which a launch depends, of the newest plan. `checks` and `approvals` in the order in which they came.

    `unsafe` are words on checks of the plan itself that failed and without which nothing may fly; `busy` those of the
    accepted sorties' drones that other surveys order about, each with the other survey's id, `unready` those that their
    partners call not ready.
    """

    drill: bool
    version: int
    asked_by: str
    made_by: str
    approvals: Sequence[Approval]
    checks: Sequence[CheckRun]
    grounds: Sequence[Ground]
    sorties: Sequence[SortieState]
    has_real_drones: bool
    unsafe: Sequence[str] = ()
    busy: Sequence[tuple[str, str]] = ()
    unready: Sequence[str] = ()

    @property
    def approval(self) -> Approval | None:
        """The approval that holds, of the newest plan."""
        last = next((one for one in reversed(self.approvals) if one.version == self.version), None)
        return None if last is None or last.withdrawn else last


def unsafe_words(checks: Sequence[Check]) -> list[str]:
    """Words on a plan's own checks that failed and without which nothing may fly."""
    return [f"{one['name']}: {one['detail']}" for one in checks if one["name"] in UNSAFE and not one["passed"]]


def must_be_newest(version: int, looked_at: int | None) -> None:
    """Raise Conflict when somebody looked at another version of the plan than the newest (None: they do not say)."""
    if looked_at not in (None, version):
        raise Conflict("Somebody has planned this survey anew meanwhile. Look at the plan as it is now.")


def approval_fault(standing: Standing, person_id: str, *, needs_second: bool) -> str | None:
    """Say why this person may not approve the plan; None when they may."""
    if needs_second and person_id in (standing.asked_by, standing.made_by):
        return "You asked for this survey or made its plan: a second person approves it."
    return None


def launch_faults(
    standing: Standing, now: datetime, fresh_for: timedelta, *, needs_second: bool, only_accepted: bool = False
) -> list[str]:
    """Say all that stands against a launch at this instant, one sentence each; nothing: it may be launched."""
    approval = standing.approval
    if approval is None:
        return ["A second person must approve this plan first."]
    fault = approval_fault(standing, approval.person_id, needs_second=needs_second)
    faults = [] if fault is None else ["This plan was approved by whoever asked for it: a second person must approve."]
    if not standing.drill and not any(ground.holds(now) for ground in standing.grounds):
        faults.append("Record the ground in law first: the request under art. 132-92, or a permit.")
    faults += [f"{words}." for words in standing.unsafe]
    faults += [f"{drone} is flying for another survey ({survey_id})." for drone, survey_id in standing.busy]
    faults += [f"{drone} is not ready, as its partner says." for drone in standing.unready]
    return [*faults, *_check_faults(standing, approval, now, fresh_for), *_offer_faults(standing, only_accepted)]


def _check_faults(standing: Standing, approval: Approval, now: datetime, fresh_for: timedelta) -> list[str]:
    runs = [run for run in standing.checks if run.version == standing.version]
    if not runs or not now - fresh_for <= runs[-1].checked_at <= now:
        return ["The limits must be checked again: the last check is too old."]
    last = runs[-1].results
    faults = [f"{finding.name}: {finding.detail}." for finding in stands_in_way(last)]
    vouched = [run for run in runs if run.vouched and now - fresh_for <= run.checked_at <= now]
    seen = {finding.name for run in vouched for finding in run.results}
    unknown = [finding.name for finding in needs_vouching(last) if finding.name not in seen]
    if unknown:
        faults.append(f"Somebody must look again and say so (check): {', '.join(unknown)}.")
    approved = [run for run in runs if run.checked_at <= approval.at]
    if approved and not faults:
        worse = is_worse(last, approved[-1].results)
        faults += [f"Since the approval something has changed: {one.name}: {one.detail}." for one in worse]
    return faults


def _offer_faults(standing: Standing, only_accepted: bool) -> list[str]:
    if not standing.has_real_drones:
        return ["This plan names no drones of the town or its partners: plan again with their ids."]
    if "offered" in standing.sorties and not only_accepted:
        return ["A partner has not answered yet; wait, or launch only what was accepted."]
    if "accepted" not in standing.sorties:
        return ["No sortie was accepted."]
    return []
