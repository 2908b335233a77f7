"""`python3 -m deploy.setup demo|test|packages`: installs what `make demo` or `make test` needs and is missing."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older Python gets a sentence instead of a traceback
    sys.exit("set-up failed: Python 3.11 or newer is needed. Install one, or name it: make PYTHON=/path/to/python3 …")

import argparse
import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from deploy.setup import timescaledb
from deploy.setup.environment import Environment, find_python
from deploy.setup.machine import Apt, find_release, missing_packages
from deploy.setup.pages import Pages
from deploy.setup.report import CommandError, Report, SetupError
from deploy.setup.stamps import Stamps

_ROOT = Path(__file__).resolve().parents[2]
_CACHE = _ROOT / ".cache/setup"
_PURPOSES = {
    "demo": "what the service needs",
    "test": "also the checks' tools",
    "packages": "the Debian packages of both only, for whoever administers the machine",
}
# What draws the sheets that people print (PDF), with a Japanese font of a few megabytes.
_SHEET_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-ipaexfont-gothic")
_TEST_PACKAGES = ("chromium", "firefox-esr", "fonts-noto-cjk")


def main() -> int:
    """Run set-up for one purpose; return 0 when everything is there, 1 when a step failed, 130 when interrupted."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.setup", description="Install what is missing.")
    parser.add_argument("purpose", choices=tuple(_PURPOSES), help="; ".join(f"{k}: {v}" for k, v in _PURPOSES.items()))
    purpose: str = parser.parse_args().purpose
    report = Report(_CACHE / "log")
    begun = time.monotonic()
    try:
        with _alone():
            _set_up(purpose, report)
    except SetupError as error:
        report.fail(error.what, error.remedy)
        return 1
    except CommandError as error:
        report.fail(str(error), "Mend that, or check the network, and run the same command again")
        return 1
    except OSError as error:
        report.fail(str(error), "Mend that (a full disk? a file of another user?) and run the same command again")
        return 1
    except KeyboardInterrupt:
        print("\nset-up stopped; the same command goes on where it was", file=sys.stderr)
        return 130
    finally:
        _give_to_owner()
    if report.steps_done:
        print(f"set-up: done in {time.monotonic() - begun:.0f} s")
    else:
        print("set-up: nothing was missing")
    return 0


def _set_up(purpose: str, report: Report) -> None:
    stamps = Stamps(_ROOT / ".venv/.wanamori")
    environment = Environment(_ROOT, stamps, report)
    _install_packages(purpose, environment, report)
    if purpose == "packages":
        return
    environment.create()
    runtime, everything = _ROOT / "requirements.lock", _ROOT / "requirements-dev.lock"
    if purpose == "test":
        environment.install_lock(everything)
    else:
        environment.install_lock(runtime, everything)
    environment.install_project()
    pages = Pages(_ROOT, environment, stamps, report)
    pages.install_node_packages()
    pages.bundle_assets()


def _install_packages(purpose: str, environment: Environment, report: Report) -> None:
    release = find_release()
    wanted = [] if environment.is_usable() or find_python() else ["python3-venv"]
    wanted += ["mosquitto", f"postgresql-{release.postgresql}", *_SHEET_PACKAGES]
    wanted += _TEST_PACKAGES if purpose != "demo" else ()
    missing = missing_packages(wanted)
    needs_timescaledb = not timescaledb.is_installed(release)
    to_build = timescaledb.build_packages(release) if needs_timescaledb and not release.has_timescaledb else []
    if needs_timescaledb and release.has_timescaledb:
        missing.append(f"postgresql-{release.postgresql}-timescaledb")
    if not missing and not to_build:
        return
    apt = Apt(report)
    apt.require_rights([*missing, *missing_packages(to_build), *(["TimescaleDB"] if to_build else [])])
    if missing:
        with report.step(f"Debian packages: {' '.join(missing)}"):
            apt.install(missing)
    if to_build:
        timescaledb.install_from_source(release, apt, report)


@contextmanager
def _alone() -> Generator[None]:
    """Wait until no other set-up runs in this checkout."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("set-up: waiting for another set-up in this folder")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _give_to_owner() -> None:
    """Leave no file of root's in somebody's checkout, where an administrator only installed the packages."""
    owner = _ROOT.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        for path in (_CACHE.parent, _CACHE, *_CACHE.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)


if __name__ == "__main__":
    sys.exit(main())
