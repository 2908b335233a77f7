"""Agents and devices at the hub, made once, as a town hall does when it hands out boxes; found again by a later run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edge.config import Credentials, load_credentials, save_credentials
from edge.errors import ConfigError
from simulators.errors import Unsuitable
from simulators.hub_api import HubApi

__all__ = ["NewDevice", "enrolled_agents", "registered_devices"]


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device to be registered: `agent` is the name under which its agent was enrolled here.

    `team` is the name of the team that looks after it, where the hub has one of that name.
    """

    id: str
    agent: str
    kind: str
    name: str
    lat: float
    lon: float
    team: str | None = None


def enrolled_agents(
    api: HubApi, folder: Path, names: Sequence[str], labels: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Credentials]:
    """Credentials of an agent for each name, kept in `folder`; who has none, or is unknown to this hub, enrols.

    `labels` is what people call an agent, where that differs from the name under which it is kept here.
    Raises HubRefused, NotReady; Unsuitable when the folder cannot be used.
    """
    known = {str(agent["id"]) for agent in api.items("/agents")}
    found: dict[str, Credentials] = {}
    for name in names:
        file = folder / f"{name}.json"
        try:
            credentials = load_credentials(file) if file.exists() else None
        except ConfigError:
            credentials = None  # half written, or of another kind: enrol anew
        if credentials is None or credentials.agent not in known:
            code = api.post("/agents", {"name": labels.get(name, name)})["enrolment_code"]
            credentials = Credentials.model_validate(api.post("/enrol", {"code": code}))
            try:
                save_credentials(file, credentials)
            except ConfigError as error:
                raise Unsuitable(str(error)) from error
        found[name] = credentials
    return found


def registered_devices(api: HubApi, agents: Mapping[str, Credentials], devices: list[NewDevice]) -> None:
    """Register what is not there yet; raises Unsuitable when an id belongs to somebody else's agent."""
    there: dict[str, Any] = {str(device["id"]): device for device in api.items("/devices")}
    teams = {str(team["name"]): str(team["id"]) for team in api.items("/teams")}
    for device in devices:
        agent = agents[device.agent].agent
        known = there.get(device.id)
        if known is None:
            place = {"lat": device.lat, "lon": device.lon}
            body = {"agent": agent, "id": device.id, "kind": device.kind, "name": device.name, "location": place}
            team = teams.get(device.team) if device.team else None
            api.post("/devices", {**body, "team": team} if team else body)
        elif known.get("agent", agent) != agent:
            raise Unsuitable(
                f"This hub's device {device.id} belongs to another agent: name the simulator's old --data folder."
            )
