"""The pages for people."""

from fastapi import APIRouter

from hub.web.pages import (
    animals,
    answers,
    captures,
    home,
    incidents,
    me,
    my_channels,
    opendata,
    patrol,
    patrol_ledger,
    phone,
    plot_form,
    plots,
    points,
    reachability,
    reports,
    staff_agents,
    staff_channels,
    staff_claims,
    staff_devices,
    staff_people,
    staff_permits,
    staff_points,
    staff_quarantine,
    staff_rules,
    staff_statistics,
    station_import,
    stations,
    teams,
    traps,
)
from hub.web.pages.errors import error_page

__all__ = ["error_page", "router"]

router = APIRouter(include_in_schema=False)
for _room in (
    home,
    traps,
    incidents,
    reports,
    captures,
    patrol,
    patrol_ledger,
    animals,
    my_channels,
    reachability,
    answers,
    me,
    phone,
    plot_form,
    plots,
    station_import,
    stations,
    staff_agents,
    staff_channels,
    staff_claims,
    staff_rules,
    staff_devices,
    staff_quarantine,
    staff_people,
    staff_permits,
    teams,
    points,
    staff_points,
    staff_statistics,
    opendata,
):
    router.include_router(_room.router)
