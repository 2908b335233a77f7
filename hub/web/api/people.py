"""People: adding, changing, their passwords and tokens. For staff; `/me` for everybody."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from hub.registry import people
from hub.registry import service as registry
from hub.registry.passwords import MIN_LENGTH
from hub.registry.people import Language, NewPerson, PersonChange, Role
from hub.web.api.forms import FOR_STAFF, Email, Form, Instant, Line, Staff, Username
from hub.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cut, format_cursor, parse_cursor
from hub.web.openapi import problems
from hub.web.session import ApiActor, ServicesOf

__all__ = ["router"]

router = APIRouter(tags=["people"])
Password = Annotated[str, StringConstraints(min_length=MIN_LENGTH, max_length=200)]
Roles = Annotated[list[Role], Field(min_length=1, max_length=5, examples=[["hunter"]])]
TokenId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class SignInForm(Form):
    """With what the person signs in to the pages."""

    username: Username
    password: Password


class PersonForm(Form):
    """A person to add."""

    name: Line = Field(examples=["佐藤 一郎"])
    roles: Roles
    email: Email | None = None
    language: Language = "ja"
    sign_in: SignInForm | None = Field(None, description="Without it the person has no way into the pages but links")


class PersonPatch(Form):
    """What is to change; what is not sent stays. `active: false` signs the person out and ends every token."""

    name: Line | None = None
    roles: Roles | None = None
    email: Email | None = None
    language: Language | None = None
    username: Username | None = None
    active: bool | None = None


class Created(BaseModel):
    """The person's id and first API token, which is told only now."""

    id: str = Field(examples=["p-7m2kq9xd"])
    token: str = Field(examples=["wm_3q2-…"])


class Way(BaseModel):
    """A way to a person; whoever knows its address could send, so nobody is told it."""

    channel: str = Field(examples=["push"])
    label: str = Field(examples=["Firefox, Android"])
    created_at: Instant


class Person(BaseModel):
    """A person as staff see one."""

    id: str = Field(examples=["p-7m2kq9xd"])
    name: str
    username: str | None
    email: str | None
    language: Language
    roles: list[Role]
    teams: list[str]
    active: bool
    created_at: datetime


class Me(BaseModel):
    """Whose token it is."""

    id: str
    name: str
    roles: list[Role]
    teams: list[str]
    language: Language


class PasswordForm(Form):
    """A new password."""

    password: Password


class TokenForm(Form):
    """What the token is for, so that its owner knows which one to end."""

    label: Line = Field(examples=["役場の集計"])
    expires_at: Instant | None = Field(None, description="Null: until it is ended")


class NewToken(BaseModel):
    """An API token, told only now."""

    token: str


class Token(BaseModel):
    """A token without its secret."""

    id: int
    label: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def as_person(person: people.Person) -> Person:
    """The answer for a person of the registry."""
    return Person.model_validate(person, from_attributes=True)


@router.get("/me", summary="Who am I?")
def show_me(actor: ApiActor) -> Me:
    """The person whose token was sent."""
    return Me.model_validate(
        {
            "id": actor.person_id,
            "name": actor.name,
            "roles": sorted(actor.roles),
            "teams": sorted(actor.teams),
            "language": actor.language,
        }
    )


@router.post("/people", status_code=201, summary="Add a person", responses=problems(403, 409))
def create_person(new: PersonForm, services: ServicesOf, actor: Staff) -> Created:
    """A hunter is told of every trap that has no team yet."""
    person = NewPerson(
        name=new.name,
        roles=frozenset(new.roles),
        email=new.email,
        language=new.language,
        username=new.sign_in and new.sign_in.username,
        password=new.sign_in and new.sign_in.password,
    )
    with services.database.transaction() as conn:
        person_id, token = registry.create_person(conn, actor, person, services.now())
    return Created(id=person_id, token=token)


@router.get("/people", summary="List people", dependencies=FOR_STAFF, responses=problems(403))
def list_people(services: ServicesOf, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Page[Person]:
    """People by id."""
    after = str(parse_cursor("people", cursor, str)[0]) if cursor else ""
    with services.database.transaction() as conn:
        found = registry.fetch_people(conn, after=after, limit=limit + 1)
    items, following = cut([as_person(person) for person in found], limit, lambda one: format_cursor("people", one.id))
    return Page(items=items, next=following)


@router.get("/people/{person_id}", summary="One person", dependencies=FOR_STAFF, responses=problems(403, 404))
def show_person(person_id: str, services: ServicesOf) -> Person:
    """A person by id."""
    with services.database.transaction() as conn:
        return as_person(registry.fetch_person(conn, person_id))


@router.get(
    "/people/{person_id}/channels", summary="How a person is reached", dependencies=FOR_STAFF,
    responses=problems(403, 404),
)  # fmt: skip
def list_channels(person_id: str, services: ServicesOf) -> Page[Way]:
    """The ways that the person has linked, oldest first, and never their addresses; mail stands with the person."""
    with services.database.transaction() as conn:
        person = registry.fetch_person(conn, person_id)
        found = registry.fetch_ways(conn, person.id)
    return Page(
        items=[Way(channel=way.channel, label=way.label, created_at=way.created_at) for way in found], next=None
    )


@router.patch("/people/{person_id}", summary="Change a person", responses=problems(403, 404, 409))
def change_person(person_id: str, patch: PersonPatch, services: ServicesOf, actor: Staff) -> Person:
    """Names, roles, ways to reach, and whether the person still takes part. Staff cannot shut themselves out."""
    sent = patch.model_fields_set
    with services.database.transaction() as conn:
        before = registry.fetch_person(conn, person_id)
        change = PersonChange(
            name=patch.name or before.name,
            roles=frozenset(patch.roles or before.roles),
            email=patch.email if "email" in sent else before.email,
            language=patch.language or before.language,
            username=patch.username if "username" in sent else before.username,
            active=before.active if patch.active is None else patch.active,
        )
        return as_person(registry.change_person(conn, actor, person_id, change, services.now()))


@router.put(
    "/people/{person_id}/password", status_code=204, summary="Set a password", responses=problems(403, 404, 409)
)
def save_password(person_id: str, form: PasswordForm, services: ServicesOf, actor: Staff) -> Response:
    """The person is signed out everywhere; a username must be there already."""
    with services.database.transaction() as conn:
        registry.save_password(conn, actor, person_id, form.password, services.now())
    return Response(status_code=204)


@router.post("/people/{person_id}/tokens", status_code=201, summary="Another API token", responses=problems(403, 404))
def create_token(person_id: str, form: TokenForm, services: ServicesOf, actor: Staff) -> NewToken:
    """The token has the person's rights."""
    with services.database.transaction() as conn:
        token = registry.new_api_token(conn, actor, person_id, form.label, services.now(), expires_at=form.expires_at)
    return NewToken(token=token)


@router.get(
    "/people/{person_id}/tokens", summary="A person's tokens", dependencies=FOR_STAFF, responses=problems(403, 404)
)
def list_tokens(person_id: str, services: ServicesOf) -> Page[Token]:
    """All of them, newest first, without their secrets."""
    with services.database.transaction() as conn:
        tokens = registry.fetch_tokens(conn, person_id)
    return Page(items=[Token.model_validate(token, from_attributes=True) for token in tokens], next=None)


@router.delete(
    "/people/{person_id}/tokens/{token_id}", status_code=204, summary="End a token", responses=problems(403, 404)
)
def revoke_token(person_id: str, token_id: TokenId, services: ServicesOf, actor: Staff) -> Response:
    """It stops working at once."""
    with services.database.transaction() as conn:
        registry.revoke_token(conn, actor, person_id, token_id, services.now())
    return Response(status_code=204)
