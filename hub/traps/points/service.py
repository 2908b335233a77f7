"""What the rest of the hub asks of the ledgers: award, approve, reverse, pay, close a month, look.

Each use case works in the caller's transaction and leaves its line in the audit log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.errors import Conflict, Forbidden, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.traps.points.ledger import (
    Award,
    Bounty,
    Entry,
    NewEntry,
    Programme,
    decide_award,
    decide_bounty,
    decide_bounty_reversal,
    decide_month,
    decide_reversal,
    end_of_month,
)
from hub.traps.points.sheet import Ledger, batch_name, render_batch
from hub.traps.points.store import Batch, LedgerStore, PointsStore, Proposal

__all__ = ["Outcome", "Points"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an award or a reversal: an entry, or a proposal that waits for a second member of staff."""

    entry: Entry | None
    proposal: Proposal | None


class Points:
    """The ledgers of a town; `zone` is the one of its calendar."""

    def __init__(self, *, zone: ZoneInfo) -> None:
        self._zone = zone
        self._store = PointsStore()
        self._ledgers: dict[Ledger, LedgerStore] = {"points": self._store, "bounty": LedgerStore("bounty")}

    # --- points -----------------------------------------------------------------------------------------------------

    def award(self, conn: Connection, actor: Actor, award: Award, now: datetime) -> Outcome:
        """Give a person a programme's points, or propose it where two decide. The same key gives the first answer.

        Raises NotFound (no such person), Conflict (a day to come, no reference, no programme, too much, another award
        under the key).
        """
        self._store.lock(conn)
        known = self._known(conn, award.key)
        if known is not None:
            found = known.entry or known.proposal
            if found is None or (found.person_id, found.programme, found.activity_date, found.reversal_of) != (
                award.person_id, award.programme, award.activity_date, None,
            ):  # fmt: skip
                raise Conflict("This key was used for something else.")
            return known
        registry.fetch_person(conn, award.person_id)
        ref = self._ref(conn, award.person_id)
        rule = self._rule(conn, award, now)
        if rule.four_eyes:
            return self._propose(conn, actor, award, rule.points, None, now)
        entry = _entry(award, ref, rule.points, None, actor.person_id)
        return Outcome(self._enter(conn, actor, entry, "award points", now), None)

    def reverse(self, conn: Connection, actor: Actor, entry_id: int, reason: str, now: datetime) -> Outcome:
        """Take an entry back, or propose it where two decide. Raises NotFound, Conflict."""
        self._store.lock(conn)
        entry = self.fetch_entry(conn, "points", entry_id)
        if self._store.fetch_proposals(conn, reversal_of=entry_id):
            raise Conflict("The reversal of this entry waits to be approved.")
        reversal = decide_reversal(entry, f"reversal/{new_id('r')}", reason, None, actor.person_id)
        rules = [rule for rule in self._store.fetch_programmes(conn) if rule.code == entry.programme]
        if any(rule.four_eyes for rule in rules):
            award = Award(
                reversal.key, entry.programme, entry.person_id, entry.activity_date, reason, entry.evidence_id
            )
            return self._propose(conn, actor, award, reversal.amount, entry.id, now)
        return Outcome(self._enter(conn, actor, reversal, "reverse points", now), None)

    def approve(self, conn: Connection, actor: Actor, proposal_id: str, now: datetime) -> Entry:
        """A second person agrees: the entry is made. Raises NotFound, Forbidden for who proposed it, Conflict."""
        self._store.lock(conn)
        proposal = self._waiting(conn, proposal_id)
        if proposal.proposed_by == actor.person_id:
            raise Forbidden("Somebody else than who proposed it approves.")
        if proposal.reversal_of is not None:
            entry = self.fetch_entry(conn, "points", proposal.reversal_of)
            new = decide_reversal(entry, proposal.key, proposal.reason, proposal.proposed_by, actor.person_id)
            act = "reverse points"
        else:
            award = _award(proposal)
            self._rule(conn, award, now, but=proposal.id)
            ref = self._ref(conn, proposal.person_id)
            new, act = _entry(award, ref, proposal.points, proposal.proposed_by, actor.person_id), "award points"
        made = self._enter(conn, actor, new, act, now)
        self._store.save_decision(conn, proposal_id, "approved", actor.person_id, now, made.id)
        return made

    def refuse(self, conn: Connection, actor: Actor, proposal_id: str, now: datetime) -> None:
        """It is not to be; who proposed it may take it back so, too. Raises NotFound, Conflict."""
        self._store.lock(conn)
        self._waiting(conn, proposal_id)
        self._store.save_decision(conn, proposal_id, "refused", actor.person_id, now, None)
        registry.record(conn, actor, "refuse points", f"points-proposal/{proposal_id}", now)

    def add_programme(self, conn: Connection, actor: Actor, programme: Programme, now: datetime) -> int:
        """A rule from a day on. Raises Conflict when it would end before it begins."""
        if programme.valid_until is not None and programme.valid_until < programme.valid_from:
            raise Conflict("The last day is not before the first.")
        number = self._store.add_programme(conn, programme)
        registry.record(
            conn, actor, "add points programme", f"points-programme/{programme.code}", now,
            points=programme.points, valid_from=programme.valid_from,
        )  # fmt: skip
        return number

    def save_ref(self, conn: Connection, actor: Actor, person_id: str, ref: str, now: datetime) -> None:
        """By which reference the city's system knows a person. Raises NotFound; Conflict for somebody else's."""
        registry.fetch_person(conn, person_id)
        self._store.lock(conn)
        if not self._store.save_ref(conn, person_id, ref):
            raise Conflict("Somebody else has this reference.")
        registry.record(conn, actor, "set points reference", f"person/{person_id}", now)

    # --- bounty -----------------------------------------------------------------------------------------------------

    def pay_bounty(self, conn: Connection, bounty: Bounty, now: datetime) -> int | None:
        """A claim was approved: its bounty stands in the ledger, once however often this is called.

        Returns the new entry's number, None when there was nothing to do. Raises Conflict (see `decide_bounty`).
        """
        ledger = self._ledgers["bounty"]
        ledger.lock(conn)
        ref = self._store.fetch_ref(conn, bounty.person_id) or bounty.person_id
        entry = decide_bounty(bounty, ref, ledger.fetch(conn, claim_id=bounty.claim_id))
        if entry is None:
            return None
        number = ledger.add(conn, entry, now)
        registry.record(conn, bounty.approver, "pay bounty", f"claim/{bounty.claim_id}", now, yen=bounty.yen)
        return number

    def reverse_bounty(self, conn: Connection, actor: Actor, entry_id: int, reason: str, now: datetime) -> Entry:
        """Take a bounty back. Raises NotFound, Forbidden for who approved it, Conflict."""
        ledger = self._ledgers["bounty"]
        ledger.lock(conn)
        new = decide_bounty_reversal(self.fetch_entry(conn, "bounty", entry_id), reason, actor.person_id)
        number = ledger.add(conn, new, now)
        registry.record(conn, actor, "reverse bounty", f"bounty-entry/{entry_id}", now, reason=reason)
        return self.fetch_entry(conn, "bounty", number or 0)

    # --- months -----------------------------------------------------------------------------------------------------

    def close_month(self, conn: Connection, actor: Actor, ledger: Ledger, month: date, now: datetime) -> Batch:
        """Make the file of a month; of a closed one, the file that there is. Raises Conflict (see `decide_month`)."""
        store = self._ledgers[ledger]
        store.lock(conn)
        batches = {batch.month: batch for batch in store.fetch_batches(conn)}
        if month in batches:
            return batches[month]
        decide_month(month, self.today(now), batches)
        entries = store.fetch_open(conn, end_of_month(month))
        name = batch_name(ledger, f"{month:%Y-%m}")
        batch = Batch(name, month, now, actor.person_id, len(entries), sum(entry.amount for entry in entries))
        store.add_batch(conn, batch, render_batch(ledger, name, entries), [entry.id for entry in entries])
        registry.record(conn, actor, f"close {ledger}", f"batch/{name}", now, entries=batch.entries, total=batch.total)
        return batch

    def fetch_file(self, conn: Connection, ledger: Ledger, month: date) -> bytes:
        """The file of a closed month. Raises NotFound."""
        content = self._ledgers[ledger].fetch_content(conn, month)
        if content is None:
            raise NotFound("This month is not closed yet.")
        return content

    # --- looking ----------------------------------------------------------------------------------------------------

    def today(self, now: datetime) -> date:
        """The day of the town's calendar."""
        return now.astimezone(self._zone).date()

    def fetch_entry(self, conn: Connection, ledger: Ledger, entry_id: int) -> Entry:
        """One entry. Raises NotFound."""
        found = self._ledgers[ledger].fetch(conn, entry_id=entry_id)
        if not found:
            raise NotFound
        return found[0]

    def fetch_entries(
        self, conn: Connection, ledger: Ledger, person_id: str | None, *, before: int | None = None, limit: int = 100
    ) -> list[Entry]:
        """Entries, the newest first; everybody's for None."""
        return self._ledgers[ledger].fetch(conn, person_id=person_id, before=before, limit=limit)

    def balance(self, conn: Connection, ledger: Ledger, person_id: str | None) -> int:
        """The sum of a person's entries, of everybody's for None."""
        return self._ledgers[ledger].balance(conn, person_id)

    def balances(self, conn: Connection, ledger: Ledger) -> Mapping[str, int]:
        """The sums of everybody who has entries."""
        return self._ledgers[ledger].balances(conn)

    def fetch_batches(self, conn: Connection, ledger: Ledger) -> list[Batch]:
        """The closed months, the newest first."""
        return self._ledgers[ledger].fetch_batches(conn)

    def fetch_open(self, conn: Connection, ledger: Ledger, month: date) -> list[Entry]:
        """What the file of a month would hold now."""
        return self._ledgers[ledger].fetch_open(conn, end_of_month(month))

    def fetch_proposals(self, conn: Connection, state: str | None = "waiting") -> list[Proposal]:
        """Proposals in a state, the oldest first; all for None."""
        return self._store.fetch_proposals(conn, state=state)

    def fetch_programmes(self, conn: Connection) -> list[Programme]:
        """Every row of every programme, the newest rule of each first."""
        return self._store.fetch_programmes(conn)

    def fetch_refs(self, conn: Connection) -> Mapping[str, str]:
        """Everybody's reference, by person."""
        return self._store.fetch_refs(conn)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _ref(self, conn: Connection, person_id: str) -> str:
        ref = self._store.fetch_ref(conn, person_id)
        if ref is None:
            raise Conflict("This person has no reference number of the city yet.")
        return ref

    def _rule(self, conn: Connection, award: Award, now: datetime, but: str = "") -> Programme:
        given = self._store.fetch_given(conn, award.person_id, award.programme, but)
        return decide_award(award, self._store.fetch_programmes(conn), given, self.today(now))

    def _known(self, conn: Connection, key: str) -> Outcome | None:
        entries = self._store.fetch(conn, key=key)
        proposals = self._store.fetch_proposals(conn, key=key)
        if not entries and not proposals:
            return None
        return Outcome(entries[0] if entries else None, proposals[0] if proposals else None)

    def _waiting(self, conn: Connection, proposal_id: str) -> Proposal:
        found = self._store.fetch_proposals(conn, proposal_id=proposal_id)
        if not found:
            raise NotFound
        if found[0].state != "waiting":
            raise Conflict("This is decided already.")
        return found[0]

    def _propose(
        self, conn: Connection, actor: Actor, award: Award, points: int, reversal_of: int | None, now: datetime
    ) -> Outcome:
        proposal = Proposal(
            new_id("pp"), award.key, reversal_of, award.activity_date, award.programme, award.person_id, points,
            award.reason, award.evidence_id, actor.person_id, now,
        )  # fmt: skip
        self._store.add_proposal(conn, proposal)
        thing = f"points-proposal/{proposal.id}"
        registry.record(conn, actor, "propose points", thing, now, person=award.person_id, points=points)
        return Outcome(None, proposal)

    def _enter(self, conn: Connection, actor: Actor, entry: NewEntry, act: str, now: datetime) -> Entry:
        number = self._store.add(conn, entry, now)
        if number is None:
            raise Conflict("This key was used for something else.")
        thing = f"points-entry/{number}"
        registry.record(conn, actor, act, thing, now, person=entry.person_id, points=entry.amount, reason=entry.reason)
        return self.fetch_entry(conn, "points", number)


def _award(proposal: Proposal) -> Award:
    return Award(
        proposal.key,
        proposal.programme,
        proposal.person_id,
        proposal.activity_date,
        proposal.reason,
        proposal.evidence_id,
    )


def _entry(award: Award, ref: str, points: int, proposed_by: str | None, approver: str) -> NewEntry:
    return NewEntry(
        award.key, award.activity_date, award.programme, award.person_id, ref, points, award.reason,
        award.evidence_id, proposed_by, approver,
    )  # fmt: skip
