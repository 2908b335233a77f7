"""What is entered, what a reversal is, and which month may be closed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Conflict, Forbidden, Invalid
from hub.traps.points.ledger import (
    Award,
    Bounty,
    Entry,
    Programme,
    decide_award,
    decide_bounty,
    decide_bounty_reversal,
    decide_month,
    decide_reversal,
    end_of_month,
    month_of,
    parse_month,
    programme_on,
)
from hub.traps.points.sheet import render_batch

DAY = date(2026, 11, 23)
PATROL = Programme(1, "patrol", {"ja": "見回り"}, 100, False, None, None, 4, date(2026, 4, 1), None, "town")
AWARD = Award("k", "patrol", "p-1", DAY, "見回り", "v-1")
ENTRY = Entry(
    3, "k", datetime(2026, 11, 23, tzinfo=UTC), DAY, "patrol", "p-1", "K-01", 100, "見回り", "v-1", None, "p-9", None
)
BOUNTY = Bounty("cl-1", "pest_control", "p-1", DAY, 8000, "2026-0001", None, "p-9")


def test_the_rule_of_the_day_holds() -> None:
    later = replace(PATROL, id=2, points=200, valid_from=date(2026, 12, 1))
    corrected = replace(PATROL, id=3, points=150)
    rules = [later, corrected, PATROL]
    assert programme_on(rules, "patrol", date(2026, 3, 31)) is None
    assert programme_on(rules, "patrol", DAY) == corrected
    assert programme_on(rules, "patrol", date(2026, 12, 1)) == later
    assert programme_on([replace(PATROL, valid_until=DAY)], "patrol", DAY) is not None
    assert programme_on([replace(PATROL, valid_until=DAY)], "patrol", DAY + timedelta(days=1)) is None
    assert programme_on(rules, "other", DAY) is None


def test_a_day_to_come_and_a_day_without_a_rule_are_refused() -> None:
    assert decide_award(AWARD, [PATROL], [], DAY) == PATROL
    with pytest.raises(Conflict):
        decide_award(AWARD, [PATROL], [], DAY - timedelta(days=1))
    with pytest.raises(Conflict):
        decide_award(replace(AWARD, activity_date=date(2026, 3, 31)), [PATROL], [], DAY)


@pytest.mark.parametrize(
    ("given_already", "fits"),
    [
        ([], True),
        ([(date(2026, 11, 1), 200)], True),
        ([(date(2026, 11, 1), 300)], False),
        ([(date(2026, 10, 31), 300)], True),
        ([(date(2026, 11, 1), 300), (date(2026, 11, 1), -300)], True),
        ([(date(2026, 4, 1), 1000)], False),
        ([(date(2026, 3, 31), 1000)], True),
    ],
)
def test_nobody_gets_more_than_the_most_of_a_month_and_a_year(given_already: list, fits: bool) -> None:
    bounded = replace(PATROL, most_per_month=300, most_per_year=1000)
    if fits:
        assert decide_award(AWARD, [bounded], given_already, DAY) == bounded
    else:
        with pytest.raises(Conflict):
            decide_award(AWARD, [bounded], given_already, DAY)


def test_a_reversal_mirrors_its_entry_and_is_final() -> None:
    made = decide_reversal(ENTRY, "r", "誤り", "p-8", "p-9")
    assert (made.amount, made.reversal_of, made.recipient_ref, made.activity_date) == (-100, 3, "K-01", DAY)
    with pytest.raises(Conflict):
        decide_reversal(replace(ENTRY, reversed_by=4), "r", "誤り", None, "p-9")
    with pytest.raises(Conflict):
        decide_reversal(replace(ENTRY, reversal_of=1, amount=-100), "r", "誤り", None, "p-9")


def test_a_claim_is_paid_once_until_it_is_reversed() -> None:
    first = decide_bounty(BOUNTY, "K-01", [])
    assert first is not None
    assert (first.key, first.amount, first.claim_id) == ("claim/cl-1/1", 8000, "cl-1")
    paid = replace(ENTRY, amount=8000, claim_id="cl-1")
    assert decide_bounty(BOUNTY, "K-01", [paid]) is None
    with pytest.raises(Conflict):
        decide_bounty(replace(BOUNTY, yen=7000), "K-01", [paid])
    back = replace(paid, id=4, reversal_of=3, amount=-8000)
    again = decide_bounty(replace(BOUNTY, yen=7000), "K-01", [back, replace(paid, reversed_by=4)])
    assert again is not None
    assert (again.key, again.amount) == ("claim/cl-1/2", 7000)
    assert decide_bounty(replace(BOUNTY, yen=0), "K-01", []) is None


def test_who_approved_a_bounty_does_not_take_it_back() -> None:
    with pytest.raises(Forbidden):
        decide_bounty_reversal(ENTRY, "誤り", "p-9")
    assert decide_bounty_reversal(ENTRY, "誤り", "p-8").amount == -100


def test_months_are_closed_in_their_order_and_not_before_they_begin() -> None:
    decide_month(date(2026, 11, 1), DAY, [])
    decide_month(date(2026, 11, 1), DAY, [date(2026, 9, 1)])
    for month, closed in ((date(2026, 12, 1), []), (date(2026, 10, 1), [date(2026, 11, 1)])):
        with pytest.raises(Conflict):
            decide_month(month, DAY, closed)


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_months_begin_and_end_where_the_calendar_says(day: date) -> None:
    month = month_of(day)
    assert month <= day <= end_of_month(month)
    assert (end_of_month(month) + timedelta(days=1)).day == 1
    assert parse_month(f"{day:%Y-%m}") == month


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "2026-11-23", "9999-12", "0001-01", "２０２６-11"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_month(text)


def test_the_file_is_one_that_excel_opens_and_calculates_nothing_from() -> None:
    entries = [
        replace(ENTRY, id=5, reversal_of=3, amount=-100, reason="=1+1"),
        replace(ENTRY, reason='"竹林", 2 か所', evidence_id="@x"),
    ]
    assert render_batch("points", "points-2026-11", entries).decode() == (
        "\ufeffentry_id,batch_id,activity_date,programme_code,recipient_ref,points,reason,evidence_id,approver,reversal_of"
        '\r\n3,points-2026-11,2026-11-23,patrol,K-01,100,"""竹林"", 2 か所",\'@x,p-9,\r\n'
        "5,points-2026-11,2026-11-23,patrol,K-01,-100,'=1+1,v-1,p-9,3\r\n"
    )
    assert b",yen," in render_batch("bounty", "bounty-2026-11", [])
