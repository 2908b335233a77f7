"""The morning's summary: one message a person, of what is open; nothing where there is nothing to say.

Other areas add sections through `DigestSections`; each is asked for one reader at a time, in the caller's transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from hub.alerts import store
from hub.alerts.kinds import KINDS
from hub.alerts.messages import Digest
from hub.alerts.plans import channels_of
from hub.alerts.routine.drills import Drills
from hub.alerts.routine.timetable import digest_due
from hub.alerts.views import IncidentView
from hub.registry import service as registry
from hub.registry.people import Actor, Recipient
from hub.store import Connection, Queries, notify
from hub.texts import Translate, choose_locale, format_at, msgid, translator

__all__ = ["DigestReader", "DigestSections", "Digests", "Section", "fetch_digest_wish", "save_digest_wish"]

_queries = Queries.beside(__file__)
_DIGEST = TypeAdapter(Digest)
_AT_ONCE = 20
# So many lines a section has; the pages show the rest.
_LINES = 15

Section = tuple[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class DigestReader:
    """For whom a summary is made: what they may see goes by `actor`; `translate` gives the words, `at` an instant's."""

    actor: Actor
    translate: Translate
    at: Callable[[datetime], str]


DigestSections = Callable[[Connection, DigestReader, datetime], Sequence[Section]]


@dataclass(frozen=True, slots=True)
class _Row:
    person_id: str
    name: str
    email: str | None
    language: str
    roles: Sequence[str]
    teams: Sequence[str]
    reaches: Sequence[str]
    prefers: Sequence[str]
    refused: Sequence[str]


@dataclass(frozen=True, slots=True)
class _GivenUp:
    name: str
    channel: str
    error: str | None
    times: int


# Under which heading the open matters of a kind stand; the others under the first.
_HEADINGS: Mapping[str, str] = {
    "trap_silent": msgid("Traps without a signal"),
    "patrol_unvisited": msgid("Traps that nobody has visited"),
}
_OPEN = msgid("Still open")


class Digests:
    """The summaries of a town, due `at` on its clock; `at` None: there are none.

    `always_for_staff`: staff are told that there is nothing to say, too.
    """

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        at: time | None,
        channels: Sequence[str],
        drills: Drills,
        sections: Sequence[DigestSections] = (),
        always_for_staff: bool = False,
    ) -> None:
        self._zone = zone
        self._at = at
        self._channels = tuple(channels)
        self._drills = drills
        self._sections = tuple(sections)
        self._always_for_staff = always_for_staff

    def sweep(self, conn: Connection, now: datetime) -> None:
        """Write down the summaries that are due: one a person and day, however many workers look."""
        occasion = None if self._at is None else digest_due(now, self._zone, self._at)
        if occasion is None:
            return
        due = {"occasion": occasion.name, "since_at": occasion.since_at}
        for row in _queries.all(conn, "claim_digest_readers", _Row, limit=_AT_ONCE, **due):
            self._write(conn, row, occasion.name, now)

    def _write(self, conn: Connection, row: _Row, occasion: str, now: datetime) -> None:
        person = Recipient(row.person_id, row.name, row.email, row.language, row.reaches, row.prefers)
        # One that was refused goes to the person's next channel.
        left = [name for name in channels_of(person, self._channels) if name not in row.refused]
        digest = self.make_digest(conn, row.person_id, now) if left else Digest(())
        says = bool(digest.sections)
        _queries.run(
            conn,
            "add_routine",
            person_id=row.person_id,
            channel=left[0] if left else "mail" if "mail" not in row.refused else "none",
            purpose="digest",
            occasion=occasion,
            state="due" if says else "cancelled",
            now=now,
            content=_DIGEST.dump_json(digest).decode() if says else None,
        )
        if says:
            notify(conn, "due")

    def make_digest(self, conn: Connection, person_id: str, now: datetime) -> Digest:
        """What there is to say to a person this morning; no sections: nothing."""
        actor = registry.fetch_actor(conn, person_id)
        if actor is None:
            return Digest(())
        locale = choose_locale(actor.language)
        translate = translator(locale)
        reader = DigestReader(actor, translate, lambda instant: format_at(instant, now, self._zone, locale))
        sections = [*self._matters(conn, reader)]
        for more in self._sections:
            sections.extend(more(conn, reader, now))
        if actor.is_staff:
            sections.extend(self._for_staff(conn, reader, now))
        kept = [(heading, _cut(lines, translate)) for heading, lines in sections if lines]
        if not kept and actor.is_staff and self._always_for_staff:
            kept = [(translate(_OPEN), (translate(msgid("Nothing is open.")),))]
        return Digest(tuple(kept))

    def _matters(self, conn: Connection, reader: DigestReader) -> list[Section]:
        keys = registry.visible_device_keys(conn, reader.actor)
        # Matters of the field are told once, to their farmers, and no morning repeats them.
        found = [
            view
            for view in store.fetch_views(conn, states=("open", "going"), device_keys=keys, limit=1000)
            if not KINDS[view.kind].of_field
        ]
        found.sort(key=lambda view: (KINDS[view.kind].rank, view.occurred_at, view.id))
        sections: dict[str, list[str]] = {}
        for view in found:
            heading = _HEADINGS.get(view.kind, _OPEN)
            sections.setdefault(heading, []).append(_say(view, reader))
        order = (_OPEN, *_HEADINGS.values())
        return [(reader.translate(heading), sections[heading]) for heading in order if heading in sections]

    def _for_staff(self, conn: Connection, reader: DigestReader, now: datetime) -> list[Section]:
        translate = reader.translate
        lost = _queries.all(conn, "fetch_given_up", _GivenUp, since=now - timedelta(days=1))
        told = [f"{one.name} ({one.channel} ×{one.times}): {one.error or ''}" for one in lost]
        silent = [f"{reach.name} ({reach.channel})" for reach in self._drills.fetch_silent(conn, now)]
        return [
            (translate(msgid("Could not be told")), told),
            (translate(msgid("Have not confirmed the drill (訓練)")), silent),
        ]


def fetch_digest_wish(conn: Connection, person_id: str) -> bool | None:
    """Whether a person wants the morning's summary; None: as the role has it."""
    wish: bool | None = _queries.value(conn, "fetch_digest_wish", person_id=person_id)
    return wish


def save_digest_wish(conn: Connection, actor: Actor, wanted: bool | None, now: datetime) -> None:
    """The actor's own choice; None goes back to the role's."""
    _queries.run(conn, "save_digest_wish", person_id=actor.person_id, wanted=wanted)
    registry.record(conn, actor, "set_digest", f"person/{actor.person_id}", now, wanted=wanted)


def _say(view: IncidentView, reader: DigestReader) -> str:
    subject = reader.translate(KINDS[view.kind].subject) % {"name": view.name}
    since = reader.at(view.occurred_at)
    if view.going:
        who = ", ".join(answer.name for answer in view.going)
        return reader.translate(msgid("%(what)s (%(since)s; %(who)s is going)")) % {
            "what": subject, "since": since, "who": who,
        }  # fmt: skip
    return reader.translate(msgid("%(what)s (%(since)s; nobody is going)")) % {"what": subject, "since": since}


def _cut(lines: Sequence[str], translate: Translate) -> tuple[str, ...]:
    if len(lines) <= _LINES:
        return tuple(lines)
    return (*lines[:_LINES], translate(msgid("and %(n)d more")) % {"n": len(lines) - _LINES})
