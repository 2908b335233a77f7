"""What a permit is on a day, what is due when, and what the office must look at. Pure; days are the town's.

1.  A permit holds from its first day to its last, both among them.
2.  A trap in service stands under at least one permit that holds, and under a hunting permit only in the season.
3.  A permit has a most number of traps, and a hunter may have no more than the rule of the day says over all permits.
4.  The report is due so many days after the last day as the permit says (30 by law), a catch of zero too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hub.traps.rules import Season, in_season

__all__ = [
    "EXPIRES_SOON",
    "MATTERS",
    "PERMIT_KINDS",
    "Matter",
    "MatterKind",
    "Permit",
    "PermitKind",
    "PermitState",
    "Report",
    "Standing",
    "due_on",
    "matters_on",
    "state_on",
]  # fmt: skip

PermitKind = Literal["pest_control", "hunting", "designated"]
PERMIT_KINDS: tuple[PermitKind, ...] = ("pest_control", "hunting", "designated")
# to_come; valid; expiring: its last days; report_due; overdue: the report is late; done: it was handed in.
PermitState = Literal["to_come", "valid", "expiring", "report_due", "overdue", "done"]
MatterKind = Literal["overdue", "no_permit", "too_many", "too_many_traps", "out_of_season", "report_due", "expiring"]
# The worst first.
MATTERS: tuple[MatterKind, ...] = (
    "overdue", "no_permit", "too_many", "too_many_traps", "out_of_season", "report_due", "expiring",
)  # fmt: skip
EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a permit's catch, as it was handed in; no heads at all is a catch of zero."""

    handed_in_on: date
    heads: Mapping[str, int]
    note: str | None


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit to catch animals with traps. `holder` and `holder_address` are what the tag on each trap says."""

    id: str
    kind: PermitKind
    number: str
    authority: str
    holder: str
    holder_address: str
    species: str
    area: str
    valid_from: date
    valid_until: date
    most_traps: int
    sensor_replaces: bool
    report_within_days: int
    note: str | None
    hunters: Sequence[str]
    device_keys: Sequence[int]
    report: Report | None

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return self.valid_from <= day <= self.valid_until


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands on a day: the traps in service, how many a hunter may have, and the seasons."""

    in_service: Collection[int]
    most_per_hunter: int | None
    seasons: Sequence[Season]


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to look at. `day`: by when, or since when; `count`: how many traps there are."""

    kind: MatterKind
    permit_id: str | None = None
    device_key: int | None = None
    person_id: str | None = None
    day: date | None = None
    count: int | None = None


def due_on(permit: Permit) -> date:
    """The last day on which the report is in time."""
    return permit.valid_until + timedelta(days=permit.report_within_days)


def state_on(permit: Permit, today: date) -> PermitState:
    """How it stands with a permit."""
    if permit.report is not None:
        return "done"
    if today < permit.valid_from:
        return "to_come"
    if today <= permit.valid_until:
        return "expiring" if permit.valid_until - today <= EXPIRES_SOON else "valid"
    return "report_due" if today <= due_on(permit) else "overdue"


def matters_on(permits: Sequence[Permit], standing: Standing, today: date) -> list[Matter]:
    """All that the office must look at, the worst first; within a kind what is due first."""
    found = [*_of_reports(permits, today), *_of_traps(permits, standing, today), *_of_numbers(permits, standing, today)]
    return sorted(
        found,
        key=lambda one: (
            MATTERS.index(one.kind), one.day or date.min, one.permit_id or "", one.device_key or 0, one.person_id or "",
        ),
    )  # fmt: skip


def _of_reports(permits: Iterable[Permit], today: date) -> Iterable[Matter]:
    for permit in permits:
        match state_on(permit, today):
            case "expiring":
                yield Matter("expiring", permit.id, day=permit.valid_until)
            case "report_due":
                yield Matter("report_due", permit.id, day=due_on(permit))
            case "overdue":
                yield Matter("overdue", permit.id, day=due_on(permit))
            case _:
                pass


def _of_traps(permits: Sequence[Permit], standing: Standing, today: date) -> Iterable[Matter]:
    for key in sorted(standing.in_service):
        holding = [permit for permit in permits if key in permit.device_keys and permit.holds_on(today)]
        if not holding:
            yield Matter("no_permit", device_key=key)
        elif not any(in_season(standing.seasons, permit.kind, today) for permit in holding):
            yield Matter("out_of_season", holding[0].id, device_key=key)


def _of_numbers(permits: Sequence[Permit], standing: Standing, today: date) -> Iterable[Matter]:
    by_hunter: dict[str, set[int]] = {}
    for permit in permits:
        if not permit.holds_on(today):
            continue
        standing_here = {key for key in permit.device_keys if key in standing.in_service}
        if len(standing_here) > permit.most_traps:
            yield Matter("too_many_traps", permit.id, count=len(standing_here))
        for hunter in permit.hunters:
            by_hunter.setdefault(hunter, set()).update(standing_here)
    for hunter, keys in by_hunter.items():
        if standing.most_per_hunter is not None and len(keys) > standing.most_per_hunter:
            yield Matter("too_many", person_id=hunter, count=len(keys))
