"""Reports, animals, photos and claims in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from hub.store import Connection, Queries
from hub.traps.captures.claims import ClaimState, Entry
from hub.traps.captures.records import Animal, NewAnimal, NewReport, Outcome

__all__ = [
    "Alike", "Claim", "ClaimEntry", "ClaimFilter", "FiringOf", "NewPhoto", "NewVersion", "Photo", "Report",
    "ReportFilter", "TrapFacts", "Version", "queries",
]  # fmt: skip

queries = Queries.beside(__file__)
_BITS = 1 << 64


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it stands. `fired_at` is when the trap fired, where it did; places in degrees (WGS 84)."""

    id: str
    incident_id: str | None
    device_key: int
    device_id: str
    device_name: str
    team_id: str | None
    trap_lat: float
    trap_lon: float
    person_id: str
    person_name: str
    typed_by: str
    typist_name: str
    outcome: Outcome
    found_at: datetime
    received_at: datetime
    note: str | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    hunt_kind: str | None
    trap_kind: str | None
    trap_set_on: date | None
    trap_removed_on: date | None
    municipality: str | None
    version: int
    fired_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports: None narrows nothing. `since` and `until` are about when it was found.

    `before` is (received_at, id) of the last one on the page before.
    """

    report_id: str | None = None
    incident_id: str | None = None
    device_keys: Collection[int] | None = None
    person_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """Which claims: None narrows nothing. `writer_id`: who found the animal or typed the report.
    `is_unpriced`: only those without an amount.

    `after` is (filed_at, id) of the last one on the page before.
    """

    claim_id: str | None = None
    report_ids: Sequence[str] | None = None
    states: Sequence[str] | None = None
    writer_id: str | None = None
    is_unpriced: bool = False
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """Who has written a version of a report, when and why."""

    version: int
    by_person: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """What a report was; `document` holds it whole, with its animals."""

    version: int
    at: datetime
    by_name: str
    reason: str | None
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that was looked at, with what the phone says of it beside what the camera wrote."""

    id: str
    item: str | None
    sent_by: str
    received_at: datetime
    sha256: bytes
    look: int
    media_type: str
    width: int
    height: int
    size_bytes: int
    taken_at: datetime | None
    taken_lat: float | None
    taken_lon: float | None
    said_at: datetime | None
    said_lat: float | None
    said_lon: float | None
    thumbnail: bytes
    original: bytes


@dataclass(frozen=True, slots=True)
class Photo:
    """What is known of a photo; `report_id` is None until its form is filed."""

    id: str
    report_id: str | None
    animal_id: str | None
    item: str | None
    sent_by: str
    received_at: datetime
    sha256: str
    look: int
    media_type: str
    width: int
    height: int
    size_bytes: int
    taken_at: datetime | None
    taken_lat: float | None
    taken_lon: float | None
    said_at: datetime | None
    said_lat: float | None
    said_lon: float | None


@dataclass(frozen=True, slots=True)
class Alike:
    """A photo of another report that is the same file (`is_same`) or differs by `bits` of 64 only."""

    photo_id: str
    other_id: str
    other_report: str
    received_at: datetime
    is_same: bool
    bits: int
    other_claim: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim for one animal, with whose it is."""

    id: str
    animal_id: str
    report_id: str
    programme: str
    state: ClaimState
    filed_at: datetime
    seconded_by: str | None
    decided_by: str | None
    decider_name: str | None
    decided_at: datetime | None
    reason: str | None
    amount_yen: int | None
    device_key: int
    device_name: str
    person_id: str
    person_name: str
    typed_by: str
    found_at: datetime
    species: str
    branch: int


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """One line of a claim's log."""

    claim_id: str
    at: datetime
    actor_name: str
    act: Entry
    text: str | None


@dataclass(frozen=True, slots=True)
class FiringOf:
    """One firing of a trap that was reported on."""

    device_key: int
    outcome: str
    changes: int
    closed_after_s: float | None


@dataclass(frozen=True, slots=True)
class TrapFacts:
    """What a trap's last report said that is likely still so."""

    hunt_kind: str | None
    trap_kind: str | None
    trap_set_on: date | None
    municipality: str | None


@dataclass(frozen=True, slots=True)
class _Count:
    state: str
    number: int


def add_report(conn: Connection, report_id: str, new: NewReport, typed_by: str, now: datetime) -> bool:
    """Keep a report; False when its incident has one already."""
    values = asdict(new)
    del values["animals"]
    return bool(queries.run(conn, "add_report", id=report_id, typed_by=typed_by, received_at=now, **values))


def save_report(conn: Connection, report_id: str, new: NewReport, version: int) -> None:
    """The report as it was corrected."""
    values = asdict(new)
    del values["animals"]
    queries.run(conn, "save_report", id=report_id, version=version, **values)


def fetch_reports(conn: Connection, only: ReportFilter, limit: int = 100) -> list[Report]:
    """Reports, newest first."""
    keys = None if only.device_keys is None else sorted(only.device_keys)
    return queries.all(
        conn, "fetch_reports", Report, id=only.report_id, incident_id=only.incident_id, device_keys=keys,
        person_id=only.person_id, outcome=only.outcome, since=only.since, until=only.until,
        before_at=only.before and only.before[0], before_id=only.before and only.before[1], limit=limit,
    )  # fmt: skip


def add_animal(conn: Connection, report_id: str, animal_id: str, branch: int, new: NewAnimal, now: datetime) -> None:
    """Keep one animal under its individual number."""
    queries.run(conn, "add_animal", **asdict(new) | {"id": animal_id}, report_id=report_id, branch=branch, now=now)


def fetch_animals(conn: Connection, report_ids: Sequence[str]) -> dict[str, list[Animal]]:
    """The animals of reports, by the report."""
    found: dict[str, list[Animal]] = {report_id: [] for report_id in report_ids}
    for animal in queries.all(conn, "fetch_animals", Animal, report_ids=list(report_ids)):
        found[animal.report_id].append(animal)
    return found


def add_version(conn: Connection, report_id: str, version: NewVersion, document: object) -> None:
    """Append what the report is from now on."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    queries.run(conn, "add_version", report_id=report_id, document=text, **asdict(version))


def add_photo(conn: Connection, photo: NewPhoto) -> None:
    """Keep a photo that belongs to no report yet."""
    look = photo.look - _BITS if photo.look >= _BITS // 2 else photo.look
    names = NewPhoto.__dataclass_fields__
    queries.run(conn, "add_photo", **{name: getattr(photo, name) for name in names} | {"look": look})


def fetch_photos(conn: Connection, report_ids: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Photo]:
    """What is known of photos, the oldest first."""
    return queries.all(conn, "fetch_photos", Photo, report_ids=list(report_ids), ids=list(ids))


def fetch_claims(conn: Connection, only: ClaimFilter, limit: int = 100) -> list[Claim]:
    """Claims, the longest waiting first."""
    return queries.all(
        conn, "fetch_claims", Claim, id=only.claim_id,
        report_ids=None if only.report_ids is None else list(only.report_ids),
        states=None if only.states is None else list(only.states), writer_id=only.writer_id,
        is_unpriced=only.is_unpriced, since=only.since,
        until=only.until, after_at=only.after and only.after[0], after_id=only.after and only.after[1], limit=limit,
    )  # fmt: skip


def add_claim_entry(conn: Connection, claim_id: str, act: Entry, actor: str, text: str | None, now: datetime) -> None:
    """One more line of a claim's log."""
    queries.run(
        conn, "add_claim_entry", claim_id=claim_id, at=now, actor=actor, act=act, text=text, detail=json.dumps({})
    )


def count_claims(conn: Connection) -> dict[str, int]:
    """How many claims stand in each state."""
    return {row.state: row.number for row in queries.all(conn, "count_claims", _Count)}
