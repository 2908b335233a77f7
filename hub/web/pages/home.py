"""The first page, signing in and out, the language, and the stream that live pages listen to."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response

from hub.errors import NotSignedIn, TooMany
from hub.registry import service as registry
from hub.store import Connection
from hub.texts import LOCALES
from hub.web.live import Audience, audience_of, parse_event_id
from hub.web.pages.page import LANGUAGE_COOKIE, AnybodysPage, Page, SignedInPage, home_of, local_path
from hub.web.session import cookie_name, remember, sign_in, sign_out

__all__ = ["router"]

router = APIRouter()
_A_YEAR_S = 365 * 24 * 3600


@router.get("/")
def first_page(page: AnybodysPage) -> Response:
    """Who is not signed in reads what this is; everybody else goes where their role begins."""
    if page.session and home_of(page.actor) != "/":
        return page.go(home_of(page.actor))
    return page.render("welcome.html", failed=None, username="", next="")


@router.get("/sign-in")
def sign_in_page(page: AnybodysPage, next: Annotated[str, Query()] = "") -> Response:  # noqa: A002  # the field's name
    """The form; who is signed in already goes on."""
    if page.session:
        return page.go(local_path(next) or home_of(page.actor))
    return _form(page, next)


def _form(page: Page, next_path: str, *, failed: str | None = None, username: str = "", status: int = 200) -> Response:
    return page.render("sign_in.html", status, failed=failed, username=username, next=local_path(next_path) or "")


@router.post("/sign-in")
def begin_session(
    page: AnybodysPage,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002  # the field's name
) -> Response:
    """Check name and password; the answer to a wrong one does not say which of them it was."""
    try:
        signed_in = sign_in(page.request, page.services, username[:200], password[:1000])
    except NotSignedIn:
        return _form(page, next, failed="wrong", username=username[:200], status=401)
    except TooMany as error:
        answer = _form(page, next, failed="too_many", username=username[:200], status=429)
        answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    with page.services.database.transaction() as conn:
        actor = registry.fetch_actor(conn, signed_in.person_id)
        # Whoever a drill could not be delivered to learns it here, unless they came for something else.
        refused = page.services.drills.fetch_refused(conn, signed_in.person_id)
    home = "/me/reached" if refused else home_of(actor) if actor else "/"
    answer = page.go(local_path(next) or home)
    remember(answer, page.services, signed_in.session)
    if actor and LANGUAGE_COOKIE not in page.request.cookies:
        _keep_language(page, answer, actor.language)
    return answer


@router.post("/sign-out")
def end_session(page: AnybodysPage) -> Response:
    """Back to the first page, signed out; the browser forgets what it kept of the pages."""
    answer = page.go("/")
    sign_out(page.request, answer, page.services)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.post("/language")
def choose_language(
    page: AnybodysPage,
    locale: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002  # the field's name
) -> Response:
    """Another language from now on, in this browser and for the person."""
    answer = page.go(local_path(next) or "/")
    if locale in LOCALES:
        _keep_language(page, answer, locale)
        if page.session:
            with page.services.database.transaction() as conn:
                registry.save_language(conn, page.actor, locale, page.now)
    return answer


def _keep_language(page: Page, answer: Response, locale: str) -> None:
    secure = page.services.settings.secure_cookies
    answer.set_cookie(LANGUAGE_COOKIE, locale, max_age=_A_YEAR_S, secure=secure, httponly=True, samesite="lax")


@router.get("/live")
def live_stream(
    page: SignedInPage,
    request: Request,
    since: Annotated[str | None, Query()] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """Server-sent events for open pages, as long as the session lives."""
    services = page.services
    token = request.cookies.get(cookie_name(services.settings), "")

    def ask(conn: Connection) -> Audience | None:
        session = registry.actor_of_session(conn, token, services.now())
        return None if session is None else audience_of(conn, session.actor)

    return services.live.respond(ask, parse_event_id(last_event_id or since))
