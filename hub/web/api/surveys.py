"""Surveys of an area after a disaster: drawn, planned, launched, stopped."""

from dataclasses import fields as fields_of
from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from hub.errors import Invalid
from hub.registry.people import Actor
from hub.store import Connection
from hub.surveys import store
from hub.surveys.asking import Asked
from hub.surveys.service import scope_of
from hub.surveys.states import SortieState, SurveyState
from hub.surveys.values import Survey as Row
from hub.web import surveying
from hub.web.api.forms import DeviceId, Form, Line, Location, Version, Whole
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf, api_role

__all__ = ["Responder", "SeenForm", "Survey", "answer", "router"]

router = APIRouter(prefix="/surveys", tags=["surveys"])
Responder = Annotated[Actor, Depends(api_role("responder"))]

_GEOMETRY = {"type": "object", "required": ["type"]}
Geometry = Annotated[dict[str, object], WithJsonSchema(_GEOMETRY)]
Metres = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
Speed = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class Fleet(Form):
    """So many drones that are not named, all from one place where one is given: for looking at a plan."""

    count: Annotated[Whole, Field(ge=1, le=20)] = 1
    home: Location | None = None


class SurveyForm(Form):
    """An area and how to fly it: with `line_spacing_m` and `height_m`, or with `camera` and `gsd_cm`."""

    area: Geometry = Field(description="GeoJSON: Polygon, MultiPolygon, or a collection of them, WGS 84")
    name: Line | None = Field(None, description="null: by the time of its drawing")
    line_spacing_m: Metres | None = Field(None, examples=[30])
    camera: Line | None = Field(None, description="A camera that is known, with `gsd_cm`", examples=["dji-mavic-3e"])
    gsd_cm: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] | None = Field(
        None, description="Ground resolution, cm a pixel"
    )
    height_m: Metres | None = Field(
        None, description="Above the take-off place; null with a camera: where it has the resolution", examples=[60]
    )
    follow_ground: bool = Field(
        False, description="Heights are above the ground below; refused where the hub does not know it"
    )
    speed_mps: Speed = 8.0
    accel_mps2: Speed = 1.0
    drones: Annotated[list[DeviceId], Field(min_length=1, max_length=20)] | Fleet = Field(
        default_factory=Fleet, description="Ids of drones, or so many that are not named"
    )
    keep_out: list[Geometry] = Field(default_factory=list, max_length=200, description="Where no drone may fly")
    drill: bool = Field(False, description="A drill (訓練): marked everywhere, and never exempt from limits")
    photo_every_m: Annotated[float, Field(ge=0.5, le=1_000, allow_inf_nan=False)] | None = None
    wind_mps: Annotated[float, Field(ge=0, le=50, allow_inf_nan=False)] = 0.0
    wind_from_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] = 0.0


class PlanForm(Form):
    """What shall be different in the next plan; what is not named stays. `gaps`: only what has not been seen yet."""

    gaps: bool = False
    area: Geometry | None = None
    line_spacing_m: Metres | None = None
    camera: Line | None = None
    gsd_cm: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)] | None = None
    height_m: Metres | None = None
    follow_ground: bool | None = None
    speed_mps: Speed | None = None
    accel_mps2: Speed | None = None
    drones: Annotated[list[DeviceId], Field(min_length=1, max_length=20)] | Fleet | None = None
    keep_out: Annotated[list[Geometry], Field(max_length=200)] | None = None


class SeenForm(Form):
    """Which plan somebody answers for."""

    version: Version | None = Field(
        default=None,
        description="Of the plan that was looked at: 409 when another is the newest; null: the newest, whichever",
    )


class LaunchForm(SeenForm):
    """`only_accepted`: do not wait for partners who have not answered."""

    only_accepted: bool = False


class StopForm(Form):
    """How, and which drone; null: all of them."""

    how: Literal["hold", "return", "land"] = "hold"
    drone: DeviceId | None = None


class ResumeForm(Form):
    """Which drone; null: all of them."""

    drone: DeviceId | None = None


class Check(BaseModel):
    """A rule, whether it is kept, what was found, where rule and data are from; of limits the `outcome` too."""

    model_config = ConfigDict(extra="allow")
    name: str
    passed: bool
    detail: str
    source: str


class LineString(BaseModel):
    """GeoJSON; positions are [lon, lat, height above the take-off place in metres]."""

    type: Literal["LineString"]
    coordinates: list[list[float]]


class PlannedSortie(BaseModel):
    """One flight of one drone on one battery."""

    model_config = ConfigDict(extra="allow")
    drone: str
    path: LineString
    length_m: float
    duration_s: float


class Plan(BaseModel):
    """A plan: frozen; another one is another version."""

    model_config = ConfigDict(extra="allow")
    id: str = Field(examples=["plan-2f8a1c9d0e4b"])
    version: int
    coverage: float = Field(description="Share of the area that it sees, 0 to 1")
    lower_bound_m: float
    makespan_s: float
    sorties: list[PlannedSortie]
    checks: list[Check]
    made_by: str
    made_at: datetime


class Sortie(BaseModel):
    """Where one flight stands; `place` is its index in the plan's sorties."""

    id: str = Field(examples=["so-8k2m4x9p"])
    place: int
    drone: str
    state: SortieState
    partner: str | None = Field(description="Who accepts or declines it; null: the town's own drone")
    answered_by: str | None
    answered_at: datetime | None
    reason: str | None
    phase: str | None
    started_at: datetime | None
    ended_at: datetime | None


class SurveyBrief(BaseModel):
    """A survey without its plan."""

    id: str = Field(examples=["sv-2r8xk4wn"])
    name: str
    state: SurveyState
    drill: bool
    version: int
    asked_by: str
    asked_at: datetime
    launched_by: str | None
    launched_at: datetime | None
    changed_at: datetime


class Survey(SurveyBrief):
    """A survey with its newest plan, what was asked, and where each sortie stands."""

    plan: Plan
    request: dict[str, object]
    sorties: list[Sortie]


def answer(conn: Connection, actor: Actor, survey_id: str) -> Survey:
    """A survey as the actor sees it."""
    view = surveying.fetch_view(conn, actor, survey_id)
    partners = {drone.id: drone.partner_id for drone in view.drones}
    seen = {sortie.place for sortie in view.sorties}
    request = dict(view.plan.request)
    fleet = cast("list[dict[str, object]]", request.get("fleet", []))
    request.pop("no_go_shapes", None)
    request["fleet"] = [one for one in fleet if one["id"] in partners]
    document = dict(view.plan.document)
    flown = [one for place, one in enumerate(cast("list[object]", document["sorties"])) if place in seen]
    document |= {"sorties": flown, "checks": surveying.checks_of(view.plan, view.check)}
    plan = Plan.model_validate(
        document | {"version": view.plan.version, "made_by": view.plan.made_by, "made_at": view.plan.made_at}
    )
    return Survey(
        **_brief(view.survey).model_dump(),
        plan=plan,
        request=request,
        sorties=[
            Sortie(
                id=one.id, place=one.place, drone=one.drone, state=one.state, partner=partners.get(one.drone),
                answered_by=one.answered_by, answered_at=one.answered_at, reason=one.reason, phase=one.phase,
                started_at=one.started_at, ended_at=one.ended_at,
            )
            for one in view.sorties
        ],
    )  # fmt: skip


def _brief(row: Row) -> SurveyBrief:
    return SurveyBrief(**{one.name: getattr(row, one.name) for one in fields_of(row)})


def _asked(form: SurveyForm) -> Asked:
    fleet = form.drones if isinstance(form.drones, Fleet) else None
    return Asked(
        area=form.area,
        drill=form.drill,
        line_spacing_m=form.line_spacing_m,
        camera=form.camera,
        gsd_cm=form.gsd_cm,
        height_m=form.height_m,
        speed_mps=form.speed_mps,
        accel_mps2=form.accel_mps2,
        drones=[] if isinstance(form.drones, Fleet) else form.drones,
        count=fleet.count if fleet else 1,
        home=_place(fleet.home) if fleet and fleet.home else None,
        keep_out=form.keep_out,
        photo_every_m=form.photo_every_m,
        wind_mps=form.wind_mps,
        wind_from_deg=form.wind_from_deg,
        follow_ground=form.follow_ground,
    )


def _place(location: Location) -> tuple[float, float]:
    return location.lat, location.lon


@router.post("", status_code=201, summary="Ask for a survey", responses=problems(403, 409))
def create_survey(form: SurveyForm, services: ServicesOf, actor: Responder) -> Survey:
    """Plans at once, and betters the plan for some two seconds. Nothing flies before somebody else has approved it."""
    survey_id = surveying.draw(services, actor, form.name or surveying.usual_name(services), _asked(form))
    with services.database.transaction() as conn:
        return answer(conn, actor, survey_id)


@router.get("", summary="List surveys")
def list_surveys(
    services: ServicesOf,
    actor: ApiActor,
    state: SurveyState | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SurveyBrief]:
    """The newest first: responders and staff see all, partners those that ask for their drones."""
    before = store.NEWEST
    if cursor:
        micros, survey_id = parse_cursor("surveys", cursor, int, str)
        before = _instant(int(micros)), str(survey_id)
    with services.database.transaction() as conn:
        found = store.fetch_surveys(
            conn, scope_of(actor), states=None if state is None else [state], limit=limit + 1, before=before
        )
    page, following = cut(found, limit, lambda one: format_cursor("surveys", _micros(one.asked_at), one.id))
    return Page(items=[_brief(one) for one in page], next=following)


def _micros(instant: datetime) -> int:
    return round((instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


def _instant(micros: int) -> datetime:
    try:
        return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
    except (ValueError, OverflowError, OSError):
        raise Invalid("cursor: not one of this list") from None


@router.get("/{survey_id}", summary="One survey", responses=problems(404))
def show_survey(survey_id: str, services: ServicesOf, actor: ApiActor) -> Survey:
    """With its newest plan and everything that was checked of it."""
    with services.database.transaction() as conn:
        return answer(conn, actor, survey_id)


@router.post("/{survey_id}/plans", summary="Plan a survey again", responses=problems(403, 404, 409))
def replan_survey(survey_id: str, form: PlanForm, services: ServicesOf, actor: Responder) -> Survey:
    """Another version, which is approved anew: with something changed, or only for the gaps that are left."""
    change = {
        name: value
        for name, value in ((name, getattr(form, name)) for name in form.model_fields_set)
        if name not in ("gaps", "drones") and value is not None
    }
    if {"camera", "gsd_cm"} & set(change):
        change["line_spacing_m"] = None
    elif "line_spacing_m" in change:
        change |= {"camera": None, "gsd_cm": None}
    if isinstance(form.drones, Fleet):
        home = _place(form.drones.home) if form.drones.home else None
        change |= {"drones": [], "count": form.drones.count, "home": home}
    elif form.drones is not None:
        change["drones"] = form.drones
    surveying.replan(services, actor, survey_id, change, gaps_only=form.gaps)
    with services.database.transaction() as conn:
        return answer(conn, actor, survey_id)


@router.post("/{survey_id}/launch", summary="Launch", responses=problems(403, 404, 409))
def launch_survey(
    survey_id: str, services: ServicesOf, actor: Responder, form: Annotated[LaunchForm | None, Body()] = None
) -> Survey:
    """Checks the limits once more. 409 says all that stands against it."""
    form = form or LaunchForm()
    with services.database.transaction() as conn:
        services.flying.launch(
            conn, actor, survey_id, services.now(), only_accepted=form.only_accepted, looked_at=form.version
        )
        return answer(conn, actor, survey_id)


@router.post("/{survey_id}/stop", summary="Stop all drones, or one", responses=problems(403, 404, 409))
def stop_survey(
    survey_id: str, services: ServicesOf, actor: ApiActor, form: Annotated[StopForm | None, Body()] = None
) -> Survey:
    """`hold` (the default), `return` or `land`. A partner stops a drone of theirs."""
    form = form or StopForm()
    with services.database.transaction() as conn:
        services.flying.stop(conn, actor, survey_id, form.how, services.now(), form.drone)
        return answer(conn, actor, survey_id)


@router.post("/{survey_id}/resume", summary="Let drones that hold go on", responses=problems(403, 404, 409))
def resume_survey(
    survey_id: str, services: ServicesOf, actor: ApiActor, form: Annotated[ResumeForm | None, Body()] = None
) -> Survey:
    """All of them, or one."""
    with services.database.transaction() as conn:
        services.flying.resume(conn, actor, survey_id, services.now(), form.drone if form else None)
        return answer(conn, actor, survey_id)


@router.post("/{survey_id}/cancel", summary="Cancel", responses=problems(403, 404, 409))
def cancel_survey(survey_id: str, services: ServicesOf, actor: Responder) -> Survey:
    """Before it was launched."""
    with services.database.transaction() as conn:
        services.surveys.cancel(conn, actor, survey_id, services.now())
        return answer(conn, actor, survey_id)
