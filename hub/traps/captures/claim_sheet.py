"""Claims as the town's forms need them: one row a claim, in words of a language. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.texts.words import AGES, CLAIM_STATES, DISPOSALS, HUNT_KINDS, PCR_RESULTS, SEXES, SPECIES, TRAP_KINDS, msgid
from hub.traps.captures.records import Animal
from hub.traps.captures.rules import Amount

__all__ = ["COLUMNS", "ClaimLine", "line_of"]

COLUMNS: tuple[str, ...] = (
    msgid("Claim"), msgid("State"), msgid("Programme"), msgid("Day"), msgid("Time"), msgid("Who found it"),
    msgid("Typed by"), msgid("Kind of hunting"), msgid("Municipality"), msgid("Latitude"), msgid("Longitude"),
    msgid("Mesh"), msgid("Trap"), msgid("Kind of trap"), msgid("Day the trap was set"),
    msgid("Day the trap was taken away"), msgid("Report"), msgid("Branch number"), msgid("Individual number"),
    msgid("Species"), msgid("Sex"), msgid("Adult or juvenile (the nation's test)"),
    msgid("Adult or juvenile (the town's test)"), msgid("Pregnant (adult female)"), msgid("Body length (cm)"),
    msgid("Weight (kg)"), msgid("What becomes of it"), msgid("Who takes it (facility)"), msgid("Day of the PCR test"),
    msgid("Result of the PCR test"), msgid("Number of the sample tube"), msgid("Photos"), msgid("Amount (yen)"),
    msgid("National ceiling (yen)"), msgid("Decided on"), msgid("Decided by"), msgid("Reason"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim with all that its row says: `claim` and `report` are rows of the store, by their columns."""

    claim: Mapping[str, object]
    report: Mapping[str, object]
    animal: Animal
    amount: Amount
    mesh: str
    programme: str
    photo_ids: Sequence[str]


def line_of(line: ClaimLine, translate: Callable[[str], str], zone: ZoneInfo) -> list[str]:
    """The cells of one row, in the order of COLUMNS."""
    claim, report, animal = line.claim, line.report, line.animal

    def word(table: Mapping[str, str], key: object) -> str:
        return translate(table.get(str(key), str(key))) if key is not None else ""

    def day(instant: object, form: str = "%Y-%m-%d") -> str:
        return instant.astimezone(zone).strftime(form) if isinstance(instant, datetime) else ""

    pregnant = "" if animal.pregnant is None else translate(msgid("Yes") if animal.pregnant else msgid("No"))
    yen = claim["amount_yen"] if claim["amount_yen"] is not None else line.amount.yen
    lat, lon = report["lat"], report["lon"]
    if lat is None:
        lat, lon = report["trap_lat"], report["trap_lon"]
    cells: list[object] = [
        claim["id"], word(CLAIM_STATES, claim["state"]), line.programme, day(report["found_at"]),
        day(report["found_at"], "%H:%M"), report["person_name"], report["typist_name"],
        word(HUNT_KINDS, report["hunt_kind"]), report["municipality"], f"{lat:.5f}", f"{lon:.5f}", line.mesh,
        report["device_name"], word(TRAP_KINDS, report["trap_kind"]), report["trap_set_on"],
        report["trap_removed_on"], report["id"], animal.branch, animal.id,
        animal.species_name or word(SPECIES, animal.species), word(SEXES, animal.sex),
        word(AGES, animal.age_national), word(AGES, animal.age_town), pregnant, _number(animal.body_length_cm),
        _number(animal.weight_kg), word(DISPOSALS, animal.disposal), animal.processor, animal.pcr_on,
        word(PCR_RESULTS, animal.pcr_result), animal.tube_number, " ".join(line.photo_ids), yen,
        line.amount.ceiling_yen, day(claim["decided_at"]), claim["decider_name"], claim["reason"],
    ]  # fmt: skip
    return ["" if cell is None else str(cell) for cell in cells]


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"
