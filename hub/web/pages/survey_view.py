"""What the pages of one survey show, put together from its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.commands import store as commands
from hub.surveys.documents import Check, PlanDocument, Sortie
from hub.surveys.flights import store as flights
from hub.surveys.flights.store import Latest
from hub.surveys.launching import UNSAFE, CheckRun, Standing, approval_fault, launch_faults
from hub.surveys.service import SurveyRules, scope_of
from hub.surveys.states import ACTIVE, AIRBORNE, MAY_FLY, ORDERED
from hub.surveys.values import Drone, Entry, Plan, SortieRow, Survey
from hub.web import surveying
from hub.web.pages.survey_link import Link, OrderView, last_order, link_of, order_view
from hub.web.pages.survey_picture import Picture, draw_picture

__all__ = ["CheckLine", "Detail", "DroneView", "SortieView", "fetch_detail", "fetch_drones", "map_of", "picture_of"]

_PAGE = 500


@dataclass(frozen=True, slots=True)
class SortieView:
    """One flight: where it stands and how it was planned. `number` is its drone's on this survey's pages."""

    row: SortieRow
    number: int
    drone: Drone | None
    planned: Sortie
    may_answer: bool
    may_order: bool
    is_next: bool

    @property
    def name(self) -> str:
        """The drone's name."""
        return self.drone.name if self.drone else self.row.drone


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One thing that was checked of a plan, with who looked and when."""

    name: str
    outcome: str
    detail: str
    source: str
    zones: Sequence[str]
    checked_at: datetime | None
    checked_by: str | None


@dataclass(frozen=True, slots=True)
class DroneView:
    """One drone of a survey that flies: what it last said, how old that is, and the last order to it."""

    number: int
    id: str
    name: str
    sortie: SortieRow | None
    latest: Latest | None
    link: Link
    order: OrderView | None
    waiting: SortieRow | None
    may_order: bool
    is_airborne: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """A survey as its page shows it. `standing` is None for partners, who decide nothing of it."""

    survey: Survey
    plan: Plan
    document: PlanDocument
    own: frozenset[str] | None
    sorties: Sequence[SortieView]
    checks: Sequence[CheckLine]
    standing: Standing | None
    run: CheckRun | None
    approve_fault: str | None
    launch_faults: Sequence[str]
    only_accepted_faults: Sequence[str]
    entries: Sequence[Entry]
    names: Mapping[str, str]
    numbers: Mapping[str, int]

    @property
    def is_active(self) -> bool:
        """Whether something of it may be in the air."""
        return self.survey.state in ACTIVE


def fetch_detail(conn: Connection, actor: Actor, survey_id: str, rules: SurveyRules, now: datetime) -> Detail:
    """One survey as the actor sees it. Raises NotFound."""
    view = surveying.fetch_view(conn, actor, survey_id)
    document = cast("PlanDocument", view.plan.document)
    sees_all = scope_of(actor).everything
    standing = store.fetch_standing(conn, view.survey) if sees_all else None
    entries = surveying.seen_by(conn, survey_id, view.own, _entries(conn, survey_id))
    people = {view.survey.asked_by, view.plan.made_by, view.survey.launched_by or ""}
    people |= {one.actor for one in entries} | {str(one.detail.get("partner")) for one in entries}
    if standing is not None:
        people |= {run.checked_by for run in standing.checks} | {one.person_id for one in standing.approvals}
        people |= {ground.recorded_by for ground in standing.grounds}
    faults: Sequence[str] = ()
    fewer: Sequence[str] = ()
    if standing is not None:
        faults = launch_faults(standing, now, rules.fresh_for, needs_second=rules.needs_second)
        fewer = launch_faults(standing, now, rules.fresh_for, needs_second=rules.needs_second, only_accepted=True)
    return Detail(
        survey=view.survey,
        plan=view.plan,
        document=document,
        own=view.own,
        sorties=_sorties(actor, view, document),
        checks=_checks(document, view.check),
        standing=standing,
        run=view.check,
        approve_fault=(
            approval_fault(standing, actor.person_id, needs_second=rules.needs_second) if standing is not None else None
        ),
        launch_faults=faults,
        only_accepted_faults=fewer,
        entries=entries,
        names=registry.fetch_person_names(conn, frozenset(people)),
        numbers=_numbers(document),
    )


def _entries(conn: Connection, survey_id: str) -> list[Entry]:
    found: list[Entry] = []
    while True:
        some = store.fetch_entries(conn, survey_id, after=found[-1].id if found else 0, limit=_PAGE)
        found += some
        if len(some) < _PAGE:
            return found


def _numbers(document: PlanDocument) -> dict[str, int]:
    """The drones of a plan, numbered in the order of their first flights."""
    names = dict.fromkeys(sortie["drone"] for sortie in document["sorties"])
    return {name: number for number, name in enumerate(names, 1)}


def _sorties(actor: Actor, view: surveying.SurveyView, document: PlanDocument) -> list[SortieView]:
    drones = {drone.id: drone for drone in view.drones}
    numbers = _numbers(document)
    busy = {one.drone for one in view.sorties if one.state in ORDERED}
    waiting: set[str] = set()
    found: list[SortieView] = []
    for row in view.sorties:
        drone = drones.get(row.drone)
        is_own = drone is not None and drone.partner_id == actor.person_id
        is_next = row.state == "accepted" and row.drone not in busy | waiting
        if row.state == "accepted":
            waiting.add(row.drone)
        may_answer = drone is not None and drone.partner_id is not None and (is_own or actor.is_staff)
        may_order = drone is not None and (is_own or actor.has("responder"))
        planned = document["sorties"][row.place]
        found.append(SortieView(row, numbers[row.drone], drone, planned, may_answer, may_order, is_next))
    return found


def _checks(document: PlanDocument, run: CheckRun | None) -> list[CheckLine]:
    own = [
        CheckLine(one["name"], _own_outcome(one), one["detail"], one["source"], (), None, None)
        for one in surveying.own_checks(document, run)
    ]
    if run is None:
        return own
    at, by = run.checked_at, run.checked_by
    return [*(CheckLine(one.name, one.outcome, one.detail, one.source, one.zones, at, by) for one in run.results), *own]


def _own_outcome(check: Check) -> str:
    """Of a plan's own checks only those that stop a launch are shown as failed; the others say how good it is."""
    if check["passed"]:
        return "passed"
    return "failed" if check["name"] in UNSAFE else "weak"


def fetch_drones(conn: Connection, actor: Actor, detail: Detail, now: datetime) -> list[DroneView]:
    """The real drones of a survey, in the order of their numbers."""
    rows = [view.row for view in detail.sorties]
    drones = {view.row.drone: view.drone for view in detail.sorties if view.drone is not None}
    latest = {one.device_key: one for one in flights.fetch_latest(conn, [one.device_key for one in drones.values()])}
    orders = commands.fetch_commands(conn, detail.survey.id)
    found: list[DroneView] = []
    for name, drone in drones.items():
        own = [row for row in rows if row.drone == name]
        flying = next((row for row in own if row.state in ORDERED), None)
        last = flying or next((row for row in reversed(own) if row.ended_at is not None), None)
        said = latest.get(drone.device_key)
        unsure = last is not None and last.state == "failed" and last.reason in MAY_FLY
        order = last_order(orders, drone.device_key)
        found.append(
            DroneView(
                number=detail.numbers[name],
                id=name,
                name=drone.name,
                sortie=last or (own[0] if own else None),
                latest=said,
                link=link_of(said, now, expected=flying is not None or unsure),
                order=order_view(order, now) if order is not None else None,
                waiting=next((row for row in own if row.state == "accepted" and flying is None), None),
                may_order=actor.has("responder") or drone.partner_id == actor.person_id,
                is_airborne=flying is not None and flying.state in AIRBORNE,
            )
        )
    return sorted(found, key=lambda one: one.number)


def picture_of(
    detail: Detail,
    *,
    tracks: Sequence[tuple[int, Sequence[Sequence[float]]]] = (),
    seen: Sequence[Sequence[Sequence[float]]] = (),
    gaps: Mapping[str, object] | None = None,
    drones: Sequence[DroneView] = (),
    dots: Sequence[tuple[float, float, bool]] = (),
) -> Picture:
    """The survey's drawing: its area, its plan's legs, and what is known of its flights."""
    request = detail.plan.request
    marks = [(view.drone.home, view.number, view.name, "home") for view in detail.sorties if view.drone is not None]
    marks = list({number: (home, number, name, kind) for home, number, name, kind in marks}.values())
    for one in drones:
        data: Mapping[str, object] = one.latest.data if one.latest is not None and one.sortie is not None else {}
        if "lat" in data and "lon" in data:
            place = cast("float", data["lat"]), cast("float", data["lon"])
            marks.append((place, one.number, one.name, one.link.state))
    return draw_picture(
        cast("Mapping[str, object]", request["area"]),
        cast("Sequence[Mapping[str, object]]", request["keep_out"]),
        [(view.number, view.planned["path"]["coordinates"]) for view in detail.sorties],
        tracks=tracks,
        seen=seen,
        gaps=gaps,
        marks=marks,
        dots=dots,
    )


def map_of(
    detail: Detail,
    *,
    gaps: Mapping[str, object] | None = None,
    pins: Sequence[Mapping[str, object]] = (),
    photos: Sequence[Mapping[str, object]] = (),
) -> dict[str, object]:
    """The same for the map with scripts (assets/scripts/survey-map.mjs)."""
    homes = {view.number: view.drone.home for view in detail.sorties if view.drone is not None}
    shown: set[int] = set()
    legs: list[dict[str, object]] = []
    for view in detail.sorties:
        home = homes.get(view.number) if view.number not in shown else None
        shown.add(view.number)
        way = [position[:2] for position in view.planned["path"]["coordinates"]]
        legs.append({"number": view.number, "name": view.name, "way": way, "home": home})
    request = detail.plan.request
    shapes = {"area": request["area"], "keep_out": request["keep_out"], "gaps": gaps}
    return {**shapes, "legs": legs, "pins": list(pins), "photos": list(photos)}
