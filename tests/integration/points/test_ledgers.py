"""The ledgers in a real database: random histories, two approvers, and what the database itself refuses."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Conflict, Forbidden, HubError, NotFound
from hub.registry import service as registry
from hub.registry.people import Actor, NewPerson
from hub.store import Connection, Database
from hub.traps.points.ledger import Award, Bounty, Entry, Programme
from hub.traps.points.service import Points

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY = date(2026, 11, 23)
POINTS = Points(zone=ZoneInfo("Asia/Tokyo"))
PATROL = Programme(0, "patrol", {"ja": "見回り"}, 100, False, None, None, 4, date(2026, 4, 1), None, "town")
CLEARING = Programme(0, "clearing", {"ja": "草刈り"}, 300, True, 600, None, 4, date(2026, 4, 1), None, "town")


@dataclass
class Office:
    conn: Connection
    first: Actor
    second: Actor
    people: list[str] = field(default_factory=list)

    def award(self, key: str, person: int = 0, programme: str = "patrol", day: date = DAY):
        award = Award(key, programme, self.people[person], day, "働き", "v-1")
        return POINTS.award(self.conn, self.first, award, NOON)

    def refuses(self, statement: str) -> None:
        with pytest.raises(psycopg.Error), self.conn.transaction():
            self.conn.execute(statement)


@contextmanager
def opened_office(url: str) -> Iterator[Office]:
    """An office whose work is undone at the end."""
    database = Database(url, name="points", max_size=2)
    try:
        with database.transaction() as conn:
            system = Actor("system", "system", frozenset({"staff"}))
            ids = [
                registry.create_person(conn, system, NewPerson(name, frozenset({role})), NOON)[0]
                for name, role in (("a", "staff"), ("b", "staff"), ("c", "hunter"), ("d", "hunter"), ("e", "hunter"))
            ]
            staff = [Actor(one, one, frozenset({"staff"})) for one in ids[:2]]
            office = Office(conn, staff[0], staff[1], ids[2:])
            for number, person in enumerate(office.people[:2]):
                POINTS.save_ref(conn, office.first, person, f"K-{number}", NOON)
            for programme in (PATROL, CLEARING):
                POINTS.add_programme(conn, office.first, programme, NOON)
            yield office
            conn.rollback()
    finally:
        database.close()


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    with opened_office(database_url) as made:
        yield made


def ledger(office: Office, name: str) -> list[Entry]:
    return POINTS.fetch_entries(office.conn, name, None, limit=1000)


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


MONTHS = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("award"), st.integers(0, 30), st.integers(0, 1), st.sampled_from(["patrol", "clearing"]),
            st.dates(date(2026, 9, 1), DAY),
        ),
        st.tuples(st.just("reverse"), st.integers(0, 30)),
        st.tuples(st.just("approve"), st.integers(0, 10)),
        st.tuples(st.just("bounty"), st.integers(0, 8), st.integers(0, 1), st.integers(0, 3)),
        st.tuples(st.just("take back"), st.integers(0, 10)),
        st.tuples(st.just("close"), st.sampled_from(["points", "bounty"]), st.sampled_from(MONTHS)),
    ),
    max_size=40,
)  # fmt: skip


def play(office: Office, step: tuple) -> None:
    conn = office.conn
    match step:
        case ("award", key, person, programme, day):
            office.award(f"k-{key}", person, programme, day)
        case ("reverse", number):
            entries = ledger(office, "points")
            if entries:
                POINTS.reverse(conn, office.first, entries[number % len(entries)].id, "誤り", NOON)
        case ("approve", number):
            waiting = POINTS.fetch_proposals(conn)
            if waiting:
                POINTS.approve(conn, office.second, waiting[number % len(waiting)].id, NOON)
        case ("bounty", claim, person, thousands):
            bounty = Bounty(
                f"cl-{claim}", "pest", office.people[person], DAY, thousands * 1000, "n-1", None, office.first.person_id
            )
            POINTS.pay_bounty(conn, bounty, NOON)
        case ("take back", number):
            entries = ledger(office, "bounty")
            if entries:
                POINTS.reverse_bounty(conn, office.second, entries[number % len(entries)].id, "誤り", NOON)
        case ("close", name, month):
            POINTS.close_month(conn, office.first, name, month, NOON)


@pytest.fixture(scope="module")
def shared_url(database_server) -> Iterator[str]:
    url = database_server.migrated()
    yield url
    database_server.drop(url)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_whatever_happens_each_entry_is_in_one_file_and_files_never_change(shared_url: str, steps: list[tuple]) -> None:
    with opened_office(shared_url) as office:
        conn, seen = office.conn, {}
        for step in steps:
            try:
                with conn.transaction():
                    play(office, step)
            except HubError:
                pass
            for name in ("points", "bounty"):
                for batch in POINTS.fetch_batches(conn, name):
                    content = POINTS.fetch_file(conn, name, batch.month)
                    assert seen.setdefault(batch.id, content) == content
        for name, amount in (("points", "points"), ("bounty", "yen")):
            each_is_in_one_file(office, name, amount)
            each_is_taken_back_once(office, name)
        no_bound_is_passed(office)
        no_claim_is_paid_twice(office)


def each_is_in_one_file(office: Office, name: str, amount: str) -> None:
    """Files and what is open make the ledger, and its sums; `amount` is the files' column."""
    conn = office.conn
    # The last month takes all that is left, unless it is closed already; then it stands open, and is seen so.
    POINTS.close_month(conn, office.first, name, MONTHS[-1], NOON)
    batches = POINTS.fetch_batches(conn, name)
    rows = [row for batch in batches for row in read(POINTS.fetch_file(conn, name, batch.month))]
    rest = POINTS.fetch_open(conn, name, date(2026, 12, 1))
    entries = {entry.id: entry for entry in ledger(office, name)}
    exported = [int(row["entry_id"]) for row in rows]
    assert sorted(exported + [entry.id for entry in rest]) == sorted(entries)
    assert all(int(row[amount]) == entries[int(row["entry_id"])].amount for row in rows)
    total = sum(int(row[amount]) for row in rows) + sum(entry.amount for entry in rest)
    assert total == sum(entry.amount for entry in entries.values()) == POINTS.balance(conn, name, None)
    assert total == sum(POINTS.balance(conn, name, person) for person in office.people)


def each_is_taken_back_once(office: Office, name: str) -> None:
    entries = {entry.id: entry for entry in ledger(office, name)}
    back = [entry for entry in entries.values() if entry.reversal_of is not None]
    assert len({entry.reversal_of for entry in back}) == len(back)
    for entry in back:
        first = entries[entry.reversal_of]
        assert first.reversal_of is None
        assert (first.amount, first.person_id) == (-entry.amount, entry.person_id)
    assert min((POINTS.balance(office.conn, name, person) for person in office.people), default=0) >= 0


def no_bound_is_passed(office: Office) -> None:
    """A person's living awards of a programme and month."""
    for person in office.people:
        for month in MONTHS:
            got = [
                entry.amount
                for entry in ledger(office, "points")
                if (entry.person_id, entry.programme, entry.activity_date.replace(day=1)) == (person, "clearing", month)
            ]
            assert sum(got) <= 600


def no_claim_is_paid_twice(office: Office) -> None:
    living: dict[str, int] = {}
    for entry in ledger(office, "bounty"):
        living[entry.claim_id or ""] = living.get(entry.claim_id or "", 0) + (1 if entry.amount > 0 else -1)
    assert set(living.values()) <= {0, 1}


def test_the_same_key_is_one_award_and_another_one_under_it_is_refused(office: Office) -> None:
    first, again = office.award("k-1"), office.award("k-1")
    assert first.entry is not None
    assert first.entry == again.entry
    with pytest.raises(Conflict):
        office.award("k-1", person=1)
    assert POINTS.balance(office.conn, "points", office.people[0]) == 100


def test_a_person_without_a_reference_and_one_who_is_not_there_get_nothing(office: Office) -> None:
    with pytest.raises(Conflict):
        office.award("k-1", person=2)
    with pytest.raises(NotFound):
        POINTS.award(office.conn, office.first, Award("k", "patrol", "p-nobody", DAY, "x", "v"), NOON)
    with pytest.raises(Conflict):
        POINTS.save_ref(office.conn, office.first, office.people[2], "K-0", NOON)


def test_two_decide_where_the_programme_says_so(office: Office) -> None:
    waiting = office.award("k-1", programme="clearing").proposal
    assert waiting is not None
    assert POINTS.balance(office.conn, "points", None) == 0
    with pytest.raises(Forbidden):
        POINTS.approve(office.conn, office.first, waiting.id, NOON)
    entry = POINTS.approve(office.conn, office.second, waiting.id, NOON)
    assert (entry.proposed_by, entry.approver) == (office.first.person_id, office.second.person_id)
    with pytest.raises(Conflict):
        POINTS.approve(office.conn, office.second, waiting.id, NOON)
    back = POINTS.reverse(office.conn, office.second, entry.id, "誤り", NOON).proposal
    assert back is not None
    with pytest.raises(Conflict):
        POINTS.reverse(office.conn, office.first, entry.id, "誤り", NOON)
    POINTS.approve(office.conn, office.first, back.id, NOON)
    assert POINTS.balance(office.conn, "points", None) == 0


def test_what_waits_counts_towards_the_most_of_a_month(office: Office) -> None:
    for number in range(2):
        office.award(f"k-{number}", programme="clearing")
    with pytest.raises(Conflict):
        office.award("k-2", programme="clearing")
    POINTS.refuse(office.conn, office.first, POINTS.fetch_proposals(office.conn)[0].id, NOON)
    office.award("k-3", programme="clearing")


def test_what_comes_after_the_file_stands_in_the_next_one(office: Office) -> None:
    october = date(2026, 10, 5)
    first = office.award("k-1", day=october).entry
    batch = POINTS.close_month(office.conn, office.first, "points", date(2026, 10, 1), NOON)
    content = POINTS.fetch_file(office.conn, "points", date(2026, 10, 1))
    assert first is not None
    POINTS.reverse(office.conn, office.first, first.id, "誤り", NOON)
    office.award("k-2", day=october)
    assert POINTS.close_month(office.conn, office.second, "points", date(2026, 10, 1), NOON) == batch
    assert POINTS.fetch_file(office.conn, "points", date(2026, 10, 1)) == content
    POINTS.close_month(office.conn, office.first, "points", date(2026, 11, 1), NOON)
    rows = read(POINTS.fetch_file(office.conn, "points", date(2026, 11, 1)))
    assert [(row["points"], row["reversal_of"]) for row in rows] == [("-100", str(first.id)), ("100", "")]
    with pytest.raises(NotFound):
        POINTS.fetch_file(office.conn, "points", date(2026, 9, 1))


def test_the_database_refuses_what_no_program_should_do(office: Office) -> None:
    entry = office.award("k-1").entry
    assert entry is not None
    number = entry.id
    office.refuses(f"update points_entry set points = 1 where id = {number}")
    office.refuses(f"delete from points_entry where id = {number}")
    office.refuses("truncate points_entry cascade")
    kept = "recipient_ref, {}, reason, evidence_id, approver"
    columns = f"key, entered_at, activity_date, programme, person_id, {kept.format('points')}, reversal_of"
    for points, person in (("-1", "person_id"), ("100", "person_id"), ("-100", f"'{office.people[1]}'")):
        office.refuses(
            f"insert into points_entry ({columns}) select 'x', entered_at, activity_date, programme, {person},"
            f" {kept.format(points)}, id from points_entry where id = {number}"
        )
    back = POINTS.reverse(office.conn, office.first, number, "誤り", NOON).entry
    assert back is not None
    office.refuses(
        f"insert into points_entry ({columns}) select 'y', entered_at, activity_date, programme, person_id,"
        f" {kept.format('100')}, id from points_entry where id = {back.id}"
    )
