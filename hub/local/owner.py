"""As whom the servers run.

PostgreSQL refuses to run as root, and a broker or a web server should not. Started as root, everything drops to one
ordinary user, the owner of the cluster. Where that user cannot reach a path (a folder below /root, a venv in
somebody's home), nothing outside of `--data` is changed for it: the process keeps one capability that lets it pass,
the weaker one that does (reading past permissions before overriding them), in its ambient set, with no way to gain
any other.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.local.errors import LocalError

__all__ = ["Owner", "chosen_owner", "current_user", "drop_prefix", "folder_owner", "least_capability"]

_CAPABILITIES = ("dac_read_search", "dac_override")
_PREFERRED_USERS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Owner:
    """The system user that owns the data and runs the servers; `dropping` when we are root and it is not."""

    uid: int
    gid: int
    name: str
    dropping: bool


def chosen_owner(cluster: Path) -> Owner:
    """Whose the service is: the cluster's owner, else (as root) the owner of the folder around it, else `postgres` or
    `nobody`.

    Not as root, it is whoever we are; raises LocalError when the cluster is somebody else's.
    """
    ours, theirs = os.geteuid(), _owner_of(cluster)
    if ours != 0:
        if theirs is not None and theirs != ours:
            whose = _user_name(theirs)
            raise LocalError(
                f"{cluster} belongs to {whose}: start as that user or as root, or use another --data folder"
            )
        return Owner(ours, os.getegid(), _user_name(ours), dropping=False)
    uid = theirs or _owner_of(cluster.parent)
    if uid:
        return Owner(uid, _group_of(uid), _user_name(uid), dropping=True)
    for name in _PREFERRED_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name, dropping=True)
    raise LocalError(
        "the servers cannot run as root, and there is neither a user `postgres` nor `nobody`: start as an ordinary user"
    )


def current_user() -> str:
    """The name of the user that we run as."""
    return _user_name(os.geteuid())


def folder_owner(folder: Path) -> Owner:
    """Who owns a folder: files that the supervisor writes into it are handed to that user when we are root."""
    uid = folder.stat().st_uid
    return Owner(uid, _group_of(uid), _user_name(uid), dropping=os.geteuid() == 0 != uid)


def drop_prefix(setpriv: Path, owner: Owner, death_signal: str, capability: str | None = None) -> list[str]:
    """What stands before a server's command: become `owner`, gain nothing more, and get `death_signal` should the
    supervisor be killed.

    The parent-death signal must be set after the user has changed, since the kernel clears it then (prctl(2)):
    setpriv does it in this order.
    """
    prefix = [str(setpriv), "--no-new-privs", f"--pdeathsig={death_signal}"]
    if owner.dropping:
        prefix += [f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups"]
        if capability:
            prefix += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
    return [*prefix, "--"]


def least_capability(setpriv: Path, owner: Owner, paths: Sequence[Path]) -> str | None:
    """The least that lets `owner` enter or read all of `paths`: None, or one capability's name. Raises LocalError when
    nothing does.
    """
    if not owner.dropping:
        return None
    for capability in (None, *_CAPABILITIES):
        reach = 'for path; do if [ -d "$path" ]; then [ -x "$path" ]; else [ -r "$path" ]; fi || exit 1; done'
        command = [*drop_prefix(setpriv, owner, "KILL", capability), "/bin/sh", "-c", reach, "sh", *map(str, paths)]
        if subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0:
            return capability
    shown = ", ".join(map(str, paths))
    raise LocalError(
        f"user {owner.name}, as which the servers run, cannot reach {shown}: "
        "use a folder that it can reach, such as /var/lib/wanamori"
    )


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid
