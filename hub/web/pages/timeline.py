"""An incident's timeline in plain words."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from hub.alerts.views import Entry
from hub.texts import msgid
from hub.texts.words import FIELD_OUTCOMES, OUTCOMES

__all__ = ["Line", "people_in", "tell_timeline"]

# How the notices went is the office's concern; a hunter reads what happened and who goes.
_FOR_STAFF = frozenset({"sent", "delayed", "other_channel", "moved_on", "planned_again", "clock_went_back"})

_PLAIN: Mapping[str, str] = {
    "going": msgid("%(who)s is going and means to be there at %(at)s."),
    "going_with": msgid("%(who)s is going with %(partner)s and means to be there at %(at)s."),
    "going_with_somebody": msgid("%(who)s is going with somebody else and means to be there at %(at)s."),
    "going_wants_second": msgid("%(who)s is going, means to be there at %(at)s, and needs a second person."),
    "taken_back": msgid("%(who)s cannot go after all."),
    "back": msgid("%(who)s is back."),
    "waits_first_light": msgid("It is night. At first light, %(at)s, these people are told: %(people)s."),
    "waits_quiet_hours": msgid("These are quiet hours. When they end, %(at)s, these people are told: %(people)s."),
    "waits_muted": msgid("There is a pause. When it ends, %(at)s, these people are told: %(people)s."),
    "lapsed": msgid("Nobody reported in time. People are told again."),
    "told": msgid("Told: %(people)s."),
    "asked": msgid("Asked to come as the second person: %(people)s."),
    "reminded": msgid("Reminded: %(people)s."),
    "nobody_to_tell": msgid("There is nobody to tell. City staff should add hunters."),
    "covered": msgid("The trap had sprung before this record, at %(at)s; the news came late."),
    "sent": msgid("%(who)s was told by %(channel)s."),
    "sent_together": msgid("%(who)s was told by %(channel)s, in one message about %(n)d."),
    "delayed": msgid("%(who)s could not be told by %(channel)s yet: %(error)s"),
    "given_up": msgid("%(who)s cannot be told by %(channel)s: %(error)s"),
    "other_channel": msgid("%(who)s is told by %(channel)s instead."),
    "moved_on": msgid("The next people are told at once."),
    "planned_again": msgid("The plan was made again."),
    "clock_went_back": msgid("The service's clock was set back."),
}
_ENDED: Mapping[str, str] = {
    "heard_again": msgid("It gives signals again. Settled by itself."),
    "line_mended": msgid("The wire is whole again. Settled by itself."),
    "visited": msgid("Somebody has visited the trap. Settled by that."),
    "disarmed": msgid("The trap was taken out of service. Settled by that."),
    "came_back": msgid("The person is back. Settled by that."),
    "value_recovered": msgid("What is measured is back as it should be. Settled by itself."),
    "warning_changed": msgid("The warning was changed or removed. Settled by that."),
    "season_over": msgid("Its time of the year is over. Settled by itself."),
    "night_over": msgid("The night is over. Settled by itself."),
    "sensor_well": msgid("The sensor is well again. Settled by itself."),
    "plot_deleted": msgid("The plot was deleted."),
}
_ENDED_SOMEHOW = msgid("Settled by itself.")
_INSTANTS: Mapping[str, str] = {"going": "eta_at", "waits": "until"}
_CHANNELS: Mapping[str, str] = {"mail": msgid("mail")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, of what kind, and what to read. `note` is what a person wrote."""

    at: datetime
    kind: str
    text: str
    note: str | None = None


def people_in(timeline: Sequence[Entry]) -> frozenset[str]:
    """The ids of everybody whom a timeline mentions."""
    named = {str(entry.detail[role]) for entry in timeline for role in ("person", "partner") if entry.detail.get(role)}
    listed = {str(person) for entry in timeline for person in cast("list[object]", entry.detail.get("people", []))}
    return frozenset(named | listed)


def tell_timeline(
    timeline: Sequence[Entry],
    names: Mapping[str, str],
    translate: Callable[[str], str],
    at: Callable[[datetime], str],
    *,
    for_staff: bool,
) -> list[Line]:
    """The lines for a reader, newest first. `names` are those of `people_in`, `at` puts an instant into words."""
    shown: Collection[Entry] = [entry for entry in timeline if for_staff or entry.kind not in _FOR_STAFF]
    return [_line(entry, names, translate, at) for entry in reversed(list(shown))]


def _line(
    entry: Entry, names: Mapping[str, str], translate: Callable[[str], str], at: Callable[[datetime], str]
) -> Line:
    detail = entry.detail
    if entry.kind in ("opened", "again"):
        return Line(entry.at, entry.kind, _happened(entry, translate, at))
    if entry.kind == "resolved":
        outcome = translate({**OUTCOMES, **FIELD_OUTCOMES}.get(str(detail.get("outcome")), ""))
        text = translate(msgid("%(who)s reported: %(outcome)s")) % {"who": _actor(entry, translate), "outcome": outcome}
        return Line(entry.at, entry.kind, text, detail.get("note") or None)
    if entry.kind == "ended":
        return Line(entry.at, entry.kind, translate(_ENDED.get(str(detail.get("reason")), _ENDED_SOMEHOW)))
    kind = _wording(entry)
    words = {
        "who": names.get(str(detail.get("person")), "") if "person" in detail else _actor(entry, translate),
        "people": ", ".join(names.get(str(person), str(person)) for person in detail.get("people", [])),
        "channel": translate(_CHANNELS.get(str(detail.get("channel")), str(detail.get("channel")))),
        "error": detail.get("error", ""),
        "n": detail.get("together", 1),
        "partner": names.get(str(detail.get("partner")), ""),
        "at": _instant(detail, _INSTANTS.get(entry.kind, "occurred_at"), at),
    }
    return Line(entry.at, entry.kind, translate(_PLAIN.get(kind, kind)) % words)


def _wording(entry: Entry) -> str:
    """Which of the wordings of its kind an entry takes."""
    detail = entry.detail
    match entry.kind:
        case "told":
            return "asked" if detail.get("second") else "reminded" if detail.get("reminder") else "told"
        case "going" if detail.get("party") == "with":
            return "going_with" if detail.get("partner") else "going_with_somebody"
        case "going" if detail.get("party"):
            return f"going_{detail['party']}"
        case "sent" if int(detail.get("together", 1)) > 1:
            return "sent_together"
        case "waits":
            return f"waits_{detail.get('why')}"
        case _:
            return entry.kind


def _happened(entry: Entry, translate: Callable[[str], str], at: Callable[[datetime], str]) -> str:
    """The event itself, with how far its time can be trusted."""
    occurred = _instant(entry.detail, "occurred_at", at)
    if entry.detail.get("uncertain"):
        text = translate(msgid("The news came; when it happened is not certain."))
    elif entry.detail.get("late"):
        text = translate(msgid("Happened at %(at)s; the news came late.")) % {"at": occurred}
    elif entry.kind == "again":
        text = translate(msgid("Happened again at %(at)s.")) % {"at": occurred}
    else:
        text = translate(msgid("Happened at %(at)s.")) % {"at": occurred}
    unreachable = cast("list[str]", entry.detail.get("unreachable") or [])
    if unreachable:
        text += " " + translate(msgid("Without any way to be told: %(people)s.")) % {"people": ", ".join(unreachable)}
    return text


def _actor(entry: Entry, translate: Callable[[str], str]) -> str:
    return entry.actor_name or translate(msgid("The service"))


def _instant(detail: Mapping[str, Any], name: str, at: Callable[[datetime], str]) -> str:
    return at(datetime.fromisoformat(str(detail[name]))) if detail.get(name) else ""
