"""Surveys in the air: launched, stopped, resumed, and what their drones answer and tell.

Each function works in the caller's transaction, and locks the survey before it changes anything of it.
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, cast

from edge.wire.orders import ACTIONS, STOPS, Action, Phase, ReplyData
from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.surveys import store
from hub.surveys.asking import planned_with
from hub.surveys.clearance import Waiting, fetch_waiting, fetch_who_goes_on, fetch_who_is_in_the_way
from hub.surveys.commands import store as commands
from hub.surveys.commands.orders import Asker, command_for, is_overtaken, mission_of, role_of
from hub.surveys.commands.store import KeptCommand
from hub.surveys.documents import PlanDocument
from hub.surveys.drones import fleet_of
from hub.surveys.launching import launch_faults, must_be_newest
from hub.surveys.meeting import Aloft
from hub.surveys.service import Surveys, scope_of, sortie_of
from hub.surveys.states import (
    ACTIVE,
    ORDERED,
    SURVEY_TABLE,
    SortieEvent,
    SortieState,
    event_of_phase,
    failure_of,
    next_sortie,
    next_survey,
    stop_action,
    survey_event_of,
)
from hub.surveys.values import SortieRow, Survey

__all__ = ["Flying"]

Stop = Literal["hold", "return", "land"]
# From the order to prepare on: after it whoever stood by may be gone.
_WAITS = timedelta(minutes=10)


class Flying:
    """Use cases of a survey that flies. `sign` signs an order's text with the town's key."""

    def __init__(self, surveys: Surveys, sign: Callable[[bytes], bytes]) -> None:
        self._surveys = surveys
        self._sign = sign

    # --- what people do -----------------------------------------------------------------------------------------------

    def launch(
        self,
        conn: Connection,
        actor: Actor,
        survey_id: str,
        now: datetime,
        *,
        only_accepted: bool = False,
        looked_at: int | None = None,
    ) -> None:
        """Order each drone to prepare its first sortie; it takes off when it has answered that it can. `looked_at` is
        the version of the plan that whoever launches saw.

        Raises Forbidden; Conflict with all that stands against it, a line each, and when another version has come.
        """
        if not actor.has("responder"):
            raise Forbidden
        survey = store.lock_survey(conn, survey_id)
        must_be_newest(survey.version, looked_at)
        state = next_survey(survey.state, "launch")
        rules = self._surveys.rules
        self._surveys.check_for_launch(conn, actor, survey, now)
        sorties = store.fetch_sorties(conn, survey_id, survey.version)
        store.lock_drones(conn, [one.device_key for one in sorties if one.device_key is not None])
        standing = store.fetch_standing(conn, survey)
        faults = launch_faults(
            standing, now, rules.fresh_for, needs_second=rules.needs_second, only_accepted=only_accepted
        )
        if faults:
            raise Conflict("\n".join(faults))
        survey = replace(survey, state=state, launched_by=actor.person_id, launched_at=now, changed_at=now)
        store.save_survey(conn, survey)
        store.add_entry(conn, survey_id, actor.person_id, "launched", now, version=survey.version)
        registry.record(conn, actor, "launch", f"survey/{survey_id}", now, version=survey.version, drill=survey.drill)
        first: dict[str, SortieRow] = {}
        for sortie in sorties:
            if sortie.state == "accepted":
                first.setdefault(sortie.drone, sortie)
        for sortie in first.values():
            self._prepare(conn, survey, sortie, actor, now, first=True)

    def go(self, conn: Connection, actor: Actor, survey_id: str, sortie_id: str, now: datetime) -> None:
        """The drone has a new battery: its next sortie may go. Its partner, responders and staff say so.

        Raises NotFound, Conflict.
        """
        store.fetch_survey(conn, survey_id, scope_of(actor))
        survey = store.lock_survey(conn, survey_id)
        sortie = sortie_of(conn, survey, sortie_id)
        _may_order(conn, actor, sortie)
        if survey.state not in ("launching", "flying"):
            raise Conflict("This survey is not flying.")
        if sortie.state != "accepted":
            raise Conflict(f"This sortie is {sortie.state}.")
        others = store.fetch_sorties(conn, survey_id, survey.version)
        if any(one.drone == sortie.drone and one.state in ORDERED for one in others):
            raise Conflict("This drone is flying another sortie.")
        rules = self._surveys.rules
        self._surveys.check_for_launch(conn, actor, survey, now)
        if sortie.device_key is not None:
            store.lock_drones(conn, [sortie.device_key])
        standing = store.fetch_standing(conn, survey, only=sortie)
        faults = launch_faults(standing, now, rules.fresh_for, needs_second=rules.needs_second)
        if faults:
            raise Conflict("\n".join(faults))
        other = fetch_who_is_in_the_way(conn, sortie, now)
        if other is not None and not (other.is_timed or other.goes_home):
            raise Conflict(
                f"{_name(conn, actor, other)} holds its place, was stopped or does not answer, and this drone's way"
                " comes near: let it land first."
            )
        store.add_entry(
            conn, survey_id, actor.person_id, "battery_changed", now, sortie_id=sortie_id, drone=sortie.drone
        )
        registry.record(conn, actor, "go", f"survey/{survey_id}", now, sortie=sortie_id)
        self._prepare(conn, survey, sortie, actor, now, first=False)

    def stop(
        self, conn: Connection, actor: Actor, survey_id: str, how: Stop, now: datetime, drone: str | None = None
    ) -> int:
        """Hold, return or land all drones of the survey that may be in the air, or one. Returns how many are ordered.

        Raises NotFound; Forbidden for a partner who does not name a drone of theirs; Conflict when nothing can fly.
        """
        store.fetch_survey(conn, survey_id, scope_of(actor))
        survey = store.lock_survey(conn, survey_id)
        all_of_them = store.fetch_sorties(conn, survey_id, None)
        sorties = [one for one in all_of_them if drone in (None, one.drone)]
        _may_stop(conn, actor, sorties, drone)
        after = SURVEY_TABLE.get((survey.state, "hold" if how == "hold" else "stop"))
        if drone is None and after is not None:
            store.save_survey(conn, replace(survey, state=after, changed_at=now))
        ordered = sum([self._stop_one(conn, actor, survey, sortie, how, now) for sortie in sorties])
        if not ordered and survey.state not in ACTIVE:
            raise Conflict("Nothing of this survey is in the air.")
        store.add_entry(conn, survey_id, actor.person_id, "stopped", now, how=how, drone=drone, drones=ordered)
        store.tell(conn, survey_id)
        registry.record(conn, actor, f"stop_{how}", f"survey/{survey_id}", now, drone=drone)
        self._follow(conn, survey, now)
        return ordered

    def _stop_one(
        self, conn: Connection, actor: Actor, survey: Survey, sortie: SortieRow, how: Stop, now: datetime
    ) -> bool:
        """Order the sortie's drone where it may be in the air; what has not begun goes back, or is cancelled."""
        action = stop_action(how, sortie.state, sortie.reason)
        if action is not None:
            self._order(conn, survey, sortie, action, actor, now)
        if action == "release":
            self._move(conn, survey, sortie, "release" if how == "hold" else "cancel", now, now)
        elif action is None and how != "hold" and sortie.state in ("accepted", "offered"):
            self._move(conn, survey, sortie, "cancel", now, now)
        return action is not None

    def resume(self, conn: Connection, actor: Actor, survey_id: str, now: datetime, drone: str | None = None) -> int:
        """Let drones that hold their places go on, those that come near no other. Returns how many are ordered.

        Raises as `stop`, and Conflict, a line for each drone that stays, when none may go on.
        """
        store.fetch_survey(conn, survey_id, scope_of(actor))
        survey = store.lock_survey(conn, survey_id)
        sorties = [one for one in store.fetch_sorties(conn, survey_id, survey.version) if drone in (None, one.drone)]
        _may_stop(conn, actor, sorties, drone)
        flies = any(one.state in ("held", "flying") for one in sorties)
        waiting = survey.state == "held" and any(one.state == "accepted" for one in sorties)
        found = fetch_who_goes_on(conn, sorties, now)
        goes_on = bool(found.going) or (survey.state == "held" and drone is None and (flies or waiting))
        if survey.state not in ("held", "flying") or not (found.stays or goes_on):
            raise Conflict("No drone of this survey holds its place.")
        if found.stays and not found.going:
            raise Conflict("\n".join(_stays(one.drone, _name(conn, actor, other)) for one, other in found.stays))
        for sortie in found.going:
            self._order(conn, survey, sortie, "resume", actor, now)
        store.add_entry(conn, survey_id, actor.person_id, "resumed", now, drone=drone, drones=len(found.going))
        for sortie, other in found.stays:
            store.add_entry(
                conn, survey_id, "system", "stays", now, sortie_id=sortie.id, drone=sortie.drone, other=other.way.drone
            )
        store.tell(conn, survey_id)
        registry.record(conn, actor, "resume", f"survey/{survey_id}", now, drone=drone)
        if drone is None and survey.state == "held":
            store.save_survey(conn, replace(survey, state=next_survey("held", "resume"), changed_at=now))
        return len(found.going)

    # --- orders -------------------------------------------------------------------------------------------------------

    def _prepare(
        self, conn: Connection, survey: Survey, sortie: SortieRow, actor: Actor, now: datetime, *, first: bool
    ) -> None:
        self._order(conn, survey, sortie, "prepare", actor, now, first=first)
        self._move(conn, survey, sortie, "prepare", now, now)

    def _order(
        self,
        conn: Connection,
        survey: Survey,
        sortie: SortieRow,
        action: Action,
        actor: Actor,
        now: datetime,
        *,
        first: bool = False,
    ) -> None:
        drone = fleet_of(conn, [sortie.drone])[0]
        mission = None
        if action == "prepare":
            plan = store.fetch_plan(conn, survey.id, sortie.version)
            document, asked = cast("PlanDocument", plan.document), plan.request
            home, speed = planned_with(asked, drone)
            every_m = cast("float | None", asked.get("photo_every_m"))
            mission = mission_of(document["sorties"][sortie.place], home, speed, every_m, first=first)
        ids = new_id("or"), secrets.token_urlsafe(16)
        asker = Asker(actor.person_id, role_of(actor.roles))
        new = command_for(sortie, drone, action, asker, ids, now, drill=survey.drill, mission=mission)
        signature = base64.b64encode(self._sign(new.text.encode())).decode()
        commands.add_command(conn, new, signature)
        if action in STOPS or action in ("resume", "release"):
            commands.close_others(conn, sortie.id, new.order.id, ACTIONS)
        store.add_entry(
            conn, survey.id, actor.person_id, "ordered", now, sortie_id=sortie.id, drone=sortie.drone, action=action,
            order=new.order.id,
        )  # fmt: skip

    # --- what drones answer -------------------------------------------------------------------------------------------

    def on_reply(self, conn: Connection, agent_id: str, device_key: int, reply: ReplyData, now: datetime) -> None:
        """An agent answers an order of its own drone; what was answered before or is another's changes nothing."""
        found = commands.fetch_command(conn, reply.order) if reply.order is not None else None
        if found is None or (found.agent_id, found.device_key) != (agent_id, device_key) or reply.outcome is None:
            return
        survey = store.lock_survey(conn, found.survey_id)
        sortie = store.fetch_sortie(conn, found.sortie_id)
        if sortie is None or not commands.save_reply(conn, found.id, reply, now):
            return
        store.add_entry(
            conn, survey.id, agent_id, "answered", now, sortie_id=sortie.id, drone=sortie.drone, action=found.action,
            outcome=reply.outcome, reason=reply.reason, said=reply.detail,
            failed=[one.name for one in reply.checks if not one.passed],
        )  # fmt: skip
        store.tell(conn, survey.id)
        if is_overtaken(found.action, found.issued_at, commands.fetch_attempt(conn, sortie.id)):
            return
        failure = failure_of(found.action, reply.outcome, reply.reason, sortie.state)
        if failure is not None:
            self._move(conn, survey, sortie, "fail", now, now, reason=failure)
        elif found.action == "prepare" and reply.outcome == "done":
            self.on_prepared(conn, survey, sortie, found.person_id, now, now)

    def on_prepared(
        self, conn: Connection, survey: Survey, sortie: SortieRow, person_id: str, at: datetime, now: datetime
    ) -> None:
        """The drone has its mission and its preflight list is kept: it may fly, while the survey does."""
        if sortie.state != "preparing":
            return
        ready = self._move(conn, survey, sortie, "prepared", at, now)
        actor = registry.fetch_actor(conn, person_id)
        if survey.state not in ("launching", "flying") or actor is None:
            return
        other = self._take_off(conn, survey, ready, actor, now)
        if other is not None:
            store.add_entry(
                conn, survey.id, "system", "waits", now, sortie_id=sortie.id, drone=sortie.drone, other=other.way.drone
            )

    def _take_off(
        self, conn: Connection, survey: Survey, sortie: SortieRow, actor: Actor, now: datetime
    ) -> Aloft | None:
        """Order the drone to take off unless it would come near another, which is returned."""
        other = fetch_who_is_in_the_way(conn, sortie, now)
        if other is None:
            self._order(conn, survey, sortie, "fly", actor, now)
            self._move(conn, survey, sortie, "fly", now, now)
        return other

    def _take_up(self, conn: Connection, waiting: Waiting, now: datetime) -> None:
        """Let a drone take off that waited for others, or call it off after so long that nobody stands by any more."""
        survey = store.lock_survey(conn, waiting.survey_id)
        sortie = store.fetch_sortie(conn, waiting.sortie_id)
        actor = registry.fetch_actor(conn, waiting.person_id)
        if sortie is None or sortie.state != "ready" or survey.state not in ("launching", "flying") or actor is None:
            return
        if now - waiting.ordered_at <= _WAITS:
            self._take_off(conn, survey, sortie, actor, now)
            return
        self._order(conn, survey, sortie, "release", actor, now)
        self._move(conn, survey, sortie, "release", now, now)
        store.add_entry(conn, survey.id, "system", "gave_way", now, sortie_id=sortie.id, drone=sortie.drone)
        store.tell(conn, survey.id)

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Give up orders that nobody has answered in time; let take off who waited for others in the air."""
        waits, late = fetch_waiting(conn), commands.fetch_expired(conn, now)
        # All of them in one order, and before any start is decided: nobody who holds a survey waits for this in turn.
        for survey_id in sorted({*late, *(one.survey_id for one in waits)}):
            store.lock_survey(conn, survey_id)
        for survey_id in late:
            survey = store.lock_survey(conn, survey_id)
            for expired in commands.close_expired(conn, survey_id, now):
                self._on_expired(conn, survey, expired, now)
        for waiting in waits:
            self._take_up(conn, waiting, now)

    def _on_expired(self, conn: Connection, survey: Survey, expired: KeptCommand, now: datetime) -> None:
        sortie = store.fetch_sortie(conn, expired.sortie_id)
        if sortie is None or is_overtaken(expired.action, expired.issued_at, commands.fetch_attempt(conn, sortie.id)):
            return
        store.add_entry(
            conn, survey.id, "system", "unanswered", now, sortie_id=sortie.id, drone=sortie.drone,
            action=expired.action, sends=expired.sends,
        )  # fmt: skip
        store.tell(conn, survey.id)
        failure = failure_of(expired.action, None, None, sortie.state)
        if failure is not None:
            self._move(conn, survey, sortie, "fail", now, now, reason=failure)

    # --- what follows -------------------------------------------------------------------------------------------------

    def _move(
        self,
        conn: Connection,
        survey: Survey,
        sortie: SortieRow,
        event: SortieEvent,
        at: datetime,
        now: datetime,
        *,
        phase: str | None = None,
        reason: str | None = None,
    ) -> SortieRow:
        """Take an event to a sortie, and to its survey what follows. What does not fit changes nothing."""
        state = next_sortie(sortie.state, event)
        if state is None:
            return sortie
        changed = state != sortie.state
        after = replace(
            sortie,
            state=state,
            reason=reason if changed else sortie.reason,
            phase=phase or sortie.phase,
            phase_at=at if phase else sortie.phase_at,
            started_at=at if event == "airborne" and sortie.started_at is None else sortie.started_at,
            ended_at=at if state in ("landed", "failed", "cancelled") else None,
        )
        store.save_sortie(conn, after)
        if changed:
            store.tell(conn, survey.id)
        if changed and event in _HAPPENS:
            store.add_entry(
                conn, survey.id, "system", _HAPPENS[event], now, sortie_id=sortie.id, at=at, drone=sortie.drone,
                reason=reason,
            )  # fmt: skip
        self._follow(conn, survey, now)
        return after

    def on_phase(
        self, conn: Connection, survey: Survey, sortie: SortieRow, phase: Phase, when: tuple[datetime, datetime]
    ) -> None:
        """A drone's word on where its sortie stands, newer than its last. `when`: so at, and received at."""
        event, (at, now) = event_of_phase(phase), when
        if event is None:
            return
        if event == "prepared":
            attempt = commands.fetch_attempt(conn, sortie.id)
            if survey.launched_by is not None and attempt is not None and at >= attempt:
                self.on_prepared(conn, survey, sortie, survey.launched_by, at, now)
            return
        after = self._move(conn, survey, sortie, event, at, now, phase=phase)
        if event == "landed" and after.state == "landed" and sortie.state != "landed":
            waiting = [
                one
                for one in store.fetch_sorties(conn, survey.id, survey.version)
                if one.drone == sortie.drone and one.state == "accepted"
            ]
            if waiting:
                store.add_entry(
                    conn, survey.id, "system", "battery_due", now, sortie_id=waiting[0].id, drone=sortie.drone
                )

    def _follow(self, conn: Connection, survey: Survey, now: datetime) -> None:
        """What its sorties say of the survey."""
        present = store.lock_survey(conn, survey.id)
        states: list[SortieState] = [one.state for one in store.fetch_sorties(conn, survey.id, present.version)]
        event = survey_event_of(states)
        after = None if event is None else SURVEY_TABLE.get((present.state, event))
        if after is None or after == present.state:
            return
        store.save_survey(conn, replace(present, state=after, changed_at=now))
        if event == "ended":
            store.add_entry(conn, survey.id, "system", "ended", now, state=after)


_HAPPENS: dict[SortieEvent, str] = {
    "prepared": "prepared",
    "airborne": "flying",
    "held": "held",
    "going_home": "going_home",
    "landed": "landed",
    "fail": "failed",
}


def _may_order(conn: Connection, actor: Actor, sortie: SortieRow) -> None:
    if actor.has("responder"):
        return
    drones = fleet_of(conn, [sortie.drone]) if sortie.device_key is not None else []
    if not drones or drones[0].partner_id != actor.person_id:
        raise NotFound("There is no such sortie.")


def _name(conn: Connection, actor: Actor, other: Aloft) -> str:
    """What a drone in the way is called: of another party's a partner knows no more than that it is there."""
    drone, scope = other.way.drone, scope_of(actor)
    return drone if scope.everything or store.fetch_drones(conn, scope, ids=[drone]) else "Another drone"


def _stays(drone: str, other: str) -> str:
    return (
        f"{other} is in the air where {drone} would come near: wait until it has landed, or let {drone} return or land."
    )


def _may_stop(conn: Connection, actor: Actor, sorties: Sequence[SortieRow], drone: str | None) -> None:
    """Raises NotFound for a drone that is none of the survey's or of the partner's, Forbidden for all of them."""
    if drone is not None and not sorties:
        raise NotFound("No such drone flies for this survey.")
    if actor.has("responder"):
        return
    if drone is None:
        raise Forbidden("Name your drone: only responders and staff order all of them.")
    _may_order(conn, actor, sorties[0])
