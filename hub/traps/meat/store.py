"""Animals for the table, their hygiene forms and results, in the database. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hub.store import Connection, Queries
from hub.traps.meat.hygiene import HygieneForm

__all__ = [
    "Carcass",
    "Result",
    "add_form",
    "add_result",
    "fetch_animals",
    "fetch_forms",
    "fetch_results",
    "lock_animal",
]

_queries = Queries.beside(__file__)


@dataclass(frozen=True, slots=True)
class Carcass:
    """One animal as its report has it; `sprung_at` None where there was no alarm, or nobody knows its time."""

    id: str
    species: str
    species_name: str | None
    sex: str | None
    age: str | None
    pregnant: bool | None
    weight_kg: float | None
    body_length_cm: float | None
    disposal: str | None
    processor: str | None
    device_key: int
    device_id: str
    device_name: str
    person_id: str
    person_name: str
    found_at: datetime
    sprung_at: datetime | None
    municipality: str | None
    trap_kind: str | None
    hunt_kind: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a laboratory found; see the table `radiation_result`."""

    animal_id: str
    measured_on: date
    bq_per_kg: float
    below_detection: bool
    laboratory: str
    note: str | None
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Form:
    animal_id: str
    content: Mapping[str, object]
    written_by: str
    written_at: datetime


def fetch_animals(
    conn: Connection, *, animal_id: str | None = None, device_keys: Sequence[int] | None = None, limit: int = 200
) -> list[Carcass]:
    """Animals for gibier, newest first, or the one that is named whatever became of it."""
    keys = None if device_keys is None else list(device_keys)
    return _queries.all(conn, "fetch_animals", Carcass, id=animal_id, device_keys=keys, limit=limit)


def fetch_forms(conn: Connection, ids: Sequence[str]) -> dict[str, HygieneForm]:
    """The form of each animal that has one."""
    rows = _queries.all(conn, "fetch_forms", _Form, ids=list(ids))
    return {row.animal_id: HygieneForm.model_validate(row.content) for row in rows}


def add_form(conn: Connection, animal_id: str, form: HygieneForm, person_id: str, now: datetime) -> None:
    """Another version of the form."""
    _queries.run(
        conn, "add_form", animal_id=animal_id, content=form.model_dump_json(), person_id=person_id, now=now
    )  # fmt: skip


def fetch_results(conn: Connection, ids: Sequence[str]) -> dict[str, list[Result]]:
    """The results of each animal, in the order in which they were entered."""
    found: dict[str, list[Result]] = {}
    for row in _queries.all(conn, "fetch_results", Result, ids=list(ids)):
        found.setdefault(row.animal_id, []).append(row)
    return found


def add_result(conn: Connection, result: Result, person_id: str, now: datetime) -> None:
    """What a laboratory found."""
    _queries.run(
        conn, "add_result", animal_id=result.animal_id, measured_on=result.measured_on, bq_per_kg=result.bq_per_kg,
        below_detection=result.below_detection, laboratory=result.laboratory, note=result.note, person_id=person_id,
        now=now,
    )  # fmt: skip


def lock_animal(conn: Connection, animal_id: str) -> None:
    """Hold an animal until the transaction ends."""
    _queries.value(conn, "lock_animal", id=animal_id)
