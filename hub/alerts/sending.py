"""From notices that are due to messages: gather, lease, say what is so now, write down how it went.

Each function works in the caller's transaction. The rules:

1.  A message holds all that waits for one person on one channel; how soon the next may begin is pacing's to say.
2.  A message keeps its key however often it is tried. What failed goes into the next one if something has come since.
3.  A message is written down before it is tried: a crash sends it again, never not at all.
4.  Nothing here waits for a lock while it holds another: rows that somebody else is at are left for the next look.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from hub.alerts import store
from hub.alerts.channels import DeliveryError, Refused
from hub.alerts.escalation import Note, retry_after
from hub.alerts.links import make_link
from hub.alerts.messages import Address, Addressee, Digest, Message
from hub.alerts.notices import LinkRules, Notice, Reader, make_notice
from hub.alerts.pacing import CLOCK_SLACK, Pace, Standing, decide_pace
from hub.alerts.store import ClaimedDelivery, NoticeFacts, queries
from hub.registry.ways import end_way, fetch_ways
from hub.store import Connection

__all__ = ["LEASE", "ClaimedMessage", "Sending"]

# A worker that lives prolongs its leases each second; what a dead one held is tried again after so long.
LEASE = timedelta(seconds=15)
# No back-off and no lease lasts longer: an instant further off was settled by a clock that has gone back since.
_LONGEST_WAIT = timedelta(minutes=2)
# So many people are looked at for one who may be told now.
_PEOPLE = 10
# So many of the matters told before are listed in a message.
_ALSO_OPEN = 100

# Of the field a person is told three times at once, and then what has come together each ten minutes.
_FIELD_PACE = Pace(burst=3, every_s=600.0, gather_s=5.0)

Budget = Literal["alarm", "reminder", "field"]
_URGENT = ["alarm"]
_ROUTINE = ["field", "reminder", "drill", "digest"]


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message leased to this worker; `attempts` counts this try and tells its lease from a later one.

    `has_failed`: it was tried before and is known not to have got through.
    """

    id: int
    key: str
    person_id: str
    channel: str
    purpose: str
    attempts: int
    has_failed: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    person_id: str
    budget: Budget
    alone_id: int | None


@dataclass(frozen=True, slots=True)
class _Again:
    id: int
    person_id: str
    purpose: str

    @property
    def is_gathered(self) -> bool:
        """Whether it tells of incidents, as any number of others may."""
        return self.purpose in ("alarm", "reminder", "field")


@dataclass(frozen=True, slots=True)
class _Person:
    person_id: str
    name: str
    email: str | None
    language: str
    active: bool


@dataclass(frozen=True, slots=True)
class _Content:
    content: Any


class Sending:
    """What a worker's channels do to the database. There is a pace for alarms, for reminders and for the field."""

    def __init__(self, links: LinkRules, alarm_pace: Pace, reminder_pace: Pace, field_pace: Pace = _FIELD_PACE) -> None:
        self._links = links
        self._paces: dict[Budget, Pace] = {"alarm": alarm_pace, "reminder": reminder_pace, "field": field_pace}

    # --- claiming -------------------------------------------------------------------------------------------------

    def claim(self, conn: Connection, channel: str, now: datetime, *, urgent: bool = False) -> ClaimedMessage | None:
        """Lease a message on this channel, alarms first; None when nothing may go now. `urgent`: alarms only."""
        claimed = self._claim_again(conn, channel, _URGENT, now) or self._begin(conn, channel, now, urgent=urgent)
        if claimed is not None or urgent:
            return claimed
        return self._claim_again(conn, channel, _ROUTINE, now)

    def _claim_again(self, conn: Connection, channel: str, purposes: list[str], now: datetime) -> ClaimedMessage | None:
        """Lease a message that was written down before."""
        times = {"now": now, "beyond": now + _LONGEST_WAIT}
        for again in queries.all(
            conn, "fetch_again", _Again, channel=channel, purposes=purposes, limit=_PEOPLE, **times
        ):
            # One worker at a time begins or tries a person's alarms, so that those that wait find each other.
            if again.is_gathered and self._lock_pace(conn, again.person_id, channel, again.purpose) is None:
                continue
            claimed = queries.one(conn, "claim_message", ClaimedMessage, id=again.id, leased_until=now + LEASE, **times)
            if claimed is None:
                continue
            if not again.is_gathered:
                return claimed
            if claimed.has_failed and self._has_company(conn, claimed):
                if together := self._join(conn, claimed, now):
                    return together
                continue
            if queries.run(conn, "lease_deliveries", id=claimed.id, attempts=claimed.attempts):
                return claimed
            self._close(conn, claimed, "cancelled", now, None)
        return None

    def _lock_pace(self, conn: Connection, person_id: str, channel: str, budget: str) -> Standing | None:
        """Where a person stands; None when another worker is about to tell them."""
        return queries.one(conn, "lock_pace", Standing, person_id=person_id, channel=channel, budget=budget)

    def _has_company(self, conn: Connection, claimed: ClaimedMessage) -> bool:
        mine = {"person_id": claimed.person_id, "channel": claimed.channel, "purpose": claimed.purpose}
        return bool(queries.value(conn, "has_company", id=claimed.id, **mine))

    def _join(self, conn: Connection, claimed: ClaimedMessage, now: datetime) -> ClaimedMessage | None:
        """One message of this one and of all else that waits for its person.

        It has another key: the other side may have taken the old one without our hearing of it. None when all of it is
        being answered at this moment.
        """
        mine = {"person_id": claimed.person_id, "channel": claimed.channel, "purpose": claimed.purpose}
        self._close(conn, claimed, "cancelled", now, None)
        queries.run(conn, "supersede_messages", **mine)
        waiting = _Waiting(claimed.person_id, cast("Budget", claimed.purpose), None)
        return self._gather(conn, claimed.channel, waiting, now)

    def _gather(self, conn: Connection, channel: str, waiting: _Waiting, now: datetime) -> ClaimedMessage | None:
        """A message of all that waits for a person; None when it is all being answered at this moment."""
        mine = {"person_id": waiting.person_id, "channel": channel}
        claimed = queries.one(
            conn, "add_alarm", ClaimedMessage,
            purpose=waiting.budget, alone=waiting.alone_id is not None, now=now, leased_until=now + LEASE, **mine,
        )  # fmt: skip
        if claimed is not None and not queries.run(
            conn, "gather_deliveries", message_id=claimed.id, now=now, beyond=now + _LONGEST_WAIT,
            budget=waiting.budget, alone_id=waiting.alone_id, **mine,
        ):  # fmt: skip
            queries.run(conn, "drop_message", id=claimed.id)
            return None
        return claimed

    def _begin(self, conn: Connection, channel: str, now: datetime, *, urgent: bool) -> ClaimedMessage | None:
        """A new message, of all that waits for the first person who may be told now."""
        farthest = now + max(pace.longest_wait for pace in self._paces.values()) + CLOCK_SLACK
        times = {"now": now, "beyond": now + _LONGEST_WAIT}
        for waiting in queries.all(
            conn, "fetch_waiting", _Waiting, channel=channel, farthest=farthest, limit=_PEOPLE, **times
        ):
            if urgent and waiting.budget != "alarm":
                continue
            claimed = self._begin_for(conn, channel, waiting, now)
            if claimed is not None:
                return claimed
        return None

    def _begin_for(self, conn: Connection, channel: str, waiting: _Waiting, now: datetime) -> ClaimedMessage | None:
        whose = {"person_id": waiting.person_id, "channel": channel, "budget": waiting.budget}
        standing = self._lock_pace(conn, **whose)
        if standing is None and queries.run(conn, "open_pace", now=now, **whose):
            standing = self._lock_pace(conn, **whose)
        pace = self._paces[waiting.budget]
        if standing is None or not decide_pace(standing, pace, now).allowed:
            return None
        superseded = 0
        if waiting.alone_id is None:
            mine = {"person_id": waiting.person_id, "channel": channel, "purpose": waiting.budget}
            superseded = queries.run(conn, "supersede_messages", **mine)
        claimed = self._gather(conn, channel, waiting, now)
        if claimed is None:
            return None
        # What replaces a message that never arrived takes no place of its own.
        after = decide_pace(standing, pace, now, takes=superseded == 0)
        queries.run(
            conn, "save_pace", full_at=after.standing.full_at, last_at=after.standing.last_at,
            returned=after.standing.returned, free_at=after.free_at, **whose,
        )  # fmt: skip
        return claimed

    def renew_leases(self, conn: Connection, message_ids: Collection[int], now: datetime) -> None:
        """These are still being tried."""
        if message_ids:
            queries.run(conn, "renew_leases", ids=list(message_ids), leased_until=now + LEASE)

    # --- what is said ---------------------------------------------------------------------------------------------

    def make_message(self, conn: Connection, claimed: ClaimedMessage, now: datetime) -> Message | None:
        """What to say, as things stand now; None when somebody has answered all of it meanwhile.

        Raises Refused when the person is no longer active.
        """
        person = queries.one(conn, "fetch_addressee", _Person, person_id=claimed.person_id)
        if person is None or not person.active:
            raise Refused("This person is no longer active.")
        common: dict[str, Any] = {
            "key": claimed.key,
            "person": self._addressee(conn, claimed, person),
            "now": now,
            "pages_url": self._links.public_url.rstrip("/") + "/",
        }
        if claimed.purpose == "drill":
            return Message(purpose="drill", confirm_url=self._link(claimed, "reached", now), **common)
        if claimed.purpose == "digest":
            return Message(purpose="digest", digest=_digest(conn, claimed), **common)
        return self._make_alarm(conn, claimed, person, common, now)

    def _make_alarm(
        self, conn: Connection, claimed: ClaimedMessage, person: _Person, common: dict[str, Any], now: datetime
    ) -> Message | None:
        reader = Reader(person.person_id, person.name, person.email, person.language)
        told = queries.all(conn, "fetch_notices", NoticeFacts, id=claimed.id, attempts=claimed.attempts)
        if not told:
            return None
        notices = self._notices(told, reader, now)
        of_field = claimed.purpose == "field"
        before: list[NoticeFacts] = []
        if not of_field:
            before = queries.all(
                conn, "fetch_also_open", NoticeFacts,
                person_id=person.person_id, now=now, but=[facts.incident_id for facts in told], limit=10 * _ALSO_OPEN,
            )  # fmt: skip
        also_open = self._notices(before[:_ALSO_OPEN], reader, now)
        return Message(
            purpose="field" if of_field else "alarm",
            notices=notices,
            also_open=also_open,
            more_open=len(before) - len(also_open),
            is_reminder=claimed.purpose == "reminder",
            going_url=self._answer_url(claimed, notices, now),
            **common,
        )

    def _answer_url(self, claimed: ClaimedMessage, notices: Sequence[Notice], now: datetime) -> str:
        """Where the person answers; several matters of the field have an answer each, and none together."""
        if len(notices) == 1:
            return notices[0].going_url
        return "" if claimed.purpose == "field" else self._link(claimed, "going_some", now)

    def _notices(self, told: Iterable[NoticeFacts], reader: Reader, now: datetime) -> tuple[Notice, ...]:
        made = [make_notice(facts, reader, self._links, now) for facts in told]
        return tuple(sorted(made, key=lambda notice: (notice.kind.rank, notice.occurred_at, notice.incident_id)))

    def _link(self, claimed: ClaimedMessage, action: Literal["going_some", "reached"], now: datetime) -> str:
        return make_link(self._links.secret, self._links.public_url, claimed.person_id, claimed.key, action, now)

    def _addressee(self, conn: Connection, claimed: ClaimedMessage, person: _Person) -> Addressee:
        ways = () if claimed.channel == "mail" else fetch_ways(conn, claimed.person_id, claimed.channel)
        addresses = tuple(Address(way.id, way.address, way.detail) for way in ways)
        return Addressee(person.person_id, person.name, person.email, person.language, addresses)

    # --- how it went ----------------------------------------------------------------------------------------------

    def record_sent(self, conn: Connection, claimed: ClaimedMessage, now: datetime) -> bool:
        """The message has gone out. False while something of it is still to be written down: call again."""
        mine = {"id": claimed.id, "attempts": claimed.attempts}
        if queries.one(conn, "lock_leased", _Id, **mine) is None:
            return True
        sent = queries.all(conn, "save_sent", ClaimedDelivery, now=now, **mine)
        together = {"message": claimed.id, "together": len(sent)}
        notes = [(one.incident_id, Note("sent", one.detail | {"attempts": one.attempts} | together)) for one in sent]
        store.add_entries(conn, notes, now)
        if sent:
            store.announce_all(conn, [one.incident_id for one in sent])
        if queries.value(conn, "count_unsaved", **mine):
            return False
        queries.run(conn, "save_message_sent", id=claimed.id, now=now)
        return True

    def fetch_tried(self, conn: Connection, claimed: ClaimedMessage) -> list[ClaimedDelivery]:
        """The notices of a message that is being tried."""
        return queries.all(conn, "fetch_tried", ClaimedDelivery, id=claimed.id, attempts=claimed.attempts)

    def record_failure(
        self, conn: Connection, claimed: ClaimedMessage, error: DeliveryError, now: datetime, *, defect: bool
    ) -> None:
        """The message did not go out: it is due again later, or given up.

        After a `defect` of ours its notices go one by one. What follows for each incident is the dispatch's to say.
        """
        if queries.one(conn, "lock_leased", _Id, id=claimed.id, attempts=claimed.attempts) is None:
            return
        if error.permanent:
            self._close(conn, claimed, "given_up", now, str(error))
            return
        due_at = now + retry_after(claimed.attempts)
        queries.run(conn, "save_retries", id=claimed.id, attempts=claimed.attempts, due_at=due_at, error=str(error))
        count = queries.value(conn, "count_waiting", id=claimed.id)
        if defect and count > 1:
            queries.run(conn, "set_apart", id=claimed.id)
            self._close(conn, claimed, "cancelled", now, str(error))
        else:
            self._close(conn, claimed, "due", due_at, str(error))

    def record_needless(self, conn: Connection, claimed: ClaimedMessage, now: datetime) -> None:
        """Somebody had answered all of it before it went out."""
        self._close(conn, claimed, "cancelled", now, None)

    def end_ways(self, conn: Connection, channel: str, gone: Sequence[int], now: datetime) -> None:
        """The other side says that these ways of a person are no more."""
        for way_id in gone:
            end_way(conn, way_id, f"refused by {channel}", now)

    def _close(
        self, conn: Connection, claimed: ClaimedMessage, state: str, due_at: datetime, error: str | None
    ) -> None:
        mine = {"id": claimed.id, "attempts": claimed.attempts}
        queries.run(conn, "save_message_failure", state=state, due_at=due_at, error=error, **mine)


_DIGEST = TypeAdapter(Digest)


@dataclass(frozen=True, slots=True)
class _Id:
    id: int


def _digest(conn: Connection, claimed: ClaimedMessage) -> Digest:
    found = queries.one(conn, "fetch_content", _Content, id=claimed.id)
    return Digest(()) if found is None else _DIGEST.validate_python(found.content)
