"""The field's own vocabulary as message ids: states, kinds and outcomes that the code stores by their keys."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

__all__ = [
    "ABNORMALITIES",
    "AGES",
    "ANY_AGE",
    "BATTERY_WORDS",
    "CLAIM_ACTS",
    "CLAIM_STATES",
    "COOLINGS",
    "DEVICE_KINDS",
    "DISPOSALS",
    "ESTIMATES",
    "FIELD_OUTCOMES",
    "FROST_LEVELS",
    "FROST_REASONS",
    "HUNT_KINDS",
    "INCIDENT_KINDS",
    "INCIDENT_STATES",
    "LIMBS",
    "LINES",
    "MEAT_MOMENTS",
    "MEAT_REASONS",
    "MEAT_STATES",
    "OUTCOMES",
    "PATROL_STATES",
    "PCR_RESULTS",
    "PERMIT_KINDS",
    "PERMIT_MATTERS",
    "PERMIT_STATES",
    "RADIATION_STATES",
    "ROLES",
    "SEXES",
    "SPECIES",
    "TRAP_KINDS",
    "TRAP_STATES",
    "YES_NO",
    "Counted",
    "Translate",
    "msgid",
    "nmsgid",
    "numbered",
]


class Counted(NamedTuple):
    """A message that says a count: its English for one, and for none or many."""

    one: str
    many: str


class Translate(Protocol):
    """From message ids to texts in one language."""

    def __call__(self, text: str, /) -> str:
        """The text; an unknown id comes back as it is."""
        ...

    def count(self, forms: Counted, n: int, /) -> str:
        """The form that fits n, with its blanks still open."""
        ...


def msgid(text: str) -> str:
    """Marks a text for the catalogues where it is not yet translated; returns it as it is."""
    return text


def nmsgid(one: str, many: str) -> Counted:
    """Marks a message that says a count, for `Translate.count`; `"%(n)s place", "%(n)s places"`."""
    return Counted(one, many)


def numbered(n: int, one: str, many: str | None = None) -> str:
    """A number and its noun, for what is only ever English: the command line, a plan's own words."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


TRAP_STATES: Mapping[str, str] = {
    "armed": msgid("Set"),
    "sprung": msgid("Sprung"),
    "silent": msgid("No signal"),
    "sprung_silent": msgid("Sprung, and no signal since"),
    "disarmed": msgid("Not set"),
}

LINES: Mapping[str, str] = {
    "closed": msgid("wire closed"),
    "open": msgid("wire open"),
    "tampered": msgid("wire cut or unplugged"),
    "fault": msgid("wire faulty"),
}

INCIDENT_KINDS: Mapping[str, str] = {
    "trap_sprung": msgid("Trap sprung"),
    "trap_silent": msgid("Trap gives no signal"),
    "trap_fault": msgid("Trap's wire cut or faulty"),
    "trap_sprung_disarmed": msgid("Trap out of service has sprung"),
    "trap_unreadable": msgid("Trap's message could not be read"),
    "patrol_unvisited": msgid("Not visited today"),
    "agent_down": msgid("Agent does not answer"),
    "person_overdue": msgid("Somebody is not back"),
    "frost_tonight": msgid("Frost tonight"),
    "field_threshold": msgid("Field warning"),
    "sensor_trouble": msgid("Sensor trouble"),
}

INCIDENT_STATES: Mapping[str, str] = {
    "open": msgid("Nobody is going yet"),
    "going": msgid("Somebody is going"),
    "resolved": msgid("Settled"),
}

OUTCOMES: Mapping[str, str] = {
    "captured": msgid("Captured"),
    "empty": msgid("Sprung, nothing caught"),
    "wrong_species": msgid("Wrong species"),
    "visited": msgid("Only visited"),
}

# What a farmer says of a matter of the field.
FIELD_OUTCOMES: Mapping[str, str] = {"seen": msgid("Seen"), "done": msgid("Something was done")}

ROLES: Mapping[str, str] = {
    "hunter": msgid("Hunter"),
    "farmer": msgid("Farmer"),
    "responder": msgid("Disaster responder"),
    "partner": msgid("Drone partner"),
    "staff": msgid("City staff"),
}

DEVICE_KINDS: Mapping[str, str] = {
    "trap": msgid("Trap"),
    "station": msgid("Field station"),
    "drone": msgid("Drone"),
}

PATROL_STATES: Mapping[str, str] = {
    "visited": msgid("Visited"),
    "open": msgid("Not visited yet"),
    "unvisited": msgid("Not visited"),
    "sensor": msgid("Sensor watches (by the permit)"),
    "exempt": msgid("No visit owed"),
    "future": msgid("Still to come"),
}

PERMIT_KINDS: Mapping[str, str] = {
    "pest_control": msgid("Pest control"),
    "hunting": msgid("Hunting"),
    "designated": msgid("Designated species programme"),
}

PERMIT_STATES: Mapping[str, str] = {
    "to_come": msgid("Not valid yet"),
    "valid": msgid("Valid"),
    "expiring": msgid("Ends soon"),
    "report_due": msgid("Ended, report due"),
    "overdue": msgid("Ended, report overdue"),
    "done": msgid("Report handed in"),
}

PERMIT_MATTERS: Mapping[str, str] = {
    "overdue": msgid("The report is overdue"),
    "no_permit": msgid("A trap in service without a valid permit"),
    "too_many": msgid("More traps than a hunter may have"),
    "too_many_traps": msgid("More traps than the permit allows"),
    "out_of_season": msgid("A hunting trap in service out of season"),
    "report_due": msgid("The report is due"),
    "expiring": msgid("The permit ends soon"),
}

SPECIES: Mapping[str, str] = {
    "boar": msgid("Wild boar"),
    "deer": msgid("Sika deer"),
    "muntjac": msgid("Muntjac"),
    "raccoon": msgid("Raccoon"),
    "civet": msgid("Masked palm civet"),
    "macaque": msgid("Macaque"),
    "nutria": msgid("Nutria"),
    "badger": msgid("Badger"),
    "raccoon_dog": msgid("Raccoon dog"),
    "fox": msgid("Fox"),
    "hare": msgid("Hare"),
    "serow": msgid("Serow"),
    "bear": msgid("Bear"),
    "cat": msgid("Cat"),
    "dog": msgid("Dog"),
    "bird": msgid("Bird"),
    "other": msgid("Other animal"),
}

MEAT_STATES: Mapping[str, str] = {
    "unwritten": msgid("Hygiene form not written yet"),
    "waiting": msgid("Held: waiting for the radiation test"),
    "released": msgid("May be used as food"),
    "refused": msgid("Not food"),
}

RADIATION_STATES: Mapping[str, str] = {
    "not_asked": msgid("No test is asked for"),
    "waiting": msgid("Waiting for the result"),
    "released": msgid("Within the limit"),
    "refused": msgid("Above the limit"),
}

MEAT_MOMENTS: Mapping[str, str] = {
    "found": msgid("Found"),
    "killed": msgid("Killed"),
    "bled": msgid("Bled"),
    "delivered": msgid("Delivered"),
}

# The eleven questions before butchering (野生鳥獣肉の衛生管理に関する指針), and what else excludes an animal.
ABNORMALITIES: Mapping[str, str] = {
    "gait": msgid("Unsteady on its feet"),
    "nerves": msgid("Signs of nervous disease, strange behaviour"),
    "deformity": msgid("Deformity or growths on the face or elsewhere"),
    "parasites": msgid("Very many ticks or other parasites on the skin"),
    "hair_loss": msgid("Marked loss of hair"),
    "emaciation": msgid("Very thin"),
    "wound": msgid("A large wound"),
    "abscess": msgid("Lumps with pus under the skin in many places"),
    "blisters": msgid("Blisters or sores on mouth, lips, tongue, udder or hooves"),
    "diarrhoea": msgid("Diarrhoea, dirty around the tail"),
    "other": msgid("Anything else that is plainly not normal"),
}

MEAT_REASONS: Mapping[str, str] = {
    **ABNORMALITIES,
    "temperature": msgid("The body is too warm"),
    "hunter_ill": msgid("The hunter was not well"),
    "killer_ill": msgid("Who killed it was not well"),
}

LIMBS: Mapping[str, str] = {
    "front_left": msgid("Front left"),
    "front_right": msgid("Front right"),
    "rear_left": msgid("Rear left"),
    "rear_right": msgid("Rear right"),
    "box": msgid("None (box trap)"),
    "other": msgid("Elsewhere"),
}

COOLINGS: Mapping[str, str] = {
    "none": msgid("Not cooled"),
    "water": msgid("Cold water"),
    "ice": msgid("Ice"),
    "cold_room": msgid("Cold room"),
}

SEXES: Mapping[str, str] = {"male": msgid("Male"), "female": msgid("Female"), "unknown": msgid("Not known")}

AGES: Mapping[str, str] = {"adult": msgid("Adult"), "juvenile": msgid("Juvenile"), "unknown": msgid("Not known")}

DISPOSALS: Mapping[str, str] = {
    "buried": msgid("Buried"),
    "burnt": msgid("Burnt"),
    "livestock_office": msgid("To the livestock hygiene office"),
    "own_use": msgid("For one's own table"),
    "gibier": msgid("To a game meat facility"),
    "other": msgid("Something else"),
    "released": msgid("Released"),
}

HUNT_KINDS: Mapping[str, str] = {
    "pest_control": msgid("Pest control"),
    "hunting": msgid("Hunting season"),
    "designated": msgid("Designated control programme"),
}

TRAP_KINDS: Mapping[str, str] = {
    "box": msgid("Box trap"),
    "enclosure": msgid("Enclosure trap"),
    "snare": msgid("Foot snare"),
    "other": msgid("Another trap"),
}

PCR_RESULTS: Mapping[str, str] = {
    "waiting": msgid("Result is waited for"),
    "negative": msgid("Negative"),
    "positive": msgid("Positive"),
}

CLAIM_STATES: Mapping[str, str] = {
    "filed": msgid("Waiting for city staff"),
    "asked": msgid("City staff ask something"),
    "approved": msgid("Approved"),
    "refused": msgid("Refused"),
    "withdrawn": msgid("Withdrawn"),
}

CLAIM_ACTS: Mapping[str, str] = {
    "filed": msgid("Filed"),
    "asked": msgid("Asked back"),
    "answered": msgid("Answered"),
    "seconded": msgid("First approval"),
    "approved": msgid("Approved"),
    "refused": msgid("Refused"),
    "withdrawn": msgid("Withdrawn"),
    "corrected": msgid("The report was corrected"),
}

YES_NO: Mapping[str, str] = {"yes": msgid("Yes"), "no": msgid("No")}

ANY_AGE = msgid("any age")

FROST_LEVELS: Mapping[str, str] = {
    "unlikely": msgid("unlikely"),
    "possible": msgid("possible"),
    "likely": msgid("likely"),
    "no_statement": msgid("no statement"),
}

FROST_REASONS: Mapping[str, str] = {
    "too_early": msgid("the evening has not begun to cool yet"),
    "no_sunset": msgid("the sun does not set here today"),
    "no_readings": msgid("no temperature was measured since sunset"),
    "old_readings": msgid("the newest temperature is more than an hour old"),
    "few_readings": msgid("too few temperatures were measured since sunset"),
    "sensor_trouble": msgid("the thermometer cannot be believed now"),
    "own_nights": msgid("From this place's own clear nights."),
    "cooling": msgid("From this evening's cooling."),
    "already_there": msgid("It is already as cold as that."),
    "dew_holds": msgid("Dew slows the cooling down."),
    "dry_air": msgid("The air is dry, so that it cools quickly."),
    "wind": msgid("There is wind, which makes this less certain."),
    "no_humidity": msgid("Humidity is not measured, which makes this less certain."),
}

BATTERY_WORDS: Mapping[str, str] = {
    "full": msgid("full"),
    "good": msgid("good"),
    "low": msgid("low"),
    "empty": msgid("nearly empty"),
}

ESTIMATES: Mapping[str, str] = {
    "radiation": msgid("sunshine"),
    "humidity": msgid("humidity of the air"),
    "wind": msgid("wind"),
    "pressure": msgid("air pressure"),
}
