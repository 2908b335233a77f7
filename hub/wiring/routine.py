"""What comes by the calendar: the drills and the morning's summaries, with what other areas say in these."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.alerts.routine.digests import DigestReader, Digests, DigestSections, Section
from hub.alerts.routine.drills import Drills
from hub.config import Settings
from hub.store import Connection
from hub.texts import msgid, nmsgid
from hub.texts.words import PERMIT_MATTERS
from hub.traps.captures.claiming import Claims
from hub.traps.captures.claims import WAITING
from hub.traps.captures.store import ClaimFilter
from hub.traps.patrols.days import day_of
from hub.traps.permits import service as permits
from hub.wiring.channels import channel_names

__all__ = ["asked_claims", "make_digests", "make_drills", "permit_matters", "waiting_claims"]

# Staff need to know that some wait, and about how many.
_MOST = 100


def make_drills(settings: Settings) -> Drills:
    """The town's drills."""
    return Drills(
        zone=ZoneInfo(settings.time_zone),
        weekday=settings.drill_weekday if settings.drill else None,
        at=settings.drill_at,
        channels=channel_names(settings),
        confirm_days=settings.drill_confirm_days,
    )


def make_digests(settings: Settings, drills: Drills, sections: Sequence[DigestSections]) -> Digests:
    """The town's summaries, with the sections of other areas."""
    return Digests(
        zone=ZoneInfo(settings.time_zone),
        at=settings.digest_at if settings.digest else None,
        channels=channel_names(settings),
        drills=drills,
        sections=sections,
        always_for_staff=settings.digest_always_for_staff,
    )


def waiting_claims(claims: Claims) -> DigestSections:
    """For staff: how many claims wait for a decision, and since when."""

    def sections(conn: Connection, reader: DigestReader, _now: datetime) -> list[Section]:
        if not reader.actor.is_staff:
            return []
        waiting = claims.fetch_all(conn, ClaimFilter(states=sorted(WAITING)), limit=_MOST)
        if not waiting:
            return []
        words = {"n": len(waiting), "since": reader.at(waiting[0].filed_at)}
        many = nmsgid("%(n)d claim, the oldest of %(since)s", "%(n)d claims, the oldest of %(since)s")
        line = reader.translate.count(many, len(waiting)) % words
        return [(reader.translate(msgid("Claims that wait for a decision")), (line,))]

    return sections


def asked_claims(claims: Claims) -> DigestSections:
    """For whoever wrote a claim that staff have sent back with a question: which, and what they ask."""

    def sections(conn: Connection, reader: DigestReader, _now: datetime) -> list[Section]:
        asked = claims.fetch_asked(conn, reader.actor.person_id)
        lines = tuple(
            f"{claim.device_name} ({reader.at(claim.found_at)}): {claim.reason or ''}".rstrip(": ") for claim in asked
        )
        return [(reader.translate(msgid("The office asks about your claims")), lines)] if lines else []

    return sections


def permit_matters(zone: ZoneInfo) -> DigestSections:
    """What is due with permits: for staff all of it, for hunters what ends or is to be reported of their own."""

    def sections(conn: Connection, reader: DigestReader, now: datetime) -> list[Section]:
        known = {permit.id: permit for permit in permits.fetch_permits(conn)}
        if not known:
            # A town that keeps its permits elsewhere must not hear each morning that no trap has one.
            return []
        lines: list[str] = []
        for matter in permits.fetch_matters(conn, day_of(now, zone)):
            permit = known.get(matter.permit_id or "")
            is_own = permit is not None and reader.actor.person_id in permit.hunters
            if reader.actor.is_staff or is_own:
                words = [reader.translate(PERMIT_MATTERS[matter.kind])]
                words += [permit.number] if permit else []
                words += [matter.day.isoformat()] if matter.day else []
                lines.append(" ".join(words))
        return [(reader.translate(msgid("Permits")), tuple(lines))] if lines else []

    return sections
