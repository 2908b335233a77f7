"""A town's rules for captures, as dated data: which programmes, which photos, how much, how numbers are made. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.traps.captures.records import Animal, NewAnimal, is_adult

__all__ = [
    "Amount", "BountyRate", "NumberingRule", "PhotoRule", "Programme", "amount", "fiscal_year", "format_number",
    "is_valid", "numbering_for", "photo_rules_for", "programmes_for", "words_in",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Programme:
    """What captures are claimed under; null days mean since ever, or without end."""

    key: str
    words: Mapping[str, str]
    authority: str
    hunt_kinds: Sequence[str]
    species: Sequence[str]
    four_eyes: bool
    valid_from: date | None
    valid_until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class PhotoRule:
    """One photo that a programme asks for."""

    id: int
    programme: str
    item: str
    position: int
    words: Mapping[str, str]
    required: bool
    valid_from: date | None
    valid_until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class BountyRate:
    """Yen a head: the town's own, or the national ceiling up to which a town is refunded."""

    id: int
    programme: str
    kind: str
    species: str
    age: str
    disposal: str | None
    amount_yen: int
    valid_from: date | None
    valid_until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class NumberingRule:
    """How individual numbers are made from `valid_from` on."""

    id: int
    prefix: str
    period: str
    digits: int
    valid_from: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Amount:
    """What an animal comes to. `yen` is the town's amount (None: it has entered none); `ceiling_yen` the nation's."""

    yen: int | None
    ceiling_yen: int | None
    rate_id: int | None


def is_valid(rule: Programme | PhotoRule | BountyRate, day: date) -> bool:
    """Whether a rule holds on a day; both its days belong to it."""
    return (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_until is None or day <= rule.valid_until)


def words_in(words: Mapping[str, str], locale: str) -> str:
    """The words in a language, in Japanese where they are missing."""
    return words.get(locale) or words.get("ja") or next(iter(words.values()), "")


def programmes_for(programmes: Sequence[Programme], species: str, hunt_kind: str | None, day: date) -> list[Programme]:
    """The programmes under which an animal caught on `day` can be claimed."""
    return [
        programme
        for programme in programmes
        if is_valid(programme, day) and species in programme.species and hunt_kind in programme.hunt_kinds
    ]


def photo_rules_for(rules: Sequence[PhotoRule], programme: str, day: date) -> list[PhotoRule]:
    """The checklist of a programme on a day, in its order."""
    held = [rule for rule in rules if rule.programme == programme and is_valid(rule, day)]
    return sorted(held, key=lambda rule: (rule.position, rule.id))


def amount(animal: Animal | NewAnimal, programme: str, day: date, rates: Sequence[BountyRate]) -> Amount:
    """What one animal caught on `day` comes to under a programme.

    Of several rates of a kind that fit, the most particular holds (a disposal before none, an age before any), then the
    newest.
    """
    age = "adult" if is_adult(animal) else "juvenile"

    def best(kind: str) -> BountyRate | None:
        fitting = [
            rate
            for rate in rates
            if rate.programme == programme
            and rate.kind == kind
            and rate.species == animal.species
            and rate.age in (age, "any")
            and rate.disposal in (animal.disposal, None)
            and is_valid(rate, day)
        ]
        return max(
            fitting,
            key=lambda rate: (rate.disposal is not None, rate.age != "any", rate.valid_from or date.min, rate.id),
            default=None,
        )

    town, ceiling = best("town"), best("national_ceiling")
    return Amount(town and town.amount_yen, ceiling and ceiling.amount_yen, town and town.id)


def fiscal_year(day: date) -> int:
    """The Japanese fiscal year, which begins in April."""
    return day.year if day.month >= 4 else day.year - 1


def numbering_for(rules: Sequence[NumberingRule], day: date) -> NumberingRule | None:
    """The rule that numbers an animal caught on `day`: the newest that has begun."""
    begun = [rule for rule in rules if rule.valid_from is None or rule.valid_from <= day]
    return max(begun, key=lambda rule: (rule.valid_from or date.min, rule.id), default=None)


def numbering_year(rule: NumberingRule, day: date) -> int:
    """The year within which the serial of a rule counts."""
    return fiscal_year(day) if rule.period == "fiscal_year" else day.year


def format_number(rule: NumberingRule, year: int, serial: int) -> str:
    """An individual number such as KZ2026-0001; a serial that outgrows its digits just becomes longer."""
    return f"{rule.prefix}{year}-{serial:0{rule.digits}d}"
