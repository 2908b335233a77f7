"""Surveys in words: states, limits, what stands in the way, as message ids. Pure.

What the areas say of a plan in English is kept with the plan; here it is told again in the reader's language.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from hub.texts.words import Counted, Translate, msgid, nmsgid

__all__ = [
    "ACTIONS", "CAMERA_NAMES", "CHECKS", "GROUNDS", "MESSAGES", "OUTCOMES", "PHASES", "PINS", "REASONS",
    "SORTIE_STATES", "STOPS", "SURVEY_STATES", "ZONES", "tell_detail", "tell_fault", "tell_source",
]  # fmt: skip


SURVEY_STATES: Mapping[str, str] = {
    "draft": msgid("Being planned"),
    "planned": msgid("Waits for approval"),
    "approved": msgid("Approved, not launched"),
    "launching": msgid("Being launched"),
    "flying": msgid("In the air"),
    "held": msgid("Held in place"),
    "stopping": msgid("Coming down"),
    "stopped": msgid("Stopped"),
    "done": msgid("Done"),
    "cancelled": msgid("Cancelled"),
}
SORTIE_STATES: Mapping[str, str] = {
    "planned": msgid("Planned"),
    "offered": msgid("Waits for the partner"),
    "accepted": msgid("Ready to go"),
    "declined": msgid("Declined"),
    "preparing": msgid("Getting ready"),
    "ready": msgid("Mission loaded"),
    "starting": msgid("Taking off"),
    "flying": msgid("In the air"),
    "held": msgid("Held in place"),
    "returning": msgid("Coming back"),
    "landed": msgid("Landed"),
    "failed": msgid("Failed"),
    "cancelled": msgid("Cancelled"),
}
PHASES: Mapping[str, str] = {
    "idle": msgid("On the ground"),
    "preparing": msgid("Getting ready"),
    "ready": msgid("Mission loaded"),
    "climbing": msgid("Climbing"),
    "surveying": msgid("Surveying"),
    "held": msgid("Held in place"),
    "returning": msgid("Coming back"),
    "landing": msgid("Landing"),
    "landed": msgid("Landed"),
    "unknown": msgid("Not known"),
}
ACTIONS: Mapping[str, str] = {
    "prepare": msgid("Load the mission"),
    "fly": msgid("Take off"),
    "hold": msgid("Hold"),
    "resume": msgid("Go on"),
    "return": msgid("Return"),
    "land": msgid("Land"),
    "release": msgid("Call it off"),
}
STOPS: Mapping[str, str] = {
    "hold": msgid("It stays where it is, in the air."),
    "return": msgid("It flies home and lands there."),
    "land": msgid("It lands where it is, at once."),
}
CHECKS: Mapping[str, str] = {
    "height": msgid("Height"),
    "did": msgid("Densely inhabited district"),
    "airport": msgid("Around airports"),
    "emergency": msgid("Emergency-use airspace"),
    "no_go": msgid("Owners' no-go zones"),
    "owner_height": msgid("Height that the drones' owners allow"),
    "owner_fence": msgid("Fences of the drones' owners"),
    "coverage": msgid("Nothing is left out"),
    "keep_out": msgid("Keep-outs"),
    "holes": msgid("Holes of the area"),
    "outside": msgid("Outside the area"),
    "separation": msgid("Distance between drones"),
    "battery": msgid("Battery and reserve"),
    "terrain": msgid("Height above the ground"),
    "ground": msgid("Heights of the ground"),
}
ZONES: Mapping[str, str] = {
    "did": msgid("Densely inhabited district (DID)"),
    "airport": msgid("Around an airport"),
    "emergency": msgid("Emergency-use airspace"),
    "no_go": msgid("An owner's no-go zone"),
}
PINS: Mapping[str, str] = {
    "landslide": msgid("Landslide"),
    "flood": msgid("Flood"),
    "building": msgid("Damaged building"),
    "road": msgid("Road closed"),
    "person": msgid("People in need"),
    "other": msgid("Something else"),
}
OUTCOMES: Mapping[str, str] = {
    "passed": msgid("All right"),
    "exempt": msgid("Exempt (rescue)"),
    "permitted": msgid("Permitted"),
    "unknown": msgid("Not known: look yourself"),
    "failed": msgid("In the way"),
    # of what the planner says of its own plan: it stops nobody, and whoever approves should know
    "weak": msgid("Look at this"),
}
GROUNDS: Mapping[str, str] = {
    "art_132_92": msgid("Rescue asked for by the state or a town (art. 132-92)"),
    "permit": msgid("A permit"),
}
CAMERA_NAMES: Mapping[str, str] = {
    "dji-phantom-4-rtk": "DJI Phantom 4 RTK",
    "dji-mavic-3e": "DJI Mavic 3E",
}
# Of replies and failed sorties, as the wire names them; what is not here is shown as it came.
REASONS: Mapping[str, str] = {
    "no_answer": msgid("Nobody answered"),
    "expired": msgid("The order came too late"),
    "replayed": msgid("The order was a repeat"),
    "preflight": msgid("A check before take-off failed"),
    "fence": msgid("The owner's fence does not allow it"),
    "clock": msgid("The agent's clock is not set"),
    "link": msgid("No link to the autopilot"),
    "battery": msgid("The battery is too low"),
    "not_flying": msgid("It was stopped before it took off"),
}

# The sentences with which the hub refuses, so that they can be translated; `tell_fault` finds them.
MESSAGES = (
    msgid("You asked for this survey or made its plan: a second person approves it."),
    msgid("A second person must approve this plan first."),
    msgid("This plan was approved by whoever asked for it: a second person must approve."),
    msgid("Record the ground in law first: the request under art. 132-92, or a permit."),
    msgid("The limits must be checked again: the last check is too old."),
    msgid("This plan names no drones of the town or its partners: plan again with their ids."),
    msgid("A partner has not answered yet; wait, or launch only what was accepted."),
    msgid("No sortie was accepted."),
    msgid("Nothing of this survey is in the air."),
    msgid("No drone of this survey holds its place."),
    msgid("This survey is not flying."),
    msgid("This survey is over."),
    msgid("This drone is flying another sortie."),
    msgid("Nothing is left to see."),
    msgid("Somebody has planned this survey anew meanwhile. Sent again, your plan replaces theirs."),
    msgid("Somebody has planned this survey anew meanwhile. Look at the plan as it is now."),
    msgid("A drill is no rescue: art. 132-92 does not exempt it. Record a permit."),
    msgid("This sortie is not offered now."),
    msgid("This survey has no plan yet."),
    msgid("This plan waits for the approval of a second person."),
    msgid("This plan is approved and has not been launched."),
    msgid("This survey is being launched."),
    msgid("This survey is in the air."),
    msgid("This survey's drones hold their places."),
    msgid("This survey's drones are coming down."),
    msgid("This survey was stopped; plan again what is left."),
    msgid("This survey is done; plan again what is left."),
    msgid("This survey was cancelled."),
    msgid("Too many plans are being made; try again."),
    msgid("A drill stays a drill, and what is none becomes none: draw another survey."),
    msgid("This sortie has no real drone."),
    msgid("The drone's partner decides, or city staff for them."),
    msgid("The drone's partner says this, or city staff for them."),
    msgid("City staff say whose a drone is."),
    msgid("Name your drone: only responders and staff order all of them."),
    msgid("no heights of the ground are known here; plan at one height above the take-off place"),
    msgid("no drone can reach the area without entering a keep-out, or on its battery"),
    msgid("the keep-outs cover the whole area; there is nothing to survey"),
    msgid("the area encloses nothing; draw a polygon with at least three corners"),
    msgid("the area reaches round the globe; areas across the date line must be planned in two parts"),
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"Somebody must look again and say so \(check\): (?P<what>.+)\."),
        msgid("Somebody must look and answer for it: %(what)s."),
    ),
    (
        re.compile(r"Since the approval something has changed: (?P<what>[^:]+): .+"),
        msgid("Since the approval something has changed: %(what)s."),
    ),
    (
        re.compile(r"(?P<drone>\S+) is flying for another survey \(\S+\)\."),
        msgid("%(drone)s is flying for another survey."),
    ),
    (re.compile(r"(?P<drone>\S+) is not ready, as its partner says\."), msgid("Not ready: %(drone)s.")),
    (
        re.compile(r"(?P<drone>\S+) would have to fly (?P<a>\d+) m too low, below its take-off place: .+"),
        msgid(
            "%(drone)s would have to fly below its take-off place (%(a)s m too low): take off from a lower place, or"
            " fly higher."
        ),
    ),
    (
        re.compile(r"the terrain (ends before|has no height at) (?P<a>[-\d.]+, [-\d.]+) .+"),
        msgid("The height of the ground is not known at %(a)s (latitude, longitude): plan at one height."),
    ),
    (
        re.compile(r"the terrain ends within (?P<a>\d+) m of the way of (?P<drone>\S+); .+"),
        msgid("The height of the ground is not known everywhere within %(a)s m of the way: plan at one height."),
    ),
    (
        re.compile(r"the height above the terrain must be (?P<a>\d+) m or more"),
        msgid("Above the ground at least %(a)s m are flown."),
    ),
    (
        re.compile(r"Another drone is in the air where (?P<drone>\S+) would come near: .*"),
        msgid(
            "Another drone is in the air where %(drone)s would come near: wait until it has landed, or let %(drone)s"
            " return or land."
        ),
    ),
    (
        re.compile(r"(?P<other>\S+) is in the air where (?P<drone>\S+) would come near: .*"),
        msgid(
            "%(other)s is in the air where %(drone)s would come near: wait until it has landed, or let %(drone)s return"
            " or land."
        ),
    ),
    (
        re.compile(r"Another drone holds its place, was stopped or does not answer, .*"),
        msgid(
            "Another drone holds its place, was stopped or does not answer, and this way comes near: let it land first."
        ),
    ),
    (
        re.compile(r"(?P<drone>\S+) holds its place, was stopped or does not answer, .*"),
        msgid("%(drone)s holds its place, was stopped or does not answer, and this way comes near: let it land first."),
    ),
    (
        re.compile(r"the area is wider than (?P<a>\d+) km; plan it in parts"),
        msgid("The area is wider than %(a)s km: plan it in parts."),
    ),
    (
        re.compile(r"the area would take more than (?P<a>\d+) lines; widen the spacing or plan it in parts"),
        msgid("The area would take too many lines (over %(a)s): widen the spacing, or plan it in parts."),
    ),
    (
        re.compile(r"the home is more than (?P<a>\d+) km from the area"),
        msgid("The take-off place is more than %(a)s km from the area."),
    ),
    (
        re.compile(r"the home is in a keep-out or within (?P<a>\d+) m of one; move it"),
        msgid("The take-off place is in a keep-out, or within %(a)s m of one: move it."),
    ),
    (
        re.compile(r"(?P<drone>\S+): the battery does not last for the climb and the landing"),
        msgid("%(drone)s: the battery does not last for the climb and the landing."),
    ),
    (
        re.compile(r"the line spacing must be between (?P<a>\d+) and (?P<b>\d+) m"),
        msgid(
            "The line spacing must be between %(a)s and %(b)s m; with a camera it comes from the centimetres a pixel."
        ),
    ),
    (
        re.compile(r"the height must be between (?P<a>\d+) and (?P<b>\d+) m"),
        msgid("The height must be between %(a)s and %(b)s m; with a camera it comes from the centimetres a pixel."),
    ),
    (
        re.compile(r"no drone is called (?P<drone>.+)"),
        msgid("There is no such drone any more: %(drone)s. Choose again."),
    ),
    (re.compile(r"Not ready, as their partners say: (?P<drone>.+)\."), msgid("Not ready: %(drone)s.")),
    (re.compile(r"This sortie is (?P<state>\w+)( already)?\."), msgid("This sortie is at: %(state)s.")),
    (
        re.compile(
            r"(?P<what>height|did|airport|emergency|no_go|owner_height|owner_fence|separation|keep_out|battery|terrain)"
            r": .+"
        ),
        msgid("A limit stands in the way: %(what)s."),
    ),
)
_DETAILS: tuple[tuple[re.Pattern[str], str | Counted], ...] = (
    (
        re.compile(r"(?P<a>[\d.]+) m above the ground below; (?P<b>[\d.]+) m above (the )?ground is the limit"),
        msgid("%(a)s m above the ground below; %(b)s m is the limit"),
    ),
    (
        re.compile(r"(?P<a>\d+) m above the take-off place, its owner allows (?P<b>[\d.]+) m: (?P<drone>.+)"),
        msgid("%(a)s m above the take-off place, its owner allows %(b)s m: %(drone)s"),
    ),
    (re.compile(r"no higher than the drones' owners allow"), msgid("No higher than the drones' owners allow")),
    (re.compile(r"outside its owner's fence: (?P<drone>.+)"), msgid("Outside its owner's fence: %(drone)s")),
    (re.compile(r"within the fences of the drones' owners"), msgid("Within the fences of the drones' owners")),
    (
        re.compile(r"never under (?P<a>-?[\d.]+) m above the ground below,.*; (?P<b>[\d.]+) m wanted"),
        msgid("%(a)s m above the ground below at the least; %(b)s m wanted"),
    ),
    (
        re.compile(r"the heights of the ground are not known everywhere here;.*"),
        msgid("Not known everywhere here: look for hills on the ways yourself"),
    ),
    (
        re.compile(r"(?P<a>[\d.]+) m above the take-off place; (?P<b>[\d.]+) m above (the )?ground is the limit"),
        msgid("%(a)s m above the take-off place; %(b)s m above the ground is the limit"),
    ),
    (
        re.compile(r"(?P<a>[\d.]+) % within half a line spacing of a path; (?P<b>[\d.]+) % wanted"),
        msgid("%(a)s %% of the area is seen; %(b)s %% wanted"),
    ),
    (
        re.compile(r"(?P<a>[\d.]+) m in (?P<b>\d+) keep-outs?"),
        nmsgid("%(a)s m of the way in %(b)s keep-out", "%(a)s m of the way in %(b)s keep-outs"),
    ),
    (
        re.compile(r"(?P<a>[\d.]+) m over holes of the area; allowed: (yes|no)"),
        msgid("%(a)s m of the way over holes of the area"),
    ),
    (
        re.compile(r"(?P<a>[\d.]+) m outside the area while surveying, up to (?P<b>[\d.]+) m from it"),
        msgid("%(a)s m of the way outside the area, up to %(b)s m from it"),
    ),
    (re.compile(r"(?P<a>[\d.]+) m outside the area"), msgid("%(a)s m of the way outside the area")),
    (
        re.compile(r"paths come within (?P<a>[\d.]+) m of each other at one height; (?P<b>[\d.]+) m wanted"),
        msgid("Drones come as near as %(a)s m; %(b)s m wanted"),
    ),
    (
        re.compile(
            r"drones (at one height|that no height keeps apart) come within (?P<a>[\d.]+) m of each other,.*;"
            r" (?P<b>[\d.]+) m wanted"
        ),
        msgid("Drones come as near as %(a)s m; %(b)s m wanted"),
    ),
    (
        re.compile(r"drones (at one height|that no height keeps apart) are never up together,.*"),
        msgid("Drones that no height keeps apart are never up together"),
    ),
    (
        re.compile(
            r"at most (?P<a>[\d.]+)\s?% of a battery is planned with; (?P<b>\d+) sorti(es go|e goes) into the reserve"
        ),
        msgid("Flights take %(a)s %% of a battery at most; into the reserve: %(b)s"),
    ),
    (re.compile(r"no zone of this kind is met"), msgid("No such zone is met")),
    (
        re.compile(r"no data of this kind that hold now; whoever approves answers for having looked"),
        msgid("The service has no data. Whoever approves looks and answers for it."),
    ),
    (re.compile(r"meets (?P<a>[^;]+)(?P<b>;.*)?"), msgid("Meets: %(a)s")),
)
_SOURCES: Mapping[str, str] = {
    "planner": msgid("Planner"),
    "request": msgid("As it was asked"),
    "owner": msgid("The owner's word"),
    "Civil Aeronautics Act art. 132-85 (航空法第132条の85)": msgid("Civil Aeronautics Act art. 132-85"),
}
_SAMPLE = "sample, made up: "


def tell_fault(text: str, translate: Translate, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """The sentences with which the hub refuses, a line each, in the reader's language; what is not known stays.

    `names` are those of drones by their ids.
    """
    return "\n".join(_tell_line(line, translate, names) for line in text.split("\n"))


def _tell_line(text: str, translate: Translate, names: Mapping[str, str]) -> str:
    told = translate(text)
    if told != text:
        return told
    for pattern, message in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            blanks = found.groupdict()
            for drone in blanks.keys() & {"drone", "other"}:
                blanks[drone] = _named(blanks[drone], translate, names)
            if "what" in blanks:
                checks = [CHECKS.get(name, name) for name in blanks["what"].split(", ")]
                blanks["what"] = translate(msgid(", ")).join(translate(name) for name in checks)
            if "state" in blanks:
                blanks["state"] = translate(SORTIE_STATES.get(blanks["state"], blanks["state"]))
            return translate(message) % blanks
    return text


def _named(drones: str, translate: Translate, names: Mapping[str, str]) -> str:
    return translate(msgid(", ")).join(names.get(one, one) for one in drones.split(", "))


def tell_detail(text: str, translate: Translate, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """What a check has found, in the reader's language; drones by their names."""
    head = text.partition("; ")[0]
    for pattern, message in _DETAILS:
        for tried in (text, head):
            found = pattern.match(tried)
            if found:
                blanks = found.groupdict()
                if "drone" in blanks:
                    blanks["drone"] = _named(blanks["drone"], translate, names)
                form = (
                    translate.count(message, int(blanks["b"])) if isinstance(message, Counted) else translate(message)
                )
                return form % blanks
    return text


def tell_source(text: str, translate: Translate) -> str:
    """Where a rule and its data are from; laws and titles of data are names and stay."""
    first, mark, rest = text.partition("; ")
    told = rest.replace(_SAMPLE, translate(msgid("Sample, made up")) + " ")
    return translate(_SOURCES.get(first, first)) + mark + told
