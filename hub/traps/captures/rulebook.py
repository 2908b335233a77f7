"""A town's rules in the database, and how staff change them: a rule is added and ended, never rewritten."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.store import Connection
from hub.traps.captures import store
from hub.traps.captures.rules import BountyRate, PhotoRule, Programme

__all__ = [
    "NewPhotoRule", "NewRate", "Rulebook", "add_photo_rule", "add_rate", "end_rule", "fetch_rulebook", "set_four_eyes",
]  # fmt: skip

_ENDS = {"photo_rule": "end_photo_rule", "bounty_rate": "end_bounty_rate"}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every rule of the town, ended ones too."""

    programmes: Sequence[Programme]
    photos: Sequence[PhotoRule]
    rates: Sequence[BountyRate]


@dataclass(frozen=True, slots=True)
class NewRate:
    """What the town pays a head from a day on; `disposal` None: whatever becomes of the body."""

    programme: str
    species: str
    age: str
    disposal: str | None
    amount_yen: int
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True)
class NewPhotoRule:
    """One more photo that a programme asks for, in words of each language."""

    programme: str
    words: Mapping[str, str]
    required: bool
    valid_from: date
    source: str


def fetch_rulebook(conn: Connection) -> Rulebook:
    """Every rule, ended ones too."""
    return Rulebook(
        store.queries.all(conn, "fetch_programmes", Programme),
        store.queries.all(conn, "fetch_photo_rules", PhotoRule),
        store.queries.all(conn, "fetch_bounty_rates", BountyRate),
    )


def set_four_eyes(conn: Connection, actor: Actor, programme: str, now: datetime, *, needed: bool) -> None:
    """Whether two people approve the claims of a programme. Raises NotFound."""
    if not store.queries.run(conn, "save_four_eyes", key=programme, four_eyes=needed):
        raise NotFound("There is no such programme.")
    registry.record(conn, actor, "change", f"programme/{programme}", now, four_eyes=needed)


def add_rate(conn: Connection, actor: Actor, new: NewRate, now: datetime) -> None:
    """The town's own amount from a day on."""
    rate_id = store.queries.value(conn, "add_bounty_rate", kind="town", **asdict(new))
    registry.record(conn, actor, "create", f"bounty_rate/{rate_id}", now, **asdict(new))


def add_photo_rule(conn: Connection, actor: Actor, new: NewPhotoRule, now: datetime) -> None:
    """One more item of a checklist."""
    values = asdict(new) | {"words": json.dumps(dict(new.words), ensure_ascii=False)}
    rule_id = store.queries.value(conn, "add_photo_rule", item=new_id("p").replace("-", "_"), **values)
    registry.record(conn, actor, "create", f"photo_rule/{rule_id}", now, **asdict(new))


def end_rule(conn: Connection, actor: Actor, what: str, rule_id: int, day: date, now: datetime) -> None:
    """A photo rule or an amount (`photo_rule`, `bounty_rate`) holds until a day.

    Raises NotFound when there is none that holds on.
    """
    if what not in _ENDS or not store.queries.run(conn, _ENDS[what], id=rule_id, day=day):
        raise NotFound("There is no such rule.")
    registry.record(conn, actor, "end", f"{what}/{rule_id}", now, until=day)
