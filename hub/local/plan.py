"""The parts of the service on one machine: what each is started with, what it waits for, and how one sees that it is
up.
"""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import hub
from hub.local.broker import mosquitto_command
from hub.local.cluster import (
    create_database_script,
    database_url,
    is_accepting,
    postgres_command,
    update_extension_command,
)
from hub.local.kept import Kept
from hub.local.layout import Layout
from hub.local.owner import Owner, drop_prefix
from hub.local.ports import HOST
from hub.local.processes import Child, Launch
from hub.local.programs import PostgresPrograms
from hub.local.supervision import LAST_KILL_S, Part

__all__ = [
    "BROKER", "DATABASE", "HUB_COMMANDS", "MAKE_CLUSTER", "PREPARE", "STAFF_VARIABLE", "HubCommands", "Site", "Smtp",
    "launch_of", "parts_of", "probe_of", "with_kept",
]  # fmt: skip

DATABASE = "database"
BROKER = "broker"
MAKE_CLUSTER = "make-cluster"
UPDATE_EXTENSION = "update-timescaledb"
PREPARE = "prepare"
WEB = "web"
STAFF_VARIABLE = "WANAMORI_LOCAL_STAFF"
"""How the preparing process learns the staff person's sign-in: not by arguments, which every user of the machine can
read.
"""
_HUB_PARTS = {"accounts": "accounts", "ingest-1": "ingest", "ingest-2": "ingest", "worker": "worker", WEB: "web"}
_PROBE_TIMEOUT_S = 0.5
_STOP_AT_ONCE = ((signal.SIGTERM, 4.0), (signal.SIGKILL, LAST_KILL_S))
# fast shutdown, then immediate (the next start recovers from the log), as PostgreSQL names them
_STOP_DATABASE = ((signal.SIGINT, 8.0), (signal.SIGQUIT, LAST_KILL_S))
_STOP_BROKER = ((signal.SIGTERM, 8.0), (signal.SIGKILL, LAST_KILL_S))


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server without sign-in, from `--smtp HOST:PORT`."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class HubCommands:
    """How the hub's own processes are called: `hub` takes the command's name, `prepare` takes `--sample` or nothing."""

    hub: tuple[str, ...]
    prepare: tuple[str, ...]


HUB_COMMANDS = HubCommands((sys.executable, "-P", "-m", "hub"), (sys.executable, "-P", "-m", "hub.local.prepare"))
"""This very interpreter and this very code (-P: nothing from the working folder)."""


@dataclass(frozen=True, slots=True)
class Site:
    """All that was found out before anything starts."""

    layout: Layout
    programs: PostgresPrograms
    mosquitto: Path
    setpriv: Path
    owner: Owner
    servers_capability: str | None
    hub_owner: Owner
    hub_capability: str | None
    sockets: Path
    http_port: int
    mqtt_port: int
    smtp: Smtp | None
    kept: Kept
    new_cluster: bool
    sample: bool
    commands: HubCommands
    environment: Mapping[str, str]

    @property
    def database_url(self) -> str:
        """The database as every process of ours reaches it."""
        return database_url(self.sockets)

    @property
    def http_url(self) -> str:
        """Where the pages and the API are."""
        return f"http://{HOST}:{self.http_port}"


def parts_of(site: Site) -> tuple[Part, ...]:
    """The parts in the order of their start. The broker needs nobody; the hub's processes need the schema and the
    broker.
    """
    make = (Part(MAKE_CLUSTER, task=True),) if site.new_cluster else ()
    outdated = site.kept.timescaledb not in (None, site.programs.timescaledb) and not site.new_cluster
    update = (Part(UPDATE_EXTENSION, after=(DATABASE,), task=True),) if outdated else ()
    return (
        *make,
        Part(DATABASE, after=tuple(part.name for part in make), wave=1, stop=_STOP_DATABASE),
        Part(BROKER, wave=1, stop=_STOP_BROKER),
        *update,
        Part(PREPARE, after=(DATABASE, *(part.name for part in update)), task=True, stop=_STOP_AT_ONCE),
        *(Part(name, after=(PREPARE, BROKER), stop=_STOP_AT_ONCE) for name in _HUB_PARTS),
    )


def launch_of(site: Site, name: str) -> Launch:
    """How one part is started."""
    if name == MAKE_CLUSTER:
        return _server(site, "KILL", create_database_script(site.programs, site.layout.cluster_unfinished))
    if name == DATABASE:
        return _server(site, "INT", postgres_command(site.programs, site.layout))
    if name == BROKER:
        return _server(site, "KILL", [*_MORE_FILES, *mosquitto_command(site.mosquitto, site.layout)])
    if name == UPDATE_EXTENSION:
        return _server(site, "KILL", update_extension_command(site.programs, site.database_url))
    if name == PREPARE:
        staff = {STAFF_VARIABLE: site.kept.staff.model_dump_json()}
        return _hub(site, [*site.commands.prepare, *(["--sample"] if site.sample else [])], staff, result=True)
    return _hub(site, [*site.commands.hub, _HUB_PARTS[name]], {})


def with_kept(site: Site, kept: Kept) -> Site:
    """The same site with other secrets."""
    return replace(site, kept=kept)


def probe_of(site: Site, name: str) -> Callable[[Child], bool]:
    """How one sees that a started part is up. A hub process prints the line `ready`; of the web process only an
    answer counts.
    """
    probes: dict[str, Callable[[Child], bool]] = {
        DATABASE: lambda child: is_accepting(site.layout.cluster, child.pid),
        BROKER: lambda _: _takes_connections(site.mqtt_port),
        WEB: lambda _: _is_healthy(site.http_port),
    }
    return probes.get(name, lambda child: child.said_ready)


# The broker has a file descriptor for each agent: as many as the machine allows, not the shell's 1,024.
_MORE_FILES = ("/bin/sh", "-c", 'ulimit -S -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"', "sh")


def _server(site: Site, death_signal: str, command: list[str]) -> Launch:
    prefix = drop_prefix(site.setpriv, site.owner, death_signal, site.servers_capability)
    environment = {**_plain(site), "LC_ALL": "C.UTF-8"}
    return Launch((*prefix, *command), environment, site.layout.data)


def _hub(site: Site, command: list[str], more: Mapping[str, str], *, result: bool = False) -> Launch:
    prefix = drop_prefix(site.setpriv, site.hub_owner, "KILL", site.hub_capability)
    return Launch((*prefix, *command), {**_plain(site), **_settings(site), **more}, site.layout.data, result)


def _plain(site: Site) -> dict[str, str]:
    """Our own environment without what would lead PostgreSQL's programs elsewhere (PGHOST, PGSERVICE, …)."""
    kept = {name: value for name, value in site.environment.items() if not name.startswith("PG")}
    if site.owner.dropping:
        kept |= {"HOME": str(site.layout.run), "USER": site.owner.name, "LOGNAME": site.owner.name}
    return kept


def _settings(site: Site) -> dict[str, str]:
    """The settings of the hub's processes (docs/reference/settings.md)."""
    layout, environment = site.layout, site.environment
    code = str(Path(hub.__file__).resolve().parent.parent)
    settings = {
        "WANAMORI_DATABASE_URL": site.database_url,
        "WANAMORI_SECRET": site.kept.secret,
        "WANAMORI_PUBLIC_URL": environment.get("WANAMORI_PUBLIC_URL", site.http_url),
        "WANAMORI_HTTP_HOST": HOST,
        "WANAMORI_HTTP_PORT": str(site.http_port),
        "WANAMORI_MQTT_HOST": HOST,
        "WANAMORI_MQTT_PORT": str(site.mqtt_port),
        "WANAMORI_MQTT_USERNAME": "hub",
        "WANAMORI_MQTT_PASSWORD": site.kept.mqtt_password,
        "WANAMORI_BROKER_PASSWORD_FILE": str(layout.broker_passwords),
        "WANAMORI_BROKER_PID_FILE": str(layout.broker_pid),
        "PYTHONPATH": os.pathsep.join(filter(None, (code, environment.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
    }
    if site.hub_owner.dropping:
        settings["PYTHONDONTWRITEBYTECODE"] = "1"  # a folder that was unreachable must not get files of another user
    if site.smtp:
        settings |= {"WANAMORI_SMTP_HOST": site.smtp.host, "WANAMORI_SMTP_PORT": str(site.smtp.port)}
    return settings


def _takes_connections(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=_PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False


def _is_healthy(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
