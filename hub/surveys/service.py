"""Surveys: asked for, planned, checked, approved; each function works in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.geo import format_polygons
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.surveys import airspace, store
from hub.surveys.asking import Asked, kept_fleet, plan_request
from hub.surveys.bounds import OwnerBounds, check_bounds
from hub.surveys.documents import PlanDocument, Sortie
from hub.surveys.drones import fleet_of
from hub.surveys.flights.store import fetch_bounds
from hub.surveys.geojson import parse_polygons
from hub.surveys.launching import Approval, CheckRun, approval_fault, must_be_newest
from hub.surveys.limits import Finding, Flight, Ground, check_limits, stands_in_way
from hub.surveys.over_ground import highest_of
from hub.surveys.request import PlanRequest
from hub.surveys.states import OVER, next_sortie, next_survey
from hub.surveys.store import Scope
from hub.surveys.values import Plan, SortieRow, Survey

__all__ = ["MadePlan", "Prepared", "SurveyRules", "Surveys", "scope_of"]

_AT_LEAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SurveyRules:
    """What a town decides: whether a second person must approve, and how long a look at the limits is believed."""

    needs_second: bool = True
    fresh_for: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the planner is asked, with what the plan is kept with."""

    asked: Asked
    request: PlanRequest


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan that was made of what was asked; `gaps` is what was left to see, None where it is of the whole area."""

    asked: Asked
    document: PlanDocument
    gaps: Mapping[str, object] | None = None


def scope_of(actor: Actor) -> Scope:
    """Which surveys and drones the actor sees: responders and staff all, partners their own, others none."""
    if actor.has("responder"):
        return store.EVERYTHING
    return Scope(everything=False, partner_id=actor.person_id if "partner" in actor.roles else None)


class Surveys:
    """Use cases up to the launch."""

    def __init__(self, rules: SurveyRules | None = None) -> None:
        self.rules = rules or SurveyRules()

    # --- asking and planning ------------------------------------------------------------------------------------------

    def prepare(self, conn: Connection, actor: Actor, asked: Asked) -> Prepared:
        """Look up the drones and the owners' zones for a plan; the planning itself needs no transaction.

        Raises Forbidden; Invalid for an unknown drone or numbers that cannot be; Conflict for an unready drone.
        """
        _draws(actor)
        fleet = fleet_of(conn, asked.drones)
        unready = [drone.id for drone in fleet if not drone.is_ready]
        if unready:
            raise Conflict(f"Not ready, as their partners say: {', '.join(unready)}.")
        zones = airspace.no_go_near(conn, asked, [drone.home for drone in fleet])
        request = plan_request(asked, fleet, [zone.document for zone in zones])
        # What is kept are shapes alone, and nothing else that came with them.
        kept = replace(
            asked,
            area=format_polygons(parse_polygons(asked.area, "the area")),
            keep_out=[format_polygons(parse_polygons(one, "a keep-out")) for one in asked.keep_out],
            no_go=tuple(zone.name for zone in zones),
            no_go_shapes=[zone.document for zone in zones],
            fleet=kept_fleet(fleet),
        )
        return Prepared(kept, request)

    def create(self, conn: Connection, actor: Actor, name: str, made: MadePlan, now: datetime) -> str:
        """A new survey with its first plan; returns its id."""
        _draws(actor)
        drill = made.asked.drill
        survey = Survey(new_id("sv"), name, "draft", drill, 0, actor.person_id, now, None, None, now)
        store.add_survey(conn, survey)
        store.add_entry(conn, survey.id, actor.person_id, "drawn", now, name=name, drill=drill)
        self._keep_plan(conn, actor, survey, made, now)
        registry.record(conn, actor, "draw", f"survey/{survey.id}", now, drill=drill, plan=made.document["id"])
        return survey.id

    def replan(
        self,
        conn: Connection,
        actor: Actor,
        survey_id: str,
        made: MadePlan,
        now: datetime,
        *,
        replaces: int | None = None,
    ) -> None:
        """Another version of the plan, which must be approved anew; `replaces` is the version that its maker looked at.

        Raises Conflict while it flies, and when another version has come meanwhile.
        """
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        if replaces not in (None, survey.version):
            raise Conflict("Somebody has planned this survey anew meanwhile. Sent again, your plan replaces theirs.")
        if made.asked.drill != survey.drill:
            raise Conflict("A drill stays a drill, and what is none becomes none: draw another survey.")
        self._keep_plan(conn, actor, survey, made, now)
        registry.record(conn, actor, "replan", f"survey/{survey.id}", now, plan=made.document["id"])

    def _keep_plan(self, conn: Connection, actor: Actor, survey: Survey, made: MadePlan, now: datetime) -> None:
        asked, document = made.asked, made.document
        after = replace(survey, state=next_survey(survey.state, "plan"), version=survey.version + 1, changed_at=now)
        for sortie in store.fetch_sorties(conn, survey.id, survey.version):
            state = next_sortie(sortie.state, "cancel")
            if state is not None:
                store.save_sortie(conn, replace(sortie, state=state, ended_at=now))
        plan = Plan(
            survey.id,
            after.version,
            asked.as_json(),
            cast("dict[str, object]", document),
            made.gaps,
            actor.person_id,
            now,
        )
        store.add_plan(conn, plan)
        keys = {drone.id: drone.device_key for drone in fleet_of(conn, asked.drones)}
        store.add_sorties(conn, [
            _new_sortie(survey.id, after.version, place, sortie["drone"], keys.get(sortie["drone"]))
            for place, sortie in enumerate(document["sorties"])
        ])  # fmt: skip
        store.save_survey(conn, after)
        store.add_entry(
            conn, survey.id, actor.person_id, "planned", now, version=after.version, plan=document["id"],
            coverage=document["coverage"], makespan_s=document["makespan_s"], sorties=len(document["sorties"]),
            gaps=made.gaps is not None,
        )  # fmt: skip
        self._check(conn, after, plan, "planned", actor, now)

    def cancel(self, conn: Connection, actor: Actor, survey_id: str, now: datetime) -> None:
        """Nothing will come of this survey. Raises Conflict while it flies or is over."""
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        store.save_survey(conn, replace(survey, state=next_survey(survey.state, "cancel"), changed_at=now))
        for sortie in store.fetch_sorties(conn, survey_id, survey.version):
            state = next_sortie(sortie.state, "cancel")
            if state is not None:
                store.save_sortie(conn, replace(sortie, state=state, ended_at=now))
        self._note(conn, actor, survey_id, "cancelled", "cancel", now)

    # --- limits and the ground in law ---------------------------------------------------------------------------------

    def record_ground(self, conn: Connection, actor: Actor, survey_id: str, ground: Ground, now: datetime) -> None:
        """On which ground in law it may be flown; the limits are checked again with it.

        Raises Conflict for a drill under art. 132-92, which exempts rescue and nothing else, and when it is over.
        """
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        if survey.drill and ground.kind == "art_132_92":
            raise Conflict("A drill is no rescue: art. 132-92 does not exempt it. Record a permit.")
        if survey.state in OVER:
            raise Conflict("This survey is over.")
        store.add_ground(conn, survey_id, ground)
        detail = {"kind": ground.kind, "requester": ground.requester, "reference": ground.reference}
        self._note(conn, actor, survey_id, "ground_recorded", "record_ground", now, **detail)
        self._check(conn, survey, store.fetch_plan(conn, survey_id), "asked", actor, now)

    def check(
        self,
        conn: Connection,
        actor: Actor,
        survey_id: str,
        now: datetime,
        *,
        vouched: bool,
        looked_at: int | None = None,
    ) -> CheckRun:
        """Check the limits again. `vouched`: the actor has looked at what the service does not know, and says so;
        `looked_at` is the version that they saw.

        Raises Forbidden; Conflict when another version has come meanwhile.
        """
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        must_be_newest(survey.version, looked_at)
        run = self._check(conn, survey, store.fetch_plan(conn, survey_id), "asked", actor, now, vouched=vouched)
        registry.record(conn, actor, "check_limits", f"survey/{survey_id}", now, vouched=vouched)
        return run

    def _check(
        self,
        conn: Connection,
        survey: Survey,
        plan: Plan,
        occasion: str,
        actor: Actor,
        now: datetime,
        *,
        vouched: bool = False,
    ) -> CheckRun:
        flight = _flight(cast("PlanDocument", plan.document), now, drill=survey.drill)
        zones, known = airspace.near(conn, flight, now, self.rules.fresh_for)
        findings = check_limits(flight, zones, known, store.fetch_grounds(conn, survey.id))
        findings += check_bounds(_bounded(conn, survey, plan))
        run = CheckRun(plan.version, occasion, findings, vouched, now, actor.person_id)
        store.add_check(conn, survey.id, run)
        detail = {"occasion": occasion, "vouched": vouched, **{finding.name: finding.outcome for finding in findings}}
        store.add_line(conn, survey.id, actor.person_id, "checked", now, detail)
        store.tell(conn, survey.id)
        return run

    def check_for_launch(self, conn: Connection, actor: Actor, survey: Survey, now: datetime) -> list[Finding]:
        """Check the limits as they are at the launch."""
        plan = store.fetch_plan(conn, survey.id)
        return list(self._check(conn, survey, plan, "launch", actor, now).results)

    # --- approval -----------------------------------------------------------------------------------------------------

    def approve(
        self,
        conn: Connection,
        actor: Actor,
        survey_id: str,
        note: str | None,
        now: datetime,
        *,
        looked_at: int | None = None,
    ) -> None:
        """A second person approves the newest plan, and answers for having looked at what the service does not know;
        `looked_at` is the version that they saw.

        Raises Forbidden; Conflict for whoever asked for it, in a wrong state, when a limit stands in the way, and when
        another version has come meanwhile.
        """
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        must_be_newest(survey.version, looked_at)
        state = next_survey(survey.state, "approve")
        standing = store.fetch_standing(conn, survey)
        fault = approval_fault(standing, actor.person_id, needs_second=self.rules.needs_second)
        if fault is not None:
            raise Conflict(fault)
        run = self._check(conn, survey, store.fetch_plan(conn, survey_id), "approved", actor, now, vouched=True)
        in_the_way = [f"{one.name}: {one.detail}" for one in stands_in_way(run.results)]
        if in_the_way or standing.unsafe:
            raise Conflict("\n".join([*in_the_way, *standing.unsafe]))
        store.add_approval(conn, survey_id, Approval(survey.version, False, note, now, actor.person_id))
        store.save_survey(conn, replace(survey, state=state, changed_at=now))
        self._note(conn, actor, survey_id, "approved", "approve", now, version=survey.version, note=note)
        self._offer(conn, survey, now)

    def _offer(self, conn: Connection, survey: Survey, now: datetime) -> None:
        """Offer each sortie to its drone's partner; the town's own drones need nobody's word."""
        sorties = store.fetch_sorties(conn, survey.id, survey.version)
        drones = {drone.id: drone for drone in fleet_of(conn, sorted({one.drone for one in sorties if one.device_key}))}
        for sortie in sorties:
            drone = drones.get(sortie.drone)
            if drone is None:
                continue
            owned = drone.partner_id is not None
            store.save_sortie(conn, replace(sortie, state="offered" if owned else "accepted"))
            store.add_entry(
                conn, survey.id, "system", "offered" if owned else "own_drone", now, sortie_id=sortie.id,
                drone=sortie.drone, partner=drone.partner_id,
            )  # fmt: skip

    def withdraw(self, conn: Connection, actor: Actor, survey_id: str, note: str | None, now: datetime) -> None:
        """An approval is taken back before the launch."""
        _draws(actor)
        survey = store.lock_survey(conn, survey_id)
        state = next_survey(survey.state, "withdraw")
        store.add_approval(conn, survey_id, Approval(survey.version, True, note, now, actor.person_id))
        for sortie in store.fetch_sorties(conn, survey_id, survey.version):
            store.save_sortie(conn, replace(sortie, state="planned", answered_by=None, answered_at=None, reason=None))
        store.save_survey(conn, replace(survey, state=state, changed_at=now))
        self._note(conn, actor, survey_id, "approval_withdrawn", "withdraw_approval", now, note=note)

    def answer_offer(
        self,
        conn: Connection,
        actor: Actor,
        survey_id: str,
        sortie_id: str,
        now: datetime,
        *,
        accepts: bool,
        reason: str | None = None,
    ) -> None:
        """A partner accepts or declines a sortie of a drone of theirs; staff may for them.

        Raises NotFound for what the actor may not see, Conflict when it is too late.
        """
        store.fetch_survey(conn, survey_id, scope_of(actor))
        survey = store.lock_survey(conn, survey_id)
        sortie = sortie_of(conn, survey, sortie_id)
        _decides_for(conn, actor, sortie)
        if survey.state not in ("approved", *_RUNNING):
            raise Conflict("This sortie is not offered now.")
        after = next_sortie(sortie.state, "accept" if accepts else "decline")
        if after is None:
            raise Conflict(f"This sortie is {sortie.state} already.")
        store.save_sortie(
            conn, replace(sortie, state=after, answered_by=actor.person_id, answered_at=now, reason=reason)
        )
        what = "accepted" if accepts else "declined"
        store.add_entry(
            conn, survey_id, actor.person_id, what, now, sortie_id=sortie_id, drone=sortie.drone, reason=reason
        )
        registry.record(conn, actor, f"{what}_sortie", f"survey/{survey_id}", now, sortie=sortie_id, reason=reason)
        store.tell(conn, survey_id)

    def _note(
        self, conn: Connection, actor: Actor, survey_id: str, what: str, act: str, now: datetime, **detail: object
    ) -> None:
        store.add_line(conn, survey_id, actor.person_id, what, now, detail)
        registry.record(conn, actor, act, f"survey/{survey_id}", now, **detail)


_RUNNING = ("launching", "flying", "held")


def _draws(actor: Actor) -> None:
    if not actor.has("responder"):
        raise Forbidden


def sortie_of(conn: Connection, survey: Survey, sortie_id: str) -> SortieRow:
    """A sortie of the survey's newest plan. Raises NotFound."""
    found = next((one for one in store.fetch_sorties(conn, survey.id, survey.version) if one.id == sortie_id), None)
    if found is None:
        raise NotFound("There is no such sortie.")
    return found


def _decides_for(conn: Connection, actor: Actor, sortie: SortieRow) -> None:
    """Raises NotFound for another partner's sortie, Forbidden for who sees it and does not decide."""
    drones = fleet_of(conn, [sortie.drone]) if sortie.device_key is not None else []
    if not drones:
        raise Conflict("This sortie has no real drone.")
    if actor.is_staff or drones[0].partner_id == actor.person_id:
        return
    if scope_of(actor).everything:
        raise Forbidden("The drone's partner decides, or city staff for them.")
    raise NotFound("There is no such sortie.")


def _bounded(conn: Connection, survey: Survey, plan: Plan) -> list[tuple[Sortie, OwnerBounds]]:
    """The sorties of a plan with what their drones' owners allow, as far as that is known."""
    rows = store.fetch_sorties(conn, survey.id, plan.version)
    told = fetch_bounds(conn, [row.device_key for row in rows if row.device_key is not None])
    planned = cast("PlanDocument", plan.document)["sorties"]
    return [(planned[row.place], told[row.device_key]) for row in rows if row.device_key in told]


def _new_sortie(survey_id: str, version: int, place: int, drone: str, device_key: int | None) -> SortieRow:
    return SortieRow(
        new_id("so"), survey_id, version, place, device_key, drone, "planned", None, None, None, None, None, None, None
    )


def _flight(document: PlanDocument, now: datetime, *, drill: bool) -> Flight:
    paths: list[Sequence[Sequence[float]]] = [sortie["path"]["coordinates"] for sortie in document["sorties"]]
    highest_m, highest_sea_m = highest_of(document)
    lasts = max(_AT_LEAST, timedelta(seconds=float(document["makespan_s"])))
    flat = [[(position[0], position[1]) for position in path] for path in paths]
    if not flat:
        raise Invalid("this plan flies nowhere")
    return Flight(flat, highest_m, now, now + lasts, drill, highest_sea_m)
