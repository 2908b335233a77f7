"""What is told of a flight: gathered until it is due, then composed. Pure.

Photos, phases and warnings are never dropped (`urgent`); a position is of use while it is new.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from edge.core.clock import EPOCH, Moment, earlier
from edge.core.flying.machine import Flight
from edge.core.flying.phases import RESTING
from edge.core.flying.photos import PhotoCount, count_photo
from edge.core.flying.seen import Seen, Shot, Text
from edge.core.flying.telemetry import decide_telling
from edge.wire.orders import Bounds, FlightData, FlightMessage, Phase, PhotoTaken

__all__ = ["Report"]

# What the autopilot says for its ground station's log only, and what matters to people.
_NOTICE, _WARNING = 5, 4
_MOST_TEXTS = 20
_MOST_TEXT = 200
# An autopilot's own time is believed when it is about ours, or where we have none.
_ABOUT = timedelta(seconds=10)
_SANE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Report:
    """What waits to be told. `told_s` is when something was told last, `heard_s` when the vehicle was heard last, on
    this connection or an earlier one.
    """

    photos: tuple[PhotoTaken, ...] = ()
    texts: tuple[FlightMessage, ...] = ()
    told_s: float | None = None
    heard_s: float | None = None
    is_due: bool = False

    def with_text(self, text: Text) -> "Report":
        """A line of the autopilot, or of ours about it; of a flood the first ones are kept."""
        if text.severity > _NOTICE or not text.text or len(self.texts) >= _MOST_TEXTS:
            return self
        line = FlightMessage(severity=text.severity, text=text.text[:_MOST_TEXT])
        return replace(self, texts=(*self.texts, line), is_due=self.is_due or text.severity <= _WARNING)

    def with_shot(self, shot: Shot, count: PhotoCount, now: Moment) -> tuple["Report", PhotoCount]:
        """A photo, with its number; the count as it goes on. One that came before changes nothing."""
        count, number = count_photo(count, shot.index)
        if number is None or not (abs(shot.lat) <= 90 and abs(shot.lon) <= 180):
            return self, count
        photo = PhotoTaken(
            number=number,
            lat=shot.lat,
            lon=shot.lon,
            height_m=_within(shot.height_m),
            altitude_m=None if shot.altitude_m is None else _within(shot.altitude_m),
            yaw_deg=_turned(shot.yaw_deg),
            pitch_deg=_turned(shot.pitch_deg),
            roll_deg=_turned(shot.roll_deg),
            taken_at=_taken_at(shot, now),
        )
        return replace(self, photos=(*self.photos, photo)), count

    def due(self, phase: Phase, waiting: int, now_s: float) -> tuple[bool, bool]:
        """Whether what waits must not be lost, and whether anything is told now."""
        urgent = bool(self.photos) or any(text.severity <= _WARNING for text in self.texts)
        return urgent, self.is_due or bool(self.photos) or decide_telling(phase, self.told_s, waiting, now_s)

    def compose(
        self, flight: Flight, seen: Seen, now: Moment, bounds: Bounds | None = None
    ) -> tuple["Report", FlightData]:
        """All that there is to tell in this moment; the report begins anew.

        `bounds` are told while the drone rests: in flight nobody plans by them, and the air time is dear.
        """
        heard_s = max((one for one in (self.heard_s, seen.heartbeat_s) if one is not None), default=None)
        data = FlightData(
            survey=flight.survey,
            sortie=flight.sortie,
            phase=flight.phase,
            lat=seen.lat,
            lon=seen.lon,
            height_m=_rounded(None if seen.height_m is None else _within(seen.height_m), 2),
            heading_deg=_rounded(seen.heading_deg, 1),
            speed_mps=_rounded(seen.speed_mps, 2),
            climb_mps=_rounded(seen.climb_mps, 2),
            battery_percent=seen.battery_percent,
            battery_v=_rounded(seen.battery_v, 2),
            satellites=seen.satellites,
            fix=seen.fix,
            wind_mps=_rounded(seen.wind_mps, 1),
            wind_from_deg=_rounded(seen.wind_from_deg, 0),
            armed=seen.armed,
            mode=seen.mode,
            item=seen.item,
            link_age_s=None if heard_s is None else round(max(0.0, now.uptime_s - heard_s), 1),
            bounds=bounds if flight.phase in RESTING else None,
            photos=list(self.photos),
            messages=list(self.texts),
        )
        return Report(told_s=now.uptime_s, heard_s=heard_s), data


def _taken_at(shot: Shot, now: Moment) -> datetime | None:
    """The camera's own moment where it can be one; otherwise when its word came, if that is known."""
    came = earlier(now, shot.at_s)
    at = None if shot.unix_us is None else EPOCH + timedelta(microseconds=shot.unix_us)
    if now.clock == "set":
        return at if at is not None and abs(at - came.time) < _ABOUT else came.time
    return at if at is not None and at > _SANE else None


def _within(metres: float) -> float:
    return min(10_000.0, max(-500.0, metres))


def _turned(degrees: float) -> float:
    return degrees if abs(degrees) <= 360 else degrees % 360


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
