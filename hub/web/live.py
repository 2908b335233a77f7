"""What changes, told at once: server-sent events for pages (`/live`) and programs (`/api/v1/events`).

Areas say on the database's channel `live` what changed: `{"what": "incident" | "device" | "reading" | "plot" | "agent"
| "quarantine" | …, "id": …}`, an incident with its device's id as `device`, and its plot's as `plot` where it is
a plot's matter. One thread of the process listens and hands
each notice to the open streams; a stream tells its reader those that the reader may see. A notice carries no content:
whoever hears one fetches the page or the resource again, and what may be read is decided there.
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse

from hub import clock
from hub.fields import service as fields
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.store import Connection, Database
from hub.surveys.service import scope_of
from hub.surveys.store import fetch_surveys

__all__ = ["EVERYTHING", "Audience", "Live", "Notice", "audience_of", "may_hear", "parse_event_id"]

Notice = Mapping[str, object]
AskAudience = Callable[[Connection], "Audience | None"]

HEARTBEAT_S = 15.0
# How long a reader's rights are believed before they are looked up again.
AUDIENCE_LIFE = timedelta(seconds=30)
RETRY_MS = 2_000
MAX_WAITING = 200
MAX_REMEMBERED = 1_000
# Said instead of what a reader missed: look at everything again.
EVERYTHING: Notice = {"what": "everything", "id": "-"}
_MOMENT = timedelta(seconds=1)
_DEVICES = frozenset({"device", "reading", "trap"})
_SURVEYS = frozenset({"survey", "flight"})


@dataclass(frozen=True, slots=True)
class Audience:
    """Of what a reader may hear: everything (city staff), or the devices and plots with these ids.

    `surveys`: every survey and its flights (responders); `ids` has those of a partner's drones.
    `closed` are stations of which staff may not see what they measure, so they are not told that they did.
    """

    everything: bool
    ids: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    surveys: bool = False
    partner: bool = False


def audience_of(conn: Connection, actor: Actor) -> Audience:
    """Of what the actor may hear now, by the registry's rule of who sees which device, and by the plots."""
    keys = registry.visible_device_keys(conn, actor)
    if keys is None:
        closed = registry.fetch_devices_by_key(conn, registry.closed_device_keys(conn, actor))
        return Audience(everything=True, closed=frozenset(device.id for device in closed.values()))
    devices = {device.id for device in registry.fetch_devices_by_key(conn, keys).values()}
    ids = devices | {plot.id for plot in fields.fetch_plots(conn, actor)}
    partner, surveys = "partner" in actor.roles, actor.has("responder")
    if partner and not surveys:
        ids |= {survey.id for survey in fetch_surveys(conn, scope_of(actor))}
    return Audience(everything=False, ids=frozenset(ids), surveys=surveys, partner=partner)


def may_hear(audience: Audience, notice: Notice) -> bool:
    """Whether the reader may know that this changed; what belongs to no device or plot is for city staff."""
    what = notice.get("what")
    if audience.everything:
        return what != "reading" or notice.get("id") not in audience.closed
    if notice == EVERYTHING:
        return True
    if what == "plot" or what in _DEVICES:
        return notice.get("id") in audience.ids
    if what in _SURVEYS:
        return audience.surveys or notice.get("id") in audience.ids
    # A plot's matter is its farmers'; whoever else sees the device does not hear of it.
    return what == "incident" and notice.get("plot", notice.get("device")) in audience.ids


def parse_event_id(text: str | None) -> datetime | None:
    """The instant up to which a reader has heard all, from `Last-Event-ID` or `?since=` (Unix ms); None for rubbish."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 14:
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def format_event_id(instant: datetime) -> str:
    """The form that `parse_event_id` reads."""
    return str(int(instant.timestamp() * 1000))


class Mailbox:
    """What one stream has not told yet; lives in that stream's event loop. What waits already is not kept twice."""

    def __init__(self, *, hears: bool) -> None:
        self.closed = False
        # Set once the database hears us: what changes from then on is told.
        self.hears = asyncio.Event()
        if hears:
            self.hears.set()
        self._waiting: dict[tuple[object, object], Notice] = {}
        self._wake = asyncio.Event()

    def put(self, notice: Notice) -> None:
        """Keep a notice for the reader; a reader who takes nothing is told to look at everything again."""
        if len(self._waiting) >= MAX_WAITING:
            self._waiting = {("everything", "-"): EVERYTHING}
        self._waiting[notice.get("what"), notice.get("id")] = notice
        self._wake.set()

    def close(self) -> None:
        """Let the stream end."""
        self.closed = True
        self.hears.set()
        self._wake.set()

    async def take(self, timeout_s: float) -> list[Notice]:
        """All that waits; an empty list when nothing came for `timeout_s`, or the mailbox was closed."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            return []
        self._wake.clear()
        taken, self._waiting = list(self._waiting.values()), {}
        return taken


class Live:
    """The process's ear on the channel `live`, its memory of the last notices, and its open streams."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = clock.now) -> None:
        self._database = database
        self._now = now
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        # Guards what the listening thread shares with the event loop.
        self._lock = threading.Lock()
        self._open: dict[Mailbox, asyncio.AbstractEventLoop] = {}
        self._recent: deque[tuple[datetime, Notice]] = deque(maxlen=MAX_REMEMBERED)
        # Since when nothing was missed; None before the first word from the database.
        self._since: datetime | None = None

    def start(self) -> None:
        """Begin to listen; a stream that is asked for earlier begins it too."""
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End every stream and the thread. The server calls it before it waits for its connections."""
        self._stop.set()
        with self._lock:
            self._call_each(lambda mailbox: mailbox.close)
        if self._thread is not None:
            self._thread.join(timeout=5)

    def respond(self, ask: AskAudience, since: datetime | None) -> EventSourceResponse:
        """The answer to a request for the stream, with what changed since `since` (when the reader read last) first.

        `ask` is called at the start and again each half minute, so that whoever lost a right, or signed out, hears no
        more; None ends the stream.
        """
        # A proxy must hand each line on at once.
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        return EventSourceResponse(self.stream(ask, since), headers=headers)

    async def stream(self, ask: AskAudience, since: datetime | None) -> AsyncIterator[str]:
        """The lines of one stream, until its reader goes or may hear nothing any more, or the process ends.

        `: listening` comes when the database hears us: whoever waits for it misses nothing that changes after it.
        """
        mailbox = self._subscribe(since)
        try:
            audience, asked_at = await self._ask(ask), self._now()
            yield f"retry: {RETRY_MS}\n\n"
            await mailbox.hears.wait()
            yield ": listening\n\n"
            while audience is not None and not mailbox.closed:
                # A moment before the waiting: what comes while we write is told again rather than lost.
                heard_until = self._now() - _MOMENT
                notices = await mailbox.take(HEARTBEAT_S)
                if self._now() - asked_at > AUDIENCE_LIFE or _is_strange(audience, notices):
                    audience, asked_at = await self._ask(ask), self._now()
                if audience is not None:
                    heard = [notice for notice in notices if may_hear(audience, notice)]
                    yield "".join(map(_event, heard)) + f"id: {format_event_id(heard_until)}\n\n"
        finally:
            with self._lock:
                self._open.pop(mailbox, None)

    async def _ask(self, ask: AskAudience) -> Audience | None:
        def asked() -> Audience | None:
            with self._database.transaction() as conn:
                return ask(conn)

        return await run_in_threadpool(asked)

    def _subscribe(self, since: datetime | None) -> Mailbox:
        self.start()
        with self._lock:
            mailbox = Mailbox(hears=self._since is not None)
            self._open[mailbox] = asyncio.get_running_loop()
            for notice in self._missed(since):
                mailbox.put(notice)
        if self._stop.is_set():
            mailbox.close()
        return mailbox

    def _missed(self, since: datetime | None) -> list[Notice]:
        if since is None:
            return []
        forgotten = len(self._recent) == MAX_REMEMBERED and self._recent[0][0] > since
        if self._since is None or since < self._since or forgotten:
            return [EVERYTHING]
        return [notice for at, notice in self._recent if at >= since]

    def _listen(self) -> None:
        for notice in self._database.listen("live", stop=self._stop, on_listening=self._on_listening):
            if notice is not None:
                self._tell(notice.payload)

    def _on_listening(self) -> None:
        """The database hears us, perhaps again: whatever was said in between is lost, so everybody looks again."""
        with self._lock:
            self._since = self._now()
            self._recent.clear()
            self._call_each(lambda mailbox: mailbox.hears.set)
        self._tell(EVERYTHING)

    def _tell(self, notice: Notice) -> None:
        with self._lock:
            self._recent.append((self._now(), notice))
            self._call_each(lambda mailbox: partial(mailbox.put, notice))

    def _call_each(self, act: Callable[[Mailbox], Callable[[], object]]) -> None:
        """Let each open stream's own loop do it; the lock is held."""
        for mailbox, loop in self._open.items():
            # A loop that was closed under us has nobody left to tell.
            if not loop.is_closed():
                loop.call_soon_threadsafe(act(mailbox))


def _is_strange(audience: Audience, notices: list[Notice]) -> bool:
    """Whether the reader's rights may just have changed: with any plot, or with a device that is not the reader's yet.

    A plot's owner lets somebody look, or no longer: that holds from this moment on.
    """
    # A partner is offered sorties of surveys that were nothing to them.
    kinds = {"device", "survey"} if audience.partner and not audience.surveys else {"device"}
    changed = {notice.get("id") for notice in notices if notice.get("what") in kinds}
    has_plot = any(notice.get("what") == "plot" for notice in notices)
    return has_plot or (not audience.everything and not changed <= audience.ids)


def _event(notice: Notice) -> str:
    return f"event: {notice.get('what')}\ndata: {json.dumps(notice, separators=(',', ':'))}\n\n"
