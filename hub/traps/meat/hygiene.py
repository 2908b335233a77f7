"""The hygiene form of game (様式2), and whether an animal may become food by it. Pure.

1.  Any "yes" to one of the eleven questions on abnormality: not food.
2.  A body as warm as the rule of the day says, or warmer (boar: 42 °C): not butchered.
3.  Somebody ill has hunted or killed it: not food.
4.  Without a form nothing is decided; nothing becomes food by silence.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hub.traps.rules import DatedRule, rule_on

__all__ = ["ABNORMALITIES", "COOLINGS", "LIMBS", "HygieneForm", "Verdict", "reasons_against", "verdict_of"]

Verdict = Literal["unwritten", "fit", "not_food"]
# As the guideline on the hygiene of game meat asks before an animal is butchered (野生鳥獣肉の衛生管理に関する指針).
ABNORMALITIES = (
    *("gait", "nerves", "deformity", "parasites", "hair_loss", "emaciation", "wound", "abscess", "blisters"),
    *("diarrhoea", "other"),
)
LIMBS = ("front_left", "front_right", "rear_left", "rear_right", "box", "other")
COOLINGS = ("none", "water", "ice", "cold_room")


class HygieneForm(BaseModel):
    """One version of the form. Instants are aware UTC, `body_temperature_c` in °C, `weight_kg` in kg."""

    model_config = ConfigDict(frozen=True)

    licence_number: str
    hunter_well: bool
    killer_name: str
    killer_well: bool
    snared_limb: str
    killed_at: datetime
    bled_at: datetime
    bled_place: str
    body_temperature_c: float
    organs_out: bool
    organs_place: str | None
    cooling: str
    delivered_at: datetime | None
    delivered_to: str | None
    sex: str
    pregnant: bool
    age: str
    weight_kg: float | None
    abnormal: tuple[str, ...]
    note: str | None


def reasons_against(form: HygieneForm, rules: Iterable[DatedRule], species: str, day: date) -> list[str]:
    """Why the animal is not food: keys of `ABNORMALITIES`, `temperature`, `hunter_ill`, `killer_ill`; or nothing."""
    found = [key for key in ABNORMALITIES if key in form.abnormal]
    warm = rule_on(rules, "body_temperature_limit_c", day, species)
    if warm is not None and warm.value is not None and form.body_temperature_c >= warm.value:
        found.append("temperature")
    if not form.hunter_well:
        found.append("hunter_ill")
    if not form.killer_well:
        found.append("killer_ill")
    return found


def verdict_of(form: HygieneForm | None, rules: Iterable[DatedRule], species: str, day: date) -> Verdict:
    """What the form says of the meat."""
    if form is None:
        return "unwritten"
    return "not_food" if reasons_against(form, rules, species, day) else "fit"
