"""Crops and groups of farmers as values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Crop", "Group"]


@dataclass(frozen=True, slots=True)
class Crop:
    """How a crop ripens and freezes, and who says so (`source`).

    `name` is Japanese; `base_temperature_c` and `frost_limit_c` are °C of the air, `degree_day_target` is °C·d from the
    day that the source says. None is unknown.
    """

    id: str
    name: str
    name_en: str | None
    base_temperature_c: float
    degree_day_target: float | None
    frost_limit_c: float | None
    is_paddy: bool
    source: str


@dataclass(frozen=True, slots=True)
class Group:
    """A named group of farmers, such as a co-op's section; `members` are people's ids."""

    id: str
    name: str
    created_at: datetime
    members: Sequence[str]
