"""The HTTP API, one file a subject. Everything is described by the OpenAPI document at /api/v1/openapi.json."""

from fastapi import APIRouter

from hub.web.api import (
    agents,
    devices,
    enrolment,
    events,
    health,
    incidents,
    patrols,
    people,
    plots,
    quarantine,
    readings,
    teams,
)

__all__ = ["router"]

router = APIRouter()
router.include_router(health.router)
for subject in (agents, enrolment, people, teams, devices, readings, incidents, patrols, plots, quarantine, events):
    router.include_router(subject.router, prefix="/api/v1")
