"""The Debian machine: which release it is, which packages it lacks, and how they are installed without side effects.

Installing a server's package normally starts it, enables it at boot, and makes a first database cluster. A developer's
machine wants none of that, and no file of the system should be changed for it, not even for a moment. So apt runs the
packages' scripts with our folder `packaging/` first on their PATH; the few small programs there leave out exactly those
acts for Mosquitto and PostgreSQL and pass on everything else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.setup.report import CommandError, Report, SetupError

_PACKAGING = Path(__file__).parent / "packaging"
_LOCK_WAIT_S = 300
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Release:
    """A Debian release (or Raspberry Pi OS, which is one) and the PostgreSQL that it ships."""

    version: int
    codename: str
    postgresql: int
    has_timescaledb: bool


_RELEASES = {12: Release(12, "bookworm", 15, False), 13: Release(13, "trixie", 17, True)}


def parse_release(os_release: str) -> Release | None:
    """Return the release that an os-release file (its text) names, or None where it is none that we know."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = (fields.get("ID", "") + " " + fields.get("ID_LIKE", "")).replace('"', "").split()
    version = fields.get("VERSION_ID", "").strip('"')
    if not {"debian", "raspbian"} & set(names) or not version.isdigit():
        return None
    return _RELEASES.get(int(version))


def find_release() -> Release:
    """Return this machine's release; raise SetupError where it is not Debian 12 or 13."""
    path = Path("/etc/os-release")
    release = parse_release(path.read_text(encoding="utf-8")) if path.is_file() else None
    if release is None:
        raise SetupError("this machine is not Debian 12 or 13 (nor Raspberry Pi OS 12 or 13)", "Use one of these")
    return release


def missing_packages(wanted: Sequence[str]) -> list[str]:
    """Return those of the wanted Debian packages that are not installed, in their order."""
    query = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    installed = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [package for package in wanted if package not in installed]


class Apt:
    """Installs Debian packages as root or through sudo, waiting politely for another package manager."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._updated = False

    def require_rights(self, packages: Sequence[str]) -> None:
        """Raise SetupError, naming what is missing, unless this person may install it. May ask for sudo's password."""
        if os.geteuid() == 0:
            return
        if shutil.which("sudo", path=_SYSTEM_PATH):
            # at a terminal sudo may ask for the password; elsewhere nobody could answer
            ask = ["sudo", "-v"] if sys.stdin.isatty() else ["sudo", "-n", "true"]
            refusal = None if sys.stdin.isatty() else subprocess.DEVNULL
            if subprocess.run(ask, check=False, stderr=refusal).returncode == 0:
                return
        raise SetupError(
            "Debian packages are missing and you are neither root nor may you use sudo",
            f"Ask the administrator to run `make packages` here once (it installs {' '.join(packages)})",
        )

    def has_candidate(self, package: str) -> bool:
        """Say whether the machine's own sources offer this package."""
        policy = self._report.run(["apt-cache", "policy", package], env={"LC_ALL": "C"})
        return any("Candidate:" in line and "(none)" not in line for line in policy.splitlines())

    def update(self) -> None:
        """Fetch the lists of the machine's own sources, at most once a run."""
        if not self._updated:
            self._run(["update", "-q"])
            self._updated = True

    def install(self, packages: Sequence[str]) -> None:
        """Install packages (names, or paths of .deb files) and nothing that they only recommend.

        The lists are fetched first where they do not know a package, and again where its file has gone from the mirror.
        """
        names = [package for package in packages if not package.endswith(".deb")]
        if not all(self.has_candidate(name) for name in names):
            self.update()
        argv = ["install", "-y", "-q", "--no-install-recommends", *packages]
        try:
            self._run(argv)
        except CommandError as error:
            if self._updated or "Failed to fetch" not in error.output:
                raise
            self.update()
            self._run(argv)

    def mark_automatic(self, packages: Sequence[str]) -> None:
        """Mark packages so that `apt autoremove` may take them away again."""
        self._root(["apt-mark", "auto", *packages])

    def _run(self, argv: Sequence[str]) -> None:
        options = [
            f"DPkg::Lock::Timeout={_LOCK_WAIT_S}",
            f"DPkg::Path={_PACKAGING}:{_SYSTEM_PATH}",
            "Acquire::Retries=3",
            "Dpkg::Use-Pty=0",
        ]
        command = ["apt-get", *(word for option in options for word in ("-o", option)), *argv]
        deadline = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                self._root(command)
                return
            except CommandError as error:
                # apt waits for dpkg's lock by itself, but not for the lock of the package lists
                if "Could not get lock" not in error.output or time.monotonic() > deadline:
                    raise
                time.sleep(2)

    def _root(self, argv: Sequence[str]) -> None:
        # needrestart, where it is installed, would restart services after any installation
        settings = ["DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_SUSPEND=1", "LC_ALL=C.UTF-8"]
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"] if not sys.stdin.isatty() else ["sudo"]
        self._report.run([*sudo, "env", *settings, *argv])
