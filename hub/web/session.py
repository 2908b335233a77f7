"""Who is asking: the cookie of a browser's session for pages, the bearer token for the API; and the guard against
forged forms.

Pages use `current_actor`, `optional_actor`, `require_role`, `csrf_token`, and for signing in and out `sign_in`,
`remember`, `sign_out`. The router of the pages is included with `guard_forms`, so that no page needs to think of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from hub.config import Settings
from hub.errors import Forbidden, NotSignedIn
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.service import NewSession, Session
from hub.texts import msgid
from hub.web.services import Services
from hub.web.throttle import Throttle

__all__ = [
    "CSRF_FIELD", "CSRF_HEADER", "SIGN_IN_PATH", "ApiActor", "BearerToken", "CurrentActor", "OptionalActor",
    "ServicesOf", "SignedIn", "address_of", "api_actor", "api_role", "bearer_token", "csrf_token", "current_actor",
    "guard_forms", "optional_actor", "remember", "require_role", "services_of", "sign_in", "sign_out", "throttle_of",
]  # fmt: skip

SIGN_IN_PATH = "/sign-in"
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_bearer = HTTPBearer(auto_error=False, description="`Authorization: Bearer wm_…`, the token of a person")


async def services_of(request: Request) -> Services:
    """The parts of this web process."""
    services: Services = request.app.state.services
    return services


async def throttle_of(request: Request) -> Throttle:
    """The counters of this web process."""
    throttle: Throttle = request.app.state.throttle
    return throttle


ServicesOf = Annotated[Services, Depends(services_of)]
ThrottleOf = Annotated[Throttle, Depends(throttle_of)]


def address_of(request: Request) -> str:
    """The address that a request came from (behind a proxy: as uvicorn's proxy headers say)."""
    return request.client.host if request.client else ""


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and TLS, where there is TLS."""
    return "__Host-wanamori" if settings.secure_cookies else "wanamori"


# --- pages: the session of a browser ----------------------------------------------------------------------------------


def optional_session(request: Request, services: ServicesOf) -> Session | None:
    """The living session of the browser, or None."""
    token = request.cookies.get(cookie_name(services.settings))
    if not token:
        return None
    with services.database.transaction() as conn:
        return registry.actor_of_session(conn, token, services.now())


OptionalSession = Annotated[Session | None, Depends(optional_session)]


async def optional_actor(session: OptionalSession) -> Actor | None:
    """Who is signed in, or None."""
    return session.actor if session else None


async def current_actor(session: OptionalSession) -> Actor:
    """Who is signed in; raises NotSignedIn, which sends a person to the sign-in page."""
    if session is None:
        raise NotSignedIn
    return session.actor


OptionalActor = Annotated[Actor | None, Depends(optional_actor)]
CurrentActor = Annotated[Actor, Depends(current_actor)]


def require_role(*roles: str) -> Callable[[Actor], Awaitable[Actor]]:
    """A dependency for pages: the actor, if it has one of the roles (staff have all); raises Forbidden otherwise."""

    async def checked(actor: CurrentActor) -> Actor:
        if not actor.has(*roles):
            raise Forbidden
        return actor

    return checked


async def csrf_token(session: OptionalSession) -> str:
    """What each form carries in the hidden field `csrf` (or htmx in the header `X-CSRF-Token`); empty without a
    session.
    """
    return session.csrf if session else ""


async def guard_forms(request: Request, session: OptionalSession, services: ServicesOf) -> None:
    """Refuse a request that changes something unless it comes from a page of ours.

    The browser's own word (Sec-Fetch-Site, Origin) must be right where there is one, and with a session the form must
    carry the session's token. Raises Forbidden.
    """
    if request.method in _SAFE:
        return
    if not is_same_origin(request, services.settings.public_url):
        raise Forbidden("This form was sent from another site.")
    if session is None:
        return
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get(CSRF_FIELD)
        sent = field if isinstance(field, str) else None
    if sent is None or not session.wrote(sent):
        # Nobody reads its files any more.
        await request.close()
        raise Forbidden(msgid("This form is too old: open the page again."))


def is_same_origin(request: Request, public_url: str) -> bool:
    """Whether the browser says that a page of ours sent the request; a client that says nothing is no browser of
    today.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc in (request.headers.get("host"), urlsplit(public_url).netloc)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person whose password was right, and the new session."""

    person_id: str
    session: NewSession


def sign_in(request: Request, services: Services, username: str, password: str) -> SignedIn:
    """Check name and password and begin a session; follow it by `remember`. Raises NotSignedIn and TooMany."""
    throttle: Throttle = request.app.state.throttle
    username, address = username.strip(), address_of(request)
    throttle.sign_in(address, username)
    with services.database.transaction() as conn:
        credentials = registry.fetch_credentials(conn, username)
    if not registry.is_right(credentials, password) or credentials is None:
        # Not the name: people type their password into the wrong field.
        _log.warning("sign_in_refused", address=address, known=credentials is not None)
        raise NotSignedIn("This name and password do not belong together.")
    throttle.signed_in(address, username)
    former = request.cookies.get(cookie_name(services.settings))
    with services.database.transaction() as conn:
        session = registry.start_session(conn, credentials.id, services.now(), replaces=former)
    return SignedIn(credentials.id, session)


def remember(response: Response, services: Services, session: NewSession) -> None:
    """Give the browser the session's cookie."""
    response.set_cookie(
        cookie_name(services.settings),
        session.token,
        expires=session.expires_at,
        path="/",
        secure=services.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def sign_out(request: Request, response: Response, services: Services) -> None:
    """End the session here and in the browser."""
    name = cookie_name(services.settings)
    token = request.cookies.get(name)
    if token:
        with services.database.transaction() as conn:
            registry.end_session(conn, token, services.now())
    response.delete_cookie(name, path="/", secure=services.settings.secure_cookies, httponly=True, samesite="lax")


# --- the API: bearer tokens -------------------------------------------------------------------------------------------


async def api_actor(
    request: Request,
    services: ServicesOf,
    throttle: ThrottleOf,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Whose token a request carries; raises NotSignedIn, and TooMany for more than some 500 requests a second."""
    actor = None if bearer is None else await run_in_threadpool(_actor_of_token, services, bearer.credentials)
    if actor is None:
        throttle.stranger(address_of(request))
        raise NotSignedIn("Send the token of a person: Authorization: Bearer wm_…")
    throttle.api(actor.person_id)
    return actor


def _actor_of_token(services: Services, token: str) -> Actor | None:
    with services.database.transaction() as conn:
        return registry.actor_of_token(conn, token, services.now())


ApiActor = Annotated[Actor, Depends(api_actor)]


async def bearer_token(bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    """The token itself, for a stream that asks again and again whether it still lives."""
    return bearer.credentials if bearer else ""


BearerToken = Annotated[str, Depends(bearer_token)]


def api_role(*roles: str) -> Callable[[Actor], Awaitable[Actor]]:
    """A dependency for the API: the actor, if it has one of the roles (staff have all); raises Forbidden otherwise."""

    async def checked(actor: ApiActor) -> Actor:
        if not actor.has(*roles):
            raise Forbidden
        return actor

    return checked
