"""What every page needs: who asks, in which language, and how an answer is rendered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from hub.errors import Forbidden, NotSignedIn
from hub.fields.plots import is_stale
from hub.registry.people import Actor
from hub.registry.service import Session
from hub.store import Connection
from hub.texts import DAYS_AGO, Translate, choose_locale, format_at, msgid, translator
from hub.web.bundles import Bundles
from hub.web.middleware import csp_nonce
from hub.web.once import once
from hub.web.pages.forms import Filled
from hub.web.pages.queued import done, is_queued, told
from hub.web.services import Services
from hub.web.session import OptionalSession, ServicesOf

__all__ = [
    "LANGUAGE_COOKIE",
    "AnybodysPage",
    "FarmersPage",
    "HuntersPage",
    "IncidentsPage",
    "Page",
    "RespondersPage",
    "SignedInPage",
    "StaffPage",
    "SurveysPage",
    "bare_page",
    "home_of",
    "local_path",
    "navigation",
]  # fmt: skip

LANGUAGE_COOKIE = "wanamori_language"
# Told to our service worker: whose page it is, and that it may keep it for where no network is.
PERSON_HEADER, KEEP_HEADER = "Wanamori-Person", "Wanamori-Keep"
NOBODY, UNKNOWN = "-", "?"
# Sent by our live pages and by htmx, which take parts out of the answer.
PART_HEADERS = ("x-part", "hx-request")
_bundles = Bundles()

_HUNTERS = (
    ("/traps", msgid("Traps")),
    ("/patrol", msgid("Patrol")),
    ("/incidents", msgid("Incidents")),
    ("/captures", msgid("Reports")),
    ("/points", msgid("Points")),
)
_FARMERS = (("/plots", msgid("Plots")), ("/incidents", msgid("Incidents")))
_SURVEYS = (("/surveys", msgid("Surveys")), ("/drones", msgid("Drones")))
_STAFF = (
    ("/incidents", msgid("Incidents")),
    ("/traps", msgid("Traps")),
    ("/patrol", msgid("Patrol")),
    ("/captures", msgid("Reports")),
    ("/plots", msgid("Plots")),
    ("/surveys", msgid("Surveys")),
    ("/drones", msgid("Drones")),
    ("/staff/airspace", msgid("Airspace")),
    ("/staff/permits", msgid("Permits")),
    ("/animals", msgid("Game for food")),
    ("/staff/claims", msgid("Claims")),
    ("/staff/points", msgid("Points")),
    ("/staff/statistics", msgid("Statistics")),
    ("/staff/devices", msgid("Devices")),
    ("/staff/agents", msgid("Agents")),
    ("/staff/lorawan", msgid("LoRaWAN probes")),
    ("/staff/quarantine", msgid("Quarantine")),
    ("/staff/people", msgid("People")),
    ("/staff/teams", msgid("Teams")),
    ("/staff/channels", msgid("Ways to people")),
)


@dataclass
class Page:
    """One request for a page."""

    request: Request
    services: Services
    session: Session | None
    now: datetime

    @property
    def actor(self) -> Actor:
        """Who is signed in; raises NotSignedIn."""
        if self.session is None:
            raise NotSignedIn
        return self.session.actor

    @property
    def chosen_locale(self) -> str | None:
        """The language that was chosen in this browser."""
        return self.request.cookies.get(LANGUAGE_COOKIE)

    @cached_property
    def locale(self) -> str:
        """The language: as chosen in this browser, else the person's own, else Japanese."""
        own = self.session.actor.language if self.session else None
        return choose_locale(self.chosen_locale, own)

    @cached_property
    def translate(self) -> Translate:
        """From message id to text in the page's language."""
        return translator(self.locale)

    def say_at(self, instant: datetime) -> str:
        """An instant on the town's clock, in words."""
        return format_at(instant, self.now, self.services.texts.zone, self.locale)

    def is_stale(self, measured_at: datetime) -> bool:
        """Whether a value is too old to be taken for the present one."""
        return is_stale(measured_at, self.now)

    def render(
        self, name: str, status: int = 200, *, locale: str | None = None, keep: bool = False, **context: Any
    ) -> Response:
        """The template `web/{name}` with what every page shows.

        With `keep` the phone of whoever is signed in may keep the page for where no network is; staff's never does.
        """
        actor = self.session.actor if self.session else None
        shown = {
            "actor": actor,
            "csrf": self.session.csrf if self.session else "",
            "nav": navigation(actor),
            # A refused form may be at the address that told of the one before.
            "done": self.request.query_params.get("done", "") if status < 400 else "",
        }
        if is_queued(self.request):
            return told(self.request, status, context.get("form"))
        answer = _render(self, name, status, locale or self.locale, shown | context)
        answer.headers[PERSON_HEADER] = actor.person_id if actor else NOBODY
        if actor and keep and not actor.is_staff:
            answer.headers[KEEP_HEADER] = "yes"
        return answer

    def go(self, path: str) -> Response:
        """Send the browser on after a form, so that a reload sends nothing again."""
        if is_queued(self.request):
            return done(self.request, path)
        return RedirectResponse(path, 303)

    def go_once(self, form: Filled, act: Callable[[Connection], str]) -> Response:
        """Do what a form asks in one transaction, once for its key, and go where `act` says. Raises as `once`."""
        return self.go(once(self.services.database, form, self.actor, self.request.url.path, self.now, act))


def bare_page(request: Request, services: Services, name: str, status: int, **context: Any) -> HTMLResponse:
    """A page for which nobody needs to be known and no database to be there."""
    shown: dict[str, Any] = {"actor": None, "csrf": "", "nav": (), "done": ""}
    page = Page(request, services, None, services.now())
    answer = _render(page, name, status, page.locale, shown | context)
    answer.headers[PERSON_HEADER] = UNKNOWN
    return answer


def _render(page: Page, name: str, status: int, locale: str, context: dict[str, Any]) -> HTMLResponse:
    url = page.request.url
    common = {
        "now": page.now,
        "since": int(page.now.timestamp() * 1000),
        "path": url.path,
        "here": _here(page.request),
        "ages": _ages(locale),
        "nonce": csp_nonce(page.request),
        "new_key": lambda: str(uuid4()),
        "is_part": any(name in page.request.headers for name in PART_HEADERS),
        "asset": _bundles.url,
        "style": _bundles.style,
    }
    return HTMLResponse(page.services.texts.render(f"web/{name}", locale, **common, **context), status)


def _here(request: Request) -> str:
    """Where a reader stands and may come back to: after a refused form that is the page with the form."""
    url = request.url
    if request.method not in ("GET", "HEAD"):
        url = urlsplit(request.headers.get("referer", ""))
        if url.netloc != request.headers.get("host"):
            return "/"
    return local_path(url.path + (f"?{url.query}" if url.query else "")) or "/"


def _ages(locale: str) -> list[str]:
    """The words of an age, with `{n}` for the number, so that an open page keeps its ages right."""
    translate = translator(locale)
    texts = [translate(text) for text in (msgid("just now"), msgid("%(n)d min ago"), msgid("%(n)d h ago"))]
    # Whatever is told in days is two of them at least.
    return [text.replace("%(n)d", "{n}") for text in (*texts, translate.count(DAYS_AGO, 2))]


def navigation(actor: Actor | None) -> tuple[tuple[str, str], ...]:
    """The pages of somebody's roles, as (path, message id)."""
    if actor is None:
        return ()
    if actor.is_staff:
        return _STAFF
    pages = (_HUNTERS if actor.has("hunter") else ()) + (_FARMERS if actor.has("farmer") else ())
    pages += _SURVEYS if actor.has("responder", "partner") else ()
    return tuple(dict(pages).items())


def home_of(actor: Actor) -> str:
    """Where somebody begins; `/` for roles that have no page yet."""
    pages = navigation(actor)
    return pages[0][0] if pages else "/"


def local_path(path: str) -> str | None:
    """A path within this site, to which a form may send a browser; None for anything else."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local and len(path) < 500 else None


async def page_of(request: Request, services: ServicesOf, session: OptionalSession) -> Page:
    """A page for anybody."""
    return Page(request, services, session, services.now())


AnybodysPage = Annotated[Page, Depends(page_of)]


def _page_for(*roles: str) -> Callable[[Page], Any]:
    async def checked(page: AnybodysPage) -> Page:
        if roles and not page.actor.has(*roles):
            raise Forbidden
        _ = page.actor
        return page

    return checked


SignedInPage = Annotated[Page, Depends(_page_for())]
HuntersPage = Annotated[Page, Depends(_page_for("hunter"))]
IncidentsPage = Annotated[Page, Depends(_page_for("hunter", "farmer"))]
FarmersPage = Annotated[Page, Depends(_page_for("farmer"))]
StaffPage = Annotated[Page, Depends(_page_for("staff"))]
RespondersPage = Annotated[Page, Depends(_page_for("responder"))]
SurveysPage = Annotated[Page, Depends(_page_for("responder", "partner"))]
