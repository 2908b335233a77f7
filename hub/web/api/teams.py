"""Teams of hunters: a trap that has a team is seen by its members only, and they are told of it. For staff."""

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from hub.registry import service as registry
from hub.web.api.forms import FOR_STAFF, Form, Line, Staff
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])


class TeamForm(Form):
    """A team to add."""

    name: Line = Field(examples=["富来田班"])


class Team(BaseModel):
    """A team; `members` are people's ids."""

    id: str = Field(examples=["t-4h8wq2mn"])
    name: str
    created_at: datetime
    members: list[str]


@router.post("", status_code=201, summary="Add a team", responses=problems(403, 409))
def create_team(new: TeamForm, services: ServicesOf, actor: Staff) -> Team:
    """A team without members or traps yet."""
    with services.database.transaction() as conn:
        team = registry.create_team(conn, actor, new.name, services.now())
    return Team.model_validate(team, from_attributes=True)


@router.get("", summary="List teams", dependencies=FOR_STAFF, responses=problems(403))
def list_teams(services: ServicesOf, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[Team]:
    """Teams by id."""
    after = str(parse_cursor("teams", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = registry.fetch_teams(conn, after=after, limit=limit + 1)
    teams = [Team.model_validate(team, from_attributes=True) for team in found]
    items, following = cut(teams, limit, lambda team: format_cursor("teams", team.id))
    return Page(items=items, next=following)


@router.get("/{team_id}", summary="One team", dependencies=FOR_STAFF, responses=problems(403, 404))
def show_team(team_id: str, services: ServicesOf) -> Team:
    """A team by id."""
    with services.database.transaction() as conn:
        return Team.model_validate(registry.fetch_team(conn, team_id), from_attributes=True)


@router.put("/{team_id}/members/{person_id}", summary="Add a member", responses=problems(403, 404))
def add_member(team_id: str, person_id: str, services: ServicesOf, actor: Staff) -> Team:
    """A person joins; joining twice changes nothing."""
    with services.database.transaction() as conn:
        team = registry.add_member(conn, actor, team_id, person_id, services.now())
    return Team.model_validate(team, from_attributes=True)


@router.delete(
    "/{team_id}/members/{person_id}", status_code=204, summary="Remove a member", responses=problems(403, 404)
)
def remove_member(team_id: str, person_id: str, services: ServicesOf, actor: Staff) -> Response:
    """A person leaves the team."""
    with services.database.transaction() as conn:
        registry.remove_member(conn, actor, team_id, person_id, services.now())
    return Response(status_code=204)
