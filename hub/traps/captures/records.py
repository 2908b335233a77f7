"""A report of what was found, and its animals. Pure values, and what must and what should hold of them.

The fields are those of Japanese capture records: https://www.maff.go.jp/j/seisan/tyozyu/higai/ (個体ごとに枝番).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from hub.texts.words import msgid

__all__ = [
    "AGES", "DISPOSALS", "HUNT_KINDS", "MOST_ANIMALS", "MOST_PHOTOS", "PCR_RESULTS", "SEXES", "SPECIES", "TRAP_KINDS",
    "WITH_ANIMALS", "Animal", "Fault", "NewAnimal", "NewReport", "Odd", "Outcome", "find_faults", "find_odd",
    "is_adult", "normal",
]  # fmt: skip

Outcome = Literal["captured", "empty", "wrong_species", "visited"]
# What is caught around the Boso peninsula, then what is caught by mistake; the rest has a name of its own.
SPECIES = (
    *("boar", "deer", "muntjac", "raccoon", "civet", "macaque", "nutria", "badger", "raccoon_dog", "fox", "hare"),
    *("serow", "bear", "cat", "dog", "bird", "other"),
)
SEXES = ("male", "female", "unknown")
AGES = ("adult", "juvenile", "unknown")
DISPOSALS = ("buried", "burnt", "livestock_office", "own_use", "gibier", "other", "released")
HUNT_KINDS = ("pest_control", "hunting", "designated")
TRAP_KINDS = ("box", "enclosure", "snare", "other")
PCR_RESULTS = ("waiting", "negative", "positive")
WITH_ANIMALS = frozenset({"captured", "wrong_species"})
MOST_ANIMALS = 30
MOST_PHOTOS = 40
# A phone's clock may be a little ahead of the hub's.
_AHEAD = timedelta(minutes=10)
_OLDEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class NewAnimal:
    """One animal as its finder describes it; `id` is its individual number when it is known already (a correction)."""

    species: str
    species_name: str | None = None
    sex: str | None = None
    age_national: str | None = None
    age_town: str | None = None
    pregnant: bool | None = None
    body_length_cm: float | None = None
    weight_kg: float | None = None
    disposal: str | None = None
    processor: str | None = None
    pcr_on: date | None = None
    pcr_result: str | None = None
    tube_number: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a person found in the trap `device_key` at `found_at`; place in degrees, WGS 84."""

    device_key: int
    person_id: str
    outcome: Outcome
    found_at: datetime
    incident_id: str | None = None
    note: str | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    hunt_kind: str | None = None
    trap_kind: str | None = None
    trap_set_on: date | None = None
    trap_removed_on: date | None = None
    municipality: str | None = None
    animals: tuple[NewAnimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Animal:
    """One animal of a report as it stands; `id` is its individual number (個体管理番号), `branch` its 枝番."""

    id: str
    report_id: str
    branch: int
    species: str
    species_name: str | None
    sex: str | None
    age_national: str | None
    age_town: str | None
    pregnant: bool | None
    body_length_cm: float | None
    weight_kg: float | None
    disposal: str | None
    processor: str | None
    pcr_on: date | None
    pcr_result: str | None
    tube_number: str | None

    def as_new(self) -> NewAnimal:
        """The same, as it would be typed again."""
        return NewAnimal(
            **{name: getattr(self, name) for name in NewAnimal.__dataclass_fields__},
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What must be mended before a report can be kept: the field's name (`animals-0-species`) and a message id."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Odd:
    """What is worth a second look, and is kept all the same: a message id and what its blanks are."""

    message: str
    blanks: Mapping[str, object]


def is_adult(animal: Animal | NewAnimal) -> bool:
    """Adult by either test, or by neither said to be a juvenile."""
    ages = {animal.age_national, animal.age_town}
    return "adult" in ages or "juvenile" not in ages


def find_faults(new: NewReport, now: datetime) -> list[Fault]:
    """What contradicts itself or cannot be."""
    faults: list[Fault] = []
    if new.found_at > now + _AHEAD:
        faults.append(Fault("found_at", msgid("This is in the future.")))
    if new.found_at < now - _OLDEST:
        faults.append(Fault("found_at", msgid("This is more than a year ago.")))
    if (new.lat is None) != (new.lon is None):
        faults.append(Fault("lat", msgid("Please give both latitude and longitude.")))
    if new.outcome not in WITH_ANIMALS and new.animals:
        faults.append(Fault("outcome", msgid("Nothing was caught, and yet there are animals: take them out first.")))
    if new.trap_set_on and new.trap_removed_on and new.trap_removed_on < new.trap_set_on:
        faults.append(Fault("trap_removed_on", msgid("The trap was removed before it was set.")))
    if len(new.animals) > MOST_ANIMALS:
        faults.append(Fault("animals", msgid("These are too many animals for one report.")))
    for number, animal in enumerate(new.animals):
        faults += _faults_of_animal(animal, new.outcome, f"animals-{number}-")
    return faults


def _faults_of_animal(animal: NewAnimal, outcome: Outcome, name: str) -> list[Fault]:
    faults: list[Fault] = []
    if animal.species == "other" and not animal.species_name:
        faults.append(Fault(name + "species_name", msgid("Please say what animal it is.")))
    if animal.pregnant is not None and (animal.sex != "female" or not is_adult(animal)):
        faults.append(Fault(name + "pregnant", msgid("Only an adult female can be pregnant.")))
    if outcome == "wrong_species" and animal.disposal not in (None, "released"):
        faults.append(Fault(name + "disposal", msgid("An animal of the wrong species is released.")))
    if outcome == "captured" and animal.disposal == "released":
        faults.append(Fault(name + "disposal", msgid("A released animal belongs to the outcome “wrong species”.")))
    return faults


def normal(new: NewReport) -> NewReport:
    """The report with what follows by itself: an animal of the wrong species was released."""
    if new.outcome != "wrong_species":
        return new
    return replace(new, animals=tuple(replace(animal, disposal="released") for animal in new.animals))


# Kilograms and centimetres (nose to tail's root) outside of which a figure is more likely a slip of the finger than an
# animal: wide on purpose, from general knowledge of the species in Honshu. (adult low, high, juvenile low, high)
_WEIGHTS_KG: Mapping[str, tuple[float, float, float, float]] = {
    "boar": (15, 180, 0.5, 60),
    "deer": (15, 130, 2, 60),
    "muntjac": (4, 20, 0.5, 10),
    "raccoon": (2, 12, 0.2, 6),
    "civet": (1.5, 7, 0.2, 4),
    "macaque": (4, 20, 0.4, 10),
    "nutria": (3, 12, 0.2, 6),
}
_LENGTHS_CM: Mapping[str, tuple[float, float]] = {
    "boar": (25, 200), "deer": (40, 190), "muntjac": (25, 110), "raccoon": (15, 80), "civet": (15, 80),
    "macaque": (20, 80), "nutria": (15, 80),
}  # fmt: skip


def find_odd(animals: Sequence[Animal | NewAnimal]) -> list[Odd]:
    """Figures that are unlikely for their species; never a reason to refuse."""
    found: list[Odd] = []
    for number, animal in enumerate(animals, 1):
        weights, lengths = _WEIGHTS_KG.get(animal.species), _LENGTHS_CM.get(animal.species)
        if weights and animal.weight_kg is not None:
            low, high = weights[:2] if is_adult(animal) else weights[2:]
            if not low <= animal.weight_kg <= high:
                text = msgid("Animal %(n)s: %(value)s kg is unusual for this species and age.")
                found.append(Odd(text, {"n": number, "value": f"{animal.weight_kg:g}"}))
        if lengths and animal.body_length_cm is not None and not lengths[0] <= animal.body_length_cm <= lengths[1]:
            text = msgid("Animal %(n)s: a body of %(value)s cm is unusual for this species.")
            found.append(Odd(text, {"n": number, "value": f"{animal.body_length_cm:g}"}))
    return found
