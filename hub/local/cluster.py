"""The private PostgreSQL cluster: its commands and its configuration. Pure, but for reading PG_VERSION and
postmaster.pid.

It listens on a unix socket only. Who may connect is decided twice: the socket's folder is open to its owner alone
(0700), and the server asks the kernel for the peer's user (`peer` with a map) and lets in only the user that the
service runs as, whoever started it, and root. So no password lies in a URL, and a socket that had to move out of a
too long path is as closed as one under `--data`.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from hub.local.layout import Layout
from hub.local.programs import PostgresPrograms

__all__ = [
    "DATABASE", "PORT", "ROLE", "cluster_name", "cluster_version", "create_database_script", "database_url",
    "is_accepting", "is_of_cluster", "memory_settings", "physical_memory_bytes", "postgres_command", "recorded_server",
    "render_hba", "render_ident", "render_postgres_conf", "update_extension_command",
]  # fmt: skip

ROLE = "wanamori"
DATABASE = "wanamori"
PORT = 5432  # only a part of the socket's file name: nothing listens on TCP


def cluster_version(cluster: Path) -> int | None:
    """The major version of a finished cluster, None where there is none."""
    try:
        return int((cluster / "PG_VERSION").read_text(encoding="ascii").strip())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def database_url(socket_folder: Path, database: str = DATABASE) -> str:
    """The URL (as libpq takes it) for a server on a unix socket: the folder stands percent-encoded in `host`."""
    return f"postgresql://{ROLE}@/{quote(database, safe='')}?host={quote(str(socket_folder), safe='')}&port={PORT}"


def create_database_script(programs: PostgresPrograms, cluster: Path, *more: str) -> list[str]:
    """Make a cluster with our database in it: initdb, then one statement in PostgreSQL's single-user mode.

    UTF-8, a collation that no system upgrade changes (C.UTF-8), checksums because SD cards rot quietly. `more` is for
    initdb.
    """
    script = (
        'initdb=$1 postgres=$2 cluster=$3; shift 3; "$initdb" --pgdata="$cluster" "$@" >/dev/null && '
        f'echo "CREATE DATABASE {DATABASE}" | '
        '"$postgres" --single -D "$cluster" -c exit_on_error=on -c log_checkpoints=off postgres >/dev/null'
    )
    options = (
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", f"--username={ROLE}", "--auth=peer",
        "--no-instructions", *more,
    )  # fmt: skip
    return [
        "/bin/sh",
        "-c",
        script,
        "sh",
        str(programs.bin / "initdb"),
        str(programs.bin / "postgres"),
        str(cluster),
        *options,
    ]


def postgres_command(programs: PostgresPrograms, layout: Layout) -> list[str]:
    """Run the server in the foreground."""
    return [str(programs.bin / "postgres"), "-D", str(layout.cluster), "-c", f"config_file={layout.postgres_conf}"]


def update_extension_command(programs: PostgresPrograms, url: str) -> list[str]:
    """After the system's TimescaleDB was upgraded: the database must follow before anything else is asked of it, in a
    session of its own.
    """
    return [
        str(programs.bin / "psql"),
        "--no-psqlrc",
        "--quiet",
        f"--dbname={url}",
        "--command=ALTER EXTENSION timescaledb UPDATE",
    ]


def memory_settings(total_bytes: int) -> dict[str, str]:
    """PostgreSQL's memory for a machine that also runs the rest: an eighth of it for the cache, at most 512 MB (a Pi
    4 has 1 to 8 GB).
    """
    megabytes = total_bytes // (1 << 20)
    cache = min(max(megabytes // 8, 64), 512)
    return {
        "shared_buffers": f"{cache}MB",
        "effective_cache_size": f"{max(megabytes // 2, 128)}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": f"{min(max(megabytes // 32, 32), 128)}MB",
    }


def render_postgres_conf(
    layout: Layout, socket_folder: Path, total_bytes: int, extra: Mapping[str, str] | None = None
) -> str:
    """postgresql.conf: what initdb found out about the machine, then our own settings, then `extra`."""
    settings = {
        "hba_file": str(layout.hba_conf),
        "ident_file": str(layout.ident_conf),
        "listen_addresses": "",
        "unix_socket_directories": f'"{socket_folder}"',
        "unix_socket_permissions": "0700",
        "port": str(PORT),
        "shared_preload_libraries": "timescaledb",
        "timescaledb.telemetry_level": "off",
        # The hub runs rollups and retention itself: TimescaleDB's job scheduler would only wake up an idle machine.
        "timescaledb.max_background_workers": "0",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "max_connections": "100",
        "jit": "off",  # the hub's statements are short: compiling them costs more than it gives
        "max_wal_size": "512MB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_min_messages": "warning",
        "log_checkpoints": "off",
        "cluster_name": cluster_name(layout.cluster),
        **memory_settings(total_bytes),
        **(extra or {}),
    }
    lines = ["# Written by `wanamori-hub local` at each start: change settings by ALTER SYSTEM instead."]
    lines.append(f"include {_quoted(str(layout.cluster / 'postgresql.conf'))}")
    lines += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def render_hba() -> str:
    """pg_hba.conf: the socket, and by the kernel's word who is at its other end. No line for TCP."""
    return "local all all peer map=wanamori\n"


def render_ident(users: Iterable[str]) -> str:
    """pg_ident.conf: the system users that may act as the database's role."""
    return "".join(f'wanamori "{user}" {ROLE}\n' for user in dict.fromkeys(users))


def is_accepting(cluster: Path, pid: int) -> bool:
    """Whether the server with this process id says that it takes connections, as pg_ctl asks: line 8 of
    postmaster.pid is `ready`.
    """
    lines = _pid_file(cluster)
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def cluster_name(cluster: Path) -> str:
    """The name that stands in the title of every process of this cluster's server: one for each folder."""
    return f"wanamori-{hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]}"


def is_of_cluster(arguments: Sequence[str], cluster: Path) -> bool:
    """Whether a process with these arguments is this cluster's server or one of its children."""
    program = arguments[0] if arguments else ""
    return program.startswith(f"postgres: {cluster_name(cluster)}:") or (
        program.endswith("/postgres") and str(cluster) in arguments
    )


def recorded_server(cluster: Path) -> int | None:
    """The process id in postmaster.pid: a running server, or one that was killed."""
    lines = _pid_file(cluster)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def physical_memory_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []


def _quoted(value: str) -> str:
    """A value for postgresql.conf: in single quotes, in which a quote is doubled and a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
