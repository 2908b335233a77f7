"""Two ledgers that only grow: what is entered, what a reversal is, and which month may be closed. Pure.

1.  An entry is never changed. It is corrected by a reversal: the same person, programme and day, the amount negated.
2.  An entry is reversed once at most; a reversal is final. Whoever wants it back is awarded anew.
3.  A balance is the sum of entries, derived whenever it is asked for.
4.  The same key is entered once, however often it is sent.
5.  A month is closed once. Its file holds every entry for a day up to its end that no earlier file holds; what comes
    later stands in the next one. So each entry is in exactly one file, sooner or later.
6.  What a programme gives, who approves, and the most that a person gets are dated data: the rule of the day holds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from hub.errors import Conflict, Forbidden, Invalid

__all__ = [
    "Award", "Bounty", "Entry", "NewEntry", "Programme", "decide_award", "decide_bounty", "decide_bounty_reversal",
    "decide_month", "decide_reversal", "end_of_month", "month_of", "parse_month", "programme_on",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Programme:
    """What people get points for. `most_per_month` and `most_per_year` bound a person's points; None is no bound.

    A year of the programme begins with the first day of the month `year_starts`.
    """

    id: int
    code: str
    words: Mapping[str, str]
    points: int
    four_eyes: bool
    most_per_month: int | None
    most_per_year: int | None
    year_starts: int
    valid_from: date
    valid_until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Award:
    """What a member of staff means to give. `evidence_id` names what proves it: a report, a visit, a paper."""

    key: str
    programme: str
    person_id: str
    activity_date: date
    reason: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry before it has its number. `amount` is in points (1 point is 1 yen), or in yen for a bounty."""

    key: str
    activity_date: date
    programme: str
    person_id: str
    recipient_ref: str
    amount: int
    reason: str
    evidence_id: str
    proposed_by: str | None
    approver: str
    reversal_of: int | None = None
    claim_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a ledger. `reversed_by` is the number of its reversal, `batch_id` the file that it stands in."""

    id: int
    key: str
    entered_at: datetime
    activity_date: date
    programme: str
    person_id: str
    recipient_ref: str
    amount: int
    reason: str
    evidence_id: str
    proposed_by: str | None
    approver: str
    reversal_of: int | None
    claim_id: str | None = None
    reversed_by: int | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bounty:
    """What an approved claim pays. `activity_date` is the day of the capture, `evidence_id` the animal's number."""

    claim_id: str
    programme: str
    person_id: str
    activity_date: date
    yen: int
    evidence_id: str
    proposed_by: str | None
    approver: str
    reason: str = ""


def programme_on(programmes: Collection[Programme], code: str, day: date) -> Programme | None:
    """The rule of a day: of the rows that had begun the one that began last, of two the newer; None if it ended."""
    begun = [one for one in programmes if one.code == code and one.valid_from <= day]
    newest = max(begun, key=lambda one: (one.valid_from, one.id), default=None)
    if newest is None or (newest.valid_until is not None and day > newest.valid_until):
        return None
    return newest


def decide_award(
    award: Award, programmes: Collection[Programme], given: Collection[tuple[date, int]], today: date
) -> Programme:
    """The rule by which an award is made; its points are the amount.

    `given` are the (activity day, amount) of the person's entries and waiting awards of this programme. Raises Conflict
    for a day to come, without a rule for the day, and beyond the most that a person gets.
    """
    if award.activity_date > today:
        raise Conflict("The day of the activity has not come yet.")
    rule = programme_on(programmes, award.programme, award.activity_date)
    if rule is None:
        raise Conflict("There is no such programme on that day.")
    month = month_of(award.activity_date)
    in_month = sum(amount for day, amount in given if month_of(day) == month)
    if rule.most_per_month is not None and in_month + rule.points > rule.most_per_month:
        raise Conflict("This would be more than a person gets in a month.")
    year = _year(award.activity_date, rule)
    in_year = sum(amount for day, amount in given if _year(day, rule) == year)
    if rule.most_per_year is not None and in_year + rule.points > rule.most_per_year:
        raise Conflict("This would be more than a person gets in a year.")
    return rule


def decide_reversal(entry: Entry, key: str, reason: str, proposed_by: str | None, approver: str) -> NewEntry:
    """The entry that takes another one back. Raises Conflict for a reversal, and for what is reversed already."""
    if entry.reversal_of is not None:
        raise Conflict("A reversal is not reversed; make a new entry instead.")
    if entry.reversed_by is not None:
        raise Conflict("This entry is reversed already.")
    return NewEntry(
        key=key,
        activity_date=entry.activity_date,
        programme=entry.programme,
        person_id=entry.person_id,
        recipient_ref=entry.recipient_ref,
        amount=-entry.amount,
        reason=reason,
        evidence_id=entry.evidence_id,
        proposed_by=proposed_by,
        approver=approver,
        reversal_of=entry.id,
        claim_id=entry.claim_id,
    )


def decide_bounty(bounty: Bounty, recipient_ref: str, known: Sequence[Entry]) -> NewEntry | None:
    """What is entered when a claim is approved; `known` are the claim's entries so far.

    None when there is nothing to do: it stands in the ledger, or pays nothing. Raises Conflict when it stands there
    with another amount or person: that entry is reversed first.
    """
    awards = [entry for entry in known if entry.reversal_of is None]
    living = [entry for entry in awards if entry.reversed_by is None]
    if living:
        if (living[0].amount, living[0].person_id) != (bounty.yen, bounty.person_id):
            raise Conflict("This claim stands in the ledger with another amount or person; reverse that entry first.")
        return None
    if bounty.yen == 0:
        return None
    if bounty.yen < 0:
        raise Invalid("A bounty is not negative.")
    return NewEntry(
        key=f"claim/{bounty.claim_id}/{len(awards) + 1}",
        activity_date=bounty.activity_date,
        programme=bounty.programme,
        person_id=bounty.person_id,
        recipient_ref=recipient_ref,
        amount=bounty.yen,
        reason=bounty.reason,
        evidence_id=bounty.evidence_id,
        proposed_by=None if bounty.proposed_by == bounty.approver else bounty.proposed_by,
        approver=bounty.approver,
        claim_id=bounty.claim_id,
    )


def decide_bounty_reversal(entry: Entry, reason: str, actor: str) -> NewEntry:
    """Take a bounty back. Raises Forbidden for the person who approved it, Conflict as `decide_reversal`."""
    if actor == entry.approver:
        raise Forbidden("Somebody else than who approved it reverses an entry.")
    reversal = decide_reversal(entry, f"reversal/{entry.id}", reason, entry.approver, actor)
    return replace(reversal, proposed_by=None)


def decide_month(month: date, today: date, closed: Collection[date]) -> None:
    """Whether a month that is not closed yet may be. Raises Conflict.

    The month that runs may be closed (offices close before its end); what comes after that stands in the next file.
    """
    if month > month_of(today):
        raise Conflict("This month has not begun.")
    if closed and month < max(closed):
        raise Conflict("A later month is closed already; its file holds what was open until then.")


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def end_of_month(month: date) -> date:
    """The last day of the month that begins with `month`."""
    return month_of(month + timedelta(days=31)) - timedelta(days=1)


def parse_month(text: str) -> date:
    """A month such as `2026-11`, as its first day. Raises Invalid."""
    try:
        if len(text) != 7 or not text.isascii():
            raise ValueError
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Invalid("A month is written as 2026-11.") from None
    if not 2000 <= month.year < 2200:
        raise Invalid("A month is written as 2026-11.")
    return month


def _year(day: date, rule: Programme) -> int:
    return day.year if day.month >= rule.year_starts else day.year - 1
