"""Surveys in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import cast

from hub.errors import NotFound
from hub.registry.devices import is_id
from hub.store import Connection, Queries, notify
from hub.surveys.documents import PlanDocument
from hub.surveys.launching import Approval, CheckRun, Standing, unsafe_words
from hub.surveys.limits import Finding, Ground
from hub.surveys.values import Drone, DroneChange, Entry, Plan, SortieRow, Survey

__all__ = [
    "EVERYTHING", "NEWEST", "Busy", "Scope", "add_approval", "add_check", "add_entry", "add_ground", "add_line",
    "add_plan", "add_sorties", "add_survey", "fetch_all_plans", "fetch_busy", "fetch_checks", "fetch_drones",
    "fetch_entries", "fetch_grounds", "fetch_plan", "fetch_sortie", "fetch_sorties", "fetch_standing",
    "fetch_survey", "fetch_surveys", "is_partner", "lock_drones", "lock_survey", "queries", "save_drone", "save_sortie",
    "save_survey", "tell",
]  # fmt: skip

queries = Queries.beside(__file__)
NEWEST = datetime.max.replace(tzinfo=UTC), ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose surveys and drones are looked at: all of them, or those of one partner."""

    everything: bool
    partner_id: str | None = None


EVERYTHING = Scope(everything=True)


@dataclass(frozen=True, slots=True)
class _CheckRow:
    version: int
    occasion: str
    results: Sequence[Mapping[str, object]]
    vouched: bool
    checked_at: datetime
    checked_by: str


@dataclass(frozen=True, slots=True)
class Busy:
    """A drone that another survey orders about."""

    id: str
    drone: str


# --- drones -----------------------------------------------------------------------------------------------------------


def fetch_drones(
    conn: Connection, scope: Scope, *, ids: Sequence[str] | None = None, after: str = "", limit: int = 500
) -> list[Drone]:
    """Registered drones by id."""
    wanted = None if ids is None else [one for one in ids if is_id(one)]
    return queries.all(conn, "fetch_drones", Drone, ids=wanted, after=after, limit=limit, **asdict(scope))


def save_drone(conn: Connection, device_key: int, change: DroneChange, person_id: str, now: datetime) -> None:
    """Write what a partner says of a drone."""
    lat, lon = change.home or (None, None)
    values = asdict(change) | {
        "battery_percent": _real(change.battery_percent),
        "change_s": _real(change.change_s),
        "home_lat": lat,
        "home_lon": lon,
    }
    del values["home"]
    queries.run(conn, "save_drone", device_key=device_key, now=now, person_id=person_id, **values)


def is_partner(conn: Connection, person_id: str) -> bool:
    """Whether a drone can be this person's."""
    return is_id(person_id) and queries.value(conn, "is_partner", id=person_id) is True


def lock_drones(conn: Connection, keys: Iterable[int]) -> None:
    """Let no other transaction launch these drones until this one ends; always in the same order."""
    for key in sorted(set(keys)):
        queries.run(conn, "lock_drone", device_key=key)


def fetch_busy(conn: Connection, survey_id: str, keys: Sequence[int]) -> list[Busy]:
    """Those of the drones that another survey orders about at present."""
    return queries.all(conn, "fetch_busy", Busy, survey_id=survey_id, keys=list(keys))


# --- surveys ----------------------------------------------------------------------------------------------------------


def add_survey(conn: Connection, survey: Survey) -> None:
    """A new survey without a plan."""
    queries.run(
        conn, "add_survey", id=survey.id, name=survey.name, drill=survey.drill, person_id=survey.asked_by,
        now=survey.asked_at,
    )  # fmt: skip


def lock_survey(conn: Connection, survey_id: str) -> Survey:
    """The survey, locked until the transaction ends. Raises NotFound."""
    return _found(queries.one(conn, "lock_survey", Survey, id=survey_id) if is_id(survey_id) else None)


def fetch_survey(conn: Connection, survey_id: str, scope: Scope = EVERYTHING) -> Survey:
    """One survey. Raises NotFound for one that is not there, or not to be seen, alike."""
    return _found(next(iter(fetch_surveys(conn, scope, ids=[survey_id])), None))


def fetch_surveys(
    conn: Connection,
    scope: Scope,
    *,
    ids: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    before: tuple[datetime, str] = NEWEST,
    limit: int = 500,
) -> list[Survey]:
    """Surveys, the newest first, older than `before` (when asked, id)."""
    wanted = None if ids is None else [one for one in ids if is_id(one)]
    return queries.all(
        conn, "fetch_surveys", Survey, ids=wanted, states=None if states is None else list(states),
        before_at=before[0], before_id=before[1], limit=limit, **asdict(scope),
    )  # fmt: skip


def save_survey(conn: Connection, survey: Survey) -> None:
    """Write where a survey stands, and tell whoever watches."""
    queries.run(conn, "save_survey", **asdict(survey))
    tell(conn, survey.id)


def tell(conn: Connection, survey_id: str, what: str = "survey") -> None:
    """Tell whoever watches that something of a survey is new."""
    notify(conn, "live", {"what": what, "id": survey_id})


def add_plan(conn: Connection, plan: Plan) -> None:
    """A new version of a plan."""
    row = asdict(plan) | {"request": _json(plan.request), "document": _json(plan.document), "gaps": _json(plan.gaps)}
    queries.run(conn, "add_plan", **row)


def fetch_plan(conn: Connection, survey_id: str, version: int | None = None) -> Plan:
    """A survey's newest plan, or one version. Raises NotFound."""
    found = queries.one(conn, "fetch_plan", Plan, survey_id=survey_id, version=version)
    if found is None:
        raise NotFound("There is no such plan.")
    return found


def fetch_all_plans(conn: Connection, survey_id: str) -> list[Plan]:
    """Every version, the oldest first."""
    return queries.all(conn, "fetch_all_plans", Plan, survey_id=survey_id)


def add_ground(conn: Connection, survey_id: str, ground: Ground) -> None:
    """The ground in law of a survey."""
    row = asdict(ground) | {"covers": list(ground.covers)}
    queries.run(conn, "add_ground", survey_id=survey_id, **row)


def fetch_grounds(conn: Connection, survey_id: str) -> list[Ground]:
    """The grounds of a survey in the order of their recording."""
    return queries.all(conn, "fetch_grounds", Ground, survey_id=survey_id)


def add_check(conn: Connection, survey_id: str, run: CheckRun) -> None:
    """One run of the checks."""
    row = asdict(run) | {"results": _json([asdict(finding) for finding in run.results])}
    queries.run(conn, "add_check", survey_id=survey_id, **row)


def fetch_checks(conn: Connection, survey_id: str, version: int) -> list[CheckRun]:
    """The runs of one version's checks, the oldest first."""
    rows = queries.all(conn, "fetch_checks", _CheckRow, survey_id=survey_id, version=version)
    return [
        CheckRun(
            row.version,
            row.occasion,
            [Finding(**result) for result in row.results],  # pyright: ignore[reportArgumentType]  # as `add_check` wrote them
            row.vouched,
            row.checked_at,
            row.checked_by,
        )
        for row in rows
    ]


def add_approval(conn: Connection, survey_id: str, approval: Approval) -> None:
    """An approval, or its withdrawal."""
    queries.run(conn, "add_approval", survey_id=survey_id, **asdict(approval))


def fetch_standing(conn: Connection, survey: Survey, *, only: SortieRow | None = None) -> Standing:
    """All on which the survey's launch depends, or that of one sortie of its newest plan (`only`)."""
    plan = fetch_plan(conn, survey.id)
    sorties = fetch_sorties(conn, survey.id, survey.version) if only is None else [only]
    flying = [one for one in sorties if one.state == "accepted" and one.device_key is not None]
    drones = fetch_drones(conn, EVERYTHING, ids=sorted({one.drone for one in flying}))
    busy = fetch_busy(conn, survey.id, [one.device_key for one in flying if one.device_key is not None])
    return Standing(
        drill=survey.drill,
        version=survey.version,
        asked_by=survey.asked_by,
        made_by=plan.made_by,
        approvals=queries.all(conn, "fetch_approvals", Approval, survey_id=survey.id, version=survey.version),
        checks=fetch_checks(conn, survey.id, survey.version),
        grounds=fetch_grounds(conn, survey.id),
        sorties=[sortie.state for sortie in sorties],
        has_real_drones=bool(sorties) and all(sortie.device_key is not None for sortie in sorties),
        unsafe=unsafe_words(cast("PlanDocument", plan.document)["checks"]),
        busy=[(one.drone, one.id) for one in busy],
        unready=[one.id for one in drones if not one.is_ready],
    )


# --- sorties and the timeline -----------------------------------------------------------------------------------------


def add_sorties(conn: Connection, sorties: Sequence[SortieRow]) -> None:
    """The sorties of a new plan."""
    names = ("id", "survey_id", "version", "place", "device_key", "drone")
    queries.run_many(conn, "add_sortie", [{name: getattr(sortie, name) for name in names} for sortie in sorties])


def fetch_sorties(conn: Connection, survey_id: str, version: int | None) -> list[SortieRow]:
    """The sorties of one version in the plan's order; of every version for None."""
    return queries.all(conn, "fetch_sorties", SortieRow, survey_id=survey_id, version=version)


def fetch_sortie(conn: Connection, sortie_id: str) -> SortieRow | None:
    """One sortie."""
    return queries.one(conn, "fetch_sortie", SortieRow, id=sortie_id) if is_id(sortie_id) else None


def save_sortie(conn: Connection, sortie: SortieRow) -> None:
    """Write where a sortie stands."""
    names = (
        "id", "state", "answered_by", "answered_at", "reason", "phase", "phase_at", "started_at", "ended_at",
    )  # fmt: skip
    queries.run(conn, "save_sortie", **{name: getattr(sortie, name) for name in names})


def add_entry(
    conn: Connection,
    survey_id: str,
    actor: str,
    what: str,
    now: datetime,
    *,
    sortie_id: str | None = None,
    at: datetime | None = None,
    **detail: object,
) -> None:
    """A line of the timeline: it happened at `at`, or now."""
    queries.run(
        conn, "add_entry", survey_id=survey_id, at=at or now, recorded_at=now, actor=actor, what=what,
        sortie_id=sortie_id, detail=_json(detail),
    )  # fmt: skip


def add_line(
    conn: Connection, survey_id: str, actor: str, what: str, now: datetime, detail: Mapping[str, object]
) -> None:
    """A line of the timeline of now, about the survey as a whole."""
    queries.run(
        conn, "add_entry", survey_id=survey_id, at=now, recorded_at=now, actor=actor, what=what, sortie_id=None,
        detail=_json(detail),
    )  # fmt: skip


def fetch_entries(conn: Connection, survey_id: str, *, after: int = 0, limit: int = 500) -> list[Entry]:
    """A survey's timeline behind an entry, the oldest first."""
    return queries.all(conn, "fetch_entries", Entry, survey_id=survey_id, after=after, limit=limit)


def _real(number: float | None) -> float | None:
    """A database's `real` knows no number as small as a form or JSON may hold."""
    return None if number is None else round(number, 3)


def _found(survey: Survey | None) -> Survey:
    if survey is None:
        raise NotFound("There is no such survey.")
    return survey


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)
