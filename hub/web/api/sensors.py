"""How a station's sensors are judged."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from hub.errors import NotFound
from hub.fields.quality import SensorState, fetch_states
from hub.fields.quality.states import State
from hub.registry import service as registry
from hub.web.api.paging import Page
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/devices", tags=["devices"])


class Sensor(BaseModel):
    """One sensor of a station, by its quantity."""

    quantity: str = Field(examples=["soil_moisture"])
    state: State
    reason: str | None = Field(description="What exactly, as a key; null for ok", examples=["flat"])
    since: datetime = Field(description="Since when, by the time of measuring where that is known")
    noticed_at: datetime = Field(description="When the hub first said so")
    detail: dict[str, float] = Field(description="The figures behind it; empty where the token may not read them")


@router.get("/{device_id}/sensors", summary="How a station's sensors are judged", responses=problems(404))
def list_sensors(device_id: Annotated[str, Path()], services: ServicesOf, actor: ApiActor) -> Page[Sensor]:
    """Every sensor that has measured something: `ok`, `silent`, `late`, `stuck`, `out_of_range` or `drifting`.

    Staff without the consent of the plot's owner see the states, and no figures.
    """
    with services.database.transaction() as conn:
        device = registry.device_of(conn, actor, device_id)
        if device.kind != "station":
            raise NotFound("There is no such station.")
        closed = device.key in registry.closed_device_keys(conn, actor)
        states = fetch_states(conn, [device.key]).get(device.key, {})
    return Page(items=[_as_sensor(one, closed=closed) for one in states.values()], next=None)


def _as_sensor(one: SensorState, *, closed: bool) -> Sensor:
    return Sensor(
        quantity=one.quantity,
        state=one.state,
        reason=one.reason,
        since=one.since_at,
        noticed_at=one.noticed_at,
        detail={} if closed else dict(one.detail),
    )
