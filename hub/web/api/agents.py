"""Agents: registering one, its enrolment code, and what each last said of itself. For staff."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from hub.registry import devices
from hub.registry import service as registry
from hub.web.api.forms import FOR_STAFF, Form, Line, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/agents", tags=["agents"])


class NewAgent(Form):
    """A Raspberry Pi that is to be enrolled."""

    name: Line = Field(examples=["矢那の谷 1"])


class EnrolmentCode(BaseModel):
    """A code that works once, within an hour. It is told only now."""

    id: str = Field(examples=["ag-k3p9x2ma"])
    enrolment_code: str = Field(examples=["7KQ2-M9XT-0WPA"])


class Agent(BaseModel):
    """An agent as the hub knows it."""

    id: str = Field(examples=["ag-k3p9x2ma"])
    name: str
    created_at: datetime
    enrolled_at: datetime | None = Field(description="When its code was used; null before")
    online: bool = Field(description="Whether it is connected, as far as its last word says")
    last_heard_at: datetime | None
    software: str | None = Field(description="Its version of wanamori-edge")
    health: dict[str, object] = Field(description="What it last said of battery, signal, disk and backlog")


def as_agent(agent: devices.Agent) -> Agent:
    """The answer for an agent of the registry."""
    return Agent(
        id=agent.id,
        name=agent.name,
        created_at=agent.created_at,
        enrolled_at=agent.enrolled_at,
        online=agent.online,
        last_heard_at=agent.last_heard_at,
        software=agent.software,
        health=dict(agent.health),
    )


@router.post("", status_code=201, summary="Register an agent", responses=problems(403))
def create_agent(new: NewAgent, services: ServicesOf, actor: Staff) -> EnrolmentCode:
    """Answers the agent's id and the code to type at it: `wanamori-edge enrol --hub URL --code CODE`."""
    with services.database.transaction() as conn:
        agent_id, code = registry.create_agent(conn, actor, new.name, services.now())
    return EnrolmentCode(id=agent_id, enrolment_code=code)


@router.get("", summary="List agents", dependencies=FOR_STAFF, responses=problems(403))
def list_agents(services: ServicesOf, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[Agent]:
    """Agents by id."""
    after = str(parse_cursor("agents", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = registry.fetch_agents(conn, after=after, limit=limit + 1)
    items, following = cut([as_agent(agent) for agent in found], limit, lambda agent: format_cursor("agents", agent.id))
    return Page(items=items, next=following)


@router.get("/{agent_id}", summary="One agent", dependencies=FOR_STAFF, responses=problems(403, 404))
def show_agent(agent_id: str, services: ServicesOf) -> Agent:
    """An agent by its id."""
    with services.database.transaction() as conn:
        return as_agent(registry.fetch_agent(conn, agent_id))


@router.post(
    "/{agent_id}/enrolment-code", status_code=201, summary="Another enrolment code", responses=problems(403, 404)
)
def create_enrolment_code(agent_id: str, services: ServicesOf, actor: Staff) -> EnrolmentCode:
    """For a new SD card or a lost code.

    Older codes of the agent stop working; its old password does when the code is used.
    """
    with services.database.transaction() as conn:
        code = registry.new_enrolment_code(conn, actor, agent_id, services.now())
    return EnrolmentCode(id=agent_id, enrolment_code=code)
