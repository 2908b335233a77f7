"""Rules that differ from town to town and from year to year, as dated rows. Pure.

The rule of a day is the latest row that is not after it; a row for a species goes before one for all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

__all__ = ["DatedRule", "Season", "in_season", "rule_on"]


@dataclass(frozen=True, slots=True)
class DatedRule:
    """`species` '' is every species; `value` None says that there is no such rule from `valid_from` on."""

    name: str
    species: str
    valid_from: date
    value: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Season:
    """Days of the year (MM-DD, both among them) in which a kind of permit lets traps stand; may run over New Year."""

    prefecture: str
    permit_kind: str
    valid_from: date
    first_day: str
    last_day: str
    source: str


def rule_on(rules: Iterable[DatedRule], name: str, day: date, species: str = "") -> DatedRule | None:
    """The rule of this name that holds on a day; None when there is none."""
    fitting = [one for one in rules if one.name == name and one.species in ("", species) and one.valid_from <= day]
    found = max(fitting, key=lambda one: (one.species != "", one.valid_from), default=None)
    return found if found is not None and found.value is not None else None


def in_season(seasons: Iterable[Season], kind: str, day: date) -> bool:
    """Whether traps under this kind of permit may stand on a day; kinds without a season may always."""
    fitting = [one for one in seasons if one.permit_kind == kind and one.valid_from <= day]
    season = max(fitting, key=lambda one: one.valid_from, default=None)
    if season is None:
        return True
    here = f"{day:%m-%d}"
    if season.first_day <= season.last_day:
        return season.first_day <= here <= season.last_day
    return here >= season.first_day or here <= season.last_day
