"""A survey's timeline in plain words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from hub.surveys.values import Entry
from hub.texts.words import Counted, Translate, msgid, nmsgid
from hub.web.pages.survey_words import ACTIONS, GROUNDS, PINS, REASONS

__all__ = ["SurveyLine", "tell_survey"]

# Steps between two orders are for whoever looks for a fault; the page shows them when it is asked to.
_FINE = frozenset({"ordered", "prepared", "own_drone"})
_LOUD = frozenset({"stopped", "unanswered", "failed", "declined", "stays", "gave_way", "message"})
_LATE_S = 60

_TEXTS: Mapping[str, str | Counted] = {
    "drawn": msgid("%(who)s drew the area."),
    "planned": nmsgid(
        "%(who)s made plan %(version)s: %(sorties)s flight, %(coverage)s %%.",
        "%(who)s made plan %(version)s: %(sorties)s flights, %(coverage)s %%.",
    ),
    "ground_recorded": msgid("%(who)s recorded the ground in law: %(ground)s (%(requester)s)."),
    "checked": msgid("The limits were checked for %(who)s."),
    "vouched": msgid("%(who)s has looked at the limits and answers for it."),
    "approved": msgid("%(who)s approved plan %(version)s."),
    "approval_withdrawn": msgid("%(who)s took the approval back."),
    "cancelled": msgid("%(who)s cancelled the survey."),
    "offered": msgid("%(drone)s: the flight was offered to %(partner)s."),
    "own_drone": msgid("%(drone)s is the town's own drone."),
    "accepted": msgid("%(drone)s: %(who)s accepted the flight."),
    "declined": msgid("%(drone)s: %(who)s declined the flight."),
    "launched": msgid("%(who)s launched the survey."),
    "battery_changed": msgid("%(drone)s: %(who)s says the battery is changed."),
    "battery_due": msgid("%(drone)s: the battery is to be changed for the next flight."),
    "stop_hold": msgid("%(who)s ordered: hold."),
    "stop_return": msgid("%(who)s ordered: return."),
    "stop_land": msgid("%(who)s ordered: land."),
    "stop_hold_one": msgid("%(who)s ordered %(drone)s: hold."),
    "stop_return_one": msgid("%(who)s ordered %(drone)s: return."),
    "stop_land_one": msgid("%(who)s ordered %(drone)s: land."),
    "resumed": msgid("%(who)s lets the drones go on."),
    "ordered": msgid("%(drone)s: order sent (%(action)s)."),
    "answered_accepted": msgid("%(drone)s received the order (%(action)s)."),
    "answered_done": msgid("%(drone)s has done it (%(action)s)."),
    "answered_refused": msgid("%(drone)s refused (%(action)s): %(reason)s"),
    "answered_failed": msgid("%(drone)s could not do it (%(action)s): %(reason)s"),
    "unanswered": msgid("%(drone)s: nobody answered the order (%(action)s)."),
    "prepared": msgid("%(drone)s: the mission is loaded."),
    "waits": msgid("%(drone)s waits to take off: it would come near %(other)s."),
    "waits_other": msgid("%(drone)s waits to take off: it would come near another drone."),
    "stays_other": msgid("%(drone)s stays where it is: it would come near another drone."),
    "stays": msgid("%(drone)s stays where it is: it would come near %(other)s."),
    "gave_way": msgid("%(drone)s has waited too long for the others: say again that it may go."),
    "flying": msgid("%(drone)s is in the air."),
    "held": msgid("%(drone)s holds its place."),
    "going_home": msgid("%(drone)s is coming back."),
    "landed": msgid("%(drone)s has landed."),
    "failed": msgid("%(drone)s: the flight failed: %(reason)s"),
    "ended": msgid("The survey has ended."),
    "pin_added": msgid("%(who)s set a pin: %(pin)s."),
    "pin_removed": msgid("%(who)s removed a pin."),
    "released": msgid("%(who)s released the summary for everybody."),
    "release_withdrawn": msgid("%(who)s took the summary for everybody back."),
    "message": msgid("%(drone)s: %(text)s"),
}
# What the agent itself says beside the autopilot's own words (edge.flight.duty), which stay as they are.
_SAID: Mapping[str, str] = {
    "link to the vehicle lost": msgid("the box does not hear the drone any more"),
    "link to the vehicle is there": msgid("the box hears the drone"),
}


@dataclass(frozen=True, slots=True)
class SurveyLine:
    """One line. `late_s` is how much later the hub heard of it, where that matters; `note` is what a person wrote."""

    at: datetime
    text: str
    note: str | None
    loud: bool
    fine: bool
    late_s: int | None


def tell_survey(
    entries: Sequence[Entry], names: Mapping[str, str], drones: Mapping[str, str], translate: Translate
) -> list[SurveyLine]:
    """The lines, newest first. `names` are people's by id, `drones` the drones' by id."""
    return [_line(entry, names, drones, translate) for entry in reversed(entries)]


def _line(entry: Entry, names: Mapping[str, str], drones: Mapping[str, str], translate: Translate) -> SurveyLine:
    detail = entry.detail
    wording = _wording(entry)
    drone, partner = str(detail.get("drone") or ""), str(detail.get("partner") or "")
    reason = str(detail.get("reason") or "")
    said = str(detail.get("said") or "")
    coverage = cast("float", detail.get("coverage") or 0.0)
    blanks = {
        "who": names.get(entry.actor, translate(msgid("The service"))),
        "drone": drones.get(drone, drone),
        "other": drones.get(str(detail.get("other")), str(detail.get("other") or "")),
        "partner": names.get(partner, partner),
        "version": detail.get("version", ""),
        "sorties": detail.get("sorties", ""),
        "coverage": f"{int(coverage * 1000) / 10:g}",
        "ground": translate(GROUNDS.get(str(detail.get("kind")), str(detail.get("kind")))),
        "requester": detail.get("requester", ""),
        "action": translate(ACTIONS.get(str(detail.get("action")), str(detail.get("action")))),
        "reason": said or translate(REASONS.get(reason, reason)) if said or reason else "",
        "text": _said(str(detail.get("text", "")), translate),
        "pin": translate(PINS.get(str(detail.get("kind")), "")) if "pin" in detail else "",
    }
    late_s = round((entry.recorded_at - entry.at).total_seconds())
    note = detail.get("note") or (detail.get("reason") if entry.what == "declined" else None)
    return SurveyLine(
        at=entry.at,
        text=(_form(_TEXTS[wording], detail, translate) % blanks).rstrip(": ") if wording in _TEXTS else entry.what,
        note=str(note) if note else None,
        loud=entry.what in _LOUD or wording in ("answered_refused", "answered_failed"),
        fine=entry.what in _FINE or wording == "answered_accepted",
        late_s=late_s if late_s >= _LATE_S else None,
    )


def _said(text: str, translate: Translate) -> str:
    return translate(_SAID[text]) if text in _SAID else text


def _form(words: str | Counted, detail: Mapping[str, object], translate: Translate) -> str:
    if isinstance(words, Counted):
        return translate.count(words, cast("int", detail.get("sorties") or 0))
    return translate(words)


def _wording(entry: Entry) -> str:
    detail = entry.detail
    match entry.what:
        case "checked" if detail.get("vouched"):
            return "vouched"
        case "stopped":
            return f"stop_{detail.get('how')}{'_one' if detail.get('drone') else ''}"
        case "answered":
            return f"answered_{detail.get('outcome')}"
        case "waits" | "stays" if not detail.get("other"):
            return f"{entry.what}_other"
        case _:
            return entry.what
