"""The tables of the statistics as files have them: heads and rows in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.geo.mesh import format_mesh
from hub.registry.devices import Device
from hub.texts import msgid
from hub.texts.words import OUTCOMES, SPECIES
from hub.traps.statistics.effort import Effort, cpue
from hub.traps.statistics.service import Statistics

__all__ = ["AGES", "SEXES", "TABLES", "Figures", "hours_of"]

SEXES = {"male": msgid("Male"), "female": msgid("Female"), "unknown": msgid("Not known")}
AGES = {"adult": msgid("Adult"), "juvenile": msgid("Juvenile"), "unknown": msgid("Not known")}
_KINDS = (msgid("Kind of animal"), msgid("Sex"), msgid("Age (national test)"), msgid("Heads"))
_HOURS = {
    "effective": msgid("Effective hours"),
    "sprung": msgid("Hours sprung"),
    "silent": msgid("Hours without signal"),
    "disarmed": msgid("Hours out of service"),
    "away": msgid("Hours away"),
}
_RATES = (msgid("Trap-nights"), msgid("Heads"), msgid("Per 100 trap-nights"))

Table = tuple[Sequence[str], list[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a file is made of."""

    found: Statistics
    devices: Mapping[int, Device]
    translate: Callable[[str], str]

    def species(self, name: str) -> str:
        """A species in the reader's language."""
        return self.translate(SPECIES.get(name, name))


def hours_of(effort: Effort, name: str) -> float:
    """The hours of one class of an effort."""
    length: timedelta = getattr(effort, name)
    return length / timedelta(hours=1)


def _of_months(figures: Figures) -> Table:
    tables = figures.found.tables
    rows = [(f"{month:%Y-%m}", *_heads(tables.species, heads)) for month, heads in tables.by_month.items()]
    return _species_head(figures, msgid("Calendar month")), [*rows]


def _of_mesh(figures: Figures) -> Table:
    tables = figures.found.tables
    rows = [(format_mesh(cell), *_heads(tables.species, heads)) for cell, heads in tables.by_mesh.items()]
    return _species_head(figures, msgid("Mesh")), [*rows]


def _species_head(figures: Figures, first: str) -> list[str]:
    species = (figures.species(name) for name in figures.found.tables.species)
    return [figures.translate(first), *species, figures.translate(msgid("Total"))]


def _heads(species: Sequence[str], heads: Mapping[str, int]) -> list[int]:
    return [*(heads.get(name, 0) for name in species), sum(heads.values())]


def _of_kinds(figures: Figures) -> Table:
    translate = figures.translate
    rows = [
        (figures.species(species), translate(SEXES[sex]), translate(AGES[age]), heads)
        for (species, sex, age), heads in figures.found.tables.by_kind.items()
    ]
    return [translate(name) for name in _KINDS], [*rows]


def _of_outcomes(figures: Figures) -> Table:
    rows = [(figures.translate(OUTCOMES[name]), count) for name, count in figures.found.outcomes.items()]
    return [figures.translate(msgid("What was found")), figures.translate(msgid("Reports"))], [*rows]


def _of_effort(figures: Figures) -> Table:
    rows = [(f"{one.month:%Y-%m}", *_effort_row(one.effort, one.caught)) for one in figures.found.months]
    return _effort_head(figures, msgid("Calendar month")), [*rows]


def _of_traps(figures: Figures) -> Table:
    rows: list[Sequence[object]] = []
    for one in figures.found.traps:
        device = figures.devices[one.device_key]
        rows.append((device.id, device.name, *_effort_row(one.effort, one.caught)))
    return _effort_head(figures, msgid("Id"), msgid("Trap")), rows


def _effort_head(figures: Figures, *first: str) -> list[str]:
    return [figures.translate(name) for name in (*first, *_HOURS.values(), *_RATES)]


def _effort_row(effort: Effort, caught: int) -> list[object]:
    hours = [f"{hours_of(effort, name):.2f}" for name in _HOURS]
    per_hundred = cpue(caught, effort)
    return [*hours, f"{effort.trap_nights:.3f}", caught, None if per_hundred is None else f"{per_hundred:.3f}"]


TABLES: dict[str, Callable[[Figures], Table]] = {
    "months": _of_months,
    "mesh": _of_mesh,
    "kinds": _of_kinds,
    "outcomes": _of_outcomes,
    "effort": _of_effort,
    "traps": _of_traps,
}
