"""The ledgers in the database. Every function works in the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from hub.store import Connection, Queries
from hub.traps.points.ledger import Entry, NewEntry, Programme
from hub.traps.points.sheet import Ledger

__all__ = ["Batch", "LedgerStore", "PointsStore", "Proposal"]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Batch:
    """The file of a closed month; `total` in points or yen."""

    id: str
    month: date
    closed_at: datetime
    closed_by: str
    entries: int
    total: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """An award, or a reversal of the entry `reversal_of`, that a second member of staff decides."""

    id: str
    key: str
    reversal_of: int | None
    activity_date: date
    programme: str
    person_id: str
    points: int
    reason: str
    evidence_id: str
    proposed_by: str
    proposed_at: datetime
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    entry_id: int | None = None


class LedgerStore:
    """One of the two ledgers."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Ledger = ledger

    def lock(self, conn: Connection) -> None:
        """Let nobody else write an entry or close a month until the transaction ends."""
        _queries.run(conn, "lock_ledgers")

    def add(self, conn: Connection, entry: NewEntry, now: datetime) -> int | None:
        """Write an entry; its number, None when the key is known."""
        parameters = asdict(entry) | {"entered_at": now}
        return _queries.value(conn, f"add_{self.ledger}", **parameters)

    def fetch(
        self,
        conn: Connection,
        *,
        person_id: str | None = None,
        entry_id: int | None = None,
        key: str | None = None,
        claim_id: str | None = None,
        before: int | None = None,
        limit: int = 1000,
    ) -> list[Entry]:
        """Entries, the newest first; None does not narrow."""
        return _queries.all(
            conn,
            f"fetch_{self.ledger}",
            Entry,
            person_id=person_id,
            id=entry_id,
            key=key,
            claim_id=claim_id,
            before=before,
            limit=limit,
        )

    def balance(self, conn: Connection, person_id: str | None) -> int:
        """The sum of a person's entries, of everybody's for None."""
        return _queries.value(conn, f"fetch_{self.ledger}_balance", person_id=person_id)

    def balances(self, conn: Connection) -> Mapping[str, int]:
        """The sums of everybody who has entries."""
        return dict(conn.execute(_queries.statements[f"fetch_{self.ledger}_balances"]).fetchall())

    def fetch_open(self, conn: Connection, until: date) -> list[Entry]:
        """What no file holds yet, for days up to `until`."""
        return _queries.all(conn, f"fetch_{self.ledger}_open", Entry, until=until)

    def add_batch(self, conn: Connection, batch: Batch, content: bytes, entry_ids: Sequence[int]) -> None:
        """Keep a month's file and which entries it holds."""
        _queries.run(conn, f"add_{self.ledger}_batch", **asdict(batch), content=content)
        _queries.run(conn, f"fill_{self.ledger}_batch", id=batch.id, entry_ids=list(entry_ids))

    def fetch_batches(self, conn: Connection, month: date | None = None) -> list[Batch]:
        """The closed months, the newest first."""
        return _queries.all(conn, f"fetch_{self.ledger}_batches", Batch, month=month)

    def fetch_content(self, conn: Connection, month: date) -> bytes | None:
        """The bytes of a month's file; None when it is not closed."""
        return _queries.value(conn, f"fetch_{self.ledger}_content", month=month)


class PointsStore(LedgerStore):
    """The ledger of points, with its programmes, references and proposals."""

    def __init__(self) -> None:
        super().__init__("points")

    def fetch_programmes(self, conn: Connection) -> list[Programme]:
        """Every row of every programme."""
        return _queries.all(conn, "fetch_programmes", Programme)

    def add_programme(self, conn: Connection, programme: Programme) -> int:
        """Add a rule; returns its number (that of `programme` is not looked at)."""
        words = json.dumps(dict(programme.words), ensure_ascii=False)
        return _queries.value(conn, "add_programme", **asdict(programme) | {"words": words})

    def fetch_ref(self, conn: Connection, person_id: str) -> str | None:
        """The city's reference of a person."""
        return _queries.value(conn, "fetch_ref", person_id=person_id)

    def fetch_refs(self, conn: Connection) -> Mapping[str, str]:
        """Everybody's reference, by person."""
        return dict(conn.execute(_queries.statements["fetch_refs"]).fetchall())

    def save_ref(self, conn: Connection, person_id: str, ref: str) -> bool:
        """Give a person a reference; False when somebody else has it."""
        return _queries.run(conn, "save_ref", person_id=person_id, ref=ref) == 1

    def fetch_given(self, conn: Connection, person_id: str, programme: str, but: str = "") -> list[tuple[date, int]]:
        """Days and amounts of a person's entries and waiting awards, without the proposal `but`."""
        parameters = {"person_id": person_id, "programme": programme, "but": but}
        return [(row[0], row[1]) for row in conn.execute(_queries.statements["fetch_given"], parameters).fetchall()]

    def add_proposal(self, conn: Connection, proposal: Proposal) -> None:
        """Keep a proposal."""
        _queries.run(conn, "add_proposal", **asdict(proposal))

    def fetch_proposals(
        self,
        conn: Connection,
        *,
        proposal_id: str | None = None,
        key: str | None = None,
        reversal_of: int | None = None,
        state: str | None = None,
        limit: int = 500,
    ) -> list[Proposal]:
        """Proposals, the oldest first; None does not narrow."""
        return _queries.all(
            conn, "fetch_proposals", Proposal, id=proposal_id, key=key, reversal_of=reversal_of, state=state,
            limit=limit,
        )  # fmt: skip

    def save_decision(
        self, conn: Connection, proposal_id: str, state: str, actor_id: str, now: datetime, entry_id: int | None
    ) -> None:
        """What was decided of a proposal that waited."""
        _queries.run(
            conn, "decide_proposal", id=proposal_id, state=state, decided_by=actor_id, decided_at=now, entry_id=entry_id
        )
