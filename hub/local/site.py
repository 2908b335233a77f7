"""Find out and lay out everything before a start: the folder, the programs, the user, the ports, the configuration."""

import compileall
import fcntl
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pydantic

import edge
import hub
from hub.local.broker import render_acl, render_mosquitto_conf
from hub.local.cluster import (
    cluster_version,
    physical_memory_bytes,
    render_hba,
    render_ident,
    render_postgres_conf,
)
from hub.local.errors import LocalError
from hub.local.folders import complaint_about, prepare_folders, socket_folder, write_file
from hub.local.kept import Kept, load_kept
from hub.local.layout import Layout
from hub.local.owner import Owner, chosen_owner, current_user, folder_owner, least_capability
from hub.local.plan import HUB_COMMANDS, HubCommands, Site, Smtp
from hub.local.ports import chosen_port, complaint_about_port, kept_port
from hub.local.programs import find_mosquitto, find_postgres, find_setpriv
from hub.registry.broker_accounts import own_broker_account, render_password_file

__all__ = ["Options", "claimed_folder", "lay_out", "opened_folder", "parse_smtp", "save_kept"]

_PREFERRED_HTTP = 8080
_PREFERRED_MQTT = 1883
_PORT_LOOKS = 20
_PORT_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Ports that are not given are chosen."""

    data: Path
    http_port: int | None = None
    mqtt_port: int | None = None
    smtp: Smtp | None = None
    empty: bool = False
    commands: HubCommands = HUB_COMMANDS


def parse_smtp(text: str) -> Smtp:
    """Read `HOST:PORT`, an IPv6 address in brackets. Raises LocalError."""
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if (
        not colon
        or not host
        or not port.isascii()
        or not port.isdigit()
        or not 0 < int(port) < 65536
        or any(c.isspace() for c in host)
    ):
        raise LocalError(f"--smtp: {text!r} is not HOST:PORT, such as 127.0.0.1:25")
    return Smtp(host, int(port))


def opened_folder(data: Path) -> Layout:
    """Make the `--data` folder where there is none. Raises LocalError when it cannot be ours."""
    if any(not character.isprintable() for character in str(data)):
        raise LocalError("--data: the folder's name must not hold control characters")
    layout = Layout(data.resolve())
    try:
        # others may pass through (the servers' user must) but not look around
        layout.data.mkdir(mode=0o711, parents=True, exist_ok=True)
    except FileExistsError:
        raise LocalError(f"{data} is a file: --data names a folder") from None
    except OSError as error:
        raise complaint_about(data, error) from None
    if not os.access(layout.data, os.W_OK | os.X_OK):
        raise LocalError(f"{data} is not writable: use another --data folder, or start as its owner")
    if not (layout.lock.exists() or layout.kept.exists()):
        for folder in (layout.cluster, layout.run, layout.conf, layout.broker, layout.logs):
            if folder.exists():
                raise LocalError(f"{folder} is already there and not of this service: use a new or empty --data folder")
    return layout


@contextmanager
def claimed_folder(layout: Layout) -> Generator[None]:
    """Hold the folder for as long as the block runs. Raises LocalError when another `local` has it."""
    try:
        lock = os.open(layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise complaint_about(layout.lock, error) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "?"
            raise LocalError(
                f"{layout.data} is in use by another `wanamori-hub local` (process {holder}): "
                "stop it first, or use another --data folder"
            ) from None
        owner = folder_owner(layout.data)
        if owner.dropping:
            os.fchown(lock, owner.uid, owner.gid)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def lay_out(layout: Layout, options: Options, environment: Mapping[str, str], *, ended_hard: bool = False) -> Site:
    """Everything that a start needs, with the configuration written.

    After an earlier run that `ended_hard`, ports are given a moment to get free. Raises LocalError, or OSError for what
    the system refuses.
    """
    version = cluster_version(layout.cluster)
    _check_cluster(layout, version)
    programs, mosquitto, setpriv = find_postgres(version), find_mosquitto(), find_setpriv()
    owner = chosen_owner(layout.cluster)
    kept_before = layout.kept.exists()
    kept = load_kept(layout)
    http_port, mqtt_port = _ports(options, kept, ended_hard=ended_hard)
    prepare_folders(layout, owner)
    kept = kept.model_copy(update={"mqtt_port": mqtt_port})
    save_kept(layout, kept)
    hub_owner, hub_capability = _hub_user(setpriv, owner)
    site = Site(
        layout=layout,
        programs=programs,
        mosquitto=mosquitto,
        setpriv=setpriv,
        owner=owner,
        servers_capability=least_capability(setpriv, owner, [layout.conf, layout.run, layout.broker]),
        hub_owner=hub_owner,
        hub_capability=hub_capability,
        sockets=socket_folder(layout, owner),
        http_port=http_port,
        mqtt_port=mqtt_port,
        smtp=options.smtp,
        kept=kept,
        new_cluster=version is None,
        # without its secrets a database that exists is not at its first start, whatever the new file says
        sample=not options.empty and not kept.prepared and (kept_before or version is None),
        commands=options.commands,
        environment=environment,
    )
    _write_configuration(site)
    return site


def save_kept(layout: Layout, kept: Kept) -> None:
    """Write `secrets.json`, for the folder's owner alone."""
    write_file(layout.kept, kept.model_dump_json(indent=2) + "\n", folder_owner(layout.data))


def _check_cluster(layout: Layout, version: int | None) -> None:
    if version is None and layout.cluster.is_dir() and any(layout.cluster.iterdir()):
        raise LocalError(
            f"{layout.cluster} holds no complete database: restore it from a backup, or move it away to begin anew"
        )


def _ports(options: Options, kept: Kept, *, ended_hard: bool) -> tuple[int, int]:
    complaint = _patient_complaint if ended_hard else complaint_about_port
    http = chosen_port("--http-port", options.http_port, (_PREFERRED_HTTP,), options.mqtt_port, complaint=complaint)
    if options.mqtt_port is None and kept.mqtt_port is not None:
        return http, kept_port("--mqtt-port", kept.mqtt_port, http, complaint=complaint)
    return http, chosen_port("--mqtt-port", options.mqtt_port, (_PREFERRED_MQTT,), http, complaint=complaint)


def _hub_user(setpriv: Path, owner: Owner) -> tuple[Owner, str | None]:
    """As whom the hub's own processes run: as the servers' user where that user can read the program, else as
    ourselves.
    """
    paths = [Path(sys.executable), Path(os.__file__), Path(hub.__file__), Path(pydantic.__file__)]
    if owner.dropping:
        # that user cannot write compiled code beside the sources, and five processes would compile at each start
        for package in (hub, edge):
            compileall.compile_dir(str(Path(str(package.__file__)).parent), quiet=2)
    try:
        return owner, least_capability(setpriv, owner, paths)
    except LocalError:
        return replace(owner, dropping=False), None


def _write_configuration(site: Site) -> None:
    layout, owner = site.layout, site.owner
    users = dict.fromkeys(("root", current_user(), owner.name))
    write_file(layout.hba_conf, render_hba(), owner)
    write_file(layout.ident_conf, render_ident(users), owner)
    write_file(layout.postgres_conf, render_postgres_conf(layout, site.sockets, physical_memory_bytes()), owner)
    write_file(layout.mosquitto_acl, render_acl(), owner)
    write_file(layout.mosquitto_conf, render_mosquitto_conf(layout, site.mqtt_port), owner)
    if not layout.broker_passwords.exists():
        # the hub's account, so that its processes can connect; `accounts` adds the agents' from the database
        write_file(
            layout.broker_passwords, render_password_file([own_broker_account("hub", site.kept.mqtt_password)]), owner
        )


def _patient_complaint(port: int) -> str | None:
    """An earlier run ended hard a moment ago: what it left may hold its ports for another moment."""
    pause, reason = Event(), complaint_about_port(port)
    for _ in range(_PORT_LOOKS):
        if reason is None:
            break
        pause.wait(_PORT_LOOK_EVERY_S)
        reason = complaint_about_port(port)
    return reason
