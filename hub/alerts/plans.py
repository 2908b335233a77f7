"""An escalation plan: who is told, when and on which channels. Pure; frozen on the incident when it opens.

A plan is steps. Each is due `after_s` after the one before it (the first: after the opening) and goes to some of the
plan's people; when the steps are used up the last one repeats. An incident that nobody settles for days is *old*: from
then on only `reminder` is due, again and again, so that no phone rings out of the blue weeks later, and nothing is
forgotten either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import TypeAdapter

from hub.alerts.kinds import Kind
from hub.registry.people import Recipient

__all__ = ["DAY_S", "UNANSWERED_ROUNDS", "Plan", "PlanRules", "Step", "Target", "dump_plan", "load_plan", "make_plan"]

DAY_S = 86_400
# After so many rounds that nobody answered, staff are told as well.
UNANSWERED_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A person and the channels that reach them, the best first; none when nothing does."""

    person_id: str
    name: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One round: due `after_s` seconds after the one before, to these people (ids of the plan's people)."""

    after_s: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole escalation of one incident.

    `repeat_after_s`: between rounds once the steps are used up. `grace_s`: how long after an ETA the report may take.
    `acute_for_s`: how long the steps go on; afterwards `reminder` is due each `reminder.after_s`.
    """

    people: tuple[Target, ...]
    steps: tuple[Step, ...]
    repeat_after_s: int
    reminder: Step
    grace_s: int = 1800
    acute_for_s: int = 3 * DAY_S

    def step(self, number: int) -> Step:
        """The step with this number, counted from 0 without end."""
        if number < len(self.steps):
            return self.steps[number]
        return Step(self.repeat_after_s, self.steps[-1].to)

    def targets(self, step: Step) -> tuple[Target, ...]:
        """The people of a step who can be reached."""
        people = {target.person_id: target for target in self.people if target.channels}
        return tuple(people[person_id] for person_id in step.to if person_id in people)

    @property
    def reaches_somebody(self) -> bool:
        """Whether anybody at all can be told."""
        return any(self.targets(step) for step in self.steps)

    @property
    def longest_s(self) -> int:
        """The longest pause between two rounds of an unanswered incident, in seconds."""
        return max(self.repeat_after_s, self.reminder.after_s, *(step.after_s for step in self.steps))


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What a town sets: seconds between two rounds, and the channels that it has, the best first."""

    repeat_after_s: int
    channels: tuple[str, ...]


def make_plan(kind: Kind, hunters: Iterable[Recipient], staff: Iterable[Recipient], rules: PlanRules) -> Plan:
    """The default plan: everybody concerned at once and again until somebody answers, after three rounds staff as well.

    Where nobody concerned can be reached, staff are told at once.
    """
    concerned = _targets(hunters if kind.tells == "hunters" else staff, rules)
    backup = _targets(staff, rules)
    first, others = _ids(concerned), _ids(backup)
    everyone = tuple(dict.fromkeys([*first, *others]))
    repeat_after_s = rules.repeat_after_s * kind.repeat_factor
    if any(target.channels for target in concerned):
        pauses = (kind.first_after_s, *[repeat_after_s] * (UNANSWERED_ROUNDS - 1))
        steps = (*(Step(after_s, first) for after_s in pauses), Step(repeat_after_s, everyone))
    else:
        steps = (Step(kind.first_after_s, everyone),)
    reminded = others if any(target.channels for target in backup) else everyone
    people = {target.person_id: target for target in (*concerned, *backup)}
    reminder = Step(max(DAY_S, repeat_after_s), reminded)
    return Plan(tuple(people.values()), steps, repeat_after_s, reminder)


def dump_plan(plan: Plan) -> str:
    """The plan as JSON, as it is kept on the incident."""
    return _PLAN.dump_json(plan).decode()


def load_plan(kept: object) -> Plan:
    """The plan from its parsed JSON. Raises ValueError when it is none."""
    return _PLAN.validate_python(kept)


_PLAN = TypeAdapter(Plan)


def _targets(people: Iterable[Recipient], rules: PlanRules) -> tuple[Target, ...]:
    return tuple(Target(person.person_id, person.name, _channels(person, rules)) for person in people)


def _channels(person: Recipient, rules: PlanRules) -> tuple[str, ...]:
    """The town's channels that reach the person, in the person's own order."""
    preferred = [channel for channel in person.prefers if channel in rules.channels]
    ordered = dict.fromkeys([*preferred, *rules.channels])
    return tuple(channel for channel in ordered if person.is_reached_by(channel))


def _ids(targets: Iterable[Target]) -> tuple[str, ...]:
    return tuple(target.person_id for target in targets)
