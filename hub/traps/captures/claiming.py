"""Claims: filed with a report, decided by staff, under programmes whose rules are dated data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hub.errors import Forbidden, Invalid, NotFound
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.traps.captures import rules, store
from hub.traps.captures.claims import WAITING, Act, Standing, decide_claim
from hub.traps.captures.records import Animal
from hub.traps.captures.rulebook import Rulebook, fetch_rulebook
from hub.traps.captures.rules import Programme
from hub.traps.captures.store import Claim, ClaimEntry, ClaimFilter

if TYPE_CHECKING:
    from hub.traps.captures.service import FullReport

__all__ = ["ApprovedClaim", "AskedClaim", "Claims"]

_TEXT_LENGTH = 1000
# More approved claims without an amount than a town has in years.
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ApprovedClaim:
    """A claim that was just approved; handed to the ledger of bounties. `amount_yen` is None without a town's rate."""

    id: str
    report_id: str
    animal_id: str
    programme: str
    person_id: str
    found_at: datetime
    amount_yen: int | None
    approved_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """Staff ask the writer of a claim something; handed to whoever brings notices."""

    id: str
    report_id: str
    person_id: str
    question: str
    at: datetime


OnApproved = Callable[[Connection, ApprovedClaim], None]
OnAsked = Callable[[Connection, AskedClaim], None]


class Claims:
    """The claims of a town; `on_approved` and `on_asked` are told in the same transaction."""

    def __init__(self, *, zone: ZoneInfo, on_approved: OnApproved, on_asked: OnAsked) -> None:
        self._zone = zone
        self._on_approved = on_approved
        self._on_asked = on_asked

    # --- with a report --------------------------------------------------------------------------------------------

    def file_for(self, conn: Connection, full: "FullReport", actor_id: str, now: datetime) -> None:
        """File what can be claimed for a report's animals; what is filed already stays."""
        if full.report.outcome != "captured":
            return
        programmes = store.queries.all(conn, "fetch_programmes", Programme)
        day = full.report.found_at.astimezone(self._zone).date()
        for animal in full.animals:
            for programme in rules.programmes_for(programmes, animal.species, full.report.hunt_kind, day):
                claim_id = new_id("c")
                if store.queries.run(
                    conn, "add_claim", id=claim_id, animal_id=animal.id, report_id=full.report.id,
                    programme=programme.key, now=now,
                ):  # fmt: skip
                    store.add_claim_entry(conn, claim_id, "filed", actor_id, None, now)

    def after_correction(
        self, conn: Connection, full: "FullReport", actor_id: str, reason: str | None, now: datetime
    ) -> None:
        """Claims follow a corrected report: what fits no more is withdrawn, the rest is looked at again."""
        programmes = store.queries.all(conn, "fetch_programmes", Programme)
        day = full.report.found_at.astimezone(self._zone).date()
        standing = {animal.id: animal for animal in full.animals}
        for claim in store.fetch_claims(conn, ClaimFilter(report_ids=[full.report.id]), 1000):
            animal = standing.get(claim.animal_id) if full.report.outcome == "captured" else None
            fitting = animal and rules.programmes_for(programmes, animal.species, full.report.hunt_kind, day)
            fits = claim.programme in [programme.key for programme in fitting or ()]
            if not fits and claim.state in WAITING:
                self._step(conn, claim, "withdraw", actor_id, reason, now)
            elif claim.state != "withdrawn":
                self._step(conn, claim, "correct", actor_id, reason, now)
        self.file_for(conn, full, actor_id, now)

    # --- what people decide ---------------------------------------------------------------------------------------

    def decide(
        self, conn: Connection, actor: Actor, claim_id: str, act: Act, words: str | None, now: datetime
    ) -> Claim:
        """A step of staff (`approve`, `refuse`, `ask`) or of the writer (`answer`).

        Raises NotFound, Conflict, Forbidden, Invalid as `claims.decide_claim`.
        """
        claim = self.fetch(conn, claim_id)
        is_writer = actor.person_id in (claim.person_id, claim.typed_by)
        if not actor.is_staff and not is_writer:
            raise NotFound("There is no such claim.")
        if act != "answer" and not actor.is_staff:
            raise Forbidden
        if words is not None and len(words) > _TEXT_LENGTH:
            raise Invalid(f"At most {_TEXT_LENGTH} characters.")
        store.queries.value(conn, "lock_claim", id=claim_id)
        after = self._step(conn, self.fetch(conn, claim_id), act, actor.person_id, words, now)
        registry.record(conn, actor, act, f"claim/{claim_id}", now, words=words, amount_yen=after.amount_yen)
        return after

    def _step(self, conn: Connection, claim: Claim, act: Act, actor_id: str, words: str | None, now: datetime) -> Claim:
        book = fetch_rulebook(conn)
        programme = next(one for one in book.programmes if one.key == claim.programme)
        before = Standing(claim.state, claim.person_id, claim.typed_by, claim.seconded_by)
        after, entry = decide_claim(before, act, actor_id, words, four_eyes=programme.four_eyes)
        settled_now = after.state not in WAITING and claim.state in WAITING
        yen = claim.amount_yen
        if after.state == "approved" and settled_now:
            yen = self.amount_of(book, claim, store.fetch_animals(conn, [claim.report_id])[claim.report_id]).yen
        reopened = after.state in WAITING
        store.queries.run(
            conn, "save_claim", id=claim.id, state=after.state, seconded_by=after.seconded_by,
            decided_by=actor_id if settled_now else None if reopened else claim.decided_by,
            decided_at=now if settled_now else None if reopened else claim.decided_at,
            reason=words if act in ("refuse", "ask", "answer") else claim.reason, amount_yen=yen,
        )  # fmt: skip
        store.add_claim_entry(conn, claim.id, entry, actor_id, words, now)
        if entry == "approved":
            self._on_approved(conn, _approved(claim, yen, actor_id, now))
        elif entry == "asked":
            self._on_asked(conn, AskedClaim(claim.id, claim.report_id, claim.person_id, words or "", now))
        return self.fetch(conn, claim.id)

    def price_approved(self, conn: Connection, now: datetime) -> int:
        """Claims that were approved before the town had entered their amount get it now; returns how many.

        What has an amount keeps it: a new rate changes no decided claim.
        """
        book, priced = fetch_rulebook(conn), 0
        for claim in store.fetch_claims(conn, ClaimFilter(states=["approved"], is_unpriced=True), _AT_ONCE):
            animals = store.fetch_animals(conn, [claim.report_id])[claim.report_id]
            yen = self.amount_of(book, claim, animals).yen
            if yen is None or claim.decided_by is None:
                continue
            if not store.queries.run(conn, "price_claim", id=claim.id, amount_yen=yen):
                continue  # somebody else has, meanwhile
            self._on_approved(conn, _approved(claim, yen, claim.decided_by, now))
            registry.record(conn, claim.decided_by, "price", f"claim/{claim.id}", now, amount_yen=yen)
            priced += 1
        return priced

    # --- looking --------------------------------------------------------------------------------------------------

    def fetch(self, conn: Connection, claim_id: str) -> Claim:
        """One claim. Raises NotFound."""
        found = store.fetch_claims(conn, ClaimFilter(claim_id=claim_id)) if is_id(claim_id) else []
        if not found:
            raise NotFound("There is no such claim.")
        return found[0]

    def fetch_all(self, conn: Connection, only: ClaimFilter, limit: int = 100) -> list[Claim]:
        """Claims, the longest waiting first."""
        return store.fetch_claims(conn, only, limit)

    def fetch_asked(self, conn: Connection, person_id: str) -> list[Claim]:
        """The claims about which staff ask a person."""
        return store.fetch_claims(conn, ClaimFilter(states=["asked"], writer_id=person_id))

    def fetch_entries(self, conn: Connection, ids: Sequence[str]) -> list[ClaimEntry]:
        """All that happened to claims, oldest first."""
        return store.queries.all(conn, "fetch_claim_entries", ClaimEntry, ids=list(ids))

    def count(self, conn: Connection) -> dict[str, int]:
        """How many claims stand in each state."""
        return store.count_claims(conn)

    def amount_of(self, book: Rulebook, claim: Claim, animals: Sequence[Animal]) -> rules.Amount:
        """What a claim's animal comes to on the day it was found."""
        animal = next((one for one in animals if one.id == claim.animal_id), None)
        if animal is None:
            return rules.Amount(None, None, None)
        return rules.amount(animal, claim.programme, claim.found_at.astimezone(self._zone).date(), book.rates)


def _approved(claim: Claim, yen: int | None, approver: str, now: datetime) -> ApprovedClaim:
    return ApprovedClaim(
        claim.id, claim.report_id, claim.animal_id, claim.programme, claim.person_id, claim.found_at, yen, approver, now
    )
