"""What an earlier run, or a killed server, has left of the database."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from threading import Event

from hub.local.cluster import is_of_cluster, recorded_server
from hub.local.kernel import command_lines

__all__ = ["clear_database_remains"]

_LOOK_EVERY_S = 0.05


def clear_database_remains(cluster: Path, *, gentle: bool) -> None:
    """See to it that no process of this cluster's server is left, then remove its pid file.

    A supervisor that was killed leaves a server that is shutting down: `gentle` gives it time to. A server that was
    killed leaves children that end by themselves, mostly at once; its pid file may name a process of somebody else by
    now, which PostgreSQL would take for a running server, so the file goes.
    """
    patience = [(signal.SIGINT, 6.0), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 1.0)]
    never = Event()
    for what, seconds in patience if gentle else [(signal.SIGQUIT, 1.0), (signal.SIGKILL, 2.0)]:
        left = _processes_of(cluster)
        if not left:
            break
        server = recorded_server(cluster)
        for pid in [server] if server in left and what is not signal.SIGKILL else left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, what)
        for _ in range(round(seconds / _LOOK_EVERY_S)):
            if not _processes_of(cluster):
                break
            never.wait(_LOOK_EVERY_S)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _processes_of(cluster: Path) -> list[int]:
    return [pid for pid, arguments in command_lines() if is_of_cluster(arguments, cluster)]
