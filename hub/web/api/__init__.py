"""The HTTP API, one file a subject. Everything is described by the OpenAPI document at /api/v1/openapi.json."""

from fastapi import APIRouter

from hub.web.api import (
    agents,
    airspace,
    captures,
    crops,
    devices,
    drones,
    enrolment,
    events,
    farmer_groups,
    health,
    incidents,
    mutes,
    opendata,
    patrols,
    people,
    plans,
    plot_now,
    plot_rights,
    plots,
    points,
    points_office,
    quarantine,
    reachability,
    readings,
    sensors,
    survey_evidence,
    survey_exports,
    survey_flights,
    survey_papers,
    survey_release,
    surveys,
    teams,
    warnings,
)

__all__ = ["router"]

router = APIRouter()
router.include_router(health.router)
_SUBJECTS = (
    *(
        agents,
        enrolment,
        people,
        teams,
        devices,
        readings,
        sensors,
        incidents,
        captures,
        patrols,
        points_office,
        points,
        plot_rights,
        plots,
        plot_now,
        warnings,
        crops,
        farmer_groups,
    ),
    *(drones, surveys, survey_papers, survey_flights, survey_exports, survey_evidence, survey_release, airspace),
    *(plans, mutes, reachability, quarantine, events, opendata),
)
for _subject in _SUBJECTS:
    router.include_router(_subject.router, prefix="/api/v1")
