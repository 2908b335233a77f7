"""What lies in a trap, animal by animal, as a hunter would write it down. Pure."""

from datetime import datetime
from typing import Any

from simulators.world.animals import Cause
from simulators.world.noise import dice

__all__ = ["decide_animals"]

# Kilograms and centimetres of an adult, and how much of both a juvenile has; general knowledge of these animals.
_ADULTS = {"boar": (45.0, 95.0, 95.0, 140.0), "muntjac": (8.0, 13.0, 60.0, 80.0), "raccoon_dog": (3.5, 6.5, 45.0, 60.0)}
_PROCESSOR = "町のジビエ処理施設"


def decide_animals(
    seed: int, trap: str, sprung_at: datetime, cause: Cause | None, outcome: str
) -> list[dict[str, Any]]:
    """The animals of one firing, as `POST /api/v1/captures` takes them; none where nothing was caught.

    Now and then two young boars are in one trap; the wrong species is released.
    """
    if outcome not in ("captured", "wrong_species") or cause is None or cause not in _ADULTS:
        return []
    roll = dice(seed, "animals", trap, sprung_at.isoformat())
    two = cause == "boar" and roll.random() < 0.2
    return [_animal(seed, trap, sprung_at, cause, outcome, number, young=two) for number in range(2 if two else 1)]


def _animal(
    seed: int, trap: str, sprung_at: datetime, cause: Cause, outcome: str, number: int, *, young: bool
) -> dict[str, Any]:
    roll = dice(seed, "animal", trap, sprung_at.isoformat(), number)
    juvenile = young or roll.random() < 0.3
    low_kg, high_kg, low_cm, high_cm = _ADULTS[cause]
    share = 0.35 if juvenile else 1.0
    age = "juvenile" if juvenile else "adult"
    animal: dict[str, Any] = {
        "species": cause,
        "sex": roll.choice(("male", "female")),
        "age_national": age,
        "age_town": age,
        "weight_kg": round(roll.uniform(low_kg, high_kg) * share, 1),
        "body_length_cm": round(roll.uniform(low_cm, high_cm) * (0.6 if juvenile else 1.0)),
    }
    if outcome == "wrong_species":
        return animal
    if cause == "boar" and not juvenile and roll.random() < 0.6:
        return {**animal, "disposal": "gibier", "processor": _PROCESSOR}
    return {**animal, "disposal": roll.choice(("buried", "burnt"))}
