"""The HTTP API, one file a subject. Everything is described by the OpenAPI document at /api/v1/openapi.json."""

from fastapi import APIRouter

from hub.web.api import (
    agents,
    captures,
    devices,
    enrolment,
    events,
    health,
    incidents,
    mutes,
    opendata,
    patrols,
    people,
    plans,
    plot_now,
    plots,
    points,
    points_office,
    quarantine,
    reachability,
    readings,
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
        incidents,
        captures,
        patrols,
        points_office,
        points,
        plots,
        plot_now,
        warnings,
    ),
    *(plans, mutes, reachability, quarantine, events, opendata),
)
for _subject in _SUBJECTS:
    router.include_router(_subject.router, prefix="/api/v1")
