"""What hunters, the facility and the office do with meat. Every function takes the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from hub.errors import Forbidden, Invalid, NotFound
from hub.registry.audit import record
from hub.registry.people import Actor
from hub.store import Connection
from hub.traps.meat import store
from hub.traps.meat.clock import Moments, Stretch, read_clock
from hub.traps.meat.hygiene import HygieneForm, Verdict, reasons_against, verdict_of
from hub.traps.meat.radiation import Measured, MeatState, RadiationState, decide_meat, decide_radiation
from hub.traps.meat.store import Carcass, Result
from hub.traps.patrols.days import day_of
from hub.traps.permits.service import fetch_rules
from hub.traps.rules import DatedRule

__all__ = ["Carcass", "Meat", "Result", "fetch_meat", "fetch_one", "save_form", "save_result"]


@dataclass(frozen=True, slots=True)
class Meat:
    """One animal with all that is decided about it."""

    animal: Carcass
    caught_on: date
    form: HygieneForm | None
    results: Sequence[Result]
    clock: Sequence[Stretch]
    reasons: Sequence[str]
    verdict: Verdict
    radiation: RadiationState
    state: MeatState


def fetch_meat(conn: Connection, device_keys: Sequence[int] | None, zone: ZoneInfo) -> list[Meat]:
    """Animals for gibier from these traps (all for None), newest first."""
    return _complete(conn, store.fetch_animals(conn, device_keys=device_keys), zone)


def fetch_one(conn: Connection, animal_id: str, device_keys: Sequence[int] | None, zone: ZoneInfo) -> Meat:
    """One animal. Raises NotFound when there is none, or its trap is none of these."""
    for meat in _complete(conn, store.fetch_animals(conn, animal_id=animal_id, device_keys=device_keys), zone):
        return meat
    raise NotFound("There is no such animal.")


def save_form(conn: Connection, actor: Actor, meat: Meat, form: HygieneForm, now: datetime) -> None:
    """Another version of the animal's hygiene form. What a form has once excluded, only city staff take back.

    Raises Forbidden then, and Invalid for an animal that was let go.
    """
    if meat.animal.disposal == "released":
        raise Invalid("This animal was let go.")
    store.lock_animal(conn, meat.animal.id)
    rules, species = fetch_rules(conn), meat.animal.species
    former = store.fetch_forms(conn, [meat.animal.id]).get(meat.animal.id)
    was = verdict_of(former, rules, species, meat.caught_on)
    now_is = verdict_of(form, rules, species, meat.caught_on)
    if was == "not_food" and now_is != "not_food" and not actor.is_staff:
        raise Forbidden("The form says that this is not food. Only city staff can correct that.")
    store.add_form(conn, meat.animal.id, form, actor.person_id, now)
    record(conn, actor, "hygiene", f"animal/{meat.animal.id}", now, verdict=now_is)


def save_result(conn: Connection, actor: Actor, meat: Meat, result: Result, now: datetime) -> None:
    """What a laboratory found. City staff enter it. Raises Forbidden."""
    if not actor.is_staff:
        raise Forbidden
    store.lock_animal(conn, meat.animal.id)
    store.add_result(conn, result, actor.person_id, now)
    record(conn, actor, "radiation", f"animal/{meat.animal.id}", now, bq_per_kg=result.bq_per_kg)


def _complete(conn: Connection, animals: Sequence[Carcass], zone: ZoneInfo) -> list[Meat]:
    ids = [animal.id for animal in animals]
    rules, forms, results = fetch_rules(conn), store.fetch_forms(conn, ids), store.fetch_results(conn, ids)
    return [_decide(animal, forms.get(animal.id), results.get(animal.id, ()), rules, zone) for animal in animals]


def _decide(
    animal: Carcass, form: HygieneForm | None, results: Sequence[Result], rules: Sequence[DatedRule], zone: ZoneInfo
) -> Meat:
    caught_on = day_of(animal.found_at, zone)
    moments = Moments(
        animal.sprung_at, animal.found_at, form and form.killed_at, form and form.bled_at, form and form.delivered_at
    )
    measured = [Measured(one.measured_on, one.bq_per_kg) for one in results]
    verdict = verdict_of(form, rules, animal.species, caught_on)
    radiation = decide_radiation(measured, rules, animal.species, caught_on)
    return Meat(
        animal, caught_on, form, results, read_clock(moments, rules, animal.species, caught_on),
        reasons_against(form, rules, animal.species, caught_on) if form else (), verdict, radiation,
        decide_meat(verdict, radiation),
    )  # fmt: skip
