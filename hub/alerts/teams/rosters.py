"""Who of a team is on duty. Pure: decided from the roster and the day on the town's calendar."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["Roster", "duty_of_day", "is_away", "on_duty"]


@dataclass(frozen=True, slots=True)
class Roster:
    """A team's roster.

    `members` are the ids of its active hunters. `week`: who is on duty on each weekday, Monday 0. `days`: what is
    different on a date, (person -> on duty or not); a swap is two of them. `away_until`: the last day of an absence.
    """

    members: tuple[str, ...]
    week: Mapping[int, Collection[str]] = field(default_factory=dict[int, Collection[str]])
    days: Mapping[date, Mapping[str, bool]] = field(default_factory=dict[date, Mapping[str, bool]])
    away_until: Mapping[str, date] = field(default_factory=dict[str, date])


def on_duty(roster: Roster, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """Who is on duty at an instant; never nobody, as long as the team has somebody at all.

    Nobody on duty is the whole team without those who are away; if all are away it is all of them: an alarm that nobody
    gets would be worse than one that disturbs. A duty lasts for a day of the town, from midnight to midnight.
    """
    today = now.astimezone(zone).date()
    present = tuple(person for person in roster.members if not is_away(roster, person, today))
    return duty_of_day(roster, today) or present or roster.members


def duty_of_day(roster: Roster, day: date) -> tuple[str, ...]:
    """Whom the roster names for a day, without those who are away; it may be nobody."""
    special = roster.days.get(day, {})
    weekly = roster.week.get(day.weekday(), ())
    return tuple(
        person
        for person in roster.members
        if special.get(person, person in weekly) and not is_away(roster, person, day)
    )


def is_away(roster: Roster, person_id: str, day: date) -> bool:
    """Whether a person has said to be away on that day."""
    until = roster.away_until.get(person_id)
    return until is not None and day <= until
