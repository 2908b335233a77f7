"""TimescaleDB for Debian 12, which does not ship it: Debian 13's source package, built against PostgreSQL 15.

The source comes from the same mirror as the machine's own packages, checked by the same signatures, through package
lists in a folder of their own, so the machine's sources stay as they are. The result is installed as a Debian package,
which `apt remove` takes away again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.setup.machine import Apt, Release, missing_packages
from deploy.setup.report import Report, SetupError

_SOURCE_CODENAME = "trixie"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_CMAKE_OPTIONS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DAPACHE_ONLY=1",
    "-DREGRESS_CHECKS=OFF",
    "-DWARNINGS_AS_ERRORS=OFF",
    "-DUSE_TELEMETRY=OFF",
    "-DSEND_TELEMETRY_DEFAULT=OFF",
)


@dataclass(frozen=True)
class Source:
    """One place that the machine takes packages from."""

    site: str
    codename: str
    origin: str
    component: str


def is_installed(release: Release) -> bool:
    """Say whether the release's PostgreSQL can create the extension, wherever it came from."""
    return Path(f"/usr/share/postgresql/{release.postgresql}/extension/timescaledb.control").is_file()


def build_packages(release: Release) -> list[str]:
    """Return the Debian packages that the build needs."""
    return [f"postgresql-server-dev-{release.postgresql}", "cmake", "make", "gcc", "libc6-dev", "dpkg-dev"]


def parse_sources(listing: str) -> list[Source]:
    """Return the sources in apt's index targets, one `site|codename|origin|component` a line, without repetition."""
    rows = (line.strip().split("|") for line in listing.splitlines())
    return list(dict.fromkeys(Source(*row) for row in rows if len(row) == 4))


def choose_mirror(sources: list[Source], codename: str) -> Source | None:
    """Return the mirror of the distribution itself: not its security updates, nor another's packages beside it."""
    for source in sources:
        if source.codename == codename and source.component == "main" and source.origin in ("Debian", "Raspbian"):
            return source
    return None


def source_line(mirror: Source, keyring: Path) -> str:
    """Return the line that names Debian 13's source packages on this mirror."""
    signed_by = f"[signed-by={keyring}] " if mirror.origin == "Debian" and keyring.is_file() else ""
    return f"deb-src {signed_by}{mirror.site} {_SOURCE_CODENAME} main\n"


def install_from_source(release: Release, apt: Apt, report: Report) -> None:
    """Fetch, build and install the Apache edition; leave only the package behind, and build tools marked removable."""
    tools = missing_packages(build_packages(release))
    if tools:
        with report.step(f"Debian packages to build TimescaleDB with ({len(tools)})"):
            apt.install(tools)
            apt.mark_automatic(tools)
    with (
        report.step(f"TimescaleDB for PostgreSQL {release.postgresql}, built from Debian 13's source"),
        _workplace() as place,
    ):
        tree = _fetch(release, apt, report, place)
        apt.install([str(_build(release, report, place, tree))])
    if not is_installed(release):
        raise SetupError("TimescaleDB was built but is not where PostgreSQL looks for it", "Please report this")


@contextmanager
def _workplace() -> Generator[Path]:
    place = Path(tempfile.mkdtemp(prefix="wanamori-timescaledb-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _fetch(release: Release, apt: Apt, report: Report, place: Path) -> Path:
    mirror = _mirror(release, report)
    if mirror is None:
        apt.update()
        mirror = _mirror(release, report)
    if mirror is None:
        raise SetupError(
            f"no Debian mirror for {release.codename} main stands in apt's sources", "Add one (see: man sources.list)"
        )
    for folder in ("lists/partial", "cache/archives/partial"):
        (place / folder).mkdir(parents=True)
    sources = place / "sources.list"
    sources.write_text(source_line(mirror, _KEYRING), encoding="utf-8")
    options = [
        f"Dir::Etc::SourceList={sources}",
        "Dir::Etc::SourceParts=/dev/null",
        f"Dir::State::Lists={place / 'lists'}",
        f"Dir::Cache={place / 'cache'}",
        "Dir::Cache::pkgcache=",
        "Dir::Cache::srcpkgcache=",
        "Acquire::Retries=3",
        *(["APT::Sandbox::User=root"] if os.geteuid() == 0 else []),
    ]
    command = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
    report.run([*command, "update"], env={"LC_ALL": "C.UTF-8"})
    report.run([*command, "source", "timescaledb"], cwd=place, env={"LC_ALL": "C.UTF-8"})
    trees = [path for path in place.glob("timescaledb-*") if path.is_dir()]
    if len(trees) != 1:
        raise SetupError("the source package timescaledb did not unpack as expected", "Please report this")
    return trees[0]


def _mirror(release: Release, report: Report) -> Source | None:
    listing = report.run(
        ["apt-get", "indextargets", "--format", "$(SITE)|$(CODENAME)|$(ORIGIN)|$(COMPONENT)", "Created-By: Packages"]
    )
    return choose_mirror(parse_sources(listing), release.codename)


def _build(release: Release, report: Report, place: Path, tree: Path) -> Path:
    pg_config = f"/usr/lib/postgresql/{release.postgresql}/bin/pg_config"
    made, stage = place / "made", place / "stage"
    report.run(["cmake", "-S", str(tree), "-B", str(made), *_CMAKE_OPTIONS, f"-DPG_CONFIG={pg_config}"])
    report.run(["make", "-C", str(made), "-j", str(os.cpu_count() or 1)])
    report.run(["make", "-C", str(made), "install"], env={"DESTDIR": str(stage)})
    version = tree.name.removeprefix("timescaledb-").split("+")[0]
    architecture = report.run(["dpkg", "--print-architecture"]).strip()
    control = stage / "DEBIAN/control"
    control.parent.mkdir()
    control.write_text(
        f"Package: postgresql-{release.postgresql}-timescaledb\n"
        f"Version: {version}-0wanamori1\n"
        f"Architecture: {architecture}\n"
        "Section: database\n"
        "Maintainer: Wanamori <wanamori@localhost>\n"
        f"Depends: postgresql-{release.postgresql}, libc6\n"
        "Description: TimescaleDB (Apache edition), built on this machine\n"
        f" Debian 13's source package, built by Wanamori's set-up for PostgreSQL {release.postgresql}.\n",
        encoding="utf-8",
    )
    package = place / "timescaledb.deb"
    report.run(["dpkg-deb", "--build", "--root-owner-group", str(stage), str(package)])
    return package
