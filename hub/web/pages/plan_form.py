"""The form of a team's plan: from fields to a spec and back."""

from collections.abc import Collection, Mapping

from hub.alerts.teams.specs import GROUPS, LONGEST_MIN, MOST_STEPS, NIGHTS, PlanSpec, StepSpec
from hub.texts import msgid
from hub.web.pages.forms import Filled

__all__ = ["fields_of", "read_plan"]

_OWN_ORDER = "own"


def read_plan(form: Filled, people: Collection[str], channels: Collection[str]) -> PlanSpec:
    """The plan that a form describes. `people` are the ids whom a step may name; faults are noted on the form.

    A step in which nothing is typed or chosen is left out.
    """
    steps: list[StepSpec] = []
    for number in range(MOST_STEPS):
        to = tuple(word for word in form.chosen(f"to_{number}") if word in GROUPS or word in people)
        if not to:
            # The first step's minutes are there from the start.
            if number and form.typed(f"after_{number}").strip():
                form.fault(f"to_{number}", msgid("Somebody must be told: please choose."))
            continue
        low = 1 if steps else 0
        after_min = int(form.number(f"after_{number}", low, LONGEST_MIN))
        channel = form.typed(f"channel_{number}", _OWN_ORDER)
        steps.append(StepSpec(after_min, to, (channel,) if channel in channels else ()))
    if not steps:
        form.fault("to_0", msgid("Somebody must be told: please choose."))
    return PlanSpec(
        steps=tuple(steps),
        repeat_min=_optional(form, "repeat_min", LONGEST_MIN),
        staff_after_rounds=_optional(form, "staff_after_rounds", 20),
        grace_min=int(form.number("grace_min", 0, LONGEST_MIN)),
        two_people="yes" in form.chosen("two_people"),
        seek_min=int(form.number("seek_min", 1, LONGEST_MIN)),
        return_min=int(form.number("return_min", 10, LONGEST_MIN)),
        night="first_light" if form.choice("night", NIGHTS) == "first_light" else "wake",
        slow_night="first_light" if form.choice("slow_night", NIGHTS) == "first_light" else "wake",
        first_light_min=int(form.number("first_light_min", 0, 90)),
    )


def fields_of(spec: PlanSpec) -> Mapping[str, list[str]]:
    """The fields of the form that describe a plan."""
    fields: dict[str, list[str]] = {
        "grace_min": [str(spec.grace_min)],
        "seek_min": [str(spec.seek_min)],
        "return_min": [str(spec.return_min)],
        "first_light_min": [str(spec.first_light_min)],
        "night": [spec.night],
        "slow_night": [spec.slow_night],
        "two_people": ["yes"] if spec.two_people else [],
        "repeat_min": [] if spec.repeat_min is None else [str(spec.repeat_min)],
        "staff_after_rounds": [] if spec.staff_after_rounds is None else [str(spec.staff_after_rounds)],
    }
    for number, step in enumerate(spec.steps):
        fields |= {
            f"after_{number}": [str(step.after_min)],
            f"to_{number}": list(step.to),
            f"channel_{number}": list(step.channels[:1]) or [_OWN_ORDER],
        }
    return {name: values for name, values in fields.items() if values}


def _optional(form: Filled, name: str, high: int) -> int | None:
    return int(form.number(name, 1, high)) if form.typed(name).strip() else None
