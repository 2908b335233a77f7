"""What one person is told about one incident, before any channel has put it into its own form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.alerts.kinds import ARE_YOU_BACK, KINDS, SECOND_WANTED, Kind
from hub.alerts.links import Action, make_link
from hub.alerts.store import NoticeFacts
from hub.alerts.views import pick_words

__all__ = ["LinkRules", "Notice", "Place", "Reader", "make_notice"]


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Where the pages are, and the key with which links are signed."""

    public_url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: WGS 84 degrees, and the address of that place on the national map (国土地理院)."""

    lat: float
    lon: float

    @property
    def coordinates(self) -> str:
        """Latitude and longitude, to a metre."""
        return f"{self.lat:.5f}, {self.lon:.5f}"

    @property
    def geo_url(self) -> str:
        """RFC 5870: opens a phone's own map."""
        return f"geo:{self.lat:.5f},{self.lon:.5f}"

    @property
    def map_url(self) -> str:
        """The place on the map of the Geospatial Information Authority of Japan."""
        return f"https://maps.gsi.go.jp/#16/{self.lat:.5f}/{self.lon:.5f}/"


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `round` counts from 1; `told` are the names of the others; instants are aware UTC."""

    delivery_id: int
    incident_id: str
    kind: Kind
    name: str
    place: Place | None
    occurred_at: datetime
    uncertain: bool
    late: bool
    round: int
    told: tuple[str, ...]
    person_id: str
    person_name: str
    email: str | None
    language: str
    going_url: str
    incident_url: str
    now: datetime
    words: Mapping[str, str] | None = None

    def say(self, text: str, locale: str) -> str:
        """A text of the kind, translated already, with the name and the words of this incident in its blanks."""
        return text % {"name": self.name, "words": pick_words(self.words, locale)}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a notice tells."""

    person_id: str
    name: str
    email: str | None
    language: str


def make_notice(facts: NoticeFacts, reader: Reader, links: LinkRules, now: datetime) -> Notice:
    """The notice of an incident for one person, with the links that belong to them."""
    place = None if facts.lat is None or facts.lon is None else Place(facts.lat, facts.lon)
    return Notice(
        delivery_id=facts.delivery_id,
        incident_id=facts.incident_id,
        kind=_kind_for(facts, reader),
        name=facts.name,
        place=place,
        occurred_at=facts.occurred_at,
        uncertain=facts.uncertain,
        late=facts.late,
        round=facts.step + 1,
        told=tuple(facts.told),
        person_id=reader.person_id,
        person_name=reader.name,
        email=reader.email,
        language=reader.language,
        going_url=make_link(
            links.secret,
            links.public_url,
            reader.person_id,
            facts.incident_id,
            _action(facts, reader),
            now,
        ),
        incident_url=f"{links.public_url.rstrip('/')}/incidents/{facts.incident_id}",
        now=now,
        words=facts.words,
    )


def _action(facts: NoticeFacts, reader: Reader) -> Action:
    if facts.missing_id == reader.person_id:
        return "back"
    return "seen" if KINDS[facts.kind].of_field else "going"


def _kind_for(facts: NoticeFacts, reader: Reader) -> Kind:
    """In which words: of what happened, that a second person is wanted, or to somebody who has not come back."""
    if facts.missing_id == reader.person_id:
        return ARE_YOU_BACK
    return SECOND_WANTED if facts.seeking else KINDS[facts.kind]
