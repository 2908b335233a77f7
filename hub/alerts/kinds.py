"""The kinds of incident, as a table: how urgent, who is told, in which words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hub.texts.words import msgid

__all__ = ["ARE_YOU_BACK", "FIELD_OUTCOMES", "KINDS", "OUTCOMES", "SECOND_WANTED", "Audience", "Kind"]

Audience = Literal["hunters", "staff", "farmers"]

# What a person can report: caught, fired with nothing in it (空はじき), the wrong species (錯誤捕獲), only visited.
OUTCOMES: frozenset[str] = frozenset({"captured", "empty", "wrong_species", "visited"})
# What a farmer says of a matter of the field: taken note of, or something was done about it.
FIELD_OUTCOMES: frozenset[str] = frozenset({"seen", "done"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of incident. Texts are message ids; `%(name)s` is the name of what it is about (device, agent, plot),
    and `%(words)s` what is the matter with it, where that stands on the incident in every language.

    `first_after_s`: seconds before the first notice, in which the matter may mend itself. `repeat_factor`: how many
    times `WANAMORI_REPEAT_AFTER_S` pass between two rounds while nobody answers: a fired trap cannot wait, others can.
    `waits_for_light`: at night hunters are told of it at first light, unless their team wants otherwise; without
    `minds_night` nobody's night counts.
    """

    key: str
    tells: Audience
    subject: str
    lead: str
    when: str
    first_after_s: int = 0
    repeat_factor: int = 1
    waits_for_light: bool = False
    minds_night: bool = True

    @property
    def rank(self) -> int:
        """Its place in the order of loudness; 0 is the loudest."""
        return _LOUDNESS.get(self.key, len(_LOUDNESS))

    @property
    def of_field(self) -> bool:
        """Whether it is a matter of the field: told once, at a low urgency, and settled by having been seen."""
        return self.tells == "farmers"

    @property
    def outcomes(self) -> frozenset[str]:
        """What a person can report of it."""
        return FIELD_OUTCOMES if self.of_field else OUTCOMES


# The loudest first: in this order a message lists what it tells of.
_ALL = (
    Kind(
        "person_overdue",
        tells="hunters",
        subject=msgid("Not back yet: %(name)s"),
        lead=msgid("This person has not come back in time: %(name)s. Please call, and look for them."),
        when=msgid("Expected back"),
    ),
    Kind(
        "trap_sprung",
        tells="hunters",
        subject=msgid("Trap sprung: %(name)s"),
        lead=msgid("The trap “%(name)s” has sprung."),
        when=msgid("Sprung"),
    ),
    Kind(
        "trap_silent",
        tells="hunters",
        subject=msgid("No signal from trap: %(name)s"),
        lead=msgid("The trap “%(name)s” gives no signal. If it springs now, nobody will know. Please go and look."),
        when=msgid("Last signal"),
        repeat_factor=8,
        waits_for_light=True,
    ),
    Kind(
        "trap_fault",
        tells="hunters",
        subject=msgid("Wire faulty: %(name)s"),
        lead=msgid("The wire of the trap “%(name)s” is cut, unplugged or faulty. It cannot say when it springs."),
        when=msgid("Noticed"),
        first_after_s=1800,
        repeat_factor=8,
        waits_for_light=True,
    ),
    Kind(
        "trap_sprung_disarmed",
        tells="staff",
        subject=msgid("A trap that is not in service has sprung: %(name)s"),
        lead=msgid("The trap “%(name)s” has sprung, but it is not in service. Please ask whether somebody has set it."),
        when=msgid("Sprung"),
        repeat_factor=8,
    ),
    Kind(
        "trap_unreadable",
        tells="staff",
        subject=msgid("Unreadable message from a trap: %(name)s"),
        lead=msgid("A message from “%(name)s” could not be read. It may have been a sprung trap: please find out."),
        when=msgid("Received"),
    ),
    Kind(
        "patrol_unvisited",
        tells="hunters",
        subject=msgid("Not visited today: %(name)s"),
        lead=msgid("Nobody has written down a visit to the trap “%(name)s” today. Traps are visited every day."),
        when=msgid("Noticed"),
        repeat_factor=96,
        minds_night=False,
    ),
    Kind(
        "agent_down",
        tells="staff",
        subject=msgid("Device does not answer: %(name)s"),
        lead=msgid("The agent “%(name)s” does not answer. Nothing that hangs on it is being watched."),
        when=msgid("Last signal"),
        repeat_factor=8,
    ),
    Kind(
        "frost_tonight",
        tells="farmers",
        subject=msgid("Frost tonight: %(name)s"),
        lead=msgid("%(name)s: %(words)s"),
        when=msgid("Foreseen"),
    ),
    Kind(
        "field_threshold",
        tells="farmers",
        subject=msgid("%(name)s: %(words)s"),
        lead=msgid("%(name)s: %(words)s"),
        when=msgid("Measured"),
    ),
    Kind(
        "sensor_trouble",
        tells="farmers",
        subject=msgid("Sensor trouble: %(name)s"),
        lead=msgid("%(name)s: %(words)s"),
        when=msgid("Noticed"),
    ),
)

_LOUDNESS = {kind.key: number for number, kind in enumerate(_ALL)}

KINDS: Mapping[str, Kind] = {kind.key: kind for kind in _ALL}

# Other words for one who is told of an incident: that a second person is wanted, and what the missing person reads.
SECOND_WANTED = Kind(
    "second_wanted",
    tells="hunters",
    subject=msgid("A second person is wanted: %(name)s"),
    lead=msgid("Somebody is on the way to “%(name)s” alone, and a second person is wanted. Can you come?"),
    when=msgid("It happened"),
)
ARE_YOU_BACK = Kind(
    "are_you_back",
    tells="hunters",
    subject=msgid("Are you back? (%(name)s)"),
    lead=msgid("You meant to be back by now (%(name)s). Please say that you are; the others begin to look for you."),
    when=msgid("Expected back"),
)
