"""The town's hunters and farmers at the hub's HTTP API: who they are, and what they say there."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from simulators.errors import HubRefused, Unsuitable
from simulators.hub_api import HubApi
from simulators.town.places import FIELDS, Trap

__all__ = ["Finding", "Hunter", "Townspeople", "meet_people"]

_HUNTERS = (("佐藤 一郎", "sato@town.example"), ("鈴木 健", "suzuki@town.example"))
_PATROL = "morning_round"
_FARMER = ("長谷川 花子", "hasegawa@town.example")


@dataclass(frozen=True, slots=True)
class Hunter:
    """A hunter with an API token."""

    id: str
    name: str
    api: HubApi


@dataclass(frozen=True, slots=True)
class Finding:
    """What a hunter has found in a trap: animals as the API takes them, photos by the checklist's items."""

    trap: Trap
    outcome: str
    animals: Sequence[Mapping[str, object]] = ()
    photos: Sequence[tuple[str, bytes]] = ()


@dataclass
class Townspeople:
    """Who answers. `staff` sees everything; hunters take turns."""

    staff: HubApi
    hunters: list[Hunter]
    _turn: int = 0

    def next_hunter(self) -> Hunter:
        """Whose turn it is to go."""
        self._turn += 1
        return self.hunters[self._turn % len(self.hunters)]

    def open_incident(self, trap: str) -> dict[str, Any] | None:
        """The unresolved incident of a sprung trap, if there is one."""
        for incident in self.staff.items("/incidents", state="open"):
            if incident["device"] == trap and incident["kind"] == "trap_sprung":
                return incident
        return None

    def trap_states(self) -> dict[str, str]:
        """What the hub says of each trap."""
        return {device["id"]: str(device["state"]) for device in self.staff.items("/devices") if device["state"]}

    def say_going(self, hunter: Hunter, incident: str, eta_minutes: int) -> None:
        """Answer "I'm going"; raises HubRefused when somebody else has ended the matter."""
        hunter.api.post(f"/incidents/{incident}/going", {"eta_minutes": eta_minutes})

    def say_found(self, hunter: Hunter, finding: Finding) -> None:
        """Report what was found, with a photo for each item of the checklist; that settles the trap's incident."""
        form = {"device": finding.trap.id, "outcome": finding.outcome, "animals": list(finding.animals)}
        kind = {"hunt_kind": "pest_control", "trap_kind": "box"} if finding.outcome == "captured" else {}
        report = hunter.api.post("/captures", {**form, **kind, "note": None})
        for item, content in finding.photos:
            hunter.api.send_file(
                f"/captures/{report['id']}/photos?item={item}", "photo", "photo.png", "image/png", content
            )

    def say_visited(self, hunter: Hunter, traps: Sequence[Trap], day: date, number: int) -> None:
        """Write a round of the traps down; said again with the same number it is the same round."""
        visits: list[dict[str, Any]] = []
        for trap in traps:
            key = str(uuid5(NAMESPACE_URL, f"{hunter.id} {trap.id} {day} {number}"))
            visits.append(hunter.api.post("/patrols", {"device": trap.id, "key": key}))
        reward = {"programme": _PATROL, "person": hunter.id, "activity_date": day.isoformat(), "reason": "朝の見回り"}
        with suppress(HubRefused):  # as much as a month may give, or a programme of the office's own
            self.staff.post("/points", {**reward, "evidence": visits[0]["id"], "key": f"round-{visits[0]['id']}"})


def meet_people(api: HubApi, folder: Path, today: date) -> Townspeople:
    """The hub's hunters (two are added where there are none), and farmers with plots, planted before `today`.

    Tokens of the hunters are kept in `folder`, so that a second run makes no new ones.
    """
    people = list(api.items("/people"))
    tokens = _kept(folder / "people.json")
    if not [one for one in people if _is(one, "hunter")]:
        for name, email in _HUNTERS:
            made = api.post("/people", {"name": name, "roles": ["hunter"], "email": email, "language": "ja"})
            tokens[made["id"]] = made["token"]
        people = list(api.items("/people"))
    hunters: list[Hunter] = []
    for one in [one for one in people if _is(one, "hunter")][:2]:
        hunters.append(Hunter(str(one["id"]), one["name"], api.of(_token_of(api, tokens, one["id"]))))
    _keep(folder / "people.json", tokens)
    _make_plots(api, people, today)
    _make_programme(api, [hunter.id for hunter in hunters])
    return Townspeople(api, hunters)


def _is(person: dict[str, Any], role: str) -> bool:
    return bool(person["active"]) and role in person["roles"]


def _token_of(api: HubApi, tokens: dict[str, str], person: str) -> str:
    known = tokens.get(person)
    if known:
        try:
            api.of(known).get("/me")
            return known
        except HubRefused:
            pass  # ended since, or of another hub
    tokens[person] = str(api.post(f"/people/{person}/tokens", {"label": "wanamori-sim town"})["token"])
    return tokens[person]


def _make_plots(api: HubApi, people: list[dict[str, Any]], today: date) -> None:
    """Each field of the town is a plot with its stations: one of that name gets them, else farmers get new ones."""
    plots, crops = list(api.items("/plots")), {str(crop["id"]) for crop in api.items("/crops")}
    farmers = [str(one["id"]) for one in people if _is(one, "farmer")]
    for number, field in enumerate(FIELDS):
        if any(set(field.stations) <= set(plot["stations"]) for plot in plots):
            continue
        plot = next((plot for plot in plots if plot["name"] == field.name), None)
        if plot is not None:
            api.put(f"/plots/{plot['id']}", {**_form(plot), "stations": list(field.stations)})
            continue
        if not farmers:
            name, email = _FARMER
            made = api.post("/people", {"name": name, "roles": ["farmer"], "email": email, "language": "ja"})
            farmers.append(str(made["id"]))
        owner = farmers[number % len(farmers)]
        planted_on = today - timedelta(days=field.planted_days_ago)
        form: dict[str, object] = {"name": field.name, "owner": owner, "crop": field.crop, "shape": field.shape()}
        form |= {"planted_on": planted_on.isoformat(), "is_paddy": field.crop_id == "rice"}
        if field.crop_id in crops:
            form["crop_id"] = field.crop_id
        api.post("/plots", {**form, "stations": list(field.stations)})


def _make_programme(api: HubApi, hunters: Sequence[str]) -> None:
    """The office gives points for the morning's round: where it has no programme yet, that one is made."""
    if not any(True for _ in api.items("/points/programmes")):
        rule = {"code": _PATROL, "name": "朝の見回り", "points": 50, "four_eyes": False, "most_per_month": 1500}
        api.post("/points/programmes", {**rule, "valid_from": "2025-04-01", "source": "wanamori-sim"})
    known = {account["person"]: account["ref"] for account in api.items("/points/accounts")}
    free = (ref for number in itertools.count(1) if (ref := f"RZ-{number:06d}") not in known.values())
    for hunter in hunters:
        if hunter not in known:
            api.put(f"/points/accounts/{hunter}", {"ref": next(free)})


def _form(plot: dict[str, Any]) -> dict[str, Any]:
    return {key: plot[key] for key in ("name", "owner", "crop", "planted_on", "shared_with")}


def _kept(file: Path) -> dict[str, str]:
    try:
        return cast("dict[str, str]", json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _keep(file: Path, tokens: dict[str, str]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(tokens, out)
    except OSError as error:
        raise Unsuitable(f"{file} cannot be written: {error.strerror}.") from error
