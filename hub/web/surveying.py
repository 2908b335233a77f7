"""What pages and API do alike with surveys: planning between two transactions, and what has been seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from hub.errors import Conflict
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.asking import Asked, asked_again, asked_anew, asked_of, base_plan
from hub.surveys.cameras import CAMERAS
from hub.surveys.documents import Check, PlanDocument
from hub.surveys.flights import store as flights
from hub.surveys.flights.seeing import Seen, seen_of
from hub.surveys.launching import CheckRun
from hub.surveys.limits import Finding
from hub.surveys.notice import Notice, notice_of
from hub.surveys.service import MadePlan, scope_of
from hub.surveys.showing import entries_seen
from hub.surveys.values import Drone, Entry, Plan, SortieRow, Survey
from hub.web.services import Services

__all__ = [
    "Seeing",
    "SurveyView",
    "checks_of",
    "draw",
    "fetch_notice",
    "fetch_seen",
    "fetch_view",
    "own_checks",
    "own_sorties",
    "replan",
    "seen_by",
    "usual_name",
]

# Of a survey with more photos only so many are looked at.
_MOST_PHOTOS = 20_000


@dataclass(frozen=True, slots=True)
class SurveyView:
    """A survey as somebody sees it: of a partner's the sorties of their drones. `check` is the newest run."""

    survey: Survey
    plan: Plan
    sorties: Sequence[SortieRow]
    check: CheckRun | None
    drones: Sequence[Drone]
    own: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Seeing:
    """What has been seen, with what it was measured by."""

    seen: Seen
    planned: float
    plan: Plan


def usual_name(services: Services) -> str:
    """What a survey is called that nobody names: by the time of its drawing in town."""
    local = services.now().astimezone(ZoneInfo(services.settings.time_zone))
    return f"調査 {local:%Y-%m-%d %H:%M}"


def draw(services: Services, actor: Actor, name: str, asked: Asked) -> str:
    """Plan a new survey; returns its id. Raises Forbidden, Invalid, Conflict, Unavailable."""
    with services.database.transaction() as conn:
        prepared = services.surveys.prepare(conn, actor, asked)
    document = services.planner.plan(prepared.request)
    with services.database.transaction() as conn:
        return services.surveys.create(conn, actor, name, MadePlan(prepared.asked, document), services.now())


def replan(
    services: Services,
    actor: Actor,
    survey_id: str,
    change: Mapping[str, object],
    *,
    gaps_only: bool = False,
    replaces: int | None = None,
) -> None:
    """Plan a survey anew, with some of what was asked changed, or only what has not been seen yet; `replaces` as in
    `Surveys.replan`.

    Raises NotFound, Forbidden, Invalid; Conflict as that does, and when nothing is left to see.
    """
    with services.database.transaction() as conn:
        store.fetch_survey(conn, survey_id, scope_of(actor))
        plans = store.fetch_all_plans(conn, survey_id)
        if gaps_only:
            gaps = fetch_seen(conn, survey_id).seen.gaps
            if gaps is None:
                raise Conflict("Nothing is left to see.")
            asked = asked_again(replace(asked_of(base_plan(plans).request), **change), gaps)
        else:
            asked, gaps = asked_anew(plans[-1], change)
        prepared = services.surveys.prepare(conn, actor, asked)
    document = services.planner.plan(prepared.request)
    with services.database.transaction() as conn:
        made = MadePlan(prepared.asked, document, gaps)
        services.surveys.replan(conn, actor, survey_id, made, services.now(), replaces=replaces)


def fetch_view(conn: Connection, actor: Actor, survey_id: str) -> SurveyView:
    """A survey as the actor sees it. Raises NotFound."""
    scope = scope_of(actor)
    survey = store.fetch_survey(conn, survey_id, scope)
    plan = store.fetch_plan(conn, survey_id)
    checks = store.fetch_checks(conn, survey_id, survey.version)
    own = own_sorties(conn, actor, survey_id)
    sorties = store.fetch_sorties(conn, survey_id, survey.version)
    names = sorted({sortie.drone for sortie in sorties if sortie.device_key is not None})
    drones = store.fetch_drones(conn, scope, ids=names)
    sorties = [sortie for sortie in sorties if own is None or sortie.id in own]
    return SurveyView(survey, plan, sorties, checks[-1] if checks else None, drones, own)


def own_sorties(conn: Connection, actor: Actor, survey_id: str) -> frozenset[str] | None:
    """The sorties of the actor's drones, of all plans of a survey; None: the actor sees all. Raises NotFound."""
    scope = scope_of(actor)
    store.fetch_survey(conn, survey_id, scope)
    if scope.everything:
        return None
    drones = {drone.device_key for drone in store.fetch_drones(conn, scope)}
    return frozenset(one.id for one in store.fetch_sorties(conn, survey_id, None) if one.device_key in drones)


def seen_by(conn: Connection, survey_id: str, own: frozenset[str] | None, entries: Sequence[Entry]) -> list[Entry]:
    """Entries of a survey's timeline as somebody sees them whose sorties are `own` (None: all of it)."""
    return entries_seen(entries, own, store.fetch_sorties(conn, survey_id, None))


def fetch_seen(conn: Connection, survey_id: str) -> Seeing:
    """What has been seen of a survey's area, by the photos of all its plans. Raises NotFound."""
    plans = {one.version: one for one in store.fetch_all_plans(conn, survey_id)}
    plan = base_plan(list(plans.values()))
    request = plan.request
    planned = {one.id: _lines_of(plans[one.version]) for one in store.fetch_sorties(conn, survey_id, None)}
    photos = flights.fetch_photos(conn, survey_id, limit=_MOST_PHOTOS)
    seen = seen_of(
        request["area"],
        # Owners' zones are no gaps that anybody could fly.
        [*cast("Sequence[object]", request["keep_out"]), *cast("Sequence[object]", request.get("no_go_shapes") or ())],
        *_lines_of(plan),
        photos,
        planned,
    )
    return Seeing(seen, cast("float", plan.document["coverage"]), plan)


def _lines_of(plan: Plan) -> tuple[float, float]:
    """Metres between a plan's lines, and between its photos."""
    return cast("float", plan.request["spacing_m"]), cast("float", plan.request["photo_every_m"])


def fetch_notice(services: Services, actor: Actor, survey_id: str) -> Notice:
    """What is to be told of a survey's flight. Raises NotFound."""
    with services.database.transaction() as conn:
        view = fetch_view(conn, actor, survey_id)
        grounds = store.fetch_grounds(conn, survey_id)
    return notice_of(view.survey, view.plan, grounds, view.drones, services.now())


def checks_of(plan: Plan, run: CheckRun | None) -> list[Check | dict[str, object]]:
    """All that was checked of a plan: by the planner, and of the limits as they were last found."""
    own = own_checks(cast("PlanDocument", plan.document), run)
    return [*own, *(_as_check(finding, run.checked_at) for finding in run.results)] if run else [*own]


def own_checks(document: PlanDocument, run: CheckRun | None) -> list[Check]:
    """The planner's checks of a plan, without those that the limits' checks have looked at anew."""
    anew = {finding.name for finding in run.results} if run else set[str]()
    return [check for check in document["checks"] if check["name"] not in anew]


def _as_check(finding: Finding, at: datetime) -> dict[str, object]:
    return {
        "name": finding.name,
        "passed": finding.outcome in ("passed", "exempt", "permitted"),
        "outcome": finding.outcome,
        "detail": finding.detail,
        "source": finding.source,
        "zones": list(finding.zones),
        "checked_at": at.isoformat(),
    }


def camera_of(plan: Plan) -> str | None:
    """The camera that a plan was made for, where it is one that is known."""
    name = plan.request.get("camera")
    return name if isinstance(name, str) and name in CAMERAS else None
