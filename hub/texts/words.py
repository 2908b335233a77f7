"""The field's own vocabulary as message ids: states, kinds and outcomes that the code stores by their keys."""

from collections.abc import Mapping

__all__ = [
    "DEVICE_KINDS",
    "INCIDENT_KINDS",
    "INCIDENT_STATES",
    "LINES",
    "OUTCOMES",
    "PATROL_STATES",
    "ROLES",
    "TRAP_STATES",
    "msgid",
]


def msgid(text: str) -> str:
    """Marks a text for the catalogues where it is not yet translated; returns it as it is."""
    return text


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
