"""Where Debian keeps the servers that `local` starts: PostgreSQL with TimescaleDB, and Mosquitto."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from hub.local.errors import LocalError

__all__ = ["PostgresPrograms", "find_mosquitto", "find_postgres", "find_setpriv"]

_SBIN = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SET_UP = "run `make demo` in the project's folder, it installs what is missing"


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """One installed major version of PostgreSQL that has TimescaleDB; `timescaledb` is the extension's version, such
    as "2.19.3".
    """

    major: int
    bin: Path
    timescaledb: str


def find_postgres(
    wanted: int | None = None, lib: Path = Path("/usr/lib/postgresql"), share: Path = Path("/usr/share/postgresql")
) -> PostgresPrograms:
    """The newest installed PostgreSQL with TimescaleDB, or exactly the major version `wanted`.

    The layout is Debian's: /usr/lib/postgresql/MAJOR/bin and /usr/share/postgresql/MAJOR/extension.
    Raises LocalError that says what is missing.
    """
    majors = sorted(
        (int(d.parent.parent.name) for d in lib.glob("*/bin/postgres") if d.parent.parent.name.isdigit()), reverse=True
    )
    found = [
        PostgresPrograms(major, lib / str(major) / "bin", version)
        for major in majors
        if (version := _timescaledb_version(share / str(major) / "extension"))
    ]
    for programs in found:
        if wanted in (None, programs.major):
            return programs
    if not majors:
        raise LocalError(f"PostgreSQL is not installed: {_SET_UP}")
    if wanted in majors or wanted is None:
        raise LocalError(f"TimescaleDB is not installed for PostgreSQL {wanted or majors[0]}: {_SET_UP}")
    here = ", ".join(str(programs.major) for programs in found) or "none"
    raise LocalError(
        f"the data is of PostgreSQL {wanted}, but this machine has TimescaleDB for PostgreSQL {here}: "
        f"install PostgreSQL {wanted} with TimescaleDB, or use a new --data folder"
    )


def find_mosquitto() -> Path:
    """The broker's program; Debian puts it into /usr/sbin, which is not on everybody's PATH."""
    return _find("mosquitto", "Mosquitto")


def find_setpriv() -> Path:
    """util-linux's setpriv, which sets user, capabilities and the parent-death signal before it becomes the server."""
    return _find("setpriv", "setpriv (package util-linux)")


def _find(program: str, name: str) -> Path:
    if found := (shutil.which(program) or shutil.which(program, path=_SBIN)):
        return Path(found)
    raise LocalError(f"{name} is not installed: {_SET_UP}")


def _timescaledb_version(extension: Path) -> str | None:
    """The default version that the extension's control file names; None where there is no such extension."""
    try:
        control = (extension / "timescaledb.control").read_text(encoding="utf-8")
    except OSError:
        return None
    stated = re.search(r"^default_version\s*=\s*'([^']+)'", control, re.MULTILINE)
    return stated[1] if stated else None
