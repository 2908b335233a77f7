"""A team's plan as staff write it. Pure; hub/alerts/plans.py makes of it what is frozen on an incident.

Each step is due some minutes after the one before and goes to whoever is on duty, the whole team, staff, or people by
name; the last one repeats until somebody answers. Staff join after so many rounds without an answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from hub.errors import Invalid

__all__ = [
    "GROUPS", "LONGEST_MIN", "MOST_STEPS", "NIGHTS", "TOWN_SPEC", "Group", "Night", "PlanSpec", "StepSpec",
    "check_spec", "dump_spec", "load_spec",
]  # fmt: skip

Group = Literal["duty", "team", "staff"]
GROUPS: tuple[Group, ...] = get_args(Group)
# At night: tell at once, or when there is light enough to go.
Night = Literal["wake", "first_light"]
NIGHTS: tuple[Night, ...] = get_args(Night)
MOST_STEPS = 10
LONGEST_MIN = 1440


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step: `after_min` minutes after the one before (the first: after the opening).

    `to` are groups and ids of people. `channels`, the best first, come before each person's own order; none: just that.
    """

    after_min: int
    to: tuple[str, ...]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSpec:
    """A team's plan.

    `repeat_min`: between rounds once the steps are used up (None: `WANAMORI_REPEAT_AFTER_S`). `staff_after_rounds`:
    after so many rounds without an answer staff are told too (None: only where a step says so). `grace_min`: how long
    after an ETA the report may take. `two_people`: whoever goes alone is to find a second person (止め刺し).
    `seek_min`: between two calls for that person. `return_min`: when whoever goes is expected back, after the ETA.
    `night`: for what cannot wait; `slow_night`: for what can, such as a silent trap. `first_light_min`: minutes before
    sunrise.
    """

    steps: tuple[StepSpec, ...] = (StepSpec(0, ("duty",)),)
    repeat_min: int | None = None
    staff_after_rounds: int | None = 3
    grace_min: int = 30
    two_people: bool = False
    seek_min: int = 10
    return_min: int = 180
    night: Night = "wake"
    slow_night: Night = "first_light"
    first_light_min: int = 30


# What a town has that has set nothing.
TOWN_SPEC = PlanSpec()
_SPEC = TypeAdapter(PlanSpec)


def dump_spec(spec: PlanSpec) -> str:
    """The spec as JSON, as it is kept."""
    return _SPEC.dump_json(spec).decode()


def load_spec(kept: object) -> PlanSpec:
    """The spec from its parsed JSON. Raises Invalid when it is none."""
    try:
        return _SPEC.validate_python(kept)
    except ValidationError as error:
        raise Invalid(f"This is no plan: {error.error_count()} faults") from error


def check_spec(spec: PlanSpec, people: Collection[str]) -> None:
    """Raises Invalid for a plan that cannot be kept, so for people who are not of `people` (whom it may name)."""
    if not 1 <= len(spec.steps) <= MOST_STEPS:
        raise Invalid(f"steps: 1 to {MOST_STEPS} of them")
    for step in spec.steps:
        if not 0 <= step.after_min <= LONGEST_MIN or not step.to:
            raise Invalid(f"steps: minutes from 0 to {LONGEST_MIN}, and somebody to be told")
        if not set(step.to) <= {*GROUPS, *people}:
            raise Invalid("Each step goes to duty, team, staff or people of the team.")
    _check_range("repeat_min", spec.repeat_min, 1, LONGEST_MIN)
    _check_range("staff_after_rounds", spec.staff_after_rounds, 1, 20)
    _check_range("grace_min", spec.grace_min, 0, LONGEST_MIN)
    _check_range("seek_min", spec.seek_min, 1, LONGEST_MIN)
    _check_range("return_min", spec.return_min, 10, LONGEST_MIN)
    _check_range("first_light_min", spec.first_light_min, 0, 90)
    if spec.night not in NIGHTS or spec.slow_night not in NIGHTS:
        raise Invalid(f"night: one of {', '.join(NIGHTS)}")


def _check_range(name: str, value: int | None, low: int, high: int) -> None:
    if value is not None and not low <= value <= high:
        raise Invalid(f"{name}: a whole number from {low} to {high}")
