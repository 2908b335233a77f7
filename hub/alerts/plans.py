"""An escalation plan: who is told, when and on which channels. Pure; frozen on the incident when it opens.

A plan is steps. Each is due `after_s` after the one before it (the first: after the opening) and goes to some of the
plan's people; when the steps are used up the last one repeats. An incident that nobody settles for days is *old*: from
then on only `reminder` is due, again and again, so that no phone rings out of the blue weeks later, and nothing is
forgotten either. What a team has set (teams/specs.py) and who is on duty at that moment is in it; changing either
changes no plan that is frozen already.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from hub.alerts.kinds import Kind
from hub.alerts.teams.specs import TOWN_SPEC, Night, PlanSpec, StepSpec
from hub.registry.people import Recipient

__all__ = [
    "DAY_S", "UNANSWERED_ROUNDS", "Circumstances", "Plan", "PlanRules", "QuietHours", "Step", "Target", "channels_of",
    "dump_plan", "load_plan", "make_field_plan", "make_overdue_plan", "make_plan",
]  # fmt: skip

DAY_S = 86_400
# After so many rounds that nobody answered, staff are told as well.
UNANSWERED_ROUNDS = 3
# A person who has not come back: so long until the next people are told, and between the rounds after them.
_OVERDUE_S = 600
# A matter of the field is settled by what is measured, or by a person, and not by its age.
_NEVER_OLD_S = 3650 * DAY_S


@dataclass(frozen=True, slots=True)
class Target:
    """A person and the channels that reach them, the best first; none when nothing does.

    `night`: told at once at night, or at first light.
    """

    person_id: str
    name: str
    channels: tuple[str, ...]
    night: Night = "wake"


@dataclass(frozen=True, slots=True)
class Step:
    """One round: due `after_s` seconds after the one before, to these people (ids of the plan's people).

    `channels`, the best first, come before each person's own order.
    """

    after_s: int
    to: tuple[str, ...]
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which nobody is told: minutes after midnight on the clock of `zone`, also over midnight."""

    from_min: int
    until_min: int
    zone: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole escalation of one incident.

    `repeat_after_s`: between rounds once the steps are used up. `grace_s`: how long after an ETA the report may take.
    `acute_for_s`: how long the steps go on; afterwards `reminder` is due each `reminder.after_s`. `people_wanted`: how
    many are to go; `seekers` (none: everybody) are asked for a second person each `seek_after_s`. `return_after_s`:
    when whoever goes is expected back, after the ETA (None: not watched). `place` in degrees (WGS 84) and
    `first_light_min` (minutes before sunrise) say when its night ends. `low`: its messages take no place of an alarm's.
    """

    people: tuple[Target, ...]
    steps: tuple[Step, ...]
    repeat_after_s: int
    reminder: Step
    grace_s: int = 1800
    acute_for_s: int = 3 * DAY_S
    people_wanted: int = 1
    seekers: tuple[str, ...] = ()
    seek_after_s: int = 600
    return_after_s: int | None = None
    place: tuple[float, float] | None = None
    first_light_min: int = 30
    low: bool = False
    quiet_hours: QuietHours | None = None

    def step(self, number: int) -> Step:
        """The step with this number, counted from 0 without end."""
        if number < len(self.steps):
            return self.steps[number]
        return Step(self.repeat_after_s, self.steps[-1].to, self.steps[-1].channels)

    @property
    def seek_step(self) -> Step:
        """The call for a second person."""
        return Step(self.seek_after_s, self.seekers or tuple(target.person_id for target in self.people))

    def targets(self, step: Step) -> tuple[Target, ...]:
        """The people of a step who can be reached, with their channels in the order that the step wants."""
        people = {target.person_id: target for target in self.people if target.channels}
        return tuple(_ordered(people[person_id], step.channels) for person_id in step.to if person_id in people)

    @property
    def reaches_somebody(self) -> bool:
        """Whether anybody at all can be told."""
        return any(self.targets(step) for step in self.steps)

    @property
    def orders_channels(self) -> bool:
        """Whether a step has an order of channels of its own."""
        return any(step.channels for step in self.steps)

    @property
    def longest_s(self) -> int:
        """The longest pause between two rounds of an unanswered incident, in seconds."""
        return max(self.repeat_after_s, self.reminder.after_s, self.grace_s, *(step.after_s for step in self.steps))


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What a town sets: seconds between two rounds, and the channels that it has, the best first."""

    repeat_after_s: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan is made for: the team's spec, who is on duty (None: everybody), and the place (None: no night)."""

    spec: PlanSpec = TOWN_SPEC
    on_duty: tuple[str, ...] | None = None
    place: tuple[float, float] | None = None


_ANYWHERE = Circumstances()


def make_plan(
    kind: Kind,
    hunters: Iterable[Recipient],
    staff: Iterable[Recipient],
    rules: PlanRules,
    circumstances: Circumstances = _ANYWHERE,
) -> Plan:
    """The plan of an incident: by default those on duty at once and again until somebody answers, after three rounds
    staff as well.

    Where nobody of a step can be reached it goes to everybody concerned; where nobody concerned can be, staff are told
    at once. Matters of staff follow the default, whatever a team has set.
    """
    of_hunters = kind.tells == "hunters"
    spec = circumstances.spec if of_hunters else TOWN_SPEC
    concerned = [_target(p, rules, _night(kind, p, spec)) for p in hunters] if of_hunters else []
    backup = [_target(p, rules, p.night if of_hunters and p.night == "first_light" else "wake") for p in staff]
    concerned = concerned if of_hunters else backup
    groups = _Groups(_ids(concerned), _ids(backup), _reachable([*concerned, *backup]), circumstances.on_duty)
    repeat_after_s = (rules.repeat_after_s if spec.repeat_min is None else spec.repeat_min * 60) * kind.repeat_factor
    if groups.reaches(groups.team):
        steps = _steps(kind, spec, groups, repeat_after_s)
    else:
        steps = (Step(kind.first_after_s, groups.everyone),)
    reminded = groups.staff if groups.reaches(groups.staff) else groups.everyone
    people = {target.person_id: target for target in (*concerned, *backup)}
    return Plan(
        tuple(people.values()),
        steps,
        repeat_after_s,
        Step(max(DAY_S, repeat_after_s), reminded),
        grace_s=spec.grace_min * 60,
        people_wanted=2 if of_hunters and spec.two_people else 1,
        seekers=groups.team if groups.reaches(groups.team) else groups.everyone,
        seek_after_s=spec.seek_min * 60,
        return_after_s=spec.return_min * 60,
        place=circumstances.place,
        first_light_min=spec.first_light_min,
    )


def make_overdue_plan(
    party: Iterable[Recipient],
    hunters: Iterable[Recipient],
    staff: Iterable[Recipient],
    rules: PlanRules,
    circumstances: Circumstances = _ANYWHERE,
) -> Plan:
    """Somebody has not come back: the person and the partner (`party`), then whoever is on duty, then staff too.

    Where there is no partner, or nobody of a step can be reached, the next people are told at once. Nobody's night and
    nobody's pause count.
    """
    ours, team, office = ([_target(p, rules, "wake") for p in people] for people in (party, hunters, staff))
    reachable = _reachable([*ours, *team, *office])
    groups = _Groups(_ids(team), _ids(office), reachable, circumstances.on_duty)
    rings = [_ids(ours), groups.of("duty"), groups.staff]
    steps: list[Step] = []
    told: tuple[str, ...] = ()
    for ring in rings if len(ours) > 1 else [rings[0] + rings[1], rings[2]]:
        told = tuple(dict.fromkeys([*told, *ring]))
        if not steps or groups.reaches(steps[-1].to):
            steps.append(Step(_OVERDUE_S if steps else 0, told))
        else:
            steps[-1] = Step(steps[-1].after_s, told)
    people = {target.person_id: target for target in (*ours, *team, *office)}
    reminder = Step(DAY_S, told)
    return Plan(
        tuple(people.values()), tuple(steps), _OVERDUE_S, reminder,
        return_after_s=circumstances.spec.return_min * 60,
    )  # fmt: skip


def make_field_plan(
    farmers: Iterable[Recipient],
    rules: PlanRules,
    *,
    quiet_hours: QuietHours | None = None,
    repeat_after_s: int | None = None,
) -> Plan:
    """A matter of the field: one message to each of these people, and again each `repeat_after_s` where that is wanted.

    It never becomes old, nobody else is told because nobody answers, and nobody who goes to look is waited for.
    """
    people = tuple(_target(person, rules, "wake") for person in farmers)
    told = _ids(people)
    first = Step(0, told)
    steps = (first, Step(DAY_S, ())) if repeat_after_s is None else (first,)
    return Plan(
        people, steps, DAY_S if repeat_after_s is None else repeat_after_s, Step(DAY_S, ()),
        acute_for_s=_NEVER_OLD_S, low=True, quiet_hours=quiet_hours,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Groups:
    """Whom the words of a spec mean."""

    team: tuple[str, ...]
    staff: tuple[str, ...]
    reachable: frozenset[str]
    on_duty: tuple[str, ...] | None

    @property
    def everyone(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.team, *self.staff]))

    def reaches(self, people: Collection[str]) -> bool:
        return not self.reachable.isdisjoint(people)

    def of(self, word: str) -> tuple[str, ...]:
        if word == "staff":
            return self.staff
        if word == "duty" and self.on_duty is not None:
            return tuple(person for person in self.team if person in self.on_duty) or self.team
        if word in ("duty", "team"):
            return self.team
        return (word,) if word in self.everyone else ()

    def of_step(self, spec: StepSpec) -> tuple[str, ...]:
        people = tuple(dict.fromkeys(person for word in spec.to for person in self.of(word)))
        return people if self.reaches(people) else tuple(dict.fromkeys([*people, *self.team]))


def _steps(kind: Kind, spec: PlanSpec, groups: _Groups, repeat_after_s: int) -> tuple[Step, ...]:
    """The rounds until the last thing that changes: the last step, or staff joining."""
    joins = spec.staff_after_rounds
    count = max(len(spec.steps), 0 if joins is None else joins + 1)
    steps: list[Step] = []
    for number in range(count):
        one = spec.steps[min(number, len(spec.steps) - 1)]
        after_s = one.after_min * 60 * kind.repeat_factor if number < len(spec.steps) else repeat_after_s
        people = groups.of_step(one)
        if joins is not None and number >= joins:
            people = tuple(dict.fromkeys([*people, *groups.staff]))
        steps.append(Step(after_s + (kind.first_after_s if number == 0 else 0), people, one.channels))
    return tuple(steps)


def _night(kind: Kind, person: Recipient, spec: PlanSpec) -> Night:
    """A hunter's own choice goes before the team's; for what can wait anybody's first light does."""
    if not kind.minds_night:
        return "wake"
    if person.night == "first_light" or (kind.waits_for_light and spec.slow_night == "first_light"):
        return "first_light"
    return "wake" if kind.waits_for_light or person.night == "wake" else spec.night


def dump_plan(plan: Plan) -> str:
    """The plan as JSON, as it is kept on the incident."""
    return _PLAN.dump_json(plan).decode()


def load_plan(kept: object) -> Plan:
    """The plan from its parsed JSON. Raises ValueError when it is none."""
    return _PLAN.validate_python(kept)


_PLAN = TypeAdapter(Plan)


def _target(person: Recipient, rules: PlanRules, night: Night) -> Target:
    return Target(person.person_id, person.name, channels_of(person, rules.channels), night)


def _ordered(target: Target, channels: Sequence[str]) -> Target:
    """The target with the channels of a step first, as far as they reach the person."""
    if not channels:
        return target
    first = [channel for channel in channels if channel in target.channels]
    ordered = tuple(dict.fromkeys([*first, *target.channels]))
    return Target(target.person_id, target.name, ordered, target.night)


def _reachable(targets: Iterable[Target]) -> frozenset[str]:
    return frozenset(target.person_id for target in targets if target.channels)


def channels_of(person: Recipient, town_has: Sequence[str]) -> tuple[str, ...]:
    """The town's channels that reach the person, in the person's own order."""
    preferred = [channel for channel in person.prefers if channel in town_has]
    ordered = dict.fromkeys([*preferred, *town_has])
    return tuple(channel for channel in ordered if person.is_reached_by(channel))


def _ids(targets: Iterable[Target]) -> tuple[str, ...]:
    return tuple(target.person_id for target in targets)
